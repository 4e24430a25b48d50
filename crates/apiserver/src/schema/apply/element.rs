//! One step of a path into an object, as `managedFields` writes it.
//!
//! ```text
//! f:replicas   k:{"name":"web"}   v:"a.b/finalizer"   i:0
//! ```

use std::cmp::Ordering;
use std::fmt;

use serde_json::{Map, Value};

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Element {
    /// A field or a map's entry.
    Field(String),
    /// An item of a keyed list: names and values of its keys, sorted by name.
    Key(Vec<(String, Value)>),
    /// A member of a set.
    Item(Value),
    /// A place in a list.
    Index(i64),
}

impl Element {
    /// Reads the encoded form; none for what is not one.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once(':')?;
        Some(match kind {
            "f" => Self::Field(rest.to_owned()),
            "v" => Self::Item(serde_json::from_str(rest).ok()?),
            "i" => Self::Index(rest.parse().ok()?),
            "k" => {
                let map: Map<String, Value> = serde_json::from_str(rest).ok()?;
                let mut keys: Vec<_> = map.into_iter().collect();
                keys.sort_by(|left, right| left.0.cmp(&right.0));
                Self::Key(keys)
            }
            _ => return None,
        })
    }

    /// The encoded form.
    pub(super) fn encode(&self) -> String {
        match self {
            Self::Field(name) => format!("f:{name}"),
            Self::Item(value) => format!("v:{value}"),
            Self::Index(at) => format!("i:{at}"),
            Self::Key(keys) => {
                let shown = keys.iter().map(|(name, value)| format!("{}:{value}", quoted(name)));
                format!("k:{{{}}}", shown.collect::<Vec<_>>().join(","))
            }
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Field(_) => 0,
            Self::Key(_) => 1,
            Self::Item(_) => 2,
            Self::Index(_) => 3,
        }
    }
}

/// A string as JSON.
fn quoted(text: &str) -> Value {
    Value::from(text)
}

impl fmt::Display for Element {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(name) => write!(out, ".{name}"),
            Self::Item(value) => write!(out, "[={value}]"),
            Self::Index(at) => write!(out, "[{at}]"),
            Self::Key(keys) => {
                let shown = keys.iter().map(|(name, value)| format!("{name}={value}"));
                write!(out, "[{}]", shown.collect::<Vec<_>>().join(","))
            }
        }
    }
}

impl Ord for Element {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Field(left), Self::Field(right)) => left.cmp(right),
            (Self::Index(left), Self::Index(right)) => left.cmp(right),
            (Self::Item(left), Self::Item(right)) => compare(left, right),
            (Self::Key(left), Self::Key(right)) => left
                .iter()
                .zip(right)
                .map(|(left, right)| left.0.cmp(&right.0).then_with(|| compare(&left.1, &right.1)))
                .find(|order| order.is_ne())
                .unwrap_or_else(|| left.len().cmp(&right.len())),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl PartialOrd for Element {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A total order of scalars; anything else is compared as text.
fn compare(left: &Value, right: &Value) -> Ordering {
    match (left, right) {
        (Value::String(left), Value::String(right)) => left.cmp(right),
        (Value::Number(a), Value::Number(b)) => match (a.as_i64(), b.as_i64()) {
            (Some(a), Some(b)) => a.cmp(&b),
            _ => a.to_string().cmp(&b.to_string()),
        },
        _ => left.to_string().cmp(&right.to_string()),
    }
}
