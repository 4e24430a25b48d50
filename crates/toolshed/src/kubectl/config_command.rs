//! `kubectl config`: contexts and the default namespace in the lab's kubeconfig.

use serde_json::{Value, json};

use crate::kubectl::command::Command;
use crate::kubectl::config_view;
use crate::kubectl::discovery::array;
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::flags::{Flag, Takes};
use crate::kubectl::options::SHOWING;
use crate::kubectl::print::jsonpath::word;
use crate::kubectl::print::tabs::Tabs;
use crate::kubectl::session::{Running, Session};
use crate::kubectl::tree::refused;

const CONTEXTS: &[Flag] = &[
    Flag::new("no-headers", Takes::Switch(false), "Leave the headers out"),
    Flag::short('o', "output", Takes::Text(""), "name"),
];
const SET: &[Flag] = &[
    Flag::new("current", Takes::Switch(false), "The current context"),
    Flag::new("cluster", Takes::Text(""), "The cluster of the context"),
    Flag::new("user", Takes::Text(""), "The user of the context"),
    Flag::short('n', "namespace", Takes::Text(""), "The namespace of the context"),
];

/// The subcommands.
pub(crate) const COMMANDS: &[Command] = &[
    Command::new("current-context", "", "Display the current-context", &[], current),
    Command::new("get-clusters", "", "Display clusters defined in the kubeconfig", &[], clusters),
    Command::new("get-contexts", "[NAME]", "Describe one or many contexts", &[CONTEXTS], contexts),
    Command::new(
        "set-context",
        "[NAME | --current] [--namespace=namespace]",
        "Set a context entry in kubeconfig",
        &[SET],
        set_context,
    ),
    Command::new(
        "use-context",
        "CONTEXT_NAME",
        "Set the current-context in a kubeconfig file",
        &[],
        use_context,
    )
    .also(&["use"]),
    Command::new("get-users", "", "Display users defined in the kubeconfig", &[], users),
    Command::new(
        "rename-context",
        "CONTEXT_NAME NEW_NAME",
        "Rename a context from the kubeconfig file",
        &[],
        rename,
    ),
    refused("delete-cluster", "Delete a cluster from the kubeconfig (not available here)"),
    refused("delete-context", "Delete a context from the kubeconfig (not available here)"),
    refused("delete-user", "Delete a user from the kubeconfig (not available here)"),
    refused("set", "Set a value in a kubeconfig file (not available here)"),
    refused("set-cluster", "Set a cluster in a kubeconfig file (not available here)"),
    refused("set-credentials", "Set a user in a kubeconfig file (not available here)"),
    refused("unset", "Unset a value in a kubeconfig file (not available here)"),
    Command::new(
        "view",
        "",
        "Display merged kubeconfig settings",
        &[config_view::FLAGS, SHOWING],
        config_view::run,
    ),
];

fn current(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        match session.config.current() {
            "" => Err(Failure::error("current-context is not set")),
            name => session.say(name).await,
        }
    })
}

fn contexts(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        let names_only = session.flags.text("output") == "name";
        let wanted = session.arguments();
        for name in wanted {
            if session.config.context(name).is_none() {
                return Err(Failure::error(format!("context {name} not found")));
            }
        }
        let mut all: Vec<&Value> = array(&session.config.value["contexts"]).iter().collect();
        all.retain(|one| wanted.is_empty() || wanted.contains(&word(&one["name"])));
        all.sort_by_key(|one| word(&one["name"]));
        let mut text = String::new();
        if !names_only && !session.flags.on("no-headers") {
            text.push_str("CURRENT\tNAME\tCLUSTER\tAUTHINFO\tNAMESPACE\n");
        }
        for one in all {
            let name = word(&one["name"]);
            if names_only {
                text = format!("{text}{name}\n");
                continue;
            }
            let star = if name == session.config.current() { "*" } else { "" };
            let part = |key: &str| word(&one["context"][key]);
            let (cluster, user) = (part("cluster"), part("user"));
            text = format!("{text}{star}\t{name}\t{cluster}\t{user}\t{}\n", part("namespace"));
        }
        session.out(if names_only { text } else { Tabs::table().render(&text) }).await
    })
}

fn clusters(session: &mut Session) -> Running<'_> {
    Box::pin(names(session, "clusters"))
}

fn users(session: &mut Session) -> Running<'_> {
    Box::pin(names(session, "users"))
}

async fn names(session: &mut Session, list: &str) -> Outcome {
    let mut text = "NAME\n".to_owned();
    for one in array(&session.config.value[list]) {
        text = format!("{text}{}\n", word(&one["name"]));
    }
    session.out(text).await
}

fn rename(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        let [old, new] = session.arguments() else {
            let words = format!("Unexpected args: [{}]", session.arguments().join(" "));
            return Err(session.usage(words));
        };
        let (old, new) = (old.clone(), new.clone());
        let path = session.config.path.clone();
        if session.config.context(&old).is_none() {
            let words = format!("cannot rename the context {old:?}, it's not in {path}");
            return Err(Failure::error(words));
        }
        if session.config.context(&new).is_some() {
            return Err(Failure::error(format!(
                "cannot rename the context {old:?}, the context {new:?} already exists in {path}"
            )));
        }
        if session.config.current() == old {
            session.config.value["current-context"] = json!(new);
        }
        if let Value::Array(contexts) = &mut session.config.value["contexts"] {
            for one in contexts.iter_mut().filter(|one| one["name"] == old.as_str()) {
                one["name"] = json!(new);
            }
        }
        session.config.save(&session.context.files)?;
        session.say(format!("Context {old:?} renamed to {new:?}.")).await
    })
}

fn use_context(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        let [name] = session.arguments() else {
            return Err(
                session.usage(format!("accepts 1 arg(s), received {}", session.arguments().len()))
            );
        };
        let name = name.clone();
        if session.config.context(&name).is_none() {
            return Err(Failure::error(format!("no context exists with the name: {name:?}")));
        }
        session.config.value["current-context"] = json!(name);
        session.config.save(&session.context.files)?;
        session.say(format!("Switched to context {name:?}.")).await
    })
}

fn set_context(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        let name = match (session.flags.on("current"), session.arguments()) {
            (true, []) => session.config.current().to_owned(),
            (false, [name]) => name.clone(),
            (true, _) => {
                return Err(Failure::error("you cannot specify both a context name and --current"));
            }
            (false, _) => {
                return Err(Failure::error(
                    "you must specify a non-empty context name or --current",
                ));
            }
        };
        if name.is_empty() {
            return Err(Failure::error("no current context is set"));
        }
        let given: Vec<(&str, String)> = ["cluster", "namespace", "user"]
            .into_iter()
            .filter(|flag| session.flags.changed(flag))
            .map(|flag| (flag, session.flags.text(flag).to_owned()))
            .collect();
        let existed = session.config.context(&name).is_some();
        let contexts = &mut session.config.value["contexts"];
        if !contexts.is_array() {
            *contexts = json!([]);
        }
        if let Value::Array(contexts) = contexts {
            if !existed {
                contexts.push(json!({"name": name, "context": {"cluster": "", "user": ""}}));
            }
            for one in contexts.iter_mut().filter(|one| one["name"] == name.as_str()) {
                for (key, value) in &given {
                    one["context"][*key] = json!(value);
                }
            }
        }
        session.config.save(&session.context.files)?;
        let verb = if existed { "modified" } else { "created" };
        session.say(format!("Context {name:?} {verb}.")).await
    })
}
