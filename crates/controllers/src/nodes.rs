//! Node lifecycle: a node whose kubelet falls silent is no longer ready, and what keeps pods away
//! from a node stands in its taints.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::coordination::v1::Lease;
use k8s_openapi::api::core::v1::{Node, NodeCondition, Taint};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::api::{self, CONTROLLER_MANAGER};
use crate::cache::{Key, Kind, Lister};
use crate::{Context, Error, pods};

/// How often nodes are looked at.
const PERIOD: Duration = Duration::from_secs(5);
/// After how long without a sign of life a node counts as lost.
const GRACE: SignedDuration = SignedDuration::from_secs(50);
const LEASES: &str = "kube-node-lease";
const UNREACHABLE: &str = "node.kubernetes.io/unreachable";
const NOT_READY: &str = "node.kubernetes.io/not-ready";
const UNSCHEDULABLE: &str = "node.kubernetes.io/unschedulable";

/// Runs the controller.
pub(crate) fn run(context: &Context) -> impl Future<Output = ()> + Send + use<> {
    let nodes = context.cache.lister::<Node>();
    let leases = context.cache.lister::<Lease>();
    let context = context.clone();
    let changed = Arc::new(Notify::new());
    let notify = Arc::clone(&changed);
    nodes.on_change(move |_| notify.notify_one());
    async move {
        context.cache.synced().await;
        let mut ticks = tokio::time::interval(PERIOD);
        loop {
            tokio::select! {
                () = context.cancel.cancelled() => return,
                _ = ticks.tick() => {}
                () = changed.notified() => {}
            }
            for node in nodes.all() {
                if let Err(error) = look(&context, &leases, &node).await
                    && !error.is_conflict()
                {
                    tracing::warn!(%error, "Cannot update a node");
                }
            }
        }
    }
}

async fn look(context: &Context, leases: &Lister<Lease>, node: &Node) -> Result<(), Error> {
    let name = node.metadata.name.as_deref().unwrap_or_default();
    let now = (context.clock)();
    let renewed = leases
        .get(&Key::new(LEASES, name))
        .and_then(|lease| lease.spec?.renew_time)
        .map(|time| time.0);
    // A node without a lease, as others make them, is left alone.
    let Some(renewed) = renewed else { return Ok(()) };
    let lost = now.duration_since(renewed) > GRACE;
    let status = node.status.clone().unwrap_or_default();
    let conditions = status.conditions.clone().unwrap_or_default();
    let ready = conditions.iter().find(|condition| condition.type_ == "Ready");
    let wanted = match (lost, ready.map(|condition| condition.status.as_str())) {
        (true, _) => Some(UNREACHABLE),
        (false, Some("True")) => None,
        (false, _) => Some(NOT_READY),
    };
    set_taints(context, node, wanted).await?;
    if lost && ready.is_some_and(|condition| condition.status != "Unknown") {
        let mut new = status.clone();
        for condition in new.conditions.iter_mut().flatten() {
            *condition = NodeCondition {
                status: "Unknown".to_owned(),
                reason: Some("NodeStatusUnknown".to_owned()),
                message: Some("Kubelet stopped posting node status.".to_owned()),
                last_transition_time: Some(pods::seconds(now)),
                ..condition.clone()
            };
        }
        let kind = Kind::of::<Node>();
        let (client, meta) = (&context.client, &node.metadata);
        api::update_status(client, &kind, meta, CONTROLLER_MANAGER, &status, &new).await?;
    }
    Ok(())
}

async fn set_taints(context: &Context, node: &Node, health: Option<&str>) -> Result<(), Error> {
    let present = node.spec.as_ref().and_then(|spec| spec.taints.clone()).unwrap_or_default();
    let cordoned = node.spec.as_ref().and_then(|spec| spec.unschedulable) == Some(true);
    let taints = taints(&present, health, cordoned, (context.clock)());
    if taints == present {
        return Ok(());
    }
    let patch = json!({
        "metadata": {"resourceVersion": node.metadata.resource_version},
        "spec": {"taints": if taints.is_empty() { Value::Null } else { json!(taints) }},
    });
    let key = Key::of(&node.metadata);
    let kind = Kind::of::<Node>();
    api::merge::<Value>(&context.client, &kind, &key, "", CONTROLLER_MANAGER, &patch).await?;
    Ok(())
}

/// The taints that a node should have: those of others, and ours for its health and its cordon.
fn taints(present: &[Taint], health: Option<&str>, cordoned: bool, now: Timestamp) -> Vec<Taint> {
    let ours = [UNREACHABLE, NOT_READY, UNSCHEDULABLE];
    let health = health.map(|key| [(key, "NoSchedule"), (key, "NoExecute")]);
    let cordon = cordoned.then_some((UNSCHEDULABLE, "NoSchedule"));
    let others = present.iter().filter(|taint| !ours.contains(&taint.key.as_str())).cloned();
    let wanted = health.into_iter().flatten().chain(cordon).map(|(key, effect)| {
        let known = present.iter().find(|it| it.key == key && it.effect == effect);
        known.cloned().unwrap_or_else(|| Taint {
            key: key.to_owned(),
            effect: effect.to_owned(),
            time_added: Some(pods::seconds(now)),
            value: None,
        })
    });
    others.chain(wanted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cordon_is_a_taint_that_goes_with_it() {
        let own =
            Taint { key: "a".to_owned(), effect: "NoSchedule".to_owned(), ..Taint::default() };
        let now = Timestamp::UNIX_EPOCH;

        let cordoned = taints(std::slice::from_ref(&own), None, true, now);
        let freed = taints(&cordoned, None, false, now);

        let keys: Vec<&str> = cordoned.iter().map(|it| it.key.as_str()).collect();
        assert_eq!(keys, ["a", UNSCHEDULABLE]);
        assert_eq!(freed, [own]);
    }
}
