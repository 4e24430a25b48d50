//! Namespaces that are being deleted: emptied, then let go.
//!
//! **Invariant:** a namespace loses its finalizer only after every kind that the API server serves has
//! been asked for and found empty in it.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::{Method, Request};
use k8s_openapi::api::core::v1::{Namespace, NamespaceCondition};
use kube::core::discovery::v2::APIResourceDiscovery;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::cache::{Key, Kind, Lister};
use crate::queue::Queue;
use crate::{Context, Error, api, pods};

const WORKERS: usize = 10;
const FINALIZER: &str = "kubernetes";
/// How soon a namespace that still has content is looked at again, at first and at last.
///
/// It waits in the queue and not with a worker, so that one that never empties holds up no other.
const FIRST_LOOK: Duration = Duration::from_millis(100);
const LAST_LOOK: Duration = Duration::from_secs(5);

/// Runs the controller.
pub(crate) fn run(context: &Context) -> impl Future<Output = ()> + Send + use<> {
    let namespaces = context.cache.lister::<Namespace>();
    let queue = Queue::new("namespace");
    let own = queue.clone();
    namespaces.on_change(move |change| {
        if change.new.is_some_and(|head| head.deleting) {
            own.add(change.key.clone());
        }
    });
    let context = context.clone();
    async move {
        context.cache.synced().await;
        let worker =
            Worker { context: &context, namespaces, queue: queue.clone(), waits: Mutex::default() };
        queue.work(WORKERS, &context.cancel, |key| worker.sync(key)).await;
    }
}

struct Worker<'a> {
    context: &'a Context,
    namespaces: Lister<Namespace>,
    queue: Arc<Queue<Key>>,
    /// How long each namespace that is not empty yet waits for its next look.
    waits: Mutex<BTreeMap<Key, Duration>>,
}

/// A namespaced kind as discovery names it.
struct Served {
    group: String,
    version: String,
    plural: String,
    in_bulk: bool,
}

impl Served {
    fn path(&self, namespace: &str) -> String {
        let Self { group, version, plural, .. } = self;
        if group.is_empty() {
            format!("/api/{version}/namespaces/{namespace}/{plural}")
        } else {
            format!("/apis/{group}/{version}/namespaces/{namespace}/{plural}")
        }
    }
}

/// What is still there of one kind.
#[derive(Default)]
struct Remaining {
    by_kind: BTreeMap<String, usize>,
    by_finalizer: BTreeMap<String, usize>,
    failures: Vec<String>,
}

#[derive(Deserialize)]
struct Listed {
    items: Option<Vec<Value>>,
}

