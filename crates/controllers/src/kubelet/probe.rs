//! Startup, readiness and liveness probes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::{Container as Spec, Probe};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use tokio::sync::{mpsc, watch};

use super::container::Running;
use crate::events::Type;
use crate::runtime::{Answer, Container, Exec, Probe as Request, Unreachable};

/// How much of a probe's output an event shows.
const OUTPUT: usize = 1024;

/// Which probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Startup,
    Readiness,
    Liveness,
}

impl Kind {
    /// As it stands in the middle of a message.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Startup => "startup",
            Self::Readiness => "readiness",
            Self::Liveness => "liveness",
        }
    }
}

fn seconds(value: Option<i32>, default: u64) -> Duration {
    let value = value.and_then(|value| u64::try_from(value).ok()).filter(|value| *value > 0);
    Duration::from_secs(value.unwrap_or(default))
}

fn times(value: Option<i32>, default: u32) -> u32 {
    value.and_then(|value| u32::try_from(value).ok()).filter(|value| *value > 0).unwrap_or(default)
}

/// Counts results in a row until a threshold is reached.
struct Streak {
    good: bool,
    length: u32,
}

/// The probe of one container, with its rhythm.
struct Prober<'a> {
    running: &'a Running<'a>,
    container: &'a Spec,
    handle: &'a Arc<dyn Container>,
    probe: &'a Probe,
    kind: Kind,
    streak: Streak,
}

impl<'a> Prober<'a> {
    async fn new(
        kind: Kind,
        running: &'a Running<'a>,
        container: &'a Spec,
        handle: &'a Arc<dyn Container>,
        probe: &'a Probe,
    ) -> Self {
        let delay = probe.initial_delay_seconds.and_then(|it| u64::try_from(it).ok());
        if let Some(delay) = delay.filter(|delay| *delay > 0) {
            tokio::time::sleep(Duration::from_secs(delay)).await;
        }
        let streak = Streak { good: false, length: 0 };
        Self { running, container, handle, probe, kind, streak }
    }

    /// Probes once; the result counts when enough in a row were the same.
    async fn next(&mut self) -> Option<bool> {
        let result = self.once().await;
        if let Err(output) = &result {
            let word = match self.kind {
                Kind::Startup => "Startup",
                Kind::Readiness => "Readiness",
                Kind::Liveness => "Liveness",
            };
            let output: String = output.chars().take(OUTPUT).collect();
            self.running.tell(Type::Warning, "Unhealthy", format!("{word} probe failed: {output}"));
        }
        let good = result.is_ok();
        if good == self.streak.good {
            self.streak.length += 1;
        } else {
            self.streak = Streak { good, length: 1 };
        }
        let needed = if good {
            times(self.probe.success_threshold, 1)
        } else {
            times(self.probe.failure_threshold, 3)
        };
        (self.streak.length >= needed).then_some(good)
    }

    async fn pause(&self) {
        tokio::time::sleep(seconds(self.probe.period_seconds, 10)).await;
    }

    async fn once(&self) -> Result<(), String> {
        let limit = seconds(self.probe.timeout_seconds, 1);
        if let Some(exec) = &self.probe.exec {
            let command = exec.command.clone().unwrap_or_default();
            return match tokio::time::timeout(limit, run(self.handle, command.clone())).await {
                Ok(result) => result,
                Err(_) => Err(format!(
                    "command timed out: {command:?} timed out after {}s",
                    limit.as_secs()
                )),
            };
        }
        if let Some(tcp) = &self.probe.tcp_socket {
            let to = self.address(&tcp.port)?;
            let answer = self.ask(to, Request::Connect, limit).await;
            return answer.map(|_| ()).map_err(|why| format!("dial tcp {to}: {}", words(why)));
        }
        if let Some(http) = &self.probe.http_get {
            let to = self.address(&http.port)?;
            let path = http.path.clone().unwrap_or_else(|| "/".to_owned());
            let scheme = http.scheme.as_deref().unwrap_or("HTTP").to_lowercase();
            let url = format!("{scheme}://{to}{path}");
            let headers = http.http_headers.iter().flatten();
            let request = Request::Http {
                path,
                headers: headers.map(|it| (it.name.clone(), it.value.clone())).collect(),
                tls: scheme == "https",
            };
            return match self.ask(to, request, limit).await {
                Ok(Answer::Http { status, .. }) if (200..400).contains(&status) => Ok(()),
                Ok(Answer::Http { status, .. }) => {
                    Err(format!("HTTP probe failed with statuscode: {status}"))
                }
                Ok(Answer::Connected) => Err(format!("Get \"{url}\": EOF")),
                Err(Unreachable::TimedOut) => Err(format!(
                    "Get \"{url}\": context deadline exceeded (Client.Timeout exceeded while \
                     awaiting headers)"
                )),
                Err(why) => Err(format!("Get \"{url}\": dial tcp {to}: {}", words(why))),
            };
        }
        Err("missing probe handler: gRPC probes are not played by this kubelet".to_owned())
    }

