//! The garbage collector: what has lost its owners goes too.
//!
//! **Invariant:** nothing is deleted because a watch is late. Before an owner counts as gone the API
//! server is asked, and the deletion names the uid of the dependent that was judged.
//!
//! **Deliberately absent:** custom resources; the kinds are those of [`KINDS`].

use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use crate::api::{self, CONTROLLER_MANAGER, Deletion, Propagation};
use crate::cache::{Change, Head, Keep, Key, Kind, Store};
use crate::graph::{Graph, Place};
use crate::queue::Queue;
use crate::{Context, Error};

const WORKERS: usize = 20;
const FOREGROUND: &str = "foregroundDeletion";
const ORPHAN: &str = "orphan";

/// The kinds that own or are owned.
pub(crate) const KINDS: [Kind; 28] = [
    namespaced("", "v1", "Pod", "pods"),
    namespaced("", "v1", "Service", "services"),
    namespaced("", "v1", "ConfigMap", "configmaps"),
    namespaced("", "v1", "Secret", "secrets"),
    namespaced("", "v1", "ServiceAccount", "serviceaccounts"),
    namespaced("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims"),
    namespaced("", "v1", "ReplicationController", "replicationcontrollers"),
    namespaced("", "v1", "ResourceQuota", "resourcequotas"),
    namespaced("", "v1", "LimitRange", "limitranges"),
    namespaced("apps", "v1", "ReplicaSet", "replicasets"),
    namespaced("apps", "v1", "Deployment", "deployments"),
    namespaced("apps", "v1", "StatefulSet", "statefulsets"),
    namespaced("apps", "v1", "DaemonSet", "daemonsets"),
    namespaced("apps", "v1", "ControllerRevision", "controllerrevisions"),
    namespaced("batch", "v1", "Job", "jobs"),
    namespaced("batch", "v1", "CronJob", "cronjobs"),
    namespaced("autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers"),
    namespaced("networking.k8s.io", "v1", "Ingress", "ingresses"),
    namespaced("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies"),
    namespaced("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets"),
    namespaced("rbac.authorization.k8s.io", "v1", "Role", "roles"),
    namespaced("rbac.authorization.k8s.io", "v1", "RoleBinding", "rolebindings"),
    namespaced("discovery.k8s.io", "v1", "EndpointSlice", "endpointslices"),
    namespaced("coordination.k8s.io", "v1", "Lease", "leases"),
    cluster("", "v1", "Node", "nodes"),
    cluster("", "v1", "Namespace", "namespaces"),
    cluster("rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles"),
    cluster("rbac.authorization.k8s.io", "v1", "ClusterRoleBinding", "clusterrolebindings"),
];

const fn namespaced(
    group: &'static str,
    version: &'static str,
    kind: &'static str,
    plural: &'static str,
) -> Kind {
    Kind { group, version, kind, plural, namespaced: true }
}

const fn cluster(
    group: &'static str,
    version: &'static str,
    kind: &'static str,
    plural: &'static str,
) -> Kind {
    Kind { namespaced: false, ..namespaced(group, version, kind, plural) }
}

struct Collector {
    context: Context,
    stores: Vec<Arc<Store>>,
    graph: Mutex<Graph>,
    queue: Arc<Queue<Place>>,
}

/// Runs the controller.
pub(crate) fn run(context: &Context) -> impl Future<Output = ()> + Send + use<> {
    let collector = Arc::new(Collector {
        context: context.clone(),
        stores: KINDS.iter().map(|kind| context.cache.store(*kind, Keep::Head)).collect(),
        graph: Mutex::default(),
        queue: Queue::new("garbage"),
    });
    for (index, store) in collector.stores.iter().enumerate() {
        let collector = Arc::downgrade(&collector);
        store.on_change(move |change| {
            if let Some(collector) = collector.upgrade() {
                collector.note(index, change);
            }
        });
    }
    async move {
        collector.context.cache.synced().await;
        let cancel = collector.context.cancel.clone();
        collector.queue.work(WORKERS, &cancel, |place| collector.sync(place)).await;
    }
}

