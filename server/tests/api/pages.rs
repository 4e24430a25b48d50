//! Pages and files as browsers ask for them: what is remembered, what is sent again.

use http::{Method, StatusCode};

use crate::app::{Actor, TestApp};

const LESSON: &str = "/lessons/hybrid-mode-intro";

async fn language(learner: &Actor) -> String {
    learner.get("/api/v1/me").await.json()["language"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn only_the_switch_changes_the_language_that_is_remembered() {
    let app = TestApp::start().await;
    let ada = app.join("Ada").await;
    let portuguese = format!("/pt{LESSON}");
    let english = format!("{}/en{LESSON}", app.url);
    let (course, elsewhere) =
        (format!("{}/en/", app.url), format!("http://evil.example/en{LESSON}"));
    let ahead = [("referer", english.as_str()), ("sec-purpose", "prefetch;prerender")];

    for headers in [&[][..], &ahead, &[("referer", &*course)], &[("referer", &*elsewhere)]] {
        let page = ada.send(Method::GET, &portuguese, None, headers).await;
        assert_eq!((page.status, language(&ada).await.as_str()), (StatusCode::OK, "en"));
    }
    ada.send(Method::GET, &portuguese, None, &[("referer", &english)]).await;

    assert_eq!(language(&ada).await, "pt");
}

#[tokio::test]
async fn a_slash_too_many_leads_to_the_page_and_never_to_another_host() {
    let app = TestApp::start().await;
    let ask = async |method: &Method, path| {
        let answer = app.anyone().send(method.clone(), path, None, &[]).await;
        let to = answer.headers.get("location").map(|to| to.to_str().unwrap().to_owned());
        (answer.status, to)
    };

    for method in [Method::GET, Method::HEAD] {
        assert_eq!(
            ask(&method, "/pt/teach/?a=b").await,
            (StatusCode::PERMANENT_REDIRECT, Some("/pt/teach?a=b".to_owned())),
            "{method}"
        );
        for path in ["//evil.example/", "//en/evil.example/", "/api/v1/lab/x/", "/pt/nowhere"] {
            assert_eq!(ask(&method, path).await, (StatusCode::NOT_FOUND, None), "{method} {path}");
        }
    }
    assert_eq!(ask(&Method::POST, "/pt/teach/").await, (StatusCode::NOT_FOUND, None));
}

#[tokio::test]
async fn a_lesson_that_is_announced_says_so_under_its_own_title() {
    let app = TestApp::start().await;
    let browser = [("accept", "text/html")];
    let ask = async |path| app.anyone().send(Method::GET, path, None, &browser).await;

    let announced = ask("/pt/lessons/elasticity-and-balancing").await;
    let unknown = ask("/pt/lessons/nowhere").await;

    assert_eq!((announced.status, unknown.status), (StatusCode::NOT_FOUND, StatusCode::NOT_FOUND));
    assert!(announced.text.contains("<h1>Elasticidade e balanceamento"), "{}", announced.text);
    assert!(announced.text.contains("ainda está sendo escrita"), "{}", announced.text);
    assert!(unknown.text.contains("<h1>Esta página não existe"), "{}", unknown.text);
}

#[tokio::test]
async fn a_file_that_the_browser_has_is_not_sent_again() {
    let app = TestApp::start().await;
    let path = "/static/vendor/xterm/xterm.mjs";
    let ask = async |method: Method, encoding: &str, known: &str| {
        let headers = [("accept-encoding", encoding), ("if-none-match", known)];
        app.anyone().send(method, path, None, &headers).await
    };

    let packed = ask(Method::HEAD, "br, gzip", "").await;
    let plain = ask(Method::GET, "br", "").await;

    assert_eq!(packed.headers["content-encoding"], "gzip", "packed once, where it is kept");
    assert!(!plain.headers.contains_key("content-encoding"), "its tag names these very bytes");
    let tag = |answer: &crate::app::Answer| answer.headers["etag"].to_str().unwrap().to_owned();
    assert_ne!(tag(&packed), tag(&plain));
    assert!(tag(&plain).starts_with('"'), "a strong tag");
    let again = ask(Method::GET, "gzip", &format!("\"x\", {}", tag(&packed))).await;
    assert_eq!((again.status, again.text.as_str()), (StatusCode::NOT_MODIFIED, ""));
    assert_eq!(again.headers["etag"], packed.headers["etag"]);
    assert_eq!(ask(Method::GET, "br", &tag(&packed)).await.status, StatusCode::OK);
}
