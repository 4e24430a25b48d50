//! The latest known state of every lab's namespaces.
//!
//! ```text
//! Kubernetes watches ──► Index (one writer) ──► labs, checking, pages (many readers)
//! ```
//!
//! **Invariant:** only the watch tasks write objects. A reader takes a lab's objects as they were at one moment, never
//! half of an update. Objects are kept as pruned JSON bytes and parsed when they are looked at.
//!
//! **Deliberately absent:** anything about lessons or checks. This module could serve a dashboard just as well.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use bytes::Bytes;
use curriculum::{Kind, Objects, Plane};
use serde_json::Value;

use super::changes::{Change, Changes};
use super::names::LabNames;
use super::sight::Unseen;

/// A namespace of a lab on the cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundNamespace {
    /// Whether it is being deleted.
    pub terminating: bool,
}

/// A lab's toolbox pod.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Toolbox {
    /// There is none.
    #[default]
    Absent,
    /// It is there, and comes or goes.
    Waits,
    /// It answers.
    Ready,
    /// It has ended for good, e.g. by eviction.
    Over,
    /// Labs on this cluster have none.
    Unwanted,
}

/// Where an object stands: kind, plane (none for the toolbox's namespace), name.
type Place = (Kind, Option<Plane>, String);

/// The objects of one lab at one moment. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct LabObjects {
    objects: Arc<BTreeMap<Place, Bytes>>,
}

impl LabObjects {
    /// Every object of a plane, with its kind.
    pub fn all(&self, plane: Plane) -> impl Iterator<Item = (&Kind, Value)> {
        self.objects
            .iter()
            .filter(move |((_, at, _), _)| *at == Some(plane))
            .filter_map(|((kind, _, _), bytes)| Some((kind, parsed(bytes)?)))
    }
}

impl Objects for LabObjects {
    fn get(&self, kind: &Kind, plane: Plane, name: &str) -> Option<Value> {
        parsed(self.objects.get(&(kind.clone(), Some(plane), name.to_owned()))?)
    }

    fn list(&self, kind: &Kind, plane: Plane) -> Vec<Value> {
        let first = (kind.clone(), Some(plane), String::new());
        self.objects
            .range(first..)
            .take_while(|((of, at, _), _)| of == kind && *at == Some(plane))
            .filter_map(|(_, bytes)| parsed(bytes))
            .collect()
    }
}

fn parsed(bytes: &Bytes) -> Option<Value> {
    // The bytes were written by this module from a parsed object.
    serde_json::from_slice(bytes).ok()
}

impl Toolbox {
    fn of(pod: &Value) -> Self {
        let conditions = pod.pointer("/status/conditions").and_then(Value::as_array);
        let ready = |one: &Value| one["type"] == "Ready" && one["status"] == "True";
        let phase = pod.pointer("/status/phase").and_then(Value::as_str).unwrap_or_default();
        if !pod["metadata"]["deletionTimestamp"].is_null() {
            Self::Waits
        } else if matches!(phase, "Failed" | "Succeeded") {
            Self::Over
        } else if conditions.is_some_and(|conditions| conditions.iter().any(ready)) {
            Self::Ready
        } else {
            Self::Waits
        }
    }
}

#[derive(Debug, Default)]
struct Lab {
    objects: LabObjects,
    /// Asked for far more often than the pod changes.
    toolbox: Toolbox,
    namespaces: HashMap<String, FoundNamespace>,
    revision: u64,
}

#[derive(Debug, Default)]
struct State {
    /// Which lab and plane a namespace belongs to; every other namespace is not kept.
    tracked: HashMap<String, (String, Option<Plane>)>,
    labs: HashMap<String, Lab>,
    /// Namespaces on the cluster that carry this installation's label, with their lab.
    owned: HashMap<String, String>,
    /// Kinds whose watch is complete and alive.
    synced: HashSet<String>,
    answering: bool,
    /// Why the cluster is out of sight, as it was last found; none while it is in sight.
    unseen: Option<Unseen>,
}

/// The latest known state of every lab.
#[derive(Debug)]
pub struct Index {
    state: RwLock<State>,
    readers: Vec<Arc<Changes>>,
    kinds: usize,
}

impl Index {
    /// An empty index over this many watched kinds, which wakes its readers.
    pub fn new(kinds: usize, readers: Vec<Arc<Changes>>) -> Self {
        Self { state: RwLock::default(), readers, kinds }
    }

