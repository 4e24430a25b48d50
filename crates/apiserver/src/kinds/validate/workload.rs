//! The rules for what makes pods, and for disruption budgets.

use serde_json::Value;

use super::super::errors::{Errors, Path, quoted};
use super::super::value::{entries, is_empty, items, numbered, text};
use super::{metadata, names, non_negative, pod, storage};

const MISMATCH: &str = "`selector` does not match template `labels`";
const STATEFUL_SET_FIELDS: [&str; 7] = [
    "replicas",
    "ordinals",
    "template",
    "updateStrategy",
    "revisionHistoryLimit",
    "persistentVolumeClaimRetentionPolicy",
    "minReadySeconds",
];

/// A deployment.
pub(super) fn deployment(object: &Value, old: Option<&Value>, errors: &mut Errors) {
    let (spec, path) = (&object["spec"], Path::root("spec"));
    non_negative(spec, "replicas", &path, errors);
    if selector_rules(spec, "deployment", &path, errors) {
        replica_template(spec, &path, errors);
    } else {
        let words = "invalid label selector";
        errors.invalid(&path.child("selector"), spec["selector"].clone(), words);
    }
    deployment_strategy(&spec["strategy"], &path.child("strategy"), errors);
    non_negative(spec, "minReadySeconds", &path, errors);
    non_negative(spec, "revisionHistoryLimit", &path, errors);
    non_negative(spec, "progressDeadlineSeconds", &path, errors);
    if let Some(deadline) = spec["progressDeadlineSeconds"].as_i64()
        && deadline <= spec["minReadySeconds"].as_i64().unwrap_or_default()
    {
        let path = path.child("progressDeadlineSeconds");
        errors.invalid(&path, deadline, "must be greater than minReadySeconds");
    }
    keep_selector(object, old, &path, errors);
}

/// A replica set.
pub(super) fn replica_set(object: &Value, old: Option<&Value>, errors: &mut Errors) {
    let (spec, path) = (&object["spec"], Path::root("spec"));
    non_negative(spec, "replicas", &path, errors);
    non_negative(spec, "minReadySeconds", &path, errors);
    if selector_rules(spec, "replicaset", &path, errors) {
        replica_template(spec, &path, errors);
    } else {
        let words = "invalid label selector";
        errors.invalid(&path.child("selector"), spec["selector"].clone(), words);
    }
    keep_selector(object, old, &path, errors);
}

/// A stateful set.
pub(super) fn stateful_set(object: &Value, old: Option<&Value>, errors: &mut Errors) {
    let (spec, path) = (&object["spec"], Path::root("spec"));
    let policy = text(spec, "podManagementPolicy");
    if !matches!(policy, "OrderedReady" | "Parallel") {
        let words = "must be 'OrderedReady' or 'Parallel'";
        errors.invalid(&path.child("podManagementPolicy"), policy, words);
    }
    stateful_strategy(&spec["updateStrategy"], &path.child("updateStrategy"), errors);
    let retention = &spec["persistentVolumeClaimRetentionPolicy"];
    let retention_path = path.child("persistentVolumeClaimRetentionPolicy");
    for key in ["whenDeleted", "whenScaled"] {
        super::one_of_if_set(retention, key, &["Retain", "Delete"], &retention_path, errors);
    }
    for (index, claim) in numbered(spec, "volumeClaimTemplates") {
        let path = path.child("volumeClaimTemplates").index(index);
        storage::claim_spec(&claim["spec"], &path.child("spec"), errors);
    }
    non_negative(spec, "replicas", &path, errors);
    non_negative(spec, "minReadySeconds", &path, errors);
    let service = text(spec, "serviceName");
    if !service.is_empty() {
        errors.invalid_each(&path.child("serviceName"), service, names::label(service));
    }
    if selector_rules(spec, "statefulset", &path, errors) {
        template_labels(spec, &path, errors);
        let template = with_claimed_volumes(spec);
        pod::template(&template, &path.child("template"), errors);
    } else {
        errors.invalid(&path.child("selector"), spec["selector"].clone(), "");
    }
    always_restarted(spec, "StatefulSet", &path, errors);
    if let Some(old) = old {
        let changes = |key: &String| {
            !STATEFUL_SET_FIELDS.contains(&key.as_str())
                && spec[key.as_str()] != old["spec"][key.as_str()]
        };
        let before = entries(old, "spec").map(|it| it.0);
        if entries(object, "spec").map(|it| it.0).chain(before).any(changes) {
            let words = "updates to statefulset spec for fields other than 'replicas', \
                         'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', \
                         'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden";
            errors.forbidden(&path, words);
        }
    }
}

