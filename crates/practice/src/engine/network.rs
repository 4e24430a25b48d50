//! The pod network: who listens at which address and port.
//!
//! **Invariant:** a port answers only while the container that opened it runs.
//!
//! **Deliberately absent so far:** Services, names and policies; here only pods are reached.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use controllers::runtime::Unreachable;

/// An HTTP request to a pod.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) headers: Vec<(String, String)>,
}

/// The answer.
#[derive(Clone, Debug)]
pub(super) struct Response {
    pub(super) status: u16,
    pub(super) body: Bytes,
}

/// What listens on a port.
pub(super) trait Service: Send + Sync {
    /// Answers one HTTP request.
    fn answer(&self, request: Request) -> Response;
}

/// The network.
#[derive(Default)]
pub(super) struct Network {
    ports: Mutex<BTreeMap<SocketAddr, Arc<dyn Service>>>,
}

/// The open ports of one container; dropping it closes them.
pub(super) struct Listening {
    network: Arc<Network>,
    ports: Vec<SocketAddr>,
}

impl Network {
    fn ports(&self) -> MutexGuard<'_, BTreeMap<SocketAddr, Arc<dyn Service>>> {
        self.ports.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens ports; fails with the one that is taken already.
    pub(super) fn listen(
        self: &Arc<Self>,
        ip: IpAddr,
        ports: &[u16],
        service: &Arc<dyn Service>,
    ) -> Result<Listening, u16> {
        let mut all = self.ports();
        if let Some(taken) = ports.iter().find(|port| all.contains_key(&(ip, **port).into())) {
            return Err(*taken);
        }
        let ports: Vec<SocketAddr> = ports.iter().map(|port| (ip, *port).into()).collect();
        for port in &ports {
            all.insert(*port, Arc::clone(service));
        }
        Ok(Listening { network: Arc::clone(self), ports })
    }

    /// Who listens there.
    pub(super) fn connect(&self, to: SocketAddr) -> Result<Arc<dyn Service>, Unreachable> {
        self.ports().get(&to).cloned().ok_or(Unreachable::Refused)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let mut all = self.network.ports();
        for port in &self.ports {
            all.remove(port);
        }
    }
}
