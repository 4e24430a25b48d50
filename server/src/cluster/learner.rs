//! What the server does as the learner, with her token: look at one object, clear her namespaces.
//!
//! **Invariant:** nothing in here uses the server's own rights but the request for the token. What the
//! learner may not see or remove, nobody can through this module.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use curriculum::Plane;
use kube::api::{DeleteParams, DynamicObject, ListParams};
use kube::discovery::ApiResource;
use kube::{Api, Client, ResourceExt as _};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::objects::MANAGED_BY;
use super::{Cluster, Error, LabNames};

/// How long a token is asked for, in seconds: the least that an API server gives.
const TOKEN_SECONDS: i64 = 600;
/// How long it is used.
const REUSE: Duration = Duration::from_mins(8);
/// How long clearing may take.
const PATIENCE: Duration = Duration::from_mins(1);
/// How often it is looked whether everything has gone.
const BEAT: Duration = Duration::from_millis(200);

/// Makes a client for a bearer token.
pub(super) type Identity = Arc<dyn Fn(String) -> Result<Client, Error> + Send + Sync>;

/// Clients that act as learners, by lab.
#[derive(Default)]
pub(super) struct Clients(Mutex<HashMap<String, (Instant, Client)>>);

/// Acts as the learner of a lab.
pub struct AsLearner {
    client: Client,
    names: LabNames,
}

impl std::fmt::Debug for AsLearner {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("AsLearner").field("names", &self.names).finish_non_exhaustive()
    }
}

/// An object of the learner's own making that nothing else owns.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OwnObject {
    /// The plane.
    pub plane: Plane,
    /// The kind.
    pub kind: &'static str,
    /// The name.
    pub name: String,
}

/// A kind: where it is served.
struct Sort {
    kind: &'static str,
    group: &'static str,
    plural: &'static str,
}

/// Owners of Pods first: who keeps copies must go before the copies.
const SORTS: &[Sort] = &[
    Sort { kind: "Deployment", group: "apps", plural: "deployments" },
    Sort { kind: "StatefulSet", group: "apps", plural: "statefulsets" },
    Sort { kind: "DaemonSet", group: "apps", plural: "daemonsets" },
    Sort { kind: "CronJob", group: "batch", plural: "cronjobs" },
    Sort { kind: "Job", group: "batch", plural: "jobs" },
    Sort { kind: "ReplicaSet", group: "apps", plural: "replicasets" },
    Sort { kind: "Pod", group: "", plural: "pods" },
    Sort {
        kind: "HorizontalPodAutoscaler",
        group: "autoscaling",
        plural: "horizontalpodautoscalers",
    },
    Sort { kind: "PodDisruptionBudget", group: "policy", plural: "poddisruptionbudgets" },
    Sort { kind: "Ingress", group: "networking.k8s.io", plural: "ingresses" },
    Sort { kind: "Service", group: "", plural: "services" },
    Sort { kind: "ConfigMap", group: "", plural: "configmaps" },
    Sort { kind: "Secret", group: "", plural: "secrets" },
    Sort { kind: "PersistentVolumeClaim", group: "", plural: "persistentvolumeclaims" },
    Sort { kind: "ServiceAccount", group: "", plural: "serviceaccounts" },
];

/// What is shown but not made by learners.
const SHOWN: &[Sort] = &[
    Sort { kind: "ResourceQuota", group: "", plural: "resourcequotas" },
    Sort { kind: "LimitRange", group: "", plural: "limitranges" },
    Sort { kind: "EndpointSlice", group: "discovery.k8s.io", plural: "endpointslices" },
    Sort { kind: "NetworkPolicy", group: "networking.k8s.io", plural: "networkpolicies" },
];

const EVENTS: Sort = Sort { kind: "Event", group: "", plural: "events" };

impl Sort {
    fn resource(&self) -> ApiResource {
        let version = if self.group == "autoscaling" { "v2" } else { "v1" };
        let api_version = match self.group {
            "" => version.to_owned(),
            group => format!("{group}/{version}"),
        };
        ApiResource {
            group: self.group.to_owned(),
            version: version.to_owned(),
            api_version,
            kind: self.kind.to_owned(),
            plural: self.plural.to_owned(),
        }
    }
}

impl Cluster {
    /// Acts as the learner of a lab, with a short-lived token of hers.
    pub async fn as_learner(&self, lab: &LabNames) -> Result<AsLearner, Error> {
        let now = Instant::now();
        let known = {
            let mut clients = self.clients.0.lock().unwrap_or_else(PoisonError::into_inner);
            clients.retain(|_, (until, _)| *until > now);
            clients.get(&lab.id).map(|(_, client)| client.clone())
        };
        if let Some(client) = known {
            return Ok(AsLearner { client, names: lab.clone() });
        }
        let token = self.kubeconfig(lab, TOKEN_SECONDS).await?.token;
        let client = (self.identity)(token)?;
        let mut clients = self.clients.0.lock().unwrap_or_else(PoisonError::into_inner);
        clients.insert(lab.id.clone(), (now + REUSE, client.clone()));
        drop(clients);
        Ok(AsLearner { client, names: lab.clone() })
    }
}