/// The template with a volume for each claim template, so that mounts of them are known.
fn with_claimed_volumes(spec: &Value) -> Value {
    let mut template = spec["template"].clone();
    let claims: Vec<Value> = items(spec, "volumeClaimTemplates")
        .iter()
        .map(|it| {
            let name = text(&it["metadata"], "name");
            serde_json::json!({"name": name, "persistentVolumeClaim": {"claimName": name}})
        })
        .collect();
    if claims.is_empty() {
        return template;
    }
    let others = items(&template["spec"], "volumes")
        .iter()
        .filter(|it| !claims.iter().any(|claim| claim["name"] == it["name"]));
    let all: Vec<Value> = claims.iter().chain(others).cloned().collect();
    template["spec"]["volumes"] = Value::Array(all);
    template
}

/// A daemon set.
pub(super) fn daemon_set(object: &Value, old: Option<&Value>, errors: &mut Errors) {
    let (spec, path) = (&object["spec"], Path::root("spec"));
    let selector = &spec["selector"];
    metadata::selector(selector, &path.child("selector"), errors);
    if selector.is_null() || !metadata::selects(selector, &spec["template"]["metadata"]["labels"]) {
        mismatch(spec, &path, errors);
    }
    if !selector.is_null() && is_everything(selector) {
        let words = "empty selector is invalid for daemonset";
        errors.invalid(&path.child("selector"), selector.clone(), words);
    }
    pod::template(&spec["template"], &path.child("template"), errors);
    always_restarted(spec, "DaemonSet", &path, errors);
    non_negative(spec, "minReadySeconds", &path, errors);
    daemon_strategy(&spec["updateStrategy"], &path.child("updateStrategy"), errors);
    non_negative(spec, "revisionHistoryLimit", &path, errors);
    keep_selector(object, old, &path, errors);
}

/// A pod disruption budget.
pub(super) fn disruption_budget(object: &Value, errors: &mut Errors) {
    let (spec, path) = (&object["spec"], Path::root("spec"));
    if !spec["minAvailable"].is_null() && !spec["maxUnavailable"].is_null() {
        let policy = match spec["unhealthyPodEvictionPolicy"].as_str() {
            Some(it) => quoted(it),
            None => "null".to_owned(),
        };
        let printed = format!(
            "{{\"MinAvailable\":{},\"Selector\":{},\"MaxUnavailable\":{},\
             \"UnhealthyPodEvictionPolicy\":{policy}}}",
            spec["minAvailable"], spec["selector"], spec["maxUnavailable"]
        );
        let words = "minAvailable and maxUnavailable cannot be both set";
        errors.invalid_printed(&path, printed, words);
    }
    for key in ["minAvailable", "maxUnavailable"] {
        if !spec[key].is_null() {
            share(&spec[key], &path.child(key), errors);
            at_most_all(&spec[key], &path.child(key), errors);
        }
    }
    metadata::selector(&spec["selector"], &path.child("selector"), errors);
}

/// The selector of a workload; tells whether it can be used to compare labels.
fn selector_rules(spec: &Value, kind: &str, path: &Path, errors: &mut Errors) -> bool {
    let selector = &spec["selector"];
    let path = path.child("selector");
    if selector.is_null() {
        errors.required(&path, "");
        return true;
    }
    let before = errors.len();
    metadata::selector(selector, &path, errors);
    if is_everything(selector) {
        let words = format!("empty selector is invalid for {kind}");
        errors.invalid(&path, selector.clone(), words);
        return true;
    }
    errors.len() == before
}

fn is_everything(selector: &Value) -> bool {
    is_empty(&selector["matchLabels"]) && is_empty(&selector["matchExpressions"])
}

fn template_labels(spec: &Value, path: &Path, errors: &mut Errors) {
    let selector = &spec["selector"];
    let labels = &spec["template"]["metadata"]["labels"];
    if selector.is_null() || !(is_everything(selector) || metadata::selects(selector, labels)) {
        mismatch(spec, path, errors);
    }
}

fn mismatch(spec: &Value, path: &Path, errors: &mut Errors) {
    let path = path.child("template").child("metadata").child("labels");
    errors.invalid(&path, spec["template"]["metadata"]["labels"].clone(), MISMATCH);
}

fn replica_template(spec: &Value, path: &Path, errors: &mut Errors) {
    template_labels(spec, path, errors);
    pod::template(&spec["template"], &path.child("template"), errors);
    always_restarted(spec, "ReplicaSet", path, errors);
}

