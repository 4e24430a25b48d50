//! Labs and exercises: from start to green, red, and over a restart.

use http::{Method, StatusCode};
use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;
use kube::api::{DeleteParams, PostParams};
use serde_json::{Value, json};

use crate::app::{Actor, Event, TestApp};

const EXERCISE: &str = "/api/v1/exercises/your-two-namespaces";

async fn config_maps(learner: &Actor, lab: &Value, plane: &str) -> Api<ConfigMap> {
    Api::namespaced(learner.cluster().await, namespace(lab, plane))
}

/// What the first exercise asks for, in one namespace.
pub(crate) async fn say_hello(learner: &Actor, namespace: &str, word: &str) {
    let hello: ConfigMap = serde_json::from_value(json!({
        "metadata": {"name": "hello"}, "data": {"plane": word}
    }))
    .unwrap();
    let maps: Api<ConfigMap> = Api::namespaced(learner.cluster().await, namespace);
    maps.create(&PostParams::default(), &hello).await.unwrap();
}

fn namespace<'a>(lab: &'a Value, plane: &str) -> &'a str {
    lab[format!("{plane}_namespace")].as_str().unwrap()
}

fn check_is(event: &Event, check: &str, state: &str) -> bool {
    event.name == "check" && event.data["check"] == check && event.data["state"] == state
}

#[tokio::test]
async fn an_exercise_turns_green_by_itself_and_red_when_it_is_broken() {
    let app = TestApp::start().await;
    let ada = app.join("Ada").await;
    let lab = ada.start_lab().await;
    let mut events = ada.events(None).await;

    say_hello(&ada, namespace(&lab, "cp"), "control").await;
    say_hello(&ada, namespace(&lab, "dp"), "data").await;

    events.until(|event| event.name == "progress" && event.data["state"] == "passed").await;
    assert_eq!(ada.get(EXERCISE).await.json()["state"], "passed");

    let maps = config_maps(&ada, &lab, "dp").await;
    maps.delete("hello", &DeleteParams::default()).await.unwrap();

    let red = events.until(|event| check_is(event, "dp-hello", "not-yet")).await;
    assert!(red.data["first_passed_at"].is_i64());
    assert_eq!(red.data["reason"]["code"], "missing-object");
    assert!(red.data["reason"]["found"].is_string());
    let card = ada.get(EXERCISE).await.json();
    assert_eq!(card["state"], "broken");
    assert_eq!(card["checks"][0]["state"], "passed", "the other one is not touched: {card}");
}

#[tokio::test]
async fn a_container_that_does_not_start_is_explained_in_its_own_words() {
    let app = TestApp::start().await;
    let ada = app.join("Ada").await;
    let lab = ada.start_lab().await;
    let mut events = ada.events(None).await;
    let files = std::fs::read_to_string("../content/files/labs/echo.yaml").unwrap();
    let first = files.split("\n---\n").next().unwrap();
    let mut echo: Deployment = serde_saphyr::from_str(first).unwrap();
    let pod = echo.spec.as_mut().unwrap().template.spec.as_mut().unwrap();
    pod.containers[0].command = Some(vec!["sleep".to_owned()]);

    let deployments = Api::namespaced(ada.cluster().await, namespace(&lab, "dp"));
    deployments.create(&PostParams::default(), &echo).await.unwrap();

    let said = |event: &Event, word: &str| {
        event.name == "check"
            && event.data["check"] == "two-ready"
            && event.data["reason"]["cause"].as_str().is_some_and(|cause| cause.contains(word))
    };
    let words = "ends again and again, last with exit code 128 (StartError)";
    let event = events.until(|event| said(event, words)).await;
    let cause = event.data["reason"]["cause"].as_str().unwrap();
    assert!(cause.contains("\"sleep\": executable file not found in $PATH"), "{cause}");
    let card = ada.get("/api/v1/exercises/desired-state-loop?lang=pt").await.text;
    assert!(card.contains("com o código de saída 128 (StartError)"), "{card}");
}

#[tokio::test]
async fn progress_survives_a_restart() {
    let app = TestApp::start().await;
    let ada = app.join("Ada").await;
    let lab = ada.start_lab().await;
    let mut events = ada.events(None).await;
    say_hello(&ada, namespace(&lab, "cp"), "control").await;
    events.until(|event| check_is(event, "cp-hello", "passed")).await;
    let cookie = ada.cookie.clone();
    drop((ada, events));

    let app = app.restart().await;

    let exercise = app.with_cookie(&cookie).get(EXERCISE).await.json();
    let hello = &exercise["checks"][0];
    assert_eq!(hello["id"], "cp-hello");
    assert!(hello["first_passed_at"].is_i64(), "{exercise}");
}

#[tokio::test]
async fn a_lab_is_started_once_and_ends_when_asked() {
    let app = TestApp::start().await;
    let ada = app.join("Ada").await;

    let lab = ada.start_lab().await;
    let again = ada.post("/api/v1/lab", Value::Null).await;
    assert_eq!(again.status, StatusCode::OK);
    assert_eq!(again.json()["cp_namespace"], lab["cp_namespace"]);

    let mut events = ada.events(None).await;
    assert_eq!(ada.delete("/api/v1/lab").await.status, StatusCode::ACCEPTED);
    events.until(|event| event.name == "lab" && event.data["state"] == "ended").await;
}

