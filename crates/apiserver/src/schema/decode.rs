//! Request bodies to objects, as strict as the real server, with its messages.
//!
//! ```text
//! bytes ──► Node ──► typed walk ──► normal form ──► Decoded { value, strict }
//!           syntax   types, unknown and duplicate fields
//! ```
//!
//! Errors are whole sentences for a 400 `BadRequest`. What only `fieldValidation=Strict` refuses
//! comes back in [`Decoded::strict`]: join it for the error ([`Decoded::refuse`]), or send each
//! part as a warning. **Invariant:** a decoded value is in the form the server stores: nulls
//! dropped, scalars canonical, zero values as Go writes them.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::node::{self, Node};
use super::table::{Field, Shape, Type, custom, type_of};
use super::{normal, protobuf, scalar, yaml};

/// How a body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// `application/json`.
    Json,
    /// `application/yaml`, `application/apply-patch+yaml`.
    Yaml,
    /// `application/vnd.kubernetes.protobuf`.
    Protobuf,
}

/// What kind of object the route takes.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The group; empty for the core group.
    pub group: &'a str,
    /// The version.
    pub version: &'a str,
    /// The kind.
    pub kind: &'a str,
}

/// A decoded body.
#[derive(Debug)]
pub struct Decoded {
    /// The object, with `apiVersion` and `kind`.
    pub value: Value,
    /// `unknown field "spec.foo"`, `duplicate field "spec.replicas"`, in the order of the body.
    pub strict: Vec<String>,
}

impl Decoded {
    /// The 400 sentence for `fieldValidation=Strict`, if there is anything to refuse.
    pub fn refuse(&self, expected: Expected<'_>) -> Option<String> {
        let all = self.strict.join(", ");
        let error = format!("strict decoding error: {all}");
        (!all.is_empty()).then(|| expected.unfit(&error))
    }
}

impl Expected<'_> {
    /// `Deployment in version "v1" cannot be handled as a Deployment: …`.
    fn unfit(self, error: &str) -> String {
        let Self { version, kind, .. } = self;
        format!("{kind} in version \"{version}\" cannot be handled as a {kind}: {error}")
    }

    fn api_version(self) -> String {
        match self.group {
            "" => self.version.to_owned(),
            group => format!("{group}/{}", self.version),
        }
    }
}

/// Decodes a body that should be of the `expected` kind.
///
/// A body without `apiVersion` or `kind` is taken to be what is expected, as the real server does.
/// The error is the sentence of a 400.
pub fn body(bytes: &[u8], format: Format, expected: Expected<'_>) -> Result<Decoded, String> {
    let unrecognized = |error: String| {
        let kind = expected.kind;
        format!(
            "the object provided is unrecognized (must be of type {kind}): {error} ({})",
            start(bytes)
        )
    };
    let (node, mut strict) = match format {
        Format::Protobuf => {
            let value = protobuf::decode(bytes).map_err(|error| unrecognized(error.to_string()))?;
            check_kind(value["apiVersion"].as_str(), value["kind"].as_str(), expected)?;
            return Ok(Decoded { value, strict: Vec::new() });
        }
        Format::Json => (
            node::parse(bytes).map_err(|error| {
                unrecognized(format!("couldn't get version/kind; json parse error: {error}"))
            })?,
            Vec::new(),
        ),
        Format::Yaml => {
            let text = str::from_utf8(bytes)
                .map_err(|_| unrecognized("yaml: control characters are not allowed".to_owned()))?;
            let document = yaml::parse(text).map_err(unrecognized)?;
            (document.node, document.duplicates)
        }
    };
    let (api_version, kind) = type_meta(&node).map_err(|error| {
        unrecognized(format!("couldn't get version/kind; json parse error: {error}"))
    })?;
    check_kind(api_version, kind, expected)?;
    let known = type_of(expected.group, expected.version, expected.kind).unwrap_or_else(custom);
    let decoded = object(node, known);
    strict.extend(decoded.strict);
    let mut value = decoded.value.map_err(|error| expected.unfit(&error))?;
    value["apiVersion"] = expected.api_version().into();
    value["kind"] = expected.kind.into();
    normal::normalize(known, &mut value);
    Ok(Decoded { value, strict })
}

