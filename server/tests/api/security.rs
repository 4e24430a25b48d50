//! The browser's edge: every route of the router, against hostile pages.

use http::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;

/// What browsers send from a page that is not ours.
const HOSTILE: &[&[(&str, &str)]] = &[
    &[("origin", "null")],
    &[("origin", "https://evil.example")],
    &[("origin", "http://127.0.0.1")],
    &[("origin", "http://127.0.0.1:1")],
    &[("sec-fetch-site", "cross-site")],
    &[("sec-fetch-site", "same-site")],
    &[("sec-fetch-site", "none")],
    &[("host", "evil.example"), ("origin", "http://evil.example")],
    &[("host", "evil.example")],
    // A tool that rides on a cookie says nothing at all.
    &[],
];

/// An address of a route.
fn filled(path: &str) -> String {
    path.replace("{language}", "en")
        .replace("{id}", "x")
        .replace("{code}", "open")
        .replace("{learner}", "x")
        .replace("{number}", "1")
        .replace("{plane}", "cp")
        .replace("{kind}", "Pod")
        .replace("{name}", "x")
        .replace("{slug}", "x")
        .replace("{*path}", "x")
}

/// What of the API is everybody's.
const PUBLIC: [&str; 4] =
    ["/api/openapi.json", "/api/v1/course", "/api/v1/classes/{code}/join", "/api/v1/teach/sign-in"];

#[tokio::test]
async fn no_state_is_changed_from_another_sites_page() {
    let app = TestApp::start().await;
    let ada = app.join("Ada").await;
    let silent = ada.with_a_tool();
    for (method, path) in hangar::http::route_table() {
        let upgrade = method == Method::GET;
        for hostile in HOSTILE {
            let mut headers = hostile.to_vec();
            if upgrade {
                headers.extend([("connection", "upgrade"), ("upgrade", "websocket")]);
            }
            let answer = silent.send(method.clone(), &filled(path), None, &headers).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method} {path} {hostile:?}");
        }
    }
    assert_eq!(ada.get("/api/v1/me").await.status, StatusCode::OK);
}

#[tokio::test]
async fn our_own_page_and_tools_may_change_state() {
    let app = TestApp::start().await;
    let ada = app.join("Ada").await;
    let own = app.url.clone();

    let token = ada.cookie.split_once('=').unwrap().1.to_owned();
    let bearer = format!("Bearer {token}");
    let (page, script) = (ada.with_a_tool(), app.anyone().with_a_tool());

    for (actor, headers) in [
        (&page, &[("origin", own.as_str()), ("sec-fetch-site", "same-origin")][..]),
        (&page, &[("origin", own.as_str())]),
        (&page, &[("sec-fetch-site", "same-origin")]),
        (&script, &[("authorization", bearer.as_str())]),
    ] {
        let body = json!({"language": "es"});
        let answer = actor.send(Method::POST, "/api/v1/me/language", Some(body), headers).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT);
    }
}

#[tokio::test]
async fn every_answer_carries_the_strict_policy() {
    let app = TestApp::start().await;

    for path in ["/en/", "/en/nothing", "/api/v1/nothing", "/healthz"] {
        let answer = app.anyone().get(path).await;
        let policy = answer.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{path}");
        assert!(!policy.contains("unsafe-inline"), "{path}");
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    }
}

#[tokio::test]
async fn nobody_gets_in_without_a_session() {
    let app = TestApp::start().await;
    let ada = app.join("Ada").await;

    let routes = hangar::http::route_table();
    let closed = |path: &str| path.starts_with("/api/") && !PUBLIC.contains(&path);
    for (method, path) in routes.into_iter().filter(|(_, path)| closed(path)) {
        for cookie in ["", "hangar=", "hangar=guess", "hangar-teach=guess"] {
            let guest = app.with_cookie(cookie);
            let answer = guest.send(method.clone(), &filled(path), None, &[]).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{method} {path} {cookie}");
        }
    }
    // A learner is no instructor, whatever she calls her cookie.
    let disguised = app.with_cookie(&ada.cookie.replace("hangar=", "hangar-teach="));
    let answer = disguised.get("/api/v1/teach/classes").await;
    assert_eq!(answer.json()["code"], "instructor-only");
}

#[tokio::test]
async fn the_interface_is_described() {
    insta::assert_json_snapshot!(hangar::http::openapi_document());
    let document = serde_json::to_value(hangar::http::openapi_document()).unwrap();
    for (method, path) in hangar::http::route_table() {
        if path.starts_with("/api/v1/") {
            let method = method.as_str().to_lowercase();
            assert!(document["paths"][path][&method].is_object(), "{method} {path} is missing");
        }
    }
}
