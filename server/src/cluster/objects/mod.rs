//! The objects of a lab: one pure builder a kind, typed, applied by field manager `hangar`.

mod access;
mod namespace;
mod policy;
mod quota;
mod toolbox;

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

pub(super) use access::{learner_account, role_binding};
pub(super) use namespace::namespace;
pub(super) use policy::{lab_policy, toolbox_policy};
pub(super) use quota::{limit_range, resource_quota};
pub(super) use toolbox::{TOOLBOX, ToolboxFiles, files, toolbox};

use super::LabNames;

/// Marks everything that Hangar owns.
pub(super) const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
/// Names the installation that owns it, so that two of them can share a cluster.
pub(super) const INSTALLATION: &str = "hangar.dev/installation";
/// Names the lab.
pub(super) const LAB: &str = "hangar.dev/lab";
/// Says which plane a namespace is for.
pub(super) const PLANE: &str = "hangar.dev/plane";
/// When the lab ends by itself, in RFC 3339; an annotation.
pub(super) const EXPIRES: &str = "hangar.dev/expires";

/// What one lab may use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Pods in each plane's namespace.
    pub pods: u32,
    /// Requested CPU in each plane's namespace, a Kubernetes quantity.
    pub requests_cpu: String,
    /// Requested memory in each plane's namespace.
    pub requests_memory: String,
    /// Limit of CPU in each plane's namespace.
    pub limits_cpu: String,
    /// Limit of memory in each plane's namespace.
    pub limits_memory: String,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            pods: 20,
            requests_cpu: "3".to_owned(),
            requests_memory: "4Gi".to_owned(),
            limits_cpu: "16".to_owned(),
            limits_memory: "8Gi".to_owned(),
        }
    }
}

/// Whose an object is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Owner<'a> {
    pub(super) names: &'a LabNames,
    pub(super) installation: &'a str,
}

impl Owner<'_> {
    fn labels(&self) -> BTreeMap<String, String> {
        BTreeMap::from([
            (MANAGED_BY.to_owned(), "hangar".to_owned()),
            (INSTALLATION.to_owned(), self.installation.to_owned()),
            (LAB.to_owned(), self.names.id.clone()),
        ])
    }

    fn metadata(&self, namespace: &str, name: &str) -> ObjectMeta {
        ObjectMeta {
            name: Some(name.to_owned()),
            namespace: Some(namespace.to_owned()),
            labels: Some(self.labels()),
            ..ObjectMeta::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_object_says_whose_it_is() {
        let names = LabNames::new("l1", "ada-x");
        let owner = Owner { names: &names, installation: "i1" };

        let labels = owner.metadata("ada-x-cp", "rules").labels.unwrap();

        assert_eq!(labels[LAB], "l1");
        assert_eq!(labels[INSTALLATION], "i1");
        assert_eq!(labels[MANAGED_BY], "hangar");
    }
}
