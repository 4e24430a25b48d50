//! The status of a pod, computed from the facts. Pure.

use jiff::Timestamp;
use k8s_openapi::api::core::v1::{
    ContainerState, ContainerStateRunning, ContainerStateTerminated, ContainerStateWaiting,
    ContainerStatus, HostIP, Pod, PodCondition, PodIP, PodStatus,
};

use super::state::{ContainerFacts, Ended, Facts, Now};
use crate::pods::seconds;

const OURS: [&str; 5] =
    ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"];

/// The status that follows from the facts; `old` gives the times of transition and what others wrote.
pub(super) fn compute(
    pod: &Pod,
    facts: &Facts,
    host: &str,
    old: &PodStatus,
    now: Timestamp,
) -> PodStatus {
    let restart = pod.spec.as_ref().and_then(|spec| spec.restart_policy.as_deref());
    let phase = phase(facts, restart.unwrap_or("Always"));
    let addresses: Option<Vec<PodIP>> = facts.address.map(|ip| vec![PodIP { ip: ip.to_string() }]);
    let statuses = |init: bool| -> Option<Vec<ContainerStatus>> {
        let mut all: Vec<ContainerStatus> =
            facts.containers.iter().filter(|it| it.init == init).map(container).collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        Some(all).filter(|all| !all.is_empty())
    };
    PodStatus {
        phase: Some(phase.to_owned()),
        observed_generation: pod.metadata.generation,
        conditions: Some(conditions(pod, facts, phase, old, now)),
        host_ip: Some(host.to_owned()),
        host_ips: Some(vec![HostIP { ip: host.to_owned() }]),
        pod_ip: facts.address.map(|ip| ip.to_string()),
        pod_ips: addresses,
        start_time: facts.since.map(seconds),
        init_container_statuses: statuses(true),
        container_statuses: statuses(false),
        qos_class: old.qos_class.clone(),
        ..old.clone()
    }
}

fn phase(facts: &Facts, restart: &str) -> &'static str {
    let init_failed = facts
        .containers
        .iter()
        .filter(|it| it.init)
        .any(|it| matches!(&it.now, Now::Ended(ended) if ended.code != 0));
    if !facts.initialized {
        let fails = init_failed && (restart == "Never" || facts.over);
        return if fails { "Failed" } else { "Pending" };
    }
    let regular = || facts.containers.iter().filter(|it| !it.init);
    let ended = || {
        regular().filter_map(|it| match &it.now {
            Now::Ended(ended) => Some(ended),
            Now::Waiting { .. } | Now::Running { .. } => None,
        })
    };
    let (all, done) = (regular().count(), ended().count());
    let succeeded = ended().all(|ended| ended.code == 0);
    let running = regular().any(|it| matches!(it.now, Now::Running { .. }));
    // Waiting for a restart is running; waiting for the first start is pending.
    let unborn = regular()
        .any(|it| matches!(it.now, Now::Waiting { .. }) && it.last.is_none() && it.id.is_none());
    if facts.over && done == all {
        return if succeeded { "Succeeded" } else { "Failed" };
    }
    if unborn {
        return "Pending";
    }
    if running || done < all {
        return "Running";
    }
    match restart {
        "Always" => "Running",
        "Never" => {
            if succeeded {
                "Succeeded"
            } else {
                "Failed"
            }
        }
        _ => {
            if succeeded {
                "Succeeded"
            } else {
                "Running"
            }
        }
    }
}

/// What is said about one condition: whether it holds, why and what exactly.
#[derive(Clone, Default)]
struct Judgement {
    holds: bool,
    reason: Option<&'static str>,
    message: Option<String>,
}

