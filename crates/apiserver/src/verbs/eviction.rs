//! What is done to a pod from outside: binding it to a node, evicting it from one.

use http::StatusCode;
use serde_json::{Value, json};

use super::update::{How, change};
use super::{decode, object};
use crate::core::Core;
use crate::http::{Call, Reply};
use crate::kinds;
use crate::schema::Expected;
use crate::selector::labels::Selector;
use crate::status::{Result, Status};
use crate::store::Object;

const EVICTION: Expected<'static> = Expected { group: "policy", version: "v1", kind: "Eviction" };

const BINDING: Expected<'static> = Expected { group: "", version: "v1", kind: "Binding" };

/// `pods/binding`.
pub(super) fn bind(core: &Core, call: &Call) -> Result<Reply> {
    let value = decode::body(call, BINDING)?.value;
    bind_value(core, call, &value)
}

/// Binds a pod to the node that a `Binding` names.
pub(super) fn bind_value(core: &Core, call: &Call, binding: &Value) -> Result<Reply> {
    let pods = object::core_resource("pods");
    let node = binding["target"]["name"].as_str().unwrap_or_default().to_owned();
    if node.is_empty() {
        return Err(Status::bad_request("target.name: Required value"));
    }
    let now = core.now_text();
    let how = How { subresource: Some("binding"), managed: false };
    change(core, call, pods, how, &mut Vec::new(), &mut |old| {
        let name = object::text(old, "name");
        let bound = old["spec"]["nodeName"].as_str().unwrap_or_default();
        if !bound.is_empty() {
            let why = format!("pod {name} is already assigned to node {bound:?}");
            return Err(Status::conflict(pods, name, &why));
        }
        if old["metadata"]["deletionTimestamp"].is_string() {
            let why = format!("pod {name} is being deleted, cannot be assigned to a host");
            return Err(Status::conflict(pods, name, &why));
        }
        let mut new = old.clone();
        new["spec"]["nodeName"] = node.as_str().into();
        set_scheduled(&mut new, &now);
        Ok(new)
    })?;
    let status = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201,
    });
    Ok(Reply::value(StatusCode::CREATED, status))
}

fn set_scheduled(pod: &mut Value, now: &str) {
    let condition = json!({
        "type": "PodScheduled",
        "status": "True",
        "lastProbeTime": null,
        "lastTransitionTime": now,
    });
    if !pod["status"]["conditions"].is_array() {
        pod["status"]["conditions"] = json!([]);
    }
    let Some(conditions) = pod["status"]["conditions"].as_array_mut() else { return };
    conditions.retain(|it| it["type"] != "PodScheduled");
    conditions.push(condition);
}

/// `pods/eviction`: a deletion that asks the disruption budgets first.
pub(super) fn evict(core: &Core, call: &Call) -> Result<Reply> {
    let eviction = decode::body(call, EVICTION)?.value;
    let pods = object::core_resource("pods");
    let pod = object::load(core, call, pods)?;
    let value = pod.value();
    let finished = matches!(value["status"]["phase"].as_str(), Some("Succeeded" | "Failed"));
    let leaving = value["metadata"]["deletionTimestamp"].is_string();
    if !finished && !leaving {
        ask_budgets(core, &pod)?;
    }
    let options = eviction.get("deleteOptions").cloned().unwrap_or_else(|| json!({}));
    let deletion = Call {
        method: http::Method::DELETE,
        target: call.target.clone(),
        query: call.query.clone(),
        headers: http::HeaderMap::new(),
        user: call.user.clone(),
        body: options.to_string().into(),
        served: None,
        upgrade: None,
        stop: call.stop.clone(),
    };
    super::delete::delete(core, &deletion, pods)?;
    let status = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201,
    });
    Ok(Reply::value(StatusCode::CREATED, status))
}

fn ask_budgets(core: &Core, pod: &Object) -> Result<()> {
    let budgets = kinds::find("policy", "v1", "poddisruptionbudgets").expect("it is built in");
    let matching: Vec<_> = core
        .store
        .snapshot(budgets)
        .within(&pod.namespace)
        .filter(|it| {
            let value = it.value();
            Selector::from_object(&value["spec"]["selector"]).matches(&pod.labels)
        })
        .cloned()
        .collect();
    let budget = match matching.as_slice() {
        [] => return Ok(()),
        [one] => one,
        _ => {
            return Err(Status::internal(
                "This pod has more than one PodDisruptionBudget, which the eviction subresource \
                 does not support.",
            ));
        }
    };
    let mut value = budget.value();
    let allowed = value["status"]["disruptionsAllowed"].as_i64().unwrap_or_default();
    if allowed <= 0 {
        return Err(refusal(&budget.name, &value));
    }
    value["status"]["disruptionsAllowed"] = (allowed - 1).into();
    if !value["status"]["disruptedPods"].is_object() {
        value["status"]["disruptedPods"] = json!({});
    }
    value["status"]["disruptedPods"][&*pod.name] = core.now_text().into();
    let change =
        crate::store::Change::Replace { resource: budgets, expected: budget.revision, value };
    // Somebody else was faster: let the client ask again, with the new budget.
    core.store.commit(vec![change]).map_err(|_| refusal(&budget.name, &budget.value()))?;
    Ok(())
}

fn refusal(name: &str, budget: &Value) -> Status {
    let status = &budget["status"];
    let number = |field: &str| status[field].as_i64().unwrap_or_default();
    let message = "Cannot evict pod as it would violate the pod's disruption budget.";
    Status::new(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", message).with_causes(vec![
        json!({
            "reason": "DisruptionBudget",
            "message": format!(
                "The disruption budget {name} needs {} healthy pods and has {} currently",
                number("desiredHealthy"),
                number("currentHealthy"),
            ),
        }),
    ])
}
