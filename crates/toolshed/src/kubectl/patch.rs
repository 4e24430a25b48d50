//! `kubectl patch`.

use serde_json::Value;

use crate::kubectl::apply::{is_built_in, merged};
use crate::kubectl::change::{self, DryRun};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::flags::{Flag, Takes};
use crate::kubectl::print::{Format, name};
use crate::kubectl::resolve::{Found, Query, fetch, plan};
use crate::kubectl::run::merge;
use crate::kubectl::session::{Running, Session};
use crate::kubectl::yaml;

/// The command's own flags.
pub(crate) const FLAGS: &[Flag] = &[
    Flag::short('p', "patch", Takes::Text(""), "The patch, as JSON or YAML"),
    Flag::new("patch-file", Takes::Text(""), "A file with the patch"),
    Flag::new("type", Takes::Text("strategic"), "json, merge or strategic"),
];

/// What the patch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Json,
    Merge,
    Strategic,
}

impl Kind {
    fn of(session: &Session) -> Outcome<Self> {
        match session.flags.text("type").to_lowercase().as_str() {
            "json" => Ok(Self::Json),
            "merge" => Ok(Self::Merge),
            "strategic" => Ok(Self::Strategic),
            other => Err(Failure::error(format!(
                "--type must be one of [json merge strategic], not {other:?}"
            ))),
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json-patch+json",
            Self::Merge => "application/merge-patch+json",
            Self::Strategic => "application/strategic-merge-patch+json",
        }
    }
}

/// Runs the command.
pub(crate) fn run(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        let kind = Kind::of(session)?;
        let body = body(session)?;
        let words = session.arguments().to_vec();
        let plan = plan(session, Query { words: &words, ..Query::default() }).await?;
        let (found, mut failures) = fetch(session, &plan).await;
        for one in found {
            if kind == Kind::Strategic && !is_built_in(&one.resource.group) {
                failures.push(Failure::error(format!(
                    "cannot apply strategic merge patch for {}.{}, Kind={}: application/\
                     strategic-merge-patch+json is not supported by custom resources",
                    one.resource.group, one.resource.version, one.resource.kind
                )));
                continue;
            }
            let patched = if DryRun::of(session)? == DryRun::Client {
                locally(kind, &one, &body)
            } else {
                let path = session.part(one.path());
                change::patch(session, path, kind.content_type(), &body, "kubectl-patch").await
            };
            match patched {
                Ok(object) => report(session, &one, &object).await?,
                Err(failure) => failures.push(failure),
            }
        }
        Failure::all(failures)
    })
}

/// As [`change::report`], but that a dry run of the client is not told apart.
async fn report(session: &Session, before: &Found, object: &Value) -> Outcome {
    let verb = if *object == before.object { "patched (no change)" } else { "patched" };
    if Format::of_change(session)?.is_human() && DryRun::of(session)? == DryRun::Client {
        return session.say(format!("{} {verb}", name(object))).await;
    }
    change::report(session, object, verb).await
}

/// What comes of a patch, as far as this can be told without the server.
fn locally(kind: Kind, found: &Found, body: &str) -> Outcome<Value> {
    let unfit = |error: serde_json::Error| Failure::error(error.to_string());
    let mut object = found.object.clone();
    match kind {
        Kind::Json => {
            let patch: json_patch::Patch = serde_json::from_str(body).map_err(unfit)?;
            json_patch::patch(&mut object, &patch)
                .map_err(|error| Failure::error(error.to_string()))?;
        }
        Kind::Merge => merge(&mut object, &serde_json::from_str(body).map_err(unfit)?),
        Kind::Strategic => {
            object = merged(&object, &serde_json::from_str(body).map_err(unfit)?);
        }
    }
    Ok(object)
}

/// The patch as it is sent: JSON as it was written, YAML as the JSON that it means.
fn body(session: &Session) -> Outcome<String> {
    let (text, file) = (session.flags.text("patch"), session.flags.text("patch-file"));
    let text = match (text.is_empty(), file.is_empty()) {
        (true, true) => {
            return Err(Failure::error(
                "must specify --patch or --patch-file containing the contents of the patch",
            ));
        }
        (false, false) => {
            return Err(Failure::error("cannot specify --patch and --patch-file together"));
        }
        (false, true) => text.to_owned(),
        (true, false) => {
            let found = session.context.files.read(&session.path(file));
            let found = found.ok_or_else(|| {
                let words =
                    format!("unable to read patch file: open {file}: no such file or directory");
                Failure::error(words)
            })?;
            String::from_utf8_lossy(&found).into_owned()
        }
    };
    if text.trim_start().starts_with('{') {
        return Ok(text);
    }
    let given = session.flags.text("patch");
    let unreadable = |error: String| Failure::error(format!("unable to parse {given:?}: {error}"));
    yaml::document(&text).map(|value| value.to_string()).map_err(unreadable)
}
