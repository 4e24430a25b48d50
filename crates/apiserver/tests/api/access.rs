//! Who may do what.

use serde_json::{Value, json};

use crate::server::{CONFIG_MAPS, PODS, Server, pod};

const ROLES: &str = "/apis/rbac.authorization.k8s.io/v1/namespaces/lab/roles";
const BINDINGS: &str = "/apis/rbac.authorization.k8s.io/v1/namespaces/lab/rolebindings";

fn binding(role: &str, kind: &str, subject: &Value) -> Value {
    json!({
        "metadata": {"name": format!("{role}-binding")},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": role},
        "subjects": [subject],
    })
}

fn ada() -> Value {
    json!({"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": "ada"})
}

#[tokio::test]
async fn what_no_role_allows_is_forbidden_in_the_words_of_kubernetes() {
    let server = Server::start().await;

    let refused = server.actor("ada").get(&format!("{PODS}/web")).await;

    assert_eq!((refused.code, refused.reason()), (403, "Forbidden"));
    assert_eq!(
        refused.message(),
        "pods \"web\" is forbidden: User \"ada\" cannot get resource \"pods\" in API group \"\" in \
         the namespace \"lab\""
    );
    assert_eq!(refused.body["details"], json!({"name": "web", "kind": "pods"}));
}

#[tokio::test]
async fn a_binding_gives_a_role_in_its_namespace_only() {
    let server = Server::start().await;
    let ada_actor = server.actor("ada");

    server.admin().create(BINDINGS, &binding("edit", "ClusterRole", &ada())).await;

    assert_eq!(ada_actor.post(PODS, &pod("web")).await.code, 201);
    assert_eq!(ada_actor.get("/api/v1/namespaces/default/pods").await.code, 403);
    assert_eq!(ada_actor.get("/api/v1/nodes").await.code, 403);
}

#[tokio::test]
async fn nobody_grants_what_they_do_not_have() {
    let server = Server::start().await;
    server.admin().create(BINDINGS, &binding("admin", "ClusterRole", &ada())).await;
    let role = |resource: &str| {
        let rule = json!({"apiGroups": [""], "resources": [resource], "verbs": ["get"]});
        json!({"metadata": {"name": resource}, "rules": [rule]})
    };

    let granted = server.actor("ada").post(ROLES, &role("pods")).await;
    let refused = server.actor("ada").post(ROLES, &role("nodes")).await;

    assert_eq!(granted.code, 201, "{}", granted.body);
    assert_eq!(refused.code, 403);
    assert_eq!(
        refused.message(),
        "roles.rbac.authorization.k8s.io \"nodes\" is forbidden: user \"ada\" \
         (groups=[\"system:authenticated\"]) is attempting to grant RBAC permissions not currently \
         held:\n{APIGroups:[\"\"], Resources:[\"nodes\"], Verbs:[\"get\"]}"
    );
}

#[tokio::test]
async fn a_service_account_token_works_until_its_account_is_deleted() {
    let server = Server::start().await;
    let admin = server.admin();
    let accounts = "/api/v1/namespaces/lab/serviceaccounts";
    admin.create(accounts, &json!({"metadata": {"name": "learner"}})).await;
    let subject = json!({"kind": "ServiceAccount", "name": "learner", "namespace": "lab"});
    admin.create(BINDINGS, &binding("view", "ClusterRole", &subject)).await;

    let request = json!({"spec": {"expirationSeconds": 3600}});
    let issued = admin.create(&format!("{accounts}/learner/token"), &request).await;
    let learner = server.actor(issued["status"]["token"].as_str().unwrap());
    let review =
        learner.create("/apis/authentication.k8s.io/v1/selfsubjectreviews", &json!({})).await;
    let before = learner.get(PODS).await.code;
    admin.delete(&format!("{accounts}/learner")).await;

    assert_eq!(issued["status"]["expirationTimestamp"], "2026-01-01T01:00:00Z");
    assert_eq!(review["status"]["userInfo"]["username"], "system:serviceaccount:lab:learner");
    assert_eq!(before, 200);
    assert_eq!(learner.get(PODS).await.code, 401);
}

#[tokio::test]
async fn acting_as_somebody_else_gives_their_rights_only() {
    let server = Server::start().await;
    let line = |who: &str| format!("GET {PODS} HTTP/1.1\r\nimpersonate-user: {who}\r\nx: ");

    let as_ada = server.raw(&line("ada")).await;
    server.admin().create(BINDINGS, &binding("view", "ClusterRole", &ada())).await;
    let as_ada_with_view = server.raw(&line("ada")).await;

    assert!(as_ada.starts_with("HTTP/1.1 403 "), "{as_ada}");
    assert!(as_ada_with_view.starts_with("HTTP/1.1 200 "), "{as_ada_with_view}");
}

#[tokio::test]
async fn an_unknown_token_is_not_let_in() {
    let server = Server::start().await;

    let refused = server.actor("nobody").get("/version").await;

    assert_eq!((refused.code, refused.message()), (401, "Unauthorized"));
}

