//! The scheduler: a node for each pod that has none.
//!
//! **Invariant:** one pod is decided at a time, on what is known of all others including those just
//! decided, so two decisions never share the same room.
//!
//! **Deliberately absent:** preemption, affinity between pods, preferences, volumes.

mod filter;
mod ledger;

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use k8s_openapi::api::core::v1::{Node, Pod, PodCondition};
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::api::{self, SCHEDULER};
use crate::cache::{Change, Key, Kind, Lister};
use crate::events::{Recorder, Source, Type, reference};
use crate::queue::Queue;
use crate::{Context, Error, pods};
use ledger::Ledger;

const NAME: &str = "default-scheduler";
/// How soon after something has changed a refused pod is tried again.
const BACK_OFF: Duration = Duration::from_secs(1);
/// After how long a refused pod is tried again in any case.
const FLUSH: Duration = Duration::from_mins(5);

/// What is known of a pod that no node would take.
#[derive(Clone, Copy, Debug)]
struct Refused {
    /// Whether some node lacked nothing but room, so that a pod that goes may help.
    lacks_room: bool,
}

struct Scheduler {
    context: Context,
    nodes: Lister<Node>,
    pods: Lister<Pod>,
    ledger: Mutex<Ledger>,
    refused: Mutex<BTreeMap<Key, Refused>>,
    /// When refused pods are tried again in any case; each stands in the queue once. An entry
    /// stays until its pod goes, so that a refusal costs the same however many there are.
    flushing: Mutex<BTreeMap<Key, Instant>>,
    queue: Arc<Queue<Key>>,
    recorder: Recorder,
    kind: Kind,
}

/// Runs the scheduler.
pub(crate) fn run(context: &Context) -> impl Future<Output = ()> + Send + use<> {
    let scheduler = Arc::new(Scheduler {
        context: context.clone(),
        nodes: context.cache.lister(),
        pods: context.cache.lister(),
        ledger: Mutex::default(),
        refused: Mutex::default(),
        flushing: Mutex::default(),
        queue: Queue::new("scheduler"),
        recorder: context.recorders.recorder_of(Source::Scheduler { action: "Scheduling" }),
        kind: Kind::of::<Pod>(),
    });
    let weak = Arc::downgrade(&scheduler);
    scheduler.pods.on_change(move |change| {
        if let Some(scheduler) = weak.upgrade() {
            scheduler.note_pod(change);
        }
    });
    let weak = Arc::downgrade(&scheduler);
    scheduler.nodes.on_change(move |change| {
        let matters = match (change.old, change.new) {
            (Some(_), Some(_)) => offer(change.before) != offer(change.bytes),
            _ => true,
        };
        if matters && let Some(scheduler) = weak.upgrade() {
            scheduler.try_refused(|_| true);
        }
    });
    async move {
        scheduler.context.cache.synced().await;
        let cancel = scheduler.context.cancel.clone();
        scheduler.queue.work(1, &cancel, |key| scheduler.sync(key)).await;
    }
}

/// What of a node decides where pods go; its heartbeat does not.
fn offer(bytes: &[u8]) -> Option<Value> {
    let node: Node = crate::cache::parse(bytes)?;
    let allocatable = node.status.and_then(|status| status.allocatable);
    serde_json::to_value((node.metadata.labels, node.spec, allocatable)).ok()
}

impl Scheduler {
    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn refused(&self) -> MutexGuard<'_, BTreeMap<Key, Refused>> {
        self.refused.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn flushing(&self) -> MutexGuard<'_, BTreeMap<Key, Instant>> {
        self.flushing.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note_pod(&self, change: &Change<'_>) {
        let Some(pod) = crate::cache::parse::<Pod>(change.bytes) else { return };
        let gone = change.new.is_none();
        let freed = self.ledger().note(&pod, gone);
        if gone {
            self.refused().remove(change.key);
            self.flushing().remove(change.key);
        } else if pods::node(&pod).is_none() && !self.refused().contains_key(change.key) {
            self.queue.add(change.key.clone());
        }
        if freed {
            self.try_refused(|why| why.lacks_room);
        }
    }

    /// Puts refused pods back whose refusal a change may have made untrue.
    fn try_refused(&self, may_help: impl Fn(&Refused) -> bool) {
        let again: Vec<Key> =
            self.refused().extract_if(.., |_, why| may_help(why)).map(|(key, _)| key).collect();
        for key in again {
            self.queue.add_after(key, BACK_OFF);
        }
    }

    /// Sees to it that a refused pod is tried again some day, once however often it is refused.
    fn flush_later(&self, key: &Key) {
        let now = Instant::now();
        let mut flushing = self.flushing();
        if flushing.get(key).is_none_or(|at| *at <= now) {
            flushing.insert(key.clone(), now + FLUSH);
            self.queue.add_after(key.clone(), FLUSH);
        }
    }

