//! Why there is no pod that a label selector would find, or not enough of them: what could make one is refused its pods, or asks for none.

use serde_json::Value;

use super::{Suspect, kind, refusal};
use crate::reason::Reason;
use crate::view::{Plane, View, at, text};

/// What keeps pods away whose labels `wanted` accepts, where there is none of them.
pub(crate) fn pods(
    wanted: impl Fn(&Value) -> bool,
    plane: Plane,
    view: &View<'_>,
) -> Option<Reason> {
    makers(wanted, plane, view, |suspect| refusal(suspect, view).or_else(|| asks_for_none(suspect)))
}

/// Why there are no more of the pods whose labels `wanted` accepts.
pub(crate) fn more_pods(
    wanted: impl Fn(&Value) -> bool,
    plane: Plane,
    view: &View<'_>,
) -> Option<Reason> {
    makers(wanted, plane, view, |suspect| refusal(suspect, view))
}

/// The first reason that `why` gives for a workload whose pods `wanted` would accept; a pod template is asked as the pod itself
/// would be.
fn makers(
    wanted: impl Fn(&Value) -> bool,
    plane: Plane,
    view: &View<'_>,
    why: impl Fn(&Suspect<'_>) -> Option<Reason>,
) -> Option<Reason> {
    let would_make = |object: &Value| at(object, &["spec", "template"]).is_some_and(&wanted);
    ["Deployment.apps", "ReplicaSet.apps"].into_iter().filter_map(kind).find_map(|kind| {
        let objects = view.objects.list(&kind, plane);
        let mut suspects = objects.iter().filter(|object| would_make(object));
        suspects.find_map(|object| why(&Suspect { kind: &kind, plane, object }))
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
