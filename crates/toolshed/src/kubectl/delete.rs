//! `kubectl delete`.

use http::Method;
use serde_json::{Value, json};

use crate::kubectl::api::Call;
use crate::kubectl::change::DryRun;
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::raw;
use crate::kubectl::resolve::{Found, Item, Plan, Query, flatten, plan};
use crate::kubectl::session::{Running, Session};
use crate::kubectl::wait::until_gone;

/// A week: what "for ever" means here.
const FOR_EVER: f64 = 604_800.0;

/// Runs the command.
pub(crate) fn run(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        if session.flags.changed("raw") {
            return raw::delete(session).await;
        }
        let words = session.arguments().to_vec();
        let selector = session.flags.text("selector").to_owned();
        let fields = session.flags.text("field-selector").to_owned();
        let options = Options::of(session).await?;
        let query = Query {
            words: &words,
            selector: (!selector.is_empty()).then_some(&selector),
            fields: (!fields.is_empty()).then_some(&fields),
            all: session.flags.on("all"),
            all_namespaces: session.flags.on("all-namespaces"),
            ..Query::default()
        };
        let plan = plan(session, query).await?;
        delete(session, plan, &options).await
    })
}

struct Options {
    grace: i64,
    propagation: &'static str,
    dry_run: DryRun,
    wait: bool,
    timeout: f64,
    names_only: bool,
    ignore_missing: bool,
}

impl Options {
    async fn of(session: &Session) -> Outcome<Self> {
        let flags = &session.flags;
        let force = flags.on("force");
        let mut grace = flags.number("grace-period");
        if flags.on("now") {
            if grace != -1 {
                let words = "--now and --grace-period cannot be specified together";
                return Err(Failure::error(words));
            }
            grace = 1;
        }
        let mut wait = flags.on("wait");
        if force && grace < 0 {
            grace = 0;
        }
        if grace == 0 && !force {
            grace = 1;
        } else if grace == 0 && !flags.changed("wait") {
            wait = false;
        }
        let output = flags.text("output");
        if !matches!(output, "" | "name") {
            return Err(Failure::error(format!(
                "unexpected -o output mode: {output}. We only support '-o name'"
            )));
        }
        if grace == 0 && force {
            session
                .complain(
                    "Warning: Immediate deletion does not wait for confirmation that the running \
                     resource has been terminated. The resource may continue to run on the cluster \
                     indefinitely.",
                )
                .await?;
        } else if grace > 0 && force {
            return Err(Failure::error(
                "--force and --grace-period greater than 0 cannot be specified together",
            ));
        }
        let timeout = flags.seconds("timeout");
        Ok(Self {
            grace,
            propagation: propagation(flags.text("cascade"))?,
            dry_run: DryRun::of(session)?,
            wait,
            timeout: if timeout == 0.0 { FOR_EVER } else { timeout },
            names_only: output == "name",
            ignore_missing: flags.on("ignore-not-found") || flags.on("all"),
        })
    }
}

fn propagation(cascade: &str) -> Outcome<&'static str> {
    match cascade {
        "background" | "true" => Ok("Background"),
        "foreground" => Ok("Foreground"),
        "orphan" | "false" => Ok("Orphan"),
        other => Err(Failure::error(format!(
            "invalid cascade value ({other}). Must be \"background\", \"foreground\", or \"orphan\""
        ))),
    }
}

/// What a plan means; lists are asked for.
async fn targets(session: &Session, plan: Plan) -> (Vec<Found>, Vec<Failure>) {
    let (mut found, mut failures) = (Vec::new(), plan.failures);
    for item in &plan.items {
        match item {
            Item::Named { resource, namespace, name } => {
                found.push(Found::named(resource, namespace, name));
            }
            Item::List { resource, .. } => match session.api.value(item.call()).await {
                Ok(value) => found.extend(flatten(resource, value)),
                Err(failure) => failures.push(item.explain(failure)),
            },
        }
    }
    (found, failures)
}

/// Asks for consent; whoever says nothing does not consent.
async fn consents(session: &mut Session, targets: &[Found]) -> Outcome<bool> {
    let mut text =
        format!("You are about to delete the following {} resource(s):\n", targets.len());
    for target in targets {
        text = format!("{text}{}\n", target.shown());
    }
    session.out(format!("{text}Do you want to continue? (y/N): ")).await?;
    let answer = session.context.stdin.read_line().await.unwrap_or_default();
    let answer = String::from_utf8_lossy(&answer).trim().to_lowercase();
    if answer == "y" {
        return Ok(true);
    }
    session.say("deletion is cancelled").await?;
    Ok(false)
}

