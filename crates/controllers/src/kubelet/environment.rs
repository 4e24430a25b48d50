//! What a container finds in its environment. Pure, given where to look things up.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{ConfigMap, Container, EnvVarSource, Pod, Secret, Service};

/// How long one argument or variable may be: Linux's `MAX_ARG_STRLEN`.
const LONGEST_ARGUMENT: usize = 128 * 1024;
/// How long all variables may be together: a quarter of the usual stack of 8 MiB.
const LONGEST_ENVIRONMENT: usize = 2 * 1024 * 1024;
const TOO_LONG: &str = "argument list too long";

/// Where `ConfigMaps`, Secrets and Services of the pod's namespace are looked up.
pub(super) trait Sources {
    /// A ConfigMap by name.
    fn config_map(&self, name: &str) -> Option<ConfigMap>;
    /// A Secret by name.
    fn secret(&self, name: &str) -> Option<Secret>;
    /// The Services of the namespace, and the API server's own.
    fn services(&self) -> Vec<Service>;
}

/// What about the pod is known only when it runs.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) pod_ip: String,
    pub(super) host_ip: String,
    pub(super) node: String,
}

/// The variables of a container, in order, or why they cannot be known.
pub(super) fn variables(
    pod: &Pod,
    container: &Container,
    place: &Place,
    sources: &dyn Sources,
) -> Result<Vec<(String, String)>, String> {
    let namespace = pod.metadata.namespace.as_deref().unwrap_or_default();
    let mut all = Variables::default();
    for (name, value) in service_links(pod, sources) {
        all.set(name, value);
    }
    for from in container.env_from.iter().flatten() {
        let prefix = from.prefix.as_deref().unwrap_or_default();
        if let Some(reference) = &from.config_map_ref {
            match sources.config_map(&reference.name) {
                Some(map) => {
                    for (name, value) in map.data.unwrap_or_default() {
                        all.set(format!("{prefix}{name}"), value);
                    }
                }
                None if reference.optional == Some(true) => {}
                None => return Err(format!("configmap \"{}\" not found", reference.name)),
            }
        }
        if let Some(reference) = &from.secret_ref {
            match sources.secret(&reference.name) {
                Some(secret) => {
                    for (name, value) in secret.data.unwrap_or_default() {
                        let value = String::from_utf8_lossy(&value.0).into_owned();
                        all.set(format!("{prefix}{name}"), value);
                    }
                }
                None if reference.optional == Some(true) => {}
                None => return Err(format!("secret \"{}\" not found", reference.name)),
            }
        }
    }
    for variable in container.env.iter().flatten() {
        if let Some(from) = &variable.value_from {
            if let Some(value) = resolve(from, pod, container, place, sources, namespace)? {
                all.set(variable.name.clone(), value);
            }
        } else {
            let value = variable.value.as_deref().unwrap_or_default();
            let value = expand(value, &all.by_name)?;
            all.set(variable.name.clone(), value);
        }
    }
    all.in_order()
}

#[derive(Default)]
struct Variables {
    order: Vec<String>,
    by_name: BTreeMap<String, String>,
}

impl Variables {
    fn set(&mut self, name: String, value: String) {
        if self.by_name.insert(name.clone(), value).is_none() {
            self.order.push(name);
        }
    }

    fn in_order(mut self) -> Result<Vec<(String, String)>, String> {
        let total: usize = self.by_name.iter().map(|(name, value)| name.len() + value.len()).sum();
        if total > LONGEST_ENVIRONMENT {
            return Err(TOO_LONG.to_owned());
        }
        let in_order = self
            .order
            .into_iter()
            .filter_map(|name| self.by_name.remove(&name).map(|value| (name, value)))
            .collect();
        Ok(in_order)
    }
}

