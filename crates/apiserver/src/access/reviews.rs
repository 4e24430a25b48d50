//! Reviews: objects that are answered instead of stored.
//!
//! A client posts a question (may I? what may I? who am I? whose token is this?) and gets it back
//! with a `status`.

use std::collections::BTreeMap;

use http::StatusCode;
use serde_json::{Value, json};

use super::policy::{self, Attributes, Rule};
use super::tokens::ISSUER;
use super::{User, review_token};
use crate::core::Core;
use crate::http::{Call, Reply};
use crate::kinds::{ErrorKind, FieldError, Resource};
use crate::status::{Result, Status};

/// Answers a review, or `None` if the kind is none.
pub(crate) fn answer(
    core: &Core,
    call: &Call,
    resource: &Resource,
    value: &Value,
) -> Option<Result<Reply>> {
    let spec = &value["spec"];
    let status = match resource.kind {
        "SelfSubjectReview" => Ok(json!({"userInfo": user_info(&call.user)})),
        "SelfSubjectAccessReview" => {
            check(resource, value, false).map(|()| access(core, &call.user, spec))
        }
        "SubjectAccessReview" | "LocalSubjectAccessReview" => {
            check(resource, value, true).map(|()| access(core, &subject(spec), spec))
        }
        "SelfSubjectRulesReview" if spec["namespace"].as_str().is_none_or(str::is_empty) => {
            Err(Status::bad_request("no namespace on request"))
        }
        "SelfSubjectRulesReview" => Ok(rules(core, &call.user, spec)),
        "TokenReview" if spec["token"].as_str().is_none_or(str::is_empty) => {
            Err(Status::bad_request("token is required for TokenReview in authentication"))
        }
        "TokenReview" => Ok(token(core, spec)),
        _ => return None,
    };
    Some(status.map(|status| {
        let mut answer = value.clone();
        answer["kind"] = resource.kind.into();
        answer["apiVersion"] = resource.api_version().into();
        if !answer["metadata"].is_object() {
            answer["metadata"] = json!({});
        }
        if resource.kind == "SelfSubjectReview" {
            answer["metadata"]["creationTimestamp"] = core.now_text().into();
        }
        if let Some(answer) = answer.as_object_mut() {
            if resource.kind == "SelfSubjectRulesReview" {
                answer.insert("spec".to_owned(), json!({}));
            }
            answer.insert("status".to_owned(), status);
        }
        Reply::value(StatusCode::CREATED, answer)
    }))
}

fn user_info(user: &User) -> Value {
    let mut info = json!({"username": user.name, "groups": user.groups});
    if !user.uid.is_empty() {
        info["uid"] = user.uid.as_str().into();
    }
    if !user.extra.is_empty() {
        info["extra"] = json!(user.extra);
    }
    info
}

fn subject(spec: &Value) -> User {
    let groups = spec["groups"].as_array().into_iter().flatten();
    User {
        name: spec["user"].as_str().unwrap_or_default().to_owned(),
        uid: spec["uid"].as_str().unwrap_or_default().to_owned(),
        groups: groups.filter_map(Value::as_str).map(str::to_owned).collect(),
        extra: BTreeMap::new(),
    }
}

