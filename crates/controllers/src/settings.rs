//! What a caller chooses about the controllers.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use jiff::Timestamp;
use tokio::net::TcpListener;

/// The time, passed in.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Randomness, passed in.
pub type Random = Arc<dyn Fn() -> u64 + Send + Sync>;

/// Everything that [`crate::run`] needs besides a client and a runtime.
pub struct Settings {
    /// The wall clock.
    pub clock: Clock,
    /// Randomness for names.
    pub random: Random,
    /// Which controllers run; the kubelet runs when there are nodes.
    pub parts: Vec<Part>,
    /// The nodes whose kubelet is played.
    pub nodes: Vec<NodeSettings>,
    /// Where the kubelet's own HTTP interface (logs, exec) is served.
    pub kubelet_listener: Option<TcpListener>,
    /// What a request to that interface must carry as its bearer token; empty if anything will do.
    pub kubelet_token: String,
    /// The PEM that `kube-root-ca.crt` publishes in each namespace.
    pub ca_certificate: String,
}

/// A controller that can be switched on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Empties and removes namespaces that are being deleted.
    Namespace,
    /// Gives each namespace its `default` ServiceAccount and `kube-root-ca.crt`.
    ServiceAccount,
    /// Keeps as many pods as a ReplicaSet wants.
    ReplicaSet,
    /// Rolls ReplicaSets.
    Deployment,
    /// Writes the addresses behind Services.
    EndpointSlice,
    /// Writes the same in the older form.
    Endpoints,
    /// Deletes what has lost its owners.
    GarbageCollector,
    /// Counts what quotas limit.
    ResourceQuota,
    /// Unites labelled `ClusterRoles`.
    ClusterRoleAggregation,
    /// Marks nodes whose kubelet has fallen silent.
    NodeLifecycle,
    /// Chooses nodes for pods.
    Scheduler,
}

impl Part {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Namespace,
        Self::ServiceAccount,
        Self::ReplicaSet,
        Self::Deployment,
        Self::EndpointSlice,
        Self::Endpoints,
        Self::GarbageCollector,
        Self::ResourceQuota,
        Self::ClusterRoleAggregation,
        Self::NodeLifecycle,
        Self::Scheduler,
    ];
}

/// One modelled node.
#[derive(Clone, Debug)]
pub struct NodeSettings {
    /// Its name, e.g. `ip-10-0-1-23.ec2.internal`.
    pub name: String,
    /// Its internal address.
    pub address: Ipv4Addr,
    /// The /16 that its pods get their addresses from, e.g. `10.244.0.0`. Wider than the usual /24,
    /// because two modelled nodes carry the pods of a thousand labs.
    pub pod_network: Ipv4Addr,
    /// Labels beyond the well-known ones.
    pub labels: BTreeMap<String, String>,
    /// Capacity: processors.
    pub cpu: u32,
    /// Capacity: memory in KiB.
    pub memory_kib: u64,
    /// How many pods it takes.
    pub pods: u32,
    /// The port that its kubelet announces.
    pub kubelet_port: u16,
}

impl NodeSettings {
    /// The `number`-th node (from 0) of a practice cluster, shaped like an EKS managed node.
    pub fn practice(number: u8) -> Self {
        let zone = char::from(b'a' + number % 3);
        let labels = [
            ("eks.amazonaws.com/capacityType", "ON_DEMAND".to_owned()),
            ("eks.amazonaws.com/nodegroup", "hangar".to_owned()),
            ("failure-domain.beta.kubernetes.io/region", "us-east-1".to_owned()),
            ("failure-domain.beta.kubernetes.io/zone", format!("us-east-1{zone}")),
            ("node.kubernetes.io/instance-type", "m7g.metal-48xl".to_owned()),
            ("beta.kubernetes.io/instance-type", "m7g.metal-48xl".to_owned()),
            ("topology.kubernetes.io/region", "us-east-1".to_owned()),
            ("topology.kubernetes.io/zone", format!("us-east-1{zone}")),
        ];
        Self {
            name: format!(
                "ip-10-0-{}-{}.ec2.internal",
                number + 1,
                23 + 31 * u16::from(number % 7)
            ),
            address: Ipv4Addr::new(10, 0, number + 1, 23 + 31 * (number % 7)),
            pod_network: Ipv4Addr::new(10, 244 + number % 10, 0, 0),
            labels: labels.into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            cpu: 192,
            memory_kib: 768 * 1024 * 1024,
            pods: 10_000,
            kubelet_port: 10250,
        }
    }

    /// The node's address as the general type.
    pub fn ip(&self) -> IpAddr {
        IpAddr::V4(self.address)
    }
}
