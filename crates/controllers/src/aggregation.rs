//! `ClusterRoles` that are made of others by label, as `admin`, `edit` and `view` are.

use std::future::Future;

use k8s_openapi::api::rbac::v1::{ClusterRole, PolicyRule};
use serde_json::{Value, json};

use crate::api::{self, CONTROLLER_MANAGER};
use crate::cache::{Key, Kind, Lister};
use crate::queue::Queue;
use crate::{Context, Error, owners};

/// Runs the controller.
pub(crate) fn run(context: &Context) -> impl Future<Output = ()> + Send + use<> {
    let roles = context.cache.lister::<ClusterRole>();
    let queue = Queue::new("clusterrole-aggregation");
    let (all, own) = (roles.clone(), queue.clone());
    roles.on_change(move |_| {
        for role in all.all().iter().filter(|role| role.aggregation_rule.is_some()) {
            own.add(Key::of(&role.metadata));
        }
    });
    let context = context.clone();
    async move {
        context.cache.synced().await;
        queue.work(1, &context.cancel, |key| sync(&context, &roles, key)).await;
    }
}

async fn sync(context: &Context, roles: &Lister<ClusterRole>, key: Key) -> Result<(), Error> {
    let Some(role) = roles.get(&key) else { return Ok(()) };
    let Some(aggregation) = &role.aggregation_rule else { return Ok(()) };
    let mut wanted: Vec<PolicyRule> = Vec::new();
    for selector in aggregation.cluster_role_selectors.iter().flatten() {
        for other in roles.all() {
            let itself = other.metadata.name == role.metadata.name;
            if itself || !owners::selects(selector, other.metadata.labels.as_ref()) {
                continue;
            }
            for rule in other.rules.into_iter().flatten() {
                if !wanted.contains(&rule) {
                    wanted.push(rule);
                }
            }
        }
    }
    if role.rules.as_deref().unwrap_or_default() == wanted {
        return Ok(());
    }
    let patch = json!({
        "metadata": {"resourceVersion": role.metadata.resource_version},
        "rules": wanted,
    });
    let kind = Kind::of::<ClusterRole>();
    api::merge::<Value>(&context.client, &kind, &key, "", CONTROLLER_MANAGER, &patch).await?;
    Ok(())
}
