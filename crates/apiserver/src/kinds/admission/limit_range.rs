//! Limit ranges: defaults for containers that name no amounts, and bounds for all.
//!
//! **Invariant:** messages are the real server's; several of them stand in brackets.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::value::{child, entries, fill, items, items_mut, text};
use super::resources::{Amounts, amounts, of_pod};
use crate::quantity::Quantity;

/// Gives the containers of a new pod the default amounts of the namespace's limit ranges.
pub fn fill_pod(pod: &mut Value, limit_ranges: &[Value]) {
    for range in limit_ranges {
        let (mut limits, mut requests) = (json!({}), json!({}));
        for limit in items(&range["spec"], "limits") {
            if text(limit, "type") == "Container" {
                for (name, amount) in entries(limit, "default") {
                    limits[name.as_str()] = amount.clone();
                }
                for (name, amount) in entries(limit, "defaultRequest") {
                    requests[name.as_str()] = amount.clone();
                }
            }
        }
        let mut notes = Vec::new();
        let spec = child(pod, "spec");
        for (list, words) in [("containers", "container"), ("initContainers", "init container")] {
            for container in items_mut(spec, list) {
                let name = text(container, "name").to_owned();
                let resources = child(container, "resources");
                // The real server copies limits first but reports requests first.
                let set_limits = fill_side(resources, "limits", &limits);
                let set_requests = fill_side(resources, "requests", &requests);
                if !set_requests.is_empty() {
                    notes.push(format!("{} request for {words} {name}", set_requests.join(", ")));
                }
                if !set_limits.is_empty() {
                    notes.push(format!("{} limit for {words} {name}", set_limits.join(", ")));
                }
            }
        }
        if !notes.is_empty() {
            let annotations = child(child(pod, "metadata"), "annotations");
            annotations["kubernetes.io/limit-ranger"] =
                json!(format!("LimitRanger plugin set: {}", notes.join("; ")));
        }
    }
}

fn fill_side(resources: &mut Value, side: &str, defaults: &Value) -> Vec<String> {
    let mut set = BTreeSet::new();
    for (name, amount) in defaults.as_object().into_iter().flatten() {
        let target = child(resources, side);
        if target[name.as_str()].is_null() {
            fill(target, name, amount.clone());
            set.insert(name.clone());
        }
    }
    set.into_iter().collect()
}

/// Why a pod breaks the namespace's limit ranges, if it does; the caller forbids it with this.
pub fn check_pod(pod: &Value, limit_ranges: &[Value]) -> Option<String> {
    limit_ranges.iter().find_map(|range| {
        let mut errors = Vec::new();
        for limit in items(&range["spec"], "limits") {
            match text(limit, "type") {
                "Container" => {
                    let spec = &pod["spec"];
                    let all = items(spec, "containers").iter().chain(items(spec, "initContainers"));
                    for container in all {
                        let resources = &container["resources"];
                        let requests = amounts(resources, "requests");
                        let limits = amounts(resources, "limits");
                        check(limit, "Container", &requests, &limits, &mut errors);
                    }
                }
                "Pod" => {
                    let requests = of_pod(&pod["spec"], "requests");
                    let limits = of_pod(&pod["spec"], "limits");
                    check(limit, "Pod", &requests, &limits, &mut errors);
                }
                _ => {}
            }
        }
        together(errors)
    })
}

/// Why a claim breaks the namespace's limit ranges, if it does.
pub fn check_claim(claim: &Value, limit_ranges: &[Value]) -> Option<String> {
    const KIND: &str = "PersistentVolumeClaim";
    let requests = amounts(&claim["spec"]["resources"], "requests");
    limit_ranges.iter().find_map(|range| {
        let mut errors = Vec::new();
        for limit in items(&range["spec"], "limits").iter().filter(|it| text(it, "type") == KIND) {
            for (name, least) in amounts(limit, "min") {
                errors.extend(minimum(KIND, &name, least, &requests, &Amounts::new()));
            }
            for (name, most) in amounts(limit, "max") {
                errors.extend(maximum_request(KIND, &name, most, &requests));
            }
        }
        together(errors)
    })
}

fn check(
    limit: &Value,
    kind: &str,
    requests: &Amounts,
    limits: &Amounts,
    errors: &mut Vec<String>,
) {
    for (name, least) in amounts(limit, "min") {
        errors.extend(minimum(kind, &name, least, requests, limits));
    }
    for (name, most) in amounts(limit, "max") {
        errors.extend(maximum(kind, &name, most, requests, limits));
    }
    for (name, most) in amounts(limit, "maxLimitRequestRatio") {
        errors.extend(ratio(kind, &name, most, requests, limits));
    }
}

