//! Journeys in a real browser.

use std::path::Path;

use anyhow::Result;

use crate::run::{command, root, run};
use crate::tools;

/// Installs the journeys' packages and runs them against `binary`.
pub(crate) fn journeys(binary: &Path) -> Result<()> {
    let npm = tools::node()?;
    let chromium = tools::chromium()?;
    let folder = root().join("e2e");
    run(command(npm).args(["ci", "--no-audit", "--no-fund"]).current_dir(&folder))?;
    run(command("node")
        .args(["--test", "--test-concurrency=1", "journeys/"])
        .current_dir(&folder)
        .env("HANGAR_BINARY", binary)
        .env("HANGAR_CHROMIUM", chromium))
}
