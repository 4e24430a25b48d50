//! `kubectl create namespace | serviceaccount | deployment | service | quota`.

use serde_json::{Map, Value, json};

use crate::kubectl::command::Command;
use crate::kubectl::create::{one_name, send};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::flags::{Flag, Takes};
use crate::kubectl::get::quantity;
use crate::kubectl::options::{DRY_RUN, MANAGER, OUTPUT, SAVE, VALIDATE};
use crate::kubectl::session::{Running, Session};

const IMAGES: &[Flag] = &[
    Flag::new("image", Takes::List, "The image; may be repeated"),
    Flag::short('r', "replicas", Takes::Number(1), "How many pods"),
    Flag::new("port", Takes::Number(-1), "The port of the container"),
];
const PORTS: &[Flag] = &[Flag::new("tcp", Takes::List, "port[:target]; may be repeated")];
const ADDRESS: &[Flag] = &[Flag::new("clusterip", Takes::Text(""), "The address, or None")];
const NODE_PORT: &[Flag] = &[Flag::new("node-port", Takes::Number(0), "The port on every node")];
const OUTSIDE: &[Flag] = &[Flag::new("external-name", Takes::Text(""), "The name outside")];
const QUOTA: &[Flag] = &[
    Flag::new("hard", Takes::Text(""), "resource=quantity, comma separated"),
    Flag::new("scopes", Takes::Text(""), "Scopes, comma separated"),
];

pub(super) const NAMESPACE: Command = Command::new(
    "namespace",
    "NAME",
    "Create a namespace with the specified name",
    &[OUTPUT, DRY_RUN, MANAGER, VALIDATE, SAVE],
    namespace,
)
.also(&["ns"]);

pub(super) const SERVICE_ACCOUNT: Command = Command::new(
    "serviceaccount",
    "NAME",
    "Create a service account with the specified name",
    &[OUTPUT, DRY_RUN, MANAGER, VALIDATE, SAVE],
    service_account,
)
.also(&["sa"]);

pub(super) const DEPLOYMENT: Command = Command::new(
    "deployment",
    "NAME --image=image -- [COMMAND] [args...]",
    "Create a deployment with the specified name",
    &[IMAGES, OUTPUT, DRY_RUN, MANAGER, VALIDATE, SAVE],
    deployment,
)
.also(&["deploy"]);

pub(super) const SERVICE: Command = Command::group(
    "service",
    "Create a service using a specified subcommand",
    &[
        Command::new(
            "clusterip",
            SERVICE_USAGE,
            "Create a ClusterIP service",
            &[PORTS, ADDRESS, OUTPUT, DRY_RUN, MANAGER, VALIDATE, SAVE],
            service,
        ),
        Command::new(
            "externalname",
            "NAME --external-name=external.name",
            "Create an ExternalName service",
            &[PORTS, OUTSIDE, OUTPUT, DRY_RUN, MANAGER, VALIDATE, SAVE],
            service,
        ),
        Command::new(
            "loadbalancer",
            SERVICE_USAGE,
            "Create a LoadBalancer service",
            &[PORTS, OUTPUT, DRY_RUN, MANAGER, VALIDATE, SAVE],
            service,
        ),
        Command::new(
            "nodeport",
            SERVICE_USAGE,
            "Create a NodePort service",
            &[PORTS, NODE_PORT, OUTPUT, DRY_RUN, MANAGER, VALIDATE, SAVE],
            service,
        ),
    ],
)
.also(&["svc"]);

const SERVICE_USAGE: &str = "NAME --tcp=port:targetPort";

pub(super) const RESOURCE_QUOTA: Command = Command::new(
    "quota",
    "NAME [--hard=key1=value1,key2=value2] [--scopes=Scope1,Scope2]",
    "Create a quota with the specified name",
    &[QUOTA, OUTPUT, DRY_RUN, MANAGER, VALIDATE, SAVE],
    quota,
)
.also(&["resourcequota"]);

fn namespace(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        let name = one_name(session)?;
        let object = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name},
            "spec": {}, "status": {}});
        send(session, object).await
    })
}

fn service_account(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        let name = one_name(session)?;
        let object =
            json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": name}});
        send(session, object).await
    })
}

/// Fails unless these flags were given.
pub(super) fn require(session: &Session, names: &[&str]) -> Outcome {
    let missing: Vec<String> = names
        .iter()
        .filter(|name| !session.flags.changed(name))
        .map(|name| format!("{name:?}"))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Failure::error(format!("required flag(s) {} not set", missing.join(", "))))
}

/// The name, and the command after `--`.
pub(super) fn name_and_command(session: &Session) -> Outcome<(String, Vec<String>)> {
    let words = session.arguments();
    let at = session.flags.before_dash.unwrap_or(words.len());
    match &words[..at] {
        [name] => Ok((name.clone(), words[at..].to_vec())),
        names => {
            let words = format!("exactly one NAME is required, got {}", names.len());
            Err(session.usage(words))
        }
    }
}

