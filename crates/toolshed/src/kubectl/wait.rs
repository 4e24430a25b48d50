//! `kubectl wait`, and waiting for deleted objects to be gone.

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use crate::kubectl::api::Call;
use crate::kubectl::discovery::array;
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::print::jsonpath::{Template, word};
use crate::kubectl::resolve::{Found, Plan, Query, fetch, plan};
use crate::kubectl::session::{Running, Session};

/// How long between two looks at a type that does not exist yet.
const BETWEEN_LOOKS: Duration = Duration::from_millis(500);

/// What is waited for.
enum Condition {
    Create,
    Delete,
    Status { name: String, value: String },
    Path { template: Template, value: Option<String> },
}

/// Runs the command.
pub(crate) fn run(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        let conditions = conditions(session)?;
        let seconds = session.flags.seconds("timeout");
        let seconds = if seconds < 0.0 { 604_800.0 } else { seconds };
        let deadline = Instant::now() + Duration::from_secs_f64(seconds);
        if conditions.iter().any(|one| matches!(one, Condition::Create)) {
            until_created(session, deadline).await?;
        }
        let plan = targets(session).await?;
        let deleting = conditions.iter().any(|one| matches!(one, Condition::Delete));
        let (found, mut failures) = fetch(session, &plan).await;
        if deleting {
            failures.retain(|failure| !failure.is_not_found());
        }
        Failure::all(failures)?;
        if found.is_empty() && !deleting {
            return Err(Failure::error("no matching resources found"));
        }
        let mut failures = Vec::new();
        for target in found {
            for condition in &conditions {
                match one(session, &target, condition, deadline).await {
                    Ok(()) => {}
                    Err(Failure::Exit(code)) => return Err(Failure::Exit(code)),
                    Err(failure) => failures.push(failure),
                }
            }
        }
        Failure::all(failures)
    })
}

async fn targets(session: &mut Session) -> Outcome<Plan> {
    let words = session.arguments().to_vec();
    let selector = session.flags.text("selector").to_owned();
    let fields = session.flags.text("field-selector").to_owned();
    let query = Query {
        words: &words,
        selector: (!selector.is_empty()).then_some(&selector),
        fields: (!fields.is_empty()).then_some(&fields),
        all: session.flags.on("all"),
        all_namespaces: session.flags.on("all-namespaces"),
        ..Query::default()
    };
    plan(session, query).await
}

