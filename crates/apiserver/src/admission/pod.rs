//! What a new pod is given: an account and its token, a priority, default amounts.

use serde_json::Value;

use crate::core::Core;
use crate::kinds::admission::{limit_range, pods};
use crate::kinds::{self, Resource};
use crate::status::{Result, Status};
use crate::verbs::{core_resource, text};

pub(super) fn complete(core: &Core, resource: &Resource, pod: &mut Value) -> Result<()> {
    if (resource.group, resource.kind) != ("", "Pod") {
        return Ok(());
    }
    let name = text(pod, "name").to_owned();
    let forbidden = |why: &str| Status::forbidden(resource, &name, why);
    give_account(core, pod).map_err(|why| forbidden(&why))?;
    let classes: Vec<Value> = priority_classes(core);
    pods::resolve_priority(pod, &classes).map_err(|why| forbidden(&why))?;
    let namespace = text(pod, "namespace").to_owned();
    limit_range::fill_pod(pod, &limit_ranges(core, &namespace));
    pods::tolerate_sick_nodes(pod);
    kinds::apply_defaults(resource, pod);
    Ok(())
}

fn give_account(core: &Core, pod: &mut Value) -> std::result::Result<(), String> {
    if pod["metadata"]["annotations"]["kubernetes.io/config.mirror"].is_string() {
        return Ok(());
    }
    pods::fill_service_account(pod);
    let namespace = text(pod, "namespace").to_owned();
    let name = pod["spec"]["serviceAccountName"].as_str().unwrap_or_default().to_owned();
    let account = core.store.get(core_resource("serviceaccounts"), &namespace, &name);
    let account = account.ok_or_else(|| {
        format!(
            "error looking up service account {namespace}/{name}: serviceaccount {name:?} not found"
        )
    })?;
    pods::mount_token(pod, &account.value(), &core.suffix(5));
    Ok(())
}

fn priority_classes(core: &Core) -> Vec<Value> {
    let resource = kinds::find("scheduling.k8s.io", "v1", "priorityclasses");
    let resource = resource.expect("it is built in");
    core.store.snapshot(resource).within("").map(|it| it.value()).collect()
}

pub(super) fn limit_ranges(core: &Core, namespace: &str) -> Vec<Value> {
    let resource = core_resource("limitranges");
    core.store.snapshot(resource).within(namespace).map(|it| it.value()).collect()
}
