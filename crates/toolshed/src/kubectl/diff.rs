//! `kubectl diff`: what `apply` would change, as the server says without doing it.
//!
//! **Deliberately absent:** `KUBECTL_EXTERNAL_DIFF`, `--prune` and `--server-side`.

use http::Method;
use serde_json::Value;

use crate::kubectl::api::Call;
use crate::kubectl::apply;
use crate::kubectl::change::{self, DryRun};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::flags::{Flag, Takes};
use crate::kubectl::get::hide_managed_fields;
use crate::kubectl::manifest::{self, Document};
use crate::kubectl::print::yaml;
use crate::kubectl::session::{Running, Session};

/// The command's own flags.
pub(crate) const FLAGS: &[Flag] = &[
    Flag::new("show-managed-fields", Takes::Switch(false), "Compare managed fields, too"),
    Flag::new("concurrency", Takes::Number(1), "Accepted"),
    Flag::new("server-side", Takes::Switch(false), "As apply --server-side would").refused(PLAIN),
    Flag::new("force-conflicts", Takes::Switch(false), "With --server-side").refused(PLAIN),
    Flag::new("prune", Takes::Switch(false), "What apply --prune would remove")
        .refused("see what there is with 'kubectl get'"),
    Flag::new("prune-allowlist", Takes::Array, "What may be removed")
        .refused("it belongs to --prune"),
    Flag::new("show-secrets", Takes::Switch(false), "Show the values of secrets"),
];

const PLAIN: &str = "use 'kubectl apply --server-side --dry-run=server -o yaml'";

/// Runs the command; the exit code is 1 when something differs, 2 and more after a failure.
pub(crate) fn run(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        match all(session).await {
            Ok(false) => Ok(()),
            Ok(true) => Err(Failure::Exit(1)),
            Err(failure) => {
                let said = Failure::Said(failure.words().trim_end().to_owned());
                Err(Failure::Many(vec![said, Failure::Exit(2)]))
            }
        }
    })
}

async fn all(session: &mut Session) -> Outcome<bool> {
    if session.flags.list("filename").is_empty() {
        return Err(Failure::error("must specify one of -f and -k"));
    }
    let mut differs = false;
    for document in manifest::load(session).await {
        differs |= compare(session, &document?).await?;
    }
    Ok(differs)
}

/// The object as `apply` compares it; what it remembers about itself stays as it is.
fn wanted(document: &Document) -> Value {
    let mut object = document.object.clone();
    if !object["metadata"]["annotations"].is_object() {
        object["metadata"]["annotations"] = Value::Object(serde_json::Map::new());
    }
    object
}

/// Hides the values of a Secret; of one that differs it still shows that.
fn mask(live: &mut Value, merged: &mut Value) {
    let (before, after) = (live["data"].clone(), merged["data"].clone());
    let differs = |key: &str| {
        let (before, after) = (before.get(key), after.get(key));
        before.is_some() && after.is_some() && before != after
    };
    let with = |mark| move |differs: bool| if differs { mark } else { "***" };
    hide(live, |key| with("*** (before)")(differs(key)));
    hide(merged, |key| with("*** (after)")(differs(key)));
}

fn hide(secret: &mut Value, with: impl Fn(&str) -> &'static str) {
    for (key, value) in secret.get_mut("data").and_then(Value::as_object_mut).into_iter().flatten()
    {
        *value = Value::String(with(key).to_owned());
    }
}

async fn compare(session: &Session, document: &Document) -> Outcome<bool> {
    let resource = &document.resource;
    let live = match session.fetch(resource, &document.namespace, &document.name).await {
        Ok(live) => Some(live),
        Err(failure) if failure.is_not_found() => None,
        Err(failure) => return Err(failure),
    };
    let merged = if let Some(live) = live.clone() {
        let mut wanted = wanted(document);
        // A file that was saved a while ago is compared all the same.
        if wanted["metadata"]["resourceVersion"].is_string() {
            wanted["metadata"]["resourceVersion"] = live["metadata"]["resourceVersion"].clone();
        }
        apply::update(session, document, &wanted, live, DryRun::Server).await?.0
    } else {
        let call = Call::new(Method::POST, resource.path(&document.namespace, ""))
            .query("fieldManager", "kubectl-client-side-apply")
            .query("fieldValidation", change::validation(session)?)
            .json(&document.object)
            .about(&resource.qualified(), "");
        session.api.value(DryRun::Server.mark(call)).await?
    };
    let (mut live, mut merged) = (live, merged);
    if resource.kind == "Secret" && !session.flags.on("show-secrets") {
        // As the real one: what is not there yet is shown as nothing, not as an empty file.
        mask(live.get_or_insert(Value::Null), &mut merged);
    }
    let text = |object: Option<Value>| {
        object.map_or_else(String::new, |mut object| {
            if !session.flags.on("show-managed-fields") {
                hide_managed_fields(&mut object);
            }
            yaml::text(&object)
        })
    };
    let (left, right) = (text(live), text(Some(merged)));
    let Some(hunks) = crate::tools::unified(left.as_bytes(), right.as_bytes()) else {
        return Ok(false);
    };
    let group =
        if resource.group.is_empty() { String::new() } else { resource.group.clone() + "." };
    let name = format!(
        "{group}{}.{}.{}.{}",
        resource.version, resource.kind, document.namespace, document.name
    );
    let number = (session.context.random)() % 4_000_000_000;
    let (left, right) =
        (format!("/tmp/LIVE-{number}/{name}"), format!("/tmp/MERGED-{number}/{name}"));
    let time = session.now().strftime("%Y-%m-%d %H:%M:%S.%9f +0000").to_string();
    let head = format!("diff -u -N {left} {right}\n--- {left}\t{time}\n+++ {right}\t{time}\n");
    session.out([head.into_bytes(), hunks].concat()).await?;
    Ok(true)
}
