//! `kubectl run` and `kubectl expose`.

use serde_json::{Map, Value, json};

use crate::kubectl::create::send_as;
use crate::kubectl::discovery::array;
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::flags::{Flag, Takes};
use crate::kubectl::options::BACKGROUND;
use crate::kubectl::resolve::{Query, fetch, plan};
use crate::kubectl::session::{Running, Session};

/// The flags of `run`.
pub(crate) const RUN: &[Flag] = &[
    Flag::new("image", Takes::Text(""), "The image"),
    Flag::new("image-pull-policy", Takes::Text(""), "When to fetch the image"),
    Flag::new("env", Takes::Array, "name=value; may be repeated"),
    Flag::new("port", Takes::Text(""), "The port of the container"),
    Flag::short('l', "labels", Takes::Text(""), "Labels, comma separated"),
    Flag::new("annotations", Takes::Array, "Annotations; may be repeated"),
    Flag::new("restart", Takes::Text("Always"), "Always, OnFailure or Never"),
    Flag::new("command", Takes::Switch(false), "The words after -- are the command"),
    Flag::new("overrides", Takes::Text(""), "JSON to merge in"),
    Flag::new("override-type", Takes::Text("merge"), "How to merge it in").refused(MERGE),
    Flag::new("privileged", Takes::Switch(false), "With all rights on the node"),
    Flag::new("rm", Takes::Switch(false), "Delete afterwards").refused(ATTACH),
    Flag::short('i', "stdin", Takes::Switch(false), "Attach").refused(ATTACH),
    Flag::short('t', "tty", Takes::Switch(false), "Attach with a terminal").refused(ATTACH),
    Flag::new("attach", Takes::Switch(false), "Attach").refused(ATTACH),
    Flag::new("detach-keys", Takes::Text("ctrl-p,ctrl-q"), "How to detach").refused(ATTACH),
    Flag::new("leave-stdin-open", Takes::Switch(false), "Go on without you").refused(ATTACH),
    Flag::new("expose", Takes::Switch(false), "Also a service")
        .refused("use 'kubectl expose pod NAME --port=PORT' afterwards"),
    Flag::short('q', "quiet", Takes::Switch(false), "Accepted; there are no prompts"),
    Flag::new("pod-running-timeout", Takes::Duration("1m0s"), "Accepted; for --attach"),
];

/// What `run --rm` would take, and what does nothing without it.
pub(crate) const DELETION: &[Flag] = &[
    Flag::new("cascade", BACKGROUND, "Accepted; for --rm"),
    Flag::short('f', "filename", Takes::List, "Accepted; for --rm"),
    Flag::new("force", Takes::Switch(false), "Accepted; for --rm"),
    Flag::new("grace-period", Takes::Number(-1), "Accepted; for --rm"),
    Flag::short('k', "kustomize", Takes::Text(""), "Accepted; for --rm"),
    Flag::short('R', "recursive", Takes::Switch(false), "Accepted; for --rm"),
    Flag::new("timeout", Takes::Duration("0s"), "Accepted; for --rm"),
    Flag::new("wait", Takes::Switch(false), "Accepted; for --rm"),
];

const ATTACH: &str = "run the pod, then use 'kubectl logs', 'kubectl exec -it NAME -- COMMAND' and \
                      'kubectl delete pod NAME'";
const MERGE: &str = "overrides are merged in as JSON";

/// The flags of `expose`.
pub(crate) const EXPOSE: &[Flag] = &[
    Flag::new("port", Takes::Text(""), "The port of the service"),
    Flag::new("target-port", Takes::Text(""), "The port of the pods"),
    Flag::new("name", Takes::Text(""), "The name of the service"),
    Flag::new("type", Takes::Text(""), "The type of the service"),
    Flag::new("protocol", Takes::Text(""), "TCP or UDP"),
    Flag::new("selector", Takes::Text(""), "The pods"),
    Flag::short('l', "labels", Takes::Text(""), "The labels of the service"),
    Flag::new("cluster-ip", Takes::Text(""), "The address, or None"),
    Flag::new("external-ip", Takes::Text(""), "An address outside"),
    Flag::new("load-balancer-ip", Takes::Text(""), "The address of a load balancer"),
    Flag::new("session-affinity", Takes::Text(""), "None or ClientIP"),
    Flag::new("overrides", Takes::Text(""), "JSON to merge in"),
    Flag::new("override-type", Takes::Text("merge"), "How to merge it in").refused(MERGE),
];

