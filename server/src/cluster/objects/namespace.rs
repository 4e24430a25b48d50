//! The namespaces of a lab.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Namespace;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::{EXPIRES, Owner, PLANE};

/// A namespace whose pods must be `restricted`; `plane` is `cp`, `dp` or, for the toolbox, none.
pub(in crate::cluster) fn namespace(
    owner: Owner<'_>,
    name: &str,
    plane: Option<&str>,
    expires: &str,
) -> Namespace {
    let mut labels = owner.labels();
    for mode in ["enforce", "warn", "audit"] {
        labels.insert(format!("pod-security.kubernetes.io/{mode}"), "restricted".to_owned());
    }
    if let Some(plane) = plane {
        labels.insert(PLANE.to_owned(), plane.to_owned());
    }
    Namespace {
        metadata: ObjectMeta {
            name: Some(name.to_owned()),
            labels: Some(labels),
            annotations: Some(BTreeMap::from([(EXPIRES.to_owned(), expires.to_owned())])),
            ..ObjectMeta::default()
        },
        ..Namespace::default()
    }
}