#[tokio::test]
async fn what_needs_a_lab_says_so_when_there_is_none() {
    let app = TestApp::start().await;
    let ada = app.join("Ada").await;

    assert_eq!(ada.get("/api/v1/lab").await.json()["state"], "none");
    for answer in [
        ada.post("/api/v1/exercises/desired-state-loop/start", Value::Null).await,
        ada.get("/api/v1/lab/kubeconfig").await,
        ada.get("/api/v1/lab/objects").await,
        ada.post("/api/v1/lab/extend", Value::Null).await,
        ada.delete("/api/v1/lab").await,
    ] {
        assert_eq!(answer.status, StatusCode::CONFLICT);
        assert_eq!(answer.json()["code"], "lab-not-ready");
    }
}

#[tokio::test]
async fn a_learner_reaches_her_own_namespaces_only() {
    let app = TestApp::start().await;
    let ada = app.join("Ada").await;
    let eve = app.join("Eve").await;
    let lab = ada.start_lab().await;
    eve.start_lab().await;

    let foreign = lab["cp_namespace"].as_str().unwrap();
    let maps: Api<ConfigMap> = Api::namespaced(eve.cluster().await, foreign);
    let error = maps.list(&kube::api::ListParams::default()).await.unwrap_err();

    assert!(matches!(error, kube::Error::Api(status) if status.code == 403));
}

#[tokio::test]
async fn what_was_green_in_a_lab_that_has_ended_is_unknown_and_stays_earned() {
    let app = TestApp::start().await;
    let ada = app.join("Ada").await;
    let lab = ada.start_lab().await;
    let mut events = ada.events(None).await;
    say_hello(&ada, namespace(&lab, "cp"), "control").await;
    events.until(|event| check_is(event, "cp-hello", "passed")).await;

    ada.delete("/api/v1/lab").await;

    let unknown = events.until(|event| check_is(event, "cp-hello", "unknown")).await;
    assert_eq!(unknown.data["reason"]["code"], "no-lab");
    assert!(unknown.data["first_passed_at"].is_i64(), "{unknown:?}");
    events.until(|event| event.name == "lab" && event.data["state"] == "ended").await;
    assert_eq!(ada.get(EXERCISE).await.json()["checks"][0]["state"], "unknown");
}

#[tokio::test]
async fn a_kubeconfig_that_would_not_work_where_the_learner_is_is_refused() {
    let app = TestApp::start().await;
    let ada = app.join("Ada").await;
    ada.start_lab().await;

    for (language, word) in [("en", "only"), ("pt", "só"), ("es", "solo")] {
        let path = format!("/api/v1/lab/kubeconfig?lang={language}");
        let answer = ada.send(Method::GET, &path, None, &[("host", "192.168.1.20:8080")]).await;
        assert_eq!(answer.status, StatusCode::CONFLICT);
        let problem = answer.json();
        assert_eq!(problem["code"], "cluster-out-of-reach");
        assert!(problem["title"].as_str().unwrap().contains(word), "{problem}");
        assert!(problem["next"].as_str().unwrap().contains("--cluster-listen"), "{problem}");
        // Who follows the link on a page reads a page.
        let browser = [("host", "192.168.1.20:8080"), ("accept", "text/html,*/*;q=0.8")];
        let page = ada.send(Method::GET, &path, None, &browser).await;
        assert_eq!(page.status, StatusCode::CONFLICT);
        assert!(page.headers["content-type"].to_str().unwrap().starts_with("text/html"));
        assert!(page.text.contains("--cluster-listen"), "{}", page.text);
        let back = format!("class=\"button primary\" href=\"/{language}/me\"");
        assert!(page.text.contains(&back), "it leads back to where the file is: {}", page.text);
    }
    assert_eq!(ada.get("/api/v1/lab/kubeconfig").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_kubeconfig_leads_to_where_the_classroom_is_when_the_cluster_listens_everywhere() {
    let app = TestApp::start_with(&["--cluster-listen", "0.0.0.0:0"]).await;
    let ada = app.join("Ada").await;
    let lab = ada.start_lab().await;

    let elsewhere = [("host", "192.168.1.20:8080")];
    let text = ada.send(Method::GET, "/api/v1/lab/kubeconfig", None, &elsewhere).await.text;
    assert!(text.contains("server: \"https://192.168.1.20:"), "{text}");

    // The certificate is for `localhost`, whatever the address; kubectl and this client accept it.
    say_hello(&ada, namespace(&lab, "cp"), "control").await;
}

#[tokio::test]
async fn each_window_is_answered_in_its_own_language_whatever_another_has_chosen() {
    let app = TestApp::start().await;
    let ada = app.join("Ada").await;
    let both = app.with_cookie(&format!("{}; language=pt", ada.cookie));

    let english = both.get("/api/v1/lab/kubeconfig?lang=en").await;
    let chosen = both.get("/api/v1/lab/kubeconfig").await;

    assert_eq!(english.headers["content-language"], "en");
    assert_eq!(chosen.headers["content-language"], "pt");
    let page = both.get("/en/").await.text;
    assert!(page.contains("data-events=\"/api/v1/events?lang=en\""), "the page asks in its own");
}
