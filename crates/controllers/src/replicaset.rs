//! ReplicaSets: as many pods as were asked for.
//!
//! **Invariant:** a ReplicaSet acts only on what it has seen: after creating or deleting pods it waits
//! until the cache shows them, so a slow watch never makes it create too many.

use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::future::join_all;
use k8s_openapi::api::apps::v1::{ReplicaSet, ReplicaSetCondition, ReplicaSetStatus};
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::json;
use tokio::time::Instant;

use crate::api::{self, CONTROLLER_MANAGER, Deletion};
use crate::cache::{Change, Key, Kind, Lister};
use crate::events::{Recorder, Type, reference};
use crate::queue::Queue;
use crate::{Context, Error, owners, pods};

const WORKERS: usize = 8;
/// How many pods are created or deleted in one go.
const BURST: usize = 500;
/// After how long a pod that never showed up is no longer waited for.
const PATIENCE: Duration = Duration::from_mins(5);
/// How many names of deleted pods one API call error may name before it is cut.
const FAILURE: &str = "ReplicaFailure";

/// What has been done and not seen yet: uids of created pods, and of those deleted.
#[derive(Default)]
struct Expected {
    created: BTreeSet<String>,
    deleted: BTreeSet<String>,
    since: Option<Instant>,
}

struct Controller {
    context: Context,
    sets: Lister<ReplicaSet>,
    pods: Lister<Pod>,
    queue: Arc<Queue<Key>>,
    recorder: Recorder,
    expected: Arc<Mutex<BTreeMap<Key, Expected>>>,
    kind: Kind,
    pod_kind: Kind,
}

/// Runs the controller.
pub(crate) fn run(context: &Context) -> impl Future<Output = ()> + Send + use<> {
    let sets = context.cache.lister::<ReplicaSet>();
    let pods = context.cache.lister::<Pod>();
    let queue = Queue::new("replicaset");
    let expected = Arc::<Mutex<BTreeMap<Key, Expected>>>::default();
    let controller = Controller {
        context: context.clone(),
        sets: sets.clone(),
        pods: pods.clone(),
        queue: queue.clone(),
        recorder: context.recorders.recorder("replicaset-controller"),
        expected: Arc::clone(&expected),
        kind: Kind::of::<ReplicaSet>(),
        pod_kind: Kind::of::<Pod>(),
    };
    let own = queue.clone();
    sets.on_change(move |change| own.add(change.key.clone()));
    let all = sets.clone();
    let waiting = queue.clone();
    pods.on_change(move |change| {
        note_seen(change, &expected);
        wake_owners(change, &all, &waiting);
    });
    async move {
        let Controller { context, queue, .. } = &controller;
        context.cache.synced().await;
        queue.work(WORKERS, &context.cancel, |key| controller.sync(key)).await;
    }
}

/// A pod that has shown up counts as seen, even if it is gone again before anybody looks.
fn note_seen(change: &Change<'_>, expected: &Mutex<BTreeMap<Key, Expected>>) {
    let Some(owner) = change.head().controller("ReplicaSet") else { return };
    let key = Key::new(&change.key.namespace, &owner.name);
    let mut expected = expected.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(expected) = expected.get_mut(&key) {
        expected.created.remove(&*change.head().uid);
    }
}

fn wake_owners(change: &Change<'_>, sets: &Lister<ReplicaSet>, queue: &Queue<Key>) {
    let mut owned = false;
    for head in [change.old, change.new].into_iter().flatten() {
        if let Some(owner) = head.controller("ReplicaSet") {
            owned = true;
            queue.add(Key::new(&change.key.namespace, &owner.name));
        }
    }
    if owned || change.new.is_none() {
        return;
    }
    // An orphan may be adopted by whoever selects it.
    let labels: BTreeMap<String, String> = change
        .head()
        .labels
        .iter()
        .map(|(name, value)| (String::from(&**name), String::from(&**value)))
        .collect();
    for set in sets.in_namespace(&change.key.namespace) {
        if set.spec.as_ref().is_some_and(|spec| owners::selects(&spec.selector, Some(&labels))) {
            queue.add(Key::of(&set.metadata));
        }
    }
}

