//! `kubectl edit`: an object as a file in an editor, and what was changed as a patch.
//!
//! **Deliberately absent:** several objects at a time.

use std::fmt::Write as _;

use http::Method;
use serde_json::Value;

use crate::kubectl::api::Call;
use crate::kubectl::apply::is_built_in;
use crate::kubectl::change;
use crate::kubectl::discovery::array;
use crate::kubectl::failure::{ApiError, Failure, Outcome};
use crate::kubectl::flags::{Flag, Takes};
use crate::kubectl::get::hide_managed_fields;
use crate::kubectl::merge::three_way;
use crate::kubectl::print::jsonpath::word;
use crate::kubectl::print::{json, name, yaml};
use crate::kubectl::resolve::{Found, Query, fetch, plan};
use crate::kubectl::session::{Running, Session};
use crate::kubectl::yaml as reader;
use crate::tool::Context;
use crate::tools;

/// The command's own flags.
pub(crate) const FLAGS: &[Flag] = &[
    Flag::new("output-patch", Takes::Switch(false), "Also show what is changed"),
    Flag::new("save-config", Takes::Switch(false), "Keep the object in its annotation")
        .refused("use 'kubectl apply'"),
    Flag::new("windows-line-endings", Takes::Switch(false), "End lines as Windows does")
        .refused("the editors here do not want them"),
];

const HEADER: &str = "# Please edit the object below. Lines beginning with a '#' will be ignored,\n\
    # and an empty file will abort the edit. If an error occurs while saving this file will be\n\
    # reopened with the relevant failures.\n#\n";

/// Why a file is opened again.
struct Reason {
    head: String,
    causes: Vec<String>,
}

/// How an attempt to save went.
enum Saved {
    Done,
    Again(Reason),
}

/// Runs the command.
pub(crate) fn run(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        let words = session.arguments().to_vec();
        let mut plan = plan(session, Query { words: &words, ..Query::default() }).await?;
        let part = session.flags.text("subresource");
        if !part.is_empty() {
            plan.items.iter_mut().for_each(|item| item.take_part(part));
        }
        let (found, failures) = fetch(session, &plan).await;
        Failure::all(failures)?;
        let [one] = found.as_slice() else {
            return Err(Failure::error(
                "edit is available for one object at a time in this terminal; name it",
            ));
        };
        let mut original = one.object.clone();
        if !session.flags.on("show-managed-fields") {
            hide_managed_fields(&mut original);
        }
        edit(session, one, &original).await
    })
}

async fn edit(session: &Session, one: &Found, original: &Value) -> Outcome {
    let (text, ending) = match session.flags.text("output") {
        "" | "yaml" => (yaml::text(original), "yaml"),
        "json" => (json::pretty(original), "json"),
        other => {
            return Err(Failure::error(format!(
                "unable to match a printer suitable for the output format {other:?}, allowed \
                 formats are: json,kyaml,yaml"
            )));
        }
    };
    let path =
        format!("/tmp/kubectl-edit-{}.{ending}", (session.context.random)() % 10_000_000_000);
    let files = &session.context.files;
    let mut reason: Option<Reason> = None;
    let mut refused: Option<String> = None;
    loop {
        let body = refused.as_deref().map_or_else(|| text.clone(), without_comments);
        // JSON has no comments.
        let head = if ending == "json" { String::new() } else { header(reason.as_ref()) };
        let file = head + &body;
        files.write(&path, file).map_err(|error| Failure::error(error.to_string()))?;
        launch(session, &path).await?;
        let edited = files.read(&path).unwrap_or_default();
        let edited = String::from_utf8_lossy(&edited).into_owned();
        if refused.as_ref().is_some_and(|refused| same(refused, &edited)) {
            return Err(kept(session, &path, "Edit cancelled, no valid changes were saved.").await);
        }
        let cancelled = if same(&text, &edited) {
            "Edit cancelled, no changes made."
        } else {
            match save(session, one, original, &edited, &path).await? {
                Saved::Again(why) => {
                    (reason, refused) = (Some(why), Some(edited));
                    continue;
                }
                Saved::Done => "",
            }
        };
        // The editor may have moved it away itself.
        let _ = files.remove(&path, false);
        return if cancelled.is_empty() { Ok(()) } else { session.complain(cancelled).await };
    }
}

