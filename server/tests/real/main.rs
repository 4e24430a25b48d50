//! The classroom over a real control plane, as people use it: the server with the rights of `deploy/rbac`, the learner with the
//! kubeconfig that she downloads and the real kubectl.
//!
//! `HANGAR_REAL_KUBECONFIG` names an administrator's kubeconfig in a folder that `e2e/real-cluster/up` made, and
//! `HANGAR_REAL_KUBECTL` the program, as `cargo xtask test --real` does. The tests take turns: one of them stops the API server.

#![expect(clippy::unwrap_used, reason = "a journey that cannot go on ends")]

#[expect(dead_code, reason = "each test program uses its part")]
#[path = "../api/app.rs"]
mod app;
mod in_cluster;
mod isolation;
mod lessons;
mod outage;
#[expect(dead_code, reason = "each test program uses its part")]
#[path = "../api/program.rs"]
mod program;
mod rig;