    fn read(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps what is in a lab's namespaces from now on. Called before they are created.
    pub fn track(&self, names: &LabNames) {
        let mut state = self.write();
        let planes = [Some(Plane::Cp), Some(Plane::Dp), None];
        for (namespace, plane) in names.namespaces().into_iter().zip(planes) {
            state.tracked.insert(namespace, (names.id.clone(), plane));
        }
        state.labs.entry(names.id.clone()).or_default();
    }

    /// Forgets a lab that is gone.
    pub fn forget(&self, names: &LabNames) {
        let mut state = self.write();
        for namespace in names.namespaces() {
            state.tracked.remove(&namespace);
        }
        state.labs.remove(&names.id);
        drop(state);
        for reader in &self.readers {
            reader.mark_lab(&names.id);
        }
    }

    /// The lab's objects as they are now.
    pub fn objects(&self, lab: &str) -> LabObjects {
        self.read().labs.get(lab).map(|lab| lab.objects.clone()).unwrap_or_default()
    }

    /// Grows whenever an object of the lab changes.
    pub fn revision(&self, lab: &str) -> u64 {
        self.read().labs.get(lab).map_or(0, |lab| lab.revision)
    }

    /// How many of the lab's namespaces exist, and how many of those are being deleted.
    pub fn count_namespaces(&self, lab: &str) -> (usize, usize) {
        let state = self.read();
        let Some(lab) = state.labs.get(lab) else { return (0, 0) };
        let terminating = lab.namespaces.values().filter(|one| one.terminating).count();
        (lab.namespaces.len(), terminating)
    }

    /// Namespaces of this installation on the cluster, with the lab that they are labelled with.
    pub fn owned_namespaces(&self) -> HashMap<String, String> {
        self.read().owned.clone()
    }

    /// How the lab's toolbox pod is.
    pub fn toolbox(&self, lab: &str) -> Toolbox {
        self.read().labs.get(lab).map_or(Toolbox::Absent, |lab| lab.toolbox)
    }

    /// Whether the lab's toolbox pod is ready.
    pub fn toolbox_is_ready(&self, lab: &str) -> bool {
        self.toolbox(lab) == Toolbox::Ready
    }

    /// Whether the index shows the cluster as it is: every watch is alive and the API server answers.
    pub fn is_current(&self) -> bool {
        let state = self.read();
        state.answering && state.synced.len() == self.kinds
    }

    /// Why the cluster is out of sight; nothing while it is in sight, or not yet looked at.
    pub fn unseen(&self) -> Option<Unseen> {
        self.read().unseen
    }

    /// Notes why the cluster is out of sight; `true` if that is news.
    pub(super) fn set_unseen(&self, why: Unseen) -> bool {
        self.write().unseen.replace(why) != Some(why)
    }

    /// Notes whether the API server answers.
    pub(super) fn set_answering(&self, answering: bool) {
        let before = self.is_current();
        self.write().answering = answering;
        self.tell_if_changed(before);
    }

    /// Notes whether a kind's watch is complete and alive.
    pub(super) fn set_synced(&self, kind: &str, synced: bool) {
        let before = self.is_current();
        let mut state = self.write();
        if synced {
            state.synced.insert(kind.to_owned());
        } else {
            state.synced.remove(kind);
        }
        drop(state);
        self.tell_if_changed(before);
    }

    fn tell_if_changed(&self, before: bool) {
        let current = self.is_current();
        if current && self.write().unseen.take().is_some() {
            tracing::info!("The cluster is in sight again");
        }
        if current != before {
            for reader in &self.readers {
                reader.mark_everything();
            }
        }
    }

    /// An object exists with this content.
    pub(super) fn apply(&self, kind: &Kind, namespace: &str, name: &str, content: Bytes) {
        self.set(kind, namespace, name, Some(content));
    }

    /// An object is gone.
    pub(super) fn delete(&self, kind: &Kind, namespace: &str, name: &str) {
        self.set(kind, namespace, name, None);
    }

    fn set(&self, kind: &Kind, namespace: &str, name: &str, content: Option<Bytes>) {
        let mut state = self.write();
        let Some((lab_id, plane)) = state.tracked.get(namespace).cloned() else { return };
        let Some(lab) = state.labs.get_mut(&lab_id) else { return };
        let key: Place = (kind.clone(), plane, name.to_owned());
        if lab.objects.objects.get(&key) == content.as_ref() {
            return;
        }
        if plane.is_none() && kind.kind == "Pod" && name == super::objects::TOOLBOX {
            let pod = content.as_ref().and_then(parsed);
            lab.toolbox = pod.map_or(Toolbox::Absent, |pod| Toolbox::of(&pod));
        }
        let objects = Arc::make_mut(&mut lab.objects.objects);
        match content {
            Some(content) => objects.insert(key, content),
            None => objects.remove(&key),
        };
        lab.revision += 1;
        drop(state);
        let change = Change { kind: kind.clone(), plane, name: name.to_owned() };
        for reader in &self.readers {
            reader.mark(&lab_id, change.clone());
        }
    }

    /// Only these objects of a kind exist: what else is known of it is gone.
    pub(super) fn retain(&self, kind: &Kind, existing: &HashSet<(String, String)>) {
        let state = self.read();
        let mut gone = Vec::new();
        for (namespace, (lab, plane)) in &state.tracked {
            let Some(lab) = state.labs.get(lab) else { continue };
            for (of, at, name) in lab.objects.objects.keys() {
                let here = of == kind && at == plane;
                if here && !existing.contains(&(namespace.clone(), name.clone())) {
                    gone.push((namespace.clone(), name.clone()));
                }
            }
        }
        drop(state);
        for (namespace, name) in gone {
            self.delete(kind, &namespace, &name);
        }
    }

    /// A namespace of this installation exists, or is gone.
    pub(super) fn set_namespace(&self, name: &str, lab: &str, found: Option<FoundNamespace>) {
        let mut state = self.write();
        match &found {
            Some(_) => state.owned.insert(name.to_owned(), lab.to_owned()),
            None => state.owned.remove(name),
        };
        if let Some(lab) = state.labs.get_mut(lab) {
            match found {
                Some(found) => lab.namespaces.insert(name.to_owned(), found),
                None => lab.namespaces.remove(name),
            };
            lab.revision += 1;
        }
        drop(state);
        for reader in &self.readers {
            reader.mark_lab(lab);
        }
    }

    /// Only these namespaces of this installation exist.
    pub(super) fn retain_namespaces(&self, existing: &HashSet<String>) {
        let owned = self.owned_namespaces();
        for (name, lab) in owned.iter().filter(|(name, _)| !existing.contains(*name)) {
            self.set_namespace(name, lab, None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod() -> Kind {
        "Pod".parse().unwrap()
    }

    fn index() -> (Index, Arc<Changes>, LabNames) {
        let changes = Arc::new(Changes::default());
        let index = Index::new(1, vec![Arc::clone(&changes)]);
        let names = LabNames::new("l1", "ada-x");
        index.track(&names);
        (index, changes, names)
    }

    #[test]
    fn a_change_is_seen_and_told_once() {
        let (index, changes, names) = index();

        index.apply(&pod(), &names.dp(), "a", Bytes::from_static(b"{\"x\":1}"));
        index.apply(&pod(), &names.dp(), "a", Bytes::from_static(b"{\"x\":1}"));

        assert_eq!(index.objects("l1").get(&pod(), Plane::Dp, "a").unwrap()["x"], 1);
        assert_eq!(index.objects("l1").list(&pod(), Plane::Cp).len(), 0);
        assert_eq!(changes.take().by_lab["l1"].objects.len(), 1);
        assert_eq!(index.revision("l1"), 1);
    }

    #[test]
    fn other_namespaces_are_not_kept() {
        let (index, changes, _) = index();

        index.apply(&pod(), "kube-system", "a", Bytes::from_static(b"{}"));

        assert_eq!(changes.take(), super::super::changes::Batch::default());
    }

    #[test]
    fn a_reader_keeps_what_it_took() {
        let (index, _, names) = index();
        index.apply(&pod(), &names.dp(), "a", Bytes::from_static(b"{}"));

        let taken = index.objects("l1");
        index.delete(&pod(), &names.dp(), "a");

        assert!(taken.get(&pod(), Plane::Dp, "a").is_some());
        assert!(index.objects("l1").get(&pod(), Plane::Dp, "a").is_none());
    }

    #[test]
    fn a_relist_removes_what_is_gone() {
        let (index, _, names) = index();
        index.apply(&pod(), &names.dp(), "a", Bytes::from_static(b"{}"));
        index.apply(&pod(), &names.dp(), "b", Bytes::from_static(b"{}"));

        index.retain(&pod(), &HashSet::from([(names.dp(), "b".to_owned())]));

        let names: Vec<Value> = index.objects("l1").list(&pod(), Plane::Dp);
        assert_eq!(names.len(), 1);
    }

    #[test]
    fn it_is_current_only_while_everything_is_in_sight() {
        let (index, changes, _) = index();
        assert!(!index.is_current());

        index.set_answering(true);
        index.set_synced("Pod", true);
        assert!(index.is_current());
        assert!(changes.take().everything);

        index.set_answering(false);
        assert!(!index.is_current());
        assert!(changes.take().everything);
    }
}
