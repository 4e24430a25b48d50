//! Which kinds the server has, and what one may call them.
//!
//! **Invariant:** what was learnt is kept for as long as the real kubectl keeps it; who misses a kind
//! in it asks the server again before saying that there is none.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use crate::kubectl::api::{Api, Call};
use crate::kubectl::failure::{Failure, Outcome};

const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,\
                          application/json";

/// How long what a server said is taken to be true.
const KEPT: Duration = Duration::from_hours(6);

/// What a server said it has, and when. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    said: Arc<Mutex<Option<Said>>>,
}

/// An answer, and when it was given.
type Said = (Instant, Arc<Discovery>);

impl Known {
    /// What is known and not too old.
    pub(crate) fn recall(&self) -> Option<Arc<Discovery>> {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.as_ref().filter(|(at, _)| at.elapsed() < KEPT).map(|(_, said)| Arc::clone(said))
    }

    fn remember(&self, discovery: &Arc<Discovery>) {
        let said = (Instant::now(), Arc::clone(discovery));
        *self.said.lock().unwrap_or_else(PoisonError::into_inner) = Some(said);
    }
}

/// One kind of object in one version.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Resource {
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) kind: String,
    pub(crate) plural: String,
    pub(crate) singular: String,
    pub(crate) short_names: Vec<String>,
    pub(crate) categories: Vec<String>,
    pub(crate) namespaced: bool,
    pub(crate) verbs: Vec<String>,
    pub(crate) subresources: Vec<String>,
    /// Whether this is the version that the server prefers.
    pub(crate) preferred: bool,
}

impl Resource {
    /// `apps/v1`, or `v1`.
    pub(crate) fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.clone()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// `deployments.apps`, or `pods`.
    pub(crate) fn qualified(&self) -> String {
        if self.group.is_empty() {
            self.plural.clone()
        } else {
            format!("{}.{}", self.plural, self.group)
        }
    }

    /// `deployment.apps/web`, as messages about an object name it.
    pub(crate) fn named(&self, name: &str) -> String {
        format!("{}/{name}", self.type_name())
    }

    /// `deployment.apps`, or `pod`.
    pub(crate) fn type_name(&self) -> String {
        let kind = self.kind.to_lowercase();
        if self.group.is_empty() { kind } else { format!("{kind}.{}", self.group) }
    }

    /// The path of the collection or, with a name, of one object.
    pub(crate) fn path(&self, namespace: &str, name: &str) -> String {
        let mut path = if self.group.is_empty() {
            format!("/api/{}", self.version)
        } else {
            format!("/apis/{}/{}", self.group, self.version)
        };
        if self.namespaced && !namespace.is_empty() {
            path.push_str("/namespaces/");
            path.push_str(namespace);
        }
        path.push('/');
        path.push_str(&self.plural);
        if !name.is_empty() {
            path.push('/');
            path.push_str(name);
        }
        path
    }

    pub(crate) fn can(&self, verb: &str) -> bool {
        self.verbs.iter().any(|one| one == verb)
    }
}

/// Everything that the server has.
#[derive(Clone, Debug, Default)]
pub(crate) struct Discovery {
    /// In the server's order of groups and versions.
    pub(crate) resources: Vec<Arc<Resource>>,
    /// `apps/v1`, … in the server's order.
    pub(crate) versions: Vec<String>,
}

impl Discovery {
    /// What is known; asks the server when nothing is.
    pub(crate) async fn known(api: &Api) -> Outcome<Arc<Self>> {
        match api.known.recall() {
            Some(known) => Ok(known),
            None => Self::load(api).await,
        }
    }

    /// Asks the server, and remembers its answer.
    pub(crate) async fn load(api: &Api) -> Outcome<Arc<Self>> {
        let mut discovery = Self::default();
        for path in ["/api", "/apis"] {
            let list =
                api.value(Call::get(path).query("timeout", "32s").accept(AGGREGATED)).await?;
            for group in array(&list["items"]) {
                discovery.add(group);
            }
        }
        let discovery = Arc::new(discovery);
        api.known.remember(&discovery);
        Ok(discovery)
    }

    fn add(&mut self, group: &Value) {
        let name = string(&group["metadata"]["name"]);
        let first = array(&group["versions"]).first().map(|version| string(&version["version"]));
        for version in array(&group["versions"]) {
            let number = string(&version["version"]);
            self.versions.push(if name.is_empty() {
                number.clone()
            } else {
                format!("{name}/{number}")
            });
            for resource in array(&version["resources"]) {
                let kind = &resource["responseKind"];
                let or = |value: &Value, other: &str| match value.as_str() {
                    Some(text) if !text.is_empty() => text.to_owned(),
                    _ => other.to_owned(),
                };
                self.resources.push(Arc::new(Resource {
                    group: or(&kind["group"], &name),
                    version: or(&kind["version"], &number),
                    kind: string(&kind["kind"]),
                    plural: string(&resource["resource"]),
                    singular: string(&resource["singularResource"]),
                    short_names: strings(&resource["shortNames"]),
                    categories: strings(&resource["categories"]),
                    namespaced: resource["scope"] == "Namespaced",
                    verbs: strings(&resource["verbs"]),
                    subresources: array(&resource["subresources"])
                        .iter()
                        .map(|one| string(&one["subresource"]))
                        .collect(),
                    preferred: first.as_ref() == Some(&number),
                }));
            }
        }
    }

    /// Finds what somebody called `word`: plural, singular, short name or kind, perhaps with
    /// `.group` or `.version.group`.
    pub(crate) fn find(&self, word: &str) -> Outcome<Arc<Resource>> {
        let lower = word.to_lowercase();
        let (name, rest) = lower.split_once('.').unwrap_or((&lower, ""));
        let candidates: Vec<&Arc<Resource>> =
            self.resources.iter().filter(|resource| resource.answers_to(name)).collect();
        let by_group = |group: &str, version: Option<&str>| {
            candidates.iter().copied().find(|one| {
                one.group == group && version.is_none_or(|version| one.version == version)
            })
        };
        let found = if rest.is_empty() {
            candidates
                .iter()
                .copied()
                .find(|one| one.plural == name)
                .or(candidates.first().copied())
        } else {
            let (version, group) = rest.split_once('.').unwrap_or((rest, ""));
            by_group(group, Some(version)).or_else(|| by_group(rest, None))
        };
        found.cloned().ok_or_else(|| {
            Failure::error(format!("the server doesn't have a resource type {name:?}"))
        })
    }

    /// The resource behind an object's `apiVersion` and `kind`.
    pub(crate) fn of_kind(&self, api_version: &str, kind: &str) -> Option<Arc<Resource>> {
        self.resources
            .iter()
            .find(|one| one.kind == kind && one.api_version() == api_version)
            .cloned()
    }

    /// The resources of a category such as `all`.
    pub(crate) fn category(&self, name: &str) -> Vec<Arc<Resource>> {
        self.resources
            .iter()
            .filter(|one| one.preferred && one.categories.iter().any(|word| word == name))
            .cloned()
            .collect()
    }
}

impl Resource {
    fn answers_to(&self, name: &str) -> bool {
        self.plural == name
            || self.singular == name
            || self.short_names.iter().any(|short| short == name)
            || self.kind.to_lowercase() == name
    }
}

pub(crate) fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

pub(crate) fn string(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn strings(value: &Value) -> Vec<String> {
    array(value).iter().map(string).collect()
}
