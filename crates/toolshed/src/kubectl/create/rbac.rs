//! `kubectl create role | rolebinding | clusterrole | clusterrolebinding`.

use serde_json::{Map, Value, json};

use crate::kubectl::command::Command;
use crate::kubectl::create::{one_name, send};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::flags::{Flag, Takes};
use crate::kubectl::options::{DRY_RUN, MANAGER, OUTPUT, SAVE, VALIDATE};
use crate::kubectl::session::{Running, Session};

/// The verbs that resources know.
const VERBS: &[&str] = &[
    "*",
    "get",
    "list",
    "watch",
    "create",
    "update",
    "patch",
    "delete",
    "deletecollection",
    "use",
    "bind",
    "escalate",
    "impersonate",
];

const RULES: &[Flag] = &[
    Flag::new("verb", Takes::List, "Verbs"),
    Flag::new("resource", Takes::List, "Resources"),
    Flag::new("resource-name", Takes::Array, "Only objects of these names"),
];
const CLUSTER_RULES: &[Flag] = &[
    Flag::new("non-resource-url", Takes::List, "Paths"),
    Flag::new("aggregation-rule", Takes::Pairs, "label=value: gather the rules of such roles"),
];
const ROLE: &[Flag] = &[Flag::new("role", Takes::Text(""), "The role")];
const SUBJECTS: &[Flag] = &[
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
        &[RULES, CLUSTER_RULES, OUTPUT, DRY_RUN, MANAGER, VALIDATE, SAVE],
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
        &[ROLE, SUBJECTS, OUTPUT, DRY_RUN, MANAGER, VALIDATE, SAVE],
        binding,
    ),
];

fn role(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        let name = one_name(session)?;
        let cluster = session.command.ends_with("clusterrole");
        let kind = if cluster { "ClusterRole" } else { "Role" };
        let mut object = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind,
            "metadata": {"name": name}, "rules": null});
        let flags = &session.flags;
        if flags.changed("aggregation-rule") {
            object["aggregationRule"] = aggregation(session)?;
            return send(session, object).await;
        }
        let verbs = flags.list("verb");
        if verbs.is_empty() {
            return Err(Failure::error("at least one verb must be specified"));
        }
        for verb in verbs.iter().filter(|verb| !VERBS.contains(&verb.as_str())) {
            let line = format!("Warning: '{verb}' is not a standard resource verb");
            session.complain(line).await?;
        }
        let urls = flags.list("non-resource-url");
        if urls.iter().any(|url| !url.starts_with('/') && url != "*") {
            return Err(Failure::error("nonResourceURL should start with /"));
        }
        if flags.list("resource").is_empty() && urls.is_empty() {
            return Err(Failure::error("at least one resource must be specified"));
        }
        object["rules"] = if urls.is_empty() {
            json!(rules(session).await?)
        } else {
            json!([{"nonResourceURLs": urls, "verbs": verbs}])
        };
        send(session, object).await
    })
}

/// The labels of the roles whose rules are gathered.
fn aggregation(session: &Session) -> Outcome<Value> {
    let flags = &session.flags;
    if ["verb", "resource", "resource-name", "non-resource-url"].iter().any(|it| flags.changed(it))
    {
        return Err(Failure::error(
            "aggregation rule must be specified without nonResourceURLs, verbs, resources or \
             resourceNames",
        ));
    }
    let mut labels = Map::new();
    for pair in flags.list("aggregation-rule") {
        let Some((key, value)) = pair.split_once('=') else {
            return Err(Failure::Said(format!(
                "error: invalid argument {pair:?} for \"--aggregation-rule\" flag: malformed pair, \
                 expect string=string\nSee '{} --help' for usage.\n",
                session.command
            )));
        };
        labels.insert(key.to_owned(), json!(value));
    }
    Ok(json!({"clusterRoleSelectors": [{"matchLabels": labels}]}))
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
        if cluster && cluster_role.is_empty() {
            return Err(Failure::error("required flag(s) \"clusterrole\" not set"));
        }
        if role.is_empty() == cluster_role.is_empty() {
            return Err(Failure::error("exactly one of clusterrole or role must be specified"));
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
