//! What the nodes' container engine, the registry and the pod network do: nothing is run, every image
//! is a behaviour.
//!
//! **Invariant:** a behaviour sees only what its container would: variables, mounts, the network.

mod catalogue;
mod echo;
mod idle;
mod network;
mod process;
mod toolbox;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use controllers::runtime::{
    Answer, Container, Image, Launch, Probe, PullError, Runtime, StartError, Unreachable,
};
use controllers::{Clock, Random};
use futures::future::BoxFuture;

use crate::transport::Token;
use network::Network;

/// How long things take, so that learners see the steps in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// The quickest pull of an image.
    pub pull_least: Duration,
    /// The slowest pull of an image.
    pub pull_most: Duration,
    /// From creating a container to its program running.
    pub start: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            pull_least: Duration::from_millis(300),
            pull_most: Duration::from_millis(800),
            start: Duration::from_millis(120),
        }
    }
}

/// Makes a client of the cluster for whoever a token belongs to.
pub(crate) type Clients = Arc<dyn Fn(Token) -> kube::Client + Send + Sync>;

/// The engine of all nodes.
pub(crate) struct Engine {
    pace: Pace,
    clock: Clock,
    random: Random,
    network: Arc<Network>,
    clients: Clients,
}

impl Engine {
    pub(crate) fn new(pace: Pace, clock: Clock, random: Random, clients: Clients) -> Arc<Self> {
        Arc::new(Self { pace, clock, random, network: Arc::default(), clients })
    }

    fn pull_time(&self) -> Duration {
        let span = self.pace.pull_most.saturating_sub(self.pace.pull_least).as_millis();
        let span = u64::try_from(span).unwrap_or(u64::MAX).max(1);
        self.pace.pull_least + Duration::from_millis((self.random)() % span)
    }
}

impl Runtime for Engine {
    fn pull<'a>(&'a self, image: &'a str) -> BoxFuture<'a, Result<Image, PullError>> {
        Box::pin(async move {
            let found = catalogue::resolve(image);
            // The lab's own tools are part of every node.
            if !found.is_local() {
                tokio::time::sleep(self.pull_time()).await;
            }
            found.image()
        })
    }

    fn start(&self, launch: Launch) -> BoxFuture<'_, Result<Arc<dyn Container>, StartError>> {
        Box::pin(async move {
            let found = catalogue::resolve(&launch.image);
            if !found.is_local() {
                tokio::time::sleep(self.pace.start).await;
            }
            self.behave(found.behaviour(), launch)
        })
    }

    fn probe(&self, to: SocketAddr, request: Probe) -> BoxFuture<'_, Result<Answer, Unreachable>> {
        Box::pin(async move {
            match request {
                Probe::Connect => self.network.connect(to).map(|_| Answer::Connected),
                Probe::Http { path, headers, tls: false } => {
                    let service = self.network.connect(to)?;
                    let request = network::Request { method: "GET".to_owned(), path, headers };
                    let network::Response { status, body } = service.answer(request);
                    Ok(Answer::Http { status, body })
                }
                // Nothing here speaks TLS: the greeting is met by silence.
                Probe::Http { tls: true, .. } => {
                    self.network.connect(to)?;
                    Err(Unreachable::TimedOut)
                }
            }
        })
    }
}

impl Engine {
    fn behave(
        &self,
        behaviour: catalogue::Behaviour,
        launch: Launch,
    ) -> Result<Arc<dyn Container>, StartError> {
        match behaviour {
            catalogue::Behaviour::Echo => echo::start(&launch, &self.clock, &self.network),
            catalogue::Behaviour::Toolbox => {
                Ok(toolbox::start(launch, &self.clock, &self.random, &self.clients))
            }
            catalogue::Behaviour::Unknown => Ok(idle::start(&launch)),
        }
    }
}
