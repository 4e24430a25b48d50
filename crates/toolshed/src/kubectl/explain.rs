//! `kubectl explain`: the fields of a kind, from the server's OpenAPI documents.
//!
//! **Deliberately absent:** descriptions of our own. What the server does not describe is `<empty>`.

use std::fmt::Write as _;

use serde_json::Value;

use crate::kubectl::api::Call;
use crate::kubectl::discovery::Resource;
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::flags::{Flag, Takes};
use crate::kubectl::session::{Running, Session};

/// The command's own flags.
pub(crate) const FLAGS: &[Flag] = &[
    Flag::short('R', "recursive", Takes::Switch(false), "All fields below, without descriptions"),
    Flag::new("api-version", Takes::Text(""), "The API version to explain"),
    Flag::short('o', "output", Takes::Text("plaintext"), "plaintext"),
];

/// How deep `--recursive` follows.
const DEEPEST: usize = 24;

/// Runs the command.
pub(crate) fn run(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        let words = session.arguments().to_vec();
        let word = match words.as_slice() {
            [word] => word.clone(),
            [] => {
                return Err(Failure::error(
                    "You must specify the type of resource to explain. Use \"kubectl api-resources\" \
                     for a complete list of supported resources.",
                ));
            }
            _ => return Err(Failure::error("We accept only this format: explain RESOURCE")),
        };
        if session.flags.text("output") != "plaintext" {
            let output = session.flags.text("output");
            return Err(Failure::error(format!("--output {output} is not available")));
        }
        let (resource, fields) = split(session, &word).await?;
        let document = document(session, &resource).await?;
        let schema = of_kind(&document, &resource).ok_or_else(|| {
            Failure::error(format!("{}: not found in the OpenAPI schema", resource.kind))
        })?;
        session.out(head(&resource)).await?;
        let page = Page { document: &document, recursive: session.flags.on("recursive") };
        session.out(page.text(schema, &fields)?).await
    })
}

/// The resource that a word begins with and the fields that follow: `deployments.apps.spec`, too.
async fn split(session: &Session, word: &str) -> Outcome<(std::sync::Arc<Resource>, Vec<String>)> {
    let parts: Vec<String> =
        word.split('.').filter(|part| !part.is_empty()).map(str::to_owned).collect();
    let version = session.flags.text("api-version");
    let Some(first) = parts.first() else {
        return Err(Failure::error("the resource name may not be empty"));
    };
    for end in (1..=parts.len()).rev() {
        let Ok(resource) = session.resource(&parts[..end].join(".")).await else { continue };
        let fields = parts[end..].to_vec();
        if version.is_empty() || resource.api_version() == version {
            return Ok((resource, fields));
        }
        let other = session.kind(version, &resource.kind).await?;
        let missing = || Failure::error(format!("couldn't find resource for {version:?}"));
        return Ok((other.ok_or_else(missing)?, fields));
    }
    Err(Failure::Said(format!("the server doesn't have a resource type {first:?}\n")))
}

fn head(resource: &Resource) -> String {
    let mut text = String::new();
    if !resource.group.is_empty() {
        let _ = writeln!(text, "GROUP:      {}", resource.group);
    }
    let _ = writeln!(text, "KIND:       {}\nVERSION:    {}\n", resource.kind, resource.version);
    text
}

async fn document(session: &Session, resource: &Resource) -> Outcome<Value> {
    let path = if resource.group.is_empty() {
        format!("/openapi/v3/api/{}", resource.version)
    } else {
        format!("/openapi/v3/apis/{}/{}", resource.group, resource.version)
    };
    session.api.value(Call::get(path)).await
}

fn of_kind<'a>(document: &'a Value, resource: &Resource) -> Option<&'a Value> {
    let is_meant = |schema: &&Value| {
        let kinds = schema["x-kubernetes-group-version-kind"].as_array();
        kinds.is_some_and(|kinds| {
            kinds.iter().any(|it| {
                it["group"].as_str().unwrap_or_default() == resource.group
                    && it["version"] == resource.version.as_str()
                    && it["kind"] == resource.kind.as_str()
            })
        })
    };
    document["components"]["schemas"].as_object()?.values().find(is_meant)
}

struct Page<'a> {
    document: &'a Value,
    recursive: bool,
}

impl<'a> Page<'a> {
    fn text(&self, schema: &'a Value, fields: &[String]) -> Outcome<String> {
        let mut text = String::new();
        let mut at = schema;
        for (depth, field) in fields.iter().enumerate() {
            let missing = || Failure::error(format!("field \"{field}\" does not exist"));
            at = self.properties(at).and_then(|all| all.get(field)).ok_or_else(missing)?;
            if depth + 1 == fields.len() {
                let _ = writeln!(text, "FIELD: {field} <{}>", kind(at));
                text.push_str(&enumeration(at, "", 0));
                text.push_str("\n\n");
            }
        }
        let description = self.description(at);
        let shown = if description.is_empty() { "<empty>" } else { &description };
        let _ = writeln!(text, "DESCRIPTION:\n{}", indent(&wrap(shown), 4));
        let list = self.list(at, 1, &mut Vec::new());
        if !list.is_empty() {
            let _ = write!(text, "FIELDS:\n{list}");
        }
        Ok(text + "\n")
    }

