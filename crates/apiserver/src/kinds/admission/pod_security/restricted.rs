//! The restricted standard: the baseline, and hardening that a pod must ask for.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::super::value::{is_empty, items, text};
use super::{Standard, Violation, baseline, named, offenders, plural, quote_all, setters};

const ALLOWED_VOLUMES: [&str; 9] = [
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "image",
    "persistentVolumeClaim",
    "projected",
    "secret",
];

/// Volume types that the refusal names; others are called unknown.
const NAMED_VOLUMES: [&str; 21] = [
    "hostPath",
    "gcePersistentDisk",
    "awsElasticBlockStore",
    "gitRepo",
    "nfs",
    "iscsi",
    "glusterfs",
    "rbd",
    "flexVolume",
    "cinder",
    "cephfs",
    "flocker",
    "fc",
    "azureFile",
    "vsphereVolume",
    "quobyte",
    "azureDisk",
    "photonPersistentDisk",
    "portworxVolume",
    "scaleIO",
    "storageos",
];

/// Everything in which a pod falls short of the restricted standard.
pub(super) fn violations(standard: Standard, metadata: &Value, spec: &Value) -> Vec<Violation> {
    let is_windows = standard.has(25) && spec["os"]["name"] == "windows";
    let unless_windows = |found: Option<Violation>| if is_windows { None } else { found };
    let own = [
        unless_windows(privilege_escalation(standard, spec)),
        unless_windows(capabilities(standard, spec)),
        if standard.has(35) { baseline::any_proc_mount(spec) } else { None },
        volumes(spec),
        run_as_non_root(standard, spec),
        run_as_user(standard, spec),
        if standard.has(19) { unless_windows(seccomp(spec)) } else { None },
    ];
    let mut all = baseline::kept_by_restricted(standard, metadata, spec);
    all.extend(own.into_iter().flatten());
    all
}

fn violation(reason: &str, detail: String) -> Violation {
    Violation { reason: reason.to_owned(), detail }
}

fn privilege_escalation(standard: Standard, spec: &Value) -> Option<Violation> {
    if !standard.has(8) {
        return None;
    }
    let names = offenders(spec, |it| it["securityContext"]["allowPrivilegeEscalation"] != false);
    if names.is_empty() {
        return None;
    }
    Some(violation(
        "allowPrivilegeEscalation != false",
        format!("{} must set securityContext.allowPrivilegeEscalation=false", named(&names)),
    ))
}

fn capabilities(standard: Standard, spec: &Value) -> Option<Violation> {
    if !standard.has(22) {
        return None;
    }
    let keeping = offenders(spec, |it| {
        !items(&it["securityContext"]["capabilities"], "drop").iter().any(|it| it == "ALL")
    });
    let mut added = BTreeSet::new();
    let adding = offenders(spec, |container| {
        let extra: Vec<&str> = items(&container["securityContext"]["capabilities"], "add")
            .iter()
            .filter_map(Value::as_str)
            .filter(|it| *it != "NET_BIND_SERVICE")
            .collect();
        added.extend(extra.iter().copied());
        !extra.is_empty()
    });
    let mut details = Vec::new();
    if !keeping.is_empty() {
        details.push(format!(
            "{} must set securityContext.capabilities.drop=[\"ALL\"]",
            named(&keeping)
        ));
    }
    if !adding.is_empty() {
        details.push(format!(
            "{} must not include {} in securityContext.capabilities.add",
            named(&adding),
            quote_all(added)
        ));
    }
    if details.is_empty() {
        return None;
    }
    Some(violation("unrestricted capabilities", details.join("; ")))
}

fn volumes(spec: &Value) -> Option<Violation> {
    let (mut names, mut kinds) = (Vec::new(), BTreeSet::new());
    for volume in items(spec, "volumes") {
        if ALLOWED_VOLUMES.iter().any(|it| volume[*it].is_object()) {
            continue;
        }
        names.push(text(volume, "name"));
        let kind = NAMED_VOLUMES.iter().find(|it| volume[**it].is_object());
        kinds.insert(kind.copied().unwrap_or("unknown"));
    }
    if names.is_empty() {
        return None;
    }
    let detail = format!(
        "{} {} {} {} {}",
        plural("volume", "volumes", names.len()),
        quote_all(&names),
        plural("uses", "use", names.len()),
        plural("restricted volume type", "restricted volume types", kinds.len()),
        quote_all(kinds)
    );
    Some(violation("restricted volume types", detail))
}

fn run_as_non_root(standard: Standard, spec: &Value) -> Option<Violation> {
    if standard.has(35) && spec["hostUsers"] == false {
        return None;
    }
    let pod = &spec["securityContext"]["runAsNonRoot"];
    let explicit = offenders(spec, |it| it["securityContext"]["runAsNonRoot"] == false);
    if let Some(who) = setters(*pod == false, &explicit) {
        let detail = format!("{who} must not set securityContext.runAsNonRoot=false");
        return Some(violation("runAsNonRoot != true", detail));
    }
    let silent = offenders(spec, |it| it["securityContext"]["runAsNonRoot"].is_null());
    if *pod == true || silent.is_empty() {
        return None;
    }
    Some(violation(
        "runAsNonRoot != true",
        format!("pod or {} must set securityContext.runAsNonRoot=true", named(&silent)),
    ))
}

fn run_as_user(standard: Standard, spec: &Value) -> Option<Violation> {
    if !standard.has(23) || (standard.has(35) && spec["hostUsers"] == false) {
        return None;
    }
    let is_root = |it: &Value| it["securityContext"]["runAsUser"] == 0;
    let names = offenders(spec, is_root);
    let who = setters(is_root(spec), &names)?;
    Some(violation("runAsUser=0", format!("{who} must not set runAsUser=0")))
}

fn seccomp(spec: &Value) -> Option<Violation> {
    if let Some(found) = baseline::explicit_seccomp(spec) {
        return Some(found);
    }
    let pod_sets = !is_empty(&spec["securityContext"]["seccompProfile"]);
    let silent = offenders(spec, |it| is_empty(&it["securityContext"]["seccompProfile"]));
    if pod_sets || silent.is_empty() {
        return None;
    }
    let detail = format!(
        "pod or {} must set securityContext.seccompProfile.type to \"RuntimeDefault\" or \
         \"Localhost\"",
        named(&silent)
    );
    Some(violation("seccompProfile", detail))
}