/// The start of a body, as the real server quotes it.
fn start(bytes: &[u8]) -> String {
    let (shown, dots) = match bytes.get(..30) {
        Some(head) if bytes.len() > 30 => (head, " ..."),
        _ => (bytes, ""),
    };
    match shown {
        [] => "<empty>".to_owned(),
        [b'{', ..] => format!("{}{dots}", String::from_utf8_lossy(shown)),
        _ => {
            let mut hexadecimal = String::new();
            for byte in shown {
                let _ = write!(hexadecimal, "{byte:02x}");
            }
            hexadecimal + dots
        }
    }
}

/// `apiVersion` and `kind`; empty ones count as absent.
fn type_meta(node: &Node) -> Result<(Option<&str>, Option<&str>), String> {
    if !matches!(node, Node::Object(_) | Node::Null) {
        return Err(format!(
            "json: cannot unmarshal {} into Go value of type struct {{ APIVersion string \
             \"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }}",
            node.word()
        ));
    }
    let word = |key: &str| match node.get(key) {
        None | Some(Node::Null) => Ok(None),
        Some(Node::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
        Some(other) => Err(format!(
            "json: cannot unmarshal {} into Go struct field .{key} of type string",
            other.word()
        )),
    };
    Ok((word("apiVersion")?, word("kind")?))
}

/// Refuses a body that says it is something else.
fn check_kind(
    api_version: Option<&str>,
    kind: Option<&str>,
    expected: Expected<'_>,
) -> Result<(), String> {
    let wanted = expected.api_version();
    let api_version = api_version.unwrap_or(&wanted);
    let kind = kind.unwrap_or(expected.kind);
    if api_version == wanted && kind == expected.kind {
        return Ok(());
    }
    let (group, version) = api_version.rsplit_once('/').unwrap_or(("", api_version));
    let internal = |group: &str| match group.split('.').next() {
        None | Some("") => "core".to_owned(),
        Some(first) => first.to_owned(),
    };
    let error = match type_of(group, version, kind) {
        Some(found) => format!(
            "converting ({}) to ({}.{}): unknown conversion",
            found.go_name(),
            internal(expected.group),
            expected.kind
        ),
        None => format!(
            "no kind \"{kind}\" is registered for version \"{api_version}\" in scheme \
             \"pkg/runtime/scheme.go:111\""
        ),
    };
    Err(format!(
        "{kind} in version \"{version}\" cannot be handled as a {}: {error}",
        expected.kind
    ))
}

/// Reads the body of a server-side apply, YAML or JSON, as it was written.
///
/// It is not decoded into its type: what it leaves out must stay out. The error is the sentence
/// of a 400; [`Decoded::strict`] holds repeated keys.
pub fn configuration(bytes: &[u8]) -> Result<Decoded, String> {
    let unreadable = |error: String| format!("error decoding YAML: {error}");
    if let Ok(node) = node::parse(bytes) {
        return Ok(Decoded { value: node.into_value(), strict: Vec::new() });
    }
    let text = str::from_utf8(bytes)
        .map_err(|_| unreadable("yaml: control characters are not allowed".to_owned()))?;
    let document = yaml::parse(text).map_err(unreadable)?;
    Ok(Decoded { value: document.node.into_value(), strict: document.duplicates })
}

/// Converts an object that a patch left behind: types checked, scalars canonical, zeros as stored.
///
/// The error and [`Decoded::strict`] are worded as for patches; [`super::strategic::invalid`] makes
/// the sentence of a 422 from them. `apiVersion` and `kind` cannot be changed by a patch.
pub fn patched(value: Value, expected: Expected<'_>, style: Style) -> Result<Decoded, String> {
    let known = type_of(expected.group, expected.version, expected.kind).unwrap_or_else(custom);
    let mut walk = Walk { style, ..Walk::default() };
    let mut value = match Node::from(value) {
        Node::Object(entries) => walk.object(entries, known),
        _ => return Err("cannot restore struct from: interface".to_owned()),
    };
    if let Some(error) = walk.error {
        return Err(error);
    }
    value["apiVersion"] = expected.api_version().into();
    value["kind"] = expected.kind.into();
    normal::normalize(known, &mut value);
    Ok(Decoded { value, strict: walk.strict })
}

/// Whose words an error uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// Those of the JSON decoder: bodies, JSON patches and merge patches.
    #[default]
    Json,
    /// Those of the converter behind strategic merge patches and server-side apply.
    Conversion,
}

