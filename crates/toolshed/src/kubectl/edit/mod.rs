//! `kubectl edit`: objects as a file in an editor, and what was changed as patches.
//!
//! ```text
//! objects ─► sheet (one, or a List of several) ─► editor ─► save, an object at a time ─┐
//!              ▲──────────────── again, with the reasons above it ─────────────────────┘
//! ```

mod editor;
mod save;
mod sheet;

use serde_json::{Value, json};

use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::flags::{Flag, Takes};
use crate::kubectl::get::{BULK, hide_managed_fields};
use crate::kubectl::print::{json as json_printer, yaml};
use crate::kubectl::resolve::{Found, Item, Query, fetch, plan};
use crate::kubectl::session::{Running, Session};
use save::Saved;
use sheet::{Reason, header, same, without_comments};

/// The command's own flags.
pub(crate) const FLAGS: &[Flag] = &[
    Flag::new("output-patch", Takes::Switch(false), "Also show what is changed"),
    Flag::new("save-config", Takes::Switch(false), "Keep the object in its annotation")
        .refused("use 'kubectl apply'"),
    Flag::new("windows-line-endings", Takes::Switch(false), "End lines as Windows does")
        .refused("the editors here do not want them"),
];

/// Runs the command.
pub(crate) fn run(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        let words = session.arguments().to_vec();
        let query = Query { words: &words, type_alone: true, ..Query::default() };
        let mut plan = plan(session, query).await?;
        let part = session.flags.text("subresource");
        if !part.is_empty() {
            if plan.items.iter().any(|item| matches!(item, Item::List { .. })) {
                return Err(Failure::error(BULK));
            }
            plan.items.iter_mut().for_each(|item| item.take_part(part));
        }
        let (mut found, failures) = fetch(session, &plan).await;
        Failure::all(failures)?;
        if !session.flags.on("show-managed-fields") {
            for one in &mut found {
                hide_managed_fields(&mut one.object);
            }
        }
        if found.is_empty() {
            return Err(Failure::error("edit cancelled, no objects found"));
        }
        edit(session, &found).await
    })
}

/// The objects as they stand in the file, and how its name ends.
fn written(session: &Session, found: &[Found]) -> Outcome<(String, &'static str)> {
    let object = match found {
        [one] => one.object.clone(),
        several => {
            let items: Vec<&Value> = several.iter().map(|one| &one.object).collect();
            json!({"apiVersion": "v1", "items": items, "kind": "List", "metadata": {}})
        }
    };
    match session.flags.text("output") {
        "" | "yaml" => Ok((yaml::text(&object), "yaml")),
        "json" => Ok((json_printer::pretty(&object), "json")),
        other => Err(Failure::error(format!(
            "unable to match a printer suitable for the output format {other:?}, allowed formats \
             are: json,kyaml,yaml"
        ))),
    }
}

/// Opens the file until what is in it can be saved, or is given up.
async fn edit(session: &Session, found: &[Found]) -> Outcome {
    let (text, ending) = written(session, found)?;
    let number = (session.context.random)() % 10_000_000_000;
    let path = format!("/tmp/kubectl-edit-{number}.{ending}");
    let files = &session.context.files;
    let mut reasons: Vec<Reason> = Vec::new();
    let mut refused: Option<String> = None;
    loop {
        let body = refused.as_deref().map_or_else(|| text.clone(), without_comments);
        // JSON has no comments.
        let head = if ending == "json" { String::new() } else { header(&reasons) };
        let file = head + &body;
        files.write(&path, file).map_err(|error| Failure::error(error.to_string()))?;
        editor::launch(session, &path).await?;
        let edited = files.read(&path).unwrap_or_default();
        let edited = String::from_utf8_lossy(&edited).into_owned();
        if refused.as_ref().is_some_and(|refused| same(refused, &edited)) {
            let words = "Edit cancelled, no valid changes were saved.";
            return Err(save::kept(session, &path, words).await);
        }
        let cancelled = if same(&text, &edited) {
            "Edit cancelled, no changes made."
        } else {
            match save::save(session, found, &edited, &path).await? {
                Saved::Again(why) => {
                    (reasons, refused) = (why, Some(edited));
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
