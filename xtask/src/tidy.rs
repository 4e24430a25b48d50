//! Rules that clippy cannot express, proved over the files of the project.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::run::{command, output, root, say};

/// How many lines a file may have before its tests.
const LONGEST: usize = 500;

/// Which members may depend on which, dev-dependencies aside. What is not listed is not allowed.
const EDGES: &[(&str, &[&str])] = &[
    ("apiserver", &[]),
    ("bench", &[]),
    ("browser", &["frontend"]),
    ("controllers", &[]),
    ("curriculum", &[]),
    ("frontend", &["wire"]),
    ("hangar", &["curriculum", "frontend", "practice", "wire"]),
    ("practice", &["apiserver", "controllers", "toolshed"]),
    ("raw-static", &[]),
    ("toolshed", &[]),
    ("wire", &["curriculum"]),
    ("xtask", &[]),
];

/// Words that have one home: (what, where it may stand, why).
const HOMES: &[(&str, &[&str], &str)] = &[
    ("sqlx::", &["server/src/store/"], "all SQL has one home"),
    (
        "practice::",
        &["server/src/cluster/connect.rs", "server/src/content_check"],
        "the server must not know what the cluster is made of",
    ),
    ("kube::", &["server/src/cluster/"], "no kube type leaves the cluster module"),
    ("k8s_openapi::", &["server/src/cluster/"], "no kube type leaves the cluster module"),
    ("SELECT", &["server/src/store/"], "all SQL has one home"),
    ("INSERT INTO", &["server/src/store/"], "all SQL has one home"),
    ("DELETE FROM", &["server/src/store/"], "all SQL has one home"),
];

/// Runs every rule and lists what breaks them.
pub(crate) fn run() -> Result<()> {
    let files = rust_files()?;
    let mut broken = Vec::new();
    for file in &files {
        let path = root().join(file);
        let text = std::fs::read_to_string(&path).with_context(|| format!("reading {file}"))?;
        broken.extend(module_docs(file, &text));
        broken.extend(length(file, &text));
        broken.extend(homes(file, &text));
    }
    broken.extend(edges()?);
    broken.extend(same_lints()?);
    if broken.is_empty() {
        say(&format!("tidy: {} files, every rule holds", files.len()));
        return Ok(());
    }
    bail!("tidy:\n{}", broken.join("\n"))
}

fn rust_files() -> Result<Vec<String>> {
    let listed = output(command("git").args([
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
        "*.rs",
    ]))?;
    let exists = |file: &&str| root().join(file).is_file();
    Ok(listed.lines().filter(exists).map(str::to_owned).collect())
}

fn module_docs(file: &str, text: &str) -> Option<String> {
    let documented = text.lines().take(12).any(|line| line.starts_with("//!"));
    (!documented).then(|| format!("{file}: say in `//!` what this module holds"))
}

/// The lines before the tests; only a module of tests inside the file ends them.
fn before_tests(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text.lines().peekable();
    std::iter::from_fn(move || {
        let line = rest.next()?;
        let tests = |next: &&str| next.starts_with("mod ") && next.ends_with('{');
        let over = line == "#[cfg(test)]" && rest.peek().is_some_and(tests);
        (!over).then_some(line)
    })
    .fuse()
}

fn length(file: &str, text: &str) -> Option<String> {
    let lines = before_tests(text).count();
    (lines > LONGEST).then(|| {
        format!(
            "{file}: {lines} lines before its tests, at most {LONGEST}: it holds more than one idea"
        )
    })
}

/// Clippy reads the nearest `clippy.toml` alone: the server's has to say all that the others are told.
fn same_lints() -> Result<Vec<String>> {
    let read = |file: &str| {
        std::fs::read_to_string(root().join(file)).with_context(|| format!("reading {file}"))
    };
    let (all, own) = (read("clippy.toml")?, read("server/clippy.toml")?);
    let missing = all.lines().filter(|line| !own.lines().any(|one| one == *line));
    Ok(missing.map(|line| format!("server/clippy.toml: lacks `{line}` of clippy.toml")).collect())
}

fn homes(file: &str, text: &str) -> Vec<String> {
    if !file.starts_with("server/src/") {
        return Vec::new();
    }
    let code: Vec<&str> =
        text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    HOMES
        .iter()
        .filter(|(word, homes, _)| {
            let home = homes.iter().any(|home| file.starts_with(home));
            !home && code.iter().any(|line| mentions(line, word))
        })
        .map(|(word, _, why)| format!("{file}: `{word}` does not belong here: {why}"))
        .collect()
}

/// Whether a line names a crate's path, not a longer name that ends like it.
fn mentions(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(index, _)| {
        let before = line[..index].chars().next_back();
        !before.is_some_and(|one| one.is_alphanumeric() || one == '_' || one == ':')
    })
}

fn edges() -> Result<Vec<String>> {
    let metadata = cargo_metadata::MetadataCommand::new()
        .manifest_path(root().join("Cargo.toml"))
        .no_deps()
        .exec()
        .context("asking cargo for the members")?;
    let names: Vec<&str> = metadata.packages.iter().map(|package| package.name.as_str()).collect();
    let mut broken = Vec::new();
    for package in &metadata.packages {
        let allowed = EDGES.iter().find(|(name, _)| *name == package.name.as_str());
        let Some((_, allowed)) = allowed else {
            broken.push(format!("{}: say in tidy which members it may depend on", package.name));
            continue;
        };
        for dependency in &package.dependencies {
            let normal = dependency.kind == cargo_metadata::DependencyKind::Normal;
            let name = dependency.name.as_str();
            if normal && names.contains(&name) && !allowed.contains(&name) {
                let manifest = relative(package.manifest_path.as_std_path());
                broken.push(format!("{}: must not depend on {name}", manifest.display()));
            }
        }
    }
    Ok(broken)
}

fn relative(path: &Path) -> PathBuf {
    path.strip_prefix(root()).unwrap_or(path).to_path_buf()
}
