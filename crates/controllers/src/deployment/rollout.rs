//! One look at one Deployment: what the strategy allows is done, then the status is brought up to date.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::apps::v1::{Deployment, DeploymentStatus, ReplicaSet};
use k8s_openapi::api::core::v1::Pod;
use serde_json::json;

use super::rolling::{self, desired, size};
use super::status::{self, is_complete};
use super::{condition, revision};
use crate::api::{self, CONTROLLER_MANAGER, Deletion};
use crate::cache::{Key, Kind, Lister};
use crate::events::{Recorder, Type, reference};
use crate::queue::Queue;
use crate::{Context, Error, owners, pods};

/// What a rollout works with.
pub(super) struct Rollout {
    pub(super) context: Context,
    deployments: Lister<Deployment>,
    sets: Lister<ReplicaSet>,
    pods: Lister<Pod>,
    queue: Arc<Queue<Key>>,
    recorder: Recorder,
    pub(super) kind: Kind,
    pub(super) set_kind: Kind,
}

/// The ReplicaSets of one Deployment.
pub(super) struct Sets {
    pub(super) new: Option<ReplicaSet>,
    /// Oldest first.
    pub(super) old: Vec<ReplicaSet>,
}

impl Sets {
    pub(super) fn all(&self) -> Vec<&ReplicaSet> {
        self.old.iter().chain(&self.new).collect()
    }

    pub(super) fn total(&self) -> i32 {
        rolling::sum(self.all().into_iter().map(size))
    }
}

impl Rollout {
    pub(super) fn new(
        context: &Context,
        deployments: Lister<Deployment>,
        sets: Lister<ReplicaSet>,
        pods: Lister<Pod>,
        queue: Arc<Queue<Key>>,
    ) -> Self {
        Self {
            context: context.clone(),
            deployments,
            sets,
            pods,
            queue,
            recorder: context.recorders.recorder("deployment-controller"),
            kind: Kind::of::<Deployment>(),
            set_kind: Kind::of::<ReplicaSet>(),
        }
    }

    pub(super) async fn sync(&self, key: Key) -> Result<(), Error> {
        let Some(mut deployment) = self.deployments.get(&key) else { return Ok(()) };
        let Some(spec) = deployment.spec.clone() else { return Ok(()) };
        let owned = self.owned(&deployment).await?;
        if deployment.metadata.deletion_timestamp.is_some() {
            let sets = split(&deployment, owned);
            return self.write_counts(&deployment, &sets).await;
        }
        self.note_pause(&mut deployment).await?;
        let mut sets = split(&deployment, owned);
        self.sync_annotations(&mut deployment, &mut sets).await?;
        let resized = sets.all().into_iter().any(|set| {
            size(set) > 0
                && revision::number(set, revision::DESIRED)
                    .is_some_and(|number| number != i64::from(desired(&deployment)))
        });
        if spec.paused == Some(true) || resized {
            self.rescale(&deployment, &mut sets).await?;
            if spec.paused == Some(true) {
                self.forget_history(&deployment, &sets).await?;
            }
            return self.write_counts(&deployment, &sets).await;
        }
        if rolling::is_rolling(&deployment) {
            self.roll(&mut deployment, &mut sets).await?;
        } else {
            self.recreate(&mut deployment, &mut sets).await?;
        }
        self.write_progress(&key, &deployment, &sets).await
    }