/// Sends what was changed.
async fn save(
    session: &Session,
    one: &Found,
    original: &Value,
    edited: &str,
    path: &str,
) -> Outcome<Saved> {
    let edited = match reader::document(edited) {
        Ok(Value::Null) => Err("the file is empty".to_owned()),
        other => other,
    };
    let edited = match edited {
        Ok(edited) => edited,
        Err(error) => {
            let what = format!("{} {:?}", one.resource.qualified(), one.name);
            session.complain(format!("error: {what} is invalid")).await?;
            let cause =
                format!("<nil>: Invalid value: \"The edited file failed validation\": {error}");
            let head = format!("{what} was not valid");
            return Ok(Saved::Again(Reason { head, causes: vec![cause] }));
        }
    };
    let identity = |object: &Value| {
        (object["apiVersion"].clone(), object["kind"].clone(), object["metadata"]["name"].clone())
    };
    if identity(&edited) != identity(original) {
        let words = "At least one of apiVersion, kind and name was changed";
        return Err(kept(session, path, words).await);
    }
    let strategic = is_built_in(&one.resource.group);
    let changes = three_way(original, &edited, original, strategic);
    let content_type = if strategic {
        "application/strategic-merge-patch+json"
    } else {
        "application/merge-patch+json"
    };
    let manager = match session.flags.text("field-manager") {
        "" => "kubectl-edit",
        given => given,
    };
    if session.flags.on("output-patch") {
        session.say(format!("Patch: {}", json::compact(&changes))).await?;
    }
    let call = Call::new(Method::PATCH, session.part(one.path()))
        .query("fieldManager", manager)
        .query("fieldValidation", change::validation(session)?)
        .body(content_type, changes.to_string())
        .about(&one.resource.qualified(), &one.name);
    match session.api.value(call).await {
        Ok(_) => {
            session.say(format!("{} edited", name(original))).await?;
            Ok(Saved::Done)
        }
        Err(Failure::Api(error)) => explain(session, one, &error, path).await,
        Err(failure) => Err(failure),
    }
}

/// What the server's refusal means for the file.
async fn explain(session: &Session, one: &Found, error: &ApiError, path: &str) -> Outcome<Saved> {
    let what = format!("{} {:?}", one.resource.qualified(), one.name);
    if error.reason == "Invalid" {
        session.complain(format!("error: {what} is invalid")).await?;
        let causes = array(&error.details["causes"]);
        let cause =
            |cause: &Value| format!("{}: {}", word(&cause["field"]), word(&cause["message"]));
        return Ok(Saved::Again(Reason {
            head: format!("{what} was not valid"),
            causes: causes.iter().map(cause).collect(),
        }));
    }
    if error.reason == "NotFound" {
        session.complain(format!("error: {what} could not be found on the server")).await?;
        let words = format!("The edits you made on deleted resources have been saved to {path:?}");
        session.complain(words).await?;
        return Err(Failure::Exit(1));
    }
    session.complain(format!("error: {what} could not be patched: {}", error.message)).await?;
    session
        .complain(format!("You can run `kubectl replace -f {path}` to try this update again."))
        .await?;
    Err(Failure::Exit(1))
}

/// Says where the file is that could not be saved.
async fn kept(session: &Session, path: &str, words: &str) -> Failure {
    // Who has gone need not know.
    let _ = session.complain(format!("A copy of your changes has been stored to {path:?}")).await;
    Failure::error(words)
}

/// Opens the file in the editor that the variables name.
async fn launch(session: &Session, path: &str) -> Outcome {
    let context = &session.context;
    let variable = |name: &str| context.variables.get(name).filter(|text| !text.trim().is_empty());
    let editor = variable("KUBE_EDITOR").or_else(|| variable("EDITOR"));
    let editor = editor.map_or("nano", String::as_str);
    let mut args = words(editor);
    if args.is_empty() {
        return Err(Failure::error(format!("unable to launch the editor {editor:?}")));
    }
    let program = args.remove(0);
    let problem = || Failure::error(format!("there was a problem with the editor {editor:?}"));
    match program.as_str() {
        "true" => return Ok(()),
        "false" => return Err(problem()),
        _ => {}
    }
    let tool = tools::find(&program).filter(|_| !tools::is_refused(&program));
    let Some(tool) = tool else {
        return Err(Failure::error(format!("unable to launch the editor {program:?}")));
    };
    args.push(path.to_owned());
    let inner = Context {
        args,
        variables: context.variables.clone(),
        directory: context.directory.clone(),
        files: context.files.clone(),
        stdin: context.stdin.clone(),
        stdout: context.stdout.clone(),
        stderr: context.stderr.clone(),
        screen: context.screen.clone(),
        cluster: None,
        clock: context.clock.clone(),
        random: context.random.clone(),
        cancelled: context.cancelled.clone(),
        share: context.share.clone(),
    };
    match (tool.run)(inner).await {
        0 => Ok(()),
        _ => Err(problem()),
    }
}

/// Words as a shell splits them at spaces, outside of quotes.
fn words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (Some(open), letter) if letter == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') => word.get_or_insert_default().extend(letters.next()),
            (None, letter) if letter.is_whitespace() => words.extend(word.take()),
            (_, letter) => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    words
}

fn header(reason: Option<&Reason>) -> String {
    let mut text = HEADER.to_owned();
    if let Some(Reason { head, causes }) = reason {
        let hashed = |line: &str| line.replace('\n', "\n# ");
        let colon = if causes.is_empty() { "" } else { ":" };
        let _ = writeln!(text, "# {}{colon}", hashed(head));
        for cause in causes {
            let _ = writeln!(text, "# * {}", hashed(cause));
        }
        text.push_str("#\n");
    }
    text
}

fn without_comments(text: &str) -> String {
    let lines = text.split_inclusive('\n');
    lines.filter(|line| !line.trim_start().starts_with('#')).collect()
}

/// Whether two files mean the same, whatever their comments.
fn same(left: &str, right: &str) -> bool {
    match (reader::document(left), reader::document(right)) {
        (Ok(left), Ok(right)) => left == right,
        _ => without_comments(left) == without_comments(right),
    }
}
