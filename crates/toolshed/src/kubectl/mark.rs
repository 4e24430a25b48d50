//! `kubectl label` and `kubectl annotate`.

use serde_json::{Map, Value, json};

use crate::kubectl::change::{self, DryRun};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::flags::{Flag, Takes};
use crate::kubectl::options::{
    ALL, DRY_RUN, EVERYWHERE, FIELD_SELECTOR, FILES, LOCAL, MANAGER, OUTPUT, SELECTOR,
};
use crate::kubectl::print::Format;
use crate::kubectl::print::jsonpath::word;
use crate::kubectl::resolve::{Found, Query, fetch, plan};
use crate::kubectl::session::{Running, Session};

/// All flags of both commands.
pub(crate) const ALL_FLAGS: &[&[Flag]] =
    &[FLAGS, OUTPUT, FILES, SELECTOR, FIELD_SELECTOR, EVERYWHERE, ALL, DRY_RUN, MANAGER, LOCAL];

const FLAGS: &[Flag] = &[
    Flag::new("overwrite", Takes::Switch(false), "Replace values that are there"),
    Flag::new("list", Takes::Switch(false), "Show what is there"),
    Flag::new("resource-version", Takes::Text(""), "Only when the object is of this version"),
];

/// What is marked: the field, and the words for it.
#[derive(Clone, Copy)]
struct Mark {
    field: &'static str,
    one: &'static str,
    done: &'static str,
    undone: &'static str,
    manager: &'static str,
}

const LABEL: Mark = Mark {
    field: "labels",
    one: "label",
    done: "labeled",
    undone: "unlabeled",
    manager: "kubectl-label",
};

const ANNOTATION: Mark = Mark {
    field: "annotations",
    one: "annotation",
    done: "annotated",
    undone: "annotated",
    manager: "kubectl-annotate",
};

/// Runs `kubectl label`.
pub(crate) fn label(session: &mut Session) -> Running<'_> {
    Box::pin(run(session, LABEL))
}

/// Runs `kubectl annotate`.
pub(crate) fn annotate(session: &mut Session) -> Running<'_> {
    Box::pin(run(session, ANNOTATION))
}

/// Words before the first `key=value` or `key-` name objects.
fn split(words: &[String]) -> (Vec<String>, Vec<String>) {
    let is_change =
        |word: &String| (word.contains('=') && !word.starts_with('=')) || word.ends_with('-');
    let at = words.iter().position(is_change).unwrap_or(words.len());
    (words[..at].to_vec(), words[at..].to_vec())
}

async fn run(session: &mut Session, mark: Mark) -> Outcome {
    let (words, changes) = split(session.arguments());
    let selector = session.flags.text("selector").to_owned();
    let from_files = !session.flags.list("filename").is_empty();
    if words.is_empty() && !from_files {
        return Err(Failure::error(
            "one or more resources must be specified as <resource> <name> or <resource>/<name>",
        ));
    }
    if changes.is_empty() && !session.flags.on("list") {
        let words = format!("at least one {} update is required", mark.one);
        return Err(Failure::error(words));
    }
    let (set, remove) = parse(&changes, mark)?;
    let fields = session.flags.text("field-selector").to_owned();
    if session.flags.on("all") && !fields.is_empty() {
        let words = "cannot set --all and --field-selector at the same time";
        return Err(Failure::error(words));
    }
    let query = Query {
        words: &words,
        selector: (!selector.is_empty()).then_some(&selector),
        fields: (!fields.is_empty()).then_some(&fields),
        all: session.flags.on("all"),
        all_namespaces: session.flags.on("all-namespaces"),
        ..Query::default()
    };
    let plan = plan(session, query).await?;
    let (found, mut failures) = fetch(session, &plan).await;
    for one in found {
        if session.flags.on("list") && changes.is_empty() {
            list(session, &one, mark).await?;
            continue;
        }
        if let Err(failure) = change(session, &one, mark, &set, &remove).await {
            failures.push(failure);
        }
    }
    Failure::all(failures)
}

fn parse(changes: &[String], mark: Mark) -> Outcome<(Map<String, Value>, Vec<String>)> {
    let (mut set, mut remove) = (Map::new(), Vec::new());
    for change in changes {
        if let Some((key, value)) = change.split_once('=') {
            if mark.field == "labels" && !is_label_value(value) {
                return Err(Failure::error(format!(
                    "invalid label value: {change:?}: a valid label must be an empty string or \
                     consist of alphanumeric characters, '-', '_' or '.', and must start and end \
                     with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', \
                     regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
                )));
            }
            set.insert(key.to_owned(), json!(value));
        } else if let Some(key) = change.strip_suffix('-') {
            remove.push(key.to_owned());
        } else {
            return Err(Failure::error(format!("unknown {} spec: {change}", mark.one)));
        }
    }
    if let Some(both) = remove.iter().find(|key| set.contains_key(*key)) {
        let words = format!("can not both modify and remove {both} in the same command");
        return Err(Failure::error(words));
    }
    Ok((set, remove))
}

fn is_label_value(value: &str) -> bool {
    let edge = |letter: Option<char>| letter.is_none_or(|c| c.is_ascii_alphanumeric());
    value.len() <= 63
        && value.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
        && edge(value.chars().next())
        && edge(value.chars().last())
}

async fn list(session: &Session, found: &Found, mark: Mark) -> Outcome {
    let mut lines: Vec<String> = found.object["metadata"][mark.field]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| format!("{key}={}", word(value)))
        .collect();
    lines.sort();
    for line in lines {
        session.say(line).await?;
    }
    Ok(())
}

async fn change(
    session: &Session,
    found: &Found,
    mark: Mark,
    set: &Map<String, Value>,
    remove: &[String],
) -> Outcome {
    let now = &found.object["metadata"][mark.field];
    for key in remove {
        if now.get(key).is_none() {
            let one = mark.one;
            session.out(format!("{one} {key:?} not found.\n")).await?;
        }
    }
    if !session.flags.on("overwrite") {
        let taken: Vec<String> = set
            .iter()
            .filter(|(key, value)| now.get(*key).is_some_and(|now| now != *value))
            .map(|(key, _)| format!("'{key}' already has a value ({})", word(&now[key])))
            .collect();
        if !taken.is_empty() {
            return Err(Failure::error(format!("{}, and --overwrite is false", taken.join("; "))));
        }
    }
    let mut fields = set.clone();
    for key in remove {
        fields.insert(key.clone(), Value::Null);
    }
    let sets = set.iter().any(|(key, value)| now.get(key) != Some(value));
    let removes = remove.iter().any(|key| now.get(key).is_some());
    let verb = match (mark.field, sets, removes) {
        ("annotations", ..) | (_, true, _) => mark.done,
        (_, false, true) => mark.undone,
        (_, false, false) => "not labeled",
    };
    let object = if DryRun::of(session)? == DryRun::Client || (!sets && !removes) {
        found.object.clone()
    } else {
        let mut body = json!({"metadata": {mark.field: fields}});
        let version = session.flags.text("resource-version");
        if !version.is_empty() {
            body["metadata"]["resourceVersion"] = json!(version);
        }
        let content_type = "application/merge-patch+json";
        change::patch(session, found.path(), content_type, &body, mark.manager).await?
    };
    let format = Format::of_change(session)?;
    change::report_as(session, &format, &object, verb).await
}
