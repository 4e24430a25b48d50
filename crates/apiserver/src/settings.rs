//! What an API server is given when it is made.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

/// The wall clock, passed in so that tests choose the time.
pub type Clock = Arc<dyn Fn() -> jiff::Timestamp + Send + Sync>;

/// Fills a buffer with random bytes; passed in so that tests choose them.
pub type Random = Arc<dyn Fn(&mut [u8]) + Send + Sync>;

/// One line of what `kube-apiserver --token-auth-file` reads.
#[derive(Debug, Clone)]
pub struct StaticToken {
    /// The bearer token itself.
    pub token: String,
    /// The user it stands for.
    pub user: String,
    /// The groups of that user, besides `system:authenticated`.
    pub groups: Vec<String>,
}

/// The settings of one API server.
#[derive(Clone)]
pub struct Settings {
    /// The wall clock.
    pub clock: Clock,
    /// The source of uids, generated names and keys.
    pub random: Random,
    /// Bearer tokens that are known from the start.
    pub tokens: Vec<StaticToken>,
    /// Network address and prefix length of Service addresses, e.g. 10.96.0.0/16.
    pub service_cidr: (Ipv4Addr, u8),
    /// Where the kubelet of every node is reached, since nodes are modelled.
    pub kubelet: Option<SocketAddr>,
    /// What every request to a kubelet carries as its bearer token, if it asks for one.
    pub kubelet_token: String,
    /// Resources, as group and plural, whose objects no controller of this cluster gives meaning:
    /// they can be read, and writing them is refused.
    pub unplayed: &'static [(&'static str, &'static str)],
    /// The cluster's certificate authority in PEM, handed to pods as `kube-root-ca.crt`.
    pub ca_certificate: String,
}

impl Settings {
    /// Settings without tokens, kubelet or certificate, and the usual Service network.
    pub fn new(clock: Clock, random: Random) -> Self {
        Self {
            clock,
            random,
            tokens: Vec::new(),
            service_cidr: (Ipv4Addr::new(10, 96, 0, 0), 16),
            kubelet: None,
            kubelet_token: String::new(),
            unplayed: &[],
            ca_certificate: String::new(),
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Settings")
            .field("service_cidr", &self.service_cidr)
            .field("kubelet", &self.kubelet)
            .finish_non_exhaustive()
    }
}
