//! Role-based access control: which rules a user has, and what they allow.
//!
//! **Invariant:** rules only ever add; there is no denying rule, and no rule is inferred.

use serde_json::Value;

use super::User;
use crate::core::Core;
use crate::http::Target;
use crate::kinds::{self, Resource};

/// One rule of a role.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Rule {
    pub(crate) verbs: Vec<String>,
    pub(crate) groups: Vec<String>,
    pub(crate) resources: Vec<String>,
    pub(crate) names: Vec<String>,
    pub(crate) urls: Vec<String>,
}

/// What a request wants to do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Attributes {
    pub(crate) verb: String,
    pub(crate) group: String,
    pub(crate) resource: String,
    pub(crate) subresource: String,
    pub(crate) name: String,
    /// Set instead of a resource.
    pub(crate) path: Option<String>,
}

impl Attributes {
    pub(crate) fn of(target: &Target) -> Self {
        Self {
            verb: target.verb.to_owned(),
            group: target.group.clone(),
            resource: target.plural.clone(),
            subresource: target.subresource.clone(),
            name: target.name.clone(),
            path: (!target.is_resource).then(|| target.path.clone()),
        }
    }
}

/// The rules that a user has in a namespace and everywhere.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    pub(crate) list: Vec<Rule>,
    /// Bindings that name roles which do not exist.
    pub(crate) errors: Vec<String>,
    /// The binding that each rule came from, in words.
    sources: Vec<String>,
}

impl Rules {
    pub(crate) fn allow(&self, wanted: &Attributes) -> bool {
        self.list.iter().any(|it| it.allows(wanted))
    }

    /// Why it is allowed, as access reviews tell it.
    pub(crate) fn reason(&self, wanted: &Attributes) -> Option<&str> {
        let index = self.list.iter().position(|it| it.allows(wanted))?;
        self.sources.get(index).map(String::as_str)
    }
}

fn has(list: &[String], wanted: &str) -> bool {
    list.iter().any(|it| it == "*" || it == wanted)
}

impl Rule {
    pub(crate) fn parse(value: &Value) -> Self {
        let list = |field: &str| {
            let items = value[field].as_array().into_iter().flatten();
            items.filter_map(Value::as_str).map(str::to_owned).collect()
        };
        Self {
            verbs: list("verbs"),
            groups: list("apiGroups"),
            resources: list("resources"),
            names: list("resourceNames"),
            urls: list("nonResourceURLs"),
        }
    }

    fn allows(&self, wanted: &Attributes) -> bool {
        if !has(&self.verbs, &wanted.verb) {
            return false;
        }
        match &wanted.path {
            Some(path) => self.allows_path(path),
            None => {
                has(&self.groups, &wanted.group)
                    && self.allows_resource(&wanted.resource, &wanted.subresource)
                    && (self.names.is_empty() || self.names.contains(&wanted.name))
            }
        }
    }

    pub(super) fn allows_path(&self, path: &str) -> bool {
        self.urls.iter().any(|it| match it.strip_suffix('*') {
            Some(prefix) => path.starts_with(prefix),
            None => it == path,
        })
    }

    pub(super) fn allows_resource(&self, resource: &str, subresource: &str) -> bool {
        self.resources.iter().any(|it| {
            if it == "*" {
                return true;
            }
            match it.split_once('/') {
                None => subresource.is_empty() && it == resource,
                Some((parent, child)) => {
                    child == subresource && (parent == "*" || parent == resource)
                }
            }
        })
    }
}

fn rbac(plural: &str) -> &'static Resource {
    kinds::find("rbac.authorization.k8s.io", "v1", plural).expect("roles are built in")
}

