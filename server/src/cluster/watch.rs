//! One cluster-wide watch a kind, never one a learner, feeding the index.

use std::collections::HashSet;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use curriculum::Kind;
use futures::StreamExt as _;
use k8s_openapi::api::core::v1::Namespace;
use kube::api::DynamicObject;
use kube::discovery::ApiResource;
use kube::runtime::WatchStreamExt as _;
use kube::runtime::watcher::{self, Event, watcher};
use kube::{Api, Client, ResourceExt as _};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::index::{FoundNamespace, Index};
use super::objects::{INSTALLATION, LAB};

/// How often the API server is asked whether it is there.
const BEAT: Duration = Duration::from_secs(2);
/// How long its answer may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// The kinds that are watched: those that checks and pages read.
pub(super) fn kinds() -> Vec<Kind> {
    Kind::all().iter().filter(|kind| kind.kind != "Event").cloned().collect()
}

/// How many watches feed the index: the kinds, and namespaces.
pub(super) fn watches() -> usize {
    kinds().len() + 1
}

/// Starts every watch and the heart-beat; they end with `cancelled`.
pub(super) fn start(
    client: &Client,
    index: &Arc<Index>,
    installation: &str,
    cancelled: &CancellationToken,
    tasks: &TaskTracker,
) {
    for kind in kinds() {
        let watch = objects(client.clone(), Arc::clone(index), kind);
        tasks.spawn(cancelled.clone().run_until_cancelled_owned(watch));
    }
    let watch = namespaces(client.clone(), Arc::clone(index), installation.to_owned());
    tasks.spawn(cancelled.clone().run_until_cancelled_owned(watch));
    let beat = beat(client.clone(), Arc::clone(index));
    tasks.spawn(cancelled.clone().run_until_cancelled_owned(beat));
}

/// Where a kind is served.
fn resource(kind: &Kind) -> ApiResource {
    let plural = match kind.kind {
        "EndpointSlice" => "endpointslices".to_owned(),
        other => format!("{}s", other.to_lowercase()),
    };
    let version = "v1".to_owned();
    let api_version =
        if kind.group.is_empty() { version.clone() } else { format!("{}/{version}", kind.group) };
    ApiResource {
        group: kind.group.to_owned(),
        version,
        api_version,
        kind: kind.kind.to_owned(),
        plural,
    }
}

async fn objects(client: Client, index: Arc<Index>, kind: Kind) {
    let api: Api<DynamicObject> = Api::all_with(client, &resource(&kind));
    let mut events = pin!(watcher(api, watcher::Config::default()).default_backoff());
    let mut listed: HashSet<(String, String)> = HashSet::new();
    let name = kind.to_string();
    while let Some(event) = events.next().await {
        match event {
            Ok(Event::Init) => listed.clear(),
            Ok(Event::InitApply(object)) => {
                listed.insert(place(&object));
                apply(&index, &kind, object);
            }
            Ok(Event::InitDone) => {
                index.retain(&kind, &listed);
                listed = HashSet::new();
                index.set_synced(&name, true);
            }
            Ok(Event::Apply(object)) => apply(&index, &kind, object),
            Ok(Event::Delete(object)) => {
                let (namespace, name) = place(&object);
                index.delete(&kind, &namespace, &name);
            }
            Err(error) => {
                index.set_synced(&name, false);
                tracing::warn!(kind = name, %error, "A watch was interrupted; it is taken up again");
            }
        }
    }
}

fn place(object: &DynamicObject) -> (String, String) {
    (object.namespace().unwrap_or_default(), object.name_any())
}

/// Stores an object without the parts that nobody reads.
fn apply(index: &Index, kind: &Kind, mut object: DynamicObject) {
    let (namespace, name) = place(&object);
    object.metadata.managed_fields = None;
    if let Some(annotations) = &mut object.metadata.annotations {
        annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
    }
    match serde_json::to_vec(&object) {
        Ok(bytes) => index.apply(kind, &namespace, &name, Bytes::from(bytes)),
        Err(error) => tracing::warn!(%kind, namespace, name, %error, "An object was skipped"),
    }
}

async fn namespaces(client: Client, index: Arc<Index>, installation: String) {
    let config = watcher::Config::default().labels(&format!("{INSTALLATION}={installation}"));
    let api: Api<Namespace> = Api::all(client);
    let mut events = pin!(watcher(api, config).default_backoff());
    let mut listed = HashSet::new();
    while let Some(event) = events.next().await {
        match event {
            Ok(Event::Init) => listed.clear(),
            Ok(Event::InitApply(namespace)) => {
                listed.insert(namespace.name_any());
                found(&index, &namespace);
            }
            Ok(Event::InitDone) => {
                index.retain_namespaces(&listed);
                index.set_synced("Namespace", true);
            }
            Ok(Event::Apply(namespace)) => found(&index, &namespace),
            Ok(Event::Delete(namespace)) => {
                let lab = namespace.labels().get(LAB).cloned().unwrap_or_default();
                index.set_namespace(&namespace.name_any(), &lab, None);
            }
            Err(error) => {
                index.set_synced("Namespace", false);
                tracing::warn!(%error, "The watch of namespaces was interrupted; it is taken up again");
            }
        }
    }
}

fn found(index: &Index, namespace: &Namespace) {
    let lab = namespace.labels().get(LAB).cloned().unwrap_or_default();
    let terminating = namespace.metadata.deletion_timestamp.is_some();
    index.set_namespace(&namespace.name_any(), &lab, Some(FoundNamespace { terminating }));
}

/// Asks the API server again and again whether it is there: a watch alone does not notice silence.
async fn beat(client: Client, index: Arc<Index>) {
    let mut ticks = tokio::time::interval(BEAT);
    loop {
        ticks.tick().await;
        let answer = tokio::time::timeout(PATIENCE, client.apiserver_version()).await;
        index.set_answering(matches!(answer, Ok(Ok(_))));
    }
}
