//! Everything that must hold before a change lands, cheapest first.

use anyhow::Result;

use crate::run::{self, cargo, command};
use crate::{real, test, tidy, tools};

/// Runs all of it.
pub(crate) fn run() -> Result<()> {
    run::run(cargo().args(["fmt", "--all", "--check"]))?;
    tidy::run()?;
    test::run()?;
    run::run(cargo().args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--all-features",
        "--",
        "-D",
        "warnings",
    ]))?;
    let deny = tools::cargo_deny()?;
    run::run(command(deny).args(["--all-features", "check", "bans", "licenses", "sources"]))?;
    real::run()
}
