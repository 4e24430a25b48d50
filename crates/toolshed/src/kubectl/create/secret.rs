//! `kubectl create secret generic | tls | docker-registry`.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::kubectl::command::Command;
use crate::kubectl::create::configmap::{HASH, Kind, SOURCES, sources};
use crate::kubectl::create::{hash, key_pair, one_name, send};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::flags::{Flag, Takes};
use crate::kubectl::options::{DRY_RUN, MANAGER, OUTPUT, SAVE, VALIDATE};
use crate::kubectl::session::{Running, Session};

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
    Flag::new("from-file", Takes::List, "A file of logins instead, perhaps as key=path"),
];

pub(super) const COMMAND: Command = Command::group(
    "secret",
    "Create a secret using a specified subcommand",
    &[
        Command::new(
            "docker-registry",
            "NAME --docker-username=user --docker-password=password",
            "Create a secret for use with a Docker registry",
            &[DOCKER, HASH, OUTPUT, DRY_RUN, MANAGER, VALIDATE, SAVE],
            docker,
        ),
        Command::new(
            "generic",
            "NAME [--from-file=[key=]source] [--from-literal=key1=value1]",
            "Create a secret from a local file, directory, or literal value",
            &[TYPE, SOURCES, HASH, OUTPUT, DRY_RUN, MANAGER, VALIDATE, SAVE],
            generic,
        ),
        Command::new(
            "tls",
            "NAME --cert=path/to/cert/file --key=path/to/key/file",
            "Create a TLS secret",
            &[TLS, HASH, OUTPUT, DRY_RUN, MANAGER, VALIDATE, SAVE],
            tls,
        ),
    ],
);

/// Sends a secret, under a name with its hash if that is asked for.
async fn secret(
    session: &Session,
    name: &str,
    kind: &str,
    data: Vec<(String, Vec<u8>)>,
) -> Outcome {
    let data: Map<String, Value> =
        data.into_iter().map(|(key, value)| (key, json!(STANDARD.encode(value)))).collect();
    let mut object = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}});
    if !data.is_empty() {
        object["data"] = Value::Object(data);
    }
    if !kind.is_empty() {
        object["type"] = json!(kind);
    }
    if session.flags.on("append-hash") {
        hash::append(&mut object);
    }
    send(session, object).await
}

fn generic(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        let name = one_name(session)?;
        let data = sources(session, Kind::Secret).await?;
        secret(session, &name, session.flags.text("type"), data).await
    })
}

fn tls(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        let name = one_name(session)?;
        if ["cert", "key"].iter().any(|flag| session.flags.text(flag).is_empty()) {
            return Err(Failure::error("key and cert must be specified"));
        }
        let mut data = Vec::new();
        for (flag, key) in [("cert", "tls.crt"), ("key", "tls.key")] {
            let path = session.flags.text(flag);
            let contents = session.context.files.read(&session.path(path));
            let missing = || {
                let words =
                    format!("Cannot read file {path}, open {path}: no such file or directory");
                Failure::error(words)
            };
            data.push((key.to_owned(), contents.ok_or_else(missing)?.to_vec()));
        }
        key_pair::check(&data[0].1, &data[1].1).map_err(Failure::error)?;
        secret(session, &name, "kubernetes.io/tls", data).await
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

/// The key of a registry's logins.
const LOGINS: &str = ".dockerconfigjson";

fn docker(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        let name = one_name(session)?;
        let flag = |name: &str| session.flags.text(name).to_owned();
        let data = if session.flags.changed("from-file") {
            let mut data = sources(session, Kind::Secret).await?;
            if let ([source], [one]) = (session.flags.list("from-file"), data.as_mut_slice())
                && !source.contains('=')
            {
                LOGINS.clone_into(&mut one.0);
            }
            data
        } else {
            let (user, password) = (flag("docker-username"), flag("docker-password"));
            if [&user, &password, &flag("docker-server")].iter().any(|text| text.is_empty()) {
                return Err(Failure::error(
                    "either --from-file or the combination of --docker-username, \
                     --docker-password and --docker-server is required",
                ));
            }
            let auth = STANDARD.encode(format!("{user}:{password}"));
            let email = session.flags.changed("docker-email").then(|| flag("docker-email"));
            let entry = RegistryLogin { username: user, password, email, auth };
            let logins =
                BTreeMap::from([("auths", BTreeMap::from([(flag("docker-server"), entry)]))]);
            let config = serde_json::to_string(&logins).expect("text can be written as JSON");
            vec![(LOGINS.to_owned(), config.into_bytes())]
        };
        secret(session, &name, "kubernetes.io/dockerconfigjson", data).await
    })
}
