//! Kubernetes' controllers, scheduler and a virtual kubelet.
//!
//! ```text
//! API server ──watch (one a kind)──► cache ──keys──► queues ──► controllers ──writes──► API server
//!                                        └─► kubelet ──► Runtime (what a container does)
//! ```
//!
//! **Invariant:** everything here is a client over HTTP of *some* API server, ours or a real one. What
//! a controller decides depends on what it reads there and on nothing else.
//!
//! **Deliberately absent:** the API server itself (a dependency of the tests only), and what any
//! container image does: that is the other side of the [`runtime::Runtime`] port.

mod aggregation;
mod api;
mod cache;
mod deployment;
mod endpoints;
mod error;
mod events;
mod garbage;
mod graph;
mod kubelet;
mod mirror;
mod namespace;
mod nodes;
mod owners;
mod pods;
mod quantity;
mod queue;
mod quota;
mod replicaset;
pub mod runtime;
mod scheduler;
mod serviceaccount;
mod settings;

use std::sync::Arc;

use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub use error::Error;
pub use settings::{Clock, NodeSettings, Part, Random, Settings};

use crate::cache::Cache;
use crate::events::Recorders;
use crate::runtime::Runtime;

/// What every controller is built from.
#[derive(Clone)]
pub(crate) struct Context {
    pub(crate) client: kube::Client,
    pub(crate) cache: Arc<Cache>,
    pub(crate) recorders: Recorders,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
    pub(crate) cancel: CancellationToken,
}

/// Runs the parts that `settings` names until `cancel` is cancelled.
///
/// Returns early, with the reason, only if a part ends that should not.
pub async fn run(
    client: kube::Client,
    settings: Settings,
    runtime: Arc<dyn Runtime>,
    cancel: CancellationToken,
) -> anyhow::Result<()> {
    let Settings { clock, random, parts, nodes, kubelet_listener, kubelet_token, ca_certificate } =
        settings;
    // Whatever ends first, everything that was started here ends with it.
    let cancel = cancel.child_token();
    let _guard = cancel.clone().drop_guard();
    let cache = Arc::new(Cache::new());
    let recorders = Recorders::new(client.clone(), clock.clone());
    let context = Context {
        client,
        cache: Arc::clone(&cache),
        recorders,
        clock,
        random,
        cancel: cancel.clone(),
    };

    let mut tasks = JoinSet::new();
    tasks.spawn(context.recorders.clone().run(cancel.clone()));
    for part in parts {
        start(part, &context, &ca_certificate, &mut tasks);
    }
    if !nodes.is_empty() {
        let kubelet = kubelet::Kubelet::new(&context, nodes, runtime);
        if let Some(listener) = kubelet_listener {
            tasks.spawn(kubelet::http::serve(
                Arc::clone(&kubelet),
                listener,
                kubelet_token,
                cancel.clone(),
            ));
        }
        tasks.spawn(kubelet.run());
    }
    // Handlers are registered by now, so no change can be missed.
    for store in cache.stores() {
        tasks.spawn(cache::reflect(context.client.clone(), store, cancel.clone()));
    }
    if let Some(ended) = tasks.join_next().await {
        ended?;
        anyhow::ensure!(cancel.is_cancelled(), "a controller ended unexpectedly");
    }
    while tasks.join_next().await.is_some() {}
    Ok(())
}

fn start(part: Part, context: &Context, ca_certificate: &str, tasks: &mut JoinSet<()>) {
    match part {
        Part::Namespace => _ = tasks.spawn(namespace::run(context)),
        Part::ServiceAccount => {
            _ = tasks.spawn(serviceaccount::run(context, ca_certificate.to_owned()));
        }
        Part::ReplicaSet => _ = tasks.spawn(replicaset::run(context)),
        Part::Deployment => _ = tasks.spawn(deployment::run(context)),
        Part::EndpointSlice => _ = tasks.spawn(endpoints::run(context)),
        Part::Endpoints => _ = tasks.spawn(mirror::run(context)),
        Part::GarbageCollector => _ = tasks.spawn(garbage::run(context)),
        Part::ResourceQuota => _ = tasks.spawn(quota::run(context)),
        Part::ClusterRoleAggregation => _ = tasks.spawn(aggregation::run(context)),
        Part::NodeLifecycle => _ = tasks.spawn(nodes::run(context)),
        Part::Scheduler => _ = tasks.spawn(scheduler::run(context)),
    }
}
