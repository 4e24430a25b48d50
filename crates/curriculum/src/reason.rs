//! Why a check does not hold, as data. Words come from [`crate::Messages`], at the edge.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::view::{Kind, Plane};

/// Why a check does not hold: a code that names a message, its parameters, and the likely cause.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// Names the message `reason-<code>`, whose attributes `expected` and `found` are filled in.
    pub code: String,
    /// What the message's variables stand for.
    #[serde(default)]
    pub parameters: BTreeMap<String, Parameter>,
    /// The object to look at.
    #[serde(default)]
    pub object: Option<ObjectRef>,
    /// What probably lies behind it: names the message `cause-<code>`.
    #[serde(default)]
    pub cause: Option<Box<Reason>>,
}

/// A value that a message mentions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Parameter {
    /// A number, worded by the language's plural rules.
    Number(i64),
    /// Text, shown as it is.
    Text(String),
}

/// Points at an object of the lab.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectRef {
    /// The kind.
    pub kind: Kind,
    /// The plane.
    pub plane: Plane,
    /// The name.
    pub name: String,
}

impl Reason {
    /// A reason without parameters.
    pub fn new(code: &str) -> Self {
        Self { code: code.to_owned(), parameters: BTreeMap::new(), object: None, cause: None }
    }

    /// Adds a parameter.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Parameter>) -> Self {
        self.parameters.insert(name.to_owned(), value.into());
        self
    }

    /// Names the object to look at.
    #[must_use]
    pub fn about(mut self, kind: &Kind, plane: Plane, name: &str) -> Self {
        self.object = Some(ObjectRef { kind: kind.clone(), plane, name: name.to_owned() });
        self
    }

    /// There is no lab to look at.
    pub fn no_lab() -> Self {
        Self::new("no-lab")
    }

    /// The cluster cannot be seen right now.
    pub fn cluster_unseen() -> Self {
        Self::new("cluster-unseen")
    }
}

impl From<&str> for Parameter {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Parameter {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<usize> for Parameter {
    fn from(number: usize) -> Self {
        Self::Number(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

/// How much of a value found in the cluster a message repeats.
const LONGEST_VALUE: usize = 120;
/// How much is repeated of what a part of the cluster says itself; its sentences are shown whole.
const LONGEST_SAYING: usize = 1000;

impl Parameter {
    /// What a part of the cluster says, e.g. the scheduler.
    pub(crate) fn said(text: &str) -> Self {
        Self::Text(shortened(text, LONGEST_SAYING))
    }
}

impl From<&Value> for Parameter {
    fn from(value: &Value) -> Self {
        match value {
            Value::String(text) => Self::Text(shortened(text, LONGEST_VALUE)),
            Value::Number(number) => {
                number.as_i64().map_or_else(|| Self::Text(number.to_string()), Self::Number)
            }
            other => Self::Text(shortened(&other.to_string(), LONGEST_VALUE)),
        }
    }
}

fn shortened(text: &str, most: usize) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    text.chars().take(most).chain(['…']).collect()
}
