//! `kubectl create role | rolebinding | clusterrole | clusterrolebinding`.

use serde_json::{Value, json};

use crate::kubectl::command::Command;
use crate::kubectl::create::{one_name, send};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::flags::{Flag, Takes};
use crate::kubectl::options::{DRY_RUN, MANAGER, OUTPUT, SAVE, VALIDATE};
use crate::kubectl::session::{Running, Session};

const RULES: &[Flag] = &[
    Flag::new("verb", Takes::List, "Verbs"),
    Flag::new("resource", Takes::List, "Resources"),
    Flag::new("resource-name", Takes::Array, "Only objects of these names"),
    Flag::new("non-resource-url", Takes::List, "Paths"),
];
const SUBJECTS: &[Flag] = &[
    Flag::new("role", Takes::Text(""), "The role"),
    Flag::new("clusterrole", Takes::Text(""), "The cluster role"),
    Flag::new("user", Takes::Array, "Users"),
    Flag::new("group", Takes::Array, "Groups"),
    Flag::new("serviceaccount", Takes::Array, "Service accounts, as namespace:name"),
];

pub(super) const COMMANDS: [Command; 4] = [
    Command::new(
        "clusterrole",
        "NAME --verb=verb --resource=resource.group",
        "Create a cluster role",
        &[RULES, OUTPUT, DRY_RUN, MANAGER, VALIDATE, SAVE],
        role,
    ),
    Command::new(
        "clusterrolebinding",
        "NAME --clusterrole=NAME [--user=username] [--group=groupname]",
        "Create a cluster role binding for a particular cluster role",
        &[SUBJECTS, OUTPUT, DRY_RUN, MANAGER, VALIDATE, SAVE],
        binding,
    ),
    Command::new(
        "role",
        "NAME --verb=verb --resource=resource.group/subresource",
        "Create a role with single rule",
        &[RULES, OUTPUT, DRY_RUN, MANAGER, VALIDATE, SAVE],
        role,
    ),
    Command::new(
        "rolebinding",
        "NAME --clusterrole=NAME|--role=NAME [--user=username] [--group=groupname]",
        "Create a role binding for a particular role or cluster role",
        &[SUBJECTS, OUTPUT, DRY_RUN, MANAGER, VALIDATE, SAVE],
        binding,
    ),
];

fn role(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        let name = one_name(session)?;
        let cluster = session.command.ends_with("clusterrole");
        let flags = &session.flags;
        if flags.list("verb").is_empty() {
            return Err(Failure::error("at least one verb must be specified"));
        }
        let urls = flags.list("non-resource-url");
        if flags.list("resource").is_empty() && urls.is_empty() {
            return Err(Failure::error("at least one resource must be specified"));
        }
        let rules = if urls.is_empty() {
            rules(session).await?
        } else {
            vec![json!({"nonResourceURLs": urls, "verbs": flags.list("verb")})]
        };
        let kind = if cluster { "ClusterRole" } else { "Role" };
        let object = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind,
            "metadata": {"name": name}, "rules": rules});
        send(session, object).await
    })
}

/// One rule a group, in the order in which the groups were named.
async fn rules(session: &Session) -> Outcome<Vec<Value>> {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for word in session.flags.list("resource") {
        let (kind, part) = word.split_once('/').unwrap_or((word, ""));
        let (group, mut name) = if kind == "*" {
            (String::new(), "*".to_owned())
        } else {
            let resource =
                session.resource(kind).await.map_err(|failure| Failure::Said(failure.bare()))?;
            (resource.group.clone(), resource.plural.clone())
        };
        if !part.is_empty() {
            name = format!("{name}/{part}");
        }
        match groups.iter_mut().find(|(known, _)| *known == group) {
            Some((_, names)) => names.push(name),
            None => groups.push((group, vec![name])),
        }
    }
    groups.sort_by(|a, b| a.0.cmp(&b.0));
    let names = session.flags.list("resource-name");
    Ok(groups
        .into_iter()
        .map(|(group, resources)| {
            let mut rule = json!({"apiGroups": [group], "resources": resources,
                "verbs": session.flags.list("verb")});
            if !names.is_empty() {
                rule["resourceNames"] = json!(names);
            }
            rule
        })
        .collect())
}

fn binding(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        let name = one_name(session)?;
        let cluster = session.command.ends_with("clusterrolebinding");
        let flags = &session.flags;
        let (role, cluster_role) = (flags.text("role"), flags.text("clusterrole"));
        if role.is_empty() == cluster_role.is_empty() {
            return Err(Failure::error(if cluster {
                "clusterrole must be specified"
            } else {
                "exactly one of clusterrole or role must be specified"
            }));
        }
        let group = "rbac.authorization.k8s.io";
        let mut subjects = Vec::new();
        for (flag, kind) in [("user", "User"), ("group", "Group")] {
            for one in flags.list(flag) {
                subjects.push(json!({"apiGroup": group, "kind": kind, "name": one}));
            }
        }
        for one in flags.list("serviceaccount") {
            let Some((namespace, name)) =
                one.split_once(':').filter(|(space, name)| !space.is_empty() && !name.is_empty())
            else {
                return Err(Failure::error("serviceaccount must be <namespace>:<name>"));
            };
            let subject = json!({"kind": "ServiceAccount", "name": name, "namespace": namespace});
            subjects.push(subject);
        }
        let (kind, to) =
            if role.is_empty() { ("ClusterRole", cluster_role) } else { ("Role", role) };
        let mut object = json!({"apiVersion": format!("{group}/v1"),
            "kind": if cluster { "ClusterRoleBinding" } else { "RoleBinding" },
            "metadata": {"name": name},
            "roleRef": {"apiGroup": group, "kind": kind, "name": to}});
        if !subjects.is_empty() {
            object["subjects"] = json!(subjects);
        }
        send(session, object).await
    })
}
