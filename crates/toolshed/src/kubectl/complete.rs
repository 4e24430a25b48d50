//! What the Tab key offers: subcommands, flags, types, names, namespaces, containers.

use futures::future::BoxFuture;

use crate::kubectl::api::{Api, Call};
use crate::kubectl::command::{self, Command};
use crate::kubectl::config::Config;
use crate::kubectl::discovery::{Discovery, array};
use crate::kubectl::flags::Flags;
use crate::kubectl::logs::containers;
use crate::kubectl::print::jsonpath::word;
use crate::kubectl::tree::ROOT;
use crate::stream;
use crate::tool::Completion;

/// How many names are offered at most.
const MOST: &str = "200";

/// Candidates for the word being typed; an unreachable server offers none.
pub(crate) fn complete(completion: Completion) -> BoxFuture<'static, Vec<String>> {
    Box::pin(async move {
        let word = completion.word.clone();
        let mut found = candidates(completion).await;
        found.retain(|one| one.starts_with(&word));
        found.sort();
        found.dedup();
        found
    })
}

async fn candidates(completion: Completion) -> Vec<String> {
    let line = command::find(&ROOT, &completion.before);
    let command = line.command;
    let last = completion.before.last().map_or("", String::as_str);
    let flags = Flags::parse(&line.words, &command.known()).unwrap_or_default();
    let (stderr, _reader) = stream::pipe();
    let api = Api::new(completion.cluster.clone(), stderr);
    let config = Config::read(
        &completion.files,
        &completion.variables,
        &completion.directory,
        flags.text("kubeconfig"),
    )
    .unwrap_or_default();
    let namespace = match flags.text("namespace") {
        "" => config.namespace("").unwrap_or_default(),
        given => given.to_owned(),
    };
    match last {
        "-n" | "--namespace" => return names(&api, "/api/v1/namespaces").await,
        "-c" | "--container" if !flags.arguments.is_empty() => {
            let pod = flags.arguments[0].trim_start_matches("pod/");
            let path = format!("/api/v1/namespaces/{namespace}/pods/{pod}");
            return api
                .value(Call::get(path))
                .await
                .map(|pod| containers(&pod))
                .unwrap_or_default();
        }
        "-o" | "--output" => {
            let forms = ["custom-columns=", "json", "jsonpath=", "name", "wide", "yaml"];
            return forms.map(str::to_owned).to_vec();
        }
        "-f" | "--filename" => return Vec::new(),
        "--context" => return contexts(&config),
        _ => {}
    }
    if completion.word.starts_with('-') {
        return flag_names(&command);
    }
    if !command.subcommands.is_empty() && flags.arguments.is_empty() {
        return command.subcommands.iter().map(|one| one.name.to_owned()).collect();
    }
    if line.path.ends_with("use-context") {
        return contexts(&config);
    }
    objects(&api, &line.path, &flags, &namespace, &completion.word).await
}

fn contexts(config: &Config) -> Vec<String> {
    array(&config.value["contexts"]).iter().map(|one| word(&one["name"])).collect()
}

fn flag_names(command: &Command) -> Vec<String> {
    command.known().into_iter().flatten().map(|flag| format!("--{}", flag.long)).collect()
}

/// Types, `type/name`, or names of the type that was typed before.
async fn objects(
    api: &Api,
    path: &str,
    flags: &Flags,
    namespace: &str,
    typed: &str,
) -> Vec<String> {
    let verb = path.split(' ').nth(1).unwrap_or_default();
    let pods_first = matches!(verb, "logs" | "exec" | "port-forward" | "attach");
    let by_type = matches!(
        verb,
        "get"
            | "describe"
            | "delete"
            | "label"
            | "annotate"
            | "scale"
            | "patch"
            | "wait"
            | "rollout"
            | "set"
            | "expose"
            | "edit"
            | "explain"
    );
    if !pods_first && !by_type {
        return Vec::new();
    }
    if pods_first && flags.arguments.is_empty() && !typed.contains('/') {
        return names(api, &format!("/api/v1/namespaces/{namespace}/pods")).await;
    }
    let Ok(discovery) = Discovery::load(api).await else { return Vec::new() };
    if let Some((kind, _)) = typed.split_once('/') {
        let Ok(resource) = discovery.find(kind) else { return Vec::new() };
        let found = names(api, &resource.path(namespace, "")).await;
        return found.into_iter().map(|name| format!("{kind}/{name}")).collect();
    }
    match flags.arguments.first() {
        None => discovery
            .resources
            .iter()
            .filter(|one| one.preferred && one.can("list"))
            .map(|one| if one.group.is_empty() { one.plural.clone() } else { one.qualified() })
            .collect(),
        Some(kind) if by_type => match discovery.find(kind) {
            Ok(resource) => names(api, &resource.path(namespace, "")).await,
            Err(_) => Vec::new(),
        },
        Some(_) => Vec::new(),
    }
}

async fn names(api: &Api, path: &str) -> Vec<String> {
    let answer = api.value(Call::get(path).query("limit", MOST)).await;
    let Ok(list) = answer else { return Vec::new() };
    array(&list["items"]).iter().map(|one| word(&one["metadata"]["name"])).collect()
}
