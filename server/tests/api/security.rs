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

#[tokio::test]
async fn no_state_is_changed_from_another_sites_page() {
    let app = TestApp::start().await;
    let ada = app.join("Ada").await;
    let silent = ada.with_a_tool();
    let filled = |path: &str| {
        path.replace("{language}", "en")
            .replace("{id}", "x")
            .replace("{code}", "open")
            .replace("{learner}", "x")
            .replace("{number}", "1")
            .replace("{slug}", "x")
            .replace("{*path}", "x")
    };

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

    for path in ["/api/v1/me", "/api/v1/lab", "/api/v1/events"] {
        for cookie in ["", "hangar=", "hangar=guess", "hangar-teach=guess"] {
            let answer = app.with_cookie(cookie).get(path).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{path} {cookie}");
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
}
