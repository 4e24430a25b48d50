//! `kubectl`, as learners know it: version 1.36, in process.
//!
//! ```text
//! words ─► command (tree, flags) ─► one file a command ─► api (HTTP, raw JSON) ─► print
//! ```
//!
//! **Invariant:** what it prints, the real one would print: output, errors and exit codes are
//! compared with it on the same server. What it does not do it refuses by name.
//!
//! **Deliberately absent:** typed objects, caches, and any way to another server than the lab's.

mod age;
mod api;
mod apply;
mod auth;
mod change;
mod command;
mod complete;
mod config;
mod config_command;
mod config_view;
mod create;
mod delete;
mod describe;
mod diff;
pub(crate) mod discovery;
mod edit;
mod events;
mod exec;
mod explain;
mod failure;
mod flags;
mod get;
mod labels;
mod log;
mod logs;
mod manifest;
mod mark;
mod merge;
mod options;
mod patch;
mod print;
mod raw;
mod replace;
mod resolve;
mod rollout;
mod run;
mod scale;
mod server;
mod session;
mod set;
mod tree;
mod wait;
mod watch;
mod yaml;

use std::collections::BTreeMap;

use futures::future::BoxFuture;

use crate::files::Files;
use crate::tool::{Context, ExitCode, Tool};
use config::Config;
use failure::{Failure, Outcome};
use flags::Flags;
use session::Session;
use tree::ROOT;

/// The namespace that the kubeconfig file in force chooses, if it can be read.
pub(crate) fn namespace(
    files: &Files,
    variables: &BTreeMap<String, String>,
    directory: &str,
) -> Option<String> {
    Config::read(files, variables, directory, "").ok()?.namespace("").ok()
}

/// The exit code of a command that Ctrl-C ended.
const INTERRUPTED: ExitCode = 130;

/// `kubectl`.
pub const TOOL: Tool = Tool {
    name: "kubectl",
    about: "Work with the Kubernetes cluster of this lab",
    run: start,
    complete: Some(complete::complete),
};

fn start(context: Context) -> BoxFuture<'static, ExitCode> {
    Box::pin(async move {
        let (stderr, cancelled) = (context.stderr.clone(), context.cancelled.clone());
        let outcome = tokio::select! {
            biased;
            () = cancelled.cancelled() => return INTERRUPTED,
            outcome = run(context) => outcome,
        };
        match outcome {
            Ok(()) => 0,
            Err(failure) => {
                let _ = stderr.write(failure.words()).await;
                failure.code()
            }
        }
    })
}

async fn run(context: Context) -> Outcome {
    let line = command::find(&ROOT, &context.args);
    if line.command.refused && !line.words.iter().any(|word| word == "--help" || word == "-h") {
        return Err(server::refusal(&line.path));
    }
    let parsed = Flags::parse(&line.words, &line.command.known());
    let flags = parsed.map_err(|failure| {
        let words = failure.words();
        Failure::Said(format!("{words}See '{} --help' for usage.\n", line.path))
    })?;
    let at_root = line.path == ROOT.name;
    let first = flags.arguments.first().cloned();
    let asks_help = at_root && first.as_deref() == Some("help");
    let asked = flags.on("help") || asks_help;
    if asked || (line.command.run.is_none() && first.is_none()) {
        let line = if asks_help { command::find(&ROOT, &flags.arguments[1..]) } else { line };
        let text = command::help(&line.command, &line.path);
        context.stdout.write(text).await.map_err(|_| Failure::Exit(141))?;
        let fine = at_root || asked || line.command.run.is_some();
        return if fine { Ok(()) } else { Err(Failure::Exit(1)) };
    }
    let Some(run) = line.command.run else {
        let word = first.unwrap_or_default();
        if at_root {
            return Err(command::unknown(&ROOT, &word));
        }
        return Err(Failure::Said(format!(
            "error: unknown command {word:?}\nSee '{} -h' for help and examples\n",
            line.path
        )));
    };
    flags.refuse(&line.command.known())?;
    let mut session = Session::new(context, flags, line.path)?;
    if session.config.exists {
        session.api.log.configured(&session.config.path).await;
    }
    let done = run(&mut session).await;
    if let Err(Failure::Api(error)) = &done
        && error.reason != "Invalid"
    {
        session.api.log.refusal(error).await;
    }
    done?;
    if session.flags.on("warnings-as-errors") { warned(&session) } else { Ok(()) }
}

/// Fails if the server has warned.
fn warned(session: &Session) -> Outcome {
    match session.api.warnings() {
        0 => Ok(()),
        1 => Err(Failure::error("1 warning received")),
        many => Err(Failure::error(format!("{many} warnings received"))),
    }
}
