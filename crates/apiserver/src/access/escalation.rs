//! Nobody grants what they do not have.
//!
//! **Invariant:** a write of a role needs every permission in it (or the verb `escalate`), a write
//! of a binding every permission of its role (or the verb `bind`), whatever of it is changed; only
//! owners and finalizers may be changed without. A role that gathers others needs everything.

use std::collections::BTreeMap;

use serde_json::Value;

use super::User;
use super::policy::{self, Attributes, Rule};
use crate::core::Core;
use crate::http::Call;
use crate::kinds::Resource;
use crate::status::{Result, Status};

const GROUP: &str = "rbac.authorization.k8s.io";

/// Refuses a role or binding that gives more than its writer has.
pub(crate) fn check(
    core: &Core,
    call: &Call,
    resource: &Resource,
    value: &Value,
    before: Option<&Value>,
) -> Result<()> {
    if resource.group != GROUP || call.user.is_master() {
        return Ok(());
    }
    let is_role = matches!(resource.kind, "Role" | "ClusterRole");
    if before.is_some_and(|before| leaves_to_the_collector(value, before)) {
        return Ok(());
    }
    let name = value["metadata"]["name"].as_str().unwrap_or_default();
    let namespace = value["metadata"]["namespace"].as_str().unwrap_or_default();
    let mine = policy::rules_for(core, &call.user, namespace);
    let (verb, plural, role) = if is_role {
        ("escalate", resource.plural, name)
    } else {
        let reference = &value["roleRef"];
        let plural = if reference["kind"] == "Role" { "roles" } else { "clusterroles" };
        ("bind", plural, reference["name"].as_str().unwrap_or_default())
    };
    let excused = Attributes {
        verb: verb.to_owned(),
        group: GROUP.to_owned(),
        resource: plural.to_owned(),
        name: role.to_owned(),
        ..Attributes::default()
    };
    if mine.allow(&excused) {
        return Ok(());
    }
    let wanted = if is_role {
        policy::rules_of(value)
    } else {
        policy::role_rules(core, &value["roleRef"], namespace)
            .map_err(|_| absent_role(plural, role))?
    };
    let held: Vec<&Rule> = mine.iter().collect();
    let missing = missing(&wanted, &held);
    if missing.is_empty() {
        let gathers = gathers(value) || before.is_some_and(gathers);
        if gathers && !everything().iter().all(|it| held.iter().any(|held| covers(held, it))) {
            let why = "must have cluster-admin privileges to use the aggregationRule";
            return Err(Status::forbidden(resource, name, why));
        }
        return Ok(());
    }
    let mut why = refusal(&call.user, &missing);
    if !mine.errors.is_empty() {
        let errors = mine.errors.join(", ");
        why = format!("{why}; resolution errors: [{errors}]");
    }
    Err(Status::forbidden(resource, name, &why))
}

/// Whether nothing is changed but what the garbage collector needs to delete the object.
fn leaves_to_the_collector(new: &Value, old: &Value) -> bool {
    let rest = |value: &Value| {
        let mut value = value.clone();
        if let Some(metadata) = value["metadata"].as_object_mut() {
            metadata.retain(|field, _| {
                !matches!(field.as_str(), "ownerReferences" | "finalizers" | "managedFields")
            });
        }
        value
    };
    rest(new) == rest(old)
}

/// Whether a role is filled with the rules of others.
fn gathers(role: &Value) -> bool {
    role["aggregationRule"]["clusterRoleSelectors"].as_array().is_some_and(|it| !it.is_empty())
}

/// What somebody holds who may do everything.
fn everything() -> [Rule; 2] {
    let any = || vec!["*".to_owned()];
    [
        Rule { verbs: any(), groups: any(), resources: any(), ..Rule::default() },
        Rule { verbs: any(), urls: any(), ..Rule::default() },
    ]
}

fn absent_role(plural: &str, name: &str) -> Status {
    let resource = crate::kinds::find(GROUP, "v1", plural).expect("roles are built in");
    Status::not_found(resource, name)
}

