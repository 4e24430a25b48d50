//! `kubectl create configmap`, and the reading of `--from-…` flags that secrets share.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use serde_json::{Map, Value, json};

use crate::kubectl::command::Command;
use crate::kubectl::create::{COMMON, hash, one_name, send};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::flags::{Flag, Takes};
use crate::kubectl::manifest::{LARGEST_INPUT, STDIN};
use crate::kubectl::session::{Running, Session};

/// The flags that give data.
pub(super) const SOURCES: &[Flag] = &[
    Flag::new("from-literal", Takes::Array, "key=value; may be repeated"),
    Flag::new("from-file", Takes::List, "A file or directory, perhaps as key=path"),
    Flag::new("from-env-file", Takes::List, "A file of key=value lines"),
];
pub(super) const HASH: &[Flag] =
    &[Flag::new("append-hash", Takes::Switch(false), "Put a hash of the contents into the name")];

pub(super) const COMMAND: Command = Command::new(
    "configmap",
    "NAME [--from-file=[key=]source] [--from-literal=key1=value1] [--dry-run=server|client|none]",
    "Create a config map from a local file, directory or literal value",
    &[SOURCES, HASH, COMMON[0], COMMON[1], COMMON[2], COMMON[3], COMMON[4]],
    run,
)
.also(&["cm"]);

fn run(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        let name = one_name(session)?;
        let mut object = json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": &name},
        });
        let (mut data, mut binary) = (Map::new(), Map::new());
        for (key, value) in sources(session, Kind::ConfigMap(&name)).await? {
            match String::from_utf8(value) {
                Ok(text) => data.insert(key, Value::String(text)),
                Err(error) => binary.insert(key, json!(STANDARD.encode(error.as_bytes()))),
            };
        }
        if !data.is_empty() {
            object["data"] = Value::Object(data);
        }
        if !binary.is_empty() {
            object["binaryData"] = Value::Object(binary);
        }
        if session.flags.on("append-hash") {
            hash::append(&mut object);
        }
        send(session, object).await
    })
}

/// What the data is for, as messages about it differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind<'a> {
    /// A config map of this name.
    ConfigMap(&'a str),
    Secret,
}

/// Everything that the `--from-…` flags give for `what`.
pub(super) async fn sources(session: &Session, what: Kind<'_>) -> Outcome<Vec<(String, Vec<u8>)>> {
    let flags = &session.flags;
    let env = flags.list("from-env-file");
    if !env.is_empty() && (flags.changed("from-file") || flags.changed("from-literal")) {
        return Err(Failure::error(
            "from-env-file cannot be combined with from-file or from-literal",
        ));
    }
    let mut found: Vec<(String, Vec<u8>)> = Vec::new();
    for source in flags.list("from-file") {
        from_file(session, what, source, &mut found).await?;
    }
    for literal in flags.list("from-literal") {
        let Some((key, value)) = literal.split_once('=').filter(|(key, _)| !key.is_empty()) else {
            let words = format!("invalid literal source {literal}, expected key=value");
            return Err(Failure::error(words));
        };
        add(&mut found, what, key, value.as_bytes().to_vec())?;
    }
    for path in env {
        let text = session.context.files.read(&session.path(path)).ok_or_else(|| missing(path))?;
        for line in String::from_utf8_lossy(&text).lines() {
            let line = line.trim_start();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let variable = |key: &str| session.context.variables.get(key).cloned();
            let (key, value) = match line.split_once('=') {
                Some((key, value)) => (key, value.to_owned()),
                None => (line, variable(line).unwrap_or_default()),
            };
            add(&mut found, what, key, value.into_bytes())?;
        }
    }
    Ok(found)
}

fn missing(path: &str) -> Failure {
    Failure::error(format!("error reading {path}: no such file or directory"))
}

async fn from_file(
    session: &Session,
    what: Kind<'_>,
    source: &str,
    found: &mut Vec<(String, Vec<u8>)>,
) -> Outcome {
    let (key, path) = match source.split_once('=') {
        Some((key, path)) => (Some(key), path),
        None => (None, source),
    };
    let absolute = session.path(path);
    let files = &session.context.files;
    if files.is_directory(&absolute) {
        if key.is_some() {
            return Err(Failure::error("cannot give a key name for a directory path"));
        }
        let entries = files.list(&absolute).unwrap_or_default();
        for (name, _) in entries {
            if let Some(contents) = files.read(&format!("{absolute}/{name}")) {
                add(found, what, &name, contents.to_vec())?;
            }
        }
        return Ok(());
    }
    let contents = if absolute == STDIN {
        let input = session.context.stdin.clone().read_to_end(LARGEST_INPUT).await;
        input.map(Bytes::from).ok_or_else(|| Failure::error("standard input is too large"))?
    } else {
        files.read(&absolute).ok_or_else(|| missing(path))?
    };
    let key = key.unwrap_or_else(|| path.rsplit('/').next().unwrap_or_default());
    add(found, what, key, contents.to_vec())
}

fn add(found: &mut Vec<(String, Vec<u8>)>, what: Kind<'_>, key: &str, value: Vec<u8>) -> Outcome {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    if key.is_empty() || !key.chars().all(fits) {
        let words = match what {
            Kind::ConfigMap(_) => "is not a valid key name for a ConfigMap:",
            Kind::Secret => "is not valid key name for a Secret",
        };
        return Err(Failure::error(format!(
            "{key:?} {words} a valid config key must consist of alphanumeric characters, '-', '_' \
             or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is \
             '[-._a-zA-Z0-9]+')"
        )));
    }
    if found.iter().any(|(known, _)| known == key) {
        let words = match what {
            Kind::ConfigMap(name) => format!(
                "{key:?}, another key by that name already exists in Data for ConfigMap {name:?}"
            ),
            Kind::Secret => format!("{key}, another key by that name already exists"),
        };
        return Err(Failure::error(format!("cannot add key {words}")));
    }
    found.push((key.to_owned(), value));
    Ok(())
}
