//! Events: what controllers tell people.
//!
//! **Invariant:** telling never delays or fails the work that is told about. What happens again is
//! counted on the first event instead of written anew.

mod correlate;
mod recent;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::ObjectReference;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use self::correlate::{Correlator, Report};
use crate::cache::{Key, Kind};
use crate::{Clock, api};

const EVENT: Kind =
    Kind { group: "", version: "v1", kind: "Event", plural: "events", namespaced: true };
/// How many events may wait to be written; more are dropped, as the real recorder does.
const WAITING: usize = 10_000;
/// How often the counts that are due are looked for.
const LOOK: Duration = Duration::from_mins(1);

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
#[derive(Clone, Debug)]
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
        let mut correlator = Correlator::default();
        let mut look = interval(LOOK);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = cancel.cancelled() => return,
                telling = receiver.recv() => {
                    let Some(telling) = telling else { return };
                    let Some(report) = correlator.note(&telling) else { continue };
                    self.try_to_write(&telling, &report).await;
                }
                _ = look.tick() => for (telling, report) in correlator.due((self.clock)()) {
                    self.try_to_write(&telling, &report).await;
                },
            }
        }
    }

    async fn try_to_write(&self, telling: &Telling, report: &Report) {
        if let Err(error) = self.write(telling, report).await {
            let expected = error.is_not_found() || error.namespace_is_terminating();
            if !expected {
                tracing::debug!(%error, "Cannot write an event");
            }
        }
    }

    async fn write(&self, telling: &Telling, report: &Report) -> Result<(), crate::Error> {
        // Cluster-scoped objects have their events in `default`.
        let namespace = telling.about.namespace.as_deref().unwrap_or("default");
        if report.count > 1 {
            let key = Key::new(namespace, &report.name);
            let patch = again(telling, report);
            match api::merge::<Value>(&self.client, &EVENT, &key, "", "hangar", &patch).await {
                // It was never written, or its time is over: it is written as a whole.
                Err(error) if error.is_not_found() => {}
                other => return other.map(drop),
            }
        }
        let event = whole(telling, report, namespace);
        api::create::<Value>(&self.client, &EVENT, namespace, "hangar", &event).await.map(drop)
    }
}

fn whole(telling: &Telling, report: &Report, namespace: &str) -> Value {
    let Telling { about, source, kind, reason, message: _, at } = telling;
    let mut event = json!({
        "apiVersion": "v1",
        "kind": "Event",
        "metadata": {"namespace": namespace, "name": report.name},
        "involvedObject": about,
        "type": format!("{kind:?}"),
        "reason": reason,
        "message": report.message,
    });
    match source {
        Source::Classic { component, host } => {
            event["firstTimestamp"] = json!(crate::pods::seconds(report.first));
            event["lastTimestamp"] = json!(crate::pods::seconds(*at));
            event["count"] = json!(report.count);
            event["source"] = json!({"component": component});
            if !host.is_empty() {
                event["source"]["host"] = json!(host);
            }
            event["reportingComponent"] = json!(component);
            event["reportingInstance"] = json!(host);
        }
        Source::Scheduler { action } => {
            event["eventTime"] = json!(micro(report.first));
            event["action"] = json!(action);
            event["reportingComponent"] = json!("default-scheduler");
            event["reportingInstance"] = json!("default-scheduler-hangar");
            if report.count > 1 {
                event["series"] = series(telling, report);
            }
        }
    }
    event
}

fn again(telling: &Telling, report: &Report) -> Value {
    match telling.source {
        Source::Classic { .. } => json!({
            "count": report.count,
            "lastTimestamp": crate::pods::seconds(telling.at),
            "message": report.message,
        }),
        Source::Scheduler { .. } => json!({"series": series(telling, report)}),
    }
}

fn series(telling: &Telling, report: &Report) -> Value {
    json!({"count": report.count, "lastObservedTime": micro(telling.at)})
}

fn micro(at: Timestamp) -> String {
    format!("{at:.6}")
}
