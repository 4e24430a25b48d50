//! `kubectl apply`: client side with the last-applied annotation, and server side.

use http::Method;
use serde_json::{Map, Value, json};

use crate::kubectl::api::Call;
use crate::kubectl::change::{self, DryRun};
use crate::kubectl::delete;
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::manifest::{self, Document};
use crate::kubectl::merge::three_way;
use crate::kubectl::print::{Format, json as json_printer};
use crate::kubectl::resolve::Found;
use crate::kubectl::session::{Running, Session};

const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";
const STRATEGIC: &str = "application/strategic-merge-patch+json";
const MERGE: &str = "application/merge-patch+json";

/// How often a patch is tried again after a conflict.
const ATTEMPTS: usize = 5;

/// Runs the command.
pub(crate) fn run(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        check(session)?;
        let format = Format::of_change(session)?;
        let documents = manifest::load(session).await;
        if documents.is_empty() {
            return Err(Failure::error("no objects passed to apply"));
        }
        let (mut failures, mut shown) = (Vec::new(), Vec::new());
        let mut found = Vec::new();
        for document in documents {
            match document {
                Ok(document) => found.push(document),
                Err(failure) => failures.push(failure),
            }
        }
        for document in found {
            let done = if session.flags.on("server-side") {
                server_side(session, &document).await
            } else {
                client_side(session, &document).await
            };
            match done {
                Ok((object, verb)) if format.is_human() => {
                    change::report_as(session, &format, &object, verb).await?;
                }
                Ok((object, _)) => shown.push(object),
                Err(failure) => failures.push(failure),
            }
        }
        show(session, &format, shown).await?;
        Failure::all(failures)
    })
}

fn check(session: &Session) -> Outcome {
    if !session.flags.text("subresource").is_empty() && !session.flags.on("server-side") {
        return Err(Failure::error("--subresource can only be specified for --server-side"));
    }
    if session.flags.on("force-conflicts") && !session.flags.on("server-side") {
        return Err(Failure::error("--force-conflicts only works with --server-side"));
    }
    if session.flags.on("server-side") && DryRun::of(session)? == DryRun::Client {
        return Err(Failure::error(
            "--dry-run=client doesn't work with --server-side (did you mean --dry-run=server \
             instead?)",
        ));
    }
    if let Some(word) = session.arguments().first() {
        return Err(session.usage(format!("Unexpected args: [{word}]")));
    }
    if session.flags.list("filename").is_empty() {
        return Err(Failure::error("must specify one of -f and -k"));
    }
    DryRun::of(session).map(|_| ())
}

/// Shows the objects at the end, as a list when there are several.
async fn show(session: &Session, format: &Format, mut objects: Vec<Value>) -> Outcome {
    if matches!(format, Format::Name) || objects.len() == 1 {
        for object in &objects {
            change::report_as(session, format, object, "").await?;
        }
        return Ok(());
    }
    if objects.is_empty() {
        return Ok(());
    }
    if !session.flags.on("show-managed-fields") {
        objects.iter_mut().for_each(crate::kubectl::get::hide_managed_fields);
    }
    let list = json!({"apiVersion": "v1", "kind": "List", "metadata": {}, "items": objects});
    session.out(format.print(&list)?).await
}

async fn server_side(session: &Session, document: &Document) -> Outcome<(Value, &'static str)> {
    let path = session.part(document.resource.path(&document.namespace, &document.name));
    let manager = match session.flags.text("field-manager") {
        "" => "kubectl",
        given => given,
    };
    let call = Call::new(Method::PATCH, path)
        .query("fieldManager", manager)
        .query("fieldValidation", change::validation(session)?)
        .query("force", session.flags.on("force-conflicts").to_string())
        .body("application/apply-patch+yaml", document.object.to_string())
        .about(&document.resource.qualified(), &document.name);
    match session.api.value(DryRun::of(session)?.mark(call)).await {
        Ok(object) => Ok((object, "serverside-applied")),
        Err(failure) if failure.has_reason("Conflict") => Err(Failure::error(format!(
            "{}\nPlease review the fields above--they currently have other managers. Here\nare the \
             ways you can resolve this warning:\n* If you intend to manage all of these fields, \
             please re-run the apply\n  command with the `--force-conflicts` flag.\n* If you do not \
             intend to manage all of the fields, please edit your\n  manifest to remove references \
             to the fields that should keep their\n  current managers.\n* You may co-own fields by \
             updating your manifest to match the existing\n  value; in this case, you'll become the \
             manager if the other manager(s)\n  stop managing the field (remove it from their \
             configuration).\nSee \
             https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts",
            failure.cause()
        ))),
        Err(failure) => Err(failure),
    }
}

