//! `metadata.managedFields`: who owns which fields, and since when.
//!
//! **Invariant:** no manager with an empty set is kept.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::set::Set;

/// What tells one manager from another. Appliers keep one entry across API versions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Identity {
    pub(super) name: String,
    pub(super) applies: bool,
    pub(super) subresource: String,
    /// Empty for appliers.
    pub(super) api_version: String,
}

/// What a manager owns.
#[derive(Clone, Debug)]
pub(super) struct Owned {
    pub(super) set: Set,
    pub(super) api_version: String,
    pub(super) time: Option<String>,
}

/// Everybody who owns something.
pub(super) type Managers = BTreeMap<Identity, Owned>;

/// How many updaters are told apart before the oldest are merged.
const UPDATERS: usize = 10;

impl Identity {
    /// `"kubectl" with subresource "scale" using apps/v1`, as conflicts name a manager.
    pub(super) fn describe(&self) -> String {
        let through = match self.subresource.as_str() {
            "" => String::new(),
            subresource => format!(" with subresource {subresource:?}"),
        };
        let version =
            if self.applies { String::new() } else { format!(" using {}", self.api_version) };
        format!("{:?}{through}{version}", self.name)
    }
}

/// Reads the entries of an object; malformed ones empty the whole, as on the real server.
pub(super) fn decode(object: &Value) -> Managers {
    let entries = object["metadata"]["managedFields"].as_array();
    let entry = |entry: &Value| {
        let word = |key: &str| entry[key].as_str().unwrap_or_default().to_owned();
        let operation = word("operation");
        let applies = operation == "Apply";
        let api_version = word("apiVersion");
        let sound = (applies || operation == "Update")
            && !api_version.is_empty()
            && entry["fieldsType"] == "FieldsV1";
        let identity = Identity {
            name: word("manager"),
            applies,
            subresource: word("subresource"),
            api_version: if applies { String::new() } else { api_version.clone() },
        };
        let time = entry["time"].as_str().map(str::to_owned);
        let owned = Owned { set: Set::parse(&entry["fieldsV1"]), api_version, time };
        sound.then_some((identity, owned))
    };
    entries.into_iter().flatten().map(entry).collect::<Option<Managers>>().unwrap_or_default()
}

/// Writes the entries: appliers first, then by time and name.
pub(super) fn encode(managers: &Managers, object: &mut Value) {
    let mut sorted: Vec<_> = managers.iter().filter(|(_, owned)| !owned.set.is_empty()).collect();
    sorted.sort_by(|(left, a), (right, b)| {
        let key = |id: &Identity, owned: &Owned| {
            (
                !id.applies,
                owned.time.clone(),
                id.name.clone(),
                owned.api_version.clone(),
                id.subresource.clone(),
            )
        };
        key(left, a).cmp(&key(right, b))
    });
    let entries: Vec<Value> = sorted
        .into_iter()
        .map(|(identity, owned)| {
            let mut entry = Map::new();
            entry.insert("manager".to_owned(), json!(identity.name));
            entry.insert(
                "operation".to_owned(),
                json!(if identity.applies { "Apply" } else { "Update" }),
            );
            entry.insert("apiVersion".to_owned(), json!(owned.api_version));
            if let Some(time) = &owned.time {
                entry.insert("time".to_owned(), json!(time));
            }
            entry.insert("fieldsType".to_owned(), json!("FieldsV1"));
            entry.insert("fieldsV1".to_owned(), owned.set.encode());
            if !identity.subresource.is_empty() {
                entry.insert("subresource".to_owned(), json!(identity.subresource));
            }
            Value::Object(entry)
        })
        .collect();
    let Some(metadata) = object["metadata"].as_object_mut() else { return };
    if entries.is_empty() {
        metadata.remove("managedFields");
    } else {
        metadata.insert("managedFields".to_owned(), Value::Array(entries));
    }
}

/// Merges the oldest updaters into one named `ancient-changes`.
pub(super) fn cap(managers: &mut Managers) {
    let mut updaters: Vec<(Option<String>, Identity)> = managers
        .iter()
        .filter(|(identity, _)| !identity.applies)
        .map(|(identity, owned)| (owned.time.clone(), identity.clone()))
        .collect();
    if updaters.len() <= UPDATERS {
        return;
    }
    updaters.sort();
    let excess = updaters.len() - UPDATERS + 1;
    for (_, identity) in updaters.into_iter().take(excess) {
        let Some(old) = managers.remove(&identity) else { continue };
        let bucket = Identity {
            name: "ancient-changes".to_owned(),
            applies: false,
            subresource: String::new(),
            api_version: old.api_version.clone(),
        };
        match managers.get_mut(&bucket) {
            Some(owned) => {
                owned.set = owned.set.union(&old.set);
                owned.time = old.time;
            }
            None => {
                managers.insert(bucket, old);
            }
        }
    }
}
