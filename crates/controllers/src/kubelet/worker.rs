//! The worker of one pod: brings it up, keeps its status, takes it down.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use k8s_openapi::api::core::v1::{Pod, PodStatus};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use super::container::Running;
use super::environment::Place;
use super::state::{Now, PodState};
use super::volumes::Volumes;
use super::{Kubelet, status};
use crate::api::{self, Deletion, KUBELET};
use crate::cache::Kind;
use crate::events::{Recorder, Source};
use crate::runtime::Signal;

const FIRST_RETRY: Duration = Duration::from_millis(20);
const LAST_RETRY: Duration = Duration::from_secs(10);
/// How long a pod's last status may delay its removal.
const LAST_REPORT: Duration = Duration::from_secs(1);

impl Kubelet {
    /// The recorder of a node's kubelet.
    pub(super) fn recorder(&self, node: usize) -> Recorder {
        let host = self.nodes[node].settings.name.clone();
        self.context.recorders.recorder_of(Source::Classic { component: "kubelet", host })
    }
}

/// Runs until the pod is gone.
pub(super) async fn run(kubelet: Arc<Kubelet>, state: Arc<PodState>, cancel: CancellationToken) {
    let node = &kubelet.nodes[state.node];
    let Some(address) = node.take_address() else {
        // The real kubelet says so in an event and tries again; here 65,000 pods are on the node.
        tracing::error!(pod = ?state.key, "No pod address is free on the node");
        return;
    };
    let place = Place {
        pod_ip: address.to_string(),
        host_ip: node.settings.address.to_string(),
        node: node.settings.name.clone(),
    };
    let stop = CancellationToken::new();
    tokio::select! {
        () = cancel.cancelled() => {}
        () = watch_deletion(&kubelet, &state, &stop) => {}
        () = report(&kubelet, &state) => {}
        () = live(&kubelet, &state, &place, address, &stop) => {}
    }
    end(&state);
    node.return_address(address);
}

/// Ends what a pod still runs that is gone without a grace, and tells those who read its logs.
fn end(state: &PodState) {
    for container in &state.facts().containers {
        if let Some(handle) = &container.handle {
            handle.signal(Signal::Kill);
        }
        if let Some(log) = &container.log {
            log.close();
        }
    }
}

/// Notices that the pod is to be deleted, and tells the rest of the worker. Never ends.
async fn watch_deletion(kubelet: &Kubelet, state: &PodState, stop: &CancellationToken) {
    let mut changes = state.changes();
    loop {
        let pod = kubelet.pods.get(&state.key);
        if pod.is_some_and(|pod| pod.metadata.deletion_timestamp.is_some()) {
            stop.cancel();
        }
        if changes.changed().await.is_err() {
            return std::future::pending().await;
        }
    }
}

async fn live(
    kubelet: &Arc<Kubelet>,
    state: &Arc<PodState>,
    place: &Place,
    address: std::net::Ipv4Addr,
    stop: &CancellationToken,
) {
    let Some(pod) = kubelet.pods.get(&state.key) else { return };
    let now = (kubelet.context.clock)();
    state.change(|facts| facts.since = Some(now));
    let mounted = tokio::select! {
        () = stop.cancelled() => None,
        volumes = Volumes::mount(kubelet, state, &pod, place) => Some(volumes),
    };
    if let Some(volumes) = mounted {
        state.change(|facts| facts.address = Some(address));
        tokio::select! {
            () = containers(kubelet, state, &pod, place, &volumes, stop) => {}
            () = volumes.keep(kubelet, state, &pod, place) => {}
        }
    }
    state.change(|facts| facts.over = true);
    stop.cancelled().await;
    remove(kubelet, state).await;
}

async fn containers(
    kubelet: &Arc<Kubelet>,
    state: &Arc<PodState>,
    pod: &Pod,
    place: &Place,
    volumes: &Volumes,
    stop: &CancellationToken,
) {
    let kinds: Vec<bool> = state.facts().containers.iter().map(|it| it.init).collect();
    let run =
        async |index| Running::new(kubelet, state, index, pod, place, volumes, stop).run().await;
    for index in (0..kinds.len()).filter(|index| kinds[*index]) {
        if !run(index).await {
            return;
        }
    }
    state.change(|facts| {
        facts.initialized = true;
        for container in facts.containers.iter_mut().filter(|it| !it.init) {
            container.now = Now::Waiting { reason: "ContainerCreating", message: None };
        }
    });
    join_all((0..kinds.len()).filter(|index| !kinds[*index]).map(run)).await;
}

/// Keeps the status on the API server equal to the facts. Never ends.
async fn report(kubelet: &Kubelet, state: &PodState) {
    let mut written: Option<PodStatus> = None;
    let mut retry = FIRST_RETRY;
    let mut versions = state.version.subscribe();
    loop {
        let version = *versions.borrow_and_update();
        match write_status(kubelet, state, &mut written).await {
            Err(error) if !error.is_not_found() && !error.is_conflict() => {
                tracing::warn!(pod = %state.key, %error, "Cannot write a pod's status");
                tokio::time::sleep(retry).await;
                retry = (retry * 2).min(LAST_RETRY);
                continue;
            }
            // Not found: another pod of that name, or none. The kubelet will end this worker.
            Ok(()) | Err(_) => {
                retry = FIRST_RETRY;
                state.reported.send_replace(version);
            }
        }
        if versions.changed().await.is_err() {
            return std::future::pending().await;
        }
    }
}

async fn write_status(
    kubelet: &Kubelet,
    state: &PodState,
    written: &mut Option<PodStatus>,
) -> Result<(), crate::Error> {
    let Some(pod) = kubelet.pods.get(&state.key) else { return Ok(()) };
    let old = written.clone().unwrap_or_else(|| pod.status.clone().unwrap_or_default());
    let host = kubelet.nodes[state.node].settings.address.to_string();
    let now = (kubelet.context.clock)();
    let new = status::compute(&pod, &state.facts(), &host, &old, now);
    let difference = api::difference(&serde_json::to_value(&old)?, &serde_json::to_value(&new)?);
    let Some(difference) = difference else { return Ok(()) };
    let patch = json!({"metadata": {"uid": state.uid}, "status": difference});
    let (client, kind) = (&kubelet.context.client, Kind::of::<Pod>());
    api::merge::<Value>(client, &kind, &state.key, "status", KUBELET, &patch).await?;
    *written = Some(new);
    Ok(())
}

/// Removes the pod from the API server: everything of it has ended.
async fn remove(kubelet: &Kubelet, state: &PodState) {
    let deletion =
        Deletion { uid: Some(&state.uid), grace_seconds: Some(0), ..Deletion::default() };
    let kind = Kind::of::<Pod>();
    let mut retry = FIRST_RETRY;
    // The last status first, so that those who watch see how it ended.
    let _ = tokio::time::timeout(LAST_REPORT, state.settled()).await;
    loop {
        match api::delete(&kubelet.context.client, &kind, &state.key, &deletion).await {
            Ok(()) => return,
            Err(error) if error.is_conflict() => return,
            Err(error) => {
                tracing::warn!(pod = %state.key, %error, "Cannot remove a pod");
                tokio::time::sleep(retry).await;
                retry = (retry * 2).min(LAST_RETRY);
            }
        }
    }
}