impl Collector {
    fn graph(&self) -> MutexGuard<'_, Graph> {
        self.graph.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, index: usize, change: &Change<'_>) {
        let place = (index, change.key.clone());
        let mut graph = self.graph();
        graph.apply(&place, change.old, change.new);
        let mut woken = Vec::new();
        let head = change.head();
        // An object that was made anew under its name while nobody watched has gone as well.
        if let Some(old) = change.old.filter(|old| change.new.is_none_or(|it| it.uid != old.uid)) {
            woken = graph.dependents(&old.uid);
        }
        // Whoever waits for its dependents looks again when one changes.
        woken.extend(head.owners.iter().filter_map(|owner| owner_place(change.key, owner)));
        drop(graph);
        let interesting = change.new.is_some_and(|head| {
            !head.owners.is_empty() || (head.deleting && !head.finalizers.is_empty())
        });
        if interesting {
            woken.push(place);
        }
        for place in woken {
            self.queue.add(place);
        }
    }

    async fn sync(&self, (index, key): Place) -> Result<(), Error> {
        let Some(head) = self.stores[index].head(&key) else { return Ok(()) };
        let finalizer = |name| head.finalizers.iter().any(|it| &**it == name);
        if head.deleting && finalizer(ORPHAN) {
            return self.orphan(index, &key, &head).await;
        }
        if head.deleting && finalizer(FOREGROUND) {
            return self.delete_dependents(index, &key, &head).await;
        }
        if head.deleting || head.owners.is_empty() {
            return Ok(());
        }
        self.judge(index, &key, &head).await
    }

    /// Deletes an object none of whose owners is left; forgets owners that are gone.
    async fn judge(&self, index: usize, key: &Key, head: &Head) -> Result<(), Error> {
        let mut remaining = Vec::new();
        let mut waiting = false;
        for owner in &head.owners {
            match self.owner(key, owner).await? {
                Owned::Gone => {}
                Owned::Waiting if owner.blocks => waiting = true,
                Owned::Waiting | Owned::Present => remaining.push(owner),
            }
        }
        if remaining.len() == head.owners.len() {
            return Ok(());
        }
        let client = &self.context.client;
        let kind = &KINDS[index];
        if !remaining.is_empty() {
            let references: Vec<Value> = remaining
                .iter()
                .map(|owner| {
                    json!({
                        "apiVersion": owner.api_version, "kind": owner.kind, "name": owner.name,
                        "uid": owner.uid, "controller": owner.controller,
                        "blockOwnerDeletion": owner.blocks,
                    })
                })
                .collect();
            let patch = json!({"metadata": {
                "uid": head.uid, "resourceVersion": head.version, "ownerReferences": references,
            }});
            let patched =
                api::merge::<Value>(client, kind, key, "", CONTROLLER_MANAGER, &patch).await;
            return patched.map(|_| ());
        }
        let has_dependents = !self.graph().dependents(&head.uid).is_empty();
        let propagation = if head.finalizers.iter().any(|name| &**name == ORPHAN) {
            Propagation::Orphan
        } else if waiting && has_dependents {
            Propagation::Foreground
        } else {
            Propagation::Background
        };
        let deletion = Deletion {
            uid: Some(&head.uid),
            version: Some(&head.version),
            propagation: Some(propagation),
            ..Deletion::default()
        };
        api::delete(client, kind, key, &deletion).await
    }

    async fn owner(&self, dependent: &Key, owner: &crate::cache::Owner) -> Result<Owned, Error> {
        let Some((index, key)) = owner_place(dependent, owner) else {
            // A kind that is not collected here: nothing can be said about it.
            return Ok(Owned::Present);
        };
        if self.graph().has(&owner.uid) {
            let head = self.stores[index].head(&key).filter(|head| head.uid == owner.uid);
            let waits = head.is_some_and(|head| {
                head.deleting && head.finalizers.iter().any(|name| &**name == FOREGROUND)
            });
            return Ok(if waits { Owned::Waiting } else { Owned::Present });
        }
        let found = api::get::<Value>(&self.context.client, &KINDS[index], &key).await?;
        let same = found.is_some_and(|it| it["metadata"]["uid"].as_str() == Some(&*owner.uid));
        Ok(if same { Owned::Present } else { Owned::Gone })
    }

    /// Foreground: dependents go first; then the owner is let go.
    async fn delete_dependents(&self, index: usize, key: &Key, head: &Head) -> Result<(), Error> {
        let places = self.graph().dependents(&head.uid);
        let mut blocked = false;
        for (kind, dependent) in places {
            let Some(other) = self.stores[kind].head(&dependent) else { continue };
            let reference = other.owners.iter().find(|owner| owner.uid == head.uid);
            if reference.is_some_and(|owner| owner.blocks) {
                blocked = true;
                if !other.deleting {
                    self.queue.add((kind, dependent));
                }
            }
        }
        if blocked { Ok(()) } else { self.release(index, key, head, FOREGROUND).await }
    }

    /// Orphan: dependents forget this owner; then it is let go.
    async fn orphan(&self, index: usize, key: &Key, head: &Head) -> Result<(), Error> {
        let places = self.graph().dependents(&head.uid);
        for (kind, dependent) in places {
            let current = api::get::<Value>(&self.context.client, &KINDS[kind], &dependent).await?;
            let Some(current) = current else { continue };
            let kept: Vec<&Value> = current["metadata"]["ownerReferences"]
                .as_array()
                .into_iter()
                .flatten()
                .filter(|owner| owner["uid"].as_str() != Some(&*head.uid))
                .collect();
            let patch = json!({"metadata": {
                "uid": current["metadata"]["uid"],
                "resourceVersion": current["metadata"]["resourceVersion"],
                "ownerReferences": kept,
            }});
            let client = &self.context.client;
            api::merge::<Value>(client, &KINDS[kind], &dependent, "", CONTROLLER_MANAGER, &patch)
                .await?;
        }
        self.release(index, key, head, ORPHAN).await
    }

    /// Takes a finalizer away.
    async fn release(
        &self,
        index: usize,
        key: &Key,
        head: &Head,
        finalizer: &str,
    ) -> Result<(), Error> {
        let kept: Vec<&str> =
            head.finalizers.iter().map(|name| &**name).filter(|name| *name != finalizer).collect();
        let patch = json!({"metadata": {
            "uid": head.uid, "resourceVersion": head.version, "finalizers": kept,
        }});
        let client = &self.context.client;
        let released =
            api::merge::<Value>(client, &KINDS[index], key, "", CONTROLLER_MANAGER, &patch).await;
        match released {
            Err(error) if !error.is_not_found() => Err(error),
            Ok(_) | Err(_) => Ok(()),
        }
    }
}

