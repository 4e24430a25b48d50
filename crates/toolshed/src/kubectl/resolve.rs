//! Which objects the words of a command line mean.

use std::sync::Arc;

use serde_json::Value;

use crate::kubectl::api::Call;
use crate::kubectl::discovery::{Resource, array};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::manifest::{self, Document};
use crate::kubectl::session::Session;

/// How the words are to be read.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Query<'a> {
    pub(crate) words: &'a [String],
    pub(crate) selector: Option<&'a str>,
    pub(crate) fields: Option<&'a str>,
    /// `--all`.
    pub(crate) all: bool,
    pub(crate) all_namespaces: bool,
    /// Whether a type alone means every object of it.
    pub(crate) type_alone: bool,
    /// Whether only one type may be named.
    pub(crate) one_type: bool,
}

/// One thing that was meant.
#[derive(Clone, Debug)]
pub(crate) enum Item {
    /// An object by name.
    Named { resource: Arc<Resource>, namespace: String, name: String },
    /// Every object that selectors choose.
    List { resource: Arc<Resource>, namespace: String, labels: String, fields: String },
}

/// What a command line means.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    pub(crate) items: Vec<Item>,
    /// Whether exactly one object was asked for.
    pub(crate) single: bool,
    /// Files that could not be read.
    pub(crate) failures: Vec<Failure>,
}

/// An object of the server.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) resource: Arc<Resource>,
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) object: Value,
}

impl Item {
    pub(crate) fn resource(&self) -> &Arc<Resource> {
        match self {
            Self::Named { resource, .. } | Self::List { resource, .. } => resource,
        }
    }

    /// The namespace that an object by name must be in; empty if there is none.
    pub(crate) fn namespace_of_name(&self) -> &str {
        match self {
            Self::Named { namespace, .. } => namespace,
            Self::List { .. } => "",
        }
    }

    /// A failure of a list, with what was looked for.
    pub(crate) fn explain(&self, failure: Failure) -> Failure {
        let (Self::List { resource, labels, fields, .. }, Failure::Api(mut error)) =
            (self, failure.clone())
        else {
            return failure;
        };
        if !matches!(error.reason.as_str(), "BadRequest" | "NotFound") {
            return failure;
        }
        let version = format!("{}/{}", resource.group, resource.version);
        let what = format!("\"{version}, Resource={}\"", resource.plural);
        error.message = if labels.is_empty() && fields.is_empty() {
            format!("Unable to list {what}: {}", error.message)
        } else {
            format!(
                "Unable to find {what} that match label selector {labels:?}, field selector \
                 {fields:?}: {}",
                error.message
            )
        };
        Failure::Api(error)
    }

    /// Asks for a part of the object, such as its scale, instead of the whole.
    pub(crate) fn take_part(&mut self, part: &str) {
        if let Self::Named { name, .. } = self {
            *name = format!("{name}/{part}");
        }
    }

    /// The request that reads it.
    pub(crate) fn call(&self) -> Call {
        match self {
            Self::Named { resource, namespace, name } => {
                Call::get(resource.path(namespace, name)).about(&resource.qualified(), name)
            }
            Self::List { resource, namespace, labels, fields } => {
                Call::get(resource.path(namespace, ""))
                    .query_some("labelSelector", labels)
                    .query_some("fieldSelector", fields)
                    .about(&resource.qualified(), "")
            }
        }
    }
}

impl Found {
    fn of(resource: &Arc<Resource>, object: Value) -> Self {
        let text = |key: &str| object["metadata"][key].as_str().unwrap_or_default().to_owned();
        let (namespace, name) = (text("namespace"), text("name"));
        Self { resource: Arc::clone(resource), namespace, name, object }
    }

    /// An object of which no more than its name is known.
    pub(crate) fn named(resource: &Arc<Resource>, namespace: &str, name: &str) -> Self {
        let (namespace, name) = (namespace.to_owned(), name.to_owned());
        Self { resource: Arc::clone(resource), namespace, name, object: Value::Null }
    }

    /// `pod/web`, `deployment.apps/web`.
    pub(crate) fn shown(&self) -> String {
        self.resource.named(&self.name)
    }

    /// The path of the object on the server.
    pub(crate) fn path(&self) -> String {
        self.resource.path(&self.namespace, &self.name)
    }
}

/// Reads words and `-f` flags.
pub(crate) async fn plan(session: &mut Session, query: Query<'_>) -> Outcome<Plan> {
    if session.flags.list("filename").is_empty() {
        return words(session, query).await;
    }
    if query.words.iter().any(|word| word.contains('/')) {
        return Err(Failure::error(
            "resource/name arguments cannot be provided when a path is specified",
        ));
    }
    if !query.words.is_empty() {
        return Err(Failure::error(
            "when paths, URLs, or stdin is provided as input, you may not specify resource \
             arguments as well",
        ));
    }
    let mut plan = Plan::default();
    for document in manifest::load(session).await {
        match document {
            Ok(Document { resource, namespace, name, .. }) => {
                plan.items.push(Item::Named { resource, namespace, name });
            }
            Err(failure) => plan.failures.push(failure),
        }
    }
    let names = session.flags.list("filename");
    plan.single = plan.items.len() == 1 && matches!(names, [one] if one != "-");
    Ok(plan)
}

