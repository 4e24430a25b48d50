//! Pod Security: the `baseline` and `restricted` standards, by a namespace's labels.
//!
//! **Invariant:** the sentence names every control that a pod breaks, in the real server's order
//! and words.
//!
//! **Deliberately absent:** exemptions, and audit annotations, which nobody here could read.

mod baseline;
mod restricted;

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

use super::super::registry::Resource;
use super::super::value::{is_empty, items, text};

/// A standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Everything is allowed.
    Privileged,
    /// Known ways to take over the node are refused.
    Baseline,
    /// Only hardened pods are allowed.
    Restricted,
}

/// A standard as of a version of Kubernetes; no minor version means the latest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standard {
    /// How strict it is.
    pub level: Level,
    /// The `N` of `v1.N`.
    pub minor: Option<u32>,
}

/// What a namespace asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Pods that break it are refused.
    pub enforce: Standard,
    /// Whoever breaks it is warned.
    pub warn: Standard,
}

/// One control that a pod breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The control.
    pub reason: String,
    /// Who breaks it and what they must do.
    pub detail: String,
}

impl fmt::Display for Standard {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let level = match self.level {
            Level::Privileged => "privileged",
            Level::Baseline => "baseline",
            Level::Restricted => "restricted",
        };
        match self.minor {
            Some(minor) => write!(out, "{level}:v1.{minor}"),
            None => write!(out, "{level}:latest"),
        }
    }
}

impl Standard {
    const OPEN: Self = Self { level: Level::Privileged, minor: None };

    /// Whether the standard already has a control that came with a minor version.
    const fn has(self, since: u32) -> bool {
        match self.minor {
            Some(minor) => minor >= since,
            None => true,
        }
    }
}

impl Policy {
    /// Reads a namespace's labels. An unreadable level counts as restricted, as in the real one.
    pub fn of(labels: &Value) -> Self {
        let label = |name: &str| labels[format!("pod-security.kubernetes.io/{name}")].as_str();
        let read = |mode: &str| {
            let level = label(mode).map(|it| match it {
                "privileged" => Level::Privileged,
                "baseline" => Level::Baseline,
                _ => Level::Restricted,
            });
            let version = label(&format!("{mode}-version"));
            let minor = version.and_then(|it| it.strip_prefix("v1.")?.parse().ok());
            (level, version.is_some(), minor)
        };
        let (enforced, _, enforced_minor) = read("enforce");
        let enforce =
            Standard { level: enforced.unwrap_or(Level::Privileged), minor: enforced_minor };
        let (warned, has_version, warned_minor) = read("warn");
        let warn = match warned {
            Some(level) => Standard { level, minor: warned_minor },
            // Who enforces without warning is warned of what is enforced, so that workloads tell.
            None if enforced.is_some() => Standard {
                level: enforce.level,
                minor: if has_version { warned_minor } else { enforce.minor },
            },
            None => Standard::OPEN,
        };
        Self { enforce, warn }
    }
}

/// Why a pod may not enter, if it may not; the caller forbids it with this.
pub fn refusal(policy: Policy, pod: &Value) -> Option<String> {
    let sentence = sentence(policy.enforce, &pod["metadata"], &pod["spec"])?;
    Some(format!("violates PodSecurity \"{}\": {sentence}", policy.enforce))
}

/// The warning that goes with a pod or a workload that is let in, if any.
pub fn warning(policy: Policy, resource: &Resource, object: &Value) -> Option<String> {
    let template = match resource.kind {
        "Pod" => object,
        "PodTemplate" => &object["template"],
        "CronJob" => &object["spec"]["jobTemplate"]["spec"]["template"],
        "Deployment"
        | "ReplicaSet"
        | "StatefulSet"
        | "DaemonSet"
        | "Job"
        | "ReplicationController" => &object["spec"]["template"],
        _ => return None,
    };
    if is_empty(&template["spec"]) {
        return None;
    }
    let sentence = sentence(policy.warn, &template["metadata"], &template["spec"])?;
    Some(format!("would violate PodSecurity \"{}\": {sentence}", policy.warn))
}

