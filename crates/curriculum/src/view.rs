//! What a check can see of a cluster: a port that the server's index implements.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// One of the two planes, that is: one of the learner's two namespaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Plane {
    /// The control plane's namespace.
    Cp,
    /// The data plane's namespace.
    Dp,
}

impl Plane {
    /// Both planes.
    pub const ALL: [Self; 2] = [Self::Cp, Self::Dp];
}

/// A Kubernetes kind with its API group, written `Deployment.apps` or, in the core group, `Pod`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(into = "String")]
pub struct Kind {
    /// The kind, e.g. `Deployment`.
    pub kind: &'static str,
    /// The group, empty for the core group.
    pub group: &'static str,
}

/// Every kind that checks may read. Secrets and Events are deliberately absent: they are not watched.
const KINDS: &[Kind] = &[
    Kind { kind: "ConfigMap", group: "" },
    Kind { kind: "Deployment", group: "apps" },
    Kind { kind: "EndpointSlice", group: "discovery.k8s.io" },
    Kind { kind: "Pod", group: "" },
    Kind { kind: "ReplicaSet", group: "apps" },
    Kind { kind: "ResourceQuota", group: "" },
    Kind { kind: "Service", group: "" },
];

/// What the rules about causes read besides the check's own objects.
pub const KINDS_FOR_CAUSES: &[Kind] = &[
    Kind { kind: "Deployment", group: "apps" },
    Kind { kind: "Pod", group: "" },
    Kind { kind: "ReplicaSet", group: "apps" },
    Kind { kind: "Service", group: "" },
];

impl Kind {
    /// Every kind that checks may read, in alphabetical order.
    pub fn all() -> &'static [Self] {
        KINDS
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.kind)?;
        if self.group.is_empty() { Ok(()) } else { write!(formatter, ".{}", self.group) }
    }
}

impl FromStr for Kind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        KINDS.iter().find(|kind| kind.to_string() == text).cloned().ok_or_else(|| {
            let known: Vec<String> = KINDS.iter().map(ToString::to_string).collect();
            format!("{text:?} is not a kind that checks can read; they read {}", known.join(", "))
        })
    }
}

impl<'de> Deserialize<'de> for Kind {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl From<Kind> for String {
    fn from(kind: Kind) -> Self {
        kind.to_string()
    }
}

/// The objects of one lab, as they were at one moment.
pub trait Objects {
    /// The object, or `None` when there is none.
    fn get(&self, kind: &Kind, plane: Plane, name: &str) -> Option<Value>;

    /// Every object of the kind in the plane's namespace, by name.
    fn list(&self, kind: &Kind, plane: Plane) -> Vec<Value>;
}

/// Everything that the evaluation of a check may look at.
pub struct View<'a> {
    /// The lab's objects.
    pub objects: &'a dyn Objects,
    /// The lab's variables: `CP_NS`, `DP_NS`, `LEARNER`.
    pub variables: &'a BTreeMap<String, String>,
    /// What [`crate::record_baseline`] noted when the exercise was started.
    pub baseline: Option<&'a Value>,
    /// Seconds since 1970.
    pub now: i64,
}

/// The value at a path of field names.
pub(crate) fn at<'a>(object: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(object, |value, field| value.get(field))
}

/// The text at a path of field names, or nothing.
pub(crate) fn text<'a>(object: &'a Value, path: &[&str]) -> Option<&'a str> {
    at(object, path).and_then(Value::as_str)
}

/// Whether the labels satisfy an equality selector such as `app=echo,tier!=web,canary`.
pub(crate) fn selects(selector: &str, object: &Value) -> bool {
    let label = |key: &str| text(object, &["metadata", "labels", key]);
    selector.split(',').map(str::trim).filter(|part| !part.is_empty()).all(|part| {
        if let Some((key, value)) = part.split_once("!=") {
            label(key.trim()) != Some(value.trim())
        } else if let Some((key, value)) = part.split_once('=') {
            label(key.trim()) == Some(value.trim().trim_start_matches('='))
        } else {
            label(part).is_some()
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_selector_compares_labels() {
        let pod = json!({"metadata": {"labels": {"app": "echo"}}});

        assert!(selects("app=echo", &pod));
        assert!(selects("app==echo, tier!=web", &pod));
        assert!(!selects("app=echo,tier", &pod));
    }

    #[test]
    fn a_kind_is_written_with_its_group() {
        assert_eq!("Deployment.apps".parse::<Kind>().unwrap().to_string(), "Deployment.apps");
        assert!("Secret".parse::<Kind>().unwrap_err().contains("ConfigMap"));
    }
}
