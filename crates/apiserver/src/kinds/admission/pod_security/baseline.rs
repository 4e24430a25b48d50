//! The baseline standard: no known way from the pod to its node.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::super::errors::quoted;
use super::super::super::value::{entries, is_empty, items, text};
use super::{Standard, Violation, containers, named, offenders, plural, quote_all, setters};

/// Capabilities that a container runtime gives by default.
const DEFAULT_CAPABILITIES: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

/// Kernel parameters that are separate for each pod, and the minor version that allowed each.
const SAFE_SYSCTLS: [(&str, u32); 12] = [
    ("kernel.shm_rmid_forced", 0),
    ("net.ipv4.ip_local_port_range", 0),
    ("net.ipv4.tcp_syncookies", 0),
    ("net.ipv4.ping_group_range", 0),
    ("net.ipv4.ip_unprivileged_port_start", 0),
    ("net.ipv4.ip_local_reserved_ports", 27),
    ("net.ipv4.tcp_keepalive_time", 29),
    ("net.ipv4.tcp_fin_timeout", 29),
    ("net.ipv4.tcp_keepalive_intvl", 29),
    ("net.ipv4.tcp_keepalive_probes", 29),
    ("net.ipv4.tcp_rmem", 32),
    ("net.ipv4.tcp_wmem", 32),
];

