//! Role-based access control: which rules a user has, and what they allow.
//!
//! **Invariant:** rules only ever add; there is no denying rule, and no rule is inferred. What a
//! request costs does not grow with what is bound to others.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;

use super::User;
use crate::core::Core;
use crate::http::Target;
use crate::kinds::{self, Resource};
use crate::store::Object;

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
    grants: Vec<Grant>,
    /// Bindings that name roles which do not exist.
    pub(crate) errors: Vec<String>,
}

/// One binding to the user, and the role that it gives.
#[derive(Debug)]
struct Grant {
    binding: Arc<Object>,
    /// Which subject of the binding stands for the user.
    subject: usize,
    role: Arc<Object>,
}

impl Grant {
    fn rules(&self) -> &[Rule] {
        self.role.meaning(rules_of)
    }

    /// Where it comes from, in words.
    fn source(&self) -> String {
        let binding = self.binding.meaning(Binding::parse);
        let subject = binding.subjects[self.subject].text(&self.binding.namespace);
        let role = format!("{} {:?}", binding.kind, binding.role);
        let (namespace, name) = (&self.binding.namespace, &self.binding.name);
        if namespace.is_empty() {
            return format!("RBAC: allowed by ClusterRoleBinding {name:?} of {role} to {subject}");
        }
        format!("RBAC: allowed by RoleBinding \"{name}/{namespace}\" of {role} to {subject}")
    }
}

