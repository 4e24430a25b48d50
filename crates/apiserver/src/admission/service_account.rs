//! Every pod runs as a service account, and is given its token.

use serde_json::{Value, json};

use crate::core::Core;
use crate::kinds::Resource;
use crate::status::{Result, Status};
use crate::verbs::{core_resource, text};

const MOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

pub(super) fn fill(core: &Core, resource: &Resource, value: &mut Value) -> Result<()> {
    if (resource.group, resource.kind) != ("", "Pod") {
        return Ok(());
    }
    let mirror = value["metadata"]["annotations"]["kubernetes.io/config.mirror"].is_string();
    if mirror || !value["spec"].is_object() {
        return Ok(());
    }
    let namespace = text(value, "namespace").to_owned();
    let mut name = value["spec"]["serviceAccountName"].as_str().unwrap_or_default().to_owned();
    if name.is_empty() {
        "default".clone_into(&mut name);
    }
    value["spec"]["serviceAccountName"] = name.as_str().into();
    value["spec"]["serviceAccount"] = name.as_str().into();
    let account = core.store.get(core_resource("serviceaccounts"), &namespace, &name);
    let Some(account) = account else {
        let pod = text(value, "name").to_owned();
        let why = format!(
            "error looking up service account {namespace}/{name}: serviceaccount {name:?} not found"
        );
        return Err(Status::forbidden(resource, &pod, &why));
    };
    let account = account.value();
    if wants_token(&value["spec"], &account) {
        mount(core, value);
    }
    let has_secrets = value["spec"]["imagePullSecrets"].as_array().is_some_and(|it| !it.is_empty());
    if !has_secrets && account["imagePullSecrets"].is_array() {
        value["spec"]["imagePullSecrets"] = account["imagePullSecrets"].clone();
    }
    Ok(())
}

fn wants_token(spec: &Value, account: &Value) -> bool {
    let own = spec["automountServiceAccountToken"].as_bool();
    own.or_else(|| account["automountServiceAccountToken"].as_bool()).unwrap_or(true)
}

/// Mounts a projected token into every container that has nothing at that place.
fn mount(core: &Core, pod: &mut Value) {
    let volume = existing_volume(&pod["spec"])
        .unwrap_or_else(|| format!("kube-api-access-{}", core.suffix(5)));
    let mut used = false;
    for field in ["initContainers", "containers"] {
        for container in pod["spec"][field].as_array_mut().into_iter().flatten() {
            used |= mount_into(container, &volume);
        }
    }
    if used && existing_volume(&pod["spec"]).is_none() {
        if !pod["spec"]["volumes"].is_array() {
            pod["spec"]["volumes"] = json!([]);
        }
        if let Some(volumes) = pod["spec"]["volumes"].as_array_mut() {
            volumes.push(projected(&volume));
        }
    }
}

fn existing_volume(spec: &Value) -> Option<String> {
    let mut volumes = spec["volumes"].as_array().into_iter().flatten();
    let found = volumes
        .find(|it| it["name"].as_str().is_some_and(|name| name.starts_with("kube-api-access-")));
    found.and_then(|it| it["name"].as_str()).map(str::to_owned)
}

fn mount_into(container: &mut Value, volume: &str) -> bool {
    if !container["volumeMounts"].is_array() {
        container["volumeMounts"] = json!([]);
    }
    let Some(mounts) = container["volumeMounts"].as_array_mut() else { return false };
    if mounts.iter().any(|it| it["mountPath"] == MOUNT) {
        return false;
    }
    mounts.push(json!({"name": volume, "readOnly": true, "mountPath": MOUNT}));
    true
}

fn projected(name: &str) -> Value {
    json!({
        "name": name,
        "projected": {
            "sources": [
                {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
                {"configMap": {
                    "name": "kube-root-ca.crt",
                    "items": [{"key": "ca.crt", "path": "ca.crt"}],
                }},
                {"downwardAPI": {"items": [{
                    "path": "namespace",
                    "fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.namespace"},
                }]}},
            ],
            "defaultMode": 420,
        },
    })
}