/// Everything in which a pod falls short of the baseline.
pub(super) fn violations(standard: Standard, metadata: &Value, spec: &Value) -> Vec<Violation> {
    let overridden = [
        capabilities(spec),
        host_path_volumes(spec),
        proc_mount(standard, spec),
        seccomp(standard, metadata, spec),
    ];
    let [capabilities, host_path, proc_mount, seccomp] = overridden;
    [
        app_armor(metadata, spec),
        capabilities,
        host_namespaces(spec),
        host_path,
        host_ports(spec),
        probe_hosts(standard, spec),
        privileged(spec),
        proc_mount,
        se_linux(standard, spec),
        seccomp,
        sysctls(standard, spec),
        windows_host_process(spec),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The controls of the baseline that the restricted standard does not replace by stricter ones.
pub(super) fn kept_by_restricted(
    standard: Standard,
    metadata: &Value,
    spec: &Value,
) -> Vec<Violation> {
    [
        app_armor(metadata, spec),
        host_namespaces(spec),
        host_ports(spec),
        probe_hosts(standard, spec),
        privileged(spec),
        if standard.has(35) { None } else { proc_mount(standard, spec) },
        se_linux(standard, spec),
        if standard.has(19) { None } else { seccomp(standard, metadata, spec) },
        sysctls(standard, spec),
        windows_host_process(spec),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn violation(reason: &str, detail: String) -> Violation {
    Violation { reason: reason.to_owned(), detail }
}

fn app_armor(metadata: &Value, spec: &Value) -> Option<Violation> {
    let mut bad = BTreeSet::new();
    let mut is_bad = |holder: &Value| {
        let profile = &holder["securityContext"]["appArmorProfile"];
        let kind = text(profile, "type");
        let breaks = profile.is_object() && !matches!(kind, "RuntimeDefault" | "Localhost");
        if breaks {
            bad.insert(kind.to_owned());
        }
        breaks
    };
    let pod = is_bad(spec);
    let names = offenders(spec, is_bad);
    let annotations: Vec<String> = entries(metadata, "annotations")
        .filter(|(key, value)| {
            let value = value.as_str().unwrap_or_default();
            key.starts_with("container.apparmor.security.beta.kubernetes.io/")
                && !(value.is_empty()
                    || value == "runtime/default"
                    || value.starts_with("localhost/"))
        })
        .map(|(key, value)| format!("{key}={}", quoted(value.as_str().unwrap_or_default())))
        .collect();
    let mut who: Vec<String> = setters(pod, &names).into_iter().collect();
    if !annotations.is_empty() {
        who.push(plural("annotation", "annotations", annotations.len()).to_owned());
    }
    if who.is_empty() {
        return None;
    }
    let values: Vec<String> = bad.into_iter().chain(annotations).collect();
    let reason = plural("forbidden AppArmor profile", "forbidden AppArmor profiles", values.len());
    let detail = format!(
        "{} must not set AppArmor profile type to {}",
        who.join(" and "),
        quote_all(&values)
    );
    Some(violation(reason, detail))
}

fn capabilities(spec: &Value) -> Option<Violation> {
    let mut added = BTreeSet::new();
    let names = offenders(spec, |container| {
        let extra: Vec<&str> = items(&container["securityContext"]["capabilities"], "add")
            .iter()
            .filter_map(Value::as_str)
            .filter(|it| !DEFAULT_CAPABILITIES.contains(it))
            .collect();
        added.extend(extra.iter().copied());
        !extra.is_empty()
    });
    if names.is_empty() {
        return None;
    }
    let detail = format!(
        "{} must not include {} in securityContext.capabilities.add",
        named(&names),
        quote_all(added)
    );
    Some(violation("non-default capabilities", detail))
}

fn host_namespaces(spec: &Value) -> Option<Violation> {
    let used: Vec<String> = ["hostNetwork", "hostPID", "hostIPC"]
        .iter()
        .filter(|it| spec[**it] == true)
        .map(|it| format!("{it}=true"))
        .collect();
    if used.is_empty() { None } else { Some(violation("host namespaces", used.join(", "))) }
}

fn host_path_volumes(spec: &Value) -> Option<Violation> {
    let names: Vec<&str> = items(spec, "volumes")
        .iter()
        .filter(|it| it["hostPath"].is_object())
        .map(|it| text(it, "name"))
        .collect();
    if names.is_empty() {
        return None;
    }
    let words = plural("volume", "volumes", names.len());
    Some(violation("hostPath volumes", format!("{words} {}", quote_all(names))))
}

fn host_ports(spec: &Value) -> Option<Violation> {
    let mut ports = BTreeSet::new();
    let names = offenders(spec, |container| {
        let used: Vec<String> = items(container, "ports")
            .iter()
            .filter(|it| !is_empty(&it["hostPort"]))
            .map(|it| it["hostPort"].to_string())
            .collect();
        ports.extend(used.iter().cloned());
        !used.is_empty()
    });
    if names.is_empty() {
        return None;
    }
    let detail = format!(
        "{} {} {} {}",
        named(&names),
        plural("uses", "use", names.len()),
        plural("hostPort", "hostPorts", ports.len()),
        ports.into_iter().collect::<Vec<_>>().join(", ")
    );
    Some(violation("hostPort", detail))
}

fn probe_hosts(standard: Standard, spec: &Value) -> Option<Violation> {
    if !standard.has(34) {
        return None;
    }
    let (mut names, mut hosts) = (BTreeSet::new(), BTreeSet::new());
    for container in containers(spec) {
        let lifecycle = &container["lifecycle"];
        let handlers = [
            &container["livenessProbe"],
            &container["readinessProbe"],
            &container["startupProbe"],
            &lifecycle["postStart"],
            &lifecycle["preStop"],
        ];
        for handler in handlers {
            for action in ["httpGet", "tcpSocket"] {
                let host = text(&handler[action], "host");
                if !host.is_empty() {
                    names.insert(text(container, "name"));
                    hosts.insert(host);
                }
            }
        }
    }
    if names.is_empty() {
        return None;
    }
    let names: Vec<&str> = names.into_iter().collect();
    let detail = format!(
        "{} {} {} {}",
        named(&names),
        plural("uses", "use", names.len()),
        plural("probe or lifecycle host", "probe or lifecycle hosts", hosts.len()),
        quote_all(hosts)
    );
    Some(violation("probe or lifecycle host", detail))
}

fn privileged(spec: &Value) -> Option<Violation> {
    let names = offenders(spec, |it| it["securityContext"]["privileged"] == true);
    if names.is_empty() {
        return None;
    }
    Some(violation(
        "privileged",
        format!("{} must not set securityContext.privileged=true", named(&names)),
    ))
}

fn proc_mount(standard: Standard, spec: &Value) -> Option<Violation> {
    if standard.has(35) && spec["hostUsers"] == false {
        return None;
    }
    any_proc_mount(spec)
}

/// An unmasked `/proc`, whatever the namespaces.
pub(super) fn any_proc_mount(spec: &Value) -> Option<Violation> {
    let mut kinds = BTreeSet::new();
    let names = offenders(spec, |container| {
        let kind = text(&container["securityContext"], "procMount");
        let breaks = !matches!(kind, "" | "Default");
        if breaks {
            kinds.insert(kind);
        }
        breaks
    });
    if names.is_empty() {
        return None;
    }
    let detail =
        format!("{} must not set securityContext.procMount to {}", named(&names), quote_all(kinds));
    Some(violation("procMount", detail))
}

fn se_linux(standard: Standard, spec: &Value) -> Option<Violation> {
    let (mut kinds, mut user, mut role) = (BTreeSet::new(), false, false);
    let mut is_bad = |holder: &Value| {
        let options = &holder["securityContext"]["seLinuxOptions"];
        let kind = text(options, "type");
        let allowed = matches!(kind, "" | "container_t" | "container_init_t" | "container_kvm_t")
            || (kind == "container_engine_t" && standard.has(31));
        if !allowed {
            kinds.insert(kind.to_owned());
        }
        let (sets_user, sets_role) = (!is_empty(&options["user"]), !is_empty(&options["role"]));
        user |= sets_user;
        role |= sets_role;
        !allowed || sets_user || sets_role
    };
    let pod = is_bad(spec);
    let names = offenders(spec, is_bad);
    let who = setters(pod, &names)?;
    let mut what = Vec::new();
    if !kinds.is_empty() {
        what.push(format!("{} {}", plural("type", "types", kinds.len()), quote_all(kinds)));
    }
    if user {
        what.push("user may not be set".to_owned());
    }
    if role {
        what.push("role may not be set".to_owned());
    }
    let detail = format!("{who} set forbidden securityContext.seLinuxOptions: {}", what.join("; "));
    Some(violation("seLinuxOptions", detail))
}

fn seccomp(standard: Standard, metadata: &Value, spec: &Value) -> Option<Violation> {
    if standard.has(19) { explicit_seccomp(spec) } else { annotated_seccomp(metadata, spec) }
}

/// A system-call profile that is none.
pub(super) fn explicit_seccomp(spec: &Value) -> Option<Violation> {
    let mut kinds = BTreeSet::new();
    let mut is_bad = |holder: &Value| {
        let profile = &holder["securityContext"]["seccompProfile"];
        let kind = text(profile, "type");
        let breaks = profile.is_object() && !matches!(kind, "RuntimeDefault" | "Localhost");
        if breaks {
            kinds.insert(kind.to_owned());
        }
        breaks
    };
    let pod = is_bad(spec);
    let names = offenders(spec, is_bad);
    let who = setters(pod, &names)?;
    let detail =
        format!("{who} must not set securityContext.seccompProfile.type to {}", quote_all(kinds));
    Some(violation("seccompProfile", detail))
}

/// Before 1.19 the profile was an annotation.
fn annotated_seccomp(metadata: &Value, spec: &Value) -> Option<Violation> {
    let keys = std::iter::once("seccomp.security.alpha.kubernetes.io/pod".to_owned()).chain(
        containers(spec).map(|it| {
            format!("container.seccomp.security.alpha.kubernetes.io/{}", text(it, "name"))
        }),
    );
    let mut bad = BTreeSet::new();
    for key in keys {
        if let Some(value) = metadata["annotations"][key.as_str()].as_str()
            && !matches!(value, "runtime/default" | "docker/default")
            && !value.starts_with("localhost/")
        {
            bad.insert(format!("{key}={}", quoted(value)));
        }
    }
    if bad.is_empty() {
        return None;
    }
    let words = plural("annotation", "annotations", bad.len());
    let list = bad.into_iter().collect::<Vec<_>>().join(", ");
    Some(violation("seccompProfile", format!("forbidden {words} {list}")))
}

fn sysctls(standard: Standard, spec: &Value) -> Option<Violation> {
    let unsafe_names: Vec<&str> = items(&spec["securityContext"], "sysctls")
        .iter()
        .map(|it| text(it, "name"))
        .filter(|name| {
            !SAFE_SYSCTLS.iter().any(|(safe, since)| safe == name && standard.has(*since))
        })
        .collect();
    if unsafe_names.is_empty() {
        return None;
    }
    Some(violation("forbidden sysctls", unsafe_names.join(", ")))
}

fn windows_host_process(spec: &Value) -> Option<Violation> {
    let is_bad = |it: &Value| it["securityContext"]["windowsOptions"]["hostProcess"] == true;
    let names = offenders(spec, is_bad);
    let who = setters(is_bad(spec), &names)?;
    Some(violation(
        "hostProcess",
        format!("{who} must not set securityContext.windowsOptions.hostProcess=true"),
    ))
}
