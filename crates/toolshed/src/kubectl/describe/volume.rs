//! Descriptions of the volumes of a pod.

use serde_json::Value;

use super::page::{Page, number};
use crate::kubectl::discovery::array;
use crate::kubectl::print::jsonpath::word;

/// Describes all volumes.
pub(super) fn describe(page: &mut Page, volumes: &Value, space: &str) {
    if array(volumes).is_empty() {
        page.line(0, format!("{space}Volumes:\t<none>"));
        return;
    }
    page.line(0, format!("{space}Volumes:"));
    let indent = if space.is_empty() { "" } else { " " };
    for volume in array(volumes) {
        page.line(1, format!("{indent}{}:", word(&volume["name"])));
        one(page, volume);
    }
}

fn one(page: &mut Page, volume: &Value) {
    let optional = |source: &Value| (source["optional"] == true).to_string();
    if volume["emptyDir"].is_object() {
        let source = &volume["emptyDir"];
        page.field(2, "Type", "EmptyDir (a temporary directory that shares a pod's lifetime)");
        page.field(2, "Medium", word(&source["medium"]));
        let limit = word(&source["sizeLimit"]);
        page.field(2, "SizeLimit", if limit.is_empty() { "<unset>" } else { &limit });
    } else if volume["secret"].is_object() {
        let source = &volume["secret"];
        page.field(2, "Type", "Secret (a volume populated by a Secret)");
        page.field(2, "SecretName", word(&source["secretName"]));
        page.field(2, "Optional", optional(source));
    } else if volume["configMap"].is_object() {
        let source = &volume["configMap"];
        page.field(2, "Type", "ConfigMap (a volume populated by a ConfigMap)");
        page.field(2, "Name", word(&source["name"]));
        page.field(2, "Optional", optional(source));
    } else if volume["hostPath"].is_object() {
        let source = &volume["hostPath"];
        page.field(2, "Type", "HostPath (bare host directory volume)");
        page.field(2, "Path", word(&source["path"]));
        page.field(2, "HostPathType", word(&source["type"]));
    } else if volume["persistentVolumeClaim"].is_object() {
        let source = &volume["persistentVolumeClaim"];
        page.field(
            2,
            "Type",
            "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
        );
        page.field(2, "ClaimName", word(&source["claimName"]));
        page.field(2, "ReadOnly", (source["readOnly"] == true).to_string());
    } else if volume["projected"].is_object() {
        projected(page, &volume["projected"]);
    } else {
        page.line(1, "<unknown>");
    }
}

fn projected(page: &mut Page, volume: &Value) {
    page.field(2, "Type", "Projected (a volume that contains injected data from multiple sources)");
    for source in array(&volume["sources"]) {
        for (key, title) in [("secret", "SecretName"), ("configMap", "ConfigMapName")] {
            if source[key].is_object() {
                page.field(2, title, word(&source[key]["name"]));
                page.field(2, "Optional", (source[key]["optional"] == true).to_string());
            }
        }
        if source["downwardAPI"].is_object() {
            page.field(2, "DownwardAPI", "true");
        }
        if source["serviceAccountToken"].is_object() {
            let seconds = number(&source["serviceAccountToken"]["expirationSeconds"]);
            page.field(2, "TokenExpirationSeconds", seconds.to_string());
        }
    }
}
