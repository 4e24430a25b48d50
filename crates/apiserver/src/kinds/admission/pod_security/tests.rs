//! Pod Security, held against recorded refusals of the real server.

use serde_json::{Value, json};

use super::super::super::registry::find;
use super::super::super::value::items;
use super::{Level, Policy, Standard, must_judge_update, namespace_warnings, refusal, warning};

/// Pods of our own making, with what a 1.36 server said of each.
const CASES: &str = include_str!("cases.json");

#[test]
fn refusals_and_warnings_are_worded_as_the_real_server_words_them() {
    let cases: Value = serde_json::from_str(CASES).unwrap();
    let pods = find("", "v1", "pods").unwrap();
    for case in cases.as_array().unwrap() {
        let policy = Policy::of(&case["labels"]);
        let pod = json!({"metadata": {"name": "a"}, "spec": case["spec"]});

        let refused = refusal(policy, &pod);

        assert_eq!(refused.clone().unwrap_or_default(), case["refusal"].as_str().unwrap());
        if refused.is_none() {
            let warned: Vec<Value> =
                warning(policy, pods, &pod).into_iter().map(Value::from).collect();
            assert_eq!(warned, items(case, "warnings"));
        }
    }
}

#[test]
fn a_namespace_that_becomes_stricter_names_the_pods_that_break_its_level() {
    let namespace = |level: &str| {
        let labels = json!({"pod-security.kubernetes.io/enforce": level});
        json!({"metadata": {"name": "ada", "labels": labels}})
    };
    let pod = |name: &str, spec: Value| json!({"metadata": {"name": name}, "spec": spec});
    let plain = json!({"containers": [{"name": "c"}]});
    let host = json!({"hostNetwork": true, "containers": [{"name": "c"}]});
    let pods = [pod("web-b", plain.clone()), pod("web-a", plain), pod("node", host)];

    let stricter = namespace_warnings(&namespace("restricted"), &namespace("baseline"), &pods);
    let between = namespace_warnings(&namespace("baseline"), &json!({}), &pods);
    let relaxed = namespace_warnings(&namespace("baseline"), &namespace("restricted"), &pods);

    let rest = "allowPrivilegeEscalation != false, unrestricted capabilities, runAsNonRoot != \
                true, seccompProfile";
    let head = |level: &str| {
        format!(
            "existing pods in namespace \"ada\" violate the new PodSecurity enforce level \
             \"{level}:latest\""
        )
    };
    let node = format!("node: host namespaces, {rest}");
    let web = format!("web-a (and 1 other pod): {rest}");
    assert_eq!(stricter, [head("restricted"), node, web]);
    assert_eq!(between, [head("baseline"), "node: host namespaces".to_owned()]);
    assert!(relaxed.is_empty());
}

#[test]
fn a_workload_is_warned_of_what_is_enforced() {
    let policy = Policy::of(&json!({"pod-security.kubernetes.io/enforce": "restricted"}));
    let deployments = find("apps", "v1", "deployments").unwrap();
    let deployment = json!({"spec": {"template": {"spec": {"containers": [{"name": "c"}]}}}});

    let warned = warning(policy, deployments, &deployment).unwrap();

    assert!(warned.starts_with(
        "would violate PodSecurity \"restricted:latest\": allowPrivilegeEscalation != false \
         (container \"c\" must set"
    ));
}

#[test]
fn labels_choose_level_and_version() {
    let policy = Policy::of(&json!({
        "pod-security.kubernetes.io/enforce": "baseline",
        "pod-security.kubernetes.io/enforce-version": "v1.30",
    }));

    assert_eq!(policy.enforce, Standard { level: Level::Baseline, minor: Some(30) });
    assert_eq!(policy.warn.to_string(), "baseline:v1.30");
    assert_eq!(Policy::of(&json!({})).enforce.level, Level::Privileged);
}

#[test]
fn an_update_of_labels_is_not_judged_again() {
    let old = json!({"spec": {"containers": [{"image": "a"}]}});
    let mut labelled = old.clone();
    labelled["metadata"]["labels"] = json!({"a": "b"});
    let mut replaced = old.clone();
    replaced["spec"]["containers"][0]["image"] = json!("b");

    assert!(!must_judge_update(&labelled, &old));
    assert!(must_judge_update(&replaced, &old));
}