    /// What a reference, an `allOf` of one, a list or a map leads to.
    fn inner(&self, schema: &'a Value) -> &'a Value {
        let mut at = schema;
        for _ in 0..DEEPEST {
            let next = match at.get("$ref").and_then(Value::as_str) {
                Some(reference) => self.resolve(reference),
                None => match at.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
                    Some([only]) if at.get("properties").is_none() => Some(only),
                    _ => at
                        .get("items")
                        .or_else(|| at.get("additionalProperties").filter(|more| more.is_object())),
                },
            };
            match next {
                Some(next) => at = next,
                None => break,
            }
        }
        at
    }

    fn resolve(&self, reference: &str) -> Option<&'a Value> {
        let name = reference.rsplit('/').next()?;
        self.document["components"]["schemas"].get(name)
    }

    fn properties(&self, schema: &'a Value) -> Option<&'a serde_json::Map<String, Value>> {
        self.inner(schema).get("properties")?.as_object()
    }

    /// A field's own description, and that of what it leads to.
    fn description(&self, schema: &'a Value) -> String {
        let own = schema.get("description").and_then(Value::as_str).unwrap_or_default();
        let inner = self.inner(schema);
        let apart = !std::ptr::eq(inner, schema);
        let other = inner.get("description").and_then(Value::as_str).filter(|_| apart);
        let other = other.unwrap_or_default();
        match (own.is_empty(), other.is_empty()) {
            (false, false) => format!("{own}\n{other}"),
            (false, true) => own.to_owned(),
            (true, _) => other.to_owned(),
        }
    }

    fn list(&self, schema: &'a Value, level: usize, above: &mut Vec<&'a Value>) -> String {
        let mut list = String::new();
        let inner = self.inner(schema);
        let Some(properties) = inner.get("properties").and_then(Value::as_object) else {
            return list;
        };
        let required = inner.get("required").and_then(Value::as_array);
        let spaces = "  ".repeat(level);
        let mut names: Vec<&String> = properties.keys().collect();
        names.sort();
        for name in names {
            let field = &properties[name];
            let needed = required.is_some_and(|all| all.iter().any(|it| it == name.as_str()));
            let mark = if needed { " -required-" } else { "" };
            let _ = writeln!(list, "{spaces}{name}\t<{}>{mark}", kind(field));
            list.push_str(&enumeration(field, &spaces, 4));
            if !self.recursive {
                let own = field.get("description").and_then(Value::as_str);
                let inner = self.inner(field).get("description").and_then(Value::as_str);
                let shown = own.filter(|it| !it.is_empty()).or(inner).unwrap_or("<no description>");
                let _ = writeln!(list, "{}\n", indent(wrap(shown).trim_end(), 4));
                continue;
            }
            let below = self.inner(field);
            let again = above.iter().any(|one| std::ptr::eq(*one, below));
            if !again && above.len() < DEEPEST {
                above.push(below);
                list.push_str(&self.list(field, level + 1, above));
                above.pop();
            }
        }
        list
    }
}

/// A field's type, as a reader calls it.
fn kind(schema: &Value) -> String {
    if let Some(items) = schema.get("items") {
        return format!("[]{}", kind(items));
    }
    if let Some(more) = schema.get("additionalProperties").filter(|more| more.is_object()) {
        return format!("map[string]{}", kind(more));
    }
    if let Some([only]) = schema.get("allOf").and_then(Value::as_array).map(Vec::as_slice)
        && schema.get("properties").is_none()
    {
        return kind(only);
    }
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let name = reference.rsplit(['/', '.']).next().unwrap_or("Object");
        // Times are texts to everybody.
        return if name.ends_with("Time") { "string" } else { name }.to_owned();
    }
    match schema.get("type").and_then(Value::as_str) {
        None | Some("object") => "Object".to_owned(),
        Some(other) => other.to_owned(),
    }
}

/// The values that a field may have, the first few of them.
fn enumeration(schema: &Value, spaces: &str, limit: usize) -> String {
    let Some(values) = schema.get("enum").and_then(Value::as_array) else { return String::new() };
    let shown = |value: &Value| match value.as_str() {
        Some("") => "\"\"".to_owned(),
        Some(text) => text.to_owned(),
        None => value.to_string(),
    };
    let most = if limit == 0 { values.len() } else { limit };
    let mut texts: Vec<String> = values.iter().take(most).map(shown).collect();
    if values.len() > most {
        texts.push("....".to_owned());
    }
    if limit == 0 {
        return format!("ENUM:\n    {}", texts.join("\n    "));
    }
    format!("{spaces}enum: {}\n", texts.join(", "))
}

/// Breaks lines after 76 letters, at blanks.
fn wrap(text: &str) -> String {
    let mut out = String::new();
    for line in text.split('\n') {
        let mut length = 0;
        for (at, word) in line.split(' ').enumerate() {
            let count = word.chars().count();
            if length > 1 && length + 1 + count > 76 {
                out.push('\n');
                length = 0;
            } else if at > 0 {
                out.push(' ');
                length += 1;
            }
            out.push_str(word);
            length += count;
        }
        out.push('\n');
    }
    out
}

fn indent(text: &str, width: usize) -> String {
    let spaces = " ".repeat(width);
    text.split('\n').map(|line| format!("{spaces}{line}")).collect::<Vec<_>>().join("\n")
}