/// The outcome of a typed walk.
pub(super) struct Walked {
    /// The value, or the first error.
    pub(super) value: Result<Value, String>,
    /// Unknown and duplicate fields.
    pub(super) strict: Vec<String>,
}

/// Decodes a parsed object as a `known` type.
pub(super) fn object(node: Node, known: &'static Type) -> Walked {
    let mut walk = Walk::default();
    let value = match node {
        Node::Object(entries) => walk.object(entries, known),
        Node::Null => Value::Object(Map::new()),
        other => {
            walk.mismatch(other.word(), known.go_name());
            Value::Null
        }
    };
    Walked { value: walk.error.map_or(Ok(value), Err), strict: walk.strict }
}

/// The state of a typed walk: where it is, in Go's words and in the body's.
#[derive(Default)]
struct Walk {
    style: Style,
    owner: Option<&'static Type>,
    go_path: Vec<&'static str>,
    path: String,
    error: Option<String>,
    strict: Vec<String>,
}

/// As many strict errors as the real server collects.
const STRICT_LIMIT: usize = 100;

impl Walk {
    fn object(&mut self, entries: Vec<(String, Node)>, known: &'static Type) -> Value {
        let outer = self.owner.replace(known);
        let mut map: Map<String, Value> = Map::new();
        let mut seen: Vec<&'static str> = Vec::new();
        for (key, node) in entries {
            let Some(field) = known.field(&key) else {
                if known.open {
                    map.insert(key, node.into_value());
                } else {
                    self.strict("unknown", &key);
                }
                continue;
            };
            if seen.contains(&field.name) {
                self.strict("duplicate", &key);
            }
            seen.push(field.name);
            let length = self.descend(&key);
            let depth = self.go_path.len();
            self.go_path.extend(field.embedded.split('.').filter(|part| !part.is_empty()));
            self.go_path.push(field.name);
            let value = self.value(node, &field.shape, Some(field));
            self.go_path.truncate(depth);
            self.path.truncate(length);
            match value {
                Some(value) => map.insert(key, value),
                None => map.remove(&key),
            };
        }
        self.owner = outer;
        Value::Object(map)
    }

    /// Extends the path by a key and returns its former length.
    fn descend(&mut self, key: &str) -> usize {
        let length = self.path.len();
        if length > 0 {
            self.path.push('.');
        }
        self.path.push_str(key);
        length
    }

    fn strict(&mut self, what: &str, key: &str) {
        let length = self.descend(key);
        let message = format!("{what} field {:?}", self.path);
        self.path.truncate(length);
        if self.strict.len() < STRICT_LIMIT && !self.strict.contains(&message) {
            self.strict.push(message);
        }
    }

    /// Records `json: cannot unmarshal …`, unless something went wrong before.
    fn mismatch(&mut self, found: &str, wanted: &str) {
        if self.style == Style::Conversion {
            self.fail(format!("json: cannot unmarshal {found} into Go value of type {wanted}"));
            return;
        }
        let place = match self.owner {
            Some(owner) if !self.go_path.is_empty() => {
                format!("Go struct field {}.{}", owner.short_name(), self.go_path.join("."))
            }
            _ => "Go value".to_owned(),
        };
        self.fail(format!("json: cannot unmarshal {found} into {place} of type {wanted}"));
    }

    fn fail(&mut self, error: String) {
        self.error.get_or_insert(error);
    }

