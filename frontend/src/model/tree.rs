//! Lab objects as a tree: owner above owned, in the order in which they came.

use wire::{LabObject, Plane};

/// One line of the tree.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line<'a> {
    /// How many owners stand above it.
    pub depth: usize,
    /// The object.
    pub object: &'a LabObject,
}

/// The objects of one plane, each right below its owner. An object whose owner is elsewhere is a root; one that
/// owns itself in a circle is left out rather than shown for ever.
pub fn lines(objects: &[LabObject], plane: Plane) -> Vec<Line<'_>> {
    let here: Vec<_> = objects.iter().filter(|object| object.plane == plane).collect();
    let mut lines = Vec::with_capacity(here.len());
    for root in here.iter().filter(|object| is_root(object, &here)) {
        push(root, 0, &here, &mut lines);
    }
    lines
}

/// The objects that `owner` owns, directly or through others.
pub fn owned<'a>(objects: &'a [LabObject], owner: &LabObject) -> Vec<&'a LabObject> {
    let here: Vec<_> = objects.iter().filter(|object| object.plane == owner.plane).collect();
    let mut lines = Vec::new();
    for child in here.iter().filter(|object| object.owner.as_ref() == Some(&owner.uid)) {
        push(child, 1, &here, &mut lines);
    }
    lines.into_iter().map(|line| line.object).collect()
}

fn is_root(object: &LabObject, here: &[&LabObject]) -> bool {
    object.owner.as_ref().is_none_or(|owner| !here.iter().any(|other| &other.uid == owner))
}

fn push<'a>(
    object: &'a LabObject,
    depth: usize,
    here: &[&'a LabObject],
    lines: &mut Vec<Line<'a>>,
) {
    if depth > 8 || lines.len() > here.len() {
        return;
    }
    lines.push(Line { depth, object });
    for child in here.iter().filter(|child| child.owner.as_ref() == Some(&object.uid)) {
        push(child, depth + 1, here, lines);
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn object(kind: &str, name: &str, owner: Option<&str>) -> LabObject {
        LabObject {
            uid: format!("{kind}/{name}"),
            owner: owner.map(ToOwned::to_owned),
            plane: Plane::Dp,
            kind: kind.to_owned(),
            name: name.to_owned(),
            summary: "1 of 1 ready".to_owned(),
            healthy: Some(true),
            created_at: None,
            command: format!("kubectl get {kind} {name}"),
        }
    }

    #[test]
    fn what_is_owned_stands_below_its_owner() {
        let objects = [
            object("Deployment", "echo", None),
            object("Service", "echo", None),
            object("ReplicaSet", "echo-1", Some("Deployment/echo")),
            object("Pod", "echo-1-a", Some("ReplicaSet/echo-1")),
        ];

        let tree: Vec<_> = lines(&objects, Plane::Dp)
            .iter()
            .map(|line| (line.depth, line.object.kind.clone()))
            .collect();

        let expected = [(0, "Deployment"), (1, "ReplicaSet"), (2, "Pod"), (0, "Service")];
        assert_eq!(tree, expected.map(|(depth, kind)| (depth, kind.to_owned())));
        assert_eq!(owned(&objects, &objects[0]).len(), 2);
    }

    #[test]
    fn a_circle_of_owners_ends() {
        let objects = [object("A", "a", Some("A/a")), object("B", "b", Some("gone"))];

        assert_eq!(lines(&objects, Plane::Dp).len(), 1);
    }
}
