//! Validation, held against recorded refusals of the real server.

use serde_json::Value;

use super::super::errors::message;
use super::super::registry::{Resource, find_kind};
use super::super::value::{child, fill, text};
use super::super::{apply_defaults, prepare_for_create, prepare_for_update};
use super::{validate_create, validate_update};

/// Objects of our own making, with what a 1.36 server answered to each.
const CREATES: &str = include_str!("creates.json");
/// Changes of our own making, likewise.
const UPDATES: &str = include_str!("updates.json");

fn resource_of(object: &Value) -> &'static Resource {
    let version = text(object, "apiVersion");
    let (group, version) = version.split_once('/').unwrap_or(("", version));
    find_kind(group, version, text(object, "kind")).unwrap()
}

/// What this server says of a new object, empty where it lets it in.
fn verdict_on_create(object: &Value) -> String {
    let resource = resource_of(object);
    let mut object = object.clone();
    fill(child(&mut object, "metadata"), "uid", "09642a8f-0383-4baf-9ba6-d752c50ec3c4");
    apply_defaults(resource, &mut object);
    prepare_for_create(resource, &mut object);
    verdict(resource, &object, &validate_create(resource, &object))
}

fn verdict_on_update(new: &Value, old: &Value) -> String {
    let resource = resource_of(old);
    let mut new = new.clone();
    apply_defaults(resource, &mut new);
    prepare_for_update(resource, &mut new, old, None);
    verdict(resource, &new, &validate_update(resource, &new, old))
}

fn verdict(resource: &Resource, object: &Value, errors: &[super::FieldError]) -> String {
    if errors.is_empty() {
        return String::new();
    }
    message(&resource.group_kind(), text(&object["metadata"], "name"), errors)
}

fn report(differences: &[String]) {
    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.join("\n"));
}

#[test]
fn new_objects_are_judged_in_the_real_words() {
    let cases: Vec<Value> = serde_json::from_str(CREATES).unwrap();

    let mut differences = Vec::new();
    for case in &cases {
        let (said, wanted) = (verdict_on_create(&case["object"]), text(case, "message"));
        if said != wanted {
            differences.push(format!("wanted: {wanted}\n  said: {said}"));
        }
    }

    report(&differences);
}

#[test]
fn changed_objects_are_judged_in_the_real_words() {
    let cases: Vec<Value> = serde_json::from_str(UPDATES).unwrap();

    let mut differences = Vec::new();
    for case in &cases {
        let (said, wanted) = (verdict_on_update(&case["new"], &case["old"]), text(case, "message"));
        // The lines after the first show the difference, each server in its own notation.
        if said.lines().next() != wanted.lines().next() {
            differences.push(format!("wanted: {wanted}\n  said: {said}"));
        }
    }

    report(&differences);
}
