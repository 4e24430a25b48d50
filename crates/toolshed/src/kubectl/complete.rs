//! What the Tab key offers: subcommands, flags, types, names, namespaces, containers.

use futures::future::BoxFuture;

use crate::kubectl::api::{Api, Call};
use crate::kubectl::command::{self, Command};
use crate::kubectl::config::Config;
use crate::kubectl::discovery::{Discovery, array};
use crate::kubectl::flags::Flags;
use crate::kubectl::log::Log;
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

/// Flags whose values are known.
enum Value {
    Namespace,
    Container,
    Output,
    File,
    Context,
}

impl Value {
    /// What the last flag of a line waits for: after `-n`, or after `--namespace=`.
    fn of(flag: &str) -> Option<Self> {
        Some(match flag.trim_end_matches('=') {
            "-n" | "--namespace" => Self::Namespace,
            "-c" | "--container" => Self::Container,
            "-o" | "--output" => Self::Output,
            "-f" | "--filename" => Self::File,
            "--context" => Self::Context,
            _ => return None,
        })
    }
}

async fn candidates(completion: Completion) -> Vec<String> {
    let before = completion.before.as_slice();
    let value = before.last().and_then(|last| Value::of(last));
    // A flag that waits for its value would be a mistake to the reader of flags.
    let before = if value.is_some() { &before[..before.len() - 1] } else { before };
    let line = command::find(&ROOT, before);
    let command = line.command;
    let flags = Flags::parse(&line.words, &command.known()).unwrap_or_default();
    let (stderr, _reader) = stream::pipe();
    let log = Log::silent(stderr.clone());
    let api = Api::new(completion.cluster.clone(), stderr, log);
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
    match value {
        Some(Value::Namespace) => return names(&api, "/api/v1/namespaces").await,
        Some(Value::Container) => return containers_of(&api, &flags, &namespace).await,
        Some(Value::Output) => return outputs(),
        Some(Value::File) => return Vec::new(),
        Some(Value::Context) => return contexts(&config),
        None => {}
    }
    if flags.before_dash.is_some() {
        return Vec::new();
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

fn outputs() -> Vec<String> {
    let forms = ["custom-columns=", "json", "jsonpath=", "name", "wide", "yaml"];
    forms.map(str::to_owned).to_vec()
}

fn contexts(config: &Config) -> Vec<String> {
    array(&config.value["contexts"]).iter().map(|one| word(&one["name"])).collect()
}

fn flag_names(command: &Command) -> Vec<String> {
    let known = command.known().into_iter().flatten();
    known
        .map(|flag| format!("--{}{}", flag.long, if flag.wants_value() { "=" } else { "" }))
        .collect()
}

async fn containers_of(api: &Api, flags: &Flags, namespace: &str) -> Vec<String> {
    let Some(pod) = flags.arguments.first() else { return Vec::new() };
    let pod = pod.trim_start_matches("pod/");
    let path = format!("/api/v1/namespaces/{namespace}/pods/{pod}");
    let pod = api.value(Call::get(path)).await;
    pod.map(|pod| containers(&pod)).unwrap_or_default()
}

/// The types that a command takes, or none when it takes them all.
fn types_of(verb: &str) -> &'static [&'static str] {
    match verb {
        "rollout" => &["daemonset", "deployment", "statefulset"],
        "scale" => &["deployment", "replicaset", "replicationcontroller", "statefulset"],
        "expose" => &["deployment", "pod", "replicaset", "replicationcontroller", "service"],
        _ => &[],
    }
}

fn takes_types(verb: &str) -> bool {
    let others = [
        "get", "describe", "delete", "label", "annotate", "patch", "wait", "set", "edit", "explain",
    ];
    others.contains(&verb) || !types_of(verb).is_empty()
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
    if !pods_first && !takes_types(verb) {
        return Vec::new();
    }
    if pods_first && flags.arguments.is_empty() && !typed.contains('/') {
        return names(api, &format!("/api/v1/namespaces/{namespace}/pods")).await;
    }
    let Ok(discovery) = Discovery::known(api).await else { return Vec::new() };
    if let Some((kind, _)) = typed.split_once('/') {
        let Ok(resource) = discovery.find(kind) else { return Vec::new() };
        let found = names(api, &resource.path(namespace, "")).await;
        return found.into_iter().map(|name| format!("{kind}/{name}")).collect();
    }
    match flags.arguments.first() {
        None => types(&discovery, verb, typed),
        Some(kind) if takes_types(verb) && verb != "explain" => match discovery.find(kind) {
            Ok(resource) => {
                let mut found = names(api, &resource.path(namespace, "")).await;
                found.retain(|name| !flags.arguments[1..].contains(name));
                found
            }
            Err(_) => Vec::new(),
        },
        Some(_) => Vec::new(),
    }
}

/// The types that fit, each after those that were typed before it with commas.
fn types(discovery: &Discovery, verb: &str, typed: &str) -> Vec<String> {
    let head = typed.rfind(',').map_or("", |at| &typed[..=at]);
    let only = types_of(verb);
    if !only.is_empty() {
        return only.iter().map(|one| format!("{head}{one}")).collect();
    }
    let listed = discovery.resources.iter().filter(|one| one.preferred && one.can("list"));
    listed
        .map(|one| if one.group.is_empty() { one.plural.clone() } else { one.qualified() })
        .map(|one| format!("{head}{one}"))
        .collect()
}

async fn names(api: &Api, path: &str) -> Vec<String> {
    let answer = api.value(Call::get(path).query("limit", MOST)).await;
    let Ok(list) = answer else { return Vec::new() };
    array(&list["items"]).iter().map(|one| word(&one["metadata"]["name"])).collect()
}
