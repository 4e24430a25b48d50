//! Builds the site and the server, and runs the classroom.

use std::path::PathBuf;

use anyhow::Result;

use crate::run::{cargo, command, root, run, say, target};
use crate::{site, tools};

/// Builds the `hangar` binary with its site and returns where it is.
pub(crate) fn build(release: bool) -> Result<PathBuf> {
    tools::c_compiler()?;
    tools::wasm_target()?;
    site::build(release)?;
    let mut build = cargo();
    build.args(["build", "--package", "hangar"]);
    if release {
        build.arg("--release");
    }
    run(&mut build)?;
    let binary = target()?.join(if release { "release" } else { "debug" }).join("hangar");
    say(&format!("built {}", binary.display()));
    Ok(binary)
}

/// Builds and runs the classroom until it is interrupted.
pub(crate) fn serve(release: bool, arguments: &[String]) -> Result<()> {
    let binary = build(release)?;
    let mut serve = command(binary);
    serve.arg("serve").args(arguments);
    if !arguments.iter().any(|argument| argument.starts_with("--content")) {
        // What an author saves is on the page at once.
        serve.arg("--content").arg(root().join("content"));
    }
    run(&mut serve)
}
