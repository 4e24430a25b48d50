//! Everything that is tested without a real cluster.

use anyhow::Result;

use crate::postgres::Postgres;
use crate::run::{cargo, command};
use crate::{browser, serve, tools};

/// Installs what the tests need, then runs them: unit and API, content, browser.
pub(crate) fn run() -> Result<()> {
    tools::postgres()?;
    tools::node()?;
    tools::chromium()?;
    let binary = serve::build(false)?;
    let postgres = Postgres::start()?;
    crate::run::run(cargo().arg("test").env("HANGAR_TEST_POSTGRES", postgres.url()))?;
    drop(postgres);
    crate::run::run(command(&binary).args(["content", "check"]))?;
    browser::journeys(&binary)
}
