//! Which nodes a pod may run on, and in which words it is refused. Pure.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Node, NodeSelectorTerm, Pod, PodSpec, Taint, Toleration};

use super::ledger::Load;
use crate::quantity::Amount;
use crate::quota::pod_total;

/// Why a node will not do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refusal {
    pub(super) reasons: Vec<String>,
    /// Whether removing other pods could change it.
    pub(super) preemptable: bool,
}

impl Refusal {
    fn fixed(reason: &str) -> Self {
        Self { reasons: vec![reason.to_owned()], preemptable: false }
    }
}

/// Whether `pod` may run on `node`, which already carries `load`.
pub(super) fn judge(pod: &Pod, node: &Node, load: &Load) -> Result<(), Refusal> {
    let spec = pod.spec.as_ref();
    let node_spec = node.spec.as_ref();
    let tolerations = spec.and_then(|spec| spec.tolerations.as_deref()).unwrap_or_default();
    if node_spec.and_then(|spec| spec.unschedulable) == Some(true) {
        let cordon = Taint {
            key: "node.kubernetes.io/unschedulable".to_owned(),
            effect: "NoSchedule".to_owned(),
            ..Default::default()
        };
        if !tolerations.iter().any(|toleration| tolerates(toleration, &cordon)) {
            return Err(Refusal::fixed("node(s) were unschedulable"));
        }
    }
    let taints = node_spec.and_then(|spec| spec.taints.as_deref()).unwrap_or_default();
    let untolerated = taints
        .iter()
        .filter(|taint| matches!(taint.effect.as_str(), "NoSchedule" | "NoExecute"))
        .find(|taint| !tolerations.iter().any(|toleration| tolerates(toleration, taint)));
    if untolerated.is_some() {
        return Err(Refusal::fixed("node(s) had untolerated taint(s)"));
    }
    if !spec.is_none_or(|spec| affinity_matches(spec, node)) {
        return Err(Refusal::fixed("node(s) didn't match Pod's node affinity/selector"));
    }
    fits(pod, node, load)
}

fn tolerates(toleration: &Toleration, taint: &Taint) -> bool {
    let effect = toleration.effect.as_deref().unwrap_or_default();
    let key = toleration.key.as_deref().unwrap_or_default();
    if (!effect.is_empty() && effect != taint.effect) || (!key.is_empty() && key != taint.key) {
        return false;
    }
    match toleration.operator.as_deref().unwrap_or("Equal") {
        "Exists" => true,
        "Equal" => {
            !key.is_empty()
                && toleration.value.as_deref().unwrap_or_default()
                    == taint.value.as_deref().unwrap_or_default()
        }
        _ => false,
    }
}

fn affinity_matches(spec: &PodSpec, node: &Node) -> bool {
    let empty = BTreeMap::new();
    let labels = node.metadata.labels.as_ref().unwrap_or(&empty);
    let selected =
        spec.node_selector.iter().flatten().all(|(name, value)| labels.get(name) == Some(value));
    let required = spec
        .affinity
        .as_ref()
        .and_then(|affinity| affinity.node_affinity.as_ref())
        .and_then(|it| it.required_during_scheduling_ignored_during_execution.as_ref());
    let name = node.metadata.name.as_deref().unwrap_or_default();
    selected
        && required.is_none_or(|selector| {
            selector.node_selector_terms.iter().any(|term| term_matches(term, labels, name))
        })
}

fn term_matches(term: &NodeSelectorTerm, labels: &BTreeMap<String, String>, name: &str) -> bool {
    let expressions = term.match_expressions.as_deref().unwrap_or_default();
    let fields = term.match_fields.as_deref().unwrap_or_default();
    // An empty term selects nothing.
    if expressions.is_empty() && fields.is_empty() {
        return false;
    }
    let holds = |operator: &str, values: &[String], found: Option<&str>| {
        let number = |text: &str| text.parse::<i64>().ok();
        let bound = values.first().and_then(|value| number(value));
        match operator {
            "In" => found.is_some_and(|found| values.iter().any(|value| value == found)),
            "NotIn" => !found.is_some_and(|found| values.iter().any(|value| value == found)),
            "Exists" => found.is_some(),
            "DoesNotExist" => found.is_none(),
            "Gt" => found.and_then(number).zip(bound).is_some_and(|(found, bound)| found > bound),
            "Lt" => found.and_then(number).zip(bound).is_some_and(|(found, bound)| found < bound),
            _ => false,
        }
    };
    let labels_hold = expressions.iter().all(|it| {
        let values = it.values.as_deref().unwrap_or_default();
        holds(&it.operator, values, labels.get(&it.key).map(String::as_str))
    });
    labels_hold
        && fields.iter().all(|it| {
            let values = it.values.as_deref().unwrap_or_default();
            it.key == "metadata.name" && holds(&it.operator, values, Some(name))
        })
}

