//! The rows of what keeps data.

use serde_json::{Value, json};

use super::super::value::{entries, items, text};
use super::network::marked_default;
use super::{Printed, or};
use crate::quantity::Quantity;

/// The cells of a persistent volume claim.
pub(super) fn claim(printed: &Printed<'_>) -> Vec<Value> {
    let (spec, status) = (printed.spec(), printed.status());
    let is_bound = !text(spec, "volumeName").is_empty();
    let capacity = if is_bound { amount(&status["capacity"]["storage"]) } else { String::new() };
    let modes = if is_bound { access_modes(status) } else { String::new() };
    vec![
        printed.name(),
        json!(phase(printed)),
        json!(text(spec, "volumeName")),
        json!(capacity),
        json!(modes),
        json!(class_name(printed)),
        json!(or(&spec["volumeAttributesClassName"], "<unset>")),
        printed.age(),
        json!(or(&spec["volumeMode"], "<unset>")),
    ]
}

/// The cells of a persistent volume.
pub(super) fn volume(printed: &Printed<'_>) -> Vec<Value> {
    let (spec, status) = (printed.spec(), printed.status());
    let claim = &spec["claimRef"];
    let claimed = if claim.is_object() {
        format!("{}/{}", text(claim, "namespace"), text(claim, "name"))
    } else {
        String::new()
    };
    vec![
        printed.name(),
        json!(amount(&spec["capacity"]["storage"])),
        json!(access_modes(spec)),
        json!(text(spec, "persistentVolumeReclaimPolicy")),
        json!(phase(printed)),
        json!(claimed),
        json!(class_name(printed)),
        json!(or(&spec["volumeAttributesClassName"], "<unset>")),
        json!(text(status, "reason")),
        printed.age(),
        json!(or(&spec["volumeMode"], "<unset>")),
    ]
}

fn phase<'a>(printed: &Printed<'a>) -> &'a str {
    if printed.is_going() { "Terminating" } else { text(printed.status(), "phase") }
}

fn amount(value: &Value) -> String {
    Quantity::of(value).unwrap_or(Quantity::ZERO).to_string()
}

fn access_modes(holder: &Value) -> String {
    let known = [
        ("ReadWriteOnce", "RWO"),
        ("ReadOnlyMany", "ROX"),
        ("ReadWriteMany", "RWX"),
        ("ReadWriteOncePod", "RWOP"),
    ];
    let given = items(holder, "accessModes");
    let shown = known.iter().filter(|(long, _)| given.iter().any(|it| it == long));
    shown.map(|it| it.1).collect::<Vec<_>>().join(",")
}

fn class_name<'a>(printed: &Printed<'a>) -> &'a str {
    let annotations = &printed.object["metadata"]["annotations"];
    or(
        &annotations["volume.beta.kubernetes.io/storage-class"],
        text(printed.spec(), "storageClassName"),
    )
}

/// The cells of a storage class.
pub(super) fn class(printed: &Printed<'_>) -> Vec<Value> {
    let object = printed.object;
    vec![
        json!(marked_default(printed, "storageclass.kubernetes.io/is-default-class")),
        json!(text(object, "provisioner")),
        json!(or(&object["reclaimPolicy"], "Delete")),
        json!(or(&object["volumeBindingMode"], "Immediate")),
        json!(object["allowVolumeExpansion"] == true),
        printed.age(),
    ]
}

/// The cells of a config map.
pub(super) fn config_map(printed: &Printed<'_>) -> Vec<Value> {
    let object = printed.object;
    let keys = entries(object, "data").count() + entries(object, "binaryData").count();
    vec![printed.name(), json!(keys), printed.age()]
}

/// The cells of a secret.
pub(super) fn secret(printed: &Printed<'_>) -> Vec<Value> {
    let object = printed.object;
    vec![
        printed.name(),
        json!(text(object, "type")),
        json!(entries(object, "data").count()),
        printed.age(),
    ]
}
