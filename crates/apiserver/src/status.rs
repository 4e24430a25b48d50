//! The `Status` object: how Kubernetes says that something went wrong.
//!
//! **Invariant:** reasons, codes and messages are those of the real server, word for word, since
//! learners and tools read them.

use http::StatusCode;
use serde_json::{Map, Value, json};

use crate::kinds::{self, FieldError, Resource};

/// A refusal, as it is sent to the client.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Status {
    pub(crate) code: u16,
    pub(crate) reason: &'static str,
    pub(crate) message: String,
    pub(crate) details: Map<String, Value>,
    /// Whether `details` is written although there are none.
    pub(crate) has_details: bool,
    /// `metadata.continue`, for a list that can be resumed after its token expired.
    pub(crate) resume: Option<String>,
    /// What the client is warned of besides.
    pub(crate) warnings: Vec<String>,
}

/// The result of everything that can be refused.
pub(crate) type Result<T> = std::result::Result<T, Status>;

impl Status {
    pub(crate) fn new(code: StatusCode, reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            code: code.as_u16(),
            reason,
            message: message.into(),
            details: Map::new(),
            has_details: matches!(reason, "NotFound" | "MethodNotAllowed"),
            resume: None,
            warnings: Vec::new(),
        }
    }

    /// Warns besides: what was found before the refusal is told as well.
    pub(crate) fn warn(mut self, warnings: Vec<String>) -> Self {
        self.warnings.extend(warnings);
        self
    }

    /// Adds the resource and name that the refusal is about.
    fn about(mut self, resource: &Resource, name: &str) -> Self {
        if !name.is_empty() {
            self.details.insert("name".to_owned(), name.into());
        }
        if !resource.group.is_empty() {
            self.details.insert("group".to_owned(), resource.group.into());
        }
        self.details.insert("kind".to_owned(), resource.plural.into());
        self
    }

    pub(crate) fn with_causes(mut self, causes: Vec<Value>) -> Self {
        if !causes.is_empty() {
            self.details.insert("causes".to_owned(), Value::Array(causes));
        }
        self
    }

    /// Asks the client to try again after that many seconds.
    pub(crate) fn retry_after(mut self, seconds: u32) -> Self {
        self.details.insert("retryAfterSeconds".to_owned(), seconds.into());
        self
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BadRequest", message)
    }

    pub(crate) fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "Unauthorized", "Unauthorized")
    }

    /// `pods "web" is forbidden: …`
    pub(crate) fn forbidden(resource: &Resource, name: &str, why: &str) -> Self {
        Self::forbidden_raw(resource.group, resource.plural, name, why)
    }

    /// The same for a resource that may not exist.
    pub(crate) fn forbidden_raw(group: &str, plural: &str, name: &str, why: &str) -> Self {
        let dot = if group.is_empty() { "" } else { "." };
        let message = if plural.is_empty() {
            format!("forbidden: {why}")
        } else if name.is_empty() {
            format!("{plural}{dot}{group} is forbidden: {why}")
        } else {
            format!("{plural}{dot}{group} {name:?} is forbidden: {why}")
        };
        let mut status = Self::new(StatusCode::FORBIDDEN, "Forbidden", message);
        let details = [("name", name), ("group", group), ("kind", plural)];
        for (key, value) in details.into_iter().filter(|(_, value)| !value.is_empty()) {
            status.details.insert(key.to_owned(), value.into());
        }
        status
    }

    pub(crate) fn not_found(resource: &Resource, name: &str) -> Self {
        let message = format!("{} {name:?} not found", resource.group_resource());
        Self::new(StatusCode::NOT_FOUND, "NotFound", message).about(resource, name)
    }

    /// The answer for a path that nothing serves.
    pub(crate) fn no_such_resource() -> Self {
        let message = "the server could not find the requested resource";
        Self::new(StatusCode::NOT_FOUND, "NotFound", message)
    }

    pub(crate) fn already_exists(resource: &Resource, name: &str) -> Self {
        let message = format!("{} {name:?} already exists", resource.group_resource());
        Self::new(StatusCode::CONFLICT, "AlreadyExists", message).about(resource, name)
    }

    pub(crate) fn conflict(resource: &Resource, name: &str, why: &str) -> Self {
        let message = format!(
            "Operation cannot be fulfilled on {} {name:?}: {why}",
            resource.group_resource()
        );
        Self::new(StatusCode::CONFLICT, "Conflict", message).about(resource, name)
    }

    /// The conflict of a write that was based on an older version.
    pub(crate) fn modified(resource: &Resource, name: &str) -> Self {
        let why = "the object has been modified; please apply your changes to the latest version \
                   and try again";
        Self::conflict(resource, name, why)
    }

    /// `Pod "web" is invalid: …` with one cause for each field.
    pub(crate) fn invalid(resource: &Resource, name: &str, errors: &[FieldError]) -> Self {
        let mut object = kinds::invalid_status(resource, name, errors);
        let details = match object["details"].take() {
            Value::Object(details) => details,
            _ => Map::new(),
        };
        let message = object["message"].as_str().unwrap_or_default();
        let mut status = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "Invalid", message);
        status.details = details;
        status
    }

    /// An invalid request that is about no stored kind: options, reviews, patches.
    pub(crate) fn invalid_request(
        (group, kind): (&str, &str),
        reason: &str,
        field: &str,
        body: &str,
    ) -> Self {
        let dot = if group.is_empty() { "" } else { "." };
        let message = format!("{kind}{dot}{group} \"\" is invalid: {field}: {body}");
        let mut status = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "Invalid", message);
        for (key, value) in [("group", group), ("kind", kind)] {
            if !value.is_empty() {
                status.details.insert(key.to_owned(), value.into());
            }
        }
        status.with_causes(vec![json!({"reason": reason, "message": body, "field": field})])
    }

    /// Options of a request that contradict each other, each with its cause.
    pub(crate) fn invalid_options(kind: &str, errors: &[FieldError]) -> Self {
        let group = "meta.k8s.io";
        let message = kinds::errors::message(&format!("{kind}.{group}"), "", errors);
        let mut status = Self::new(StatusCode::UNPROCESSABLE_ENTITY, "Invalid", message);
        status.details.insert("group".to_owned(), group.into());
        status.details.insert("kind".to_owned(), kind.into());
        let cause = |it: &FieldError| json!({"reason": it.kind.reason(), "message": it.body(), "field": it.field});
        status.with_causes(errors.iter().map(cause).collect())
    }

    pub(crate) fn method_not_allowed() -> Self {
        let message = "the server does not allow this method on the requested resource";
        Self::new(StatusCode::METHOD_NOT_ALLOWED, "MethodNotAllowed", message)
    }

    pub(crate) fn unsupported_media_type(accepted: &str) -> Self {
        let message = format!(
            "the body of the request was in an unknown format - accepted media types include: \
             {accepted}"
        );
        Self::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType", message)
    }

    /// The refusal of a patch in an unknown form.
    pub(crate) fn unsupported_patch() -> Self {
        let message = "415: Unsupported Media Type";
        let code = StatusCode::UNSUPPORTED_MEDIA_TYPE;
        let mut status = Self::new(code, "UnsupportedMediaType", message);
        status.has_details = true;
        status
    }

    pub(crate) fn not_acceptable(offered: &str) -> Self {
        let message = format!("406: Not Acceptable\n\nAvailable representations: {offered}");
        let mut status = Self::new(StatusCode::NOT_ACCEPTABLE, "NotAcceptable", message);
        status.has_details = true;
        status
    }

    pub(crate) fn not_implemented(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_IMPLEMENTED, "NotImplemented", message)
    }

    pub(crate) fn unavailable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", message)
    }

    pub(crate) fn internal(message: impl std::fmt::Display) -> Self {
        let text = format!("Internal error occurred: {message}");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "InternalError", text)
            .with_causes(vec![json!({"message": message.to_string()})])
    }

    /// The answer when the wanted revisions are no longer kept.
    pub(crate) fn expired(message: impl Into<String>) -> Self {
        Self::new(StatusCode::GONE, "Expired", message)
    }

    /// The answer to a list at a revision that is still to come.
    pub(crate) fn revision_in_future(wanted: u64, current: u64) -> Self {
        let message = format!("Timeout: Too large resource version: {wanted}, current: {current}");
        Self::new(StatusCode::GATEWAY_TIMEOUT, "Timeout", message)
            .with_causes(vec![json!({
                "reason": "ResourceVersionTooLarge",
                "message": "Too large resource version",
            })])
            .retry_after(1)
    }

    pub(crate) fn too_large() -> Self {
        let message = format!("Request entity too large: limit is {}", crate::http::BODY_LIMIT);
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", message)
    }

    /// The object itself.
    pub(crate) fn to_json(&self) -> Value {
        let mut metadata = Map::new();
        if let Some(resume) = &self.resume {
            metadata.insert("continue".to_owned(), resume.as_str().into());
        }
        let mut status = json!({
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": metadata,
            "status": "Failure",
            "message": self.message,
            "code": self.code,
        });
        if !self.reason.is_empty() {
            status["reason"] = self.reason.into();
        }
        if !self.details.is_empty() || self.has_details {
            status["details"] = Value::Object(self.details.clone());
        }
        status
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_absent_deployment_is_named_with_its_group() {
        let deployments = kinds::find("apps", "v1", "deployments").expect("it is built in");

        let status = Status::not_found(deployments, "web").to_json();

        assert_eq!(status["message"], r#"deployments.apps "web" not found"#);
        assert_eq!(
            status["details"],
            json!({"name": "web", "group": "apps", "kind": "deployments"})
        );
    }
}
