//! Making the ReplicaSet of the present template.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet, ReplicaSetSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::rolling::{self, size};
use super::rollout::{Rollout, Sets, sizes};
use super::{revision, status};
use crate::api::{self, CONTROLLER_MANAGER};
use crate::cache::Key;
use crate::events::Type;
use crate::{Error, owners};

impl Rollout {
    /// Creates the new ReplicaSet if it is missing.
    pub(super) async fn ensure_new(
        &self,
        deployment: &mut Deployment,
        sets: &mut Sets,
    ) -> Result<(), Error> {
        if sets.new.is_some() {
            return Ok(());
        }
        let number = revision::next(&sets.old);
        let set = self.build_set(deployment, sets, number);
        let namespace = deployment.metadata.namespace.clone().unwrap_or_default();
        let name = set.metadata.name.clone().unwrap_or_default();
        let client = &self.context.client;
        let created =
            api::create::<ReplicaSet>(client, &self.set_kind, &namespace, CONTROLLER_MANAGER, &set);
        let created = match created.await {
            Ok(created) => {
                if size(&created) > 0 {
                    let count = size(&created);
                    let message = format!("Scaled up replica set {name} from 0 to {count}");
                    self.tell(deployment, Type::Normal, "ScalingReplicaSet", message);
                }
                created
            }
            Err(error) if error.already_exists() => {
                return self
                    .resolve_collision(deployment, &Key::new(&namespace, &name), error)
                    .await;
            }
            Err(error) => return self.report_failure(deployment, &name, error).await,
        };
        sets.new = Some(created);
        self.note_revision(deployment, number).await?;
        if status::deadline(deployment).is_some() {
            let mut status = deployment.status.clone().unwrap_or_default();
            let message = format!("Created new replica set \"{name}\"");
            self.say(&mut status, "True", status::NEW_CREATED, message);
            self.renew_status(deployment, status).await?;
        }
        Ok(())
    }

    fn build_set(&self, deployment: &Deployment, sets: &Sets, number: i64) -> ReplicaSet {
        let spec = deployment.spec.clone().unwrap_or_default();
        let collisions = deployment.status.as_ref().and_then(|status| status.collision_count);
        let hash = revision::template_hash(&spec.template, collisions);
        let mut template = spec.template;
        let labels = template.metadata.get_or_insert_default().labels.get_or_insert_default();
        labels.insert(revision::HASH_LABEL.to_owned(), hash.clone());
        let labels = labels.clone();
        let mut selector = spec.selector;
        selector
            .match_labels
            .get_or_insert_default()
            .insert(revision::HASH_LABEL.to_owned(), hash.clone());
        let meta = &deployment.metadata;
        let mut annotations = revision::annotations(deployment, &BTreeMap::new(), number);
        annotations.extend(sizes(deployment));
        ReplicaSet {
            metadata: ObjectMeta {
                name: Some(format!("{}-{hash}", meta.name.as_deref().unwrap_or_default())),
                namespace: meta.namespace.clone(),
                labels: Some(labels),
                annotations: Some(annotations),
                owner_references: Some(vec![owners::controller_reference(&self.kind, meta)]),
                ..Default::default()
            },
            spec: Some(ReplicaSetSpec {
                replicas: Some(rolling::new_size(deployment, sets.total(), 0)),
                min_ready_seconds: spec.min_ready_seconds,
                selector,
                template: Some(template),
            }),
            status: None,
        }
    }

    /// A ReplicaSet of that name exists: ours and only not seen yet, or another template's.
    async fn resolve_collision(
        &self,
        deployment: &mut Deployment,
        key: &Key,
        error: Error,
    ) -> Result<(), Error> {
        let existing: Option<ReplicaSet> =
            api::get(&self.context.client, &self.set_kind, key).await?;
        let uid = deployment.metadata.uid.as_deref().unwrap_or_default();
        if existing.is_some_and(|set| {
            owners::is_controlled_by(&set.metadata, uid) && revision::is_current(deployment, &set)
        }) {
            return Err(Error::NotYet(format!("replica set {key} has not been seen yet")));
        }
        let mut status = deployment.status.clone().unwrap_or_default();
        status.collision_count = Some(status.collision_count.unwrap_or_default() + 1);
        self.renew_status(deployment, status).await?;
        Err(error)
    }

    async fn report_failure(
        &self,
        deployment: &mut Deployment,
        name: &str,
        error: Error,
    ) -> Result<(), Error> {
        if error.namespace_is_terminating() {
            return Ok(());
        }
        let message = format!("Failed to create new replica set \"{name}\": {}", error.message());
        self.tell(deployment, Type::Warning, status::CREATE_FAILED, message.clone());
        if status::deadline(deployment).is_some() {
            let mut status = deployment.status.clone().unwrap_or_default();
            self.say(&mut status, "False", status::CREATE_FAILED, message);
            self.renew_status(deployment, status).await?;
        }
        Err(error.told())
    }
}