fn resolve(
    from: &EnvVarSource,
    pod: &Pod,
    container: &Container,
    place: &Place,
    sources: &dyn Sources,
    namespace: &str,
) -> Result<Option<String>, String> {
    if let Some(field) = &from.field_ref {
        return field_value(pod, place, &field.field_path).map(Some);
    }
    if let Some(resource) = &from.resource_field_ref {
        return Ok(Some(resource_value(container, &resource.resource)));
    }
    if let Some(reference) = &from.config_map_key_ref {
        let optional = reference.optional == Some(true);
        let (name, key) = (&reference.name, &reference.key);
        let Some(map) = sources.config_map(name) else {
            return if optional {
                Ok(None)
            } else {
                Err(format!("configmap \"{name}\" not found"))
            };
        };
        return match map.data.and_then(|mut data| data.remove(key)) {
            Some(value) => Ok(Some(value)),
            None if optional => Ok(None),
            None => Err(format!("couldn't find key {key} in ConfigMap {namespace}/{name}")),
        };
    }
    if let Some(reference) = &from.secret_key_ref {
        let optional = reference.optional == Some(true);
        let (name, key) = (&reference.name, &reference.key);
        let Some(secret) = sources.secret(name) else {
            return if optional { Ok(None) } else { Err(format!("secret \"{name}\" not found")) };
        };
        return match secret.data.and_then(|mut data| data.remove(key)) {
            Some(value) => Ok(Some(String::from_utf8_lossy(&value.0).into_owned())),
            None if optional => Ok(None),
            None => Err(format!("couldn't find key {key} in Secret {namespace}/{name}")),
        };
    }
    Ok(None)
}

/// A field of the pod, as the downward API names it.
pub(super) fn field_value(pod: &Pod, place: &Place, path: &str) -> Result<String, String> {
    let meta = &pod.metadata;
    let spec = pod.spec.as_ref();
    let subscript = |prefix: &str| {
        path.strip_prefix(prefix)?.strip_prefix("['")?.strip_suffix("']").map(str::to_owned)
    };
    let of = |map: &Option<BTreeMap<String, String>>, key: &str| {
        map.as_ref().and_then(|map| map.get(key)).cloned().unwrap_or_default()
    };
    if let Some(key) = subscript("metadata.labels") {
        return Ok(of(&meta.labels, &key));
    }
    if let Some(key) = subscript("metadata.annotations") {
        return Ok(of(&meta.annotations, &key));
    }
    let lines = |map: &Option<BTreeMap<String, String>>| {
        let all: Vec<String> =
            map.iter().flatten().map(|(name, value)| format!("{name}={value:?}")).collect();
        all.join("\n")
    };
    match path {
        "metadata.name" => Ok(meta.name.clone().unwrap_or_default()),
        "metadata.namespace" => Ok(meta.namespace.clone().unwrap_or_default()),
        "metadata.uid" => Ok(meta.uid.clone().unwrap_or_default()),
        "metadata.labels" => Ok(lines(&meta.labels)),
        "metadata.annotations" => Ok(lines(&meta.annotations)),
        "spec.nodeName" => Ok(place.node.clone()),
        "spec.serviceAccountName" => {
            Ok(spec.and_then(|spec| spec.service_account_name.clone()).unwrap_or_default())
        }
        "status.podIP" | "status.podIPs" => Ok(place.pod_ip.clone()),
        "status.hostIP" | "status.hostIPs" => Ok(place.host_ip.clone()),
        _ => Err(format!("unsupported fieldPath: {path}")),
    }
}

/// A resource of the container, as the downward API writes it.
pub(super) fn resource_value(container: &Container, resource: &str) -> String {
    let (kind, name) = resource.split_once('.').unwrap_or(("limits", resource));
    let resources = container.resources.as_ref();
    let list = match kind {
        "requests" => resources.and_then(|it| it.requests.as_ref()),
        _ => resources.and_then(|it| it.limits.as_ref()),
    };
    let amount = list.and_then(|list| list.get(name)).map(crate::quantity::Amount::parse);
    // Whole processors and bytes, rounded up: the divisor is 1 unless a pod says otherwise.
    amount.map_or_else(|| "0".to_owned(), |amount| amount.rounded_up().to_string())
}

