//! The browser's edge: every route of the router, against hostile pages.

use http::{Method, StatusCode};
use serde_json::json;

use crate::app::{Actor, Answer, TestApp};

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

/// What is everybody's; every other route asks who is there. A new route that should be here needs a reason.
const OPEN: &[(Method, &str)] = &[
    // What operators and browsers ask for without being anybody.
    (Method::GET, "/healthz"),
    (Method::GET, "/readyz"),
    (Method::GET, "/metrics"),
    (Method::GET, "/api/openapi.json"),
    (Method::GET, "/pkg/{*path}"),
    (Method::GET, "/static/{*path}"),
    (Method::GET, "/robots.txt"),
    // The course can be read before joining.
    (Method::GET, "/api/v1/course"),
    (Method::GET, "/"),
    (Method::GET, "/{language}"),
    (Method::GET, "/{language}/"),
    (Method::GET, "/{language}/lessons/{slug}"),
    (Method::POST, "/theme"),
    // The ways in.
    (Method::POST, "/api/v1/classes/{code}/join"),
    (Method::GET, "/{language}/join"),
    (Method::GET, "/{language}/join/{code}"),
    (Method::POST, "/{language}/join"),
    (Method::POST, "/api/v1/teach/sign-in"),
    (Method::GET, "/teach/sign-in"),
    (Method::GET, "/{language}/teach/sign-in"),
    (Method::POST, "/{language}/teach/sign-in"),
    // The ways out: whoever is out already is where she wanted to be.
    (Method::POST, "/{language}/me/leave"),
    (Method::POST, "/{language}/teach/sign-out"),
];

/// Every field of every form, with values that each of them takes.
fn fields(path: &str) -> String {
    let action = if path.ends_with("/help") { "raise" } else { "end" };
    format!("action={action}&at=1&confirm=yes&language=en&learner=x&name=Ada&note=x&seats=5&text=x")
}

impl Answer {
    /// Whether the door stays shut: refused, or led to where one gets in.
    fn is_refusal(&self) -> bool {
        let to = self.headers.get("location").map(|to| to.to_str().unwrap());
        match self.status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => true,
            StatusCode::SEE_OTHER => ["/en/join", "/en/teach/sign-in"].contains(&to.unwrap()),
            _ => false,
        }
    }
}

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
    let teacher = app.instructor().await;
    let guests = ["", "hangar=", "hangar=guess", "hangar-teach=guess"];
    let guests: Vec<Actor> = guests.into_iter().map(|cookie| app.with_cookie(cookie)).collect();
    // A learner is no instructor, whatever she calls her cookie; an instructor is no learner.
    let as_teacher = app.with_cookie(&ada.cookie.replace("hangar=", "hangar-teach="));
    let as_learner = app.with_cookie(&teacher.cookie.replace("hangar-teach=", "hangar="));

    let table = hangar::http::route_table();
    let closed = table.iter().filter(|route| !OPEN.contains(route));
    for (method, path) in closed {
        let mut strangers: Vec<&Actor> = guests.iter().collect();
        if path.contains("/teach") {
            strangers.extend([&ada, &as_teacher]);
        } else {
            strangers.extend([&teacher, &as_learner]);
        }
        for stranger in strangers {
            let form = if *method == Method::GET { String::new() } else { fields(path) };
            let answer = stranger.submit(method.clone(), &filled(path), &form).await;
            let who = &stranger.cookie;
            assert!(
                answer.is_refusal(),
                "{method} {path} {who}: {} {}",
                answer.status,
                answer.text
            );
        }
    }
    for open in OPEN {
        assert!(table.contains(open), "{open:?} is open although there is no such route");
    }
    assert_eq!(ada.get("/api/v1/me").await.status, StatusCode::OK);
    assert_eq!(teacher.get("/api/v1/teach/classes").await.status, StatusCode::OK);
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
