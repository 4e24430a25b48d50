//! What the server is and has: `api-resources`, `api-versions`, `version`, `cluster-info`.

use serde_json::{Value, json};

use crate::kubectl::api::Call;
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::flags::{Flag, Takes};
use crate::kubectl::print::jsonpath::word;
use crate::kubectl::print::tabs::Tabs;
use crate::kubectl::print::{json as json_printer, yaml};
use crate::kubectl::session::{Running, Session};

/// The version that this kubectl behaves as.
const VERSION: &str = "v1.36.3";
const KUSTOMIZE: &str = "v5.8.1";

/// The flags of `api-resources`.
pub(crate) const RESOURCES: &[Flag] = &[
    Flag::short('o', "output", Takes::Text(""), "wide or name"),
    Flag::new("namespaced", Takes::Switch(true), "Only those in namespaces, or only the others"),
    Flag::new("api-group", Takes::Text(""), "Only of this group"),
    Flag::new("verbs", Takes::List, "Only those that know these verbs"),
    Flag::new("categories", Takes::List, "Only of these categories"),
    Flag::new("sort-by", Takes::Text(""), "name or kind"),
    Flag::new("no-headers", Takes::Switch(false), "Leave the headers out"),
    Flag::new("show-managed-fields", Takes::Switch(false), "Accepted; there are none"),
    Flag::new("cached", Takes::Switch(false), "Believe what was learnt before"),
];

/// The flags of `version`.
pub(crate) const VERSIONS: &[Flag] = &[
    Flag::new("client", Takes::Switch(false), "Only of kubectl"),
    Flag::short('o', "output", Takes::Text(""), "yaml or json"),
];

/// Runs `kubectl api-resources`.
pub(crate) fn api_resources(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        let flags = &session.flags;
        let output = flags.text("output");
        if !matches!(output, "" | "wide" | "name") {
            let words = format!("--output {output} is not available");
            return Err(Failure::error(words));
        }
        let discovery =
            if flags.on("cached") { session.discovery().await? } else { session.newest().await? };
        let mut found: Vec<_> = discovery
            .resources
            .iter()
            .filter(|one| one.preferred && !one.verbs.is_empty())
            .filter(|one| !flags.changed("namespaced") || one.namespaced == flags.on("namespaced"))
            .filter(|one| !flags.changed("api-group") || one.group == flags.text("api-group"))
            .filter(|one| flags.list("verbs").iter().all(|verb| one.can(verb)))
            .filter(|one| flags.list("categories").iter().all(|word| one.categories.contains(word)))
            .collect();
        found.sort_by(|a, b| a.group.cmp(&b.group).then(a.plural.cmp(&b.plural)));
        match flags.text("sort-by") {
            "name" => found.sort_by(|a, b| a.plural.cmp(&b.plural)),
            "kind" => found.sort_by(|a, b| a.kind.cmp(&b.kind)),
            _ => {}
        }
        let mut text = String::new();
        if output == "name" {
            for one in found {
                text = format!("{text}{}\n", one.qualified());
            }
            return session.out(text).await;
        }
        if !flags.on("no-headers") {
            text.push_str("NAME\tSHORTNAMES\tAPIVERSION\tNAMESPACED\tKIND");
            text.push_str(if output == "wide" { "\tVERBS\tCATEGORIES\n" } else { "\n" });
        }
        for one in found {
            let shorts = one.short_names.join(",");
            let version = one.api_version();
            text = format!(
                "{text}{}\t{shorts}\t{version}\t{}\t{}",
                one.plural, one.namespaced, one.kind
            );
            if output == "wide" {
                let (verbs, categories) = (one.verbs.join(","), one.categories.join(","));
                text = format!("{text}\t{verbs}\t{categories}");
            }
            text.push('\n');
        }
        session.out(Tabs::table().render(&text)).await
    })
}

/// Runs `kubectl api-versions`.
pub(crate) fn api_versions(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        let mut versions = session.newest().await?.versions.clone();
        versions.sort();
        session.say(versions.join("\n")).await
    })
}

/// Runs `kubectl version`.
pub(crate) fn version(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        let output = session.flags.text("output").to_owned();
        let mut all = json!({
            "clientVersion": {"major": "1", "minor": "36", "gitVersion": VERSION,
                "platform": "linux/amd64"},
            "kustomizeVersion": KUSTOMIZE,
        });
        let server = if session.flags.on("client") {
            Ok(Value::Null)
        } else {
            session.api.value(Call::get("/version").query("timeout", "32s")).await
        };
        if let Ok(server @ Value::Object(_)) = &server {
            all["serverVersion"] = server.clone();
        }
        let text = match output.as_str() {
            "" => {
                let mut text =
                    format!("Client Version: {VERSION}\nKustomize Version: {KUSTOMIZE}\n");
                if all["serverVersion"].is_object() {
                    let git = word(&all["serverVersion"]["gitVersion"]);
                    text = format!("{text}Server Version: {git}\n");
                }
                text
            }
            "yaml" => yaml::text(&all),
            "json" => json_printer::pretty(&all).replace("    ", "  "),
            _ => return Err(Failure::error("--output must be 'yaml' or 'json'")),
        };
        session.out(text).await?;
        server.map(|_| ())
    })
}

