//! The slower proofs: the same code beside a real Kubernetes control plane.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::run::{self, cargo, command, root, say};
use crate::tools;

/// A real control plane on loopback; dropping it stops it.
struct ControlPlane {
    folder: PathBuf,
}

impl ControlPlane {
    /// Starts one; without `controllers` it is the API server alone, for controllers of our own.
    fn start(name: &str, port: u16, controllers: bool, programs: &Path) -> Result<Self> {
        let folder = root().join("e2e/.work").join(name);
        if folder.exists() {
            std::fs::remove_dir_all(&folder).context("removing the last control plane's folder")?;
        }
        let plane = Self { folder };
        run::run(
            command(script("up"))
                .arg(&plane.folder)
                .env("RIG_BIN", programs)
                .env("RIG_PORT", port.to_string())
                .env("RIG_CONTROLLERS", if controllers { "1" } else { "0" })
                .env("RIG_NODES", if controllers { "1" } else { "0" }),
        )?;
        Ok(plane)
    }

    fn kubeconfig(&self) -> PathBuf {
        self.folder.join("admin.kubeconfig")
    }
}

impl Drop for ControlPlane {
    fn drop(&mut self) {
        if let Err(error) = run::run(command(script("down")).arg(&self.folder)) {
            say(&format!("the control plane could not be stopped: {error:#}"));
        }
    }
}

fn script(name: &str) -> PathBuf {
    root().join("e2e/real-cluster").join(name)
}

/// Builds the control plane once, starts it, and runs every proof that needs it.
fn prove(programs: &Path) -> Result<()> {
    let kubectl = programs.join("kubectl");
    let plane = ControlPlane::start("whole", 18443, true, programs)?;
    proof("toolshed", "differential", &plane, &kubectl)?;
    proof("practice", "kubectl", &plane, &kubectl)?;
    proof("hangar", "real", &plane, &kubectl)?;
    drop(plane);
    let plane = ControlPlane::start("bare", 18453, false, programs)?;
    proof("practice", "real", &plane, &kubectl)
}

/// Runs one test of a package beside a control plane.
fn proof(package: &str, test: &str, plane: &ControlPlane, kubectl: &Path) -> Result<()> {
    run::run(
        cargo()
            .args(["test", "--package", package, "--features", "real", "--test", test])
            .env("HANGAR_REAL_KUBECONFIG", plane.kubeconfig())
            .env("HANGAR_REAL_KUBECTL", kubectl),
    )
}

/// `cargo xtask test --real`.
pub(crate) fn run() -> Result<()> {
    tools::go()?;
    let programs = tools::cache().join("real-cluster");
    run::run(command(script("build")).arg(&programs))?;
    prove(&programs)
}
