//! Journeys in a real browser.

use std::path::Path;

use anyhow::Result;

use crate::run::{root, run};
use crate::tools;

/// Installs the journeys' packages and runs them against `binary`.
pub(crate) fn journeys(binary: &Path) -> Result<()> {
    let node = tools::node()?;
    let chromium = tools::chromium()?;
    let folder = root().join("e2e");
    node.install(&folder)?;
    run(node
        .command()
        .args(["--test", "--test-concurrency=1", "journeys/"])
        .current_dir(&folder)
        .env("HANGAR_BINARY", binary)
        .env("HANGAR_CHROMIUM", chromium))
}