    async fn ask(
        &self,
        to: SocketAddr,
        request: Request,
        limit: Duration,
    ) -> Result<Answer, Unreachable> {
        let answer = self.running.kubelet.runtime.probe(to, request);
        tokio::time::timeout(limit, answer).await.unwrap_or(Err(Unreachable::TimedOut))
    }

    fn address(&self, port: &IntOrString) -> Result<SocketAddr, String> {
        let number = match port {
            IntOrString::Int(number) => Some(*number),
            IntOrString::String(name) => self
                .container
                .ports
                .iter()
                .flatten()
                .find(|port| port.name.as_deref() == Some(name))
                .map(|port| port.container_port)
                .or_else(|| name.parse().ok()),
        };
        let number = number.and_then(|number| u16::try_from(number).ok());
        let number = number.ok_or_else(|| format!("invalid port: {port:?}"))?;
        let ip = self.running.place.pod_ip.parse().map_err(|_| "no address".to_owned())?;
        Ok(SocketAddr::new(ip, number))
    }
}

fn words(why: Unreachable) -> &'static str {
    match why {
        Unreachable::Refused => "connect: connection refused",
        Unreachable::TimedOut => "i/o timeout",
        Unreachable::NoRoute => "connect: no route to host",
    }
}

/// Runs a command and waits for its exit code; the error is its output.
async fn run(handle: &Arc<dyn Container>, command: Vec<String>) -> Result<(), String> {
    let (stdout, mut output) = mpsc::channel(16);
    let (_, size) = watch::channel((80, 24));
    let stderr = Some(stdout.clone());
    let exec = Exec { command, tty: false, stdin: None, stdout, stderr, size };
    let code = handle.exec(exec);
    let collect = async {
        let mut all = Vec::new();
        while let Some(chunk) = output.recv().await {
            if all.len() < OUTPUT {
                all.extend_from_slice(&chunk);
            }
        }
        String::from_utf8_lossy(&all).into_owned()
    };
    let (code, output) = futures::future::join(code, collect).await;
    match code {
        Ok(0) => Ok(()),
        Ok(_) => Err(output),
        Err(error) => Err(error.message),
    }
}

/// Probes until the container has started; fails when it must be restarted.
pub(super) async fn until_started(
    running: &Running<'_>,
    container: &Spec,
    handle: &Arc<dyn Container>,
    probe: &Probe,
) -> Result<(), ()> {
    let mut prober = Prober::new(Kind::Startup, running, container, handle, probe).await;
    loop {
        match prober.next().await {
            Some(true) => return Ok(()),
            Some(false) => return Err(()),
            None => prober.pause().await,
        }
    }
}

/// Probes for ever and keeps the container's readiness.
pub(super) async fn watch_readiness(
    running: &Running<'_>,
    container: &Spec,
    handle: &Arc<dyn Container>,
    probe: &Probe,
) {
    let mut prober = Prober::new(Kind::Readiness, running, container, handle, probe).await;
    loop {
        if let Some(ready) = prober.next().await {
            let known = running.state.facts().containers[running.index].ready;
            if known != ready {
                running.state.container(running.index, |facts| facts.ready = ready);
            }
        }
        prober.pause().await;
    }
}

/// Probes until the container counts as dead.
pub(super) async fn until_dead(
    running: &Running<'_>,
    container: &Spec,
    handle: &Arc<dyn Container>,
    probe: &Probe,
) {
    let mut prober = Prober::new(Kind::Liveness, running, container, handle, probe).await;
    while prober.next().await != Some(false) {
        prober.pause().await;
    }
}
