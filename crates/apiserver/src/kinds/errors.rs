//! What is wrong with a field, and the words the real server has for it.
//!
//! ```text
//! Deployment.apps "web" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0
//! ```
//!
//! **Invariant:** [`FieldError::body`] and [`message`] print what the real server prints, down
//! to Go's way of quoting; learners look these sentences up.

use std::collections::BTreeSet;
use std::fmt::{self, Write as _};

use serde_json::{Value, json};

use super::registry::Resource;

/// One objection to one field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// What sort of objection it is.
    pub kind: ErrorKind,
    /// The path, such as `spec.containers[0].image`.
    pub field: String,
    /// What was found there, printed as Go prints it; `None` where the message leaves it out.
    pub bad_value: Option<String>,
    /// The rest of the sentence; may be empty.
    pub detail: String,
}

/// The sorts of objections, as they appear in `details.causes[].reason`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// A value must be given.
    Required,
    /// The value breaks a rule.
    Invalid,
    /// The value may not be set here or now.
    Forbidden,
    /// The value is none of a fixed list.
    NotSupported,
    /// The value occurs twice.
    Duplicate,
    /// The value names something that is not there.
    NotFound,
    /// The value has too many bytes.
    TooLong,
    /// The list has too many items.
    TooMany,
}

impl ErrorKind {
    /// The machine-readable name.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::Required => "FieldValueRequired",
            Self::Invalid => "FieldValueInvalid",
            Self::Forbidden => "FieldValueForbidden",
            Self::NotSupported => "FieldValueNotSupported",
            Self::Duplicate => "FieldValueDuplicate",
            Self::NotFound => "FieldValueNotFound",
            Self::TooLong => "FieldValueTooLong",
            Self::TooMany => "FieldValueTooMany",
        }
    }

    const fn words(self) -> &'static str {
        match self {
            Self::Required => "Required value",
            Self::Invalid => "Invalid value",
            Self::Forbidden => "Forbidden",
            Self::NotSupported => "Unsupported value",
            Self::Duplicate => "Duplicate value",
            Self::NotFound => "Not found",
            Self::TooLong => "Too long",
            Self::TooMany => "Too many",
        }
    }
}

impl FieldError {
    /// The sentence without the field.
    pub fn body(&self) -> String {
        let mut words = self.kind.words().to_owned();
        if let Some(value) = &self.bad_value {
            words.push_str(": ");
            words.push_str(value);
        }
        if !self.detail.is_empty() {
            words.push_str(": ");
            words.push_str(&self.detail);
        }
        words
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.field, self.body())
    }
}

/// A value as Go prints it in these messages: strings quoted, the rest as JSON.
fn go_value(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        other => other.to_string(),
    }
}

/// A string between quotes with Go's escapes.
pub fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            other if (other as u32) < 0x20 || other as u32 == 0x7f => {
                let _ = write!(out, "\\x{:02x}", other as u32);
            }
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// The whole sentence about an object.
pub fn message(group_kind: &str, name: &str, errors: &[FieldError]) -> String {
    let mut seen = BTreeSet::new();
    let parts: Vec<String> =
        errors.iter().map(ToString::to_string).filter(|it| seen.insert(it.clone())).collect();
    let subject = format!("{group_kind} {} is invalid", quoted(name));
    match parts.as_slice() {
        [] => subject,
        [one] => format!("{subject}: {one}"),
        many => format!("{subject}: [{}]", many.join(", ")),
    }
}

/// The `Status` that answers a write of an invalid object (code 422).
pub fn invalid_status(resource: &Resource, name: &str, errors: &[FieldError]) -> Value {
    let causes: Vec<Value> = errors
        .iter()
        .map(|it| json!({"reason": it.kind.reason(), "message": it.body(), "field": it.field}))
        .collect();
    let mut details = json!({"kind": resource.kind, "causes": causes});
    if !name.is_empty() {
        details["name"] = json!(name);
    }
    if !resource.group.is_empty() {
        details["group"] = json!(resource.group);
    }
    json!({
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Failure",
        "message": message(&resource.group_kind(), name, errors),
        "reason": "Invalid",
        "details": details,
        "code": 422,
    })
}

fn supported_values(supported: &[&str]) -> String {
    if supported.is_empty() {
        return String::new();
    }
    let list: Vec<String> = supported.iter().map(|it| quoted(it)).collect();
    format!("supported values: {}", list.join(", "))
}

/// Where a field is, built as one descends.
#[derive(Debug, Clone)]
pub struct Path(String);

impl Path {
    /// A first-level field; the empty name stands for the object itself.
    pub fn root(name: &str) -> Self {
        Self(name.to_owned())
    }

    /// A field below.
    #[must_use]
    pub fn child(&self, name: &str) -> Self {
        if self.0.is_empty() {
            return Self(name.to_owned());
        }
        Self(format!("{}.{name}", self.0))
    }

