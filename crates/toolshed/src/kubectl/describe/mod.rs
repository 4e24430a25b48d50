//! `kubectl describe`: an object, what belongs to it, and its events.

mod cluster;
mod other;
pub(crate) mod page;
mod pod;
mod volume;
pub(crate) mod workload;

use serde_json::Value;

use crate::kubectl::api::Call;
use crate::kubectl::discovery::array;
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::flags::{Flag, Takes};
use crate::kubectl::resolve::{Found, Item, Plan, Query, fetch, flatten, plan};
use crate::kubectl::session::{Running, Session};
use page::Page;

/// The command's own flags.
pub(crate) const FLAGS: &[Flag] =
    &[Flag::new("show-events", Takes::Switch(true), "Also show events")];

/// Runs the command.
pub(crate) fn run(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        let words = session.arguments().to_vec();
        if words.is_empty() && session.flags.list("filename").is_empty() {
            return Err(Failure::error(
                "You must specify the type of resource to describe. Use \"kubectl api-resources\" \
                 for a complete list of supported resources.",
            ));
        }
        let selector = session.flags.text("selector").to_owned();
        let query = Query {
            words: &words,
            selector: (!selector.is_empty()).then_some(&selector),
            all_namespaces: session.flags.on("all-namespaces"),
            type_alone: true,
            ..Query::default()
        };
        let plan = plan(session, query).await?;
        let (found, failures) = fetch(session, &plan).await;
        if found.is_empty() && failures.len() == 1 && failures[0].is_not_found() {
            let close = by_prefix(session, &plan).await?;
            for one in &close {
                let text = describe(session, one, false).await?;
                session.say(text).await?;
            }
            return if close.is_empty() { Failure::all(failures) } else { Ok(()) };
        }
        let none = found.is_empty() && failures.is_empty();
        let events = session.flags.on("show-events")
            && (found.len() < 2 || session.flags.changed("show-events"));
        for (index, object) in found.iter().enumerate() {
            let text = describe(session, object, events).await?;
            let gap = if index == 0 { "" } else { "\n\n" };
            session.out(format!("{gap}{text}")).await?;
        }
        if none {
            if session.flags.on("all-namespaces")
                || !plan.items.iter().all(|item| item.resource().namespaced)
            {
                session.complain("No resources found").await?;
            } else {
                let namespace = session.namespace();
                let line = format!("No resources found in {namespace} namespace.");
                session.complain(line).await?;
            }
        }
        Failure::all(failures)
    })
}

/// The objects whose names begin with the one that was not found.
async fn by_prefix(session: &Session, plan: &Plan) -> Outcome<Vec<Found>> {
    let [Item::Named { resource, namespace, name }] = plan.items.as_slice() else {
        return Ok(Vec::new());
    };
    let list = session.api.value(Call::get(resource.path(namespace, ""))).await;
    let Ok(list) = list else { return Ok(Vec::new()) };
    let mut found = flatten(resource, list);
    found.retain(|one| one.name.starts_with(name.as_str()));
    Ok(found)
}

async fn describe(session: &Session, found: &Found, show_events: bool) -> Outcome<String> {
    let mut page = Page::default();
    let object = &found.object;
    let kind = (found.resource.group.as_str(), found.resource.kind.as_str());
    let events = match kind {
        ("", "Secret" | "ResourceQuota" | "LimitRange" | "Namespace" | "Event")
        | ("rbac.authorization.k8s.io" | "networking.k8s.io", _) => None,
        _ if show_events => Some(events_of(session, found).await),
        _ => None,
    };
    let list = |resource: &'static str| list(session, found, resource);
    match kind {
        ("", "Pod") => pod::describe(&mut page, object, session.now()),
        ("apps", "Deployment") => {
            workload::deployment(&mut page, object, &list("replicasets.apps").await);
        }
        ("apps", "ReplicaSet") => workload::replica_set(&mut page, object, &list("pods").await),
        ("", "Service") => {
            let slices = list("endpointslices.discovery.k8s.io").await;
            let slices: Vec<Value> = slices
                .into_iter()
                .filter(|one| {
                    one["metadata"]["labels"]["kubernetes.io/service-name"] == found.name.as_str()
                })
                .collect();
            workload::service(&mut page, object, &slices);
        }
        ("", "Node") => {
            let related = cluster::Related::of(session, &found.name).await;
            cluster::node(&mut page, object, &related, session.now());
        }
        ("", "Namespace") => {
            let (quotas, limits) = (
                inside(session, &found.name, "resourcequotas").await,
                inside(session, &found.name, "limitranges").await,
            );
            cluster::namespace(&mut page, object, &quotas, &limits);
        }
        _ => other::describe(&mut page, object, kind),
    }
    page.events(events.as_deref(), session.now());
    Ok(page.finish())
}

/// The objects of a type in the same namespace; none when they may not be read.
async fn list(session: &Session, found: &Found, resource: &str) -> Vec<Value> {
    inside(session, &found.namespace, resource).await
}

async fn inside(session: &Session, namespace: &str, resource: &str) -> Vec<Value> {
    let Ok(resource) = session.resource(resource).await else { return Vec::new() };
    let answer = session.api.value(Call::get(resource.path(namespace, ""))).await;
    answer.map(|list| array(&list["items"]).to_vec()).unwrap_or_default()
}

/// The events about an object, oldest first.
async fn events_of(session: &Session, found: &Found) -> Vec<Value> {
    let uid = found.object["metadata"]["uid"].as_str().unwrap_or_default();
    let mut fields = format!("involvedObject.name={}", found.name);
    if found.resource.namespaced {
        fields = format!("{fields},involvedObject.namespace={}", found.namespace);
    }
    fields = format!("{fields},involvedObject.kind={}", found.resource.kind);
    if found.resource.kind != "Node" {
        fields = format!("{fields},involvedObject.uid={uid}");
    }
    let path = if found.resource.namespaced {
        format!("/api/v1/namespaces/{}/events", found.namespace)
    } else {
        "/api/v1/events".to_owned()
    };
    let answer = session.api.value(Call::get(path).query("fieldSelector", fields)).await;
    let mut events = answer.map(|list| array(&list["items"]).to_vec()).unwrap_or_default();
    events.sort_by_key(|event| event["lastTimestamp"].as_str().unwrap_or_default().to_owned());
    events
}

/// Describes the template of a workload alone.
pub(crate) fn template(page: &mut Page, template: &Value) {
    pod::template(page, template);
}

/// Rules as the rows of a table.
pub(crate) fn rules(rules: &[Value]) -> Vec<String> {
    other::rules(rules)
}
