//! The rules for quotas and limit ranges themselves.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::super::errors::{Errors, Path};
use super::super::value::{entries, items, numbered, text};
use super::{container, metadata};
use crate::quantity::Quantity;

const SCOPES: [&str; 6] = [
    "Terminating",
    "NotTerminating",
    "BestEffort",
    "NotBestEffort",
    "PriorityClass",
    "CrossNamespacePodAffinity",
];
const COUNTED: [&str; 10] = [
    "pods",
    "services",
    "replicationcontrollers",
    "resourcequotas",
    "secrets",
    "configmaps",
    "persistentvolumeclaims",
    "services.nodeports",
    "services.loadbalancers",
    "count/",
];

/// A resource quota.
pub(super) fn resource_quota(object: &Value, old: Option<&Value>, errors: &mut Errors) {
    let (spec, path) = (&object["spec"], Path::root("spec"));
    for (name, amount) in entries(spec, "hard") {
        let path = path.child("hard").key(name);
        container::resource_name(name, &path, errors);
        if !name.contains('/') && !is_quota_name(name) {
            errors.invalid(&path, name.as_str(), "must be a standard resource for quota");
        }
        let is_counted = COUNTED.contains(&name.as_str()) || name.starts_with("count/");
        container::quantity(is_counted, amount, &path, errors);
    }
    scopes(spec, &path.child("scopes"), errors);
    if let Some(old) = old {
        metadata::immutable(spec, &old["spec"], "scopes", &path, errors);
        metadata::immutable(spec, &old["spec"], "scopeSelector", &path, errors);
    }
}

fn is_quota_name(name: &str) -> bool {
    COUNTED.contains(&name)
        || matches!(
            name,
            "cpu"
                | "memory"
                | "ephemeral-storage"
                | "requests.cpu"
                | "requests.memory"
                | "requests.storage"
                | "requests.ephemeral-storage"
                | "limits.cpu"
                | "limits.memory"
                | "limits.ephemeral-storage"
        )
        || name.starts_with("hugepages-")
        || name.starts_with("requests.hugepages-")
}

fn scopes(spec: &Value, path: &Path, errors: &mut Errors) {
    let given: Vec<&str> = items(spec, "scopes").iter().filter_map(Value::as_str).collect();
    let list = || spec["scopes"].clone();
    for scope in &given {
        if !SCOPES.contains(scope) {
            errors.invalid(path, list(), "unsupported scope");
        }
        for (name, _) in entries(spec, "hard").filter(|(name, _)| is_quota_name(name)) {
            let fits = match *scope {
                "BestEffort" => name == "pods",
                _ => {
                    matches!(name.as_str(), "pods" | "cpu" | "memory" | "ephemeral-storage")
                        || name.starts_with("limits.")
                        || (name.starts_with("requests.") && name != "requests.storage")
                }
            };
            if !fits && SCOPES.contains(scope) {
                errors.invalid(path, list(), "unsupported scope applied to resource");
            }
        }
    }
    for pair in [["BestEffort", "NotBestEffort"], ["Terminating", "NotTerminating"]] {
        if pair.iter().all(|it| given.contains(it)) {
            errors.invalid(path, list(), "conflicting scopes");
        }
    }
}

/// A limit range.
pub(super) fn limit_range(object: &Value, errors: &mut Errors) {
    let mut seen = BTreeSet::new();
    for (index, limit) in numbered(&object["spec"], "limits") {
        let path = Path::root("spec").child("limits").index(index);
        let kind = text(limit, "type");
        let is_known = matches!(kind, "Pod" | "Container" | "PersistentVolumeClaim");
        if !is_known && !kind.contains('/') {
            let words = "must be a standard limit type or fully qualified";
            errors.invalid(&path.child("type"), kind, words);
        }
        if !seen.insert(kind) {
            errors.duplicate(&path.child("type"), kind);
        }
        one_limit(limit, kind, &path, errors);
    }
}

fn one_limit(limit: &Value, kind: &str, path: &Path, errors: &mut Errors) {
    let read = |key: &str| -> BTreeMap<&str, Quantity> {
        entries(limit, key)
            .filter_map(|(name, it)| Some((name.as_str(), Quantity::of(it)?)))
            .collect()
    };
    let (min, max, ratio) = (read("min"), read("max"), read("maxLimitRequestRatio"));
    let (mut default, mut request) = (read("default"), read("defaultRequest"));
    if kind == "Pod" {
        for (key, map) in [("default", &mut default), ("defaultRequest", &mut request)] {
            if !map.is_empty() {
                let words = "may not be specified when `type` is 'Pod'";
                errors.forbidden(&path.child(key), words);
                map.clear();
            }
        }
    }
    if kind == "PersistentVolumeClaim"
        && !min.contains_key("storage")
        && !max.contains_key("storage")
    {
        let words = "either minimum or maximum storage value is required, but neither was provided";
        errors.required(&path.child("limits"), words);
    }
    let names: BTreeSet<&str> =
        [&min, &max, &default, &request, &ratio].iter().flat_map(|it| it.keys().copied()).collect();
    for name in names {
        let get = |map: &BTreeMap<&str, Quantity>| map.get(name).copied();
        let (min, max) = (("min", get(&min)), ("max", get(&max)));
        let (default, request) = (get(&default), get(&request));
        // Field, smaller side, larger side, and the amount that the message shows.
        let mut check = |field: &str,
                         (low_name, low): (&str, Option<Quantity>),
                         (high_name, high): (&str, Option<Quantity>),
                         shown: Option<Quantity>| {
            if let (Some(low), Some(high), Some(shown)) = (low, high, shown)
                && low > high
            {
                let words =
                    format!("{low_name} value {low} is greater than {high_name} value {high}");
                errors.invalid(&path.child(field).key(name), shown.to_string(), words);
            }
        };
        check("min", min, max, min.1);
        check("defaultRequest", min, ("default request", request), request);
        check("defaultRequest", ("default request", request), max, request);
        check("defaultRequest", ("default request", request), ("default limit", default), request);
        check("default", min, ("default", default), min.1);
        check("default", ("default", default), max, max.1);
        ratios(get(&ratio), min.1, max.1, &path.child("maxLimitRequestRatio").key(name), errors);
    }
}

#[expect(clippy::cast_precision_loss, reason = "the real server divides these as floats too")]
fn ratios(
    ratio: Option<Quantity>,
    min: Option<Quantity>,
    max: Option<Quantity>,
    path: &Path,
    errors: &mut Errors,
) {
    let Some(ratio) = ratio else { return };
    if ratio < Quantity::whole(1) {
        errors.invalid(path, ratio.to_string(), format!("ratio {ratio} is less than 1"));
    }
    if let (Some(min), Some(max)) = (min, max) {
        let limit = max.milli_value() as f64 / min.milli_value() as f64;
        if ratio.milli_value() as f64 / 1000.0 > limit {
            let words = format!("ratio {ratio} is greater than max/min = {limit:.6}");
            errors.invalid(path, ratio.to_string(), words);
        }
    }
}