fn pairs(text: &str) -> Outcome<Map<String, Value>> {
    text.split(',')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair
                .split_once('=')
                .ok_or_else(|| Failure::error(format!("unexpected label spec: {pair}")))?;
            Ok((key.to_owned(), json!(value)))
        })
        .collect()
}

/// Runs `kubectl run`.
pub(crate) fn run(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        let image = session.flags.text("image").to_owned();
        if image.is_empty() {
            return Err(Failure::error("required flag(s) \"image\" not set"));
        }
        if !is_reference(&image) {
            let words = format!("Invalid image name {image:?}: invalid reference format");
            return Err(Failure::error(words));
        }
        let words = session.arguments().to_vec();
        let Some((name, rest)) = words.split_first() else {
            return Err(session.usage("NAME is required for run"));
        };
        let mut container = json!({"image": image, "name": name, "resources": {}});
        if !rest.is_empty() {
            let key = if session.flags.on("command") { "command" } else { "args" };
            container[key] = json!(rest);
        }
        let variables = variables(session.flags.list("env"))?;
        if !variables.is_empty() {
            container["env"] = json!(variables);
        }
        if session.flags.changed("port") {
            container["ports"] = json!([{"containerPort": container_port(session)?}]);
        }
        if session.flags.changed("image-pull-policy") {
            container["imagePullPolicy"] = json!(pull_policy(session)?);
        }
        if session.flags.on("privileged") {
            container["securityContext"] = json!({"privileged": true});
        }
        let mut labels = pairs(session.flags.text("labels"))?;
        if labels.is_empty() {
            labels.insert("run".to_owned(), json!(name));
        }
        let mut object = json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {"labels": labels, "name": name},
            "spec": {"containers": [container], "dnsPolicy": "ClusterFirst",
                "restartPolicy": restart_policy(session)?},
            "status": {},
        });
        overrides(session, &mut object)?;
        send_as(session, object, "created", "kubectl-run").await
    })
}

fn variables(pairs: &[String]) -> Outcome<Vec<Value>> {
    let read = |pair: &String| {
        let (key, value) =
            pair.split_once('=').ok_or_else(|| Failure::error(format!("invalid env: {pair}")))?;
        Ok(json!({"name": key, "value": value}))
    };
    pairs.iter().map(read).collect()
}

/// Whether an image's name is one: a path, and perhaps a tag and a digest.
fn is_reference(image: &str) -> bool {
    let (name, digest) = image.split_once('@').map_or((image, None), |(n, d)| (n, Some(d)));
    let is_hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let digest_is_valid = digest.is_none_or(|digest| {
        digest
            .split_once(':')
            .is_some_and(|(algorithm, sum)| !algorithm.is_empty() && sum.len() >= 32 && is_hex(sum))
    });
    let slash = name.rfind('/').map_or(0, |at| at + 1);
    let (path, tag) = match name[slash..].split_once(':') {
        Some((last, tag)) => (&name[..slash + last.len()], Some(tag)),
        None => (name, None),
    };
    let is_word = |text: &str, more: &[u8]| {
        text.bytes().all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte))
    };
    let tag_is_valid = tag.is_none_or(|tag| {
        (1..=128).contains(&tag.len()) && !tag.starts_with(['.', '-']) && is_word(tag, b"._-")
    });
    let (host, rest) = match path.split_once('/') {
        Some((host, rest)) if host.contains(['.', ':']) || host == "localhost" => (host, rest),
        _ => ("", path),
    };
    let part_is_valid = |part: &str| {
        let ends = |byte: Option<u8>| byte.is_some_and(|it| it.is_ascii_alphanumeric());
        ends(part.bytes().next())
            && ends(part.bytes().last())
            && is_word(part, b"._-")
            && !part.bytes().any(|byte| byte.is_ascii_uppercase())
    };
    digest_is_valid && tag_is_valid && is_word(host, b".-:[]") && rest.split('/').all(part_is_valid)
}

