//! Why there is no pod that a label selector would find: what could make one is refused its pods, or asks for none.

use serde_json::Value;

use super::{Suspect, kind, refusal};
use crate::reason::Reason;
use crate::view::{Plane, View, at, text};

/// What keeps pods away whose labels `wanted` accepts; a pod template is asked as the pod itself would be.
pub(crate) fn pods(
    wanted: impl Fn(&Value) -> bool,
    plane: Plane,
    view: &View<'_>,
) -> Option<Reason> {
    let makers = ["Deployment.apps", "ReplicaSet.apps"].into_iter().filter_map(kind);
    makers.into_iter().find_map(|kind| {
        let would_make = |object: &Value| at(object, &["spec", "template"]).is_some_and(&wanted);
        view.objects.list(&kind, plane).iter().filter(|object| would_make(object)).find_map(
            |object| {
                let suspect = Suspect { kind: &kind, plane, object };
                refusal(&suspect, view).or_else(|| asks_for_none(&suspect))
            },
        )
    })
}

/// A workload that is scaled to nothing. A `ReplicaSet` with an owner is scaled by it, and its zero is no news.
pub(super) fn asks_for_none(suspect: &Suspect<'_>) -> Option<Reason> {
    let owned = at(suspect.object, &["metadata", "ownerReferences"]).is_some();
    let none = at(suspect.object, &["spec", "replicas"])? == 0;
    let name = text(suspect.object, &["metadata", "name"])?;
    (none && !owned).then(|| {
        Reason::new("asks-for-none").with("kind", suspect.kind.kind).with("name", name).about(
            suspect.kind,
            suspect.plane,
            name,
        )
    })
}
