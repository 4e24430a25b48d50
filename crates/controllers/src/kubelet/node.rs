//! Node objects and their signs of life.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::Node as Object;
use serde_json::{Value, json};

use super::Kubelet;
use crate::api::{self, KUBELET};
use crate::cache::{Key, Kind};
use crate::pods::seconds;
use crate::settings::NodeSettings;
use crate::{Error, events};

/// How often the lease is renewed.
const LEASE_PERIOD: Duration = Duration::from_secs(10);
/// After how many renewals the whole status is written again.
const STATUS_EVERY: u32 = 30;
const LEASE_SECONDS: u32 = 40;
const LEASES: &str = "kube-node-lease";
const LEASE: Kind = Kind {
    group: "coordination.k8s.io",
    version: "v1",
    kind: "Lease",
    plural: "leases",
    namespaced: true,
};
/// What the kubelet and the system keep for themselves.
const RESERVED_CPU_MILLIS: u32 = 110;
const RESERVED_MEMORY_KIB: u64 = 1024 * 1024;

/// Registers a node and keeps it alive until the kubelet ends.
pub(super) async fn keep(kubelet: Arc<Kubelet>, index: usize) {
    let mut ticks = tokio::time::interval(LEASE_PERIOD);
    let mut count = 0;
    let cancel = kubelet.context.cancel.clone();
    loop {
        tokio::select! {
            () = cancel.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let settings = &kubelet.nodes[index].settings;
        let mut result = Ok(());
        if count % STATUS_EVERY == 0 {
            result = register(&kubelet, settings).await;
        }
        let result = match result {
            Ok(()) => renew(&kubelet, settings).await,
            failed => failed,
        };
        match result {
            Ok(()) => count += 1,
            Err(error) => {
                tracing::warn!(node = settings.name, %error, "Cannot keep a node alive");
            }
        }
    }
}

/// Creates the node if it is missing, and writes its status.
async fn register(kubelet: &Kubelet, settings: &NodeSettings) -> Result<(), Error> {
    let client = &kubelet.context.client;
    let kind = Kind::of::<Object>();
    let key = Key::new("", &settings.name);
    let existing: Option<Object> = api::get(client, &kind, &key).await?;
    let new = existing.is_none();
    if new {
        let created = api::create::<Object>(client, &kind, "", KUBELET, &object(settings)).await;
        if let Err(error) = created
            && !error.already_exists()
        {
            return Err(error);
        }
    }
    let since = existing
        .and_then(|node| node.status?.conditions)
        .into_iter()
        .flatten()
        .find(|condition| condition.type_ == "Ready" && condition.status == "True")
        .and_then(|condition| condition.last_transition_time)
        .map(|time| time.0);
    let patch = json!({"status": status(kubelet, settings, since)});
    let node: Object = api::merge(client, &kind, &key, "status", KUBELET, &patch).await?;
    if new {
        let about = events::reference(&kind, &node.metadata);
        let host = settings.name.clone();
        let source = events::Source::Classic { component: "kubelet", host };
        let recorder = kubelet.context.recorders.recorder_of(source);
        let tell = |reason: &str, message: String| {
            recorder.tell(&about, events::Type::Normal, reason, message);
        };
        tell("Starting", "Starting kubelet.".to_owned());
        tell("NodeReady", format!("Node {} status is now: NodeReady", settings.name));
    }
    Ok(())
}

fn object(settings: &NodeSettings) -> Value {
    let mut labels: BTreeMap<&str, &str> = BTreeMap::from([
        ("beta.kubernetes.io/arch", "arm64"),
        ("beta.kubernetes.io/os", "linux"),
        ("kubernetes.io/arch", "arm64"),
        ("kubernetes.io/hostname", settings.name.as_str()),
        ("kubernetes.io/os", "linux"),
    ]);
    labels.extend(settings.labels.iter().map(|(name, value)| (name.as_str(), value.as_str())));
    let zone = settings.labels.get("topology.kubernetes.io/zone");
    let address = u32::from(settings.address);
    json!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {
            "name": settings.name,
            "labels": labels,
            "annotations": {
                "node.alpha.kubernetes.io/ttl": "0",
                "volumes.kubernetes.io/controller-managed-attach-detach": "true",
            },
        },
        "spec": {
            "podCIDR": format!("{}/16", settings.pod_network),
            "podCIDRs": [format!("{}/16", settings.pod_network)],
            "providerID": zone.map(|zone| format!("aws:///{zone}/i-0{address:016x}")),
        },
    })
}