impl Controller {
    fn expected(&self) -> MutexGuard<'_, BTreeMap<Key, Expected>> {
        self.expected.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the cache shows everything that was done.
    fn has_seen_all(&self, key: &Key, all: &[Pod]) -> bool {
        let mut expected = self.expected();
        let Some(waiting) = expected.get_mut(key) else { return true };
        let present: BTreeMap<&str, bool> = all
            .iter()
            .map(|pod| {
                let uid = pod.metadata.uid.as_deref().unwrap_or_default();
                (uid, pod.metadata.deletion_timestamp.is_some())
            })
            .collect();
        waiting.created.retain(|uid| !present.contains_key(uid.as_str()));
        waiting.deleted.retain(|uid| present.get(uid.as_str()) == Some(&false));
        let late = waiting.since.is_some_and(|since| since.elapsed() > PATIENCE);
        let done = waiting.created.is_empty() && waiting.deleted.is_empty();
        if done || late {
            expected.remove(key);
        }
        done || late
    }

    async fn sync(&self, key: Key) -> Result<(), Error> {
        let Some(set) = self.sets.get(&key) else {
            self.expected().remove(&key);
            return Ok(());
        };
        let all = self.pods.in_namespace(&key.namespace);
        let ready = self.has_seen_all(&key, &all);
        let uid = set.metadata.uid.as_deref().unwrap_or_default();
        let owned: Vec<&Pod> =
            all.iter().filter(|pod| owners::is_controlled_by(&pod.metadata, uid)).collect();
        let leaving = owned
            .iter()
            .filter(|pod| pod.metadata.deletion_timestamp.is_some() && !pods::has_ended(pod))
            .count();
        let active = self.claim(&set, &all).await?;

        let managed = if ready && set.metadata.deletion_timestamp.is_none() {
            self.manage(&key, &set, &active).await
        } else {
            Ok(())
        };
        let status = self.status(&set, &active, leaving, managed.as_ref().err());
        let old = set.status.clone().unwrap_or_default();
        let (client, meta) = (&self.context.client, &set.metadata);
        api::update_status(client, &self.kind, meta, CONTROLLER_MANAGER, &old, &status).await?;
        managed?;
        let minimum = set.spec.as_ref().and_then(|spec| spec.min_ready_seconds).unwrap_or_default();
        if minimum > 0 && status.ready_replicas != status.available_replicas {
            self.queue.add_after(key, self.until_available(&active, minimum));
        }
        Ok(())
    }

    fn until_available(&self, active: &[Pod], minimum: i32) -> Duration {
        let now = (self.context.clock)();
        let seconds = jiff::SignedDuration::from_secs(i64::from(minimum));
        active
            .iter()
            .filter_map(pods::ready_since)
            .map(|since| (since + seconds).duration_since(now))
            .filter(jiff::SignedDuration::is_positive)
            .min()
            .and_then(|left| Duration::try_from(left).ok())
            .unwrap_or(Duration::from_secs(1))
    }

    /// The active pods: its own, and matching orphans, which it adopts; those that no longer match
    /// are released.
    async fn claim(&self, set: &ReplicaSet, all: &[Pod]) -> Result<Vec<Pod>, Error> {
        let uid = set.metadata.uid.as_deref().unwrap_or_default();
        let Some(spec) = &set.spec else { return Ok(Vec::new()) };
        let mut active = Vec::new();
        for pod in all.iter().filter(|pod| pods::is_active(pod)) {
            let matches = owners::selects(&spec.selector, pod.metadata.labels.as_ref());
            let mut references = pod.metadata.owner_references.clone().unwrap_or_default();
            if owners::is_controlled_by(&pod.metadata, uid) {
                if matches {
                    active.push(pod.clone());
                    continue;
                }
                references.retain(|owner| owner.uid != uid);
            } else if matches
                && owners::controller_of(&pod.metadata).is_none()
                && set.metadata.deletion_timestamp.is_none()
            {
                references.push(owners::controller_reference(&self.kind, &set.metadata));
            } else {
                continue;
            }
            let patch = json!({"metadata": {
                "uid": pod.metadata.uid,
                "resourceVersion": pod.metadata.resource_version,
                "ownerReferences": references,
            }});
            let key = Key::of(&pod.metadata);
            let client = &self.context.client;
            let patched: Pod =
                api::merge(client, &self.pod_kind, &key, "", CONTROLLER_MANAGER, &patch).await?;
            if matches {
                active.push(patched);
            }
        }
        Ok(active)
    }