/// Refuses a question that does not say who wants what.
fn check(resource: &Resource, value: &Value, names_subject: bool) -> Result<()> {
    let spec = &value["spec"];
    let invalid = |field: &str, shown: String, why: &str| FieldError {
        kind: ErrorKind::Invalid,
        field: format!("spec.{field}"),
        bad_value: Some(shown),
        detail: why.to_owned(),
    };
    let (wanted, path) = (&spec["resourceAttributes"], &spec["nonResourceAttributes"]);
    let shown_path = || {
        let text = |field: &str| path[field].as_str().unwrap_or_default();
        format!(r#"{{"Path":{:?},"Verb":{:?}}}"#, text("path"), text("verb"))
    };
    let mut errors = Vec::new();
    match (wanted.is_object(), path.is_object()) {
        (true, true) => {
            let why = "cannot be specified in combination with resourceAttributes";
            errors.push(invalid("nonResourceAttributes", shown_path(), why));
        }
        (false, false) => {
            let why =
                "exactly one of nonResourceAttributes or resourceAttributes must be specified";
            errors.push(invalid("resourceAttributes", "null".to_owned(), why));
        }
        (true, false) | (false, true) => {}
    }
    let nobody = spec["user"].as_str().is_none_or(str::is_empty)
        && spec["groups"].as_array().is_none_or(Vec::is_empty);
    if names_subject && nobody {
        let why = "at least one of user or group must be specified";
        errors.push(invalid("user", "\"\"".to_owned(), why));
    }
    if resource.kind == "LocalSubjectAccessReview" {
        let asked = wanted["namespace"].as_str().unwrap_or_default();
        let own = value["metadata"]["namespace"].as_str().unwrap_or_default();
        if wanted.is_object() && asked != own {
            let why = "must match metadata.namespace";
            errors.push(invalid("resourceAttributes.namespace", format!("{asked:?}"), why));
        }
        if path.is_object() {
            let why = "disallowed on this kind of request";
            errors.push(invalid("nonResourceAttributes", shown_path(), why));
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(Status::invalid(resource, "", &errors)) }
}

fn access(core: &Core, user: &User, spec: &Value) -> Value {
    if user.is_master() {
        return json!({"allowed": true});
    }
    let (attributes, namespace) = attributes(spec);
    let rules = policy::rules_for(core, user, &namespace);
    match rules.reason(&attributes) {
        Some(reason) => json!({"allowed": true, "reason": reason}),
        None if rules.errors.is_empty() => json!({"allowed": false}),
        None => {
            let reason = match rules.errors.as_slice() {
                [one] => format!("RBAC: {one}"),
                many => format!("RBAC: [{}]", many.join(", ")),
            };
            json!({"allowed": false, "reason": reason})
        }
    }
}

/// What is asked for, and in which namespace.
fn attributes(spec: &Value) -> (Attributes, String) {
    let text = |value: &Value, field: &str| value[field].as_str().unwrap_or_default().to_owned();
    let wanted = &spec["resourceAttributes"];
    if wanted.is_object() {
        let attributes = Attributes {
            verb: text(wanted, "verb"),
            group: text(wanted, "group"),
            resource: text(wanted, "resource"),
            subresource: text(wanted, "subresource"),
            name: text(wanted, "name"),
            path: None,
        };
        return (attributes, text(wanted, "namespace"));
    }
    let wanted = &spec["nonResourceAttributes"];
    let path = Some(text(wanted, "path"));
    (Attributes { verb: text(wanted, "verb"), path, ..Attributes::default() }, String::new())
}

fn rules(core: &Core, user: &User, spec: &Value) -> Value {
    let namespace = spec["namespace"].as_str().unwrap_or_default();
    let found = policy::rules_for(core, user, namespace);
    let mut all: Vec<Rule> = found.iter().cloned().collect();
    if user.is_master() && !all.iter().any(|it| it.verbs.iter().any(|verb| verb == "*")) {
        let star = || vec!["*".to_owned()];
        all.push(Rule { verbs: star(), groups: star(), resources: star(), ..Rule::default() });
    }
    let resource_rules: Vec<Value> =
        all.iter().filter(|it| it.urls.is_empty()).map(resource_rule).collect();
    let path_rules: Vec<Value> = all
        .iter()
        .filter(|it| !it.urls.is_empty())
        .map(|it| json!({"verbs": it.verbs, "nonResourceURLs": it.urls}))
        .collect();
    let mut status = json!({
        "resourceRules": resource_rules,
        "nonResourceRules": path_rules,
        "incomplete": false,
    });
    if !found.errors.is_empty() {
        status["evaluationError"] = found.errors.join(", ").into();
        status["incomplete"] = true.into();
    }
    status
}

fn resource_rule(rule: &Rule) -> Value {
    let mut value = json!({
        "verbs": rule.verbs,
        "apiGroups": rule.groups,
        "resources": rule.resources,
    });
    if !rule.names.is_empty() {
        value["resourceNames"] = json!(rule.names);
    }
    value
}

fn token(core: &Core, spec: &Value) -> Value {
    let token = spec["token"].as_str().unwrap_or_default();
    let asked = spec["audiences"].as_array().into_iter().flatten();
    let asked: Vec<&str> = asked.filter_map(Value::as_str).collect();
    let audiences = if asked.is_empty() { vec![ISSUER] } else { asked };
    match review_token(core, token, &audiences) {
        Ok((user, audiences)) => json!({
            "authenticated": true,
            "user": user_info(&user),
            "audiences": audiences,
        }),
        Err(why) => json!({"user": {}, "error": why}),
    }
}
