//! `kubectl config view`: the kubeconfig as it is in force.
//!
//! **Invariant:** nobody reads a secret over a shoulder unless `--raw` or `--flatten` asks for it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::files::{absolute, parent};
use crate::kubectl::discovery::array;
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::flags::{Flag, Takes};
use crate::kubectl::print::jsonpath::word;
use crate::kubectl::print::{Format, json as json_printer};
use crate::kubectl::session::{Running, Session};

/// The command's own flags.
pub(crate) const FLAGS: &[Flag] = &[
    Flag::new("minify", Takes::Switch(false), "Only what the current context uses"),
    Flag::new("raw", Takes::Switch(false), "With certificates and tokens"),
    Flag::new("flatten", Takes::Switch(false), "With what it refers to put inside"),
    Flag::new("merge", Takes::Switch(true), "Of all files, not only of the one --kubeconfig names"),
    Flag::short('o', "output", Takes::Text("yaml"), "yaml, json or another form"),
];

/// What a kubeconfig holds, and of each kind of entry what belongs into it.
const LISTS: [(&str, &str, &[&str]); 3] = [
    (
        "clusters",
        "cluster",
        &[
            "server",
            "tls-server-name",
            "insecure-skip-tls-verify",
            "certificate-authority",
            "certificate-authority-data",
            "proxy-url",
            "disable-compression",
            "extensions",
        ],
    ),
    (
        "users",
        "user",
        &[
            "client-certificate",
            "client-certificate-data",
            "client-key",
            "client-key-data",
            "token",
            "tokenFile",
            "as",
            "as-uid",
            "as-groups",
            "as-user-extra",
            "username",
            "password",
            "auth-provider",
            "exec",
            "extensions",
        ],
    ),
    ("contexts", "context", &["cluster", "user", "namespace", "extensions"]),
];

/// The order of the fields in JSON, apart from those of entries.
const ORDER: [&str; 7] =
    ["kind", "apiVersion", "name", "clusters", "users", "contexts", "current-context"];

/// Runs the command.
pub(crate) fn run(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        if !session.arguments().is_empty() {
            let words = format!("unexpected arguments: [{}]", session.arguments().join(" "));
            return Err(session.usage(words));
        }
        let format = Format::of_change(session)?;
        let flags = &session.flags;
        if flags.changed("merge") && !flags.on("merge") && flags.text("kubeconfig").is_empty() {
            return Err(Failure::error("if merge==false a precise file must be specified"));
        }
        let mut value = canonical(&session.config.value);
        if flags.on("minify") {
            if !flags.text("context").is_empty() {
                value["current-context"] = json!(flags.text("context"));
            }
            minify(&mut value)?;
        }
        if flags.on("flatten") {
            flatten(session, &mut value)?;
        } else if !flags.on("raw") {
            redact(&mut value);
        }
        let text = match format {
            Format::Json => {
                let fields = LISTS.iter().flat_map(|(_, _, fields)| fields.iter().copied());
                let order: Vec<&str> = ORDER.into_iter().chain(fields).collect();
                json_printer::pretty_by(&value, &order)
            }
            // It is an object without a name.
            Format::Name => "config/<unknown>\n".to_owned(),
            other => other.print(&value)?,
        };
        session.out(text).await
    })
}

/// The file as the real tool reads it: sorted by name, without what does not belong.
fn canonical(file: &Value) -> Value {
    let current = word(&file["current-context"]);
    let mut value = json!({"apiVersion": "v1", "kind": "Config", "current-context": current});
    for (list, entry, fields) in LISTS {
        let mut entries: Vec<Value> = array(&file[list])
            .iter()
            .map(|one| json!({"name": one["name"], entry: known(&one[entry], fields)}))
            .collect();
        entries.sort_by_key(|one| word(&one["name"]));
        let always: &[&str] = match entry {
            "context" => &["cluster", "user"],
            "cluster" => &["server"],
            _ => &[],
        };
        for one in &mut entries {
            complete(&mut one[entry], always);
        }
        value[list] = if entries.is_empty() { Value::Null } else { Value::Array(entries) };
    }
    value
}

/// The fields that belong, and say something.
fn known(entry: &Value, fields: &[&str]) -> Value {
    let kept = fields.iter().filter(|field| !entry[**field].is_null() && entry[**field] != "");
    Value::Object(
        kept.map(|field| ((*field).to_owned(), entry[*field].clone())).collect::<Map<_, _>>(),
    )
}

/// Writes out what is always there, be it empty.
fn complete(entry: &mut Value, fields: &[&str]) {
    for field in fields {
        if entry[*field].is_null() {
            entry[*field] = json!("");
        }
    }
}

/// Keeps what the current context uses.
fn minify(value: &mut Value) -> Outcome {
    let current = word(&value["current-context"]);
    if current.is_empty() {
        return Err(Failure::error("current-context must exist in order to minify"));
    }
    let found = array(&value["contexts"]).iter().find(|one| one["name"] == current.as_str());
    let context = found.map(|one| one["context"].clone());
    let context =
        context.ok_or_else(|| Failure::error(format!("cannot locate context {current}")))?;
    let (cluster, user) = (word(&context["cluster"]), word(&context["user"]));
    for (list, what, name) in [
        ("contexts", "context", current),
        ("clusters", "cluster", cluster),
        ("users", "user", user),
    ] {
        let items = array(&value[list]).iter().filter(|one| one["name"] == name.as_str());
        let kept: Vec<Value> = items.cloned().collect();
        if kept.is_empty() && !name.is_empty() {
            return Err(Failure::error(format!("cannot locate {what} {name}")));
        }
        value[list] = if kept.is_empty() { Value::Null } else { Value::Array(kept) };
    }
    Ok(())
}

/// Puts the files that the kubeconfig refers to inside of it.
fn flatten(session: &Session, value: &mut Value) -> Outcome {
    let folder = parent(&session.config.path);
    for (list, entry, keys) in [
        ("users", "user", &["client-certificate", "client-key"][..]),
        ("clusters", "cluster", &["certificate-authority"][..]),
    ] {
        let Value::Array(items) = &mut value[list] else { continue };
        for item in items {
            for key in keys {
                embed(session, folder, &mut item[entry], key)?;
            }
        }
    }
    Ok(())
}

/// Puts one file inside.
fn embed(session: &Session, folder: &str, entry: &mut Value, key: &str) -> Outcome {
    let Value::Object(fields) = entry else { return Ok(()) };
    let Some(path) = fields.get(key).and_then(Value::as_str) else { return Ok(()) };
    let path = absolute(folder, path);
    let contents = session.context.files.read(&path);
    let contents = contents
        .ok_or_else(|| Failure::error(format!("open {path}: no such file or directory")))?;
    fields.remove(key);
    fields.insert(format!("{key}-data"), json!(STANDARD.encode(contents)));
    Ok(())
}

/// Hides what must not be shown over a shoulder.
fn redact(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                match key.as_str() {
                    "token" | "password" if value.is_string() => *value = json!("REDACTED"),
                    "certificate-authority-data"
                    | "client-certificate-data"
                    | "client-key-data"
                        if value.is_string() =>
                    {
                        *value = json!("DATA+OMITTED");
                    }
                    _ => redact(value),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(redact),
        _ => {}
    }
}
