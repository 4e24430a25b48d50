//! The practice cluster: API server, controllers, nodes and shell in one process.
//!
//! ```text
//! PracticeCluster ──► apiserver ◄── HTTP in memory ── controllers ──► engine: images ─► behaviours
//!        │                ▲                                              │
//!        └── clients ─────┘                              virtual network ┘
//! ```
//!
//! **Invariant:** everything in here meets over the Kubernetes API; the only things that are started
//! directly are the API server, the controllers and the engine behind the kubelet.
//!
//! **Deliberately absent:** anything about lessons, learners or labs. This cluster could serve anyone.

mod beside;
mod certificates;
mod cluster;
mod engine;
mod kubeconfig;
mod transport;

pub use beside::run_beside;
pub use cluster::{Clock, PracticeCluster, Random, Settings};
pub use engine::Pace;