#[tokio::test]
async fn access_is_reviewed_as_it_would_be_decided() {
    let server = Server::start().await;
    server.admin().create(BINDINGS, &binding("view", "ClusterRole", &ada())).await;
    let ask = |verb: &str| {
        let attributes = json!({"namespace": "lab", "verb": verb, "resource": "configmaps"});
        json!({"spec": {"resourceAttributes": attributes}})
    };
    let path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
    let actor = server.actor("ada");

    let may_list = actor.create(path, &ask("list")).await;
    let may_create = actor.create(path, &ask("create")).await;

    assert_eq!(may_list["status"]["allowed"], true);
    assert_eq!(may_create["status"]["allowed"], false);
    assert_eq!(actor.get(CONFIG_MAPS).await.code, 200);
    assert_eq!(actor.post(CONFIG_MAPS, &json!({"metadata": {"name": "c"}})).await.code, 403);
}

#[tokio::test]
async fn a_role_that_gathers_others_is_for_who_may_do_everything() {
    let server = Server::start().await;
    let admin = server.admin();
    let roles = "/apis/rbac.authorization.k8s.io/v1/clusterroles";
    let bindings = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings";
    let rule = json!({
        "apiGroups": ["rbac.authorization.k8s.io"], "resources": ["clusterroles"],
        "verbs": ["create", "get", "patch"],
    });
    admin.create(roles, &json!({"metadata": {"name": "author"}, "rules": [rule]})).await;
    admin.create(bindings, &binding("author", "ClusterRole", &ada())).await;
    let label = json!({"matchLabels": {"a": "b"}});
    let gathering = json!({
        "metadata": {"name": "all"},
        "aggregationRule": {"clusterRoleSelectors": [label]},
    });
    let foreign = json!({
        "metadata": {"name": "nodes"},
        "rules": [{"apiGroups": [""], "resources": ["nodes"], "verbs": ["get"]}],
    });
    admin.create(roles, &foreign).await;
    let labels = json!({"metadata": {"labels": {"x": "y"}}});

    let refused = server.actor("ada").post(roles, &gathering).await;
    let labelled =
        server.actor("ada").patch(&format!("{roles}/nodes"), "merge-patch+json", &labels).await;
    let allowed = admin.post(roles, &gathering).await;

    assert_eq!(
        refused.message(),
        "clusterroles.rbac.authorization.k8s.io \"all\" is forbidden: must have cluster-admin \
         privileges to use the aggregationRule"
    );
    assert_eq!(labelled.code, 403, "{}", labelled.body);
    assert_eq!(allowed.code, 201, "{}", allowed.body);
}

#[tokio::test]
async fn a_review_that_does_not_say_who_wants_what_is_refused() {
    let server = Server::start().await;
    let admin = server.admin();
    let path = "/apis/authorization.k8s.io/v1/subjectaccessreviews";
    let local = "/apis/authorization.k8s.io/v1/namespaces/lab/localsubjectaccessreviews";
    let wanted = json!({"verb": "get", "resource": "pods", "namespace": "default"});

    let empty = admin.post(path, &json!({"spec": {}})).await;
    let nobody = admin.post(path, &json!({"spec": {"resourceAttributes": wanted}})).await;
    let elsewhere = json!({"spec": {"user": "jane", "resourceAttributes": wanted}});
    let elsewhere = admin.post(local, &elsewhere).await;

    assert_eq!((empty.code, nobody.code, elsewhere.code), (422, 422, 422));
    assert_eq!(empty.body["details"]["causes"].as_array().map(Vec::len), Some(2));
    assert!(
        nobody.message().ends_with(
            "spec.user: Invalid value: \"\": at least one of user or group must be specified"
        ),
        "{}",
        nobody.message()
    );
    assert!(elsewhere.message().ends_with("\"default\": must match metadata.namespace"));
}

#[tokio::test]
async fn a_token_is_reviewed_for_the_audiences_that_are_asked_for() {
    let server = Server::start().await;
    let admin = server.admin();
    let request = json!({"spec": {"audiences": ["vault"]}});
    let path = "/api/v1/namespaces/lab/serviceaccounts/default/token";
    let issued = admin.create(path, &request).await;
    let token = &issued["status"]["token"];
    let reviews = "/apis/authentication.k8s.io/v1/tokenreviews";

    let asked = json!({"spec": {"token": token, "audiences": ["vault", "other"]}});
    let fits = admin.create(reviews, &asked).await;
    let unfit = admin.create(reviews, &json!({"spec": {"token": token}})).await;

    assert_eq!(fits["status"]["authenticated"], true);
    assert_eq!(fits["status"]["audiences"], json!(["vault"]));
    assert_eq!(
        unfit["status"]["error"],
        "[invalid bearer token, token audiences [\"vault\"] is invalid for the target audiences \
         [\"https://kubernetes.default.svc\"]]"
    );
}