impl AsLearner {
    fn api(&self, sort: &Sort, plane: Plane) -> Api<DynamicObject> {
        let namespace = Cluster::namespace(&self.names, plane);
        Api::namespaced_with(self.client.clone(), &namespace, &sort.resource())
    }

    /// An object as the learner may read it: nothing if there is none, or if she may not.
    pub async fn object(
        &self,
        plane: Plane,
        kind: &str,
        name: &str,
    ) -> Result<Option<Value>, Error> {
        let Some(sort) = SORTS.iter().chain(SHOWN).find(|sort| sort.kind == kind) else {
            return Ok(None);
        };
        match self.api(sort, plane).get(name).await {
            Ok(object) => Ok(serde_json::to_value(object).ok()),
            Err(kube::Error::Api(status)) if matches!(status.code, 403 | 404 | 422) => Ok(None),
            Err(error) => Err(Error::api(format!("reading {kind} {name}"), error)),
        }
    }

    /// The events about an object.
    pub async fn events(&self, plane: Plane, kind: &str, name: &str) -> Result<Vec<Value>, Error> {
        let selector = format!("involvedObject.kind={kind},involvedObject.name={name}");
        let found = self.api(&EVENTS, plane).list(&ListParams::default().fields(&selector)).await;
        let found =
            found.map_err(|error| Error::api(format!("reading events of {name}"), error))?;
        Ok(found.items.into_iter().filter_map(|event| serde_json::to_value(event).ok()).collect())
    }

    /// What the learner has made in both planes, owners before anything else.
    pub async fn own_objects(&self) -> Result<Vec<OwnObject>, Error> {
        let mut own = Vec::new();
        for sort in SORTS {
            for plane in [Plane::Cp, Plane::Dp] {
                let found = self.list(sort, plane).await?;
                own.extend(
                    found.iter().filter(|object| is_own(sort, object)).map(|object| OwnObject {
                        plane,
                        kind: sort.kind,
                        name: object.name_any(),
                    }),
                );
            }
        }
        Ok(own)
    }

    async fn list(&self, sort: &Sort, plane: Plane) -> Result<Vec<DynamicObject>, Error> {
        match self.api(sort, plane).list(&ListParams::default()).await {
            Ok(found) => Ok(found.items),
            // A kind that this cluster does not serve has no objects.
            Err(kube::Error::Api(status)) if status.code == 404 => Ok(Vec::new()),
            Err(error) => Err(Error::api(format!("listing {}", sort.plural), error)),
        }
    }

    /// Removes what the learner has made, with everything that it owns, and waits until it has gone.
    ///
    /// Repeatable: what is gone already is fine.
    pub async fn clear(&self) -> Result<(), Error> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            for object in self.own_objects().await? {
                self.remove(&object).await?;
            }
            let left = self.left().await?;
            if left == 0 {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(Error::Unfinished { left });
            }
            sleep(BEAT).await;
        }
    }

    async fn remove(&self, object: &OwnObject) -> Result<(), Error> {
        let Some(sort) = SORTS.iter().find(|sort| sort.kind == object.kind) else { return Ok(()) };
        match self.api(sort, object.plane).delete(&object.name, &DeleteParams::background()).await {
            Ok(_) => Ok(()),
            Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409) => Ok(()),
            Err(error) => {
                Err(Error::api(format!("deleting {} {}", object.kind, object.name), error))
            }
        }
    }

    /// How many objects of hers there are still; her Pods are not given their grace.
    async fn left(&self) -> Result<usize, Error> {
        let mut left = 0;
        let now = DeleteParams { grace_period_seconds: Some(0), ..DeleteParams::default() };
        for sort in SORTS {
            for plane in [Plane::Cp, Plane::Dp] {
                let found = self.list(sort, plane).await?;
                let found = found.iter().filter(|object| !is_given(sort, object));
                for object in found {
                    left += 1;
                    if sort.kind == "Pod" {
                        let name = object.name_any();
                        // Somebody else may be quicker; the next look tells.
                        drop(self.api(sort, plane).delete(&name, &now).await);
                    }
                }
            }
        }
        Ok(left)
    }
}

/// Whether the namespace came with an object.
fn is_given(sort: &Sort, object: &DynamicObject) -> bool {
    let name = object.name_any();
    object.labels().get(MANAGED_BY).is_some_and(|owner| owner == "hangar")
        || (sort.kind == "ConfigMap" && name == "kube-root-ca.crt")
        || (sort.kind == "ServiceAccount" && name == "default")
}

/// Whether the learner made it, and nothing that she made did.
fn is_own(sort: &Sort, object: &DynamicObject) -> bool {
    !is_given(sort, object)
        && object.owner_references().is_empty()
        && object.metadata.deletion_timestamp.is_none()
}
