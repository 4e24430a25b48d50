//! Lists: pages, selectors, revisions and forms.

use serde_json::{Value, json};

use crate::server::{CONFIG_MAPS, PODS, Server, pod};

async fn five(server: &Server) {
    for name in ["a", "b", "c", "d", "e"] {
        server.admin().create(CONFIG_MAPS, &json!({"metadata": {"name": name}})).await;
    }
}

fn names(list: &Value) -> Vec<&str> {
    let items = list["items"].as_array().unwrap();
    items.iter().map(|it| it["metadata"]["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn pages_are_of_one_revision() {
    let server = Server::start().await;
    let admin = server.admin();
    five(&server).await;

    let first = admin.get(&format!("{CONFIG_MAPS}?limit=2")).await.body;
    admin.delete(&format!("{CONFIG_MAPS}/c")).await;
    let token = first["metadata"]["continue"].as_str().unwrap();
    let second = admin.get(&format!("{CONFIG_MAPS}?limit=2&continue={token}")).await.body;

    assert_eq!(names(&first), ["a", "b"]);
    assert_eq!(first["metadata"]["remainingItemCount"], 3);
    assert_eq!(names(&second), ["c", "d"]);
    assert_eq!(first["metadata"]["resourceVersion"], second["metadata"]["resourceVersion"]);
}

#[tokio::test]
async fn an_old_page_expires_with_a_token_to_go_on() {
    let server = Server::start().await;
    let admin = server.admin();
    five(&server).await;
    let first = admin.get(&format!("{CONFIG_MAPS}?limit=2")).await.body;
    let much = "x".repeat(900_000);
    for step in 0..10 {
        let object = json!({"metadata": {"name": format!("z{step}")}, "data": {"much": much}});
        admin.create(CONFIG_MAPS, &object).await;
    }

    let token = first["metadata"]["continue"].as_str().unwrap();
    let expired = admin.get(&format!("{CONFIG_MAPS}?limit=2&continue={token}")).await;
    let token = expired.body["metadata"]["continue"].as_str().unwrap();
    let rest = admin.get(&format!("{CONFIG_MAPS}?limit=2&continue={token}")).await.body;

    assert_eq!((expired.code, expired.reason()), (410, "Expired"));
    assert_eq!(names(&rest), ["c", "d"]);
}

#[tokio::test]
async fn the_past_is_listed_as_it_was() {
    let server = Server::start().await;
    let admin = server.admin();
    five(&server).await;
    let then = admin.get(CONFIG_MAPS).await.body;
    admin.delete(&format!("{CONFIG_MAPS}/c")).await;
    admin.create(CONFIG_MAPS, &json!({"metadata": {"name": "f"}})).await;
    let revision = then["metadata"]["resourceVersion"].as_str().unwrap();

    let past = format!("{CONFIG_MAPS}?resourceVersion={revision}&resourceVersionMatch=Exact");
    let past = admin.get(&past).await.body;
    let page = admin.get(&format!("{CONFIG_MAPS}?resourceVersion={revision}&limit=3")).await.body;
    let any = admin.get(&format!("{CONFIG_MAPS}?resourceVersion=0&limit=3")).await.body;

    assert_eq!(past["items"], then["items"]);
    assert_eq!(names(&page), ["a", "b", "c"]);
    assert_eq!(names(&any), ["a", "b", "d", "e", "f"]);
}

#[tokio::test]
async fn items_of_a_list_do_not_repeat_their_kind() {
    let server = Server::start().await;
    five(&server).await;

    let list = server.admin().get(CONFIG_MAPS).await.body;

    assert_eq!(list["kind"], "ConfigMapList");
    assert!(list["items"][0].get("kind").is_none());
}

#[tokio::test]
async fn a_list_from_the_future_is_refused() {
    let server = Server::start().await;

    // By hand: the client would ask again for a minute.
    let text = server.raw(&format!("GET {PODS}?resourceVersion=99999")).await;

    assert!(text.starts_with("HTTP/1.1 504 "), "{text}");
    assert!(text.contains("retry-after: 1"), "{text}");
    assert!(text.contains("Too large resource version: 99999, current: "), "{text}");
}

#[tokio::test]
async fn selectors_select_and_unknown_fields_are_refused() {
    let server = Server::start().await;
    let admin = server.admin();
    for name in ["a", "b"] {
        admin.create(PODS, &pod(name)).await;
    }

    let by_label = admin.get(&format!("{PODS}?labelSelector=app+in+(a,x)")).await.body;
    let by_field = admin.get(&format!("{PODS}?fieldSelector=metadata.name!%3Da")).await.body;
    let refused = admin.get(&format!("{PODS}?fieldSelector=spec.image%3Dx")).await;

    assert_eq!(names(&by_label), ["a"]);
    assert_eq!(names(&by_field), ["b"]);
    assert_eq!((refused.code, refused.reason()), (400, "BadRequest"));
}
