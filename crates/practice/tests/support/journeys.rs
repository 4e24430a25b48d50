//! The journeys themselves, on any cluster whose nodes are modelled.

use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet};
use k8s_openapi::api::core::v1::{Namespace, Pod, ResourceQuota, Secret, Service};
use k8s_openapi::api::discovery::v1::EndpointSlice;
use kube::Api;
use kube::api::{DeleteParams, ListParams, Patch, PatchParams};
use serde_json::json;

use super::support::{Playground, echo, echo_service, is_ready, uids};

pub(crate) async fn deleted_pods_are_replaced_and_served_again(lab: &Playground) {
    lab.create::<Deployment>(echo("echo", 2, &json!({}))).await;
    lab.create::<Service>(echo_service("echo")).await;
    let before = uids(&lab.until_ready("app=echo", 2).await);

    let selector = ListParams::default().labels("app=echo");
    lab.api::<Pod>().delete_collection(&DeleteParams::default(), &selector).await.unwrap();

    lab.until("new pods", async || {
        let pods = lab.pods("app=echo").await;
        pods.len() == 2
            && pods.iter().all(is_ready)
            && uids(&pods).iter().all(|uid| !before.contains(uid))
    })
    .await;
    lab.until("two ready endpoints", async || {
        let slices = ListParams::default().labels("kubernetes.io/service-name=echo");
        let slices = lab.api::<EndpointSlice>().list(&slices).await.unwrap();
        slices.items.iter().any(|slice| {
            let ready = slice.endpoints.iter().flatten().filter(|endpoint| {
                endpoint.conditions.as_ref().is_some_and(|it| it.ready == Some(true))
            });
            ready.count() == 2
        })
    })
    .await;
    // Each controller follows the other's status; none of them promises to be first.
    lab.until("the deployment to count both", async || {
        let deployment = lab.api::<Deployment>().get("echo").await.unwrap();
        deployment.status.is_some_and(|status| status.ready_replicas == Some(2))
    })
    .await;
}

pub(crate) async fn a_pod_that_fits_nowhere_says_so_until_it_is_mended(lab: &Playground) {
    let nowhere = json!({"nodeSelector": {"workshop": "nowhere"}});
    lab.create::<Deployment>(echo("lost", 1, &nowhere)).await;

    lab.until("an unschedulable pod", async || {
        lab.pods("app=lost").await.iter().any(|pod| {
            let status = pod.status.clone().unwrap_or_default();
            status.phase.as_deref() == Some("Pending")
                && status.conditions.iter().flatten().any(|condition| {
                    condition.type_ == "PodScheduled"
                        && condition.status == "False"
                        && condition.reason.as_deref() == Some("Unschedulable")
                })
        })
    })
    .await;
    lab.until("the event", async || !lab.messages("FailedScheduling").await.is_empty()).await;
    assert_eq!(
        lab.messages("FailedScheduling").await[0],
        "0/2 nodes are available: 2 node(s) didn't match Pod's node affinity/selector. \
         no new claims to deallocate, preemption: 0/2 nodes are available: 2 Preemption is not \
         helpful for scheduling."
    );

    let remove = serde_json::from_value(json!([
        {"op": "remove", "path": "/spec/template/spec/nodeSelector"},
    ]));
    let patch = Patch::Json::<()>(remove.unwrap());
    lab.api::<Deployment>().patch("lost", &PatchParams::default(), &patch).await.unwrap();

    let pods = lab.until_ready("app=lost", 1).await;
    assert!(pods[0].spec.as_ref().unwrap().node_selector.is_none());
}