    async fn manage(&self, key: &Key, set: &ReplicaSet, active: &[Pod]) -> Result<(), Error> {
        let wanted = set.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1);
        let wanted = usize::try_from(wanted).unwrap_or_default();
        let present = active.len();
        match present.cmp(&wanted) {
            Ordering::Less => self.create(key, set, (wanted - present).min(BURST)).await,
            Ordering::Greater => self.remove(key, set, active, (present - wanted).min(BURST)).await,
            Ordering::Equal => Ok(()),
        }
    }

    /// Creates pods in batches that double, so that a namespace that is full is not flooded.
    async fn create(&self, key: &Key, set: &ReplicaSet, count: usize) -> Result<(), Error> {
        let template = set.spec.as_ref().and_then(|spec| spec.template.clone()).unwrap_or_default();
        let from = template.metadata.unwrap_or_default();
        let pod = Pod {
            metadata: ObjectMeta {
                generate_name: Some(format!("{}-", key.name)),
                namespace: Some(key.namespace.to_string()),
                labels: from.labels,
                annotations: from.annotations,
                finalizers: from.finalizers,
                owner_references: Some(vec![owners::controller_reference(
                    &self.kind,
                    &set.metadata,
                )]),
                ..Default::default()
            },
            spec: template.spec,
            status: None,
        };
        let about = reference(&self.kind, &set.metadata);
        let (mut left, mut batch) = (count, 1);
        while left > 0 {
            let now = batch.min(left);
            let client = &self.context.client;
            let creations = (0..now).map(|_| {
                api::create::<Pod>(client, &self.pod_kind, &key.namespace, CONTROLLER_MANAGER, &pod)
            });
            let mut failure = None;
            for result in join_all(creations).await {
                match result {
                    Ok(created) => {
                        let name = created.metadata.name.unwrap_or_default();
                        let message = format!("Created pod: {name}");
                        self.recorder.tell(&about, Type::Normal, "SuccessfulCreate", message);
                        let mut expected = self.expected();
                        let expected = expected.entry(key.clone()).or_default();
                        expected.created.extend(created.metadata.uid);
                        expected.since = Some(Instant::now());
                    }
                    Err(error) if error.namespace_is_terminating() => return Ok(()),
                    Err(error) => {
                        let message = format!("Error creating: {}", error.message());
                        self.recorder.tell(&about, Type::Warning, "FailedCreate", message);
                        failure = Some(error.told());
                    }
                }
            }
            if let Some(failure) = failure {
                return Err(failure);
            }
            left -= now;
            batch *= 2;
        }
        // The watch may have been quicker than the answers.
        self.queue.add(key.clone());
        Ok(())
    }

    async fn remove(
        &self,
        key: &Key,
        set: &ReplicaSet,
        active: &[Pod],
        count: usize,
    ) -> Result<(), Error> {
        let about = reference(&self.kind, &set.metadata);
        let client = &self.context.client;
        let deletions = least_valuable(active, count).into_iter().map(async |pod| {
            let uid = pod.metadata.uid.as_deref();
            let deletion = Deletion { uid, ..Deletion::default() };
            let result =
                api::delete(client, &self.pod_kind, &Key::of(&pod.metadata), &deletion).await;
            (pod, result)
        });
        let mut failure = None;
        for (pod, result) in join_all(deletions).await {
            let name = pod.metadata.name.as_deref().unwrap_or_default();
            match result {
                Ok(()) => {
                    let message = format!("Deleted pod: {name}");
                    self.recorder.tell(&about, Type::Normal, "SuccessfulDelete", message);
                    let mut expected = self.expected();
                    let expected = expected.entry(key.clone()).or_default();
                    expected.deleted.extend(pod.metadata.uid.clone());
                    expected.since = Some(Instant::now());
                }
                Err(error) => {
                    let message = format!("Error deleting: {}", error.message());
                    self.recorder.tell(&about, Type::Warning, "FailedDelete", message);
                    failure = Some(error.told());
                }
            }
        }
        self.queue.add(key.clone());
        failure.map_or(Ok(()), Err)
    }

    fn status(
        &self,
        set: &ReplicaSet,
        active: &[Pod],
        leaving: usize,
        failure: Option<&Error>,
    ) -> ReplicaSetStatus {
        let now = (self.context.clock)();
        let spec = set.spec.clone().unwrap_or_default();
        let minimum = spec.min_ready_seconds.unwrap_or_default();
        let labels = spec
            .template
            .and_then(|template| template.metadata)
            .and_then(|meta| meta.labels)
            .unwrap_or_default();
        let count = |accepts: &dyn Fn(&Pod) -> bool| {
            let count = active.iter().filter(|pod| accepts(pod)).count();
            Some(i32::try_from(count).unwrap_or(i32::MAX)).filter(|count| *count != 0)
        };
        let mut conditions = set.status.as_ref().and_then(|status| status.conditions.clone());
        let present = conditions.iter().flatten().any(|condition| condition.type_ == FAILURE);
        match failure {
            Some(failure) if !present => {
                let short = active.len() < usize::try_from(spec.replicas.unwrap_or(1)).unwrap_or(0);
                conditions.get_or_insert_default().push(ReplicaSetCondition {
                    type_: FAILURE.to_owned(),
                    status: "True".to_owned(),
                    reason: Some(if short { "FailedCreate" } else { "FailedDelete" }.to_owned()),
                    message: Some(failure.message()),
                    last_transition_time: Some(pods::seconds(now)),
                });
            }
            None if present => {
                if let Some(all) = &mut conditions {
                    all.retain(|it| it.type_ != FAILURE);
                }
                conditions = conditions.filter(|all| !all.is_empty());
            }
            Some(_) | None => {}
        }
        ReplicaSetStatus {
            replicas: i32::try_from(active.len()).unwrap_or(i32::MAX),
            fully_labeled_replicas: count(&|pod| {
                owners::contains(&labels, pod.metadata.labels.as_ref())
            }),
            ready_replicas: count(&pods::is_ready),
            available_replicas: count(&|pod| pods::is_available(pod, minimum, now)),
            terminating_replicas: i32::try_from(leaving).ok(),
            observed_generation: set.metadata.generation,
            conditions,
        }
    }
}