    /// The ReplicaSets that the Deployment owns; matching orphans are adopted.
    async fn owned(&self, deployment: &Deployment) -> Result<Vec<ReplicaSet>, Error> {
        let meta = &deployment.metadata;
        let uid = meta.uid.as_deref().unwrap_or_default();
        let Some(spec) = &deployment.spec else { return Ok(Vec::new()) };
        let mut owned = Vec::new();
        for set in self.sets.in_namespace(meta.namespace.as_deref().unwrap_or_default()) {
            if owners::is_controlled_by(&set.metadata, uid) {
                owned.push(set);
            } else if owners::controller_of(&set.metadata).is_none()
                && meta.deletion_timestamp.is_none()
                && set.metadata.deletion_timestamp.is_none()
                && owners::selects(&spec.selector, set.metadata.labels.as_ref())
            {
                let mut references = set.metadata.owner_references.clone().unwrap_or_default();
                references.push(owners::controller_reference(&self.kind, meta));
                let patch = json!({"metadata": {
                    "uid": set.metadata.uid,
                    "resourceVersion": set.metadata.resource_version,
                    "ownerReferences": references,
                }});
                owned.push(self.patch_set(&Key::of(&set.metadata), &patch).await?);
            }
        }
        owned.sort_by_key(|set| (pods::created(&set.metadata), set.metadata.name.clone()));
        Ok(owned)
    }

    async fn patch_set(&self, key: &Key, patch: &serde_json::Value) -> Result<ReplicaSet, Error> {
        let client = &self.context.client;
        api::merge(client, &self.set_kind, key, "", CONTROLLER_MANAGER, patch).await
    }

    async fn write_status(
        &self,
        deployment: &Deployment,
        status: &DeploymentStatus,
    ) -> Result<(), Error> {
        let old = deployment.status.clone().unwrap_or_default();
        let (client, meta) = (&self.context.client, &deployment.metadata);
        api::update_status(client, &self.kind, meta, CONTROLLER_MANAGER, &old, status).await?;
        Ok(())
    }

    /// Writes the status and goes on with what the API server made of it.
    pub(super) async fn renew_status(
        &self,
        deployment: &mut Deployment,
        status: DeploymentStatus,
    ) -> Result<(), Error> {
        let old = deployment.status.clone().unwrap_or_default();
        let (client, meta) = (&self.context.client, &deployment.metadata);
        let written =
            api::update_status(client, &self.kind, meta, CONTROLLER_MANAGER, &old, &status).await?;
        if let Some(written) = written {
            *deployment = serde_json::from_value(written)?;
        }
        Ok(())
    }

    /// Says in the conditions that the rollout was paused or goes on.
    async fn note_pause(&self, deployment: &mut Deployment) -> Result<(), Error> {
        let mut status = deployment.status.clone().unwrap_or_default();
        let has = |reason| condition::has_reason(&status, condition::PROGRESSING, reason);
        if status::deadline(deployment).is_none() || has(status::TIMED_OUT) {
            return Ok(());
        }
        let paused = deployment.spec.as_ref().and_then(|spec| spec.paused) == Some(true);
        let (reason, message) = match (paused, has(status::PAUSED)) {
            (true, false) => (status::PAUSED, "Deployment is paused"),
            (false, true) => (status::RESUMED, "Deployment is resumed"),
            (true, true) | (false, false) => return Ok(()),
        };
        self.say(&mut status, "Unknown", reason, message.to_owned());
        self.renew_status(deployment, status).await
    }

    pub(super) fn say(
        &self,
        status: &mut DeploymentStatus,
        value: &str,
        reason: &str,
        message: String,
    ) {
        let now = (self.context.clock)();
        let new = condition::new(condition::PROGRESSING, value, reason, message, now);
        condition::set(status, new);
    }

    /// Brings revision numbers and copied annotations up to date, if the new ReplicaSet exists.
    async fn sync_annotations(
        &self,
        deployment: &mut Deployment,
        sets: &mut Sets,
    ) -> Result<(), Error> {
        let Some(set) = &mut sets.new else { return Ok(()) };
        let current = set.metadata.annotations.clone().unwrap_or_default();
        let wanted = revision::annotations(deployment, &current, revision::next(&sets.old));
        let minimum = deployment.spec.as_ref().and_then(|spec| spec.min_ready_seconds);
        let has = set.spec.as_ref().and_then(|spec| spec.min_ready_seconds);
        if wanted != current || minimum.unwrap_or_default() != has.unwrap_or_default() {
            let patch = json!({
                "metadata": {
                    "resourceVersion": set.metadata.resource_version,
                    "annotations": wanted,
                },
                "spec": {"minReadySeconds": minimum.unwrap_or_default()},
            });
            *set = self.patch_set(&Key::of(&set.metadata), &patch).await?;
        }
        let number = revision::number(set, revision::REVISION).unwrap_or_default();
        let name = set.metadata.name.clone().unwrap_or_default();
        self.note_revision(deployment, number).await?;
        let mut status = deployment.status.clone().unwrap_or_default();
        if status::deadline(deployment).is_some()
            && condition::find(&status, condition::PROGRESSING).is_none()
        {
            let message = format!("Found new replica set \"{name}\"");
            self.say(&mut status, "True", status::NEW_FOUND, message);
            self.renew_status(deployment, status).await?;
        }
        Ok(())
    }