fn conditions(
    pod: &Pod,
    facts: &Facts,
    phase: &str,
    old: &PodStatus,
    now: Timestamp,
) -> Vec<PodCondition> {
    let previous = old.conditions.as_deref().unwrap_or_default();
    let condition = |(kind, judgement): (&str, Judgement)| {
        let status = if judgement.holds { "True" } else { "False" };
        let before = previous.iter().find(|it| it.type_ == kind && it.status == status);
        let since = before.and_then(|it| it.last_transition_time.clone());
        PodCondition {
            type_: kind.to_owned(),
            status: status.to_owned(),
            reason: judgement.reason.map(str::to_owned),
            message: judgement.message,
            last_transition_time: Some(since.unwrap_or_else(|| seconds(now))),
            observed_generation: pod.metadata.generation,
            ..Default::default()
        }
    };
    let simply = |holds| Judgement { holds, ..Judgement::default() };
    let ready = ready(facts, phase);
    let judged = [
        ("PodReadyToStartContainers", simply(facts.address.is_some() && !facts.over)),
        ("Initialized", initialized(facts, phase)),
        ("Ready", ready.clone()),
        ("ContainersReady", ready),
        ("PodScheduled", simply(true)),
    ];
    // What others said stays: readiness gates, disruptions.
    let others = previous.iter().filter(|it| !OURS.contains(&it.type_.as_str())).cloned();
    judged.into_iter().map(condition).chain(others).collect()
}

fn initialized(facts: &Facts, phase: &str) -> Judgement {
    if facts.initialized {
        let reason = (phase == "Succeeded").then_some("PodCompleted");
        return Judgement { holds: true, reason, message: None };
    }
    let incomplete =
        names(facts, |it| it.init && !matches!(&it.now, Now::Ended(ended) if ended.code == 0));
    Judgement {
        holds: false,
        reason: Some("ContainersNotInitialized"),
        message: Some(format!("containers with incomplete status: [{incomplete}]")),
    }
}

fn ready(facts: &Facts, phase: &str) -> Judgement {
    let over = |reason| Judgement { holds: false, reason: Some(reason), message: None };
    match phase {
        "Succeeded" => return over("PodCompleted"),
        "Failed" => return over("PodFailed"),
        _ => {}
    }
    let unready = names(facts, |it| !it.init && !it.ready);
    if unready.is_empty() {
        return Judgement { holds: true, ..Judgement::default() };
    }
    Judgement {
        holds: false,
        reason: Some("ContainersNotReady"),
        message: Some(format!("containers with unready status: [{unready}]")),
    }
}

fn names(facts: &Facts, accepts: impl Fn(&ContainerFacts) -> bool) -> String {
    let accepted = facts.containers.iter().filter(|it| accepts(it));
    accepted.map(|it| it.name.as_str()).collect::<Vec<_>>().join(" ")
}

fn terminated(ended: &Ended) -> ContainerStateTerminated {
    ContainerStateTerminated {
        exit_code: ended.code,
        reason: Some(ended.reason.to_owned()),
        message: ended.message.clone(),
        started_at: ended.from.map(seconds),
        finished_at: Some(seconds(ended.to)),
        container_id: ended.id.as_deref().map(with_scheme),
        ..Default::default()
    }
}

fn with_scheme(id: &str) -> String {
    format!("containerd://{id}")
}

fn container(facts: &ContainerFacts) -> ContainerStatus {
    let state = match &facts.now {
        Now::Waiting { reason, message } => ContainerState {
            waiting: Some(ContainerStateWaiting {
                reason: Some((*reason).to_owned()),
                message: message.clone(),
            }),
            ..Default::default()
        },
        Now::Running { since } => ContainerState {
            running: Some(ContainerStateRunning { started_at: Some(seconds(*since)) }),
            ..Default::default()
        },
        Now::Ended(ended) => {
            ContainerState { terminated: Some(terminated(ended)), ..Default::default() }
        }
    };
    let last = facts
        .last
        .as_ref()
        .map(|ended| ContainerState { terminated: Some(terminated(ended)), ..Default::default() });
    let ended_well = matches!(&facts.now, Now::Ended(ended) if ended.code == 0);
    ContainerStatus {
        name: facts.name.clone(),
        state: Some(state),
        last_state: Some(last.unwrap_or_default()),
        ready: if facts.init { ended_well } else { facts.ready },
        started: Some(facts.started && matches!(facts.now, Now::Running { .. })),
        restart_count: i32::try_from(facts.restarts).unwrap_or(i32::MAX),
        image: facts.image.clone(),
        image_id: facts.image_id.clone(),
        container_id: facts.id.as_deref().map(with_scheme),
        ..Default::default()
    }
}
