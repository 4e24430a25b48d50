//! The history of a Deployment: hashes, names, revisions and the annotations that keep them.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet};
use k8s_openapi::api::core::v1::PodTemplateSpec;

pub(super) const HASH_LABEL: &str = "pod-template-hash";
pub(super) const REVISION: &str = "deployment.kubernetes.io/revision";
pub(super) const HISTORY: &str = "deployment.kubernetes.io/revision-history";
pub(super) const DESIRED: &str = "deployment.kubernetes.io/desired-replicas";
pub(super) const MOST: &str = "deployment.kubernetes.io/max-replicas";
const NOT_COPIED: [&str; 6] = [
    "kubectl.kubernetes.io/last-applied-configuration",
    REVISION,
    HISTORY,
    DESIRED,
    MOST,
    "deprecated.deployment.rollback.to",
];
/// How long the annotation with earlier revisions may become.
const HISTORY_LIMIT: usize = 2000;
/// Letters and digits that spell no words, as in generated names.
const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// A hash of the pod template in the usual shape: up to ten safe characters.
///
/// The real one hashes a memory dump of a Go structure, which nobody else can reproduce; nothing may
/// depend on its value.
pub(super) fn template_hash(template: &PodTemplateSpec, collisions: Option<i32>) -> String {
    let mut hash = Fnv::default();
    hash.add(&serde_json::to_vec(template).unwrap_or_default());
    if let Some(collisions) = collisions {
        hash.add(&collisions.to_le_bytes());
    }
    let digits = hash.0.to_string();
    digits.bytes().map(|digit| char::from(ALPHABET[usize::from(digit) % ALPHABET.len()])).collect()
}

/// 32-bit FNV-1a.
struct Fnv(u32);

impl Default for Fnv {
    fn default() -> Self {
        Self(0x811c_9dc5)
    }
}

impl Fnv {
    fn add(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u32::from(*byte)).wrapping_mul(0x0100_0193);
        }
    }
}

/// The template without the label that tells revisions apart.
fn without_hash(template: &PodTemplateSpec) -> PodTemplateSpec {
    let mut template = template.clone();
    if let Some(labels) = template.metadata.as_mut().and_then(|meta| meta.labels.as_mut()) {
        labels.remove(HASH_LABEL);
    }
    template
}

/// Whether a ReplicaSet makes the pods that the Deployment wants now.
pub(super) fn is_current(deployment: &Deployment, set: &ReplicaSet) -> bool {
    let wanted = deployment.spec.as_ref().map(|spec| without_hash(&spec.template));
    let made = set.spec.as_ref().and_then(|spec| spec.template.as_ref()).map(without_hash);
    match (wanted, made) {
        (Some(wanted), Some(made)) => {
            serde_json::to_value(wanted).ok() == serde_json::to_value(made).ok()
        }
        _ => false,
    }
}

/// An annotation that holds a number.
pub(super) fn number(set: &ReplicaSet, annotation: &str) -> Option<i64> {
    set.metadata.annotations.as_ref()?.get(annotation)?.parse().ok()
}

/// The revision that comes after all of these.
pub(super) fn next(old: &[ReplicaSet]) -> i64 {
    old.iter().filter_map(|set| number(set, REVISION)).max().unwrap_or_default() + 1
}

/// The annotations that the new ReplicaSet should have, given those it has.
pub(super) fn annotations(
    deployment: &Deployment,
    current: &BTreeMap<String, String>,
    revision: i64,
) -> BTreeMap<String, String> {
    let mut annotations = current.clone();
    for (name, value) in deployment.metadata.annotations.iter().flatten() {
        if !NOT_COPIED.contains(&name.as_str()) {
            annotations.insert(name.clone(), value.clone());
        }
    }
    let previous = annotations.get(REVISION).cloned();
    let before = previous.as_deref().and_then(|text| text.parse().ok()).unwrap_or(0_i64);
    if before < revision {
        annotations.insert(REVISION.to_owned(), revision.to_string());
        // A revision that comes back keeps the numbers that it had.
        if let Some(previous) = previous {
            let history = annotations.entry(HISTORY.to_owned()).or_default();
            if !history.is_empty() {
                history.push(',');
            }
            history.push_str(&previous);
            while history.len() > HISTORY_LIMIT
                && let Some(comma) = history.find(',')
            {
                history.drain(..=comma);
            }
        }
    }
    annotations
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_has_the_usual_shape() {
        let hash = template_hash(&PodTemplateSpec::default(), None);

        assert!((8..=10).contains(&hash.len()), "{hash}");
        assert!(hash.bytes().all(|byte| ALPHABET.contains(&byte)), "{hash}");
    }

    #[test]
    fn a_collision_changes_the_hash() {
        let template = PodTemplateSpec::default();

        assert_ne!(template_hash(&template, None), template_hash(&template, Some(1)));
    }

    #[test]
    fn rolling_back_keeps_the_earlier_revision_in_the_history() {
        let before = BTreeMap::from([(REVISION.to_owned(), "1".to_owned())]);

        let after = annotations(&Deployment::default(), &before, 3);

        assert_eq!(after.get(REVISION).map(String::as_str), Some("3"));
        assert_eq!(after.get(HISTORY).map(String::as_str), Some("1"));
    }
}
