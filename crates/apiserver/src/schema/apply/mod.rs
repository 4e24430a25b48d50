//! Server-side apply, and the record of who owns which field.
//!
//! ```text
//! live + configuration ──► merge ──► prune what the manager no longer applies ──► conflicts? ──► managedFields
//! live, new object     ──► compare ──► the updater owns what changed, the others lose it
//! ```
//! Pure: the time that an entry gets is passed in. The caller runs the result through
//! [`super::decode::patched`] and defaulting, whose values nobody owns.
//!
//! **Deliberately absent:** conversion between API versions. An entry of another version of the
//! same kind is read as if its fields had the same names.

mod check;
mod compare;
mod element;
mod managers;
mod merge;
mod nature;
mod set;

use serde_json::{Map, Value, json};

use self::compare::Comparison;
use self::element::Element;
use self::managers::{Identity, Managers, Owned};
use self::set::Set;
use super::decode::Expected;
use super::normal;
use super::table::{Type, custom, type_of};

/// Who writes, through what, and when.
#[derive(Clone, Copy, Debug)]
pub struct Writer<'a> {
    /// The field manager; empty counts as `unknown`.
    pub manager: &'a str,
    /// The subresource of the request; empty for the object itself.
    pub subresource: &'a str,
    /// Now, as `2026-01-02T03:04:05Z`.
    pub time: &'a str,
}

/// A field that another manager owns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// Who owns it, e.g. `"kubectl-edit" using apps/v1`.
    pub manager: String,
    /// The field, e.g. `.spec.replicas`.
    pub field: String,
}

/// Why a configuration cannot be applied.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// 409; each conflict is a cause `FieldManagerConflict`.
    #[error("{}", describe(.0))]
    Conflicts(Vec<Conflict>),
    /// 400.
    #[error("{0}")]
    BadRequest(String),
    /// The configuration does not fit the type; the real server answers 500 with this message.
    #[error("{0}")]
    Untyped(String),
}

impl Error {
    /// The causes of a 409.
    pub fn causes(&self) -> Vec<Value> {
        let Self::Conflicts(conflicts) = self else { return Vec::new() };
        let cause = |it: &Conflict| {
            json!({
                "reason": "FieldManagerConflict",
                "message": format!("conflict with {}", it.manager),
                "field": it.field,
            })
        };
        conflicts.iter().map(cause).collect()
    }
}

/// `Apply failed with 2 conflicts: …`.
fn describe(conflicts: &[Conflict]) -> String {
    if let [one] = conflicts {
        let Conflict { manager, field } = one;
        return format!("Apply failed with 1 conflict: conflict with {manager}: {field}");
    }
    let mut lines = Vec::new();
    let mut last = "";
    for Conflict { manager, field } in conflicts {
        if manager != last {
            lines.push(format!("conflicts with {manager}:"));
            last = manager;
        }
        lines.push(format!("- {field}"));
    }
    format!("Apply failed with {} conflicts: {}", conflicts.len(), lines.join("\n"))
}

/// Applies a configuration to the live object, or creates one; the result has its managed fields.
pub fn server_side_apply(
    expected: Expected<'_>,
    live: Option<&Value>,
    config: &Value,
    writer: Writer<'_>,
    force: bool,
) -> Result<Value, Error> {
    let known = known(expected);
    check_config(expected, known, config)?;
    let empty = empty(expected, known);
    let live = live.unwrap_or(&empty);
    let mut managers = managers::decode(live);
    let live = without_managed_fields(live);
    let me = identity(expected, writer, true);
    if managers.is_empty() {
        let before = Writer { manager: "before-first-apply", ..writer };
        own_changes(expected, &mut managers, known, &empty, &live, before);
    }
    let merged = merge::merge(known, &live, config);
    let last = managers.get(&me).map(|owned| owned.set.clone()).unwrap_or_default();
    let set =
        compare::paths(known, config).without_below(&ignored(expected, known, writer.subresource));
    let time = managers.get(&me).and_then(|owned| owned.time.clone());
    let api_version = api_version(expected);
    managers.insert(me.clone(), Owned { set, api_version, time });
    let mut applied = prune(known, &merged, &managers, &last);
    let found = compare::compare(known, &live, &applied).without(&ignored(
        expected,
        known,
        writer.subresource,
    ));
    let conflicts = conflicts(&managers, &me, &found);
    if !conflicts.is_empty() && !force {
        let allowed = match writer.manager {
            "kubectl" => last_applied_paths(expected, known, &live).unwrap_or_default(),
            _ => Set::default(),
        };
        let mut refused = Vec::new();
        for (conflict, path) in conflicts {
            let mut one = Set::default();
            one.insert(&path);
            if allowed.intersection(&one).is_empty() {
                refused.push(conflict);
            }
        }
        if !refused.is_empty() {
            return Err(Error::Conflicts(refused));
        }
    }
    disown(&mut managers, &me, &found);
    if let Some(owned) = managers.get_mut(&me) {
        owned.set = owned.set.difference(&stripped());
        if live != applied {
            owned.time = Some(writer.time.to_owned());
        }
    }
    if writer.manager == "kubectl" {
        refresh_last_applied(&live, config, &mut applied);
    }
    applied["apiVersion"] = self::api_version(expected).into();
    applied["kind"] = expected.kind.into();
    managers::encode(&managers, &mut applied);
    Ok(applied)
}

