//! Every command and flag of the real kubectl, as its own `--help` tells them.
//!
//! `tests/golden/kubectl-flags.txt` holds them: one command a line, its flags behind it with their
//! defaults. A unit test of the crate holds our own tree against that file; this one holds the file
//! against the real kubectl.

use std::fmt::Write as _;
use std::path::Path;

use regex::Regex;

/// The flags that the real kubectl takes everywhere; the folder of its cache is the machine's own.
fn everywhere(kubectl: &Path) -> String {
    let text = said(kubectl, &["options"]);
    let cache = Regex::new("--cache-dir='[^']*'").unwrap();
    flags(&cache.replace(&text, "--cache-dir=''"))
}

/// Walks the commands below `path`, a line each.
fn walk(kubectl: &Path, path: &[&str], table: &mut String) {
    let mut asked = path.to_vec();
    asked.push("--help");
    let text = said(kubectl, &asked);
    if !path.is_empty() {
        writeln!(table, "{}{}", path.join(" "), flags(&text)).unwrap();
    }
    for child in children(&text) {
        let mut below = path.to_vec();
        below.push(child);
        walk(kubectl, &below, table);
    }
}

/// ` -o/--output='' --watch=false …` out of a help text.
fn flags(help: &str) -> String {
    let flag = Regex::new(r"(?m)^ +(?:-(\S), )?--([\w-]+)=(.*):$").unwrap();
    let mut line = String::new();
    for found in flag.captures_iter(help) {
        let short = found.get(1).map_or(String::new(), |it| format!("-{}/", it.as_str()));
        write!(line, " {short}--{}={}", &found[2], &found[3]).unwrap();
    }
    line
}

/// The commands that a help text lists.
fn children(help: &str) -> Vec<&str> {
    let mut listed = false;
    let mut found = Vec::new();
    for line in help.lines() {
        if !line.starts_with(' ') && !line.is_empty() {
            listed = line.ends_with(':') && line.contains("Commands");
        } else if let Some(entry) = line.strip_prefix("  ").filter(|_| listed) {
            found.extend(entry.split(' ').next().filter(|name| !name.is_empty()));
        }
    }
    found
}

fn said(kubectl: &Path, arguments: &[&str]) -> String {
    let output = std::process::Command::new(kubectl).args(arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_table_of_flags_is_the_real_kubectls() {
    let kubectl = super::needed("HANGAR_REAL_KUBECTL");
    let kubectl = Path::new(&kubectl);
    let mut table = format!("kubectl{}\n", everywhere(kubectl));

    walk(kubectl, &[], &mut table);

    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/kubectl-flags.txt");
    if std::env::var_os("UPDATE_FLAGS").is_some() {
        std::fs::write(&path, &table).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == table, "{} is not what {} says", path.display(), kubectl.display());
}
