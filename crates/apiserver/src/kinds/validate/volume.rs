//! The rules for volumes and their mounts.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::errors::{Errors, Path};
use super::super::value::{items, numbered, text};
use super::{environment, names};
use crate::quantity::Quantity;

const MODE: &str = "must be a number between 0 and 0777 (octal), both inclusive";
/// Volume types in the order in which the real server looks for a second one.
const TYPES: [&str; 14] = [
    "emptyDir",
    "hostPath",
    "gitRepo",
    "awsElasticBlockStore",
    "secret",
    "nfs",
    "iscsi",
    "persistentVolumeClaim",
    "downwardAPI",
    "configMap",
    "csi",
    "projected",
    "ephemeral",
    "image",
];
/// Fields of a pod that a file can hold.
const FILE_FIELDS: [&str; 5] = [
    "metadata.annotations",
    "metadata.labels",
    "metadata.name",
    "metadata.namespace",
    "metadata.uid",
];

/// All volumes of a pod spec; returns the names of the good ones.
pub(super) fn all<'a>(spec: &'a Value, path: &Path, errors: &mut Errors) -> BTreeSet<&'a str> {
    let mut good = BTreeSet::new();
    for (index, volume) in numbered(spec, "volumes") {
        let path = path.child("volumes").index(index);
        let before = errors.len();
        source(volume, &path, errors);
        let name = text(volume, "name");
        if name.is_empty() {
            errors.required(&path.child("name"), "");
        } else {
            errors.invalid_each(&path.child("name"), name, names::label(name));
        }
        if good.contains(name) {
            errors.duplicate(&path.child("name"), name);
        }
        if errors.len() == before {
            good.insert(name);
        }
    }
    good
}

fn source(volume: &Value, path: &Path, errors: &mut Errors) {
    let mut given = 0;
    for kind in TYPES {
        let source = &volume[kind];
        if !source.is_object() {
            continue;
        }
        let path = path.child(kind);
        given += 1;
        if given > 1 {
            errors.forbidden(&path, "may not specify more than 1 volume type");
            continue;
        }
        match kind {
            "emptyDir" => empty_dir(source, &path, errors),
            "hostPath" => host_path(source, &path, errors),
            "secret" => object_files(source, "secretName", &path, errors),
            "configMap" => object_files(source, "name", &path, errors),
            "persistentVolumeClaim" if text(source, "claimName").is_empty() => {
                errors.required(&path.child("claimName"), "");
            }
            "nfs" => nfs(source, &path, errors),
            "projected" => projected(source, &path, errors),
            "downwardAPI" => downward(source, &path, errors),
            _ => {}
        }
    }
}

fn empty_dir(source: &Value, path: &Path, errors: &mut Errors) {
    if Quantity::of(&source["sizeLimit"]).is_some_and(Quantity::is_negative) {
        let words = "SizeLimit field must be a valid resource quantity";
        errors.forbidden(&path.child("sizeLimit"), words);
    }
}

fn host_path(source: &Value, path: &Path, errors: &mut Errors) {
    let target = text(source, "path");
    if target.is_empty() {
        errors.required(&path.child("path"), "");
        return;
    }
    no_back_steps(target, &path.child("path"), errors);
}

fn nfs(source: &Value, path: &Path, errors: &mut Errors) {
    for key in ["server", "path"] {
        if text(source, key).is_empty() {
            errors.required(&path.child(key), "");
        }
    }
    if !text(source, "path").starts_with('/') && !text(source, "path").is_empty() {
        errors.invalid(&path.child("path"), text(source, "path"), "must be an absolute path");
    }
}

/// The files of a config map or a secret.
fn object_files(source: &Value, name: &str, path: &Path, errors: &mut Errors) {
    if text(source, name).is_empty() {
        errors.required(&path.child(name), "");
    }
    mode(source, "defaultMode", path, errors);
    key_files(source, path, errors);
}

fn key_files(source: &Value, path: &Path, errors: &mut Errors) {
    for (index, item) in numbered(source, "items") {
        let path = path.child("items").index(index);
        for key in ["key", "path"] {
            if text(item, key).is_empty() {
                errors.required(&path.child(key), "");
            }
        }
        let target = text(item, "path");
        inside(target, &path.child("path"), errors);
        if target.starts_with("..") && !target.starts_with("../") && target != ".." {
            errors.invalid(&path.child("path"), target, "must not start with '..'");
        }
        mode(item, "mode", &path, errors);
    }
}

