//! Journeys in a real browser.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

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
        .args(["--test", "--test-concurrency=1"])
        .args(files(&folder)?)
        .current_dir(&folder)
        .env("HANGAR_BINARY", binary)
        .env("HANGAR_CHROMIUM", chromium))
}

/// The journeys' files, each by its name: what a folder means to `node --test` differs from version to version.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder.join("journeys"))? {
        let file = entry?.path();
        if file.to_string_lossy().ends_with(".test.mjs") {
            files.push(file);
        }
    }
    ensure!(!files.is_empty(), "there are no journeys in {}", folder.display());
    files.sort();
    Ok(files)
}
