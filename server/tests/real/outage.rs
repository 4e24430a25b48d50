//! The API server goes silent, is killed, comes back: checks are unknown meanwhile, never green by age.

use std::time::Duration;

use curriculum::{CheckState, ExerciseId};
use serde_json::{Value, json};
use tokio::process::Command;
use tokio::time::{Instant, sleep};

use crate::app::{Event, Events};
use crate::rig::{PATIENCE, Rig, end_lab, word};

/// What learners are promised.
const PROMISE: Duration = Duration::from_secs(5);

/// Sends the real API server a signal; the last act of a test, whatever happens, is that it runs again.
struct ApiServer<'a> {
    rig: &'a Rig,
}

impl ApiServer<'_> {
    async fn signal(&self, signal: &str) {
        let pid = std::fs::read_to_string(self.rig.folder.join("apiserver.pid")).unwrap();
        let status = Command::new("kill").args([signal, pid.trim()]).status().await.unwrap();
        assert!(status.success());
    }

    async fn starts_again(&self) {
        let script = "setsid sh ./apiserver.sh >>log/apiserver.log 2>&1 & echo $! > apiserver.pid";
        let started =
            Command::new("sh").args(["-c", script]).current_dir(&self.rig.folder).status().await;
        assert!(started.unwrap().success());
        let deadline = Instant::now() + PATIENCE;
        while self.rig.admin().types("kubectl get --raw /readyz").await.code != 0 {
            assert!(Instant::now() < deadline, "the API server does not come back");
            sleep(Duration::from_millis(200)).await;
        }
    }
}

impl Drop for ApiServer<'_> {
    fn drop(&mut self) {
        let pid = std::fs::read_to_string(self.rig.folder.join("apiserver.pid")).unwrap();
        let again = std::process::Command::new("kill").args(["-CONT", pid.trim()]).status();
        drop(again);
    }
}

fn is(check: &'static str, state: CheckState) -> impl Fn(&Event) -> bool {
    move |event| {
        event.name == "check" && event.data["check"] == check && event.data["state"] == word(state)
    }
}

/// Waits for a check's state; fails if any check turns green on the way to *unknown*.
async fn turns(events: &mut Events, check: &'static str, state: CheckState) -> Value {
    events.until(is(check, state)).await.data
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_api_server_is_silent_nothing_is_green() {
    let rig = Rig::take().await;
    let app = rig.serve().await;
    let ada = rig.learner(&app, "Ada").await;
    let mut events = ada.browser.events(None).await;
    let create = "for ns in $CP_NS $DP_NS; do kubectl -n $ns create configmap hello; done
        kubectl -n $CP_NS patch configmap hello -p '{\"data\":{\"plane\":\"control\"}}'
        kubectl -n $DP_NS patch configmap hello -p '{\"data\":{\"plane\":\"data\"}}'";
    ada.terminal.done(create).await;
    turns(&mut events, "dp-hello", CheckState::Passed).await;
    ada.terminal.done("kubectl -n $CP_NS delete configmap hello").await;
    turns(&mut events, "cp-hello", CheckState::NotYet).await;
    let id: ExerciseId = "your-two-namespaces".parse().unwrap();
    let course = app.inner.course();
    let exercise = course.exercise(&id).unwrap();

    let server = ApiServer { rig: &rig };
    server.signal("-STOP").await;
    let silent = Instant::now();
    turns(&mut events, "dp-hello", CheckState::Unknown).await;
    assert!(silent.elapsed() <= PROMISE, "unknown only after {:?}", silent.elapsed());
    let card = ada.card(exercise).await;
    assert_eq!(card["state"], "broken", "an outage mends nothing: {card:#}");
    assert!(card["checks"].as_array().unwrap().iter().all(|it| it["state"] == "unknown"));
    let ready = ada.browser.get("/readyz").await;
    assert_eq!(ready.status, 503);
    assert!(ready.text.contains("cluster: unreachable"), "{}", ready.text);

    server.signal("-CONT").await;
    turns(&mut events, "dp-hello", CheckState::Passed).await;
    let card = ada.card(exercise).await;
    let states: Vec<&Value> =
        card["checks"].as_array().unwrap().iter().map(|check| &check["state"]).collect();
    assert_eq!(states, [&json!("not-yet"), &json!("passed")]);
    ada.leaves().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_api_server_is_noticed_and_its_return_too() {
    let rig = Rig::take().await;
    let app = rig.serve().await;
    let ada = rig.learner(&app, "Ada").await;
    let mut events = ada.browser.events(None).await;
    let create = "kubectl -n $CP_NS create configmap hello --from-literal=plane=control";
    ada.terminal.done(create).await;
    turns(&mut events, "cp-hello", CheckState::Passed).await;

    let server = ApiServer { rig: &rig };
    server.signal("-KILL").await;
    let killed = Instant::now();
    turns(&mut events, "cp-hello", CheckState::Unknown).await;
    assert!(killed.elapsed() <= PROMISE, "unknown only after {:?}", killed.elapsed());

    server.starts_again().await;
    turns(&mut events, "cp-hello", CheckState::Passed).await;
    ada.terminal.done("kubectl -n $CP_NS delete configmap hello").await;
    turns(&mut events, "cp-hello", CheckState::NotYet).await;
    ada.leaves().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_starts_before_its_cluster_says_so_and_goes_on_by_itself() {
    let rig = Rig::take().await;
    let server = ApiServer { rig: &rig };
    let kubeconfig = rig.server().await.kubeconfig.display().to_string();
    server.signal("-KILL").await;

    let flags = ["--cluster", "kubeconfig", "--kubeconfig", &kubeconfig];
    let app = crate::app::TestApp::start_with(&flags).await;
    let ada = rig.joins(&app, "Ada").await;
    let mut events = ada.events(None).await;
    ada.post("/api/v1/lab", Value::Null).await;
    let failed = events.until(|event| event.data["state"] == "failed").await.data;
    assert!(!failed["message"].as_str().unwrap().is_empty(), "{failed}");
    assert!(ada.get("/readyz").await.text.contains("cluster: unreachable"));

    server.starts_again().await;
    events.until(|event| event.name == "lab" && event.data["state"] == "ready").await;
    assert_eq!(ada.get("/readyz").await.status, 200);
    end_lab(&ada).await;
}