pub(crate) async fn a_rolling_update_never_falls_below_what_is_wanted(lab: &Playground) {
    lab.create::<Deployment>(echo("echo", 4, &json!({}))).await;
    lab.until_ready("app=echo", 4).await;

    let patch = json!({"spec": {"template": {"metadata": {"annotations": {"round": "2"}}}}});
    lab.merge::<Deployment>("echo", patch).await;

    lab.until("the end of the rollout", async || {
        let pods = lab.pods("app=echo").await;
        let ready = pods.iter().filter(|pod| is_ready(pod)).count();
        let alive = pods.iter().filter(|pod| pod.metadata.deletion_timestamp.is_none()).count();
        // A quarter may be missing, a quarter too many.
        assert!(ready >= 3, "only {ready} are ready");
        assert!(alive <= 5, "{alive} are there");
        let new = pods.iter().filter(|pod| {
            let annotations = pod.metadata.annotations.as_ref();
            annotations.is_some_and(|it| it.contains_key("round"))
        });
        new.filter(|pod| is_ready(pod)).count() == 4 && pods.len() == 4
    })
    .await;
    lab.until("the condition", async || {
        let status = lab.api::<Deployment>().get("echo").await.unwrap().status.unwrap();
        status.conditions.iter().flatten().any(|condition| {
            condition.type_ == "Progressing"
                && condition.reason.as_deref() == Some("NewReplicaSetAvailable")
        })
    })
    .await;
    let deployment = lab.api::<Deployment>().get("echo").await.unwrap();
    let annotations = deployment.metadata.annotations.unwrap();
    assert_eq!(annotations["deployment.kubernetes.io/revision"], "2");
    assert_eq!(lab.api::<ReplicaSet>().list(&ListParams::default()).await.unwrap().items.len(), 2);
}

pub(crate) async fn a_full_namespace_shows_in_replicaset_and_deployment(lab: &Playground) {
    let quota = json!({
        "apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "lab"},
        "spec": {"hard": {"pods": "1"}},
    });
    lab.create::<ResourceQuota>(quota).await;
    lab.until("the quota to be counted", async || {
        let quota = lab.api::<ResourceQuota>().get("lab").await.unwrap();
        quota.status.and_then(|status| status.used).is_some_and(|used| used.contains_key("pods"))
    })
    .await;

    // A real API server admits by a cache that follows a moment later.
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;

    lab.create::<Deployment>(echo("echo", 2, &json!({}))).await;

    lab.until("the failure in the deployment", async || {
        let status = lab.api::<Deployment>().get("echo").await.unwrap().status.unwrap_or_default();
        status.conditions.iter().flatten().any(|condition| {
            condition.type_ == "ReplicaFailure"
                && condition.status == "True"
                && condition.reason.as_deref() == Some("FailedCreate")
                && condition.message.as_deref().unwrap_or_default().contains("exceeded quota: lab")
        })
    })
    .await;
    lab.until("the event", async || {
        let messages = lab.messages("FailedCreate").await;
        messages.iter().any(|text| text.starts_with("Error creating: pods \"echo-"))
    })
    .await;
    let quota = lab.api::<ResourceQuota>().get("lab").await.unwrap();
    assert_eq!(quota.status.unwrap().used.unwrap()["pods"].0, "1");
}

pub(crate) async fn a_deleted_deployment_takes_everything_along(lab: &Playground) {
    lab.create::<Deployment>(echo("echo", 2, &json!({}))).await;
    lab.create::<Service>(echo_service("echo")).await;
    lab.until_ready("app=echo", 2).await;

    lab.api::<Deployment>().delete("echo", &DeleteParams::foreground()).await.unwrap();
    lab.api::<Service>().delete("echo", &DeleteParams::default()).await.unwrap();

    lab.until("nothing to be left", async || {
        let none = ListParams::default();
        lab.pods("app=echo").await.is_empty()
            && lab.api::<ReplicaSet>().list(&none).await.unwrap().items.is_empty()
            && lab.api::<Deployment>().list(&none).await.unwrap().items.is_empty()
            && lab.api::<EndpointSlice>().list(&none).await.unwrap().items.is_empty()
    })
    .await;
}

