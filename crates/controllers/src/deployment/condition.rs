//! The conditions of a Deployment: when they are set, and what they then say.

use jiff::Timestamp;
use k8s_openapi::api::apps::v1::{DeploymentCondition, DeploymentStatus, ReplicaSetCondition};

use crate::pods::seconds;

pub(super) const PROGRESSING: &str = "Progressing";
pub(super) const AVAILABLE: &str = "Available";
pub(super) const REPLICA_FAILURE: &str = "ReplicaFailure";

/// A condition as of now.
pub(super) fn new(
    kind: &str,
    status: &str,
    reason: &str,
    message: String,
    now: Timestamp,
) -> DeploymentCondition {
    DeploymentCondition {
        type_: kind.to_owned(),
        status: status.to_owned(),
        reason: Some(reason.to_owned()),
        message: Some(message),
        last_update_time: Some(seconds(now)),
        last_transition_time: Some(seconds(now)),
    }
}

/// What a ReplicaSet could not do, as the Deployment's own condition.
pub(super) fn of_replicaset(from: &ReplicaSetCondition) -> DeploymentCondition {
    DeploymentCondition {
        type_: from.type_.clone(),
        status: from.status.clone(),
        reason: from.reason.clone(),
        message: from.message.clone(),
        last_update_time: from.last_transition_time.clone(),
        last_transition_time: from.last_transition_time.clone(),
    }
}

/// The condition of a type.
pub(super) fn find<'a>(
    status: &'a DeploymentStatus,
    kind: &str,
) -> Option<&'a DeploymentCondition> {
    status.conditions.iter().flatten().find(|condition| condition.type_ == kind)
}

/// Whether the condition of a type has this reason.
pub(super) fn has_reason(status: &DeploymentStatus, kind: &str, reason: &str) -> bool {
    find(status, kind).is_some_and(|condition| condition.reason.as_deref() == Some(reason))
}

/// Removes the condition of a type.
pub(super) fn remove(status: &mut DeploymentStatus, kind: &str) {
    if let Some(conditions) = &mut status.conditions {
        conditions.retain(|condition| condition.type_ != kind);
    }
}

/// Sets a condition, unless the same one (status and reason) is there already.
///
/// The time of transition is kept when only the reason changes.
pub(super) fn set(status: &mut DeploymentStatus, mut condition: DeploymentCondition) {
    if let Some(current) = find(status, &condition.type_)
        && current.status == condition.status
    {
        if current.reason == condition.reason {
            return;
        }
        condition.last_transition_time = current.last_transition_time.clone();
    }
    remove(status, &condition.type_);
    status.conditions.get_or_insert_default().push(condition);
}
