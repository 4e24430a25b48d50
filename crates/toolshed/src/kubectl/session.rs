//! One run of kubectl: its flags, streams, configuration and cluster.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::files::absolute;
use crate::kubectl::api::{Api, Call};
use crate::kubectl::config::Config;
use crate::kubectl::discovery::{Discovery, Resource};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::flags::{Flags, duration};
use crate::kubectl::log::Log;
use crate::tool::Context;

/// What a command's function returns.
pub(crate) type Running<'a> = BoxFuture<'a, Outcome>;

/// Everything that a command works with.
pub(crate) struct Session {
    /// What the shell gave; the cluster has moved into `api`.
    pub(crate) context: Context,
    pub(crate) flags: Flags,
    /// The command as typed, e.g. `kubectl create configmap`.
    pub(crate) command: String,
    pub(crate) api: Api,
    pub(crate) config: Config,
    namespace: String,
    known: Option<Arc<Discovery>>,
    asked: OnceCell<Arc<Discovery>>,
}

impl Session {
    /// Prepares a run.
    pub(crate) fn new(mut context: Context, flags: Flags, command: String) -> Outcome<Self> {
        let mut config = Config::load(&context, flags.text("kubeconfig"))?;
        let mut namespace = flags.text("namespace").to_owned();
        // Commands about the file take it as it is.
        if !command.starts_with("kubectl config ") {
            config = config.present()?;
            let chosen = config.namespace(flags.text("context"))?;
            namespace = if namespace.is_empty() { chosen } else { namespace };
        }
        let log = Log::new(flags.number("v"), context.clock.clone(), context.stderr.clone());
        let mut api = Api::new(context.cluster.take(), context.stderr.clone(), log);
        api.bearer = config.bearer(flags.text("context"));
        if flags.changed("as") {
            api.headers.push(("impersonate-user", flags.text("as").to_owned()));
        }
        api.limit = limit(flags.text("request-timeout"))?;
        for group in flags.list("as-group") {
            api.headers.push(("impersonate-group", group.clone()));
        }
        let (known, asked) = (api.known.recall(), OnceCell::new());
        Ok(Self { context, flags, command, api, config, namespace, known, asked })
    }

    /// The namespace in force.
    pub(crate) fn namespace(&self) -> &str {
        &self.namespace
    }

    /// Whether `--namespace` was given.
    pub(crate) fn namespace_given(&self) -> bool {
        self.flags.changed("namespace")
    }

    /// The words that are not flags.
    pub(crate) fn arguments(&self) -> &[String] {
        &self.flags.arguments
    }

    /// The time.
    pub(crate) fn now(&self) -> Timestamp {
        (self.context.clock)()
    }

    /// Writes to standard output.
    pub(crate) async fn out(&self, text: impl Into<Bytes>) -> Outcome {
        self.context.stdout.write(text).await.map_err(|_| Failure::Exit(141))
    }

    /// Writes a line to standard output.
    pub(crate) async fn say(&self, line: impl AsRef<str>) -> Outcome {
        self.out(format!("{}\n", line.as_ref())).await
    }

    /// Writes a line to standard error.
    pub(crate) async fn complain(&self, line: impl AsRef<str>) -> Outcome {
        let line = format!("{}\n", line.as_ref());
        self.context.stderr.write(line).await.map_err(|_| Failure::Exit(141))
    }

    /// What the server has, as far as is known.
    pub(crate) async fn discovery(&self) -> Outcome<&Discovery> {
        match &self.known {
            Some(known) if !self.asked.initialized() => Ok(known),
            Some(_) | None => self.newest().await,
        }
    }

    /// What the server has, asked once in this run.
    pub(crate) async fn newest(&self) -> Outcome<&Discovery> {
        self.asked.get_or_try_init(|| Discovery::load(&self.api)).await.map(AsRef::as_ref)
    }

    /// The resource that somebody called `word`.
    pub(crate) async fn resource(&self, word: &str) -> Outcome<Arc<Resource>> {
        match self.discovery().await?.find(word) {
            Err(_) if !self.asked.initialized() => self.newest().await?.find(word),
            found => found,
        }
    }

    /// The resource behind an object's `apiVersion` and `kind`.
    pub(crate) async fn kind(&self, version: &str, kind: &str) -> Outcome<Option<Arc<Resource>>> {
        match self.discovery().await?.of_kind(version, kind) {
            None if !self.asked.initialized() => Ok(self.newest().await?.of_kind(version, kind)),
            found => Ok(found),
        }
    }

    /// Reads one object.
    pub(crate) async fn fetch(
        &self,
        resource: &Resource,
        namespace: &str,
        name: &str,
    ) -> Outcome<Value> {
        let call = Call::get(resource.path(namespace, name)).about(&resource.qualified(), name);
        self.look(call, namespace).await
    }

    /// Reads one object; where it is missing because its namespace is, that is what is said.
    pub(crate) async fn look(&self, call: Call, namespace: &str) -> Outcome<Value> {
        let around = call.like(format!("/api/v1/namespaces/{namespace}"));
        match self.api.value(call).await {
            Err(failure) if failure.is_not_found() && !matches!(namespace, "" | "default") => {
                match self.api.value(around.about("namespaces", namespace)).await {
                    Err(gone) if gone.is_not_found() => Err(gone),
                    _ => Err(failure),
                }
            }
            other => other,
        }
    }

    /// The path of the part of an object that `--subresource` names; without it, of the object.
    pub(crate) fn part(&self, path: String) -> String {
        match self.flags.text("subresource") {
            "" => path,
            part => format!("{path}/{part}"),
        }
    }

    /// A path made absolute in the current directory.
    pub(crate) fn path(&self, path: &str) -> String {
        absolute(&self.context.directory, path)
    }

    /// A mistake in how the command was typed, with where to read more.
    pub(crate) fn usage(&self, words: impl AsRef<str>) -> Failure {
        let command = &self.command;
        Failure::error(format!("{}\nSee '{command} -h' for help and examples", words.as_ref()))
    }
}

/// The longest that a limit may be; more is as good as none.
const LONGEST: f64 = 604_800.0;

/// What `--request-timeout` says; nought is no limit.
fn limit(text: &str) -> Outcome<Option<Duration>> {
    let seconds = text.parse::<u32>().map(f64::from).ok().or_else(|| duration(text));
    let Some(seconds) = seconds.filter(|seconds| *seconds >= 0.0) else {
        return Err(Failure::error(
            "Invalid timeout value. Timeout must be a single integer in seconds, or an integer \
             followed by a corresponding time unit (e.g. 1s | 2m | 3h)",
        ));
    };
    Ok((seconds > 0.0).then(|| Duration::from_secs_f64(seconds.min(LONGEST))))
}