    /// An item of a list.
    #[must_use]
    pub fn index(&self, index: usize) -> Self {
        Self(format!("{}[{index}]", self.0))
    }

    /// An entry of a map.
    #[must_use]
    pub fn key(&self, key: &str) -> Self {
        Self(format!("{}[{key}]", self.0))
    }

    /// The path as messages show it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Path {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// The objections found so far.
#[derive(Debug, Default)]
pub struct Errors(Vec<FieldError>);

impl Errors {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// All of them, in the order found.
    pub fn into_vec(self) -> Vec<FieldError> {
        self.0
    }

    /// Whether nothing is wrong so far.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many were found so far.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether an objection was raised to exactly this field.
    pub fn has(&self, path: &Path) -> bool {
        self.0.iter().any(|it| it.field == path.0)
    }

    /// A value must be given.
    pub fn required(&mut self, path: &Path, detail: impl Into<String>) {
        self.push(ErrorKind::Required, path, None, detail.into());
    }

    /// The value breaks a rule.
    pub fn invalid(&mut self, path: &Path, value: impl Into<Value>, detail: impl Into<String>) {
        self.push(ErrorKind::Invalid, path, Some(go_value(&value.into())), detail.into());
    }

    /// As [`Self::invalid`], for a value whose printed form is not its JSON.
    pub fn invalid_printed(&mut self, path: &Path, printed: String, detail: impl Into<String>) {
        self.push(ErrorKind::Invalid, path, Some(printed), detail.into());
    }

    /// As [`Self::unsupported`], for a value whose printed form is not its JSON.
    pub fn unsupported_printed(&mut self, path: &Path, printed: String, supported: &[&str]) {
        let detail = supported_values(supported);
        self.push(ErrorKind::NotSupported, path, Some(printed), detail);
    }

    /// The value, printed already, occurs twice.
    pub fn duplicate_printed(&mut self, path: &Path, printed: String) {
        self.push(ErrorKind::Duplicate, path, Some(printed), String::new());
    }

    /// Adds what is wrong with a text.
    pub fn invalid_each(&mut self, path: &Path, value: &str, details: Vec<String>) {
        for detail in details {
            self.invalid(path, value, detail);
        }
    }

    /// The value may not be set here or now.
    pub fn forbidden(&mut self, path: &Path, detail: impl Into<String>) {
        self.push(ErrorKind::Forbidden, path, None, detail.into());
    }

    /// The value is none of the supported ones.
    pub fn unsupported(&mut self, path: &Path, value: impl Into<Value>, supported: &[&str]) {
        let detail = supported_values(supported);
        self.push(ErrorKind::NotSupported, path, Some(go_value(&value.into())), detail);
    }

    /// The value occurs twice.
    pub fn duplicate(&mut self, path: &Path, value: impl Into<Value>) {
        self.push(ErrorKind::Duplicate, path, Some(go_value(&value.into())), String::new());
    }

    /// The value names something that is not there.
    pub fn not_found(&mut self, path: &Path, value: impl Into<Value>) {
        self.push(ErrorKind::NotFound, path, Some(go_value(&value.into())), String::new());
    }

    /// The value has more bytes than allowed.
    pub fn too_long(&mut self, path: &Path, limit: usize) {
        let detail = format!("may not be more than {limit} bytes");
        self.push(ErrorKind::TooLong, path, None, detail);
    }

    /// The list has more items than allowed.
    pub fn too_many(&mut self, path: &Path, found: usize, limit: usize) {
        let detail = format!("must have at most {limit} items");
        self.push(ErrorKind::TooMany, path, Some(found.to_string()), detail);
    }

    fn push(&mut self, kind: ErrorKind, path: &Path, bad_value: Option<String>, detail: String) {
        self.0.push(FieldError { kind, field: path.0.clone(), bad_value, detail });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_objections_stand_in_brackets_and_none_twice() {
        let mut errors = Errors::new();
        let path = Path::root("spec").child("ports").index(0).child("name");
        errors.required(&path, "");
        errors.invalid(&path, "A\"b", "no");
        errors.invalid(&path, "A\"b", "no");

        let text = message("Service", "web", &errors.into_vec());

        assert_eq!(
            text,
            "Service \"web\" is invalid: [spec.ports[0].name: Required value, \
             spec.ports[0].name: Invalid value: \"A\\\"b\": no]"
        );
    }

    #[test]
    fn supported_values_are_listed() {
        let mut errors = Errors::new();
        errors.unsupported(&Path::root("spec").child("type"), "Foo", &["A", "B"]);

        assert_eq!(
            errors.into_vec()[0].to_string(),
            "spec.type: Unsupported value: \"Foo\": supported values: \"A\", \"B\""
        );
    }
}
