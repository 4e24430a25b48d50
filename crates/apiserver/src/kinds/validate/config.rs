//! The rules for config maps and secrets.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::super::errors::{Errors, Path};
use super::super::value::{entries, text};
use super::{metadata, names};

/// All values together may not be larger.
const LIMIT: usize = 1024 * 1024;
const FROZEN: &str = "field is immutable when `immutable` is set";

/// A config map.
pub(super) fn config_map(object: &Value, old: Option<&Value>, errors: &mut Errors) {
    if let Some(old) = old {
        frozen(object, old, &["data", "binaryData"], errors);
    }
    let mut size = 0;
    for (key, value) in entries(object, "data") {
        let path = Path::root("data").key(key);
        errors.invalid_each(&path, key, names::config_key(key));
        if !object["binaryData"][key.as_str()].is_null() {
            errors.invalid(&path, key.as_str(), "duplicate of key present in binaryData");
        }
        size += value.as_str().map_or(0, str::len);
    }
    for (key, value) in entries(object, "binaryData") {
        let path = Path::root("binaryData").key(key);
        errors.invalid_each(&path, key, names::config_key(key));
        size += decoded(value).len();
    }
    if size > LIMIT {
        // The real server says no field here, and prints the empty path so.
        errors.too_long(&Path::root("[]"), LIMIT);
    }
}

/// A secret.
pub(super) fn secret(object: &Value, old: Option<&Value>, errors: &mut Errors) {
    let data = Path::root("data");
    if let Some(old) = old {
        metadata::immutable(object, old, "type", &Path::root(""), errors);
        frozen(object, old, &["data"], errors);
    }
    let mut size = 0;
    for (key, value) in entries(object, "data") {
        errors.invalid_each(&data.key(key), key, names::config_key(key));
        size += decoded(value).len();
    }
    if size > LIMIT {
        errors.too_long(&data, LIMIT);
    }
    match text(object, "type") {
        "kubernetes.io/service-account-token" => {
            let name = "kubernetes.io/service-account.name";
            if text(&object["metadata"]["annotations"], name).is_empty() {
                let path = Path::root("metadata").child("annotations").key(name);
                errors.required(&path, "");
            }
        }
        "kubernetes.io/tls" => required(object, &["tls.crt", "tls.key"], errors),
        "kubernetes.io/ssh-auth" => required(object, &["ssh-privatekey"], errors),
        "kubernetes.io/basic-auth" => {
            let keys = ["username", "password"];
            if keys.iter().all(|it| object["data"][*it].is_null()) {
                required(object, &keys, errors);
            }
        }
        "kubernetes.io/dockerconfigjson" => json_document(object, ".dockerconfigjson", errors),
        "kubernetes.io/dockercfg" => json_document(object, ".dockercfg", errors),
        _ => {}
    }
}

fn decoded(value: &Value) -> Vec<u8> {
    STANDARD.decode(value.as_str().unwrap_or_default()).unwrap_or_default()
}

fn required(object: &Value, keys: &[&str], errors: &mut Errors) {
    for key in keys {
        if object["data"][*key].is_null() {
            errors.required(&Path::root("data").key(key), "");
        }
    }
}

fn json_document(object: &Value, key: &str, errors: &mut Errors) {
    required(object, &[key], errors);
    let value = &object["data"][key];
    if value.is_null() {
        return;
    }
    let bytes = decoded(value);
    if serde_json::from_slice::<Value>(&bytes).is_err() {
        let words = match bytes.iter().find(|it| !it.is_ascii_whitespace()) {
            None => "unexpected end of JSON input".to_owned(),
            Some(first) if b"{[\"-tfn0123456789".contains(first) => {
                "unexpected end of JSON input".to_owned()
            }
            Some(first) => {
                format!("invalid character '{}' looking for beginning of value", char::from(*first))
            }
        };
        errors.invalid(&Path::root("data").key(key), "<secret contents redacted>", words);
    }
}

/// What may no longer change once `immutable` is set.
fn frozen(new: &Value, old: &Value, keys: &[&str], errors: &mut Errors) {
    if old["immutable"] != true {
        return;
    }
    if new["immutable"] != true {
        errors.forbidden(&Path::root("immutable"), FROZEN);
    }
    for key in keys {
        if new[*key] != old[*key] {
            errors.forbidden(&Path::root(key), FROZEN);
        }
    }
}
