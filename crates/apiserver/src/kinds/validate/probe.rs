//! The rules for probes and lifecycle hooks.

use serde_json::Value;

use super::super::errors::{Errors, Path};
use super::super::value::{items, text};
use super::{non_negative, one_of, port};

/// The hooks and probes of a container.
pub(super) fn all(container: &Value, path: &Path, errors: &mut Errors) {
    for hook in ["postStart", "preStop"] {
        let handler_value = &container["lifecycle"][hook];
        if handler_value.is_object() {
            handler(handler_value, &path.child("lifecycle").child(hook), errors);
        }
    }
    for name in ["livenessProbe", "readinessProbe", "startupProbe"] {
        let it = &container[name];
        if it.is_object() {
            probe(it, name, &path.child(name), errors);
        }
    }
}

fn probe(probe: &Value, name: &str, path: &Path, errors: &mut Errors) {
    handler(probe, path, errors);
    for key in [
        "initialDelaySeconds",
        "timeoutSeconds",
        "periodSeconds",
        "successThreshold",
        "failureThreshold",
    ] {
        non_negative(probe, key, path, errors);
    }
    let grace = &probe["terminationGracePeriodSeconds"];
    let grace_path = path.child("terminationGracePeriodSeconds");
    if grace.as_i64().is_some_and(|it| it <= 0) {
        errors.invalid(&grace_path, grace.clone(), "must be greater than 0");
    }
    if name == "readinessProbe" {
        if !grace.is_null() {
            errors.invalid(&grace_path, grace.clone(), "must not be set for readinessProbes");
        }
    } else if probe["successThreshold"] != 1 {
        let value = probe["successThreshold"].clone();
        errors.invalid(&path.child("successThreshold"), value, "must be 1");
    }
}

fn handler(handler: &Value, path: &Path, errors: &mut Errors) {
    let mut given = 0;
    for kind in ["exec", "httpGet", "tcpSocket", "grpc", "sleep"] {
        let action = &handler[kind];
        if !action.is_object() {
            continue;
        }
        let path = path.child(kind);
        given += 1;
        if given > 1 {
            errors.forbidden(&path, "may not specify more than 1 handler type");
            continue;
        }
        match kind {
            "exec" if items(action, "command").is_empty() => {
                errors.required(&path.child("command"), "");
            }
            "httpGet" => {
                if text(action, "path").is_empty() {
                    errors.required(&path.child("path"), "");
                }
                port(&action["port"], &path.child("port"), errors);
                one_of(action, "scheme", &["HTTP", "HTTPS"], &path, errors);
            }
            "tcpSocket" | "grpc" => port(&action["port"], &path.child("port"), errors),
            _ => {}
        }
    }
    if given == 0 {
        errors.required(path, "must specify a handler type");
    }
}