/// Records in `new` what any other verb changed; `live` is none for a creation.
///
/// `new` is the object after decoding and defaulting, as it will be stored. Entries that the
/// request sent are taken as they are, so that `managedFields: [{}]` clears them.
pub fn record_update(
    expected: Expected<'_>,
    live: Option<&Value>,
    new: &mut Value,
    writer: Writer<'_>,
) {
    let known = known(expected);
    let empty = empty(expected, known);
    let creation = live.is_none();
    let live = live.unwrap_or(&empty);
    let sent =
        new["metadata"]["managedFields"].as_array().filter(|_| writer.subresource.is_empty());
    let reset = sent.is_some_and(|sent| {
        sent.is_empty() || (sent.len() == 1 && sent[0].as_object().is_some_and(Map::is_empty))
    });
    let mut managers = match sent {
        _ if reset => Managers::new(),
        Some(_) => managers::decode(new),
        None => Managers::new(),
    };
    if managers.is_empty() && !reset {
        managers = managers::decode(live);
    }
    let bare = without_managed_fields(new);
    *new = bare.clone();
    let tracked =
        creation || (!managers.is_empty() && scale_is_tracked(&managers, writer.subresource));
    if tracked {
        let live = without_managed_fields(live);
        own_changes(expected, &mut managers, known, &live, &bare, writer);
        managers::cap(&mut managers);
    }
    managers::encode(&managers, new);
}

/// A change of scale is recorded only where somebody owned the number before.
fn scale_is_tracked(managers: &Managers, subresource: &str) -> bool {
    let field = |name: &str| Element::Field(name.to_owned());
    let owns = |owned: &Owned| {
        owned.set.below(&field("spec")).is_some_and(|below| below.has(&field("replicas")))
    };
    subresource != "scale" || managers.values().any(owns)
}