fn status(kubelet: &Kubelet, settings: &NodeSettings, since: Option<jiff::Timestamp>) -> Value {
    let now = (kubelet.context.clock)();
    let since = seconds(since.unwrap_or(now));
    let condition = |kind: &str, status: &str, reason: &str, message: &str| {
        json!({
            "type": kind, "status": status, "reason": reason, "message": message,
            "lastHeartbeatTime": seconds(now), "lastTransitionTime": since,
        })
    };
    let resources = |cpu: String, memory: u64| {
        json!({
            "cpu": cpu,
            "memory": format!("{memory}Ki"),
            "pods": settings.pods.to_string(),
            "ephemeral-storage": "83873772Ki",
            "hugepages-1Gi": "0",
            "hugepages-2Mi": "0",
        })
    };
    let allocatable_cpu = format!("{}m", settings.cpu * 1000 - RESERVED_CPU_MILLIS);
    let allocatable_memory = settings.memory_kib.saturating_sub(RESERVED_MEMORY_KIB);
    let id = format!("ec2{:029x}", u32::from(settings.address));
    json!({
        "addresses": [
            {"type": "InternalIP", "address": settings.address},
            {"type": "InternalDNS", "address": settings.name},
            {"type": "Hostname", "address": settings.name},
        ],
        "capacity": resources(settings.cpu.to_string(), settings.memory_kib),
        "allocatable": resources(allocatable_cpu, allocatable_memory),
        "conditions": [
            condition(
                "MemoryPressure", "False", "KubeletHasSufficientMemory",
                "kubelet has sufficient memory available",
            ),
            condition(
                "DiskPressure", "False", "KubeletHasNoDiskPressure",
                "kubelet has no disk pressure",
            ),
            condition(
                "PIDPressure", "False", "KubeletHasSufficientPID",
                "kubelet has sufficient PID available",
            ),
            condition("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
        ],
        "daemonEndpoints": {"kubeletEndpoint": {"Port": settings.kubelet_port}},
        "nodeInfo": {
            "architecture": "arm64",
            "bootID": id,
            "containerRuntimeVersion": "containerd://2.1.5",
            "kernelVersion": "6.12.46-66.121.amzn2023.aarch64",
            "kubeProxyVersion": "",
            "kubeletVersion": "v1.36.3-eks-hangar",
            "machineID": id,
            "operatingSystem": "linux",
            "osImage": "Amazon Linux 2023 (modelled by Hangar)",
            "systemUUID": id,
        },
    })
}

async fn renew(kubelet: &Kubelet, settings: &NodeSettings) -> Result<(), Error> {
    let client = &kubelet.context.client;
    let key = Key::new(LEASES, &settings.name);
    let now = format!("{:.6}", (kubelet.context.clock)());
    let patch = json!({"spec": {"renewTime": now}});
    match api::merge::<Value>(client, &LEASE, &key, "", KUBELET, &patch).await {
        Err(error) if error.is_not_found() => {}
        other => return other.map(|_| ()),
    }
    let node: Option<Object> =
        api::get(client, &Kind::of::<Object>(), &Key::new("", &settings.name)).await?;
    let owner = node.map(|node| {
        json!([{
            "apiVersion": "v1", "kind": "Node",
            "name": settings.name, "uid": node.metadata.uid,
        }])
    });
    let lease = json!({
        "apiVersion": "coordination.k8s.io/v1",
        "kind": "Lease",
        "metadata": {"name": settings.name, "namespace": LEASES, "ownerReferences": owner},
        "spec": {
            "holderIdentity": settings.name,
            "leaseDurationSeconds": LEASE_SECONDS,
            "renewTime": now,
        },
    });
    api::create::<Value>(client, &LEASE, LEASES, KUBELET, &lease).await.map(|_| ())
}
