//! Everything that must hold before a change lands, cheapest first.

use anyhow::Result;

use crate::run::{self, cargo, command};
use crate::{real, test, tidy, tools};

/// Runs all of it.
pub(crate) fn run() -> Result<()> {
    run::run(cargo().args(["fmt", "--all", "--check"]))?;
    tidy::run()?;
    test::run()?;
    clippy(&["--workspace", "--all-targets", "--all-features"])?;
    clippy(&["--package", "browser", "--target", "wasm32-unknown-unknown"])?;
    let deny = tools::cargo_deny()?;
    run::run(command(deny).args(["--all-features", "check", "bans", "licenses", "sources"]))?;
    real::run()
}

/// Warnings are errors, on the server's side and in what only the browser compiles.
fn clippy(what: &[&str]) -> Result<()> {
    run::run(cargo().arg("clippy").args(what).args(["--", "-D", "warnings"]))
}