    pub(super) async fn note_revision(
        &self,
        deployment: &mut Deployment,
        number: i64,
    ) -> Result<(), Error> {
        let number = number.to_string();
        let annotations = deployment.metadata.annotations.as_ref();
        if annotations.and_then(|it| it.get(revision::REVISION)) == Some(&number) {
            return Ok(());
        }
        let patch = json!({"metadata": {
            "uid": deployment.metadata.uid,
            "annotations": {revision::REVISION: number},
        }});
        let key = Key::of(&deployment.metadata);
        let client = &self.context.client;
        // By way of the status, as the real controller does it: the generation does not move.
        let (kind, manager) = (&self.kind, CONTROLLER_MANAGER);
        *deployment = api::merge(client, kind, &key, "status", manager, &patch).await?;
        Ok(())
    }

    pub(super) fn tell(&self, deployment: &Deployment, kind: Type, reason: &str, message: String) {
        self.recorder.tell(&reference(&self.kind, &deployment.metadata), kind, reason, message);
    }

    /// Gives a ReplicaSet its size; `true` if that changed anything.
    pub(super) async fn resize(
        &self,
        deployment: &Deployment,
        set: &mut ReplicaSet,
        new: i32,
    ) -> Result<bool, Error> {
        let old = size(set);
        let annotations = set.metadata.annotations.as_ref();
        let sizes = sizes(deployment);
        let stale = sizes
            .iter()
            .any(|(name, value)| annotations.and_then(|it| it.get(name)) != Some(value));
        if old == new && !stale {
            return Ok(false);
        }
        let patch = json!({
            "metadata": {
                "resourceVersion": set.metadata.resource_version,
                "annotations": sizes.into_iter().collect::<std::collections::BTreeMap<_, _>>(),
            },
            "spec": {"replicas": new},
        });
        *set = self.patch_set(&Key::of(&set.metadata), &patch).await?;
        if old == new {
            return Ok(false);
        }
        let direction = if old < new { "up" } else { "down" };
        let name = set.metadata.name.as_deref().unwrap_or_default();
        let message = format!("Scaled {direction} replica set {name} from {old} to {new}");
        self.tell(deployment, Type::Normal, "ScalingReplicaSet", message);
        Ok(true)
    }

    async fn roll(&self, deployment: &mut Deployment, sets: &mut Sets) -> Result<(), Error> {
        self.ensure_new(deployment, sets).await?;
        let total = sets.total();
        let Sets { new: Some(new), old } = sets else { return Ok(()) };
        let wanted = desired(deployment);
        if size(new) != wanted {
            let to = if size(new) > wanted {
                wanted
            } else {
                rolling::new_size(deployment, total, size(new))
            };
            if to != size(new) && self.resize(deployment, new, to).await? {
                return Ok(());
            }
        }
        let mut shrunk = false;
        let sizes = rolling::old_sizes(deployment, old, new);
        for (set, to) in old.iter_mut().zip(sizes) {
            if to != size(set) {
                shrunk |= self.resize(deployment, set, to).await?;
            }
        }
        if !shrunk && is_complete(deployment, &deployment.status.clone().unwrap_or_default()) {
            self.forget_history(deployment, sets).await?;
        }
        Ok(())
    }

