//! The rows of what makes pods.

use serde_json::{Value, json};

use super::super::duration::human_duration;
use super::super::value::{items, text};
use super::{Printed, count, or, selector};

/// The cells of a deployment.
pub(super) fn deployment(printed: &Printed<'_>) -> Vec<Value> {
    let (spec, status) = (printed.spec(), printed.status());
    let (names, images) = containers(&spec["template"]);
    vec![
        printed.name(),
        json!(format!("{}/{}", count(&status["readyReplicas"]), count(&spec["replicas"]))),
        json!(count(&status["updatedReplicas"])),
        json!(count(&status["availableReplicas"])),
        printed.age(),
        names,
        images,
        json!(selector::format(&spec["selector"])),
    ]
}

/// The cells of a replica set or a replication controller.
pub(super) fn replica_set(printed: &Printed<'_>) -> Vec<Value> {
    let (spec, status) = (printed.spec(), printed.status());
    let (names, images) = containers(&spec["template"]);
    let selected = if text(printed.object, "kind") == "ReplicationController" {
        selector::labels(&spec["selector"])
    } else {
        selector::format_or_none(&spec["selector"])
    };
    vec![
        printed.name(),
        json!(count(&spec["replicas"])),
        json!(count(&status["replicas"])),
        json!(count(&status["readyReplicas"])),
        printed.age(),
        names,
        images,
        json!(selected),
    ]
}

/// The cells of a stateful set.
pub(super) fn stateful_set(printed: &Printed<'_>) -> Vec<Value> {
    let (spec, status) = (printed.spec(), printed.status());
    let (names, images) = containers(&spec["template"]);
    vec![
        printed.name(),
        json!(format!("{}/{}", count(&status["readyReplicas"]), count(&spec["replicas"]))),
        printed.age(),
        names,
        images,
    ]
}

/// The cells of a daemon set.
pub(super) fn daemon_set(printed: &Printed<'_>) -> Vec<Value> {
    let (spec, status) = (printed.spec(), printed.status());
    let (names, images) = containers(&spec["template"]);
    vec![
        printed.name(),
        json!(count(&status["desiredNumberScheduled"])),
        json!(count(&status["currentNumberScheduled"])),
        json!(count(&status["numberReady"])),
        json!(count(&status["updatedNumberScheduled"])),
        json!(count(&status["numberAvailable"])),
        json!(selector::labels(&spec["template"]["spec"]["nodeSelector"])),
        printed.age(),
        names,
        images,
        json!(selector::format_or_none(&spec["selector"])),
    ]
}

/// The cells of a job.
pub(super) fn job(printed: &Printed<'_>) -> Vec<Value> {
    let (spec, status) = (printed.spec(), printed.status());
    let succeeded = count(&status["succeeded"]);
    let completions = match (spec["completions"].as_i64(), count(&spec["parallelism"])) {
        (Some(wanted), _) => format!("{succeeded}/{wanted}"),
        (None, parallel) if parallel > 1 => format!("{succeeded}/1 of {parallel}"),
        (None, _) => format!("{succeeded}/1"),
    };
    let (names, images) = containers(&spec["template"]);
    vec![
        printed.name(),
        json!(job_status(printed)),
        json!(completions),
        json!(job_duration(printed)),
        printed.age(),
        names,
        images,
        json!(selector::format_or_none(&spec["selector"])),
    ]
}

fn job_status(printed: &Printed<'_>) -> &'static str {
    let holds = |kind: &str| {
        let conditions = items(printed.status(), "conditions");
        let first = conditions.iter().find(|it| text(it, "type") == kind);
        first.is_some_and(|it| text(it, "status") == "True")
    };
    match () {
        () if holds("Complete") => "Complete",
        () if holds("Failed") => "Failed",
        () if printed.is_going() => "Terminating",
        () if holds("Suspended") => "Suspended",
        () if holds("FailureTarget") => "FailureTarget",
        () if holds("SuccessCriteriaMet") => "SuccessCriteriaMet",
        () => "Running",
    }
}

fn job_duration(printed: &Printed<'_>) -> String {
    let status = printed.status();
    let time = |key: &str| text(status, key).parse::<jiff::Timestamp>().ok();
    match (time("startTime"), time("completionTime")) {
        (None, _) => String::new(),
        (Some(start), end) => human_duration(end.unwrap_or(printed.now).duration_since(start)),
    }
}

/// The cells of a cron job.
pub(super) fn cron_job(printed: &Printed<'_>) -> Vec<Value> {
    let (spec, status) = (printed.spec(), printed.status());
    let last = match &status["lastScheduleTime"] {
        Value::Null => "<none>".to_owned(),
        time => printed.since(time),
    };
    let suspend = match spec["suspend"].as_bool() {
        Some(true) => "True",
        Some(false) => "False",
        None => "<unset>",
    };
    let job = &spec["jobTemplate"]["spec"];
    let (names, images) = containers(&job["template"]);
    vec![
        printed.name(),
        json!(text(spec, "schedule")),
        json!(or(&spec["timeZone"], "<none>")),
        json!(suspend),
        json!(items(status, "active").len()),
        json!(last),
        printed.age(),
        names,
        images,
        json!(selector::format_or_none(&job["selector"])),
    ]
}

/// The cells of a controller revision.
pub(super) fn controller_revision(printed: &Printed<'_>) -> Vec<Value> {
    let owners = items(&printed.object["metadata"], "ownerReferences");
    let owner = owners.iter().find(|it| it["controller"] == true);
    let controller = owner.map_or_else(
        || "<none>".to_owned(),
        |it| {
            let group = text(it, "apiVersion").split_once('/').map_or("", |parts| parts.0);
            let kind = text(it, "kind").to_lowercase();
            let kind = if group.is_empty() { kind } else { format!("{kind}.{group}") };
            format!("{kind}/{}", text(it, "name"))
        },
    );
    vec![
        printed.name(),
        json!(controller),
        json!(count(&printed.object["revision"])),
        printed.age(),
    ]
}

/// The cells of a pod template.
pub(super) fn pod_template(printed: &Printed<'_>) -> Vec<Value> {
    let template = &printed.object["template"];
    let (names, images) = containers(template);
    vec![printed.name(), names, images, json!(selector::labels(&template["metadata"]["labels"]))]
}

/// The names and the images of a template's containers.
fn containers(template: &Value) -> (Value, Value) {
    let all = items(&template["spec"], "containers");
    let joined = |key: &str| all.iter().map(|it| text(it, key)).collect::<Vec<_>>().join(",");
    (json!(joined("name")), json!(joined("image")))
}