async fn client_side(session: &Session, document: &Document) -> Outcome<(Value, &'static str)> {
    if document.name.is_empty() {
        if let Some(prefix) = document.object["metadata"]["generateName"].as_str() {
            let words = format!("from {prefix}: cannot use generate name with apply");
            return Err(Failure::error(words));
        }
        return Err(document.while_doing(
            "retrieving current configuration of",
            Failure::error("resource name may not be empty"),
        ));
    }
    let dry_run = DryRun::of(session)?;
    let wanted = annotated(&document.object);
    for attempt in 0..=ATTEMPTS {
        let current = session.fetch(&document.resource, &document.namespace, &document.name).await;
        let current = match current {
            Ok(current) => current,
            Err(failure) if failure.is_not_found() => {
                return create(session, document, wanted, dry_run).await;
            }
            Err(failure) => return Err(retrieving(document, failure)),
        };
        if attempt == 0 {
            warn_unannotated(session, document, &current).await?;
        }
        let forced = session.flags.on("force") && dry_run == DryRun::None;
        match update(session, document, &wanted, current.clone(), dry_run).await {
            Err(failure) if failure.has_reason("Conflict") && attempt < ATTEMPTS => {}
            Err(failure)
                if forced && (failure.has_reason("Invalid") || failure.has_reason("Conflict")) =>
            {
                return anew(session, document, wanted, current).await;
            }
            other => return other,
        }
    }
    Err(Failure::error("the object changed too often"))
}

fn retrieving(document: &Document, failure: Failure) -> Failure {
    let Failure::Api(mut error) = failure else { return failure };
    let resource = &document.resource;
    let gvr = if resource.group.is_empty() {
        format!("/{}", resource.version)
    } else {
        resource.api_version()
    };
    error.message = format!(
        "error when retrieving current configuration of:\nResource: \"{gvr}, Resource={}\", \
         GroupVersionKind: \"{gvr}, Kind={}\"\nName: {:?}, Namespace: {:?}\nfrom server for: {:?}: {}",
        resource.plural,
        resource.kind,
        document.name,
        document.namespace,
        document.source,
        error.message
    );
    Failure::Api(error)
}

/// The object with itself as the annotation that the next apply compares with.
fn annotated(object: &Value) -> Value {
    let mut bare = object.clone();
    if !bare["metadata"]["annotations"].is_object() {
        bare["metadata"]["annotations"] = Value::Object(Map::new());
    }
    if let Value::Object(annotations) = &mut bare["metadata"]["annotations"] {
        annotations.remove(LAST_APPLIED);
    }
    let text = format!("{}\n", json_printer::compact(&bare));
    bare["metadata"]["annotations"][LAST_APPLIED] = Value::String(text);
    bare
}

async fn create(
    session: &Session,
    document: &Document,
    mut wanted: Value,
    dry_run: DryRun,
) -> Outcome<(Value, &'static str)> {
    prune_nulls(&mut wanted);
    if dry_run == DryRun::Client {
        return Ok((wanted, "created"));
    }
    change::create(
        session,
        &document.resource,
        &document.namespace,
        &wanted,
        "kubectl-client-side-apply",
    )
    .await
    .map(|object| (object, "created"))
    .map_err(|failure| document.while_doing("creating", failure))
}

/// Deletes what cannot be changed into what is wanted, and creates that; if it cannot be created,
/// what there was comes back, and if that fails too, both reasons are told.
async fn anew(
    session: &Session,
    document: &Document,
    mut wanted: Value,
    current: Value,
) -> Outcome<(Value, &'static str)> {
    let tried = format!("{}\n", json_printer::compact(&wanted));
    let applying = |failure| with_patch(document, &tried, "", failure);
    let target = Found::named(&document.resource, &document.namespace, &document.name);
    delete::make_room(session, vec![target], false).await.map_err(applying)?;
    prune_nulls(&mut wanted);
    let failure = match put_back(session, document, &wanted).await {
        Ok(object) => return Ok((object, "configured")),
        Err(failure) => failure,
    };
    let mut before = current;
    if let Value::Object(metadata) = &mut before["metadata"] {
        metadata.remove("resourceVersion");
        metadata.remove("uid");
    }
    prune_nulls(&mut before);
    Err(applying(match put_back(session, document, &before).await {
        Ok(_) => failure,
        Err(lost) => Failure::error(format!(
            "An error occurred force-replacing the existing object with the newly provided \
             one:\n\n{}.\n\nAdditionally, an error occurred attempting to restore the original \
             object:\n\n{}",
            failure.cause(),
            lost.cause()
        )),
    }))
}

async fn put_back(session: &Session, document: &Document, object: &Value) -> Outcome<Value> {
    let Document { resource, namespace, .. } = document;
    change::create(session, resource, namespace, object, "kubectl-client-side-apply").await
}

fn prune_nulls(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, value| !value.is_null());
            map.values_mut().for_each(prune_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(prune_nulls),
        _ => {}
    }
}