impl Rules {
    /// All rules, binding by binding.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Rule> {
        self.grants.iter().flat_map(Grant::rules)
    }

    pub(crate) fn allow(&self, wanted: &Attributes) -> bool {
        self.iter().any(|it| it.allows(wanted))
    }

    /// Why it is allowed, as access reviews tell it.
    pub(crate) fn reason(&self, wanted: &Attributes) -> Option<String> {
        let allows = |grant: &&Grant| grant.rules().iter().any(|it| it.allows(wanted));
        self.grants.iter().find(allows).map(Grant::source)
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

/// A binding, taken apart.
#[derive(Debug)]
struct Binding {
    kind: String,
    role: String,
    subjects: Vec<Subject>,
}

/// Somebody whom a binding names.
#[derive(Debug)]
struct Subject {
    kind: String,
    namespace: String,
    name: String,
}

impl Binding {
    fn parse(value: &Value) -> Self {
        let text =
            |value: &Value, field: &str| value[field].as_str().unwrap_or_default().to_owned();
        let subjects = value["subjects"].as_array().into_iter().flatten();
        let subjects = subjects.map(|it| Subject {
            kind: text(it, "kind"),
            namespace: text(it, "namespace"),
            name: text(it, "name"),
        });
        let role = &value["roleRef"];
        Self { kind: text(role, "kind"), role: text(role, "name"), subjects: subjects.collect() }
    }
}

impl Subject {
    /// The namespace of an account: its own, or that of the binding.
    fn namespace<'a>(&'a self, of_binding: &'a str) -> &'a str {
        if self.namespace.is_empty() { of_binding } else { &self.namespace }
    }

    /// By which the bindings of somebody are found.
    fn key(&self, of_binding: &str) -> String {
        match self.kind.as_str() {
            "ServiceAccount" => {
                let namespace = self.namespace(of_binding);
                format!("User:system:serviceaccount:{namespace}:{}", self.name)
            }
            kind => format!("{kind}:{}", self.name),
        }
    }

    fn text(&self, of_binding: &str) -> String {
        match self.kind.as_str() {
            "ServiceAccount" => {
                let namespace = self.namespace(of_binding);
                format!("ServiceAccount \"{}/{namespace}\"", self.name)
            }
            kind => format!("{kind} {:?}", self.name),
        }
    }
}

/// The bindings that hold everywhere, by whom they are to: made anew when one has been written.
#[derive(Debug, Default)]
pub(crate) struct Everywhere(Mutex<Option<Arc<Index>>>);

#[derive(Debug)]
struct Index {
    revision: u64,
    bindings: BTreeMap<String, Vec<(Arc<Object>, usize)>>,
}

impl Everywhere {
    fn index(&self, core: &Core) -> Arc<Index> {
        let resource = rbac("clusterrolebindings");
        // Read before the bindings are, so that an index never looks newer than it is.
        let revision = *core.store.subscribe(resource).borrow();
        let mut index = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(index) = index.as_ref().filter(|it| it.revision == revision) {
            return Arc::clone(index);
        }
        let mut bindings: BTreeMap<String, Vec<(Arc<Object>, usize)>> = BTreeMap::new();
        for binding in core.store.snapshot(resource).within("") {
            let subjects = &binding.meaning(Binding::parse).subjects;
            for (at, subject) in subjects.iter().enumerate() {
                bindings.entry(subject.key("")).or_default().push((Arc::clone(binding), at));
            }
        }
        Arc::clone(index.insert(Arc::new(Index { revision, bindings })))
    }

    /// The bindings to a user, by name, each with the first subject that is meant.
    fn of(&self, core: &Core, keys: &[String]) -> BTreeMap<Box<str>, (Arc<Object>, usize)> {
        let index = self.index(core);
        let mut found: BTreeMap<Box<str>, (Arc<Object>, usize)> = BTreeMap::new();
        for (binding, at) in keys.iter().filter_map(|key| index.bindings.get(key)).flatten() {
            let entry = found.entry(binding.name.clone());
            let (_, first) = entry.or_insert_with(|| (Arc::clone(binding), *at));
            *first = (*first).min(*at);
        }
        found
    }
}

/// All rules of a user: those that hold everywhere, and those of a namespace.
pub(crate) fn rules_for(core: &Core, user: &User, namespace: &str) -> Rules {
    let keys: Vec<String> = std::iter::once(format!("User:{}", user.name))
        .chain(user.groups.iter().map(|group| format!("Group:{group}")))
        .collect();
    let mut rules = Rules::default();
    for (binding, subject) in core.everywhere.of(core, &keys).into_values() {
        rules.add(core, binding, subject);
    }
    if namespace.is_empty() {
        return rules;
    }
    for binding in core.store.snapshot(rbac("rolebindings")).within(namespace) {
        let subjects = &binding.meaning(Binding::parse).subjects;
        if let Some(at) = subjects.iter().position(|it| keys.contains(&it.key(namespace))) {
            rules.add(core, Arc::clone(binding), at);
        }
    }
    rules
}

impl Rules {
    fn add(&mut self, core: &Core, binding: Arc<Object>, subject: usize) {
        let parsed = binding.meaning(Binding::parse);
        match role(core, &parsed.kind, &parsed.role, &binding.namespace) {
            Ok(role) => self.grants.push(Grant { binding, subject, role }),
            Err(error) => self.errors.push(error),
        }
    }
}

fn role(core: &Core, kind: &str, name: &str, namespace: &str) -> Result<Arc<Object>, String> {
    let (resource, namespace) =
        if kind == "Role" { (rbac("roles"), namespace) } else { (rbac("clusterroles"), "") };
    core.store.get(resource, namespace, name).ok_or_else(|| {
        let singular = resource.singular;
        format!("{singular}.rbac.authorization.k8s.io {name:?} not found")
    })
}

/// The rules of the role that a binding names.
pub(crate) fn role_rules(
    core: &Core,
    reference: &Value,
    namespace: &str,
) -> Result<Vec<Rule>, String> {
    let text = |field: &str| reference[field].as_str().unwrap_or_default();
    let role = role(core, text("kind"), text("name"), namespace)?;
    Ok(role.meaning(rules_of).clone())
}

/// The rules of a role.
pub(crate) fn rules_of(role: &Value) -> Vec<Rule> {
    role["rules"].as_array().into_iter().flatten().map(Rule::parse).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::settings::Settings;
    use crate::store::Change;

    fn wanted(verb: &str, resource: &str, subresource: &str, name: &str) -> Attributes {
        Attributes {
            verb: verb.to_owned(),
            resource: resource.to_owned(),
            subresource: subresource.to_owned(),
            name: name.to_owned(),
            ..Attributes::default()
        }
    }

    fn somebody(name: &str) -> User {
        User {
            name: name.to_owned(),
            uid: String::new(),
            groups: vec!["class".to_owned()],
            extra: BTreeMap::new(),
        }
    }

    fn bind(core: &Core, name: &str, kind: &str, subject: &str) {
        let value = json!({
            "metadata": {"name": name},
            "roleRef": {"kind": "ClusterRole", "name": "view"},
            "subjects": [{"kind": "User", "name": "nobody"}, {"kind": kind, "name": subject}],
        });
        let change = Change::Create { resource: rbac("clusterrolebindings"), value };
        core.store.commit(vec![change]).unwrap();
    }

    #[test]
    fn what_is_bound_to_others_is_not_looked_at() {
        let settings = Settings::new(Arc::new(jiff::Timestamp::default), Arc::new(|_| {}));
        let core = Core::new(settings);
        crate::bootstrap::seed(&core);
        bind(&core, "mine", "User", "ada");
        bind(&core, "ours", "Group", "class");
        for other in 0..1000 {
            bind(&core, &format!("b{other}"), "User", &format!("learner-{other}"));
        }

        let rules = rules_for(&core, &somebody("ada"), "");

        assert_eq!(rules.grants.len(), 2);
        let view = wanted("list", "pods", "", "");
        assert_eq!(
            rules.reason(&view).as_deref(),
            Some(
                "RBAC: allowed by ClusterRoleBinding \"mine\" of ClusterRole \"view\" to User \
                 \"ada\""
            )
        );
    }

    #[test]
    fn a_binding_counts_from_the_moment_that_it_is_written() {
        let settings = Settings::new(Arc::new(jiff::Timestamp::default), Arc::new(|_| {}));
        let core = Core::new(settings);
        crate::bootstrap::seed(&core);
        let before = rules_for(&core, &somebody("ada"), "").allow(&wanted("list", "pods", "", ""));

        bind(&core, "mine", "User", "ada");
        let with = rules_for(&core, &somebody("ada"), "").allow(&wanted("list", "pods", "", ""));
        let bound = core.store.get(rbac("clusterrolebindings"), "", "mine").unwrap();
        let resource = rbac("clusterrolebindings");
        let (expected, last) = (bound.revision, bound.value());
        core.store.commit(vec![Change::Remove { resource, expected, last }]).unwrap();
        let after = rules_for(&core, &somebody("ada"), "").allow(&wanted("list", "pods", "", ""));

        assert_eq!((before, with, after), (false, true, false));
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