/// All rules of a user: those that hold everywhere, and those of a namespace.
pub(crate) fn rules_for(core: &Core, user: &User, namespace: &str) -> Rules {
    let mut found = Rules::default();
    for binding in core.store.snapshot(rbac("clusterrolebindings")).within("") {
        let value = binding.value();
        if let Some(subject) = matching_subject(&value, user, "") {
            let source = format!(
                "RBAC: allowed by ClusterRoleBinding {:?} of {} to {subject}",
                binding.name,
                role_text(&value["roleRef"]),
            );
            found.add(core, &value["roleRef"], "", &source);
        }
    }
    if namespace.is_empty() {
        return found;
    }
    for binding in core.store.snapshot(rbac("rolebindings")).within(namespace) {
        let value = binding.value();
        if let Some(subject) = matching_subject(&value, user, namespace) {
            let source = format!(
                "RBAC: allowed by RoleBinding \"{}/{namespace}\" of {} to {subject}",
                binding.name,
                role_text(&value["roleRef"]),
            );
            found.add(core, &value["roleRef"], namespace, &source);
        }
    }
    found
}

impl Rules {
    fn add(&mut self, core: &Core, role: &Value, namespace: &str, source: &str) {
        match role_rules(core, role, namespace) {
            Ok(rules) => {
                self.sources.extend(std::iter::repeat_n(source.to_owned(), rules.len()));
                self.list.extend(rules);
            }
            Err(error) => self.errors.push(error),
        }
    }
}

/// The rules of the role that a binding names.
pub(crate) fn role_rules(core: &Core, role: &Value, namespace: &str) -> Result<Vec<Rule>, String> {
    let name = role["name"].as_str().unwrap_or_default();
    let (resource, namespace) = match role["kind"].as_str() {
        Some("Role") => (rbac("roles"), namespace),
        _ => (rbac("clusterroles"), ""),
    };
    let object = core.store.get(resource, namespace, name).ok_or_else(|| {
        let singular = resource.singular;
        format!("{singular}.rbac.authorization.k8s.io {name:?} not found")
    })?;
    Ok(rules_of(&object.value()))
}

/// The rules of a role.
pub(crate) fn rules_of(role: &Value) -> Vec<Rule> {
    role["rules"].as_array().into_iter().flatten().map(Rule::parse).collect()
}

fn role_text(role: &Value) -> String {
    let text = |field: &str| role[field].as_str().unwrap_or_default();
    format!("{} {:?}", text("kind"), text("name"))
}

/// The subject of a binding that stands for the user, in words.
fn matching_subject(binding: &Value, user: &User, namespace: &str) -> Option<String> {
    binding["subjects"].as_array().into_iter().flatten().find_map(|subject| {
        let text = |field: &str| subject[field].as_str().unwrap_or_default();
        let name = text("name");
        match text("kind") {
            "User" if name == user.name => Some(format!("User {name:?}")),
            "Group" if user.groups.iter().any(|it| it == name) => Some(format!("Group {name:?}")),
            "ServiceAccount" => {
                let within = match text("namespace") {
                    "" => namespace,
                    own => own,
                };
                let full = format!("system:serviceaccount:{within}:{name}");
                (full == user.name).then(|| format!("ServiceAccount \"{name}/{within}\""))
            }
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn wanted(verb: &str, resource: &str, subresource: &str, name: &str) -> Attributes {
        Attributes {
            verb: verb.to_owned(),
            resource: resource.to_owned(),
            subresource: subresource.to_owned(),
            name: name.to_owned(),
            ..Attributes::default()
        }
    }

    #[test]
    fn a_subresource_needs_its_own_permission() {
        let rule = Rule::parse(&json!({
            "apiGroups": [""], "resources": ["pods"], "verbs": ["get"],
        }));

        assert!(rule.allows(&wanted("get", "pods", "", "a")));
        assert!(!rule.allows(&wanted("get", "pods", "log", "a")));
        assert!(!rule.allows(&wanted("list", "pods", "", "")));
    }

    #[test]
    fn a_named_rule_allows_only_those_names() {
        let rule = Rule::parse(&json!({
            "apiGroups": [""], "resources": ["*/status", "secrets"], "verbs": ["*"],
            "resourceNames": ["one"],
        }));

        assert!(rule.allows(&wanted("get", "secrets", "", "one")));
        assert!(rule.allows(&wanted("update", "pods", "status", "one")));
        assert!(!rule.allows(&wanted("list", "secrets", "", "")));
    }
}