async fn words(session: &Session, query: Query<'_>) -> Outcome<Plan> {
    let selecting = query.selector.is_some() || query.fields.is_some();
    if query.all && selecting {
        let words = "setting 'all' parameter but found a non empty selector. ";
        return Err(Failure::error(words));
    }
    let words = spread(query.words);
    let slashed = words.iter().filter(|word| word.contains('/')).count();
    if slashed > 0 {
        if slashed != words.len() {
            return Err(Failure::error(
                "there is no need to specify a resource type as a separate argument when passing \
                 arguments in resource/name form (e.g. 'kubectl get resource/<resource_name>' \
                 instead of 'kubectl get resource resource/<resource_name>'",
            ));
        }
        if selecting || query.all {
            return Err(Failure::error(
                "selectors and the all flag cannot be used when passing resource/name arguments",
            ));
        }
        return tuples(session, query, &words).await;
    }
    let Some((types, names)) = words.split_first() else {
        if selecting || query.all {
            let words = "at least one resource must be specified to use a selector";
            return Err(Failure::error(words));
        }
        return Err(Failure::error(
            "You must provide one or more resources by argument or filename.\nExample resource \
             specifications include:\n   '-f rsrc.yaml'\n   '--filename=rsrc.json'\n   '<resource> \
             <name>'\n   '<resource>'",
        ));
    };
    by_type(session, query, types, names).await
}

/// `a,b c d` becomes `a/c a/d b/c b/d`.
fn spread(words: &[String]) -> Vec<String> {
    match words.split_first() {
        Some((types, names)) if !names.is_empty() && types.contains(',') => types
            .split(',')
            .flat_map(|one| names.iter().map(move |name| format!("{one}/{name}")))
            .collect(),
        _ => words.to_vec(),
    }
}

async fn tuples(session: &Session, query: Query<'_>, words: &[String]) -> Outcome<Plan> {
    let mut items = Vec::new();
    for word in words {
        let parts: Vec<&str> = word.split('/').collect();
        let [kind, name] = parts.as_slice() else {
            return Err(Failure::error(
                "arguments in resource/name form may not have more than one slash",
            ));
        };
        if kind.is_empty() || name.is_empty() || kind.contains(',') {
            return Err(Failure::error(
                "arguments in resource/name form must have a single resource and name",
            ));
        }
        let resource = session.resource(kind).await?;
        items.push(named(session, query, &resource, name)?);
    }
    let first = items.first().map(|item| item.resource().qualified());
    if query.one_type && items.iter().any(|item| Some(item.resource().qualified()) != first) {
        return Err(Failure::error("you may only specify a single resource type"));
    }
    Ok(Plan { single: items.len() == 1, items, failures: Vec::new() })
}

async fn by_type(
    session: &Session,
    query: Query<'_>,
    types: &str,
    names: &[String],
) -> Outcome<Plan> {
    let mut resources: Vec<Arc<Resource>> = Vec::new();
    for word in types.split(',') {
        let mut found = session.discovery().await?.category(word);
        if found.is_empty() {
            found.push(session.resource(word).await?);
        }
        for resource in found {
            if !resources.contains(&resource) {
                resources.push(resource);
            }
        }
    }
    if query.one_type && resources.len() > 1 {
        return Err(Failure::error("you may only specify a single resource type"));
    }
    let selecting = query.selector.is_some() || query.fields.is_some() || query.all;
    if !names.is_empty() {
        if selecting {
            let words = "name cannot be provided when a selector is specified";
            return Err(Failure::error(words));
        }
        let [resource] = resources.as_slice() else {
            return Err(Failure::error("you must specify only one resource"));
        };
        let items: Outcome<Vec<Item>> =
            names.iter().map(|name| named(session, query, resource, name)).collect();
        return Ok(Plan { items: items?, single: names.len() == 1, failures: Vec::new() });
    }
    if !selecting && !query.type_alone {
        let words = "resource(s) were provided, but no name was specified";
        return Err(Failure::error(words));
    }
    let items = resources
        .into_iter()
        .map(|resource| Item::List {
            namespace: if query.all_namespaces || !resource.namespaced {
                String::new()
            } else {
                session.namespace().to_owned()
            },
            resource,
            labels: query.selector.unwrap_or_default().to_owned(),
            fields: query.fields.unwrap_or_default().to_owned(),
        })
        .collect();
    Ok(Plan { items, single: false, failures: Vec::new() })
}

fn named(
    session: &Session,
    query: Query<'_>,
    resource: &Arc<Resource>,
    name: &str,
) -> Outcome<Item> {
    if resource.namespaced && query.all_namespaces {
        let words = "a resource cannot be retrieved by name across all namespaces";
        return Err(Failure::error(words));
    }
    let namespace =
        if resource.namespaced { session.namespace().to_owned() } else { String::new() };
    Ok(Item::Named { resource: Arc::clone(resource), namespace, name: name.to_owned() })
}

/// Fetches everything that a plan names, as plain objects; goes on after failures.
pub(crate) async fn fetch(session: &Session, plan: &Plan) -> (Vec<Found>, Vec<Failure>) {
    let (mut found, mut failures) = (Vec::new(), plan.failures.clone());
    for item in &plan.items {
        match session.look(item.call(), item.namespace_of_name()).await {
            Ok(value) => found.extend(flatten(item.resource(), value)),
            Err(failure) => failures.push(item.explain(failure)),
        }
    }
    (found, failures)
}

/// The items of a list, with the kind that the list leaves out; or the one object.
pub(crate) fn flatten(resource: &Arc<Resource>, value: Value) -> Vec<Found> {
    if !value["items"].is_array() {
        return vec![Found::of(resource, value)];
    }
    array(&value["items"])
        .iter()
        .map(|item| {
            let mut item = item.clone();
            item["kind"] = Value::String(resource.kind.clone());
            item["apiVersion"] = Value::String(resource.api_version());
            Found::of(resource, item)
        })
        .collect()
}
