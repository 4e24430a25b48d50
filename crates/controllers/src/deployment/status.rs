//! The status of a Deployment, computed from its ReplicaSets.

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::apps::v1::{Deployment, DeploymentStatus, ReplicaSet};

use super::condition::{self, AVAILABLE, PROGRESSING, REPLICA_FAILURE};
use super::rolling::{available, desired, max_unavailable, size, sum};

pub(super) const NEW_CREATED: &str = "NewReplicaSetCreated";
pub(super) const NEW_FOUND: &str = "FoundNewReplicaSet";
pub(super) const NEW_AVAILABLE: &str = "NewReplicaSetAvailable";
pub(super) const UPDATED: &str = "ReplicaSetUpdated";
pub(super) const TIMED_OUT: &str = "ProgressDeadlineExceeded";
pub(super) const CREATE_FAILED: &str = "ReplicaSetCreateError";
pub(super) const PAUSED: &str = "DeploymentPaused";
pub(super) const RESUMED: &str = "DeploymentResumed";

/// The deadline that means there is none.
const NO_DEADLINE: i32 = i32::MAX;

/// After how many seconds without progress a rollout counts as failed.
pub(super) fn deadline(deployment: &Deployment) -> Option<i32> {
    let seconds = deployment.spec.as_ref()?.progress_deadline_seconds?;
    (seconds != NO_DEADLINE).then_some(seconds)
}

fn total(sets: &[&ReplicaSet], count: impl Fn(&ReplicaSet) -> i32) -> Option<i32> {
    Some(sum(sets.iter().map(|set| count(set)))).filter(|sum| *sum != 0)
}

/// The counts, and whether enough is available.
pub(super) fn counts(
    deployment: &Deployment,
    all: &[&ReplicaSet],
    new: Option<&ReplicaSet>,
    now: Timestamp,
) -> DeploymentStatus {
    let present = deployment.status.clone().unwrap_or_default();
    let of = |set: &ReplicaSet, field: fn(&k8s_openapi::api::apps::v1::ReplicaSetStatus) -> i32| {
        set.status.as_ref().map(field).unwrap_or_default()
    };
    let available_now = total(all, available).unwrap_or_default();
    let wanted = total(all, size).unwrap_or_default();
    let mut status = DeploymentStatus {
        observed_generation: deployment.metadata.generation,
        replicas: total(all, |set| of(set, |status| status.replicas)),
        updated_replicas: new.and_then(|set| total(&[set], |set| of(set, |it| it.replicas))),
        ready_replicas: total(all, |set| of(set, |it| it.ready_replicas.unwrap_or_default())),
        available_replicas: Some(available_now).filter(|count| *count != 0),
        unavailable_replicas: Some(wanted - available_now).filter(|count| *count > 0),
        terminating_replicas: Some(
            total(all, |set| of(set, |it| it.terminating_replicas.unwrap_or_default()))
                .unwrap_or_default(),
        ),
        collision_count: present.collision_count,
        conditions: present.conditions,
    };
    let enough = available_now >= desired(deployment) - max_unavailable(deployment);
    let condition = if enough {
        condition::new(
            AVAILABLE,
            "True",
            "MinimumReplicasAvailable",
            "Deployment has minimum availability.".to_owned(),
            now,
        )
    } else {
        condition::new(
            AVAILABLE,
            "False",
            "MinimumReplicasUnavailable",
            "Deployment does not have minimum availability.".to_owned(),
            now,
        )
    };
    condition::set(&mut status, condition);
    status
}

/// Whether every pod is of the new kind and available.
pub(super) fn is_complete(deployment: &Deployment, status: &DeploymentStatus) -> bool {
    let desired = desired(deployment);
    status.updated_replicas.unwrap_or_default() == desired
        && status.replicas.unwrap_or_default() == desired
        && status.available_replicas.unwrap_or_default() == desired
        && status.observed_generation >= deployment.metadata.generation
}

fn progresses(old: &DeploymentStatus, new: &DeploymentStatus) -> bool {
    let stale = |status: &DeploymentStatus| {
        status.replicas.unwrap_or_default() - status.updated_replicas.unwrap_or_default()
    };
    new.updated_replicas.unwrap_or_default() > old.updated_replicas.unwrap_or_default()
        || stale(new) < stale(old)
        || new.ready_replicas.unwrap_or_default() > old.ready_replicas.unwrap_or_default()
        || new.available_replicas.unwrap_or_default() > old.available_replicas.unwrap_or_default()
}

/// When the rollout will count as failed unless it progresses.
pub(super) fn times_out_at(
    deployment: &Deployment,
    status: &DeploymentStatus,
) -> Option<Timestamp> {
    let seconds = deadline(deployment)?;
    let condition = condition::find(status, PROGRESSING)?;
    if matches!(condition.reason.as_deref(), Some(NEW_AVAILABLE | TIMED_OUT)) {
        return None;
    }
    let since = condition.last_update_time.as_ref()?.0;
    since.checked_add(SignedDuration::from_secs(i64::from(seconds))).ok()
}

/// Adds what can be said about the rollout to `status`.
pub(super) fn progress(
    deployment: &Deployment,
    status: &mut DeploymentStatus,
    all: &[&ReplicaSet],
    new: Option<&ReplicaSet>,
    now: Timestamp,
) {
    let old = deployment.status.clone().unwrap_or_default();
    if deadline(deployment).is_none() {
        condition::remove(status, PROGRESSING);
    }
    let settled = status.replicas == status.updated_replicas
        && condition::has_reason(&old, PROGRESSING, NEW_AVAILABLE);
    if deadline(deployment).is_some() && !settled {
        let what = match new.and_then(|set| set.metadata.name.as_deref()) {
            Some(name) => format!("ReplicaSet \"{name}\""),
            None => {
                format!(
                    "Deployment \"{}\"",
                    deployment.metadata.name.as_deref().unwrap_or_default()
                )
            }
        };
        if is_complete(deployment, status) {
            let message = format!("{what} has successfully progressed.");
            let condition = condition::new(PROGRESSING, "True", NEW_AVAILABLE, message, now);
            condition::set(status, condition);
        } else if progresses(&old, status) {
            let message = format!("{what} is progressing.");
            let mut condition = condition::new(PROGRESSING, "True", UPDATED, message, now);
            // Progress with the same reason still moves the time of the last update.
            if let Some(current) = condition::find(&old, PROGRESSING) {
                if current.status == "True" {
                    condition.last_transition_time.clone_from(&current.last_transition_time);
                }
                condition::remove(status, PROGRESSING);
            }
            condition::set(status, condition);
        } else if times_out_at(deployment, status).is_some_and(|at| at < now) {
            let message = format!("{what} has timed out progressing.");
            condition::set(status, condition::new(PROGRESSING, "False", TIMED_OUT, message, now));
        }
    }
    match failure(all, new) {
        Some(failure) => condition::set(status, failure),
        None => condition::remove(status, REPLICA_FAILURE),
    }
}

/// The first failure of a ReplicaSet, the new one's before all others'.
fn failure(
    all: &[&ReplicaSet],
    new: Option<&ReplicaSet>,
) -> Option<k8s_openapi::api::apps::v1::DeploymentCondition> {
    new.iter()
        .copied()
        .chain(all.iter().copied())
        .filter_map(|set| set.status.as_ref()?.conditions.as_ref())
        .flatten()
        .find(|condition| condition.type_ == REPLICA_FAILURE)
        .map(condition::of_replicaset)
}
