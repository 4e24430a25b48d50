//! A pod's row: how many containers are ready, what it is doing, how often it restarted.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::super::duration::human_duration;
use super::super::value::{items, text};
use super::{Printed, count, or};

/// What has been learned from the container statuses so far.
struct Tally {
    reason: String,
    ready: usize,
    restarts: i64,
    last_restart: Option<Timestamp>,
}

impl Tally {
    fn add_restarts(&mut self, status: &Value) {
        self.restarts += count(&status["restartCount"]);
        let finished = text(&status["lastState"]["terminated"], "finishedAt");
        if let Ok(finished) = finished.parse::<Timestamp>() {
            self.last_restart = self.last_restart.max(Some(finished));
        }
    }
}

/// The cells of a pod.
pub(super) fn cells(printed: &Printed<'_>) -> Vec<Value> {
    let (spec, status) = (printed.spec(), printed.status());
    let sidecars = items(spec, "initContainers").iter().filter(|it| is_sidecar(it)).count();
    let total = items(spec, "containers").len() + sidecars;
    let tally = tally(spec, status);
    let reason = final_reason(printed, tally.reason);
    let restarts = match tally.last_restart {
        Some(last) if tally.restarts != 0 => {
            format!("{} ({} ago)", tally.restarts, human_duration(printed.now.duration_since(last)))
        }
        _ => tally.restarts.to_string(),
    };
    let address = or(&status["podIPs"][0]["ip"], or(&status["podIP"], "<none>"));
    vec![
        printed.name(),
        json!(format!("{}/{total}", tally.ready)),
        json!(reason),
        json!(restarts),
        printed.age(),
        json!(address),
        json!(or(&spec["nodeName"], "<none>")),
        json!(or(&status["nominatedNodeName"], "<none>")),
        json!(readiness_gates(spec, status)),
    ]
}

/// The remark on a pod that has finished.
pub(super) fn conditions(pod: &Value) -> Vec<Value> {
    let (reason, message) = match text(&pod["status"], "phase") {
        "Succeeded" => ("Succeeded", "The pod has completed successfully."),
        "Failed" => ("Failed", "The pod failed."),
        _ => return Vec::new(),
    };
    vec![json!({"type": "Completed", "status": "True", "reason": reason, "message": message})]
}

fn is_sidecar(container: &Value) -> bool {
    text(container, "restartPolicy") == "Always"
}

fn tally(spec: &Value, status: &Value) -> Tally {
    let mut all =
        Tally { reason: starting_reason(status), ready: 0, restarts: 0, last_restart: None };
    let mut sidecars = Tally { reason: String::new(), ready: 0, restarts: 0, last_restart: None };
    let initializing = count_init_containers(spec, status, &mut all, &mut sidecars);
    if !initializing || has_condition(status, "Initialized") {
        all.restarts = sidecars.restarts;
        all.last_restart = sidecars.last_restart;
        count_containers(status, &mut all);
    }
    all
}

fn starting_reason(status: &Value) -> String {
    let gated = items(status, "conditions")
        .iter()
        .any(|it| text(it, "type") == "PodScheduled" && text(it, "reason") == "SchedulingGated");
    if gated {
        return "SchedulingGated".to_owned();
    }
    or(&status["reason"], text(status, "phase")).to_owned()
}

/// Goes through the init containers; tells whether one of them holds the pod up.
fn count_init_containers(
    spec: &Value,
    status: &Value,
    all: &mut Tally,
    sidecars: &mut Tally,
) -> bool {
    let declared = items(spec, "initContainers");
    for (index, container) in items(status, "initContainerStatuses").iter().enumerate() {
        let name = text(container, "name");
        let sidecar = declared.iter().any(|it| text(it, "name") == name && is_sidecar(it));
        all.add_restarts(container);
        if sidecar {
            sidecars.add_restarts(container);
        }
        let terminated = &container["state"]["terminated"];
        let waiting = text(&container["state"]["waiting"], "reason");
        if terminated.is_object() && count(&terminated["exitCode"]) == 0 {
            continue;
        }
        if sidecar && container["started"] == true {
            all.ready += usize::from(container["ready"] == true);
            continue;
        }
        all.reason = if terminated.is_object() {
            format!("Init:{}", end_of(terminated))
        } else if !waiting.is_empty() && waiting != "PodInitializing" {
            format!("Init:{waiting}")
        } else {
            format!("Init:{index}/{}", declared.len())
        };
        return true;
    }
    false
}

fn count_containers(status: &Value, tally: &mut Tally) {
    let mut has_running = false;
    let mut error = None;
    for container in items(status, "containerStatuses").iter().rev() {
        tally.add_restarts(container);
        let waiting = text(&container["state"]["waiting"], "reason");
        let terminated = &container["state"]["terminated"];
        if !waiting.is_empty() {
            waiting.clone_into(&mut tally.reason);
        } else if terminated.is_object() {
            tally.reason = end_of(terminated);
            if count(&terminated["exitCode"]) != 0 {
                error = Some(tally.reason.clone());
            }
        } else if container["ready"] == true && container["state"]["running"].is_object() {
            has_running = true;
            tally.ready += 1;
        }
    }
    if tally.reason == "Completed" {
        if has_running && has_condition(status, "Ready") {
            "Running".clone_into(&mut tally.reason);
        } else if let Some(error) = error {
            tally.reason = error;
        } else if has_running {
            "NotReady".clone_into(&mut tally.reason);
        }
    }
}

/// How a container ended: the reason, else the signal, else the exit code.
fn end_of(terminated: &Value) -> String {
    let reason = text(terminated, "reason");
    if !reason.is_empty() {
        return reason.to_owned();
    }
    match count(&terminated["signal"]) {
        0 => format!("ExitCode:{}", count(&terminated["exitCode"])),
        signal => format!("Signal:{signal}"),
    }
}

fn has_condition(status: &Value, kind: &str) -> bool {
    items(status, "conditions")
        .iter()
        .any(|it| text(it, "type") == kind && text(it, "status") == "True")
}

fn final_reason(printed: &Printed<'_>, reason: String) -> String {
    let status = printed.status();
    if !printed.is_going() {
        return reason;
    }
    if text(status, "reason") == "NodeLost" {
        return "Unknown".to_owned();
    }
    if matches!(text(status, "phase"), "Succeeded" | "Failed") {
        return reason;
    }
    "Terminating".to_owned()
}

fn readiness_gates(spec: &Value, status: &Value) -> String {
    let gates = items(spec, "readinessGates");
    if gates.is_empty() {
        return "<none>".to_owned();
    }
    let open = gates.iter().filter(|it| has_condition(status, text(it, "conditionType"))).count();
    format!("{open}/{}", gates.len())
}