/// How an owner is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Owned {
    Present,
    /// Being deleted, waiting for its dependents to go first.
    Waiting,
    Gone,
}

fn owner_place(dependent: &Key, owner: &crate::cache::Owner) -> Option<Place> {
    let group = owner.api_version.split_once('/').map_or("", |(group, _)| group);
    let index = KINDS.iter().position(|kind| kind.group == group && kind.kind == &*owner.kind)?;
    let namespace = if KINDS[index].namespaced { &*dependent.namespace } else { "" };
    Some((index, Key::new(namespace, &owner.name)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::Router;
    use axum::extract::{Query, State};
    use axum::routing::{delete, get};
    use axum::{Json, http::StatusCode};
    use jiff::Timestamp;
    use tokio::sync::{Notify, mpsc};
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::cache::{Cache, reflect};
    use crate::events::Recorders;

    /// An API server with one Deployment and its ReplicaSet, whose watches say nothing until the
    /// Deployment has been made anew and then only that they are too old.
    struct Interrupted {
        deployment: Mutex<&'static str>,
        anew: Notify,
        deleted: mpsc::UnboundedSender<String>,
    }

    #[derive(serde::Deserialize)]
    struct Asked {
        #[serde(default)]
        watch: bool,
    }

    fn list(items: &Value) -> Json<Value> {
        Json(json!({"metadata": {"resourceVersion": "1"}, "items": items}))
    }

    async fn deployments(
        State(server): State<Arc<Interrupted>>,
        Query(asked): Query<Asked>,
    ) -> Result<Json<Value>, StatusCode> {
        if asked.watch {
            server.anew.notified().await;
            return Err(StatusCode::GONE);
        }
        let uid = *server.deployment.lock().unwrap();
        let meta = json!({"namespace": "ada", "name": "web", "uid": uid, "resourceVersion": uid});
        Ok(list(&json!([{"metadata": meta}])))
    }

    async fn replicasets(Query(asked): Query<Asked>) -> Json<Value> {
        if asked.watch {
            std::future::pending::<()>().await;
        }
        let owner = json!({
            "apiVersion": "apps/v1", "kind": "Deployment", "name": "web", "uid": "first",
            "controller": true, "blockOwnerDeletion": true,
        });
        list(&json!([{"metadata": {
            "namespace": "ada", "name": "web-1", "uid": "set", "resourceVersion": "1",
            "ownerReferences": [owner],
        }}]))
    }

    async fn deployment(State(server): State<Arc<Interrupted>>) -> Json<Value> {
        Json(json!({"metadata": {"name": "web", "uid": *server.deployment.lock().unwrap()}}))
    }

    async fn remove(
        State(server): State<Arc<Interrupted>>,
        Json(options): Json<Value>,
    ) -> Json<Value> {
        let uid = options["preconditions"]["uid"].as_str().unwrap_or_default();
        server.deleted.send(uid.to_owned()).unwrap();
        Json(json!({"kind": "Status", "apiVersion": "v1", "status": "Success"}))
    }

    fn router(server: Arc<Interrupted>) -> Router {
        Router::new()
            .route("/apis/apps/v1/deployments", get(deployments))
            .route("/apis/apps/v1/replicasets", get(replicasets))
            .route("/apis/apps/v1/namespaces/ada/deployments/web", get(deployment))
            .route("/apis/apps/v1/namespaces/ada/replicasets/web-1", delete(remove))
            .with_state(server)
    }

    #[tokio::test(start_paused = true)]
    async fn what_an_owner_left_that_was_made_anew_out_of_sight_is_collected() {
        let (deleted, mut seen) = mpsc::unbounded_channel();
        let server =
            Arc::new(Interrupted { deployment: Mutex::new("first"), anew: Notify::new(), deleted });
        let client = kube::Client::new(router(Arc::clone(&server)), "default");
        let clock: crate::Clock = Arc::new(|| Timestamp::UNIX_EPOCH);
        let cancel = CancellationToken::new();
        let context = Context {
            client: client.clone(),
            cache: Arc::new(Cache::new()),
            recorders: Recorders::new(client.clone(), clock.clone()),
            clock,
            random: Arc::new(|| 0),
            cancel: cancel.clone(),
        };
        let mut tasks = tokio::task::JoinSet::new();
        tasks.spawn(run(&context));
        for store in context.cache.stores() {
            tasks.spawn(reflect(client.clone(), store, cancel.clone()));
        }
        context.cache.synced().await;
        let early = tokio::time::timeout(Duration::from_secs(30), seen.recv()).await;
        assert!(early.is_err(), "collected while its owner was there: {early:?}");

        *server.deployment.lock().unwrap() = "second";
        server.anew.notify_one();
        let collected = tokio::time::timeout(Duration::from_mins(2), seen.recv()).await;

        assert_eq!(collected.unwrap().as_deref(), Some("set"));
    }
}