    async fn sync(&self, key: Key) -> Result<(), Error> {
        let Some(pod) = self.pods.get(&key) else { return Ok(()) };
        let spec = pod.spec.clone().unwrap_or_default();
        let ours = spec.scheduler_name.as_deref().unwrap_or(NAME) == NAME;
        let gated = spec.scheduling_gates.as_ref().is_some_and(|gates| !gates.is_empty());
        let waits = pods::node(&pod).is_none() && pods::is_active(&pod);
        if !ours || gated || !waits {
            return Ok(());
        }
        let uid = pod.metadata.uid.clone().unwrap_or_default();
        match self.choose(&pod) {
            Ok(node) => {
                self.ledger().place(&pod, &node);
                let bound = self.bind(&key, &pod, &node).await;
                if bound.is_err() {
                    self.ledger().forget(&uid);
                }
                match bound {
                    // Deleted, or bound by somebody else, in the meantime.
                    Err(error) if error.is_not_found() || error.is_conflict() => Ok(()),
                    other => other,
                }
            }
            Err((message, why)) => self.refuse(&key, &pod, message, why).await,
        }
    }

    /// The best node, or the message that says why there is none.
    fn choose(&self, pod: &Pod) -> Result<String, (String, Refused)> {
        let ledger = self.ledger();
        let mut best: Option<(Score, String)> = None;
        let mut refusals = Vec::new();
        for node in self.nodes.all() {
            let name = node.metadata.name.clone().unwrap_or_default();
            let load = ledger.load(&name);
            if let Err(refusal) = filter::judge(pod, &node, load) {
                refusals.push(refusal);
            } else {
                let score = score(pod, &node, load);
                if best.as_ref().is_none_or(|(other, _)| score.is_better_than(other)) {
                    best = Some((score, name));
                }
            }
        }
        let why = || Refused { lacks_room: refusals.iter().any(|it| it.preemptable) };
        best.map(|(_, name)| name).ok_or_else(|| (filter::message(&refusals), why()))
    }

    async fn bind(&self, key: &Key, pod: &Pod, node: &str) -> Result<(), Error> {
        let binding = json!({
            "apiVersion": "v1",
            "kind": "Binding",
            "metadata": {
                "name": &*key.name, "namespace": &*key.namespace, "uid": pod.metadata.uid,
            },
            "target": {"kind": "Node", "name": node},
        });
        let client = &self.context.client;
        api::post::<Value>(client, &self.kind, key, "binding", &binding).await?;
        let message = format!("Successfully assigned {}/{} to {node}", key.namespace, key.name);
        let about = reference(&self.kind, &pod.metadata);
        self.recorder.with(Source::Scheduler { action: "Binding" }).tell(
            &about,
            Type::Normal,
            "Scheduled",
            message,
        );
        Ok(())
    }

    async fn refuse(
        &self,
        key: &Key,
        pod: &Pod,
        message: String,
        why: Refused,
    ) -> Result<(), Error> {
        // First, so that the condition's own echo does not bring the pod back.
        self.refused().insert(key.clone(), why);
        self.flush_later(key);
        let about = reference(&self.kind, &pod.metadata);
        self.recorder.tell(&about, Type::Warning, "FailedScheduling", message.clone());
        let old = pod.status.clone().unwrap_or_default();
        let mut new = old.clone();
        let conditions = new.conditions.get_or_insert_default();
        let now = pods::seconds((self.context.clock)());
        let before = conditions.iter().find(|condition| condition.type_ == "PodScheduled");
        let since = before
            .filter(|condition| condition.status == "False")
            .and_then(|condition| condition.last_transition_time.clone());
        conditions.retain(|condition| condition.type_ != "PodScheduled");
        conditions.push(PodCondition {
            type_: "PodScheduled".to_owned(),
            status: "False".to_owned(),
            reason: Some("Unschedulable".to_owned()),
            message: Some(message),
            last_transition_time: Some(since.unwrap_or(now)),
            observed_generation: pod.metadata.generation,
            ..Default::default()
        });
        let (client, meta) = (&self.context.client, &pod.metadata);
        match api::update_status(client, &self.kind, meta, SCHEDULER, &old, &new).await {
            Err(error) if error.is_not_found() => Ok(()),
            Err(error) => {
                self.refused().remove(key);
                Err(error)
            }
            Ok(_) => Ok(()),
        }
    }
}

/// How well a node suits a pod: few siblings first, then the most room left.
#[derive(Clone, Copy, Debug)]
struct Score {
    siblings: usize,
    room: f64,
}

impl Score {
    fn is_better_than(&self, other: &Self) -> bool {
        (self.siblings, other.room) < (other.siblings, self.room)
    }
}

fn score(pod: &Pod, node: &Node, load: &ledger::Load) -> Score {
    let cpu = load.cpu().share_of(filter::allocatable(node, "cpu"));
    let memory = load.memory().share_of(filter::allocatable(node, "memory"));
    let count = crate::quantity::Amount::whole(load.pods());
    let pods = count.share_of(filter::allocatable(node, "pods"));
    // Pods that request nothing still take turns.
    Score { siblings: load.of_owner(ledger::owner(pod)), room: 3.0 - cpu - memory - pods }
}
