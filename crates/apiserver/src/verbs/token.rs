//! `serviceaccounts/token`: a token for an account, for a while.

use http::StatusCode;
use serde_json::{Value, json};

use super::{decode, object};
use crate::access::tokens;
use crate::core::{Core, timestamp};
use crate::http::{Call, Reply};
use crate::kinds::{ErrorKind, FieldError, Resource};
use crate::schema::Expected;
use crate::status::{Result, Status};

const REQUEST: Expected<'static> =
    Expected { group: "authentication.k8s.io", version: "v1", kind: "TokenRequest" };

const HOUR: i64 = 3600;
const SHORTEST: i64 = 600;
const LONGEST: i64 = 1 << 32;

pub(super) fn request(core: &Core, call: &Call) -> Result<Reply> {
    let mut value = decode::body(call, REQUEST)?.value;
    let accounts = object::core_resource("serviceaccounts");
    let account = object::load(core, call, accounts)?;
    let seconds = seconds(&value["spec"], &account.name)?;
    let audiences = audiences(&value["spec"]);
    let bound = bound(core, &account.namespace, &value["spec"]["boundObjectRef"])?;
    let grant = tokens::Grant {
        namespace: &account.namespace,
        account: &account.name,
        account_uid: &account.uid,
        audiences: audiences.clone(),
        seconds,
        bound,
    };
    let (token, expires) = tokens::issue(core, grant);
    let metadata = json!({
        "name": *account.name,
        "namespace": *account.namespace,
        "creationTimestamp": core.now_text(),
    });
    value["metadata"] = metadata;
    value["spec"]["audiences"] = json!(audiences);
    value["spec"]["expirationSeconds"] = seconds.into();
    if value["spec"].get("boundObjectRef").is_none() {
        value["spec"]["boundObjectRef"] = Value::Null;
    }
    value["status"] = json!({"token": token, "expirationTimestamp": timestamp(expires)});
    Ok(Reply::value(StatusCode::CREATED, value))
}

fn seconds(spec: &Value, name: &str) -> Result<i64> {
    let seconds = spec["expirationSeconds"].as_i64().unwrap_or(HOUR);
    let detail = if seconds < SHORTEST {
        "may not specify a duration less than 10 minutes"
    } else if seconds > LONGEST {
        "may not specify a duration larger than 2^32 seconds"
    } else {
        return Ok(seconds);
    };
    let error = FieldError {
        kind: ErrorKind::Invalid,
        field: "spec.expirationSeconds".to_owned(),
        bad_value: Some(seconds.to_string()),
        detail: detail.to_owned(),
    };
    let requests = Resource {
        group: "authentication.k8s.io",
        kind: "TokenRequest",
        ..*object::core_resource("serviceaccounts")
    };
    let _ = name;
    Err(Status::invalid(&requests, "", &[error]))
}

fn audiences(spec: &Value) -> Vec<String> {
    let given = spec["audiences"].as_array().into_iter().flatten();
    let given: Vec<String> = given.filter_map(Value::as_str).map(str::to_owned).collect();
    if given.is_empty() { vec![tokens::ISSUER.to_owned()] } else { given }
}

fn bound(
    core: &Core,
    namespace: &str,
    reference: &Value,
) -> Result<Option<(&'static str, String, String)>> {
    let Some(kind) = reference["kind"].as_str() else { return Ok(None) };
    let (field, plural) = match kind {
        "Pod" => ("pod", "pods"),
        "Secret" => ("secret", "secrets"),
        other => {
            return Err(Status::bad_request(format!(
                "cannot bind token for serviceaccount to object of type {other}"
            )));
        }
    };
    let name = reference["name"].as_str().unwrap_or_default();
    let resource = object::core_resource(plural);
    let object = core.store.get(resource, namespace, name);
    let object = object.ok_or_else(|| Status::not_found(resource, name))?;
    let uid = reference["uid"].as_str().unwrap_or_default();
    if !uid.is_empty() && *uid != *object.uid {
        let why = format!(
            "the UID in the bound object reference ({uid}) does not match the UID in record. The object might have been deleted and then recreated"
        );
        return Err(Status::conflict(resource, name, &why));
    }
    Ok(Some((field, name.to_owned(), object.uid.to_string())))
}