/// The variables by which containers find Services.
fn service_links(pod: &Pod, sources: &dyn Sources) -> Vec<(String, String)> {
    let wanted = pod.spec.as_ref().and_then(|spec| spec.enable_service_links) != Some(false);
    let mut links = Vec::new();
    for service in sources.services() {
        let name = service.metadata.name.clone().unwrap_or_default();
        let master =
            name == "kubernetes" && service.metadata.namespace.as_deref() == Some("default");
        if !wanted && !master {
            continue;
        }
        let Some(spec) = service.spec else { continue };
        let ip = spec.cluster_ip.filter(|ip| !ip.is_empty() && ip != "None");
        let (Some(ip), Some(ports)) = (ip, spec.ports) else { continue };
        let Some(first) = ports.first() else { continue };
        let prefix = name.to_uppercase().replace('-', "_");
        links.push((format!("{prefix}_SERVICE_HOST"), ip.clone()));
        links.push((format!("{prefix}_SERVICE_PORT"), first.port.to_string()));
        for port in &ports {
            if let Some(port_name) = port.name.as_deref().filter(|name| !name.is_empty()) {
                let port_name = port_name.to_uppercase().replace('-', "_");
                let variable = format!("{prefix}_SERVICE_PORT_{port_name}");
                links.push((variable, port.port.to_string()));
            }
        }
        let url = |port: i32| format!("tcp://{ip}:{port}");
        links.push((format!("{prefix}_PORT"), url(first.port)));
        for port in &ports {
            let stem = format!("{prefix}_PORT_{}_TCP", port.port);
            links.push((stem.clone(), url(port.port)));
            links.push((format!("{stem}_PROTO"), "tcp".to_owned()));
            links.push((format!("{stem}_PORT"), port.port.to_string()));
            links.push((format!("{stem}_ADDR"), ip.clone()));
        }
    }
    links
}

/// Replaces `$(NAME)` by the value of a variable that is set; `$$` is a dollar.
///
/// # Errors
/// The text of Linux's `E2BIG` when the result is longer than one argument may be.
pub(super) fn expand(text: &str, variables: &BTreeMap<String, String>) -> Result<String, String> {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        if result.len() > LONGEST_ARGUMENT {
            return Err(TOO_LONG.to_owned());
        }
        result.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("$$") {
            result.push('$');
            rest = after;
        } else if let Some(inner) = rest.strip_prefix("$(")
            && let Some(end) = inner.find(')')
        {
            match variables.get(&inner[..end]) {
                Some(value) => result.push_str(value),
                None => result.push_str(&rest[..end + 3]),
            }
            rest = &inner[end + 1..];
        } else {
            result.push('$');
            rest = &rest[1..];
        }
    }
    result.push_str(rest);
    if result.len() > LONGEST_ARGUMENT { Err(TOO_LONG.to_owned()) } else { Ok(result) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    struct Nothing;

    impl Sources for Nothing {
        fn config_map(&self, _: &str) -> Option<ConfigMap> {
            None
        }
        fn secret(&self, _: &str) -> Option<Secret> {
            None
        }
        fn services(&self) -> Vec<Service> {
            Vec::new()
        }
    }

    fn place() -> Place {
        Place {
            pod_ip: "10.244.0.2".to_owned(),
            host_ip: "10.0.1.23".to_owned(),
            node: "a".to_owned(),
        }
    }

    fn container(env: &serde_json::Value) -> Container {
        serde_json::from_value(json!({"name": "c", "env": env})).unwrap()
    }

    #[test]
    fn variables_that_double_each_other_end_as_on_linux() {
        let doubling = |step: usize| json!({"name": format!("V{step}"), "value": format!("$(V{})$(V{})", step - 1, step - 1)});
        let mut env = vec![json!({"name": "V0", "value": "0123456789"})];
        env.extend((1..60).map(doubling));
        let container = serde_json::from_value(json!({"name": "main", "env": env})).unwrap();

        let refused = variables(&Pod::default(), &container, &place(), &Nothing);

        assert_eq!(refused, Err("argument list too long".to_owned()));
    }

    #[test]
    fn variables_refer_to_earlier_ones_and_to_fields() {
        let pod: Pod =
            serde_json::from_value(json!({"metadata": {"name": "p", "namespace": "n"}})).unwrap();
        let container = container(&json!([
            {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
            {"name": "TEXT", "value": "I am $(POD), not $(NOBODY) or $$(POD)"},
        ]));

        let all = variables(&pod, &container, &place(), &Nothing).unwrap();

        assert_eq!(all[0], ("POD".to_owned(), "p".to_owned()));
        assert_eq!(all[1].1, "I am p, not $(NOBODY) or $(POD)");
    }

    #[test]
    fn a_missing_secret_is_named() {
        let pod = Pod::default();
        let container = container(&json!([
            {"name": "A", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}},
        ]));

        let error = variables(&pod, &container, &place(), &Nothing).unwrap_err();

        assert_eq!(error, "secret \"s\" not found");
    }
}
