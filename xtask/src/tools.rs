//! What tests and measurements need from the machine: found, installed on Debian, or named with how to get it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::run::{command, output, run, say};

/// The version of cargo-deny that is installed when none is there.
const CARGO_DENY: &str = "0.20.2";

/// The WebAssembly target of the pinned toolchain.
pub(crate) fn wasm_target() -> Result<()> {
    let target = "wasm32-unknown-unknown";
    let libraries =
        output(command("rustc").args(["--print", "target-libdir", "--target", target]))?;
    if Path::new(&libraries).is_dir() {
        return Ok(());
    }
    run(command("rustup").args(["target", "add", target]))
}

/// A browser for the journeys.
pub(crate) fn chromium() -> Result<PathBuf> {
    let names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
    debian(|| names.iter().find_map(|name| find(name)), "a Chromium", &["chromium"])
}

/// Node.js and npm, for the journeys in a browser.
pub(crate) fn node() -> Result<PathBuf> {
    let npm_with_node = || find("node").and(find("npm"));
    debian(npm_with_node, "Node.js 20 or newer with npm", &["nodejs", "npm"])
}

/// The folder of PostgreSQL's server programs.
pub(crate) fn postgres() -> Result<PathBuf> {
    debian(postgres_folder, "PostgreSQL's server programs", &["postgresql"])
}

/// A C compiler, which the embedded database is built with.
pub(crate) fn c_compiler() -> Result<PathBuf> {
    debian(|| find("cc"), "a C compiler", &["gcc", "libc6-dev"])
}

/// wrk, which puts load on a server.
pub(crate) fn wrk() -> Result<PathBuf> {
    debian(|| find("wrk"), "wrk, which puts load on a server", &["wrk"])
}

/// Go, which the real control plane is built with. Debian's own is too old for it.
pub(crate) fn go() -> Result<PathBuf> {
    match find("go") {
        Some(go) => Ok(go),
        None => bail!(
            "Go 1.26 or newer is needed for the real control plane: https://go.dev/doc/install"
        ),
    }
}

/// cargo-deny, built once and kept.
pub(crate) fn cargo_deny() -> Result<PathBuf> {
    let root = cache().join("tools");
    let kept = root.join("bin/cargo-deny");
    if let Some(found) = find("cargo-deny").or_else(|| kept.is_file().then_some(kept.clone())) {
        return Ok(found);
    }
    say("building cargo-deny, once");
    let version = format!("cargo-deny@{CARGO_DENY}");
    run(crate::run::cargo().args(["install", "--locked", "--root"]).arg(&root).arg(version))?;
    Ok(kept)
}

/// Where things are kept that only take time to make again.
pub(crate) fn cache() -> PathBuf {
    let home = std::env::var_os("HOME").map_or_else(|| PathBuf::from("."), PathBuf::from);
    let base =
        std::env::var_os("XDG_CACHE_HOME").map_or_else(|| home.join(".cache"), PathBuf::from);
    base.join("hangar")
}

/// The program of this name on the search path.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

fn postgres_folder() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let mut folders: Vec<PathBuf> =
        versions.flatten().map(|version| version.path().join("bin")).collect();
    folders.sort();
    let packaged = folders.pop().filter(|folder| folder.join("initdb").is_file());
    packaged.or_else(|| find("initdb")?.parent().map(Path::to_path_buf))
}

/// Finds a thing; installs it where `apt-get` can; elsewhere says what is missing.
fn debian(find_it: impl Fn() -> Option<PathBuf>, what: &str, packages: &[&str]) -> Result<PathBuf> {
    if let Some(found) = find_it() {
        return Ok(found);
    }
    if let Some(mut apt) = apt_get() {
        say(&format!("installing {what}: {}", packages.join(" ")));
        run(apt.arg("update").arg("-qq"))?;
        if let Some(mut apt) = apt_get() {
            run(apt.args(["install", "-y", "-qq", "--no-install-recommends"]).args(packages))?;
        }
    }
    match find_it() {
        Some(found) => Ok(found),
        None => bail!(
            "{what} is needed and could not be found. On Debian or Ubuntu: apt-get install {}",
            packages.join(" ")
        ),
    }
}

/// `apt-get`, as root or by a `sudo` that asks nothing.
fn apt_get() -> Option<Command> {
    find("apt-get")?;
    let mut apt = if is_root() {
        command("apt-get")
    } else {
        let allowed = Command::new("sudo").args(["-n", "true"]).stderr(Stdio::null()).status();
        if !allowed.is_ok_and(|status| status.success()) {
            return None;
        }
        let mut sudo = command("sudo");
        sudo.args(["-n", "apt-get"]);
        sudo
    };
    apt.env("DEBIAN_FRONTEND", "noninteractive").stdout(Stdio::null());
    Some(apt)
}

/// Whether this process may do anything.
pub(crate) fn is_root() -> bool {
    output(Command::new("id").arg("-u")).is_ok_and(|id| id == "0")
}
