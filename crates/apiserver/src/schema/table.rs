//! The generated table of types, and how to look into it.
//!
//! ```text
//! = io.k8s.api.apps.v1.Deployment apps/v1/Deployment [atomic]     a type
//! replicas i32 1 o*  l=… m=… p=… k=… d=… in=… g=… e=…             a field of it
//! ```
//! A field's line holds its name, its shape (`[]` a list of, `{}` a map to, `@` another type), its
//! protobuf number (`2.5`: number 5 in an embedded message that is number 2), its flags (`!`
//! required, `o` left out when empty, `z` when zero, `*` held by pointer, `w` a list that protobuf
//! wraps) and its options: list type and keys, map type, patch strategy, merge key, default,
//! embedded structs, Go type, values.
//!
//! **Invariant:** the table is parsed once, and everything it hands out is `'static`.

use std::collections::HashMap;
use std::sync::LazyLock;

/// One object type.
#[derive(Debug)]
pub struct Type {
    /// The published name, e.g. `io.k8s.api.apps.v1.Deployment`.
    pub name: &'static str,
    /// Group, version and kind, for a type that can be a whole body.
    pub kind: Option<Kind>,
    /// Merged as a whole by server-side apply.
    pub atomic: bool,
    /// Fields that are not listed are allowed: the object of a custom resource.
    pub open: bool,
    /// The fields, sorted by name.
    pub fields: Vec<Field>,
}

/// A group, version and kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Kind {
    /// The API group; empty for the core group.
    pub group: &'static str,
    /// The version.
    pub version: &'static str,
    /// The kind.
    pub kind: &'static str,
}

/// One field of a type.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, as published")]
pub struct Field {
    /// The JSON name.
    pub name: &'static str,
    /// What it holds.
    pub shape: Shape,
    /// The protobuf number, after the numbers of the embedded messages that hold it.
    pub numbers: Vec<u32>,
    /// Published as required.
    pub required: bool,
    /// Left out of an encoded object when empty.
    pub omit_empty: bool,
    /// Left out of an encoded object when it is a zero struct.
    pub omit_zero: bool,
    /// Zero and absent differ.
    pub pointer: bool,
    /// Protobuf wraps this list in a message.
    pub wrapped: bool,
    /// How server-side apply merges this list.
    pub list: ListType,
    /// How server-side apply merges this map or object, where the field says so.
    pub map: Option<MapType>,
    /// Strategic merge: the value of the patch is taken as a whole.
    pub replace: bool,
    /// Strategic merge: the lists of both sides are merged.
    pub merge: bool,
    /// Strategic merge: fields of the current object that the patch does not list are cleared.
    pub retain_keys: bool,
    /// Strategic merge: the key of this list's items.
    pub merge_key: Option<&'static str>,
    /// The published default, as JSON.
    pub default: Option<&'static str>,
    /// The Go structs between this field and its owner, joined by dots; usually empty.
    pub embedded: &'static str,
    /// The name of its Go type, where it cannot be told from the shape.
    pub go_type: Option<&'static str>,
    /// The published values, if they are an enumeration.
    pub values: Vec<&'static str>,
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Text.
    String,
    /// A 32-bit integer.
    Int32,
    /// A 64-bit integer.
    Int64,
    /// `true` or `false`.
    Bool,
    /// A floating point number.
    Double,
    /// Bytes, base64 in JSON.
    Bytes,
    /// An instant, by the second.
    Time,
    /// An instant, by the microsecond.
    MicroTime,
    /// `100m`, `2Gi`.
    Quantity,
    /// A port or a percentage.
    IntOrString,
    /// Any object, carried as bytes in protobuf.
    RawExtension,
    /// A set of fields in `managedFields`.
    FieldsV1,
    /// Any JSON.
    Any,
    /// An object of a known type, by its place in the table.
    Object(TypeId),
    /// A list.
    List(Box<Shape>),
    /// A map from strings.
    Map(Box<Shape>),
}

/// The place of a type in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TypeId(usize);

/// How server-side apply merges a map or an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapType {
    /// As a whole.
    Atomic,
    /// Field by field, even if the type is atomic elsewhere.
    Granular,
}

/// How server-side apply merges a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListType {
    /// Nothing is declared: as a whole.
    Undeclared,
    /// As a whole.
    Atomic,
    /// A set of scalars.
    Set,
    /// Items found by the value of these fields.
    Map(Vec<&'static str>),
}

impl Type {
    /// The field with this JSON name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        let at = self.fields.binary_search_by(|field| field.name.cmp(name)).ok()?;
        self.fields.get(at)
    }

    /// The last part of the published name: `DeploymentSpec`.
    pub fn short_name(&self) -> &'static str {
        self.name.rsplit('.').next().unwrap_or(self.name)
    }

    /// The last two parts of the published name, as Go prints the type: `v1.DeploymentSpec`.
    pub fn go_name(&self) -> &'static str {
        let dots = self.name.rmatch_indices('.').nth(1);
        dots.map_or(self.name, |(at, _)| &self.name[at + 1..])
    }
}