async fn delete(session: &mut Session, plan: Plan, options: &Options) -> Outcome {
    let mut done = Vec::new();
    let mut warn_about_scope = session.namespace_given();
    let selected = plan.items.iter().any(|item| matches!(item, Item::List { .. }));
    let (targets, mut failures) = targets(session, plan).await;
    let none = targets.is_empty();
    if session.flags.on("interactive") && !none && !consents(session, &targets).await? {
        return Ok(());
    }
    for target in targets {
        if warn_about_scope && !target.resource.namespaced {
            let words = "Warning: deleting cluster-scoped resources, not scoped to the provided \
                         namespace";
            session.complain(words).await?;
            warn_about_scope = false;
        }
        match one(session, &target, options).await {
            Ok(answer) => done.push((target, uid(&answer))),
            Err(failure) if failure.is_not_found() && (options.ignore_missing || selected) => {}
            Err(failure) => failures.push(failure),
        }
    }
    Failure::all(failures)?;
    if none {
        return session.say("No resources found").await;
    }
    if !options.wait || options.dry_run != DryRun::None {
        return Ok(());
    }
    gone(session, &done, options.timeout).await
}

/// Waits until objects, told from their successors by their uids, are gone.
async fn gone(session: &Session, done: &[(Found, String)], timeout: f64) -> Outcome {
    let deadline =
        tokio::time::Instant::now() + std::time::Duration::from_secs_f64(timeout.max(0.0));
    for (target, uid) in done {
        match until_gone(session, target, uid, deadline).await {
            Err(failure)
                if failure.has_reason("Forbidden") || failure.has_reason("MethodNotAllowed") => {}
            other => other?,
        }
    }
    Ok(())
}

/// Makes room for successors: deletes as `replace --force` does, and waits.
///
/// A grace of nought is raised to a second, so that nothing is lost without its owner's knowing.
pub(crate) async fn make_room(session: &Session, targets: Vec<Found>, aloud: bool) -> Outcome {
    let grace = match session.flags.number("grace-period") {
        0 => 1,
        given => given,
    };
    let timeout = match session.flags.seconds("timeout") {
        0.0 => 300.0,
        given => given,
    };
    let options = Options {
        grace,
        propagation: propagation(session.flags.text("cascade"))?,
        dry_run: DryRun::None,
        wait: true,
        timeout,
        names_only: session.flags.text("output") == "name",
        ignore_missing: true,
    };
    let mut done = Vec::new();
    for target in targets {
        let answer = match remove(session, &target, &options).await {
            Err(failure) if failure.is_not_found() => continue,
            answer => answer?,
        };
        if aloud {
            report(session, &target, &options).await?;
        }
        done.push((target, uid(&answer)));
    }
    gone(session, &done, options.timeout).await
}

/// The uid of what a deletion answered: the object, or a status about it.
fn uid(answer: &Value) -> String {
    let uid = answer["metadata"]["uid"].as_str().or(answer["details"]["uid"].as_str());
    uid.unwrap_or_default().to_owned()
}

async fn one(session: &Session, target: &Found, options: &Options) -> Outcome<Value> {
    let answer = match options.dry_run {
        DryRun::Client => Value::Null,
        DryRun::None | DryRun::Server => remove(session, target, options).await?,
    };
    report(session, target, options).await?;
    Ok(answer)
}

async fn remove(session: &Session, target: &Found, options: &Options) -> Outcome<Value> {
    let mut body = json!({
        "kind": "DeleteOptions",
        "apiVersion": "v1",
        "propagationPolicy": options.propagation,
    });
    if options.grace >= 0 {
        body["gracePeriodSeconds"] = json!(options.grace);
    }
    if options.dry_run == DryRun::Server {
        body["dryRun"] = json!(["All"]);
    }
    let call = Call::new(Method::DELETE, target.path())
        .json(&body)
        .about(&target.resource.qualified(), &target.name);
    session.api.value(call).await
}

async fn report(session: &Session, target: &Found, options: &Options) -> Outcome {
    if options.names_only {
        return session.say(target.shown()).await;
    }
    let verb = if options.grace == 0 { "force deleted" } else { "deleted" };
    let place = if target.resource.namespaced {
        format!(" from {} namespace", target.namespace)
    } else {
        String::new()
    };
    let kind = target.resource.type_name();
    let dry = options.dry_run.suffix();
    session.say(format!("{kind} {:?} {verb}{place}{dry}", target.name)).await
}