fn known(expected: Expected<'_>) -> &'static Type {
    type_of(expected.group, expected.version, expected.kind).unwrap_or_else(custom)
}

fn api_version(expected: Expected<'_>) -> String {
    match expected.group {
        "" => expected.version.to_owned(),
        group => format!("{group}/{}", expected.version),
    }
}

/// What an object is before it exists: the zero values that Go writes.
fn empty(expected: Expected<'_>, known: &Type) -> Value {
    let mut value =
        json!({"apiVersion": api_version(expected), "kind": expected.kind, "metadata": {}});
    normal::normalize(known, &mut value);
    value
}

fn without_managed_fields(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(metadata) = object["metadata"].as_object_mut() {
        metadata.remove("managedFields");
    }
    object
}

fn identity(expected: Expected<'_>, writer: Writer<'_>, applies: bool) -> Identity {
    let name = if writer.manager.is_empty() { "unknown" } else { writer.manager };
    Identity {
        name: name.to_owned(),
        applies,
        subresource: writer.subresource.to_owned(),
        api_version: if applies { String::new() } else { api_version(expected) },
    }
}

/// Refuses a configuration of another kind, with managed fields, or that does not fit the type.
fn check_config(expected: Expected<'_>, known: &'static Type, config: &Value) -> Result<(), Error> {
    let word = |key: &str| config[key].as_str().unwrap_or_default();
    let long = |version: &str| match version.split_once('/') {
        Some(_) => version.to_owned(),
        None => format!("/{version}"),
    };
    let (version, kind) = (word("apiVersion"), word("kind"));
    if version != api_version(expected) || kind != expected.kind {
        return Err(Error::BadRequest(format!(
            "invalid object type: {}, Kind={kind}",
            long(version)
        )));
    }
    let metadata = &config["metadata"];
    if !metadata["managedFields"].is_null() {
        return Err(Error::BadRequest("metadata.managedFields must be nil".to_owned()));
    }
    let errors = check::check(known, config);
    if errors.is_empty() {
        return Ok(());
    }
    let of = |key: &str| metadata[key].as_str().unwrap_or_default();
    Err(Error::Untyped(format!(
        "failed to create typed patch object ({}/{}; {}, Kind={kind}): {}",
        of("namespace"),
        of("name"),
        long(version),
        check::joined(&errors)
    )))
}

/// The fields that a request cannot own: status through the object, the rest through status.
fn ignored(expected: Expected<'_>, known: &Type, subresource: &str) -> Set {
    let mut set = Set::default();
    let mut ignore = |path: &[&str]| {
        let path: Vec<_> = path.iter().map(|it| Element::Field((*it).to_owned())).collect();
        set.insert(&path);
    };
    match subresource {
        "status" => {
            ignore(&["spec"]);
            match expected.kind {
                "Deployment" => ignore(&["metadata", "labels"]),
                "Pod" => {
                    ignore(&["metadata", "deletionTimestamp"]);
                    ignore(&["metadata", "ownerReferences"]);
                }
                _ => {}
            }
        }
        "" if known.field("status").is_some() => ignore(&["status"]),
        _ => {}
    }
    set
}

/// The fields that everybody sets and nobody owns.
fn stripped() -> Set {
    let mut set = Set::default();
    let field = |name: &str| Element::Field(name.to_owned());
    for name in ["apiVersion", "kind", "metadata"] {
        set.insert(&[field(name)]);
    }
    for name in [
        "name",
        "namespace",
        "creationTimestamp",
        "selfLink",
        "uid",
        "clusterName",
        "generation",
        "managedFields",
        "resourceVersion",
    ] {
        set.insert(&[field("metadata"), field(name)]);
    }
    set
}

/// Gives what changed to an updater and takes it from the others.
fn own_changes(
    expected: Expected<'_>,
    managers: &mut Managers,
    known: &'static Type,
    live: &Value,
    new: &Value,
    writer: Writer<'_>,
) {
    let found =
        compare::compare(known, live, new).without(&ignored(expected, known, writer.subresource));
    let me = identity(expected, writer, false);
    let nobody = Identity { name: String::new(), ..me.clone() };
    disown(managers, &nobody, &found);
    let changed = found.modified.union(&found.added).difference(&stripped());
    if changed.is_empty() {
        return;
    }
    let before = managers.get(&me).map(|owned| owned.set.clone()).unwrap_or_default();
    let set = before.union(&changed);
    let api_version = api_version(expected);
    managers.insert(me, Owned { set, api_version, time: Some(writer.time.to_owned()) });
}

/// Takes what changed from everybody but `me`; who owns nothing is forgotten.
fn disown(managers: &mut Managers, me: &Identity, found: &Comparison) {
    let changed = found.modified.union(&found.added);
    for (identity, owned) in managers.iter_mut() {
        if identity != me {
            owned.set = owned.set.difference(&changed).difference(&found.removed);
        }
    }
    managers.retain(|_, owned| !owned.set.is_empty());
}

/// The changed fields that others own.
fn conflicts(
    managers: &Managers,
    me: &Identity,
    found: &Comparison,
) -> Vec<(Conflict, Vec<Element>)> {
    let changed = found.modified.union(&found.added);
    let mut all = Vec::new();
    for (identity, owned) in managers.iter().filter(|(identity, _)| *identity != me) {
        for path in owned.set.intersection(&changed).paths() {
            let field = path.iter().map(ToString::to_string).collect();
            all.push((Conflict { manager: identity.describe(), field }, path));
        }
    }
    all.sort_by(|left, right| left.0.manager.cmp(&right.0.manager));
    all
}

/// Takes out what the manager applied before, does not apply now, and nobody else owns.
fn prune(known: &'static Type, merged: &Value, managers: &Managers, last: &Set) -> Value {
    if last.is_empty() {
        return merged.clone();
    }
    let named = |set: &Set| merge::with_named(known, set);
    let pruned = merge::remove(known, merged, &named(last));
    let owned = managers.values().fold(Set::default(), |all, owned| all.union(&owned.set));
    let merged_paths = named(&compare::paths(known, merged));
    let kept = named(&compare::paths(known, &pruned)).union(&named(&owned));
    let pruned = merge::remove(known, merged, &merged_paths.difference(&kept));
    let gone = merged_paths.difference(&named(&compare::paths(known, &pruned)));
    merge::remove(known, merged, &gone.intersection(&named(last)))
}

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// The fields that client-side apply set and nobody changed since: `kubectl` may take them over.
fn last_applied_paths(expected: Expected<'_>, known: &'static Type, live: &Value) -> Option<Set> {
    let text = live["metadata"]["annotations"][LAST_APPLIED].as_str()?;
    let last: Value = serde_json::from_str(text).ok()?;
    if last["apiVersion"] != api_version(expected) {
        return None;
    }
    let found = compare::compare(known, &last, live);
    let paths = compare::paths(known, &last);
    Some(paths.difference(&found.modified).difference(&found.added).difference(&found.removed))
}

/// Keeps the annotation of client-side apply current, if the live object has one.
fn refresh_last_applied(live: &Value, config: &Value, applied: &mut Value) {
    if live["metadata"]["annotations"][LAST_APPLIED].as_str().is_none_or(str::is_empty) {
        return;
    }
    let mut config = config.clone();
    let annotations = config.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut);
    if let Some(annotations) = annotations {
        annotations.remove(LAST_APPLIED);
    }
    applied["metadata"]["annotations"][LAST_APPLIED] = format!("{config}\n").into();
}

#[cfg(test)]
mod tests;