/// What is told to whoever makes a namespace stricter while it has pods that break the new level.
///
/// Pods that break it in the same way share a line, under the first of their names.
pub fn namespace_warnings<'a>(
    new: &Value,
    old: &Value,
    pods: impl IntoIterator<Item = &'a Value>,
) -> Vec<String> {
    let enforce = Policy::of(&new["metadata"]["labels"]).enforce;
    let before = Policy::of(&old["metadata"]["labels"]).enforce;
    let relaxed = enforce.minor == before.minor && enforce.level <= before.level;
    if enforce.level == Level::Privileged || relaxed {
        return Vec::new();
    }
    let mut offenders: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for pod in pods {
        let found = violations(enforce, &pod["metadata"], &pod["spec"]);
        let reasons: Vec<String> = found.into_iter().map(|it| it.reason).collect();
        if !reasons.is_empty() {
            offenders.entry(reasons.join(", ")).or_default().push(text(&pod["metadata"], "name"));
        }
    }
    let line = |(reasons, names): (&String, &Vec<&str>)| {
        let first = names.iter().min().copied().unwrap_or_default();
        match names.len() - 1 {
            0 => format!("{first}: {reasons}"),
            1 => format!("{first} (and 1 other pod): {reasons}"),
            others => format!("{first} (and {others} other pods): {reasons}"),
        }
    };
    let mut lines: Vec<String> = offenders.iter().map(line).collect();
    lines.sort();
    if !lines.is_empty() {
        let namespace = text(&new["metadata"], "name");
        let head = format!(
            "existing pods in namespace \"{namespace}\" violate the new PodSecurity enforce level \
             \"{enforce}\""
        );
        lines.insert(0, head);
    }
    lines
}

/// Whether an update of a pod must be judged again: only what can be changed later matters.
pub fn must_judge_update(new: &Value, old: &Value) -> bool {
    let images = |pod: &Value, list: &str| -> Vec<Value> {
        items(&pod["spec"], list).iter().map(|it| it["image"].clone()).collect()
    };
    ["initContainers", "containers"].iter().any(|it| images(new, it) != images(old, it))
        || new["spec"]["ephemeralContainers"] != old["spec"]["ephemeralContainers"]
        || new["metadata"]["annotations"] != old["metadata"]["annotations"]
}

/// Everything in which a pod falls short of a standard.
pub fn violations(standard: Standard, metadata: &Value, spec: &Value) -> Vec<Violation> {
    match standard.level {
        Level::Privileged => Vec::new(),
        Level::Baseline => baseline::violations(standard, metadata, spec),
        Level::Restricted => restricted::violations(standard, metadata, spec),
    }
}

fn sentence(standard: Standard, metadata: &Value, spec: &Value) -> Option<String> {
    let found = violations(standard, metadata, spec);
    if found.is_empty() {
        return None;
    }
    let parts: Vec<String> =
        found.iter().map(|it| format!("{} ({})", it.reason, it.detail)).collect();
    Some(parts.join(", "))
}

/// All containers in the order in which they are judged.
fn containers(spec: &Value) -> impl Iterator<Item = &Value> {
    ["initContainers", "containers", "ephemeralContainers"]
        .into_iter()
        .flat_map(move |it| items(spec, it))
}

/// The names of the containers that break a rule.
fn offenders<'a>(spec: &'a Value, mut breaks: impl FnMut(&'a Value) -> bool) -> Vec<&'a str> {
    containers(spec).filter(|it| breaks(it)).map(|it| text(it, "name")).collect()
}

/// `"a", "b"`.
fn quote_all<T: fmt::Display>(names: impl IntoIterator<Item = T>) -> String {
    names.into_iter().map(|it| format!("\"{it}\"")).collect::<Vec<_>>().join(", ")
}

const fn plural<'a>(one: &'a str, many: &'a str, count: usize) -> &'a str {
    if count == 1 { one } else { many }
}

/// `container "a"` or `containers "a", "b"`.
fn named(names: &[&str]) -> String {
    format!("{} {}", plural("container", "containers", names.len()), quote_all(names))
}

/// `pod and container "a"`: whoever sets something, the pod itself included.
fn setters(pod: bool, names: &[&str]) -> Option<String> {
    match (pod, names.is_empty()) {
        (false, true) => None,
        (true, true) => Some("pod".to_owned()),
        (false, false) => Some(named(names)),
        (true, false) => Some(format!("pod and {}", named(names))),
    }
}

#[cfg(test)]
mod tests;