fn refusal(user: &User, missing: &[String]) -> String {
    let groups: Vec<String> = user.groups.iter().map(|it| format!("{it:?}")).collect();
    format!(
        "user {:?} (groups=[{}]) is attempting to grant RBAC permissions not currently held:\n{}",
        user.name,
        groups.join(" "),
        missing.join("\n"),
    )
}

/// The permissions in `wanted` that `held` does not cover, as the real server prints them.
fn missing(wanted: &[Rule], held: &[&Rule]) -> Vec<String> {
    let mut simple: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    let mut lines = Vec::new();
    for single in wanted.iter().flat_map(singles) {
        if held.iter().any(|it| covers(it, &single)) {
            continue;
        }
        if single.names.is_empty() && single.urls.is_empty() {
            let key = (single.groups[0].clone(), single.resources[0].clone());
            let verbs = simple.entry(key).or_default();
            if !verbs.contains(&single.verbs[0]) {
                verbs.push(single.verbs[0].clone());
            }
        } else {
            lines.push(compact(&single));
        }
    }
    lines.extend(simple.into_iter().map(|((group, resource), verbs)| {
        compact(&Rule { verbs, groups: vec![group], resources: vec![resource], ..Rule::default() })
    }));
    lines.sort();
    lines.dedup();
    lines
}

/// A rule, taken apart into rules with one verb, group and resource each.
fn singles(rule: &Rule) -> Vec<Rule> {
    let mut singles = Vec::new();
    let names: Vec<Vec<String>> = if rule.names.is_empty() {
        vec![Vec::new()]
    } else {
        rule.names.iter().map(|it| vec![it.clone()]).collect()
    };
    for verb in &rule.verbs {
        let verbs = vec![verb.clone()];
        for group in &rule.groups {
            for resource in &rule.resources {
                singles.extend(names.iter().map(|names| Rule {
                    verbs: verbs.clone(),
                    groups: vec![group.clone()],
                    resources: vec![resource.clone()],
                    names: names.clone(),
                    urls: Vec::new(),
                }));
            }
        }
        singles.extend(rule.urls.iter().map(|url| Rule {
            verbs: verbs.clone(),
            urls: vec![url.clone()],
            ..Rule::default()
        }));
    }
    singles
}

fn covers(held: &Rule, single: &Rule) -> bool {
    let within = |list: &[String], wanted: &str| list.iter().any(|it| it == "*" || it == wanted);
    if !within(&held.verbs, &single.verbs[0]) {
        return false;
    }
    if let [url] = single.urls.as_slice() {
        return held.urls.contains(url) || held.allows_path(url);
    }
    let (resource, subresource) =
        single.resources[0].split_once('/').unwrap_or((&single.resources[0], ""));
    within(&held.groups, &single.groups[0])
        && held.allows_resource(resource, subresource)
        && (held.names.is_empty() || single.names.first().is_some_and(|it| held.names.contains(it)))
}

fn compact(rule: &Rule) -> String {
    let list =
        |items: &[String]| items.iter().map(|it| format!("{it:?}")).collect::<Vec<_>>().join(" ");
    let fields = [
        ("NonResourceURLs", &rule.urls),
        ("APIGroups", &rule.groups),
        ("Resources", &rule.resources),
        ("ResourceNames", &rule.names),
        ("Verbs", &rule.verbs),
    ];
    let parts: Vec<String> = fields
        .into_iter()
        .filter(|(_, items)| !items.is_empty())
        .map(|(name, items)| format!("{name}:[{}]", list(items)))
        .collect();
    format!("{{{}}}", parts.join(", "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_missing_is_listed_by_resource() {
        let wanted = [Rule::parse(&json!({
            "apiGroups": [""], "resources": ["secrets", "pods"], "verbs": ["get", "list"],
        }))];
        let held = Rule::parse(&json!({
            "apiGroups": ["*"], "resources": ["pods"], "verbs": ["*"],
        }));

        let missing = missing(&wanted, &[&held]);

        let expected = r#"{APIGroups:[""], Resources:["secrets"], Verbs:["get" "list"]}"#;
        assert_eq!(missing, [expected]);
    }
}
