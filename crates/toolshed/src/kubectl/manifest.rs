//! Objects in files: `-f file`, `-f directory`, `-f -`.

use std::sync::Arc;

use serde_json::Value;

use crate::kubectl::discovery::Resource;
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::labels::Selector;
use crate::kubectl::print::json;
use crate::kubectl::session::Session;
use crate::kubectl::yaml;

/// Standard input, where a file is wanted.
pub(crate) const STDIN: &str = "/dev/stdin";

/// The most that is read from standard input.
pub(crate) const LARGEST_INPUT: usize = 16 << 20;

/// One object that somebody wrote down.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    pub(crate) resource: Arc<Resource>,
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) object: Value,
    /// The file, as error messages name it.
    pub(crate) source: String,
}

impl Document {
    /// An API failure, with what was being done to which file.
    pub(crate) fn while_doing(&self, verb: &str, failure: Failure) -> Failure {
        let prefix = |words: &str| format!("error when {verb} {:?}: {words}", self.source);
        match failure {
            Failure::Api(mut error) => {
                error.message = prefix(&error.message);
                Failure::Api(error)
            }
            Failure::Error(words) => Failure::Error(prefix(&words)),
            other => other,
        }
    }
}

/// Reads everything that the `-f` flags name and `-l` chooses; what cannot be read is reported in its
/// place, and nothing is read where a file is missing.
pub(crate) async fn load(session: &mut Session) -> Vec<Outcome<Document>> {
    let selector = match Selector::parse(session.flags.text("selector")) {
        Ok(selector) => selector,
        Err(failure) => return vec![Err(failure)],
    };
    let names = session.flags.list("filename").to_vec();
    let (mut all, mut missing) = (Vec::new(), Vec::new());
    for name in names {
        match texts(session, &name).await {
            Ok(texts) => all.extend(texts),
            Err(failure) => missing.push(Err(failure)),
        }
    }
    if !missing.is_empty() {
        return missing;
    }
    let mut found = Vec::new();
    for (source, text) in all {
        read(session, &source, &text, &mut found).await;
    }
    found.retain(|one| one.as_ref().map_or(true, |one| selector.matches(&one.object)));
    found
}

/// The files behind one `-f`, with the name that messages give them.
async fn texts(session: &mut Session, name: &str) -> Outcome<Vec<(String, String)>> {
    if name == "-" || name == STDIN {
        let input = session.context.stdin.read_to_end(LARGEST_INPUT).await;
        let input = input.ok_or_else(|| Failure::error("standard input is too large"))?;
        let source = if name == "-" { "STDIN" } else { name };
        return Ok(vec![(source.to_owned(), String::from_utf8_lossy(&input).into_owned())]);
    }
    if name.starts_with("http://") || name.starts_with("https://") {
        let words = format!("unable to read URL {name:?}, this terminal reaches only its own lab");
        return Err(Failure::error(words));
    }
    let files = &session.context.files;
    let path = session.path(name);
    if !files.is_directory(&path) {
        let text = files.read(&path);
        let text =
            text.ok_or_else(|| Failure::error(format!("the path {name:?} does not exist")))?;
        return Ok(vec![(name.to_owned(), String::from_utf8_lossy(&text).into_owned())]);
    }
    let mut paths = Vec::new();
    walk(session, &path, name.trim_end_matches('/'), session.flags.on("recursive"), &mut paths);
    if paths.is_empty() {
        return Err(Failure::error(format!(
            "error reading [{name}]: recognized file extensions are [.json .yaml .yml]"
        )));
    }
    Ok(paths
        .into_iter()
        .filter_map(|(path, shown)| {
            let text = files.read(&path)?;
            Some((shown, String::from_utf8_lossy(&text).into_owned()))
        })
        .collect())
}

fn walk(
    session: &Session,
    path: &str,
    shown: &str,
    recursive: bool,
    found: &mut Vec<(String, String)>,
) {
    let Ok(entries) = session.context.files.list(path) else { return };
    for (name, _) in entries {
        let inner = format!("{}/{name}", path.trim_end_matches('/'));
        let shown = format!("{shown}/{name}");
        if session.context.files.is_directory(&inner) {
            if recursive {
                walk(session, &inner, &shown, recursive, found);
            }
        } else if [".json", ".yaml", ".yml"].iter().any(|end| name.ends_with(end)) {
            found.push((inner, shown));
        }
    }
}

/// Reads the objects of one text.
pub(crate) async fn read(
    session: &Session,
    source: &str,
    text: &str,
    found: &mut Vec<Outcome<Document>>,
) {
    for chunk in yaml::split(text) {
        let value = match yaml::document(&chunk) {
            Ok(Value::Null) => continue,
            Ok(value) => value,
            Err(words) => {
                found.push(Err(Failure::error(format!(
                    "error parsing {source}: error converting YAML to JSON: {words}"
                ))));
                return;
            }
        };
        let kind = value["kind"].as_str().unwrap_or_default();
        match &value["items"] {
            Value::Array(items) if kind.ends_with("List") => {
                for item in items {
                    found.push(document(session, source, item).await);
                }
            }
            _ => found.push(document(session, source, &value).await),
        }
    }
}

async fn document(session: &Session, source: &str, value: &Value) -> Outcome<Document> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let (version, kind) = (text(&value["apiVersion"]), text(&value["kind"]));
    well_formed(session, source, value, &version, &kind)?;
    let name = text(&value["metadata"]["name"]);
    let written = text(&value["metadata"]["namespace"]);
    let Some(resource) = session.kind(&version, &kind).await? else {
        return Err(Failure::error(format!(
            "resource mapping not found for name: {name:?} namespace: {written:?} from {source:?}: \
             no matches for kind {kind:?} in version {version:?}\nensure CRDs are installed first"
        )));
    };
    let mut object = value.clone();
    if !object["metadata"].is_object() {
        object["metadata"] = Value::Object(serde_json::Map::new());
    }
    let mut namespace = String::new();
    if resource.namespaced {
        if !written.is_empty() && session.namespace_given() && written != session.namespace() {
            return Err(Failure::error(format!(
                "the namespace from the provided object {written:?} does not match the namespace \
                 {:?}. You must pass '--namespace={written}' to perform this operation.",
                session.namespace()
            )));
        }
        namespace = if written.is_empty() { session.namespace().to_owned() } else { written };
        object["metadata"]["namespace"] = Value::String(namespace.clone());
    }
    Ok(Document { resource, namespace, name, object, source: source.to_owned() })
}

/// Whether objects are looked at before they are sent.
fn validates(session: &Session) -> bool {
    let anew = session.command == "kubectl replace" && session.flags.on("force");
    !anew
        && session.command != "kubectl edit"
        && !matches!(session.flags.text("validate"), "" | "false")
}

fn well_formed(
    session: &Session,
    source: &str,
    value: &Value,
    version: &str,
    kind: &str,
) -> Outcome {
    let mut missing = Vec::new();
    if version.is_empty() {
        missing.push("apiVersion not set");
    }
    if kind.is_empty() {
        missing.push("kind not set");
    }
    if missing.is_empty() {
        return Ok(());
    }
    if !value.is_object() || !validates(session) {
        return Err(Failure::error(format!(
            "unable to decode {source:?}: Object 'Kind' is missing in '{}'",
            json::compact(value)
        )));
    }
    let missing = match missing.as_slice() {
        [one] => (*one).to_owned(),
        all => format!("[{}]", all.join(", ")),
    };
    Err(Failure::error(format!(
        "error validating {source:?}: error validating data: {missing}; if you choose to ignore \
         these errors, turn validation off with --validate=false"
    )))
}