fn always_restarted(spec: &Value, kind: &str, path: &Path, errors: &mut Errors) {
    let pods = &spec["template"]["spec"];
    let path = path.child("template").child("spec");
    let policy = text(pods, "restartPolicy");
    if policy != "Always" {
        errors.unsupported(&path.child("restartPolicy"), policy, &["Always"]);
    }
    if !pods["activeDeadlineSeconds"].is_null() {
        let words = format!("activeDeadlineSeconds in {kind} is not Supported");
        errors.forbidden(&path.child("activeDeadlineSeconds"), words);
    }
}

fn keep_selector(object: &Value, old: Option<&Value>, path: &Path, errors: &mut Errors) {
    if let Some(old) = old {
        metadata::immutable(&object["spec"], &old["spec"], "selector", path, errors);
    }
}

/// A strategy as Go prints the structure that the real server holds.
fn printed_strategy(strategy: &Value) -> String {
    format!("{{\"Type\":{},\"RollingUpdate\":null}}", quoted(text(strategy, "type")))
}

fn deployment_strategy(strategy: &Value, path: &Path, errors: &mut Errors) {
    let rolling = &strategy["rollingUpdate"];
    let path_below = path.child("rollingUpdate");
    match text(strategy, "type") {
        "Recreate" => {
            if rolling.is_object() {
                let words = "may not be specified when strategy `type` is 'Recreate'";
                errors.forbidden(&path_below, words);
            }
        }
        "RollingUpdate" => {
            let unavailable = path_below.child("maxUnavailable");
            share(&rolling["maxUnavailable"], &unavailable, errors);
            share(&rolling["maxSurge"], &path_below.child("maxSurge"), errors);
            if is_none(&rolling["maxUnavailable"]) && is_none(&rolling["maxSurge"]) {
                let words = "may not be 0 when `maxSurge` is 0";
                errors.invalid(&unavailable, rolling["maxUnavailable"].clone(), words);
            }
            at_most_all(&rolling["maxUnavailable"], &unavailable, errors);
        }
        _ => {
            let printed = printed_strategy(strategy);
            errors.unsupported_printed(path, printed, &["Recreate", "RollingUpdate"]);
        }
    }
}

fn stateful_strategy(strategy: &Value, path: &Path, errors: &mut Errors) {
    let rolling = &strategy["rollingUpdate"];
    match text(strategy, "type") {
        "RollingUpdate" => {
            non_negative(rolling, "partition", &path.child("rollingUpdate"), errors);
        }
        "OnDelete" => {
            if rolling.is_object() {
                let words = "only allowed for updateStrategy 'RollingUpdate'";
                errors.invalid(&path.child("rollingUpdate"), rolling.clone(), words);
            }
        }
        _ => {
            let words = "must be 'RollingUpdate' or 'OnDelete'";
            errors.invalid_printed(path, printed_strategy(strategy), words);
        }
    }
}

fn daemon_strategy(strategy: &Value, path: &Path, errors: &mut Errors) {
    let rolling = &strategy["rollingUpdate"];
    let (unavailable, surge) = (&rolling["maxUnavailable"], &rolling["maxSurge"]);
    match text(strategy, "type") {
        "OnDelete" => {}
        "RollingUpdate" => {
            let path = path.child("rollingUpdate");
            let (first, second) = (path.child("maxUnavailable"), path.child("maxSurge"));
            share(unavailable, &first, errors);
            share(surge, &second, errors);
            at_most_all(unavailable, &first, errors);
            at_most_all(surge, &second, errors);
            match (is_none(unavailable), is_none(surge)) {
                (false, false) => {
                    let words = "may not be set when maxUnavailable is non-zero";
                    errors.invalid(&second, surge.clone(), words);
                }
                (true, true) => errors.required(&first, "cannot be 0 when maxSurge is 0"),
                _ => {}
            }
        }
        _ => {
            let printed = printed_strategy(strategy);
            errors.unsupported_printed(path, printed, &["RollingUpdate", "OnDelete"]);
        }
    }
}

/// A count or a share of all.
fn share(value: &Value, path: &Path, errors: &mut Errors) {
    match value {
        Value::String(text) => errors.invalid_each(path, text, names::percent(text)),
        other => {
            if let Some(number) = other.as_i64()
                && number < 0
            {
                errors.invalid(path, number, "must be greater than or equal to 0");
            }
        }
    }
}

fn percent_of(value: &Value) -> Option<i64> {
    value.as_str()?.strip_suffix('%')?.parse().ok()
}

fn at_most_all(value: &Value, path: &Path, errors: &mut Errors) {
    if percent_of(value).is_some_and(|it| it > 100) {
        errors.invalid(path, value.clone(), "must not be greater than 100%");
    }
}

fn is_none(value: &Value) -> bool {
    match value {
        Value::String(_) => percent_of(value).unwrap_or_default() == 0,
        other => other.as_i64().unwrap_or_default() == 0,
    }
}