impl Shape {
    /// The object type that this shape is, if it is one.
    pub fn object(&self) -> Option<&'static Type> {
        match self {
            Self::Object(id) => TABLE.types.get(id.0),
            _ => None,
        }
    }

    /// The shape of the items of a list or the values of a map.
    pub fn element(&self) -> Option<&Shape> {
        match self {
            Self::List(inner) | Self::Map(inner) => Some(inner),
            _ => None,
        }
    }

    /// What Go calls a type of this shape.
    pub fn go_type(&self) -> String {
        match self {
            Self::String => "string".to_owned(),
            Self::Int32 => "int32".to_owned(),
            Self::Int64 => "int64".to_owned(),
            Self::Bool => "bool".to_owned(),
            Self::Double => "float64".to_owned(),
            Self::Bytes => "[]uint8".to_owned(),
            Self::Time => "v1.Time".to_owned(),
            Self::MicroTime => "v1.MicroTime".to_owned(),
            Self::Quantity => "resource.Quantity".to_owned(),
            Self::IntOrString => "intstr.IntOrString".to_owned(),
            Self::RawExtension => "runtime.RawExtension".to_owned(),
            Self::FieldsV1 => "v1.FieldsV1".to_owned(),
            Self::Any => "interface {}".to_owned(),
            Self::Object(_) => self.object().map_or("struct", Type::go_name).to_owned(),
            Self::List(inner) => format!("[]{}", inner.go_type()),
            Self::Map(inner) => format!("map[string]{}", inner.go_type()),
        }
    }
}

/// The type of a whole body.
pub fn type_of(group: &str, version: &str, kind: &str) -> Option<&'static Type> {
    let found = TABLE.kinds.get(&(group, version, kind));
    let at = found.or_else(|| match kind {
        // These belong to every group.
        "DeleteOptions" | "Status" | "WatchEvent" => TABLE.kinds.get(&("", "v1", kind)),
        _ => None,
    })?;
    TABLE.types.get(*at)
}

/// The type with this published name.
pub fn named(name: &str) -> Option<&'static Type> {
    TABLE.types.get(*TABLE.names.get(name)?)
}

/// The type of an object whose kind the table does not know: metadata, and anything else.
pub fn custom() -> &'static Type {
    &CUSTOM
}

/// Every type, sorted by name.
pub fn types() -> &'static [Type] {
    &TABLE.types
}

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::parse(include_str!("kubernetes.txt")));

static CUSTOM: LazyLock<Type> = LazyLock::new(|| {
    let pod = type_of("", "v1", "ConfigMap").expect("the table holds ConfigMap");
    let shared = |name: &&'static str| {
        let shape = pod.field(name).map_or(Shape::String, |field| field.shape.clone());
        let mut field = parse_field(name, shape, "-", "-");
        field.omit_empty = true;
        field
    };
    Type {
        name: "custom",
        kind: None,
        atomic: false,
        open: true,
        fields: ["apiVersion", "kind", "metadata"].iter().map(shared).collect(),
    }
});

