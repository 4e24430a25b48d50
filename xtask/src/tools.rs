//! What tests and measurements need from the machine: found, installed on Debian, or named with how to get it.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Result, bail};

use crate::run::{command, output, root, run, say};

/// Older versions do not run the journeys' packages.
const OLDEST_NODE: u32 = 20;

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
pub(crate) struct Node {
    node: PathBuf,
    npm: PathBuf,
}

/// Finds them. A Node.js that is too old, such as that of Debian 12, fetches a newer one from npm's registry.
pub(crate) fn node() -> Result<Node> {
    let npm_with_node = || find("node").and(find("npm"));
    let npm = debian(npm_with_node, "Node.js 20 or newer with npm", &["nodejs", "npm"])?;
    let version = output(command("node").arg("--version"))?;
    if major(&version).is_some_and(|major| major >= OLDEST_NODE) {
        return Ok(Node { node: "node".into(), npm });
    }
    let folder = root().join("e2e/node");
    let old = Node { node: "node".into(), npm };
    old.install(&folder)?;
    let kind = if cfg!(target_arch = "aarch64") { "arm64" } else { "x64" };
    let node = folder.join(format!("node_modules/node-linux-{kind}/bin/node"));
    if !node.is_file() {
        bail!("Node.js is {version}; {OLDEST_NODE} or newer is needed: https://nodejs.org/");
    }
    Ok(Node { node, npm: old.npm })
}

impl Node {
    /// Installs what the lock file in a folder names.
    pub(crate) fn install(&self, folder: &Path) -> Result<()> {
        let arguments = ["ci", "--no-audit", "--no-fund", "--fetch-retries=5"];
        run(command(&self.npm).args(arguments).current_dir(folder))
    }

    /// Node.js itself.
    pub(crate) fn command(&self) -> Command {
        command(&self.node)
    }
}

/// The first number of `v20.1.2`.
fn major(version: &str) -> Option<u32> {
    version.trim().trim_start_matches('v').split('.').next()?.parse().ok()
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
    apt.args(["-o", "Acquire::Retries=3"]);
    apt.env("DEBIAN_FRONTEND", "noninteractive").stdout(Stdio::null());
    Some(apt)
}

/// Whether this process may do anything.
pub(crate) fn is_root() -> bool {
    output(Command::new("id").arg("-u")).is_ok_and(|id| id == "0")
}
