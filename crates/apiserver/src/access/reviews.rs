//! Reviews: objects that are answered instead of stored.
//!
//! A client posts a question (may I? what may I? who am I? whose token is this?) and gets it back
//! with a `status`.

use std::collections::BTreeMap;

use http::StatusCode;
use serde_json::{Value, json};

use super::policy::{self, Attributes, Rule};
use super::{User, authenticate_token};
use crate::core::Core;
use crate::http::{Call, Reply};
use crate::kinds::Resource;
use crate::status::{Result, Status};

/// Answers a review, or `None` if the kind is none.
pub(crate) fn answer(
    core: &Core,
    call: &Call,
    resource: &Resource,
    value: &Value,
) -> Option<Result<Reply>> {
    let status = match resource.kind {
        "SelfSubjectReview" => Ok(json!({"userInfo": user_info(&call.user)})),
        "SelfSubjectAccessReview" => access(core, &call.user, &value["spec"]),
        "SubjectAccessReview" | "LocalSubjectAccessReview" => {
            access(core, &subject(&value["spec"]), &value["spec"])
        }
        "SelfSubjectRulesReview" => Ok(rules(core, &call.user, &value["spec"])),
        "TokenReview" => Ok(token(core, &value["spec"])),
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

fn access(core: &Core, user: &User, spec: &Value) -> Result<Value> {
    let (attributes, namespace) = attributes(spec)?;
    if user.is_master() {
        return Ok(json!({"allowed": true}));
    }
    let rules = policy::rules_for(core, user, &namespace);
    Ok(match rules.reason(&attributes) {
        Some(reason) => json!({"allowed": true, "reason": reason}),
        None if rules.errors.is_empty() => json!({"allowed": false}),
        None => {
            let reason = match rules.errors.as_slice() {
                [one] => format!("RBAC: {one}"),
                many => format!("RBAC: [{}]", many.join(", ")),
            };
            json!({"allowed": false, "reason": reason})
        }
    })
}

fn attributes(spec: &Value) -> Result<(Attributes, String)> {
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
        return Ok((attributes, text(wanted, "namespace")));
    }
    let wanted = &spec["nonResourceAttributes"];
    if wanted.is_object() {
        let attributes = Attributes {
            verb: text(wanted, "verb"),
            path: Some(text(wanted, "path")),
            ..Attributes::default()
        };
        return Ok((attributes, String::new()));
    }
    let body = "Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes \
                must be specified";
    let review = ("authorization.k8s.io", "");
    Err(Status::invalid_request(review, "FieldValueInvalid", "spec.resourceAttributes", body))
}

fn rules(core: &Core, user: &User, spec: &Value) -> Value {
    let namespace = spec["namespace"].as_str().unwrap_or_default();
    let found = policy::rules_for(core, user, namespace);
    let mut all = found.list;
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
    match authenticate_token(core, token) {
        Some(user) => json!({
            "authenticated": true,
            "user": user_info(&user),
            "audiences": [super::tokens::ISSUER],
        }),
        None => json!({
            "user": {},
            "error": "invalid bearer token",
        }),
    }
}