struct Table {
    types: Vec<Type>,
    names: HashMap<&'static str, usize>,
    kinds: HashMap<(&'static str, &'static str, &'static str), usize>,
}

impl Table {
    /// Parses the generated text; `xtask schema` wrote it and the tests read all of it.
    fn parse(text: &'static str) -> Self {
        let heads = text.lines().filter_map(|line| line.strip_prefix("= "));
        let names: HashMap<_, _> = heads
            .enumerate()
            .map(|(at, head)| (head.split(' ').next().unwrap_or(head), at))
            .collect();
        let mut types: Vec<Type> = Vec::with_capacity(names.len());
        for line in text.lines() {
            if let Some(head) = line.strip_prefix("= ") {
                types.push(parse_head(head));
            } else if let Some(owner) = types.last_mut() {
                owner.fields.push(parse_line(line, &names));
            }
        }
        for one in &mut types {
            one.fields.sort_by_key(|field| field.name);
        }
        let with_kind = types.iter().enumerate().filter_map(|(at, one)| Some((one.kind?, at)));
        let kinds = with_kind.map(|(it, at)| ((it.group, it.version, it.kind), at)).collect();
        Self { types, names, kinds }
    }
}

/// Parses `NAME [GROUP/VERSION/KIND] [atomic]`.
fn parse_head(head: &'static str) -> Type {
    let mut words = head.split(' ');
    let name = words.next().unwrap_or(head);
    let mut one = Type { name, kind: None, atomic: false, open: false, fields: Vec::new() };
    for word in words {
        let mut parts = word.splitn(3, '/');
        match (parts.next(), parts.next(), parts.next()) {
            (Some(group), Some(version), Some(kind)) => {
                one.kind = Some(Kind { group, version, kind });
            }
            _ => one.atomic = word == "atomic",
        }
    }
    one
}

/// Parses the line of one field.
fn parse_line(line: &'static str, names: &HashMap<&'static str, usize>) -> Field {
    let mut words = line.split(' ');
    let mut word = || words.next().unwrap_or("-");
    let (name, shape, numbers, flags) = (word(), word(), word(), word());
    let mut field = parse_field(name, parse_shape(shape, names), numbers, flags);
    for (option, value) in words.filter_map(|word| word.split_once('=')) {
        match option {
            "l" => field.list = parse_list(value),
            "m" => {
                let atomic = value == "atomic";
                field.map = Some(if atomic { MapType::Atomic } else { MapType::Granular });
            }
            "p" => {
                field.replace = value == "replace";
                field.merge = value.split(',').any(|it| it == "merge");
                field.retain_keys = value.split(',').any(|it| it == "retainKeys");
            }
            "k" => field.merge_key = Some(value),
            "d" => field.default = Some(value),
            "in" => field.embedded = value,
            "g" => field.go_type = Some(value),
            "e" => field.values = value.split('|').collect(),
            _ => {}
        }
    }
    field
}

/// A field without options.
fn parse_field(name: &'static str, shape: Shape, numbers: &str, flags: &str) -> Field {
    Field {
        name,
        shape,
        numbers: numbers.split('.').filter_map(|number| number.parse().ok()).collect(),
        required: flags.contains('!'),
        omit_empty: flags.contains('o'),
        omit_zero: flags.contains('z'),
        pointer: flags.contains('*'),
        wrapped: flags.contains('w'),
        list: ListType::Undeclared,
        map: None,
        replace: false,
        merge: false,
        retain_keys: false,
        merge_key: None,
        default: None,
        embedded: "",
        go_type: None,
        values: Vec::new(),
    }
}

fn parse_list(value: &'static str) -> ListType {
    match value.split_once(':') {
        Some((_, keys)) => ListType::Map(keys.split(',').collect()),
        None if value == "set" => ListType::Set,
        None => ListType::Atomic,
    }
}

fn parse_shape(word: &str, names: &HashMap<&'static str, usize>) -> Shape {
    if let Some(inner) = word.strip_prefix("[]") {
        return Shape::List(Box::new(parse_shape(inner, names)));
    }
    if let Some(inner) = word.strip_prefix("{}") {
        return Shape::Map(Box::new(parse_shape(inner, names)));
    }
    if let Some(name) = word.strip_prefix('@') {
        return names.get(name).map_or(Shape::Any, |at| Shape::Object(TypeId(*at)));
    }
    match word {
        "str" => Shape::String,
        "i32" => Shape::Int32,
        "i64" => Shape::Int64,
        "bool" => Shape::Bool,
        "f64" => Shape::Double,
        "bytes" => Shape::Bytes,
        "time" => Shape::Time,
        "microtime" => Shape::MicroTime,
        "quantity" => Shape::Quantity,
        "intstr" => Shape::IntOrString,
        "raw" => Shape::RawExtension,
        "fields" => Shape::FieldsV1,
        _ => Shape::Any,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_understood() {
        for line in include_str!("kubernetes.txt").lines().filter(|line| !line.starts_with('=')) {
            let words: Vec<_> = line.split(' ').collect();
            assert!(words.len() >= 4, "{line}");
            let name = words[1].trim_start_matches(['[', ']', '{', '}']);
            match name.strip_prefix('@') {
                Some(reference) => assert!(named(reference).is_some(), "{line}"),
                None => assert!(
                    name == "any" || parse_shape(name, &HashMap::new()) != Shape::Any,
                    "{line}"
                ),
            }
        }
    }

    #[test]
    fn a_container_is_described_as_published() {
        let container = named("io.k8s.api.core.v1.Container").unwrap();

        let ports = container.field("ports").unwrap();

        assert_eq!(ports.list, ListType::Map(vec!["containerPort", "protocol"]));
        assert_eq!(ports.merge_key, Some("containerPort"));
        assert!(ports.merge);
        assert_eq!(ports.numbers, [6]);
        assert_eq!(ports.shape.go_type(), "[]v1.ContainerPort");
        assert!(container.field("name").unwrap().required);
        assert_eq!(container.field("imagePullPolicy").unwrap().values.len(), 3);
    }

    #[test]
    fn shared_kinds_are_found_in_every_group() {
        assert_eq!(type_of("apps", "v1", "DeleteOptions").unwrap().short_name(), "DeleteOptions");
        assert_eq!(type_of("apps", "v1", "Deployment").unwrap().go_name(), "v1.Deployment");
        assert!(type_of("apps", "v2", "Deployment").is_none());
    }
}