async fn until_created(session: &mut Session, deadline: Instant) -> Outcome {
    loop {
        let plan = targets(session).await?;
        let (found, failures) = fetch(session, &plan).await;
        if !found.is_empty() && failures.is_empty() {
            return Ok(());
        }
        if let Some(failure) = failures.into_iter().find(|failure| !failure.is_not_found()) {
            return Err(failure);
        }
        if Instant::now() >= deadline {
            return Err(Failure::error("timed out waiting for the condition"));
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}

fn conditions(session: &Session) -> Outcome<Vec<Condition>> {
    let given = session.flags.list("for");
    if given.is_empty() {
        return Err(Failure::error("unrecognized condition: []"));
    }
    given.iter().map(|one| condition(one)).collect()
}

fn condition(text: &str) -> Outcome<Condition> {
    let lower = text.to_lowercase();
    if lower == "delete" {
        return Ok(Condition::Delete);
    }
    if lower == "create" {
        return Ok(Condition::Create);
    }
    if lower.starts_with("condition=") {
        let rest = &text["condition=".len()..];
        let (name, value) = rest.split_once('=').unwrap_or((rest, "true"));
        return Ok(Condition::Status { name: name.to_owned(), value: value.to_owned() });
    }
    if lower.starts_with("jsonpath=") {
        let rest = &text["jsonpath=".len()..];
        let rest = rest.trim_matches('\'');
        let end = rest.rfind('}').map_or(rest.len(), |at| at + 1);
        let (path, value) = rest.split_at(end);
        let value = match value.strip_prefix('=') {
            Some("") => {
                return Err(Failure::error("jsonpath wait has to have a value after equal sign"));
            }
            Some(value) => Some(value.trim_matches(['"', '\'']).to_owned()),
            None => None,
        };
        let template = Template::relaxed(path).map_err(Failure::error)?;
        return Ok(Condition::Path { template, value });
    }
    Err(Failure::error(format!("unrecognized condition: {text:?}")))
}

impl Condition {
    /// Whether an object fulfils it.
    fn holds(&self, object: &Value) -> Outcome<bool> {
        match self {
            Self::Create => Ok(true),
            Self::Delete => Ok(false),
            Self::Status { name, value } => Ok(status_holds(object, name, value)),
            Self::Path { template, value } => {
                let found = template.find(object, false).map_err(Failure::error)?;
                let found: Vec<Value> = found.into_iter().flatten().collect();
                match (found.as_slice(), value) {
                    ([], _) => Ok(false),
                    ([one], Some(value)) => Ok(word(one) == *value),
                    ([_], None) => Ok(true),
                    _ => {
                        Err(Failure::error("given jsonpath expression matches more than one value"))
                    }
                }
            }
        }
    }
}

fn status_holds(object: &Value, name: &str, value: &str) -> bool {
    let generation = object["metadata"]["generation"].as_i64();
    array(&object["status"]["conditions"]).iter().any(|one| {
        let kind = one["type"].as_str().unwrap_or_default();
        let observed = one["observedGeneration"]
            .as_i64()
            .or_else(|| object["status"]["observedGeneration"].as_i64());
        let current = match (generation, observed) {
            (Some(generation), Some(observed)) => observed >= generation,
            _ => true,
        };
        let status = one["status"].as_str().unwrap_or_default();
        kind.eq_ignore_ascii_case(name) && status.eq_ignore_ascii_case(value) && current
    })
}

async fn one(
    session: &Session,
    target: &Found,
    condition: &Condition,
    deadline: Instant,
) -> Outcome {
    if matches!(condition, Condition::Create) {
        return session.say(format!("{} condition met", target.shown())).await;
    }
    if matches!(condition, Condition::Delete) {
        let uid = target.object["metadata"]["uid"].as_str().unwrap_or_default();
        until_gone(session, target, uid, deadline).await?;
    } else {
        until(session, target, deadline, |kind, object| {
            if kind == "DELETED" {
                return Err(Failure::error(format!(
                    "{} {:?} not found",
                    target.resource.qualified(),
                    target.name
                )));
            }
            condition.holds(object)
        })
        .await?;
    }
    session.say(format!("{} condition met", target.shown())).await
}

/// Waits until an object, told from a successor of the same name by its uid, is gone.
pub(crate) async fn until_gone(
    session: &Session,
    target: &Found,
    uid: &str,
    deadline: Instant,
) -> Outcome {
    let same = |object: &Value| uid.is_empty() || object["metadata"]["uid"] == uid;
    let call = Call::get(target.path()).about(&target.resource.qualified(), &target.name);
    match session.api.value(call).await {
        Ok(object) if same(&object) => {}
        Err(failure) if !failure.is_not_found() => return Err(failure),
        Ok(_) | Err(_) => return Ok(()),
    }
    until(session, target, deadline, |kind, object| Ok(kind == "DELETED" || !same(object))).await
}

/// Follows one object until `done` says so. An object that is not there counts as deleted.
async fn until(
    session: &Session,
    target: &Found,
    deadline: Instant,
    done: impl Fn(&str, &Value) -> Outcome<bool>,
) -> Outcome {
    match tokio::time::timeout_at(deadline, follow(session, target, done)).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Failure::error(format!(
            "timed out waiting for the condition on {}/{}",
            target.resource.qualified().split('.').next().unwrap_or_default(),
            target.name
        ))),
    }
}

async fn follow(
    session: &Session,
    target: &Found,
    done: impl Fn(&str, &Value) -> Outcome<bool>,
) -> Outcome {
    loop {
        let list = Call::get(target.resource.path(&target.namespace, ""))
            .query("fieldSelector", format!("metadata.name={}", target.name))
            .about(&target.resource.qualified(), "");
        let found = session.api.value(list.clone()).await?;
        match array(&found["items"]).first() {
            None if done("DELETED", &Value::Null)? => return Ok(()),
            Some(object) if done("ADDED", object)? => return Ok(()),
            None | Some(_) => {}
        }
        let version = found["metadata"]["resourceVersion"].as_str().unwrap_or_default();
        let watch = list.query("watch", "true").query("resourceVersion", version);
        let mut lines = session.api.lines(watch).await?;
        while let Some(event) = lines.event().await? {
            let kind = event["type"].as_str().unwrap_or_default();
            if kind == "ERROR" {
                break;
            }
            if kind != "BOOKMARK" && done(kind, &event["object"])? {
                return Ok(());
            }
        }
    }
}