impl Worker<'_> {
    async fn sync(&self, key: Key) -> Result<(), Error> {
        let leaving = |it: &Namespace| it.metadata.deletion_timestamp.is_some();
        let kind = Kind::of::<Namespace>();
        let present = if self.namespaces.get(&key).as_ref().is_some_and(leaving) {
            api::get::<Namespace>(&self.context.client, &kind, &key).await?
        } else {
            None
        };
        let held = |it: &Namespace| {
            let finalizers = it.spec.as_ref().and_then(|spec| spec.finalizers.as_ref());
            finalizers.is_some_and(|all| all.iter().any(|name| name == FINALIZER))
        };
        let Some(namespace) = present.filter(held) else {
            self.waits().remove(&key);
            return Ok(());
        };
        let remaining = self.empty(&key.name).await?;
        self.write_conditions(&namespace, &remaining).await?;
        if remaining.by_kind.is_empty() && remaining.failures.is_empty() {
            self.waits().remove(&key);
            return self.finalize(&key).await;
        }
        // Pods take their time to end; everything else is gone at the next look.
        let wait = self.next_wait(&key);
        self.queue.add_after(key, wait);
        Ok(())
    }

    fn waits(&self) -> MutexGuard<'_, BTreeMap<Key, Duration>> {
        self.waits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Twice as long each time.
    fn next_wait(&self, key: &Key) -> Duration {
        let mut waits = self.waits();
        let next = waits.entry(key.clone()).or_insert(FIRST_LOOK);
        let wait = *next;
        *next = (wait * 2).min(LAST_LOOK);
        wait
    }

    /// Deletes everything in the namespace and says what is left.
    async fn empty(&self, namespace: &str) -> Result<Remaining, Error> {
        let mut remaining = Remaining::default();
        for kind in self.served().await? {
            let path = kind.path(namespace);
            if kind.in_bulk
                && let Err(error) = self.send(Method::DELETE, &path).await
                && !error.is_not_found()
            {
                remaining.failures.push(error.message());
            }
            let listed = match self.send(Method::GET, &path).await {
                Ok(listed) => listed,
                Err(error) if error.is_not_found() => continue,
                Err(error) => {
                    remaining.failures.push(error.message());
                    continue;
                }
            };
            let items = listed.items.unwrap_or_default();
            if items.is_empty() {
                continue;
            }
            for item in &items {
                let finalizers = item["metadata"]["finalizers"].as_array();
                for name in finalizers.into_iter().flatten().filter_map(Value::as_str) {
                    *remaining.by_finalizer.entry(name.to_owned()).or_default() += 1;
                }
            }
            remaining.by_kind.insert(format!("{}.{}", kind.plural, kind.group), items.len());
        }
        Ok(remaining)
    }

    async fn send(&self, method: Method, path: &str) -> Result<Listed, Error> {
        let body = if method == Method::DELETE {
            serde_json::to_vec(&json!({
                "kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Background",
            }))?
        } else {
            Vec::new()
        };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(http::header::CONTENT_TYPE, "application/json")
            .header(http::header::ACCEPT, "application/json")
            .body(body)?;
        // The answer to a bulk deletion is a list of what was deleted, or a status.
        Ok(self.context.client.request::<Listed>(request).await?)
    }

    async fn served(&self) -> Result<Vec<Served>, Error> {
        let client = &self.context.client;
        let core = client.list_core_api_versions_aggregated().await?;
        let groups = client.list_api_groups_aggregated().await?;
        let mut served = Vec::new();
        for group in core.items.into_iter().chain(groups.items) {
            let name = group.metadata.and_then(|meta| meta.name).unwrap_or_default();
            // The first version is the preferred one; all versions show the same objects.
            let Some(version) = group.versions.into_iter().next() else { continue };
            let version_name = version.version.clone().unwrap_or_default();
            for resource in version.resources {
                served.extend(namespaced(&resource, &name, &version_name));
            }
        }
        // Workloads first, so that nothing makes new pods while pods are deleted; events last.
        served.sort_by_key(|kind| (kind.plural == "events", kind.plural == "pods"));
        Ok(served)
    }

    async fn finalize(&self, key: &Key) -> Result<(), Error> {
        let kind = Kind::of::<Namespace>();
        let client = &self.context.client;
        let Some(mut namespace) = api::get::<Namespace>(client, &kind, key).await? else {
            return Ok(());
        };
        if let Some(finalizers) = namespace.spec.as_mut().and_then(|spec| spec.finalizers.as_mut())
        {
            finalizers.retain(|name| name != FINALIZER);
        }
        match api::put::<Value>(client, &kind, key, "finalize", &namespace).await {
            Err(error) if !error.is_not_found() => Err(error),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    async fn write_conditions(
        &self,
        namespace: &Namespace,
        remaining: &Remaining,
    ) -> Result<(), Error> {
        let old = namespace.status.clone().unwrap_or_default();
        let mut new = old.clone();
        let conditions = new.conditions.get_or_insert_default();
        for wanted in conditions_of(remaining, (self.context.clock)()) {
            match conditions.iter_mut().find(|condition| condition.type_ == wanted.type_) {
                None => conditions.push(wanted),
                Some(current) if current.status == wanted.status => {
                    current.reason = wanted.reason;
                    current.message = wanted.message;
                }
                Some(current) => *current = wanted,
            }
        }
        let kind = Kind::of::<Namespace>();
        let meta = &namespace.metadata;
        let (client, manager) = (&self.context.client, api::CONTROLLER_MANAGER);
        match api::update_status(client, &kind, meta, manager, &old, &new).await {
            Err(error) if !error.is_conflict() && !error.is_not_found() => Err(error),
            Ok(_) | Err(_) => Ok(()),
        }
    }
}

fn namespaced(resource: &APIResourceDiscovery, group: &str, version: &str) -> Option<Served> {
    let has = |verb: &str| resource.verbs.iter().any(|it| it == verb);
    let namespaced = resource.scope.as_deref() == Some("Namespaced");
    // Reviews and the like are asked, not kept.
    (namespaced && has("list") && has("delete")).then(|| Served {
        group: group.to_owned(),
        version: version.to_owned(),
        plural: resource.resource.clone().unwrap_or_default(),
        in_bulk: has("deletecollection"),
    })
}

fn conditions_of(remaining: &Remaining, now: jiff::Timestamp) -> Vec<NamespaceCondition> {
    let condition = |kind: &str, status: &str, reason: &str, message: String| NamespaceCondition {
        type_: kind.to_owned(),
        status: status.to_owned(),
        reason: Some(reason.to_owned()),
        message: Some(message),
        last_transition_time: Some(pods::seconds(now)),
    };
    let fine = |kind, reason, message: &str| condition(kind, "False", reason, message.to_owned());
    let list = |counts: &BTreeMap<String, usize>, verb: &str| {
        let all: Vec<String> = counts
            .iter()
            .map(|(name, count)| format!("{name} {verb} {count} resource instances"))
            .collect();
        all.join(", ")
    };
    let Remaining { by_kind, by_finalizer, failures } = remaining;
    vec![
        fine(
            "NamespaceDeletionDiscoveryFailure",
            "ResourcesDiscovered",
            "All resources successfully discovered",
        ),
        fine(
            "NamespaceDeletionGroupVersionParsingFailure",
            "ParsedGroupVersions",
            "All legacy kube types successfully parsed",
        ),
        if failures.is_empty() {
            fine(
                "NamespaceDeletionContentFailure",
                "ContentDeleted",
                "All content successfully deleted, may be waiting on finalization",
            )
        } else {
            let (count, all) = (failures.len(), failures.join(", "));
            let message = format!("Failed to delete all resource types, {count} remaining: {all}");
            condition("NamespaceDeletionContentFailure", "True", "ContentDeletionFailed", message)
        },
        if by_kind.is_empty() {
            let message = "All content successfully removed";
            fine("NamespaceContentRemaining", "ContentRemoved", message)
        } else {
            let message = format!("Some resources are remaining: {}", list(by_kind, "has"));
            condition("NamespaceContentRemaining", "True", "SomeResourcesRemain", message)
        },
        if by_finalizer.is_empty() {
            let message = "All content-preserving finalizers finished";
            fine("NamespaceFinalizersRemaining", "ContentHasNoFinalizers", message)
        } else {
            let message = format!(
                "Some content in the namespace has finalizers remaining: {}",
                list(by_finalizer, "in")
            );
            condition("NamespaceFinalizersRemaining", "True", "SomeFinalizersRemain", message)
        },
    ]
}