pub(crate) async fn a_deleted_namespace_leaves_nothing(lab: &Playground) {
    lab.create::<Deployment>(echo("echo", 2, &json!({}))).await;
    lab.create::<Service>(echo_service("echo")).await;
    lab.until_ready("app=echo", 2).await;

    let namespaces: Api<Namespace> = Api::all(lab.client.clone());
    namespaces.delete(&lab.namespace, &DeleteParams::default()).await.unwrap();
    let leaving = namespaces.get(&lab.namespace).await.unwrap();
    assert_eq!(leaving.status.unwrap().phase.as_deref(), Some("Terminating"));

    lab.until("the namespace to be gone", async || {
        namespaces.get_opt(&lab.namespace).await.unwrap().is_none()
    })
    .await;
    let none = ListParams::default();
    assert!(lab.api::<Pod>().list(&none).await.unwrap().items.is_empty());
    assert!(lab.api::<ReplicaSet>().list(&none).await.unwrap().items.is_empty());
    assert!(lab.api::<Secret>().list(&none).await.unwrap().items.is_empty());
}

pub(crate) async fn an_image_that_does_not_exist_is_pulled_again_and_again(lab: &Playground) {
    let wrong = json!({"containers": [{"name": "echo", "image": "kong/go-echo:9.9.9"}]});
    lab.create::<Deployment>(echo("typo", 1, &wrong)).await;

    let waiting = async |reason: &str| {
        lab.pods("app=typo").await.iter().any(|pod| {
            let statuses =
                pod.status.as_ref().and_then(|status| status.container_statuses.as_ref());
            statuses.into_iter().flatten().any(|container| {
                let state = container.state.as_ref().and_then(|state| state.waiting.as_ref());
                state.is_some_and(|state| state.reason.as_deref() == Some(reason))
            })
        })
    };
    lab.until("the first failure", async || waiting("ErrImagePull").await).await;
    lab.until("the wait", async || waiting("ImagePullBackOff").await).await;
    lab.until("the event", async || {
        let messages = lab.messages("BackOff").await;
        messages.iter().any(|text| text == "Back-off pulling image \"kong/go-echo:9.9.9\"")
    })
    .await;
}

pub(crate) async fn a_missing_secret_is_named_until_it_is_there(lab: &Playground) {
    let needs = json!({"containers": [{
        "name": "echo",
        "image": "kong/go-echo:0.5.0",
        "env": [{
            "name": "PASSWORD",
            "valueFrom": {"secretKeyRef": {"name": "kong-postgres", "key": "password"}},
        }],
    }]});
    lab.create::<Deployment>(echo("needy", 1, &needs)).await;
    lab.until("the message", async || {
        lab.pods("app=needy").await.iter().any(|pod| {
            let statuses =
                pod.status.as_ref().and_then(|status| status.container_statuses.as_ref());
            statuses.into_iter().flatten().any(|container| {
                let state = container.state.as_ref().and_then(|state| state.waiting.as_ref());
                state.is_some_and(|state| {
                    state.reason.as_deref() == Some("CreateContainerConfigError")
                        && state.message.as_deref() == Some("secret \"kong-postgres\" not found")
                })
            })
        })
    })
    .await;

    lab.create::<Secret>(json!({
        "apiVersion": "v1", "kind": "Secret", "metadata": {"name": "kong-postgres"},
        "stringData": {"password": "swordfish"},
    }))
    .await;

    lab.until_ready("app=needy", 1).await;
}

pub(crate) async fn a_crashing_container_waits_longer_each_time(lab: &Playground) {
    let wrong = json!({"containers": [{
        "name": "echo", "image": "kong/go-echo:0.5.0", "command": ["/no-such-program"],
    }]});
    lab.create::<Deployment>(echo("crash", 1, &wrong)).await;

    for pause in ["back-off 10s restarting", "back-off 20s restarting", "back-off 40s restarting"] {
        lab.until(pause, async || {
            lab.pods("app=crash").await.iter().any(|pod| {
                let statuses =
                    pod.status.as_ref().and_then(|status| status.container_statuses.as_ref());
                statuses.into_iter().flatten().any(|container| {
                    let state = container.state.as_ref().and_then(|state| state.waiting.as_ref());
                    state.is_some_and(|state| {
                        state.reason.as_deref() == Some("CrashLoopBackOff")
                            && state.message.as_deref().unwrap_or_default().starts_with(pause)
                    })
                })
            })
        })
        .await;
    }
}
