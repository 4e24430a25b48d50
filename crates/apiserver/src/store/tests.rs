//! The store against a plain model: whatever is written, list and watch tell the same story.

use std::collections::BTreeMap;

use proptest::prelude::{Strategy, any, prop_assert_eq, proptest};
use serde_json::json;

use super::*;

fn pods() -> &'static Resource {
    kinds::find("", "v1", "pods").expect("it is built in")
}

fn pod(name: &str, step: usize) -> Value {
    json!({"metadata": {"name": name, "namespace": "n", "annotations": {"step": step.to_string()}}})
}

#[test]
fn a_write_based_on_an_older_revision_is_refused_and_changes_nothing() {
    let store = Store::new();
    store.commit(vec![Change::Create { resource: pods(), value: pod("a", 0) }]).unwrap();
    let before = store.revision();

    let changes = vec![
        Change::Create { resource: pods(), value: pod("b", 0) },
        Change::Replace { resource: pods(), expected: 1, value: pod("a", 1) },
    ];
    let refused = store.commit(changes).unwrap_err();

    assert_eq!(refused, Conflict { index: 1, why: Refused::Modified });
    assert_eq!(store.revision(), before);
    assert!(store.get(pods(), "n", "b").is_none());
}

#[test]
fn a_snapshot_does_not_see_later_writes() {
    let store = Store::new();
    store.commit(vec![Change::Create { resource: pods(), value: pod("a", 0) }]).unwrap();

    let snapshot = store.snapshot(pods());
    store.commit(vec![Change::Create { resource: pods(), value: pod("b", 0) }]).unwrap();

    assert_eq!(snapshot.within("n").count(), 1);
    assert_eq!(snapshot.within("m").count(), 0);
}

#[test]
fn revisions_that_left_the_window_are_gone() {
    let store = Store::new();
    for step in 0..5000 {
        let name = format!("p{step}");
        store.commit(vec![Change::Create { resource: pods(), value: pod(&name, 0) }]).unwrap();
    }

    let old = store.events_after(pods(), 2, 10);

    assert!(old.is_err());
    assert_eq!(store.events_after(pods(), store.revision() - 3, 10).unwrap().len(), 3);
}

fn writes() -> impl Strategy<Value = Vec<(u8, u8)>> {
    proptest::collection::vec((any::<u8>(), 0..6_u8), 0..80)
}

fn attempt(store: &Store, action: u8, name: &str, step: usize) {
    let current = store.get(pods(), "n", name);
    let change = match (action % 3, current) {
        (0, _) | (_, None) => Change::Create { resource: pods(), value: pod(name, step) },
        (1, Some(it)) => {
            Change::Replace { resource: pods(), expected: it.revision, value: pod(name, step) }
        }
        (_, Some(it)) => {
            Change::Remove { resource: pods(), expected: it.revision, last: it.value() }
        }
    };
    let _ = store.commit(vec![change]);
}

proptest! {
    #[test]
    fn a_list_and_the_events_after_it_give_the_present(steps in writes(), cut in 0..80_usize) {
        let store = Store::new();
        let mut replayed: BTreeMap<Box<str>, u64> = BTreeMap::new();
        let mut from = 1;
        for (step, (action, name)) in steps.iter().enumerate() {
            if step == cut {
                let snapshot = store.snapshot(pods());
                from = snapshot.revision;
                replayed = snapshot.within("").map(|it| (it.name.clone(), it.revision)).collect();
            }
            attempt(&store, *action, &format!("p{name}"), step);
        }

        let mut last = from;
        for event in store.events_after(pods(), from, usize::MAX).unwrap() {
            assert!(event.object.revision > last);
            last = event.object.revision;
            match event.happened {
                Happened::Added | Happened::Modified => {
                    replayed.insert(event.object.name.clone(), event.object.revision);
                }
                Happened::Deleted => { replayed.remove(&event.object.name); }
            }
        }

        let present: BTreeMap<Box<str>, u64> = store
            .snapshot(pods()).within("").map(|it| (it.name.clone(), it.revision)).collect();
        if cut < steps.len() || from == 1 {
            prop_assert_eq!(replayed, present);
        }
    }
}
