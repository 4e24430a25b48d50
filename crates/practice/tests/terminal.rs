//! A learner's terminal in front of the practice cluster: what kubectl shows there, key by key.

#![expect(clippy::unwrap_used, reason = "a journey that cannot go on ends")]

mod support;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Uri;
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::Pod;
use kube::api::DeleteParams;
use serde_json::json;
use support::{Playground, echo};
use tokio::time::{Instant, timeout};
use toolshed::tool::Cluster;
use toolshed::{Attachment, Outcome, Settings, Size, Toolbox};

const SIZE: Size = Size { columns: 80, rows: 24 };

/// A learner with a cluster of her own and the terminal in front of it.
struct Learner {
    lab: Playground,
    toolbox: Arc<Toolbox>,
    terminal: Attachment,
    seen: String,
}

impl Learner {
    async fn sits_down() -> Self {
        let lab = Playground::start().await;
        let config = format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: dp\ncontexts:\n- name: dp\n  context: \
             {{namespace: {}}}\n",
            lab.namespace
        );
        let files = BTreeMap::from([("/home/learner/.kube/config".to_owned(), config.into())]);
        let server = Uri::from_static("https://kubernetes.default.svc");
        let toolbox = Toolbox::new(Settings {
            variables: BTreeMap::from([("DP_NS".to_owned(), lab.namespace.clone())]),
            files,
            home: "/home/learner".to_owned(),
            user: "ada".to_owned(),
            hostname: "toolbox".to_owned(),
            cluster: Some(Cluster::new(server, lab.client.clone())),
            clock: support::clock(),
            random: support::random(),
            banner: String::new(),
        });
        let terminal = toolbox.attach("main", SIZE);
        let mut learner = Self { lab, toolbox, terminal, seen: String::new() };
        learner.sees("ada\x1b[m \x1b[36m\u{25cf} dp\x1b[m ~ $ ").await;
        learner
    }

    /// Runs a pod in which commands can be run.
    async fn has_a_box(&self) {
        let pod = json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": "box", "labels": {"app": "box"}},
            "spec": {"containers": [{"name": "box", "image": "hangar/toolbox"}]},
        });
        self.lab.create::<Pod>(pod).await;
        self.lab.until_ready("app=box", 1).await;
    }

    async fn runs(&self, script: &str) -> Outcome {
        self.toolbox.run(script, Bytes::new()).await
    }

    async fn types(&self, keys: &str) {
        self.terminal.input.send(keys.to_owned().into()).await.unwrap();
    }

    /// Reads until a text was shown.
    async fn sees(&mut self, wanted: &str) {
        // In small steps: a paused clock does not wait for bytes that are on their way.
        for _ in 0..120_000 {
            if self.seen.contains(wanted) {
                break;
            }
            let shown = timeout(Duration::from_millis(1), self.terminal.output.recv()).await;
            if let Ok(bytes) = shown {
                self.seen.push_str(&String::from_utf8_lossy(&bytes.unwrap_or_default()));
            }
        }
        assert!(self.seen.contains(wanted), "wanted {wanted:?}, saw {:?}", self.seen);
        let end = self.seen.find(wanted).unwrap() + wanted.len();
        self.seen.drain(..end);
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[tokio::test(start_paused = true)]
async fn a_command_in_a_pod_has_its_streams_and_its_exit_code() {
    let learner = Learner::sits_down().await;
    learner.has_a_box().await;

    let ended = learner.runs("kubectl exec box -- sh -c 'echo out; echo wrong >&2; exit 3'").await;
    let fed = learner.runs("printf 'b\\na\\n' | kubectl exec -i box -- sort").await;

    assert_eq!(text(&ended.stdout), "out\n");
    assert_eq!(text(&ended.stderr), "wrong\ncommand terminated with exit code 3\n");
    assert_eq!(ended.code, 3);
    assert_eq!((text(&fed.stdout).as_str(), fed.code), ("a\nb\n", 0), "{}", text(&fed.stderr));
}

#[tokio::test(start_paused = true)]
async fn an_image_without_a_shell_says_so() {
    let learner = Learner::sits_down().await;
    learner.lab.create::<Deployment>(echo("echo", 1, &json!({}))).await;
    learner.lab.until_ready("app=echo", 1).await;

    let refused = learner.runs("kubectl exec deploy/echo -- sh").await;

    assert!(
        text(&refused.stderr).contains("exec: \"sh\": executable file not found in $PATH"),
        "{}",
        text(&refused.stderr)
    );
    assert_eq!(refused.code, 1);
}

#[tokio::test(start_paused = true)]
async fn a_shell_in_a_pod_is_worked_in_as_at_any_terminal() {
    let mut learner = Learner::sits_down().await;
    learner.has_a_box().await;

    learner.types("kubectl exec -it box -- sh\r").await;
    learner.sees("box:~ $ ").await;
    learner.types("read -p 'name? ' x\r").await;
    learner.sees("name? ").await;
    learner.types("ad\x7fda\r").await;
    learner.types("echo got $x on $HOSTNAME, $COLUMNS wide\r").await;
    learner.sees("\r\ngot ada on box, 80 wide\r").await;

    learner.terminal.resize(Size { columns: 132, rows: 40 }).await;
    learner.sees("box:~ $ ").await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    learner.types("echo $COLUMNS by $LINES\r").await;
    learner.sees("\r\n132 by 40\r").await;

    learner.types("sleep 1000\r").await;
    learner.sees("sleep 1000\r").await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    learner.types("\x03").await;
    learner.sees("^C\r").await;
    learner.types("echo $?; exit 7\r").await;
    learner.sees("130\r").await;
    learner.sees("command terminated with exit code 7\r\n").await;
    learner.sees("133;D;7").await;
    learner.types("echo home again: $COLUMNS\r").await;
    learner.sees("home again: 132\r\n").await;
}

#[tokio::test(start_paused = true)]
async fn a_shell_in_a_pod_ends_with_the_pod() {
    let mut learner = Learner::sits_down().await;
    learner.has_a_box().await;
    learner.types("kubectl exec -it box -- sh\r").await;
    learner.sees("box:~ $ ").await;

    learner.lab.api::<Pod>().delete("box", &DeleteParams::default().grace_period(0)).await.unwrap();

    learner.sees("command terminated with exit code 137\r\n").await;
    learner.sees(" dp").await;
}

#[tokio::test(start_paused = true)]
async fn a_log_is_followed_until_control_c() {
    let mut learner = Learner::sits_down().await;
    learner.lab.create::<Deployment>(echo("echo", 1, &json!({}))).await;
    learner.lab.until_ready("app=echo", 1).await;

    learner.types("kubectl logs -f deploy/echo\r").await;
    learner.sees("Listening on TCP port 1025\r\n").await;
    let pressed = Instant::now();
    learner.types("\x03").await;
    learner.sees("^C\r\n").await;

    assert!(pressed.elapsed() <= Duration::from_millis(200), "{:?}", pressed.elapsed());
    learner.sees("133;D;130").await;
}

#[tokio::test(start_paused = true)]
async fn a_followed_log_ends_with_its_container() {
    let mut learner = Learner::sits_down().await;
    learner.lab.create::<Deployment>(echo("echo", 1, &json!({}))).await;
    let pods = learner.lab.until_ready("app=echo", 1).await;
    let name = pods[0].metadata.name.clone().unwrap();
    learner.types(&format!("kubectl logs -f {name}\r")).await;
    learner.sees("Listening on TCP port 1025\r\n").await;

    learner.lab.api::<Pod>().delete(&name, &DeleteParams::default()).await.unwrap();

    learner.sees("133;D;0").await;
}

#[tokio::test(start_paused = true)]
async fn a_watch_shows_each_change_until_control_c() {
    let mut learner = Learner::sits_down().await;
    learner.types("kubectl get pods -w\r").await;
    learner.sees("133;C").await;
    tokio::time::sleep(Duration::from_secs(1)).await;

    learner.has_a_box().await;

    learner.sees("NAME   READY   STATUS").await;
    learner.sees("box    0/1     Pending").await;
    learner.sees("box    0/1     ContainerCreating").await;
    learner.sees("box    1/1     Running").await;
    learner.types("\x03").await;
    learner.sees("^C\r\n").await;
    learner.sees("133;D;130").await;
}

#[tokio::test(start_paused = true)]
async fn watch_paints_the_pods_again_and_again() {
    let mut learner = Learner::sits_down().await;
    learner.types("watch -n1 kubectl get pods\r").await;
    learner.sees("Every 1.0s: kubectl get pods").await;
    learner.sees("No resources found").await;

    learner.has_a_box().await;

    learner.sees("box    1/1     Running").await;
    learner.types("\x03").await;
    learner.sees("133;D;130").await;
}

#[tokio::test(start_paused = true)]
async fn tab_knows_kinds_names_namespaces_and_flags() {
    let mut learner = Learner::sits_down().await;
    learner.has_a_box().await;
    let cases = [
        ("kubectl descr\tpods bo\t", "kubectl describe pods box "),
        ("kubectl get pods -n kube-n\t", "kubectl get pods -n kube-node-lease "),
        ("kubectl get pods --namespace=kube-n\t", "kubectl get pods --namespace=kube-node-lease "),
        ("kubectl logs b\t", "kubectl logs box "),
        ("kubectl logs box -c b\t", "kubectl logs box -c box "),
        ("kubectl exec -it b\t-- ls", "kubectl exec -it box -- ls"),
        ("kubectl get pod/b\t", "kubectl get pod/box "),
        ("kubectl get pods --all-n\t", "kubectl get pods --all-namespaces "),
        ("kubectl get pods --sele\t", "kubectl get pods --selector="),
        ("kubectl rollout rest\tdep\t", "kubectl rollout restart deployment "),
        ("kubectl delete pods,serviceacc\t", "kubectl delete pods,serviceaccounts "),
        ("kubectl get pods -o ya\t", "kubectl get pods -o yaml "),
        ("kubectl -n kube-sy\tget configm\t", "kubectl -n kube-system get configmaps "),
    ];
    for (keys, line) in cases {
        learner.types(keys).await;
        tokio::time::sleep(Duration::from_secs(3)).await;
        // Ctrl-A, a comment sign, Enter: the line is kept and nothing runs.
        learner.types("\x01#\r").await;
        learner.sees("133;D").await;

        let last = text(&learner.runs("history 1").await.stdout);

        assert!(
            last.trim_end_matches('\n').ends_with(&format!("#{}", line.trim_end())),
            "{keys:?}: {last:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_new_kind_is_found_though_the_old_ones_were_remembered() {
    let learner = Learner::sits_down().await;
    let missing = learner.runs("kubectl get gadgets").await;
    let made = learner
        .runs(
            "cat > crd.yaml <<'E'\napiVersion: apiextensions.k8s.io/v1\nkind: \
             CustomResourceDefinition\nmetadata: {name: gadgets.example.com}\nspec:\n  group: \
             example.com\n  scope: Namespaced\n  names: {plural: gadgets, singular: gadget, kind: \
             Gadget}\n  versions:\n  - name: v1\n    served: true\n    storage: true\n    schema: \
             {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}\nE\n\
             kubectl apply -f crd.yaml",
        )
        .await;

    let found = learner.runs("sleep 1; kubectl get gadgets").await;

    assert!(text(&missing.stderr).contains("the server doesn't have a resource type"));
    if made.code == 0 {
        assert!(text(&found.stderr).contains("No resources found"), "{}", text(&found.stderr));
    }
}

#[tokio::test(start_paused = true)]
async fn an_object_is_edited_in_the_editor() {
    let mut learner = Learner::sits_down().await;
    learner.lab.create::<Deployment>(echo("echo", 1, &json!({}))).await;

    learner.types("kubectl edit deploy/echo\r").await;
    learner.sees("# Please edit the object below.").await;
    learner.sees("Read ").await;
    learner.types("\x17replicas\r\x1b[F\x7f3\x18y\r").await;
    learner.sees("deployment.apps/echo edited\r\n").await;
    learner.sees("133;D;0").await;
    learner.lab.until_ready("app=echo", 3).await;

    learner.types("kubectl edit deploy echo\r").await;
    learner.sees("Read ").await;
    learner.types("\x18").await;
    learner.sees("Edit cancelled, no changes made.\r\n").await;
}

#[tokio::test(start_paused = true)]
async fn a_wrong_edit_is_opened_again_with_the_reason() {
    let learner = Learner::sits_down().await;
    learner.lab.create::<Deployment>(echo("echo", 1, &json!({}))).await;

    let wrong = learner
        .runs("KUBE_EDITOR='sed -i s/replicas:.*/replicas:-1/' kubectl edit deploy/echo")
        .await;
    let invalid = learner
        .runs("KUBE_EDITOR='sed -i s/replicas:.1/replicas:\\ -1/' kubectl edit deploy/echo")
        .await;
    let renamed = learner
        .runs("KUBE_EDITOR='sed -i s/^kind:.*/kind:X/' kubectl edit deploy/echo; cat /tmp/kube*")
        .await;

    assert_eq!(wrong.code, 1);
    let said = text(&wrong.stderr);
    assert!(said.starts_with("error: deployments.apps \"echo\" is invalid\n"), "{said}");
    assert!(said.contains("A copy of your changes has been stored to"), "{said}");
    assert!(said.contains("error: Edit cancelled, no valid changes were saved."), "{said}");
    assert_ne!(invalid.code, 0, "{}", text(&invalid.stderr));
    assert!(text(&renamed.stdout).contains("Please edit the object"), "{}", text(&renamed.stderr));
}
