//! What nobody may do: the learner outside her lab, the server outside its role.

use crate::rig::{Rig, end_lab};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_learner_reaches_her_own_lab_and_nothing_else() {
    let rig = Rig::take().await;
    let app = rig.serve().await;
    let (ada, bob) = (rig.learner(&app, "Ada").await, rig.learner(&app, "Bob").await);

    let own = "kubectl -n $CP_NS create configmap mine && kubectl -n $DP_NS get pods,svc,deploy,cm";
    ada.terminal.done(own).await;

    let theirs = bob.terminal.variable("DP_NS");
    for refused in [
        &format!("kubectl -n {theirs} get pods"),
        &format!("kubectl -n {theirs} create configmap mine"),
        &format!("kubectl get ns {theirs}"),
        "kubectl get ns",
        "kubectl get nodes",
        "kubectl get pods -A",
        "kubectl -n kube-system get secrets",
        "kubectl -n hangar-system get serviceaccounts",
        "kubectl -n $BOX get secrets",
        "kubectl -n $BOX get pods",
        "kubectl -n $BOX exec toolbox -- id",
        "kubectl -n $BOX create token learner",
        "kubectl -n $DP_NS delete resourcequota --all",
        "kubectl -n $DP_NS delete networkpolicy --all",
        "kubectl -n $DP_NS create token default",
        "kubectl -n $DP_NS create role r --verb=get --resource=pods",
        "kubectl -n $DP_NS create rolebinding rb --clusterrole=cluster-admin --user=ada",
        "kubectl label ns $DP_NS pod-security.kubernetes.io/enforce-",
        "kubectl delete ns $DP_NS",
        "kubectl get pods --as=system:admin",
    ] {
        let outcome = ada.terminal.types(refused).await;
        let complaints = outcome.complaints.to_lowercase();
        assert!(complaints.contains("forbidden"), "{refused}: {outcome:?}");
        assert_eq!(outcome.code, 1, "{refused}: {outcome:?}");
    }
    let root = "kubectl -n $DP_NS run root --image=nginx";
    let outcome = ada.terminal.types(root).await;
    assert!(outcome.complaints.contains("violates PodSecurity \"restricted"), "{outcome:?}");

    for learner in [&ada, &bob] {
        learner.leaves().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_server_has_what_it_needs_and_no_more() {
    let rig = Rig::take().await;
    let server = rig.server().await;

    let admin = rig.admin();
    let roles = "kubectl get clusterrole hangar-server hangar-learner -o json";
    assert!(!admin.done(roles).await.contains("\"*\""), "a role has a wildcard");
    for refused in [
        "'*' '*'",
        "get secrets -A",
        "list nodes",
        "delete pods -n default",
        "create clusterrolebindings",
        "create clusterroles",
        "bind clusterroles/cluster-admin",
        "escalate clusterroles",
        "impersonate users",
        "update namespaces",
    ] {
        let outcome = server.types(&format!("kubectl auth can-i {refused}")).await;
        assert_eq!(outcome.shown.trim(), "no", "{refused}");
    }
    let bind = server.types("kubectl auth can-i bind clusterroles/hangar-learner").await;
    assert_eq!(bind.shown.trim(), "yes");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_the_rights_everybody_is_told_which_are_missing() {
    let rig = Rig::take().await;
    let server = rig.server().await;
    rig.admin().done("kubectl delete clusterrolebinding hangar-server").await;

    let file = server.kubeconfig.display().to_string();
    let flags = ["--cluster", "kubeconfig", "--kubeconfig", &file];
    let app = crate::app::TestApp::start_with(&flags).await;
    let ada = rig.joins(&app, "Ada").await;
    let mut events = ada.events(None).await;
    ada.post("/api/v1/lab", serde_json::Value::Null).await;

    let failed = |event: &crate::app::Event| event.data["state"] == "failed";
    let failed = events.until(failed).await.data;
    assert!(failed["message"].as_str().unwrap().contains("deploy/rbac"), "{failed}");
    let ready = ada.get("/readyz").await;
    assert_eq!((ready.status.as_u16(), ready.text.contains("cluster: forbidden")), (503, true));

    // The rights come back, and with them the lab, by itself.
    rig.install_rights().await;
    events.until(|event| event.name == "lab" && event.data["state"] == "ready").await;
    end_lab(&ada).await;
}
