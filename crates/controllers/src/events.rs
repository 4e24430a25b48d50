//! Events: what controllers tell people.
//!
//! **Invariant:** telling never delays or fails the work that is told about. What happens again is
//! counted on the first event instead of written anew.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::cache::{Key, Kind};
use crate::{Clock, api};

const EVENT: Kind =
    Kind { group: "", version: "v1", kind: "Event", plural: "events", namespaced: true };
/// How many different events are remembered for counting.
const REMEMBERED: usize = 4096;
/// How many events may wait to be written; more are dropped, as the real recorder does.
const WAITING: usize = 10_000;

/// Whether an event is bad news.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Type {
    Normal,
    Warning,
}

/// Who tells.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Source {
    /// A controller or kubelet, in the older form: component and host.
    Classic { component: &'static str, host: String },
    /// The scheduler, in the newer form: with an action.
    Scheduler { action: &'static str },
}

/// Something worth telling.
struct Telling {
    about: ObjectReference,
    source: Source,
    kind: Type,
    reason: String,
    message: String,
    at: Timestamp,
}

/// Hands out recorders and writes what they record.
#[derive(Clone)]
pub(crate) struct Recorders {
    client: kube::Client,
    clock: Clock,
    sender: mpsc::Sender<Telling>,
    receiver: Arc<Mutex<Option<mpsc::Receiver<Telling>>>>,
}

/// Records events of one source.
#[derive(Clone)]
pub(crate) struct Recorder {
    source: Source,
    clock: Clock,
    sender: mpsc::Sender<Telling>,
}

impl Recorder {
    /// Tells about an object.
    pub(crate) fn tell(
        &self,
        about: &ObjectReference,
        kind: Type,
        reason: &str,
        message: impl Into<String>,
    ) {
        let telling = Telling {
            about: about.clone(),
            source: self.source.clone(),
            kind,
            reason: reason.to_owned(),
            message: message.into(),
            at: (self.clock)(),
        };
        if self.sender.try_send(telling).is_err() {
            tracing::debug!(reason, "Dropping an event");
        }
    }

    /// The same recorder for another source.
    pub(crate) fn with(&self, source: Source) -> Self {
        Self { source, ..self.clone() }
    }
}

/// The reference to an object by which an event is about it.
pub(crate) fn reference(kind: &Kind, meta: &ObjectMeta) -> ObjectReference {
    ObjectReference {
        api_version: Some(kind.api_version()),
        kind: Some(kind.kind.to_owned()),
        namespace: meta.namespace.clone(),
        name: meta.name.clone(),
        uid: meta.uid.clone(),
        resource_version: meta.resource_version.clone(),
        field_path: None,
    }
}

/// What makes two tellings the same event.
type Same = (String, String, Type, String, String, Source);

#[derive(Default)]
struct Memory {
    known: BTreeMap<Same, (Key, u32)>,
    order: VecDeque<Same>,
}

impl Memory {
    fn remember(&mut self, same: Same, key: Key) {
        if self.order.len() >= REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
        self.order.push_back(same.clone());
        self.known.insert(same, (key, 1));
    }
}

impl Recorders {
    pub(crate) fn new(client: kube::Client, clock: Clock) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        Self { client, clock, sender, receiver: Arc::new(Mutex::new(Some(receiver))) }
    }

    /// A recorder for a controller.
    pub(crate) fn recorder(&self, component: &'static str) -> Recorder {
        self.recorder_of(Source::Classic { component, host: String::new() })
    }

    /// A recorder for any source.
    pub(crate) fn recorder_of(&self, source: Source) -> Recorder {
        Recorder { source, clock: self.clock.clone(), sender: self.sender.clone() }
    }

    /// Writes events until cancelled.
    pub(crate) async fn run(self, cancel: CancellationToken) {
        let receiver = self.receiver.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some(mut receiver) = receiver else { return };
        let mut memory = Memory::default();
        loop {
            let telling = tokio::select! {
                () = cancel.cancelled() => return,
                telling = receiver.recv() => telling,
            };
            let Some(telling) = telling else { return };
            if let Err(error) = self.write(&mut memory, telling).await {
                let expected = error.is_not_found() || error.namespace_is_terminating();
                if !expected {
                    tracing::debug!(%error, "Cannot write an event");
                }
            }
        }
    }

    async fn write(&self, memory: &mut Memory, telling: Telling) -> Result<(), crate::Error> {
        let about = &telling.about;
        let same: Same = (
            about.uid.clone().unwrap_or_default(),
            about.field_path.clone().unwrap_or_default(),
            telling.kind,
            telling.reason.clone(),
            telling.message.clone(),
            telling.source.clone(),
        );
        if let Some((key, count)) = memory.known.get_mut(&same) {
            *count += 1;
            let patch = again(&telling, *count);
            let written =
                api::merge::<Value>(&self.client, &EVENT, key, "", "hangar", &patch).await;
            match written {
                Err(error) if error.is_not_found() => {}
                other => return other.map(|_| ()),
            }
        }
        let event = first(&telling);
        let namespace = event["metadata"]["namespace"].as_str().unwrap_or("default").to_owned();
        let name = event["metadata"]["name"].as_str().unwrap_or_default();
        let key = Key::new(&namespace, name);
        api::create::<Value>(&self.client, &EVENT, &namespace, "hangar", &event).await?;
        memory.known.remove(&same);
        memory.remember(same, key);
        Ok(())
    }
}

fn first(telling: &Telling) -> Value {
    let Telling { about, source, kind, reason, message, at } = telling;
    // Cluster-scoped objects have their events in `default`.
    let namespace = about.namespace.clone().unwrap_or_else(|| "default".to_owned());
    let name = about.name.clone().unwrap_or_default();
    let nanoseconds = u64::try_from(at.as_nanosecond()).unwrap_or_default();
    let mut event = json!({
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"namespace": namespace, "name": format!("{name}.{nanoseconds:x}")},
        "involvedObject": about,
        "type": format!("{kind:?}"),
        "reason": reason,
        "message": message,
    });
    match source {
        Source::Classic { component, host } => {
            let second = crate::pods::seconds(*at);
            event["firstTimestamp"] = json!(second);
            event["lastTimestamp"] = json!(second);
            event["count"] = json!(1);
            event["source"] = json!({"component": component});
            if !host.is_empty() {
                event["source"]["host"] = json!(host);
            }
            event["reportingComponent"] = json!(component);
            event["reportingInstance"] = json!(host);
        }
        Source::Scheduler { action } => {
            event["eventTime"] = json!(micro(*at));
            event["action"] = json!(action);
            event["reportingComponent"] = json!("default-scheduler");
            event["reportingInstance"] = json!("default-scheduler-hangar");
        }
    }
    event
}

fn again(telling: &Telling, count: u32) -> Value {
    match telling.source {
        Source::Classic { .. } => {
            json!({"count": count, "lastTimestamp": crate::pods::seconds(telling.at)})
        }
        Source::Scheduler { .. } => {
            json!({"series": {"count": count, "lastObservedTime": micro(telling.at)}})
        }
    }
}

fn micro(at: Timestamp) -> String {
    format!("{at:.6}")
}
