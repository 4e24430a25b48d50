//! `kubectl patch`.

use serde_json::Value;

use crate::kubectl::apply::is_built_in;
use crate::kubectl::change::{self, DryRun};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::flags::{Flag, Takes};
use crate::kubectl::resolve::{Query, fetch, plan};
use crate::kubectl::session::{Running, Session};
use crate::kubectl::yaml;

/// The command's own flags.
pub(crate) const FLAGS: &[Flag] = &[
    Flag::short('p', "patch", Takes::Text(""), "The patch, as JSON or YAML"),
    Flag::new("patch-file", Takes::Text(""), "A file with the patch"),
    Flag::new("type", Takes::Text("strategic"), "json, merge or strategic"),
    Flag::new("local", Takes::Switch(false), "Without the server (not available here)"),
];

/// Runs the command.
pub(crate) fn run(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        let kind = session.flags.text("type").to_lowercase();
        let content_type = match kind.as_str() {
            "json" => "application/json-patch+json",
            "merge" => "application/merge-patch+json",
            "strategic" => "application/strategic-merge-patch+json",
            _ => {
                return Err(Failure::error(format!(
                    "--type must be one of [json merge strategic], not {kind:?}"
                )));
            }
        };
        let body = body(session)?;
        let words = session.arguments().to_vec();
        let query = Query { words: &words, ..Query::default() };
        let plan = plan(session, query).await?;
        let (found, mut failures) = fetch(session, &plan).await;
        for one in found {
            if kind == "strategic" && !is_built_in(&one.resource.group) {
                failures.push(Failure::error(format!(
                    "cannot apply strategic merge patch for {}.{}, Kind={}: application/\
                     strategic-merge-patch+json is not supported by custom resources",
                    one.resource.group, one.resource.version, one.resource.kind
                )));
                continue;
            }
            if DryRun::of(session)? == DryRun::Client {
                return Err(Failure::error(
                    "patch --dry-run=client is not available in this terminal; use \
                     --dry-run=server",
                ));
            }
            let part = session.flags.text("subresource");
            let path = if part.is_empty() { one.path() } else { format!("{}/{part}", one.path()) };
            match change::patch(session, path, content_type, &body, "kubectl-patch").await {
                Ok(object) => {
                    let same = object == one.object;
                    let verb = if same { "patched (no change)" } else { "patched" };
                    change::report(session, &object, verb).await?;
                }
                Err(failure) => failures.push(failure),
            }
        }
        Failure::all(failures)
    })
}

fn body(session: &Session) -> Outcome<Value> {
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
    let unreadable = |error: String| Failure::error(format!("unable to parse {text:?}: {error}"));
    yaml::document(&text).map_err(unreadable)
}
