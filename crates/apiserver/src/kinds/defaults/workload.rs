//! Defaults of what makes pods: deployments, sets and jobs.

use serde_json::{Value, json};

use super::super::value::{child, fill, fill_empty, is_empty, items_mut, present, text};
use super::pod;

/// A replication controller: selector and labels follow the template.
pub(super) fn replication_controller(object: &mut Value) {
    let labels = object["spec"]["template"]["metadata"]["labels"].clone();
    if labels.is_object() {
        fill_empty(child(object, "spec"), "selector", labels.clone());
        fill_empty(child(object, "metadata"), "labels", labels);
    }
    let spec = child(object, "spec");
    fill(spec, "replicas", 1);
    if present(spec, "template").is_some() {
        pod::template(child(spec, "template"));
    }
}

/// A deployment.
pub(super) fn deployment(object: &mut Value) {
    let spec = child(object, "spec");
    pod::template(child(spec, "template"));
    fill(spec, "replicas", 1);
    let strategy = child(spec, "strategy");
    fill_empty(strategy, "type", "RollingUpdate");
    if text(strategy, "type") == "RollingUpdate" {
        let rolling = child(strategy, "rollingUpdate");
        fill(rolling, "maxUnavailable", "25%");
        fill(rolling, "maxSurge", "25%");
    }
    fill(spec, "revisionHistoryLimit", 10);
    fill(spec, "progressDeadlineSeconds", 600);
}

/// A replica set.
pub(super) fn replica_set(object: &mut Value) {
    let spec = child(object, "spec");
    fill(spec, "replicas", 1);
    if present(spec, "template").is_some() {
        pod::template(child(spec, "template"));
    }
}

/// A stateful set.
pub(super) fn stateful_set(object: &mut Value) {
    let spec = child(object, "spec");
    pod::template(child(spec, "template"));
    fill_empty(spec, "podManagementPolicy", "OrderedReady");
    let strategy = child(spec, "updateStrategy");
    if text(strategy, "type").is_empty() {
        strategy["type"] = json!("RollingUpdate");
        child(strategy, "rollingUpdate");
    }
    if text(strategy, "type") == "RollingUpdate"
        && let Some(rolling) = present(strategy, "rollingUpdate")
    {
        fill(rolling, "partition", 0);
    }
    let retention = child(spec, "persistentVolumeClaimRetentionPolicy");
    fill_empty(retention, "whenDeleted", "Retain");
    fill_empty(retention, "whenScaled", "Retain");
    fill(spec, "replicas", 1);
    fill(spec, "revisionHistoryLimit", 10);
    for claim in items_mut(spec, "volumeClaimTemplates") {
        super::claim(claim);
        fill_empty(claim, "kind", "PersistentVolumeClaim");
        fill_empty(claim, "apiVersion", "v1");
    }
}

/// A daemon set.
pub(super) fn daemon_set(object: &mut Value) {
    let spec = child(object, "spec");
    pod::template(child(spec, "template"));
    let strategy = child(spec, "updateStrategy");
    fill_empty(strategy, "type", "RollingUpdate");
    if text(strategy, "type") == "RollingUpdate" {
        let rolling = child(strategy, "rollingUpdate");
        fill(rolling, "maxUnavailable", 1);
        fill(rolling, "maxSurge", 0);
    }
    fill(spec, "revisionHistoryLimit", 10);
}

/// A job.
pub(super) fn job(object: &mut Value) {
    let labels = object["spec"]["template"]["metadata"]["labels"].clone();
    if !is_empty(&labels) {
        fill_empty(child(object, "metadata"), "labels", labels);
    }
    let spec = child(object, "spec");
    pod::template(child(spec, "template"));
    if spec["completions"].is_null() && spec["parallelism"].is_null() {
        spec["completions"] = json!(1);
    }
    fill(spec, "parallelism", 1);
    let per_index = !spec["backoffLimitPerIndex"].is_null();
    fill(spec, "backoffLimit", if per_index { i32::MAX } else { 6 });
    fill(spec, "completionMode", "NonIndexed");
    fill(spec, "suspend", false);
    let on_failure = !spec["podFailurePolicy"].is_null();
    let replacement = if on_failure { "Failed" } else { "TerminatingOrFailed" };
    fill(spec, "podReplacementPolicy", replacement);
    fill(spec, "manualSelector", false);
}

/// A cron job; the jobs it makes get their own defaults when they are created.
pub(super) fn cron_job(object: &mut Value) {
    let spec = child(object, "spec");
    fill_empty(spec, "concurrencyPolicy", "Allow");
    fill(spec, "suspend", false);
    fill(spec, "successfulJobsHistoryLimit", 3);
    fill(spec, "failedJobsHistoryLimit", 1);
    child(child(spec, "jobTemplate"), "metadata");
    let job = child(child(spec, "jobTemplate"), "spec");
    pod::template(child(job, "template"));
}