/// Runs `kubectl cluster-info`.
pub(crate) fn cluster_info(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        if let Some(word) = session.arguments().first() {
            return Err(unknown(word));
        }
        let services = Call::get("/api/v1/namespaces/kube-system/services")
            .query("labelSelector", "kubernetes.io/cluster-service=true");
        session.api.value(services).await?;
        let server = session.api.server();
        let terminal = session.context.stdout.is_terminal();
        let (green, yellow, plain) =
            if terminal { ("\u{1b}[0;32m", "\u{1b}[0;33m", "\u{1b}[0m") } else { ("", "", "") };
        session
            .out(format!(
                "{green}Kubernetes control plane{plain} is running at {yellow}{server}{plain}\n\nTo \
                 further debug and diagnose cluster problems, use 'kubectl cluster-info dump'.\n"
            ))
            .await
    })
}

fn unknown(word: &str) -> Failure {
    Failure::error(format!("cluster-info {word} is not available in this terminal"))
}

/// `kubectl completion bash`: nothing is left to do, for the Tab key knows kubectl's words.
pub(crate) fn completion(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        match session.arguments() {
            [] => Err(session.usage("Shell not specified.")),
            [shell] if shell == "bash" => {
                session.say("# This terminal completes kubectl's words already: press Tab.").await
            }
            [other] => Err(session.usage(format!("Unsupported shell type {other:?}."))),
            [..] => Err(session.usage("Too many arguments. Expected only the shell type.")),
        }
    })
}

/// Refuses by name what this terminal does not do.
pub(crate) fn refuse(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        match session.command.as_str() {
            "kubectl top node" | "kubectl top pod" => top(session).await,
            other => Err(refusal(other)),
        }
    })
}

/// What is said of a command that this terminal does not do.
pub(crate) fn refusal(command: &str) -> Failure {
    let command = command.trim_start_matches("kubectl ");
    let why = match command {
        "port-forward" => {
            "the practice cluster's pods cannot be called yet; see what they do with \
             'kubectl logs POD' and 'kubectl describe pod POD'"
        }
        "proxy" => {
            "this terminal has no ports of its own; ask the API server with \
             'kubectl get --raw /api/v1/…'"
        }
        "cp" => "use 'kubectl exec POD -- cat FILE > FILE', or a ConfigMap",
        "attach" => "use 'kubectl logs -f POD', or 'kubectl exec -it POD -- sh'",
        "debug" => "use 'kubectl exec -it POD -- sh', or 'kubectl run' for a pod beside it",
        "autoscale" => "nothing scales by its load here; use 'kubectl scale --replicas=N'",
        "kustomize" => "apply plain manifests with 'kubectl apply -f DIRECTORY'",
        "cordon" | "uncordon" | "drain" | "taint" => {
            "nodes belong to the whole class; see them with 'kubectl describe nodes'"
        }
        "certificate" => "certificates are the cluster's administrator's",
        "create poddisruptionbudget" | "create ingress" | "create priorityclass" => {
            "write it as a manifest and use 'kubectl apply -f FILE'"
        }
        "auth reconcile" => "use 'kubectl apply -f FILE'",
        "cluster-info dump" => "see objects with 'kubectl get' and 'kubectl logs'",
        "config delete-context" | "config set" | "config unset" => {
            "edit the kubeconfig file, or use 'kubectl config set-context' or 'rename-context'"
        }
        "kuberc" => "there is no file of preferences",
        "set serviceaccount" | "set subject" | "set selector" => {
            "use 'kubectl edit' or 'kubectl patch'"
        }
        "apply view-last-applied" | "apply edit-last-applied" | "apply set-last-applied" => {
            "see the annotation with 'kubectl get -o yaml'"
        }
        _ => "this terminal reaches only its own lab",
    };
    Failure::error(format!("{command} is not available here: {why}"))
}

/// `kubectl top`, as it is without a metrics server.
async fn top(session: &Session) -> Outcome {
    let versions = &session.discovery().await?.versions;
    if versions.iter().any(|one| one.starts_with("metrics.k8s.io/")) {
        return Err(Failure::error(
            "top is not available here: see what pods ask for with 'kubectl describe pod'",
        ));
    }
    Err(Failure::error("Metrics API not available"))
}