async fn warn_unannotated(session: &Session, document: &Document, current: &Value) -> Outcome {
    if current["metadata"]["annotations"][LAST_APPLIED].is_string() {
        return Ok(());
    }
    let shown = format!("{}/{}", document.resource.plural, document.name);
    session
        .complain(format!(
            "Warning: resource {shown} is missing the {LAST_APPLIED} annotation which is required \
             by kubectl apply. kubectl apply should only be used on resources created \
             declaratively by either kubectl create --save-config or kubectl apply. The missing \
             annotation will be patched automatically."
        ))
        .await
}

/// Merges a document into what there is.
pub(crate) async fn update(
    session: &Session,
    document: &Document,
    wanted: &Value,
    current: Value,
    dry_run: DryRun,
) -> Outcome<(Value, &'static str)> {
    let original = current["metadata"]["annotations"][LAST_APPLIED]
        .as_str()
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or(Value::Null);
    let strategic = is_built_in(&document.resource.group);
    let patch = three_way(&original, wanted, &current, strategic);
    if patch.as_object().is_some_and(Map::is_empty) {
        return Ok((current, "unchanged"));
    }
    let object = if dry_run == DryRun::Client {
        merged(&current, &patch)
    } else {
        let content_type = if strategic { STRATEGIC } else { MERGE };
        let manager = match session.flags.text("field-manager") {
            "" => "kubectl-client-side-apply",
            given => given,
        };
        let call =
            Call::new(Method::PATCH, document.resource.path(&document.namespace, &document.name))
                .query("fieldManager", manager)
                .query("fieldValidation", change::validation(session)?)
                .body(content_type, patch.to_string());
        session
            .api
            .value(dry_run.mark(call))
            .await
            .map_err(|failure| patching(document, &patch, failure))?
    };
    warn_deleting(session, &object).await?;
    Ok((object, "configured"))
}

async fn warn_deleting(session: &Session, object: &Value) -> Outcome {
    if object["metadata"]["deletionTimestamp"].is_string() {
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        let words = format!(
            "Warning: Detected changes to resource {name} which is currently being deleted."
        );
        session.complain(words).await?;
    }
    Ok(())
}

fn patching(document: &Document, patch: &Value, failure: Failure) -> Failure {
    if failure.has_reason("Conflict") {
        return failure;
    }
    let doing = format!("error when patching {:?}: ", document.source);
    with_patch(document, &json_printer::compact(patch), &doing, failure)
}

/// A failure, with the patch that was tried and the object that it was tried on.
fn with_patch(document: &Document, patch: &str, doing: &str, failure: Failure) -> Failure {
    let resource = &document.resource;
    let gvr = if resource.group.is_empty() {
        format!("/{}", resource.version)
    } else {
        resource.api_version()
    };
    let words = format!(
        "error when applying patch:\n{patch}\nto:\nResource: \"{gvr}, Resource={}\", \
         GroupVersionKind: \"{gvr}, Kind={}\"\nName: {:?}, Namespace: {:?}\nfor: {:?}: {doing}{}",
        resource.plural,
        resource.kind,
        document.name,
        document.namespace,
        document.source,
        failure.cause()
    );
    match failure {
        Failure::Api(mut error) => {
            error.message = words;
            Failure::Api(error)
        }
        Failure::Error(_) => Failure::Error(words),
        other => other,
    }
}

/// Built-in types know strategic merges; custom resources do not.
pub(crate) fn is_built_in(group: &str) -> bool {
    !group.contains('.') || group.ends_with(".k8s.io")
}

/// A local stand-in for what the server would make of a patch, for dry runs of the client.
pub(crate) fn merged(current: &Value, patch: &Value) -> Value {
    match (current, patch) {
        (Value::Object(current), Value::Object(patch)) => {
            let mut all = current.clone();
            for (key, value) in patch {
                if key.starts_with('$') {
                    continue;
                }
                if value.is_null() {
                    all.remove(key);
                } else {
                    let before = all.get(key).cloned().unwrap_or(Value::Null);
                    all.insert(key.clone(), merged(&before, value));
                }
            }
            Value::Object(all)
        }
        (Value::Array(current), Value::Array(patch)) => {
            let mut all = current.clone();
            for item in patch {
                let place = all.iter().position(|one| {
                    ["name", "mountPath", "containerPort", "port"]
                        .iter()
                        .find(|key| item.get(**key).is_some())
                        .is_some_and(|key| one[*key] == item[*key])
                });
                match place {
                    Some(at) if item["$patch"] == "delete" => {
                        all.remove(at);
                    }
                    Some(at) => all[at] = merged(&all[at], item),
                    None => all.push(item.clone()),
                }
            }
            Value::Array(all)
        }
        (_, patch) => patch.clone(),
    }
}
