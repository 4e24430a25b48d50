//! The life of one container: image, configuration, start, restarts with growing pauses, end.

use std::sync::Arc;
use std::time::Duration;

use k8s_openapi::api::core::v1::{Container as Spec, ObjectReference, Pod, PodSpec};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::environment::{self, Place};
use super::probe::{self, Kind as ProbeKind};
use super::state::{Ended, Now, PodState};
use super::volumes::Volumes;
use super::{Kubelet, Node, image};
use crate::cache::Kind;
use crate::events::{Type, reference};
use crate::runtime::{Container, Exit, Image, Launch, Log, PodIdentity, Signal};

const FIRST_BACK_OFF: Duration = Duration::from_secs(10);
const LAST_BACK_OFF: Duration = Duration::from_mins(5);
/// How long a container must run for its crashes to be forgotten.
const FORGIVEN: Duration = Duration::from_mins(10);
/// After how long the kubelet looks at a pod again whose container has to wait, and how many
/// milliseconds later at most.
const LOOKS_AGAIN: Duration = Duration::from_secs(10);
const LOOKS_LATER_BY: u64 = 5000;
/// How often a container whose configuration is missing is looked at again.
const RESYNC: Duration = Duration::from_secs(10);

/// One container and what it needs to run.
pub(super) struct Running<'a> {
    pub(super) kubelet: &'a Arc<Kubelet>,
    pub(super) state: &'a Arc<PodState>,
    pub(super) index: usize,
    pub(super) about: ObjectReference,
    pub(super) place: &'a Place,
    pub(super) volumes: &'a Volumes,
    /// The pod is to end; the grace period is in [`PodState`]'s pod.
    pub(super) stop: &'a CancellationToken,
}

impl<'a> Running<'a> {
    pub(super) fn new(
        kubelet: &'a Arc<Kubelet>,
        state: &'a Arc<PodState>,
        index: usize,
        pod: &Pod,
        place: &'a Place,
        volumes: &'a Volumes,
        stop: &'a CancellationToken,
    ) -> Self {
        let mut about = reference(&Kind::of::<Pod>(), &pod.metadata);
        let facts = state.facts();
        let facts = &facts.containers[index];
        let list = if facts.init { "initContainers" } else { "containers" };
        about.field_path = Some(format!("spec.{list}{{{}}}", facts.name));
        Self { kubelet, state, index, about, place, volumes, stop }
    }

    pub(super) fn tell(&self, kind: Type, reason: &str, message: impl Into<String>) {
        self.kubelet.recorder(self.state.node).tell(&self.about, kind, reason, message);
    }

    pub(super) fn node(&self) -> &Node {
        &self.kubelet.nodes[self.state.node]
    }

    /// The pod and this container as they are specified now.
    fn spec(&self) -> Option<(Pod, PodSpec, Spec)> {
        let pod = self.kubelet.pods.get(&self.state.key)?;
        let spec = pod.spec.clone()?;
        let (name, init) = {
            let facts = self.state.facts();
            let facts = &facts.containers[self.index];
            (facts.name.clone(), facts.init)
        };
        let containers = if init {
            spec.init_containers.clone().unwrap_or_default()
        } else {
            spec.containers.clone()
        };
        let container = containers.into_iter().find(|container| container.name == name)?;
        Some((pod, spec, container))
    }

    /// Runs the container until it has ended for good; `true` if it ended well.
    pub(super) async fn run(&self) -> bool {
        let mut back_off = Duration::ZERO;
        loop {
            let Some((pod, spec, container)) = self.spec() else { return false };
            let prepared = tokio::select! {
                () = self.stop.cancelled() => return self.never_ran(),
                prepared = self.prepare(&pod, &container) => prepared,
            };
            let start = Instant::now();
            let exit = self.live(&pod, &container, prepared).await;
            let init = self.state.facts().containers[self.index].init;
            let policy = spec.restart_policy.as_deref().unwrap_or("Always");
            let again = match policy {
                _ if self.stop.is_cancelled() => false,
                "Never" => false,
                "Always" if !init => true,
                _ => exit.code != 0,
            };
            if !again {
                return exit.code == 0;
            }
            if start.elapsed() > FORGIVEN {
                back_off = Duration::ZERO;
            }
            if !back_off.is_zero() {
                let waited = self.pause(&pod, &container.name, back_off);
                tokio::select! {
                    () = self.stop.cancelled() => return self.never_ran(),
                    () = waited => {}
                }
            }
            back_off =
                if back_off.is_zero() { FIRST_BACK_OFF } else { (back_off * 2).min(LAST_BACK_OFF) };
            self.state.container(self.index, |facts| {
                facts.restarts += 1;
                facts.previous_log = facts.log.take();
                if let Now::Ended(ended) = &facts.now {
                    facts.last = Some(ended.clone());
                }
            });
        }
    }

    /// Ends a container that was waiting: it keeps how it last ended, if it ever ran.
    fn never_ran(&self) -> bool {
        self.state.container(self.index, |facts| {
            facts.ready = false;
            if let (Now::Waiting { .. }, Some(last)) = (&facts.now, facts.last.clone()) {
                facts.now = Now::Ended(last);
            }
        });
        false
    }

