//! Who the learner is on the cluster, and what she may do.

use k8s_openapi::api::core::v1::ServiceAccount;
use k8s_openapi::api::rbac::v1::{RoleBinding, RoleRef, Subject};

use super::Owner;

/// The `ClusterRole` that the operator installs; the server may bind it and nothing else.
const LEARNER_ROLE: &str = "hangar-learner";
/// The service account that learners are.
pub(in crate::cluster) const LEARNER: &str = "learner";

/// The learner's service account, in the toolbox's namespace.
pub(in crate::cluster) fn learner_account(owner: Owner<'_>) -> ServiceAccount {
    ServiceAccount {
        metadata: owner.metadata(&owner.names.toolbox(), LEARNER),
        ..ServiceAccount::default()
    }
}

/// Lets the learner work in one plane's namespace.
pub(in crate::cluster) fn role_binding(owner: Owner<'_>, namespace: &str) -> RoleBinding {
    RoleBinding {
        metadata: owner.metadata(namespace, LEARNER),
        role_ref: RoleRef {
            api_group: Some("rbac.authorization.k8s.io".to_owned()),
            kind: "ClusterRole".to_owned(),
            name: LEARNER_ROLE.to_owned(),
        },
        subjects: Some(vec![Subject {
            kind: "ServiceAccount".to_owned(),
            name: LEARNER.to_owned(),
            namespace: Some(owner.names.toolbox()),
            api_group: None,
        }]),
    }
}
