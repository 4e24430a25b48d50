//! The rules for claims, storage classes and leases.

use serde_json::Value;

use super::super::errors::{Errors, Path};
use super::super::value::{is_empty, items, text};
use super::{metadata, names, non_negative};
use crate::quantity::Quantity;

const MODES: [&str; 4] = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"];

/// A persistent volume claim.
pub(super) fn claim(object: &Value, old: Option<&Value>, errors: &mut Errors) {
    let path = Path::root("spec");
    claim_spec(&object["spec"], &path, errors);
    let Some(old) = old else { return };
    let (new, old_spec) = (&object["spec"], &old["spec"]);
    let is_bound = text(&old["status"], "phase") == "Bound";
    let changed = |key: &str| new[key] != old_spec[key] && !is_empty(&old_spec[key]);
    let keys = ["accessModes", "selector", "volumeMode", "storageClassName", "volumeName"];
    let resources_changed = new["resources"] != old_spec["resources"] && !is_bound;
    if resources_changed || keys.iter().any(|it| changed(it)) {
        let words = "spec is immutable after creation except resources.requests and \
                     volumeAttributesClassName for bound claims";
        errors.forbidden(&path, words);
    }
    let storage = |spec: &Value| Quantity::of(&spec["resources"]["requests"]["storage"]);
    let reached = Quantity::of(&old["status"]["capacity"]["storage"]);
    if is_bound && storage(new) < storage(old_spec) && storage(new) <= reached {
        let path = path.child("resources").child("requests").child("storage");
        errors.forbidden(&path, "field can not be less than status.capacity");
    }
}

/// The spec of a claim, of its own or in a template.
pub(super) fn claim_spec(spec: &Value, path: &Path, errors: &mut Errors) {
    let modes_path = path.child("accessModes");
    let modes: Vec<&str> = items(spec, "accessModes").iter().filter_map(Value::as_str).collect();
    if modes.is_empty() {
        errors.required(&modes_path, "at least 1 access mode is required");
    }
    metadata::selector(&spec["selector"], &path.child("selector"), errors);
    for mode in modes.iter().filter(|it| !MODES.contains(it)) {
        errors.unsupported(&modes_path, *mode, &MODES);
    }
    let is_single = |it: &&str| *it == "ReadWriteOncePod";
    if modes.iter().any(is_single) && modes.iter().any(|it| !is_single(it) && MODES.contains(it)) {
        let words = "may not use ReadWriteOncePod with other access modes";
        errors.forbidden(&modes_path, words);
    }
    let storage_path = path.child("resources").key("storage");
    match Quantity::of(&spec["resources"]["requests"]["storage"]) {
        None => errors.required(&storage_path, ""),
        Some(it) if it <= Quantity::ZERO => {
            errors.invalid(&storage_path, it.to_string(), "must be greater than zero");
        }
        Some(_) => {}
    }
    let class = text(spec, "storageClassName");
    if !class.is_empty() {
        errors.invalid_each(&path.child("storageClassName"), class, names::subdomain(class));
    }
    super::one_of_if_set(spec, "volumeMode", &["Block", "Filesystem"], path, errors);
}

/// A storage class.
pub(super) fn class(object: &Value, old: Option<&Value>, errors: &mut Errors) {
    let root = Path::root("");
    if let Some(old) = old {
        for key in ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"] {
            metadata::immutable(object, old, key, &root, errors);
        }
        return;
    }
    let provisioner = text(object, "provisioner");
    if provisioner.is_empty() {
        errors.required(&root.child("provisioner"), "");
    } else {
        let wrong = names::qualified(&provisioner.to_lowercase());
        errors.invalid_each(&root.child("provisioner"), provisioner, wrong);
    }
    super::one_of_if_set(object, "reclaimPolicy", &["Delete", "Retain"], &root, errors);
    let modes = ["Immediate", "WaitForFirstConsumer"];
    super::one_of_if_set(object, "volumeBindingMode", &modes, &root, errors);
}

/// A lease.
pub(super) fn lease(object: &Value, errors: &mut Errors) {
    let (spec, path) = (&object["spec"], Path::root("spec"));
    if let Some(seconds) = spec["leaseDurationSeconds"].as_i64()
        && seconds <= 0
    {
        errors.invalid(&path.child("leaseDurationSeconds"), seconds, "must be greater than 0");
    }
    non_negative(spec, "leaseTransitions", &path, errors);
}