/// What a node offers of a resource.
pub(super) fn allocatable(node: &Node, resource: &str) -> Amount {
    let list = node.status.as_ref().and_then(|status| status.allocatable.as_ref());
    list.and_then(|list| list.get(resource)).map_or(Amount::ZERO, Amount::parse)
}

fn fits(pod: &Pod, node: &Node, load: &Load) -> Result<(), Refusal> {
    let mut reasons = Vec::new();
    let mut too_small = false;
    let after = Amount::whole(load.pods() + 1);
    if allocatable(node, "pods").is_less_than(after) {
        reasons.push("Too many pods".to_owned());
    }
    for (resource, used) in [("cpu", load.cpu()), ("memory", load.memory())] {
        let wanted = pod_total(pod, resource, false);
        let offered = allocatable(node, resource);
        if !wanted.is_zero() && offered.minus(used).is_less_than(wanted) {
            reasons.push(format!("Insufficient {resource}"));
            // If even the empty node is too small, removing pods cannot help.
            too_small |= offered.is_less_than(wanted);
        }
    }
    if reasons.is_empty() { Ok(()) } else { Err(Refusal { reasons, preemptable: !too_small }) }
}

/// The scheduler's message when no node will do.
pub(super) fn message(refusals: &[Refusal]) -> String {
    let total = refusals.len();
    if total == 0 {
        return "no nodes available to schedule pods".to_owned();
    }
    let histogram = |reasons: Vec<&str>| {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for reason in reasons {
            *counts.entry(reason).or_default() += 1;
        }
        let mut lines: Vec<String> =
            counts.into_iter().map(|(reason, count)| format!("{count} {reason}")).collect();
        lines.sort();
        lines.join(", ")
    };
    let reasons =
        histogram(refusals.iter().flat_map(|it| &it.reasons).map(String::as_str).collect());
    let preemption = histogram(
        refusals
            .iter()
            .map(|refusal| {
                if refusal.preemptable {
                    "No preemption victims found for incoming pod"
                } else {
                    "Preemption is not helpful for scheduling"
                }
            })
            .collect(),
    );
    format!(
        "0/{total} nodes are available: {reasons}. \
         no new claims to deallocate, preemption: 0/{total} nodes are available: {preemption}."
    )
}

#[cfg(test)]
mod tests {
    use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
    use serde_json::json;

    use super::*;

    fn node() -> Node {
        serde_json::from_value(json!({
            "metadata": {"name": "a", "labels": {"zone": "a", "size": "3"}},
            "status": {"allocatable": {"cpu": "1", "memory": "1Gi", "pods": "10"}},
        }))
        .unwrap()
    }

    fn pod(spec: serde_json::Value) -> Pod {
        let mut spec = spec;
        if spec.get("containers").is_none() {
            spec["containers"] = json!([]);
        }
        Pod {
            metadata: ObjectMeta::default(),
            spec: Some(serde_json::from_value(spec).unwrap()),
            status: None,
        }
    }

    #[test]
    fn an_absent_label_is_refused_in_the_real_words() {
        let lost = pod(json!({"nodeSelector": {"workshop": "nowhere"}}));

        let refusal = judge(&lost, &node(), &Load::default()).unwrap_err();

        assert_eq!(
            message(&[refusal.clone(), refusal]),
            "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector. \
             no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not \
             helpful for scheduling."
        );
    }

    #[test]
    fn a_pod_larger_than_any_node_cannot_be_helped_by_preemption() {
        let large =
            pod(json!({"containers": [{"name": "a", "resources": {"requests": {"cpu": "2"}}}]}));

        let refusal = judge(&large, &node(), &Load::default()).unwrap_err();

        assert_eq!(
            message(&[refusal]),
            "0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: \
             0/1 nodes are available: 1 Preemption is not helpful for scheduling."
        );
    }

    #[test]
    fn required_affinity_compares_numbers() {
        let term = |operator, value| {
            pod(json!({"affinity": {"nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [
                    {"matchExpressions": [
                        {"key": "size", "operator": operator, "values": [value]},
                    ]},
                ]},
            }}}))
        };

        assert!(judge(&term("Gt", "2"), &node(), &Load::default()).is_ok());
        assert!(judge(&term("Lt", "2"), &node(), &Load::default()).is_err());
    }

    #[test]
    fn a_cordoned_node_takes_only_who_tolerates_it() {
        let mut cordoned = node();
        cordoned.spec = serde_json::from_value(json!({"unschedulable": true})).unwrap();

        let refusal = judge(&pod(json!({})), &cordoned, &Load::default()).unwrap_err();
        let tolerant = pod(json!({"tolerations": [{"operator": "Exists"}]}));

        assert_eq!(refusal.reasons, ["node(s) were unschedulable"]);
        assert!(judge(&tolerant, &cordoned, &Load::default()).is_ok());
    }
}