/// The pods that are missed least: unbound, not running, not ready, crowded, young.
fn least_valuable(active: &[Pod], count: usize) -> Vec<&Pod> {
    let mut on_node: BTreeMap<&str, usize> = BTreeMap::new();
    for pod in active.iter().filter(|pod| pods::is_ready(pod)) {
        *on_node.entry(pods::node(pod).unwrap_or_default()).or_default() += 1;
    }
    let mut ranked: Vec<&Pod> = active.iter().collect();
    ranked.sort_by_key(|pod| {
        let phase = match pods::phase(pod) {
            "Pending" => 0,
            "Unknown" => 1,
            _ => 2,
        };
        let cost: i64 = pod
            .metadata
            .annotations
            .as_ref()
            .and_then(|it| it.get("controller.kubernetes.io/pod-deletion-cost")?.parse().ok())
            .unwrap_or_default();
        let crowd = on_node.get(pods::node(pod).unwrap_or_default()).copied().unwrap_or_default();
        (
            (pods::node(pod).is_some(), phase, pods::is_ready(pod), cost),
            Reverse(crowd),
            Reverse(pods::ready_since(pod)),
            Reverse(pods::restarts(pod)),
            Reverse(pods::created(&pod.metadata)),
        )
    });
    ranked.truncate(count);
    ranked
}