    async fn pause(&self, pod: &Pod, name: &str, back_off: Duration) {
        let meta = &pod.metadata;
        let identity = format!(
            "{}_{}({})",
            meta.name.as_deref().unwrap_or_default(),
            meta.namespace.as_deref().unwrap_or_default(),
            meta.uid.as_deref().unwrap_or_default()
        );
        let text = go_seconds(back_off);
        let message = format!("back-off {text} restarting failed container={name} pod={identity}");
        self.state.wait(self.index, "CrashLoopBackOff", Some(message));
        let message = format!("Back-off restarting failed container {name} in pod {identity}");
        self.wait_telling(back_off, || self.tell(Type::Warning, "BackOff", message.clone())).await;
    }

    /// Waits, and tells why whenever the real kubelet would look at the pod again.
    pub(super) async fn wait_telling(&self, wait: Duration, tell: impl Fn()) {
        let until = Instant::now() + wait;
        while Instant::now() < until {
            tell();
            let jitter = (self.kubelet.context.random)() % LOOKS_LATER_BY;
            let next = Instant::now() + LOOKS_AGAIN + Duration::from_millis(jitter);
            tokio::time::sleep_until(next.min(until)).await;
        }
    }

    /// Gets the image and the environment, trying again until both are there.
    async fn prepare(&self, pod: &Pod, container: &Spec) -> (Image, Vec<(String, String)>) {
        let found = image::ensure(self, container).await;
        self.state.container(self.index, |facts| {
            facts.image.clone_from(&found.name);
            facts.image_id.clone_from(&found.id);
        });
        let mut changes = self.state.volume_changes();
        loop {
            let result = self.environment(pod, container, &found);
            let message = match result {
                Ok(variables) => return (found, variables),
                Err(message) => message,
            };
            self.tell(Type::Warning, "Failed", format!("Error: {message}"));
            self.state.wait(self.index, "CreateContainerConfigError", Some(message));
            tokio::select! {
                () = tokio::time::sleep(RESYNC) => {}
                _ = changes.changed() => {}
            }
        }
    }

    fn environment(
        &self,
        pod: &Pod,
        container: &Spec,
        image: &Image,
    ) -> Result<Vec<(String, String)>, String> {
        let own = container.security_context.as_ref();
        let shared = pod.spec.as_ref().and_then(|spec| spec.security_context.as_ref());
        let must_not = own
            .and_then(|it| it.run_as_non_root)
            .or(shared.and_then(|it| it.run_as_non_root))
            .unwrap_or_default();
        let user = own.and_then(|it| it.run_as_user).or(shared.and_then(|it| it.run_as_user));
        let (name, namespace, uid) = (
            pod.metadata.name.as_deref().unwrap_or_default(),
            pod.metadata.namespace.as_deref().unwrap_or_default(),
            pod.metadata.uid.as_deref().unwrap_or_default(),
        );
        let identity =
            format!("(pod: \"{name}_{namespace}({uid})\", container: {})", container.name);
        if must_not && user == Some(0) {
            return Err(format!("container's runAsUser breaks non-root policy {identity}"));
        }
        if must_not && user.is_none() && image.runs_as_root {
            return Err(format!(
                "container has runAsNonRoot and image will run as root {identity}"
            ));
        }
        environment::variables(pod, container, self.place, &(&**self.kubelet, namespace))
    }

    fn launch(
        &self,
        pod: &Pod,
        container: &Spec,
        variables: Vec<(String, String)>,
        (command, args): (Vec<String>, Vec<String>),
    ) -> Launch {
        let spec = pod.spec.clone().unwrap_or_default();
        let log = Log::new(self.kubelet.context.clock.clone());
        let restarts = self.state.facts().containers[self.index].restarts;
        Launch {
            id: self.kubelet.new_id(),
            pod: PodIdentity {
                namespace: pod.metadata.namespace.clone().unwrap_or_default(),
                name: pod.metadata.name.clone().unwrap_or_default(),
                uid: self.state.uid.clone(),
                ip: self.place.pod_ip.parse().expect("the kubelet chose this address itself"),
                node: self.place.node.clone(),
                labels: pod.metadata.labels.clone().unwrap_or_default(),
                service_account: spec.service_account_name.unwrap_or_else(|| "default".to_owned()),
            },
            container: container.name.clone(),
            image: container.image.clone().unwrap_or_default(),
            command,
            args,
            mounts: self.volumes.mounts(container),
            variables,
            log,
            restarts,
        }
    }