    async fn recreate(&self, deployment: &mut Deployment, sets: &mut Sets) -> Result<(), Error> {
        let mut shrunk = false;
        for set in sets.old.iter_mut().filter(|set| size(set) > 0) {
            shrunk |= self.resize(deployment, set, 0).await?;
        }
        if shrunk || self.old_pods_run(&sets.old) {
            return Ok(());
        }
        self.ensure_new(deployment, sets).await?;
        if let Some(new) = &mut sets.new {
            self.resize(deployment, new, desired(deployment)).await?;
        }
        if is_complete(deployment, &deployment.status.clone().unwrap_or_default()) {
            self.forget_history(deployment, sets).await?;
        }
        Ok(())
    }

    fn old_pods_run(&self, old: &[ReplicaSet]) -> bool {
        old.iter().any(|set| {
            let uid = set.metadata.uid.as_deref().unwrap_or_default();
            let namespace = set.metadata.namespace.as_deref().unwrap_or_default();
            set.status.as_ref().is_some_and(|status| status.replicas > 0)
                || self.pods.in_namespace(namespace).iter().any(|pod| {
                    owners::is_controlled_by(&pod.metadata, uid) && !pods::has_ended(pod)
                })
        })
    }

    /// Deletes old ReplicaSets beyond the history limit.
    async fn forget_history(&self, deployment: &Deployment, sets: &Sets) -> Result<(), Error> {
        let limit = deployment.spec.as_ref().and_then(|spec| spec.revision_history_limit);
        let limit = limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(10);
        let mut alive: Vec<&ReplicaSet> =
            sets.old.iter().filter(|set| set.metadata.deletion_timestamp.is_none()).collect();
        let excess = alive.len().saturating_sub(limit);
        alive.sort_by_key(|set| revision::number(set, revision::REVISION));
        for set in alive.into_iter().take(excess) {
            let status = set.status.clone().unwrap_or_default();
            let settled = status.observed_generation >= set.metadata.generation;
            if status.replicas == 0 && size(set) == 0 && settled {
                let key = Key::of(&set.metadata);
                let deletion = Deletion { uid: set.metadata.uid.as_deref(), ..Deletion::default() };
                api::delete(&self.context.client, &self.set_kind, &key, &deletion).await?;
            }
        }
        Ok(())
    }

    async fn write_counts(&self, deployment: &Deployment, sets: &Sets) -> Result<(), Error> {
        let now = (self.context.clock)();
        let status = status::counts(deployment, &sets.all(), sets.new.as_ref(), now);
        self.write_status(deployment, &status).await
    }

    async fn write_progress(
        &self,
        key: &Key,
        deployment: &Deployment,
        sets: &Sets,
    ) -> Result<(), Error> {
        let now = (self.context.clock)();
        let (all, new) = (sets.all(), sets.new.as_ref());
        let mut status = status::counts(deployment, &all, new, now);
        status::progress(deployment, &mut status, &all, new, now);
        self.write_status(deployment, &status).await?;
        if !is_complete(deployment, &status)
            && let Some(at) = status::times_out_at(deployment, &status)
        {
            let left = Duration::try_from(at.duration_since(now)).unwrap_or_default();
            self.queue.add_after(key.clone(), left + Duration::from_secs(1));
        }
        Ok(())
    }
}

/// The annotations that say for which size of the Deployment a ReplicaSet was sized.
pub(super) fn sizes(deployment: &Deployment) -> [(String, String); 2] {
    let desired = desired(deployment);
    [
        (revision::DESIRED.to_owned(), desired.to_string()),
        (revision::MOST.to_owned(), rolling::most(deployment).to_string()),
    ]
}

fn split(deployment: &Deployment, owned: Vec<ReplicaSet>) -> Sets {
    // Of several with the same template the oldest is the new one, as in the real controller.
    let mut sets = Sets { new: None, old: Vec::new() };
    for set in owned {
        if sets.new.is_none() && revision::is_current(deployment, &set) {
            sets.new = Some(set);
        } else {
            sets.old.push(set);
        }
    }
    sets
}
