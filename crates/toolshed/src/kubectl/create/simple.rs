//! `kubectl create namespace | serviceaccount | deployment | service | secret | quota | job | token`.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use serde_json::{Map, Value, json};

use crate::kubectl::api::Call;
use crate::kubectl::command::Command;
use crate::kubectl::create::configmap::{SOURCES, sources};
use crate::kubectl::create::{one_name, send};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::flags::{Flag, Takes};
use crate::kubectl::options::{DRY_RUN, MANAGER, OUTPUT, SAVE, VALIDATE};
use crate::kubectl::session::{Running, Session};

const IMAGES: &[Flag] = &[
    Flag::new("image", Takes::List, "The image; may be repeated"),
    Flag::short('r', "replicas", Takes::Number(1), "How many pods"),
    Flag::new("port", Takes::Number(-1), "The port of the container"),
];
const PORTS: &[Flag] = &[
    Flag::new("tcp", Takes::List, "port[:target]; may be repeated"),
    Flag::new("clusterip", Takes::Text(""), "The address, or None"),
    Flag::new("node-port", Takes::Number(0), "The port on every node"),
    Flag::new("external-name", Takes::Text(""), "The name outside"),
];
const TYPE: &[Flag] = &[Flag::new("type", Takes::Text(""), "The type of the secret")];
const TLS: &[Flag] = &[
    Flag::new("cert", Takes::Text(""), "The file of the certificate"),
    Flag::new("key", Takes::Text(""), "The file of the key"),
];
const DOCKER: &[Flag] = &[
    Flag::new("docker-server", Takes::Text("https://index.docker.io/v1/"), "The registry"),
    Flag::new("docker-username", Takes::Text(""), "The user"),
    Flag::new("docker-password", Takes::Text(""), "The password"),
    Flag::new("docker-email", Takes::Text(""), "The address"),
];
const QUOTA: &[Flag] = &[
    Flag::new("hard", Takes::Text(""), "resource=quantity, comma separated"),
    Flag::new("scopes", Takes::Text(""), "Scopes, comma separated"),
];
const JOB: &[Flag] = &[
    Flag::new("image", Takes::Text(""), "The image"),
    Flag::new("from", Takes::Text(""), "A cron job to copy (not available here)"),
    Flag::new("schedule", Takes::Text(""), "When, as cron writes it"),
    Flag::new("restart", Takes::Text(""), "The restart policy"),
];
const TOKEN: &[Flag] = &[
    Flag::new("duration", Takes::Duration("0s"), "How long it is valid"),
    Flag::new("audience", Takes::List, "For whom it is"),
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
        kind_of_service("clusterip", "Create a ClusterIP service"),
        kind_of_service("externalname", "Create an ExternalName service"),
        kind_of_service("loadbalancer", "Create a LoadBalancer service"),
        kind_of_service("nodeport", "Create a NodePort service"),
    ],
)
.also(&["svc"]);

const fn kind_of_service(name: &'static str, about: &'static str) -> Command {
    let usage = "NAME [--tcp=<port>:<targetPort>]";
    Command::new(name, usage, about, &[PORTS, OUTPUT, DRY_RUN, MANAGER, VALIDATE, SAVE], service)
}

pub(super) const SECRET: Command = Command::group(
    "secret",
    "Create a secret using a specified subcommand",
    &[
        Command::new(
            "docker-registry",
            "NAME --docker-username=user --docker-password=password",
            "Create a secret for use with a Docker registry",
            &[DOCKER, OUTPUT, DRY_RUN, MANAGER, VALIDATE, SAVE],
            docker,
        ),
        Command::new(
            "generic",
            "NAME [--from-file=[key=]source] [--from-literal=key1=value1]",
            "Create a secret from a local file, directory, or literal value",
            &[TYPE, SOURCES, OUTPUT, DRY_RUN, MANAGER, VALIDATE, SAVE],
            generic,
        ),
        Command::new(
            "tls",
            "NAME --cert=path/to/cert/file --key=path/to/key/file",
            "Create a TLS secret",
            &[TLS, OUTPUT, DRY_RUN, MANAGER, VALIDATE, SAVE],
            tls,
        ),
    ],
);

pub(super) const RESOURCE_QUOTA: Command = Command::new(
    "quota",
    "NAME [--hard=key1=value1,key2=value2] [--scopes=Scope1,Scope2]",
    "Create a quota with the specified name",
    &[QUOTA, OUTPUT, DRY_RUN, MANAGER, VALIDATE, SAVE],
    quota,
)
.also(&["resourcequota"]);

pub(super) const JOBS: Command = Command::new(
    "job",
    "NAME --image=image -- [COMMAND] [args...]",
    "Create a job with the specified name",
    &[JOB, OUTPUT, DRY_RUN, MANAGER, VALIDATE, SAVE],
    job,
);

pub(super) const CRON_JOBS: Command = Command::new(
    "cronjob",
    "NAME --image=image --schedule='0/5 * * * ?' -- [COMMAND] [args...]",
    "Create a cron job with the specified name",
    &[JOB, OUTPUT, DRY_RUN, MANAGER, VALIDATE, SAVE],
    job,
)
.also(&["cj"]);