    /// Decodes one value; none for null, which leaves the field at its zero value.
    fn value(&mut self, node: Node, shape: &Shape, field: Option<&Field>) -> Option<Value> {
        let wanted = || {
            let named = field.and_then(|field| field.go_type).map(str::to_owned);
            named.unwrap_or_else(|| shape.go_type())
        };
        match (shape, node) {
            (Shape::Any | Shape::RawExtension | Shape::FieldsV1, node) => Some(node.into_value()),
            (_, Node::Null) => None,
            (Shape::Object(_), Node::Object(entries)) => {
                let known = shape.object()?;
                Some(self.object(entries, known))
            }
            (Shape::List(element), Node::Array(items)) => Some(self.list(items, element, field)),
            (Shape::Map(element), Node::Object(entries)) => Some(self.map(entries, element, field)),
            (Shape::String | Shape::IntOrString, Node::String(text)) => Some(Value::String(text)),
            (Shape::Bool, Node::Bool(value)) => Some(Value::Bool(value)),
            (Shape::Int32 | Shape::IntOrString, Node::Number(text)) => {
                self.integer::<i32>(&text, "int32")
            }
            (Shape::Int64, Node::Number(text)) => self.integer::<i64>(&text, "int64"),
            (Shape::Double, Node::Number(text)) => Some(node::number(&text)),
            (Shape::Bytes, Node::String(text)) => self.scalar(scalar::bytes(&text)),
            (Shape::Time, Node::String(text)) => self.scalar(scalar::time(&text)),
            (Shape::MicroTime, Node::String(text)) => self.scalar(scalar::micro_time(&text)),
            (Shape::Quantity, Node::String(text) | Node::Number(text)) => {
                self.scalar(scalar::quantity(&text))
            }
            (Shape::Quantity, _) => self.scalar(scalar::quantity("{")),
            (Shape::IntOrString, other) => self.wrong(&other, "int32"),
            (Shape::Time | Shape::MicroTime, other) => self.wrong(&other, "string"),
            (shape, other) if self.style == Style::Conversion => {
                self.fail(inconvertible(&other, shape));
                None
            }
            (_, other) => self.wrong(&other, &wanted()),
        }
    }

    /// Records a mismatch with the kind of value that was found.
    fn wrong(&mut self, node: &Node, wanted: &str) -> Option<Value> {
        self.mismatch(node.word(), wanted);
        None
    }

    fn scalar(&mut self, parsed: Result<String, String>) -> Option<Value> {
        parsed.map(Value::String).map_err(|error| self.fail(error)).ok()
    }

    fn integer<T: std::str::FromStr + Into<Value>>(
        &mut self,
        text: &str,
        wanted: &str,
    ) -> Option<Value> {
        let parsed = text.parse::<T>();
        if parsed.is_err() && self.style == Style::Conversion {
            let found = if text.contains(['.', 'e', 'E']) { "float64" } else { "int64" };
            self.fail(format!("cannot convert {found} to {wanted}"));
        } else if parsed.is_err() {
            self.mismatch(&format!("number {text}"), wanted);
        }
        parsed.ok().map(Into::into)
    }

    fn list(&mut self, items: Vec<Node>, element: &Shape, field: Option<&Field>) -> Value {
        let length = self.path.len();
        let go_type = field.and_then(|field| field.go_type?.strip_prefix("[]"));
        let mut values = Vec::with_capacity(items.len());
        for (at, node) in items.into_iter().enumerate() {
            let _ = write!(self.path, "[{at}]");
            let value = self.element(node, element, go_type);
            self.path.truncate(length);
            values.push(value);
        }
        Value::Array(values)
    }

    fn map(
        &mut self,
        entries: Vec<(String, Node)>,
        element: &Shape,
        field: Option<&Field>,
    ) -> Value {
        let go_type = field.and_then(|field| Some(field.go_type?.split_once(']')?.1));
        let mut map = Map::new();
        for (key, node) in entries {
            if map.contains_key(&key) {
                self.strict("duplicate", &key);
            }
            let length = self.descend(&key);
            let value = self.element(node, element, go_type);
            self.path.truncate(length);
            map.insert(key, value);
        }
        Value::Object(map)
    }

    /// An item of a list or a map: null is its zero value.
    fn element(&mut self, node: Node, shape: &Shape, go_type: Option<&'static str>) -> Value {
        let scalar = !matches!(shape, Shape::List(_) | Shape::Map(_));
        let mismatch = match (go_type, &node) {
            // A named string keeps its own name in the message.
            (Some(named), Node::Null | Node::String(_)) if !named.is_empty() => None,
            (Some(named), _) if scalar && *shape == Shape::String && self.style == Style::Json => {
                Some(named)
            }
            _ => None,
        };
        if let Some(named) = mismatch {
            self.mismatch(node.word(), named);
            return Value::Null;
        }
        self.value(node, shape, None).unwrap_or_else(|| normal::zero(shape))
    }
}