/// What `--port` says; whether there can be such a port is the server's to say.
fn container_port(session: &Session) -> Outcome<i32> {
    let text = session.flags.text("port");
    text.parse().map_err(|_| {
        let why = if text.bytes().all(|byte| byte.is_ascii_digit()) {
            "value out of range"
        } else {
            "invalid syntax"
        };
        Failure::error(format!("strconv.Atoi: parsing {text:?}: {why}"))
    })
}

fn pull_policy(session: &Session) -> Outcome<&str> {
    match session.flags.text("image-pull-policy") {
        known @ ("Always" | "IfNotPresent" | "Never" | "") => Ok(known),
        other => Err(session.usage(format!("invalid image pull policy: {other}"))),
    }
}

fn restart_policy(session: &Session) -> Outcome<&str> {
    match session.flags.text("restart") {
        known @ ("Always" | "OnFailure" | "Never") => Ok(known),
        other => Err(session.usage(format!("invalid restart policy: {other}"))),
    }
}

fn overrides(session: &Session, object: &mut Value) -> Outcome {
    let text = session.flags.text("overrides");
    if text.is_empty() {
        return Ok(());
    }
    let unfit = |_| Failure::error("Invalid JSON Patch");
    merge(object, &serde_json::from_str(text).map_err(unfit)?);
    Ok(())
}

/// A JSON merge patch.
pub(crate) fn merge(value: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *value = patch.clone();
        return;
    };
    if !value.is_object() {
        *value = json!({});
    }
    for (key, change) in patch {
        if change.is_null() {
            if let Value::Object(map) = value {
                map.remove(key);
            }
        } else {
            merge(&mut value[key.as_str()], change);
        }
    }
}

/// Runs `kubectl expose`.
pub(crate) fn expose(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        let words = session.arguments().to_vec();
        let query = Query { words: &words, ..Query::default() };
        let plan = plan(session, query).await?;
        let (found, failures) = fetch(session, &plan).await;
        Failure::all(failures)?;
        for one in found {
            let (kind, spec) = (one.resource.kind.as_str(), &one.object["spec"]);
            let (selector, template) = match kind {
                "Deployment" | "ReplicaSet" => {
                    (&spec["selector"]["matchLabels"], &spec["template"])
                }
                "Service" => (&spec["selector"], &one.object),
                "Pod" => (&one.object["metadata"]["labels"], &one.object),
                _ => {
                    return Err(Failure::error(format!("cannot expose a {kind}")));
                }
            };
            let selector = match session.flags.text("selector") {
                "" => selector.clone(),
                given => Value::Object(pairs(given)?),
            };
            if selector.as_object().is_none_or(Map::is_empty) {
                return Err(Failure::error(format!(
                    "couldn't retrieve selectors via --selector flag or introspection: the {} has \
                     no labels and cannot be exposed",
                    kind.to_lowercase()
                )));
            }
            let ports = ports(session, kind, spec, template)?;
            let name = match session.flags.text("name") {
                "" => one.name.clone(),
                given => given.to_owned(),
            };
            let labels = match session.flags.text("labels") {
                "" => one.object["metadata"]["labels"].clone(),
                given => Value::Object(pairs(given)?),
            };
            let mut service = json!({"apiVersion": "v1", "kind": "Service",
                "metadata": {"name": name}, "spec": {"ports": ports, "selector": selector},
                "status": {"loadBalancer": {}}});
            if labels.is_object() {
                service["metadata"]["labels"] = labels;
            }
            for (flag, key) in [("type", "type"), ("cluster-ip", "clusterIP")] {
                if session.flags.changed(flag) {
                    service["spec"][key] = json!(session.flags.text(flag));
                }
            }
            reach(session, &mut service["spec"])?;
            overrides(session, &mut service)?;
            send_as(session, service, "exposed", "kubectl-expose").await?;
        }
        Ok(())
    })
}