fn minimum(
    kind: &str,
    name: &str,
    least: Quantity,
    requests: &Amounts,
    limits: &Amounts,
) -> Option<String> {
    let start = format!("minimum {name} usage per {kind} is {least}");
    match (requests.get(name), limits.get(name)) {
        (None, _) => Some(format!("{start}.  No request is specified")),
        (Some(it), _) if *it < least => Some(format!("{start}, but request is {it}")),
        (_, Some(it)) if *it < least => Some(format!("{start}, but limit is {it}")),
        _ => None,
    }
}

fn maximum(
    kind: &str,
    name: &str,
    most: Quantity,
    requests: &Amounts,
    limits: &Amounts,
) -> Option<String> {
    let start = format!("maximum {name} usage per {kind} is {most}");
    match (requests.get(name), limits.get(name)) {
        (_, None) => Some(format!("{start}.  No limit is specified")),
        (_, Some(it)) if *it > most => Some(format!("{start}, but limit is {it}")),
        (Some(it), _) if *it > most => Some(format!("{start}, but request is {it}")),
        _ => None,
    }
}

fn maximum_request(kind: &str, name: &str, most: Quantity, requests: &Amounts) -> Option<String> {
    let start = format!("maximum {name} usage per {kind} is {most}");
    match requests.get(name) {
        None => Some(format!("{start}.  No request is specified")),
        Some(it) if *it > most => Some(format!("{start}, but request is {it}")),
        Some(_) => None,
    }
}

fn ratio(
    kind: &str,
    name: &str,
    most: Quantity,
    requests: &Amounts,
    limits: &Amounts,
) -> Option<String> {
    let start = format!("{name} max limit to request ratio per {kind} is {most}");
    let given = |amounts: &Amounts| amounts.get(name).copied().filter(|it| !it.is_zero());
    let Some(request) = given(requests) else {
        return Some(format!("{start}, but no request is specified or request is 0"));
    };
    let Some(limit) = given(limits) else {
        return Some(format!("{start}, but no limit is specified or limit is 0"));
    };
    let found = as_float(limit.milli_value()) / as_float(request.milli_value());
    let exceeds = found * 1000.0 > as_float(most.milli_value());
    exceeds.then(|| format!("{start}, but provided ratio is {found:.6}"))
}

#[expect(clippy::cast_precision_loss, reason = "the real server divides these as floats too")]
fn as_float(value: i64) -> f64 {
    value as f64
}

fn together(errors: Vec<String>) -> Option<String> {
    let mut seen = BTreeSet::new();
    let unique: Vec<String> = errors.into_iter().filter(|it| seen.insert(it.clone())).collect();
    match unique.len() {
        0 => None,
        1 => unique.into_iter().next(),
        _ => Some(format!("[{}]", unique.join(", "))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(limit: &Value) -> Vec<Value> {
        vec![json!({"spec": {"limits": [limit]}})]
    }

    fn pod(resources: &Value) -> Value {
        json!({"metadata": {}, "spec": {"containers": [{"name": "c", "resources": resources}]}})
    }

    #[test]
    fn containers_get_the_defaults_and_a_note_says_so() {
        let limits = range(&json!({"type": "Container", "default": {"cpu": "500m"},
                                  "defaultRequest": {"cpu": "100m"}}));
        let mut pod = pod(&json!({}));

        fill_pod(&mut pod, &limits);

        assert_eq!(
            pod["spec"]["containers"][0]["resources"],
            json!({"limits": {"cpu": "500m"}, "requests": {"cpu": "100m"}})
        );
        assert_eq!(
            pod["metadata"]["annotations"]["kubernetes.io/limit-ranger"],
            "LimitRanger plugin set: cpu request for container c; cpu limit for container c"
        );
    }

    #[test]
    fn what_exceeds_the_bounds_is_refused_in_the_real_words() {
        let limits = range(&json!({"type": "Container", "max": {"cpu": "1"},
                                  "min": {"cpu": "100m"}, "maxLimitRequestRatio": {"cpu": "2"}}));
        let over = pod(&json!({"limits": {"cpu": "2"}, "requests": {"cpu": "500m"}}));

        let refusal = check_pod(&over, &limits).unwrap();

        assert_eq!(
            refusal,
            "[maximum cpu usage per Container is 1, but limit is 2, cpu max limit to request \
             ratio per Container is 2, but provided ratio is 4.000000]"
        );
        assert_eq!(
            check_pod(
                &pod(&json!({"requests": {"cpu": "1"}})),
                &range(&json!({"type": "Container",
                "max": {"cpu": "1"}}))
            )
            .unwrap(),
            "maximum cpu usage per Container is 1.  No limit is specified"
        );
    }
}