/// How the converter refuses a value of another kind.
fn inconvertible(found: &Node, wanted: &Shape) -> String {
    let kind = match found {
        Node::Null => "interface",
        Node::Bool(_) => "bool",
        Node::Number(text) if text.contains(['.', 'e', 'E']) => "float64",
        Node::Number(_) => "int64",
        Node::String(_) => "string",
        Node::Array(_) => "slice",
        Node::Object(_) => "map",
    };
    match wanted {
        Shape::List(_) | Shape::Bytes => format!("cannot restore slice from {kind}"),
        Shape::Map(_) => format!("cannot restore map from {kind}"),
        Shape::Object(_) => format!("cannot restore struct from: {kind}"),
        // Go would make a text of a whole number, which the converter then refuses.
        Shape::String if kind == "int64" => "cannot convert int64 to string".to_owned(),
        scalar => format!("unrecognized type: {}", scalar.go_type()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEPLOYMENT: Expected<'static> =
        Expected { group: "apps", version: "v1", kind: "Deployment" };

    fn decode(text: &str) -> Result<Decoded, String> {
        body(text.as_bytes(), Format::Json, DEPLOYMENT)
    }

    #[test]
    fn unknown_and_duplicate_fields_are_named_in_order() {
        let decoded = decode(
            r#"{"metadata": {"bar": 1}, "spec": {"replicas": 1, "replicas": 2, "foo": 1, "foo": 2,
                "selector": {"matchLabels": {"a": "b", "a": "c"}}}}"#,
        )
        .unwrap();

        assert_eq!(
            decoded.refuse(DEPLOYMENT).unwrap(),
            "Deployment in version \"v1\" cannot be handled as a Deployment: strict decoding error: \
             unknown field \"metadata.bar\", duplicate field \"spec.replicas\", \
             unknown field \"spec.foo\", duplicate field \"spec.selector.matchLabels.a\""
        );
        assert_eq!(decoded.value["spec"]["replicas"], 2);
    }

    #[test]
    fn a_body_of_another_kind_is_refused_with_the_real_words() {
        let error = decode(r#"{"apiVersion": "v1", "kind": "Pod"}"#).unwrap_err();

        assert_eq!(
            error,
            "Pod in version \"v1\" cannot be handled as a Deployment: \
             converting (v1.Pod) to (apps.Deployment): unknown conversion"
        );
    }

    /// What a real API server 1.36 answered to each body with `fieldValidation=Strict`.
    #[derive(serde::Deserialize)]
    struct Case {
        name: String,
        kind: String,
        body: String,
        #[serde(default)]
        yaml: bool,
        error: Option<String>,
    }

    #[test]
    fn bodies_are_refused_as_a_real_server_refused_them() {
        let cases: Vec<Case> = serde_json::from_str(include_str!("fixtures/strict.json")).unwrap();
        let mut wrong = Vec::new();
        for case in &cases {
            let expected = match case.kind.as_str() {
                "deployments" => DEPLOYMENT,
                "secrets" => Expected { group: "", version: "v1", kind: "Secret" },
                _ => Expected { group: "", version: "v1", kind: "ConfigMap" },
            };
            let format = if case.yaml { Format::Yaml } else { Format::Json };
            let found = match body(case.body.as_bytes(), format, expected) {
                Ok(decoded) => decoded.refuse(expected),
                Err(error) => Some(error),
            };
            // Validation comes after decoding and is not this module's.
            let real = case.error.clone().filter(|error| !error.contains("is invalid:"));
            // The parser words its own complaint about YAML.
            let same = if real.as_ref().is_some_and(|it| it.contains("did not find expected key")) {
                found.is_some()
            } else {
                found == real
            };
            if !same {
                wrong.push(format!("{}\n  real  {real:?}\n  found {found:?}", case.name));
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        assert!(cases.len() > 90);
    }
}