pub(super) const TOKENS: Command = Command::new(
    "token",
    "SERVICE_ACCOUNT_NAME",
    "Request a service account token",
    &[TOKEN, OUTPUT],
    token,
);

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
fn require(session: &Session, names: &[&str]) -> Outcome {
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
fn name_and_command(session: &Session) -> Outcome<(String, Vec<String>)> {
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
            let (port, target) = tcp.split_once(':').unwrap_or((tcp, tcp));
            let number: u16 = port
                .parse()
                .map_err(|_| Failure::error(format!("{port} is not a valid port number")))?;
            let target = target.parse::<u16>().map_or_else(|_| json!(target), |port| json!(port));
            let mut one = json!({"name": tcp.replace(':', "-"), "port": number,
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
            object["spec"]["externalName"] = json!(session.flags.text("external-name"));
        }
        send(session, object).await
    })
}

fn secret(name: &str, kind: &str, data: Vec<(String, Vec<u8>)>) -> Value {
    let data: Map<String, Value> =
        data.into_iter().map(|(key, value)| (key, json!(STANDARD.encode(value)))).collect();
    let mut object = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}});
    if !data.is_empty() {
        object["data"] = Value::Object(data);
    }
    if !kind.is_empty() {
        object["type"] = json!(kind);
    }
    object
}

fn generic(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        let name = one_name(session)?;
        let object = secret(&name, session.flags.text("type"), sources(session)?);
        send(session, object).await
    })
}

fn tls(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        require(session, &["cert", "key"])?;
        let name = one_name(session)?;
        let mut data = Vec::new();
        for (flag, key) in [("cert", "tls.crt"), ("key", "tls.key")] {
            let path = session.flags.text(flag);
            let contents = session.context.files.read(&session.path(path));
            let contents = contents
                .ok_or_else(|| Failure::error(format!("open {path}: no such file or directory")))?;
            data.push((key.to_owned(), contents.to_vec()));
        }
        send(session, secret(&name, "kubernetes.io/tls", data)).await
    })
}

/// A login at a registry; the order of its fields is that of the real tool's.
#[derive(serde::Serialize)]
struct RegistryLogin {
    username: String,
    password: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    auth: String,
}

fn docker(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        require(session, &["docker-password", "docker-username"])?;
        let name = one_name(session)?;
        let flag = |name: &str| session.flags.text(name).to_owned();
        let (user, password) = (flag("docker-username"), flag("docker-password"));
        let auth = STANDARD.encode(format!("{user}:{password}"));
        let email = session.flags.changed("docker-email").then(|| flag("docker-email"));
        let entry = RegistryLogin { username: user, password, email, auth };
        let logins = BTreeMap::from([("auths", BTreeMap::from([(flag("docker-server"), entry)]))]);
        let config = serde_json::to_string(&logins).expect("text can be written as JSON");
        let data = vec![(".dockerconfigjson".to_owned(), config.into_bytes())];
        send(session, secret(&name, "kubernetes.io/dockerconfigjson", data)).await
    })
}

fn quota(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        let name = one_name(session)?;
        let mut hard = Map::new();
        for pair in session.flags.text("hard").split(',').filter(|pair| !pair.is_empty()) {
            let Some((key, value)) = pair.split_once('=') else {
                let words = format!("invalid argument syntax {pair}, expected <resource>=<value>");
                return Err(Failure::error(words));
            };
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

fn job(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        let cron = session.command.ends_with("cronjob");
        if session.flags.changed("from") {
            return Err(Failure::error("create job --from is not available in this terminal"));
        }
        require(session, if cron { &["image", "schedule"] } else { &["image"] })?;
        let (name, command) = name_and_command(session)?;
        let mut container =
            json!({"image": session.flags.text("image"), "name": name, "resources": {}});
        if !command.is_empty() {
            container["command"] = json!(command);
        }
        let restart = match session.flags.text("restart") {
            "" if cron => "OnFailure",
            "" => "Never",
            given => given,
        };
        let template = json!({"metadata": {},
            "spec": {"containers": [container], "restartPolicy": restart}});
        let object = if cron {
            json!({"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": name},
                "spec": {"schedule": session.flags.text("schedule"), "jobTemplate":
                    {"metadata": {"name": name}, "spec": {"template": template}}},
                "status": {}})
        } else {
            json!({"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name},
                "spec": {"template": template}, "status": {}})
        };
        send(session, object).await
    })
}

fn token(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        let name = one_name(session)?;
        let mut body = json!({"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
            "spec": {}});
        if session.flags.seconds("duration") > 0.0 {
            let seconds = format!("{:.0}", session.flags.seconds("duration"));
            body["spec"]["expirationSeconds"] = json!(seconds.parse::<i64>().unwrap_or(3600));
        }
        if session.flags.changed("audience") {
            body["spec"]["audiences"] = json!(session.flags.list("audience"));
        }
        let namespace = session.namespace();
        let path = format!("/api/v1/namespaces/{namespace}/serviceaccounts/{name}/token");
        let answer = session.api.value(Call::new(Method::POST, path).json(&body)).await.map_err(
            |failure| match failure {
                Failure::Api(error) => {
                    Failure::error(format!("failed to create token: {}", error.message))
                }
                other => other,
            },
        )?;
        let token = answer["status"]["token"].as_str().unwrap_or_default();
        session.say(token).await
    })
}
