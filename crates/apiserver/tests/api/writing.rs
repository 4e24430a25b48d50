//! Creating and updating.

use serde_json::json;

use crate::server::{CONFIG_MAPS, DEPLOYMENTS, PODS, Server, deployment, pod};

#[tokio::test]
async fn a_new_object_is_given_what_only_the_server_sets() {
    let server = Server::start().await;
    let admin = server.admin();

    let created = admin.create(DEPLOYMENTS, &deployment("web")).await;

    let metadata = &created["metadata"];
    assert_eq!(metadata["namespace"], "lab");
    assert_eq!(metadata["generation"], 1);
    assert_eq!(metadata["uid"].as_str().unwrap().len(), 36);
    assert_eq!(metadata["creationTimestamp"], "2026-01-01T00:00:00Z");
    assert!(metadata["resourceVersion"].as_str().unwrap().parse::<u64>().unwrap() > 0);
    assert_eq!(created["spec"]["strategy"]["type"], "RollingUpdate");
}

#[tokio::test]
async fn a_name_is_generated_where_only_its_start_is_given() {
    let server = Server::start().await;
    let admin = server.admin();
    let object = json!({"metadata": {"generateName": "web-"}});

    let one = admin.create(CONFIG_MAPS, &object).await;
    let other = admin.create(CONFIG_MAPS, &object).await;

    let name = one["metadata"]["name"].as_str().unwrap();
    assert!(name.starts_with("web-") && name.len() == 9, "{name}");
    assert_ne!(one["metadata"]["name"], other["metadata"]["name"]);
}