fn mode(holder: &Value, key: &str, path: &Path, errors: &mut Errors) {
    if let Some(bits) = holder[key].as_i64()
        && !(0..=0o777).contains(&bits)
    {
        errors.invalid(&path.child(key), bits, MODE);
    }
}

fn projected(source: &Value, path: &Path, errors: &mut Errors) {
    mode(source, "defaultMode", path, errors);
    for (index, part) in numbered(source, "sources") {
        let path = path.child("sources").index(index);
        let mut given = 0;
        for kind in ["secret", "configMap"] {
            if part[kind].is_object() {
                given += 1;
                if text(&part[kind], "name").is_empty() {
                    errors.required(&path.child(kind).child("name"), "");
                }
                key_files(&part[kind], &path.child(kind), errors);
            }
        }
        if part["downwardAPI"].is_object() {
            given += 1;
            downward(&part["downwardAPI"], &path.child("downwardAPI"), errors);
        }
        let token = &part["serviceAccountToken"];
        if token.is_object() {
            given += 1;
            token_file(token, &path.child("serviceAccountToken"), errors);
        }
        if given > 1 {
            errors.forbidden(&path, "may not specify more than 1 volume type per source");
        }
    }
}

fn token_file(token: &Value, path: &Path, errors: &mut Errors) {
    let seconds = token["expirationSeconds"].as_i64().unwrap_or(3600);
    if seconds < 600 {
        let words = "may not specify a duration less than 10 minutes";
        errors.invalid(&path.child("expirationSeconds"), seconds, words);
    }
    if seconds > 1 << 32 {
        let words = "may not specify a duration larger than 2^32 seconds";
        errors.invalid(&path.child("expirationSeconds"), seconds, words);
    }
    let target = text(token, "path");
    if target.is_empty() {
        errors.required(&path.child("path"), "");
    } else {
        inside(target, &path.child("path"), errors);
    }
}

fn downward(source: &Value, path: &Path, errors: &mut Errors) {
    mode(source, "defaultMode", path, errors);
    for item in items(source, "items") {
        let target = text(item, "path");
        if target.is_empty() {
            errors.required(&path.child("path"), "");
        }
        inside(target, &path.child("path"), errors);
        match (item["fieldRef"].is_object(), item["resourceFieldRef"].is_object()) {
            (true, true) => {
                let words = "fieldRef and resourceFieldRef can not be specified simultaneously";
                errors.invalid(path, "resource", words);
            }
            (true, false) => {
                let path = path.child("fieldRef");
                environment::field(&item["fieldRef"], &FILE_FIELDS, &path, errors);
            }
            (false, true) => {
                let path = path.child("resourceFieldRef");
                environment::resource_field(&item["resourceFieldRef"], true, &path, errors);
            }
            (false, false) => {
                errors.required(path, "one of fieldRef and resourceFieldRef is required");
            }
        }
    }
}

/// A container's mounts, each of a volume that exists and at a place of its own.
pub(super) fn mounts(
    container: &Value,
    volumes: &BTreeSet<&str>,
    path: &Path,
    errors: &mut Errors,
) {
    let list = path.child("volumeMounts");
    let mut places = BTreeSet::new();
    for (index, mount) in numbered(container, "volumeMounts") {
        let path = list.index(index);
        let name = text(mount, "name");
        if name.is_empty() {
            errors.required(&path.child("name"), "");
        }
        if !volumes.contains(name) {
            errors.not_found(&path.child("name"), name);
        }
        let place = text(mount, "mountPath");
        if place.is_empty() {
            errors.required(&path.child("mountPath"), "");
        }
        if !places.insert(place) {
            errors.invalid(&path.child("mountPath"), place, "must be unique");
        }
        let (fixed, expanded) = (text(mount, "subPath"), text(mount, "subPathExpr"));
        inside(fixed, &list.child("subPath"), errors);
        if !expanded.is_empty() && !fixed.is_empty() {
            let words = "subPathExpr and subPath are mutually exclusive";
            errors.invalid(&path.child("subPathExpr"), expanded, words);
        }
        inside(expanded, &list.child("subPathExpr"), errors);
    }
}

/// A path that stays below where it starts.
fn inside(target: &str, path: &Path, errors: &mut Errors) {
    if target.starts_with('/') {
        errors.invalid(path, target, "must be a relative path");
    }
    no_back_steps(target, path, errors);
}

fn no_back_steps(target: &str, path: &Path, errors: &mut Errors) {
    if target.split('/').any(|it| it == "..") {
        errors.invalid(path, target, "must not contain '..'");
    }
}
