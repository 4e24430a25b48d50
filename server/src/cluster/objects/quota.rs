//! The quota that keeps one learner from starving the rest, and the defaults that make it liveable.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{
    LimitRange, LimitRangeItem, LimitRangeSpec, ResourceQuota, ResourceQuotaSpec,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use super::{Limits, Owner};

fn quantities(pairs: &[(&str, &str)]) -> BTreeMap<String, Quantity> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), Quantity((*value).to_owned()))).collect()
}

/// The quota of one plane's namespace. No load balancers: they cost money that nobody agreed to.
pub(in crate::cluster) fn resource_quota(
    owner: Owner<'_>,
    namespace: &str,
    limits: &Limits,
) -> ResourceQuota {
    let pods = limits.pods.to_string();
    let hard = quantities(&[
        ("pods", &pods),
        ("requests.cpu", &limits.requests_cpu),
        ("requests.memory", &limits.requests_memory),
        ("limits.cpu", &limits.limits_cpu),
        ("limits.memory", &limits.limits_memory),
        ("persistentvolumeclaims", "2"),
        ("services.loadbalancers", "0"),
        ("services.nodeports", "4"),
        ("count/configmaps", "60"),
        ("count/secrets", "60"),
        ("count/services", "30"),
        ("count/deployments.apps", "30"),
        ("count/replicasets.apps", "200"),
        ("count/jobs.batch", "30"),
        ("count/cronjobs.batch", "20"),
        ("count/daemonsets.apps", "20"),
        ("count/statefulsets.apps", "20"),
        ("count/serviceaccounts", "30"),
        ("count/endpoints", "40"),
        ("count/ingresses.networking.k8s.io", "20"),
        ("count/horizontalpodautoscalers.autoscaling", "20"),
        ("count/poddisruptionbudgets.policy", "20"),
    ]);
    ResourceQuota {
        metadata: owner.metadata(namespace, "lab"),
        spec: Some(ResourceQuotaSpec { hard: Some(hard), ..ResourceQuotaSpec::default() }),
        ..ResourceQuota::default()
    }
}

/// Defaults for containers that name no resources, and what one container may ask for at most.
pub(in crate::cluster) fn limit_range(owner: Owner<'_>, namespace: &str) -> LimitRange {
    let item = LimitRangeItem {
        type_: "Container".to_owned(),
        default_request: Some(quantities(&[("cpu", "50m"), ("memory", "64Mi")])),
        default: Some(quantities(&[("cpu", "500m"), ("memory", "256Mi")])),
        max: Some(quantities(&[("cpu", "2"), ("memory", "2Gi")])),
        ..LimitRangeItem::default()
    };
    LimitRange {
        metadata: owner.metadata(namespace, "lab"),
        spec: Some(LimitRangeSpec { limits: vec![item] }),
    }
}