    /// Starts the container and stays with it until it has ended.
    async fn live(
        &self,
        pod: &Pod,
        container: &Spec,
        (_, variables): (Image, Vec<(String, String)>),
    ) -> Exit {
        let arguments = match arguments(container, &variables) {
            Ok(arguments) => arguments,
            Err(message) => return self.never_started(message, self.kubelet.new_id()),
        };
        let launch = self.launch(pod, container, variables, arguments);
        let (id, log) = (launch.id.clone(), launch.log.clone());
        self.state.container(self.index, |facts| {
            facts.id = Some(id.clone());
            facts.log = Some(log.clone());
        });
        self.tell(Type::Normal, "Created", "Container created");
        let handle = match self.kubelet.runtime.start(launch).await {
            Ok(handle) => handle,
            Err(error) => {
                log.close();
                return self.never_started(error.message, id);
            }
        };
        self.tell(Type::Normal, "Started", "Container started");
        let now = (self.kubelet.context.clock)();
        let has_startup = container.startup_probe.is_some();
        self.state.container(self.index, |facts| {
            facts.now = Now::Running { since: now };
            facts.started = !has_startup;
            facts.ready = !has_startup && container.readiness_probe.is_none();
            facts.handle = Some(Arc::clone(&handle));
        });
        let exit = tokio::select! {
            exit = handle.exited() => exit,
            kind = self.probes(container, &handle) => {
                let (name, kind) = (&container.name, kind.word());
                let message = format!("Container {name} failed {kind} probe, will be restarted");
                self.tell(Type::Normal, "Killing", message);
                self.finish(&handle, grace_of(pod)).await
            }
            () = self.stop.cancelled() => {
                self.tell(Type::Normal, "Killing", format!("Stopping container {}", container.name));
                let current = self.kubelet.pods.get(&self.state.key);
                self.finish(&handle, grace_of(current.as_ref().unwrap_or(pod))).await
            }
        };
        log.close();
        let reason = match exit {
            Exit { out_of_memory: true, .. } => "OOMKilled",
            Exit { code: 0, .. } => "Completed",
            Exit { .. } => "Error",
        };
        self.end(exit, reason, None, Some(now), id);
        exit
    }

    fn never_started(&self, message: String, id: String) -> Exit {
        self.tell(Type::Warning, "Failed", format!("Error: {message}"));
        self.end(Exit::code(128), "StartError", Some(message), None, id);
        Exit::code(128)
    }

    /// Asks the container to end, and ends it when its time is over.
    async fn finish(&self, handle: &Arc<dyn Container>, grace: Duration) -> Exit {
        let exited = handle.exited();
        if !grace.is_zero() {
            handle.signal(Signal::Terminate);
            if let Ok(exit) = tokio::time::timeout(grace, exited).await {
                return exit;
            }
        }
        handle.signal(Signal::Kill);
        handle.exited().await
    }

    fn end(
        &self,
        exit: Exit,
        reason: &'static str,
        message: Option<String>,
        from: Option<jiff::Timestamp>,
        id: String,
    ) {
        let to = (self.kubelet.context.clock)();
        let ended = Ended { code: exit.code, reason, message, from, to, id: Some(id) };
        self.state.container(self.index, |facts| {
            facts.now = Now::Ended(ended);
            facts.ready = false;
            facts.started = false;
            facts.handle = None;
        });
    }

    /// Probes the container; resolves when a probe says that it must be restarted.
    async fn probes(&self, container: &Spec, handle: &Arc<dyn Container>) -> ProbeKind {
        if let Some(spec) = &container.startup_probe {
            if probe::until_started(self, container, handle, spec).await.is_err() {
                return ProbeKind::Startup;
            }
            self.state.container(self.index, |facts| {
                facts.started = true;
                facts.ready = container.readiness_probe.is_none();
            });
        }
        let readiness = async {
            match &container.readiness_probe {
                Some(spec) => probe::watch_readiness(self, container, handle, spec).await,
                None => std::future::pending().await,
            }
        };
        let liveness = async {
            match &container.liveness_probe {
                Some(spec) => probe::until_dead(self, container, handle, spec).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = liveness => ProbeKind::Liveness,
            () = readiness => ProbeKind::Readiness,
        }
    }
}

/// How long the pod's containers may take to end.
fn grace_of(pod: &Pod) -> Duration {
    let deletion = pod.metadata.deletion_grace_period_seconds;
    let spec = pod.spec.as_ref().and_then(|spec| spec.termination_grace_period_seconds);
    let seconds = deletion.or(spec).unwrap_or(30);
    Duration::from_secs(u64::try_from(seconds).unwrap_or_default())
}

/// Whole seconds as Go writes them: `10s`, `1m20s`, `5m0s`.
fn go_seconds(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds < 60 { format!("{seconds}s") } else { format!("{}m{}s", seconds / 60, seconds % 60) }
}

/// What a container is to run, with the variables that its command names filled in.
fn arguments(
    container: &Spec,
    variables: &[(String, String)],
) -> Result<(Vec<String>, Vec<String>), String> {
    let by_name = variables.iter().cloned().collect();
    let expand = |all: &Option<Vec<String>>| -> Result<Vec<String>, String> {
        all.iter().flatten().map(|text| environment::expand(text, &by_name)).collect()
    };
    Ok((expand(&container.command)?, expand(&container.args)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_read_as_in_go() {
        let texts =
            [10, 20, 40, 80, 160, 300].map(|seconds| go_seconds(Duration::from_secs(seconds)));

        assert_eq!(texts, ["10s", "20s", "40s", "1m20s", "2m40s", "5m0s"]);
    }
}