/// How the service is reached from outside, and whether clients stay with a pod.
fn reach(session: &Session, spec: &mut Value) -> Outcome {
    let flags = &session.flags;
    if !flags.text("external-ip").is_empty() {
        spec["externalIPs"] = json!([flags.text("external-ip")]);
    }
    if spec["type"] == "LoadBalancer" && !flags.text("load-balancer-ip").is_empty() {
        spec["loadBalancerIP"] = json!(flags.text("load-balancer-ip"));
    }
    match flags.text("session-affinity") {
        "" => {}
        known @ ("None" | "ClientIP") => spec["sessionAffinity"] = json!(known),
        other => {
            return Err(Failure::error(format!("unknown session affinity: {other}")));
        }
    }
    Ok(())
}

fn ports(session: &Session, kind: &str, spec: &Value, template: &Value) -> Outcome<Vec<Value>> {
    let target = |port: &str| {
        let text = match session.flags.text("target-port") {
            "" => port,
            given => given,
        };
        text.parse::<u16>().map_or_else(|_| json!(text), |number| json!(number))
    };
    let protocol = match session.flags.text("protocol") {
        "" => "TCP",
        given => given,
    };
    let given = session.flags.text("port");
    if !given.is_empty() {
        let read = |port: &str| {
            let bad = |_| Failure::error(format!("strconv.Atoi: parsing {port:?}: invalid syntax"));
            port.parse::<i64>().map_err(bad)
        };
        let ports = given.split(',').map(read).collect::<Outcome<Vec<i64>>>()?;
        return Ok(entries(&ports, protocol, target));
    }
    let known: Vec<i64> = if kind == "Service" {
        array(&spec["ports"]).iter().filter_map(|port| port["port"].as_i64()).collect()
    } else {
        array(&template["spec"]["containers"])
            .iter()
            .flat_map(|container| array(&container["ports"]))
            .filter_map(|port| port["containerPort"].as_i64())
            .collect()
    };
    if known.is_empty() {
        return Err(Failure::error(
            "couldn't find port via --port flag or introspection\nSee 'kubectl expose -h' for help \
             and examples",
        ));
    }
    Ok(entries(&known, protocol, target))
}

/// The ports of a Service; where there are several, each has a name.
fn entries(ports: &[i64], protocol: &str, target: impl Fn(&str) -> Value) -> Vec<Value> {
    let entry = |(index, port): (usize, &i64)| {
        let mut one = json!({"port": port, "protocol": protocol,
            "targetPort": target(&port.to_string())});
        if ports.len() > 1 {
            one["name"] = json!(format!("port-{}", index + 1));
        }
        one
    };
    ports.iter().enumerate().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_an_image_has_a_form() {
        let sum = "0123456789abcdef".repeat(4);
        for good in ["kong", "kong:3.9", "kong/go-echo:0.5.0", "localhost:5000/a/b_c:v1.x"] {
            assert!(is_reference(good), "{good}");
        }
        assert!(is_reference(&format!("kong:3.9@sha256:{sum}")));
        for bad in ["", " x", "Kong", "kong:", "kong:a b", "kong@sha256:bad", "a//b", "-a"] {
            assert!(!is_reference(bad), "{bad}");
        }
    }

    #[test]
    fn of_several_ports_each_has_a_name() {
        let named = entries(&[80, 81], "TCP", |port| json!(port));
        let only = entries(&[80], "TCP", |port| json!(port));

        assert_eq!([&named[0]["name"], &named[1]["name"]], ["port-1", "port-2"]);
        assert!(only[0].get("name").is_none());
    }
}