#[tokio::test]
async fn a_name_that_is_taken_is_refused() {
    let server = Server::start().await;
    let admin = server.admin();
    admin.create(DEPLOYMENTS, &deployment("web")).await;

    let again = admin.post(DEPLOYMENTS, &deployment("web")).await;

    assert_eq!(again.code, 409);
    assert_eq!(again.reason(), "AlreadyExists");
    assert_eq!(again.message(), r#"deployments.apps "web" already exists"#);
}

#[tokio::test]
async fn an_update_of_an_older_version_is_refused() {
    let server = Server::start().await;
    let admin = server.admin();
    let mut read = admin.create(CONFIG_MAPS, &json!({"metadata": {"name": "c"}})).await;
    let path = format!("{CONFIG_MAPS}/c");
    read["data"] = json!({"a": "1"});
    assert_eq!(admin.put(&path, &read).await.code, 200);

    let stale = admin.put(&path, &read).await;

    assert_eq!(stale.code, 409);
    assert_eq!(
        stale.message(),
        "Operation cannot be fulfilled on configmaps \"c\": the object has been modified; please \
         apply your changes to the latest version and try again"
    );
}

#[tokio::test]
async fn an_update_that_changes_nothing_is_not_written() {
    let server = Server::start().await;
    let admin = server.admin();
    let before = admin.create(DEPLOYMENTS, &deployment("web")).await;

    let after = admin.put(&format!("{DEPLOYMENTS}/web"), &deployment("web")).await;

    assert_eq!(after.code, 200);
    assert_eq!(after.body["metadata"]["resourceVersion"], before["metadata"]["resourceVersion"]);
}

#[tokio::test]
async fn a_dry_run_answers_and_leaves_nothing() {
    let server = Server::start().await;
    let admin = server.admin();

    let tried = admin.post(&format!("{PODS}?dryRun=All"), &pod("web")).await;

    assert_eq!(tried.code, 201);
    assert_eq!(admin.get(&format!("{PODS}/web")).await.code, 404);
}

#[tokio::test]
async fn status_and_spec_are_written_apart() {
    let server = Server::start().await;
    let admin = server.admin();
    admin.create(DEPLOYMENTS, &deployment("web")).await;
    let mut both = deployment("web");
    both["spec"]["replicas"] = json!(5);
    both["status"] = json!({"replicas": 3});

    let status = admin.put(&format!("{DEPLOYMENTS}/web/status"), &both).await;

    assert_eq!(status.code, 200, "{}", status.body);
    assert_eq!(status.body["spec"]["replicas"], 1);
    assert_eq!(status.body["status"]["replicas"], 3);
    assert_eq!(status.body["metadata"]["generation"], 1);
}

#[tokio::test]
async fn scaling_changes_only_the_number() {
    let server = Server::start().await;
    let admin = server.admin();
    admin.create(DEPLOYMENTS, &deployment("web")).await;
    let path = format!("{DEPLOYMENTS}/web/scale");

    let scaled = admin.patch(&path, "merge-patch+json", &json!({"spec": {"replicas": 4}})).await;

    assert_eq!(scaled.code, 200, "{}", scaled.body);
    assert_eq!(scaled.body["kind"], "Scale");
    assert_eq!(scaled.body["status"]["selector"], "app=web");
    let read = admin.get(&format!("{DEPLOYMENTS}/web")).await.body;
    assert_eq!(read["spec"]["replicas"], 4);
    assert_eq!(read["metadata"]["generation"], 2);
}

#[tokio::test]
async fn an_unknown_field_is_refused_when_strictness_is_asked_for() {
    let server = Server::start().await;
    let admin = server.admin();
    let mut object = deployment("web");
    object["spec"]["replcas"] = json!(2);

    let strict = admin.post(&format!("{DEPLOYMENTS}?fieldValidation=Strict"), &object).await;

    assert_eq!(strict.code, 400);
    assert!(strict.message().contains(r#"unknown field "spec.replcas""#), "{}", strict.message());
}

#[tokio::test]
async fn two_services_never_have_one_node_port() {
    let server = Server::start().await;
    let admin = server.admin();
    let path = "/api/v1/namespaces/lab/services";
    let service = |name: &str| {
        json!({
            "metadata": {"name": name},
            "spec": {"type": "NodePort", "ports": [{"port": 80, "nodePort": 30080}]},
        })
    };

    let creations = (0..8).map(|step| {
        let (admin, service) = (admin.clone(), service(&format!("s{step}")));
        async move { admin.post(path, &service).await.code }
    });
    let mut codes = futures::future::join_all(creations).await;

    codes.sort_unstable();
    assert_eq!(codes, [201, 422, 422, 422, 422, 422, 422, 422]);
    let winner = admin.get(path).await.body["items"][0]["metadata"]["name"].clone();
    admin.delete(&format!("{path}/{}", winner.as_str().unwrap())).await;
    assert_eq!(admin.post(path, &service("next")).await.code, 201);
}

#[tokio::test]
async fn services_get_addresses_of_their_own() {
    let server = Server::start().await;
    let admin = server.admin();
    let path = "/api/v1/namespaces/lab/services";
    let service =
        |name: &str| json!({"metadata": {"name": name}, "spec": {"ports": [{"port": 80}]}});

    let one = admin.create(path, &service("one")).await;
    let other = admin.create(path, &service("other")).await;

    let address = |it: &serde_json::Value| it["spec"]["clusterIP"].as_str().unwrap().to_owned();
    assert!(address(&one).starts_with("10.96."), "{}", address(&one));
    assert_ne!(address(&one), address(&other));
}

#[tokio::test]
async fn an_event_is_read_in_both_of_its_forms() {
    let server = Server::start().await;
    let admin = server.admin();
    let event = json!({
        "metadata": {"name": "e"}, "type": "Normal", "reason": "Greeted", "action": "Greeting",
        "note": "hello", "reportingController": "c", "reportingInstance": "i",
        "eventTime": "2026-01-01T00:00:00.000000Z",
        "regarding": {"kind": "Pod", "name": "a", "namespace": "lab"},
    });

    admin.create("/apis/events.k8s.io/v1/namespaces/lab/events", &event).await;

    let core = admin.get("/api/v1/namespaces/lab/events?fieldSelector=involvedObject.name=a").await;
    assert_eq!(core.body["items"][0]["message"], "hello");
    let named = admin.get("/apis/events.k8s.io/v1/namespaces/lab/events/e").await;
    assert_eq!(named.body["note"], "hello");
    assert_eq!(named.body["apiVersion"], "events.k8s.io/v1");
}
