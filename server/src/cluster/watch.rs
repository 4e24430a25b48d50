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
use kube::runtime::watcher::{self, Event, watcher};
use kube::{Api, Client, ResourceExt as _};

use super::index::{FoundNamespace, Index};
use super::objects::{INSTALLATION, LAB};
use super::sight::Unseen;
use crate::causes::chain;
use crate::tasks::Tasks;

/// How often the API server is asked whether it is there.
const BEAT: Duration = Duration::from_secs(1);
/// How long its answer may take.
const PATIENCE: Duration = Duration::from_millis(1500);

/// The kinds that are watched: those that checks and pages read.
pub(super) fn kinds() -> Vec<Kind> {
    Kind::all().to_vec()
}

/// How many watches feed the index: the kinds, and namespaces.
pub(super) fn watches() -> usize {
    kinds().len() + 1
}

/// Starts every watch and the heart-beat.
pub(super) fn start(client: &Client, index: &Arc<Index>, installation: &str, tasks: &Tasks) {
    for kind in kinds() {
        let name = format!("watch of {kind}");
        tasks.keep(name, objects(client.clone(), Arc::clone(index), kind));
    }
    let watch = namespaces(client.clone(), Arc::clone(index), installation.to_owned());
    tasks.keep("watch of Namespace", watch);
    tasks.keep("heart-beat", beat(client.clone(), Arc::clone(index)));
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
    let name = kind.to_string();
    let mut pause = Pause::default();
    loop {
        let api: Api<DynamicObject> = Api::all_with(client.clone(), &resource(&kind));
        let mut events = pin!(watcher(api, watcher::Config::default()));
        let mut listed: HashSet<(String, String)> = HashSet::new();
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
                    pause = Pause::default();
                }
                Ok(Event::Apply(object)) => apply(&index, &kind, object),
                Ok(Event::Delete(object)) => {
                    let (namespace, name) = place(&object);
                    index.delete(&kind, &namespace, &name);
                }
                Err(error) => {
                    interrupted(&index, &name, &error);
                    break;
                }
            }
        }
        pause.wait().await;
    }
}

/// How long a watch that broke off rests. It then begins anew with a list: one that goes on from where it was says nothing until
/// something changes, and nobody could tell it from one that is dead.
struct Pause(Duration);

impl Default for Pause {
    fn default() -> Self {
        Self(Duration::from_millis(200))
    }
}

impl Pause {
    /// The longest rest.
    const LONGEST: Duration = Duration::from_secs(4);

    async fn wait(&mut self) {
        tokio::time::sleep(self.0).await;
        self.0 = (self.0 * 2).min(Self::LONGEST);
    }
}

/// A watch broke off. Only why the cluster is out of sight is news, not each watch.
fn interrupted(index: &Index, kind: &str, error: &watcher::Error) {
    index.set_synced(kind, false);
    match Unseen::of_watch(error) {
        Some(why) if index.set_unseen(why) => why.log(&chain(error)),
        Some(_) | None => {
            tracing::debug!(kind, %error, "A watch was interrupted; it is taken up again");
        }
    }
}

/// The API server did not answer the beat, or not in time.
fn silent(index: &Index, error: Option<&kube::Error>) {
    let why = Unseen::of_answer(error);
    if index.set_unseen(why) {
        why.log(&error.map_or_else(|| "no answer in time".to_owned(), |error| chain(error)));
    }
    index.set_answering(false);
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
    let mut pause = Pause::default();
    loop {
        let config = watcher::Config::default().labels(&format!("{INSTALLATION}={installation}"));
        let api: Api<Namespace> = Api::all(client.clone());
        let mut events = pin!(watcher(api, config));
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
                    pause = Pause::default();
                }
                Ok(Event::Apply(namespace)) => found(&index, &namespace),
                Ok(Event::Delete(namespace)) => {
                    let lab = namespace.labels().get(LAB).cloned().unwrap_or_default();
                    index.set_namespace(&namespace.name_any(), &lab, None);
                }
                Err(error) => {
                    interrupted(&index, "Namespace", &error);
                    break;
                }
            }
        }
        pause.wait().await;
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
        match answer {
            Ok(Ok(_)) => index.set_answering(true),
            Ok(Err(error)) => silent(&index, Some(&error)),
            Err(_) => silent(&index, None),
        }
    }
}
