//! What every pod is given on its way in: an account, its token, a priority, patience with nodes.

use serde_json::{Value, json};

use super::super::value::{child, fill, fill_empty, is_empty, items, items_mut, text};

/// Where the token, the namespace and the authority's certificate appear in a container.
const TOKEN_PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// Names the service account of a pod that names none.
pub fn fill_service_account(pod: &mut Value) {
    let spec = child(pod, "spec");
    fill_empty(spec, "serviceAccountName", "default");
    let name = spec["serviceAccountName"].clone();
    spec["serviceAccount"] = name;
}

/// Mounts the account's token, unless the pod or the account declines it.
///
/// `suffix` distinguishes the volume (five random letters); `account` is the service account.
pub fn mount_token(pod: &mut Value, account: &Value, suffix: &str) {
    add_pull_secrets(pod, account);
    let wanted = pod["spec"]["automountServiceAccountToken"]
        .as_bool()
        .or_else(|| account["automountServiceAccountToken"].as_bool())
        .unwrap_or(true);
    if !wanted {
        return;
    }
    let spec = child(pod, "spec");
    let existing = items(spec, "volumes")
        .iter()
        .map(|it| text(it, "name"))
        .find(|it| it.starts_with("kube-api-access-"))
        .map(str::to_owned);
    let name = existing.clone().unwrap_or_else(|| format!("kube-api-access-{suffix}"));
    let mut used = false;
    for list in ["initContainers", "containers"] {
        for container in items_mut(spec, list) {
            used |= mount_into(container, &name);
        }
    }
    if used && existing.is_none() {
        push(spec, "volumes", token_volume(&name));
    }
}

fn add_pull_secrets(pod: &mut Value, account: &Value) {
    let secrets = &account["imagePullSecrets"];
    if is_empty(&pod["spec"]["imagePullSecrets"]) && !is_empty(secrets) {
        child(pod, "spec")["imagePullSecrets"] = secrets.clone();
    }
}

/// Mounts the token where nothing else is mounted; tells whether it did.
fn mount_into(container: &mut Value, volume: &str) -> bool {
    let taken =
        items(container, "volumeMounts").iter().any(|it| text(it, "mountPath") == TOKEN_PATH);
    if !taken {
        let mount = json!({"name": volume, "readOnly": true, "mountPath": TOKEN_PATH});
        push(container, "volumeMounts", mount);
    }
    !taken
}

fn push(object: &mut Value, key: &str, item: Value) {
    match &mut object[key] {
        Value::Array(list) => list.push(item),
        slot => *slot = json!([item]),
    }
}

fn token_volume(name: &str) -> Value {
    json!({
        "name": name,
        "projected": {
            "defaultMode": 420,
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
        },
    })
}

/// Lets the pod stay five minutes on a node that is not ready or out of reach.
pub fn tolerate_sick_nodes(pod: &mut Value) {
    let spec = child(pod, "spec");
    for key in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
        let covered = items(spec, "tolerations").iter().any(|it| {
            let named = text(it, "key");
            (named == key || named.is_empty()) && matches!(text(it, "effect"), "" | "NoExecute")
        });
        if !covered {
            let toleration = json!({
                "key": key,
                "operator": "Exists",
                "effect": "NoExecute",
                "tolerationSeconds": 300,
            });
            push(spec, "tolerations", toleration);
        }
    }
}

/// Resolves the pod's priority from its class; `classes` are the cluster's priority classes.
///
/// Fails with the reason for which the real server forbids the pod.
pub fn resolve_priority(pod: &mut Value, classes: &[Value]) -> Result<(), String> {
    let spec = child(pod, "spec");
    let name = text(spec, "priorityClassName").to_owned();
    let named = |wanted: &str| classes.iter().find(|it| text(&it["metadata"], "name") == wanted);
    let class = if name.is_empty() {
        classes.iter().find(|it| it["globalDefault"] == true)
    } else {
        named(&name)
    };
    let (value, preemption) = match (class, name.as_str()) {
        (Some(class), _) => {
            let preemption = class["preemptionPolicy"].as_str().unwrap_or("PreemptLowerPriority");
            (class["value"].as_i64().unwrap_or_default(), preemption.to_owned())
        }
        (None, "") => (0, "PreemptLowerPriority".to_owned()),
        (None, "system-cluster-critical") => (2_000_000_000, "PreemptLowerPriority".to_owned()),
        (None, "system-node-critical") => (2_000_001_000, "PreemptLowerPriority".to_owned()),
        (None, other) => return Err(format!("no PriorityClass with name {other} was found")),
    };
    if let Some(given) = spec["priority"].as_i64()
        && given != value
    {
        return Err(format!(
            "the integer value of priority ({given}) must not be provided in pod spec; priority \
             admission controller computed {value} from the given PriorityClass name"
        ));
    }
    let given = text(spec, "preemptionPolicy").to_owned();
    if !given.is_empty() && given != preemption {
        return Err(format!(
            "the string value of PreemptionPolicy ({given}) must not be provided in pod spec; \
             priority admission controller computed {preemption} from the given PriorityClass name"
        ));
    }
    if let (Some(class), true) = (class, name.is_empty()) {
        spec["priorityClassName"] = class["metadata"]["name"].clone();
    }
    fill(spec, "priority", value);
    fill(spec, "preemptionPolicy", preemption);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pod_gets_an_account_and_its_token_once() {
        let mut pod = json!({"spec": {"containers": [{"name": "a"}, {"name": "b"}]}});

        fill_service_account(&mut pod);
        mount_token(&mut pod, &json!({}), "abcde");
        mount_token(&mut pod, &json!({}), "fghij");

        assert_eq!(pod["spec"]["serviceAccountName"], "default");
        assert_eq!(pod["spec"]["volumes"].as_array().unwrap().len(), 1);
        assert_eq!(pod["spec"]["volumes"][0]["name"], "kube-api-access-abcde");
        assert_eq!(pod["spec"]["containers"][1]["volumeMounts"][0]["mountPath"], TOKEN_PATH);
    }

    #[test]
    fn an_account_may_decline_its_token() {
        let mut pod = json!({"spec": {"containers": [{"name": "a"}]}});

        mount_token(&mut pod, &json!({"automountServiceAccountToken": false}), "abcde");

        assert!(pod["spec"].get("volumes").is_none());
    }

    #[test]
    fn a_priority_follows_its_class() {
        let mut plain = json!({"spec": {}});
        let mut unknown = json!({"spec": {"priorityClassName": "nope"}});

        resolve_priority(&mut plain, &[]).unwrap();
        let refusal = resolve_priority(&mut unknown, &[]).unwrap_err();

        assert_eq!(plain["spec"]["priority"], 0);
        assert_eq!(refusal, "no PriorityClass with name nope was found");
    }

    #[test]
    fn sick_nodes_are_tolerated_for_five_minutes_unless_said_otherwise() {
        let mut pod = json!({"spec": {"tolerations": [
            {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute"}]}});

        tolerate_sick_nodes(&mut pod);

        let tolerations = pod["spec"]["tolerations"].as_array().unwrap();
        assert_eq!(tolerations.len(), 2);
        assert_eq!(tolerations[1]["tolerationSeconds"], 300);
    }
}