/// The last part of an image's name, fit to name a container.
pub(crate) fn container_name(image: &str) -> String {
    let name = image.rsplit('/').next().unwrap_or_default();
    let name = name.split([':', '@']).next().unwrap_or_default();
    name.replace('_', "-").to_lowercase()
}

fn deployment(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        require(session, &["image"])?;
        let (name, command) = name_and_command(session)?;
        let mut containers = Vec::new();
        if session.flags.list("image").len() > 1 && !command.is_empty() {
            return Err(Failure::error("cannot specify multiple --image options and command"));
        }
        for image in session.flags.list("image") {
            let mut container =
                json!({"image": image, "name": container_name(image), "resources": {}});
            if !command.is_empty() {
                container["command"] = json!(command);
            }
            if session.flags.number("port") > 0 {
                container["ports"] = json!([{"containerPort": session.flags.number("port")}]);
            }
            containers.push(container);
        }
        let labels = json!({"app": name});
        let object = json!({
            "apiVersion": "apps/v1", "kind": "Deployment",
            "metadata": {"labels": labels, "name": name},
            "spec": {
                "replicas": session.flags.number("replicas"),
                "selector": {"matchLabels": labels},
                "strategy": {},
                "template": {"metadata": {"labels": labels}, "spec": {"containers": containers}},
            },
            "status": {},
        });
        send(session, object).await
    })
}

fn service(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        let name = one_name(session)?;
        let kind = match session.command.rsplit(' ').next().unwrap_or_default() {
            "nodeport" => "NodePort",
            "loadbalancer" => "LoadBalancer",
            "externalname" => "ExternalName",
            _ => "ClusterIP",
        };
        let mut ports = Vec::new();
        for tcp in session.flags.list("tcp") {
            let (port, target) = port(tcp)?;
            let mut one = json!({"name": tcp.replace(':', "-"), "port": port,
                "protocol": "TCP", "targetPort": target});
            if session.flags.number("node-port") > 0 {
                one["nodePort"] = json!(session.flags.number("node-port"));
            }
            ports.push(one);
        }
        let address = session.flags.text("clusterip");
        if ports.is_empty() && kind != "ExternalName" && address != "None" {
            return Err(Failure::error("at least one tcp port specifier must be provided"));
        }
        let labels = json!({"app": name});
        let mut object = json!({
            "apiVersion": "v1", "kind": "Service",
            "metadata": {"labels": labels, "name": name},
            "spec": {"selector": labels, "type": kind},
            "status": {"loadBalancer": {}},
        });
        if !ports.is_empty() {
            object["spec"]["ports"] = json!(ports);
        }
        if !address.is_empty() {
            object["spec"]["clusterIP"] = json!(address);
        }
        if kind == "ExternalName" {
            require(session, &["external-name"])?;
            let outside = session.flags.text("external-name");
            if !is_domain(outside) {
                let words = format!("invalid service external name {outside}");
                return Err(Failure::error(words));
            }
            object["spec"]["externalName"] = json!(outside);
        }
        send(session, object).await
    })
}

/// `port[:target]`; whether there can be such a port is the server's to say.
fn port(text: &str) -> Outcome<(u16, Value)> {
    let number = |text: &str| {
        text.parse::<u16>().map_err(|_| {
            let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            let why = if digits { "value out of range" } else { "invalid syntax" };
            Failure::error(format!("strconv.ParseUint: parsing {text:?}: {why}"))
        })
    };
    let Some((port, target)) = text.split_once(':') else {
        return number(text).map(|port| (port, json!(port)));
    };
    let target = match target.parse::<i64>() {
        Ok(target @ 1..=65535) => json!(target),
        Ok(_) => return Err(Failure::error("must be between 1 and 65535, inclusive")),
        Err(_) => json!(target),
    };
    Ok((number(port)?, target))
}

/// Whether a name is made of words of lower case letters, digits and hyphens, joined by dots.
fn is_domain(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    name.len() <= 253
        && name.split('.').all(|part| {
            part.bytes().all(|byte| fits(byte) || byte == b'-')
                && part.bytes().next().is_some_and(fits)
                && part.bytes().last().is_some_and(fits)
        })
}

fn quota(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        let name = one_name(session)?;
        let mut hard = Map::new();
        for pair in session.flags.text("hard").split(',').filter(|pair| !pair.is_empty()) {
            let Some((key, value)) = pair.split_once('=') else {
                let words = format!("Invalid argument syntax {pair}, expected <resource>=<value>");
                return Err(Failure::error(words));
            };
            if quantity(value).is_none() {
                return Err(Failure::error(
                    "quantities must match the regular expression \
                     '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
                ));
            }
            hard.insert(key.to_owned(), json!(value));
        }
        let mut object = json!({"apiVersion": "v1", "kind": "ResourceQuota",
            "metadata": {"name": name}, "spec": {}, "status": {}});
        if !hard.is_empty() {
            object["spec"]["hard"] = Value::Object(hard);
        }
        if session.flags.changed("scopes") {
            let scopes: Vec<&str> = session.flags.text("scopes").split(',').collect();
            object["spec"]["scopes"] = json!(scopes);
        }
        send(session, object).await
    })
}
