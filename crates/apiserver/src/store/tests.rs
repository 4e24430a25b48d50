//! The store against a plain model: whatever is written, list and watch tell the same story.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};

use proptest::prelude::{Strategy, any, prop_assert_eq, proptest};
use serde_json::json;

use super::*;

fn pods() -> &'static Resource {
    kinds::find("", "v1", "pods").expect("it is built in")
}

fn pod(name: &str, step: usize) -> Value {
    json!({"metadata": {"name": name, "namespace": "n", "annotations": {"step": step.to_string()}}})
}

/// A store with the namespace `n`, whose clock is at a number of seconds.
fn store_at(seconds: &Arc<AtomicI64>) -> Store {
    let seconds = Arc::clone(seconds);
    let clock = move || Timestamp::from_second(seconds.load(Ordering::Relaxed)).unwrap();
    let store = Store::new(Arc::new(clock));
    let value = json!({"metadata": {"name": "n"}});
    store.commit(vec![Change::Create { resource: namespace_resource(), value }]).unwrap();
    store
}

fn store() -> Store {
    store_at(&Arc::default())
}

#[test]
fn nothing_new_comes_into_a_namespace_that_goes_away() {
    let store = store();
    let create = |name: &str| Change::Create { resource: pods(), value: pod(name, 0) };
    let namespace = store.get(namespace_resource(), "", "n").unwrap();
    store.commit(vec![create("a")]).unwrap();
    let mut value = namespace.value();
    value["status"]["phase"] = "Terminating".into();
    let expected = namespace.revision;
    let resource = namespace_resource();
    store.commit(vec![Change::Replace { resource, expected, value }]).unwrap();

    let refused = store.commit(vec![create("b")]).unwrap_err();

    assert_eq!(refused.why, Refused::Homeless);
    let ending = store.get(resource, "", "n").unwrap();
    let (expected, last) = (ending.revision, ending.value());
    store.commit(vec![Change::Remove { resource, expected, last }]).unwrap();
    assert_eq!(store.commit(vec![create("c")]).unwrap_err().why, Refused::Homeless);
}

#[test]
fn an_event_is_dropped_an_hour_after_it_was_last_written() {
    let now = Arc::new(AtomicI64::new(0));
    let store = store_at(&now);
    let events = lifetimes::resource();
    let event = |name: &str| json!({"metadata": {"name": name, "namespace": "n"}});
    for name in ["told-once", "told-again"] {
        store.commit(vec![Change::Create { resource: events, value: event(name) }]).unwrap();
    }
    now.store(1800, Ordering::Relaxed);
    let expected = store.get(events, "n", "told-again").unwrap().revision;
    let value = event("told-again");
    store.commit(vec![Change::Replace { resource: events, expected, value }]).unwrap();

    now.store(3600, Ordering::Relaxed);
    store.expire();

    assert!(store.get(events, "n", "told-once").is_none());
    assert!(store.get(events, "n", "told-again").is_some());
    assert_eq!(store.next_expiry(), Some(Timestamp::from_second(5400).unwrap()));
    now.store(5400, Ordering::Relaxed);
    store.expire();
    assert_eq!(store.snapshot(events).within("").count(), 0);
    assert_eq!(store.next_expiry(), None);
}

#[test]
fn a_write_based_on_an_older_revision_is_refused_and_changes_nothing() {
    let store = store();
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
    let store = store();
    store.commit(vec![Change::Create { resource: pods(), value: pod("a", 0) }]).unwrap();

    let snapshot = store.snapshot(pods());
    store.commit(vec![Change::Create { resource: pods(), value: pod("b", 0) }]).unwrap();

    assert_eq!(snapshot.within("n").count(), 1);
    assert_eq!(snapshot.within("m").count(), 0);
}

#[test]
fn revisions_that_left_the_window_are_gone() {
    let store = store();
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
        let store = store();
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
