//! Deployments: rolls from one ReplicaSet to the next.
//!
//! **Invariant:** a Deployment is only ever changed in its status and its revision annotation; pods are
//! changed through the size of ReplicaSets, at most by what the strategy allows.

mod condition;
mod newest;
mod resize;
mod revision;
mod rolling;
mod rollout;
mod status;

use std::future::Future;

use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet};
use k8s_openapi::api::core::v1::Pod;

use crate::Context;
use crate::cache::{Change, Key};
use crate::queue::Queue;

/// How many Deployments are looked at at a time.
const WORKERS: usize = 8;

/// Runs the controller.
pub(crate) fn run(context: &Context) -> impl Future<Output = ()> + Send + use<> {
    let deployments = context.cache.lister::<Deployment>();
    let sets = context.cache.lister::<ReplicaSet>();
    let pods = context.cache.lister::<Pod>();
    let queue = Queue::new("deployment");

    let own = queue.clone();
    deployments.on_change(move |change| own.add(change.key.clone()));
    let owners = queue.clone();
    sets.on_change(move |change| {
        for owner in owners_of(change, "Deployment") {
            owners.add(owner);
        }
    });
    // Recreating waits for the last old pod to go.
    let (recreated, all_sets, all) = (queue.clone(), sets.clone(), deployments.clone());
    pods.on_change(move |change| {
        if change.new.is_some() {
            return;
        }
        for set in owners_of(change, "ReplicaSet") {
            let Some(head) = all_sets.store().head(&set) else { continue };
            let Some(owner) = head.controller("Deployment") else { continue };
            let key = Key::new(&set.namespace, &owner.name);
            if all.get(&key).is_some_and(|deployment| !rolling::is_rolling(&deployment)) {
                recreated.add(key);
            }
        }
    });

    let worker = rollout::Rollout::new(context, deployments, sets, pods, queue.clone());
    let context = context.clone();
    async move {
        context.cache.synced().await;
        queue.work(WORKERS, &context.cancel, |key| worker.sync(key)).await;
    }
}

/// The keys of the controllers of that kind that an object had or has.
fn owners_of(change: &Change<'_>, kind: &str) -> Vec<Key> {
    let mut keys: Vec<Key> = [change.old, change.new]
        .into_iter()
        .flatten()
        .filter_map(|head| head.controller(kind))
        .map(|owner| Key::new(&change.key.namespace, &owner.name))
        .collect();
    keys.dedup();
    keys
}
