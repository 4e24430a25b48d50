//! What comes of an error on its way out: a status, a code, and words of the reader's language that give nothing away.

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use curriculum::Language;
use hangar::http::{Problem, edge};
use hangar::store::Error;
use hangar::{cluster, labs};
use http::{Method, StatusCode};
use serde_json::Value;
use tokio::net::TcpListener;

use crate::app::{Actor, Answer, TestApp};

/// What only the log may say.
const SECRET: &str = "postgres://hangar:secret@db";

fn driver() -> sqlx::Error {
    sqlx::Error::Protocol(SECRET.to_owned())
}

type Kind = (fn() -> Problem, StatusCode, &'static str);

/// Every error of the store, of labs and of the cluster, with what it becomes.
const KINDS: &[Kind] = &[
    (|| Error::Locked(driver()).into(), StatusCode::SERVICE_UNAVAILABLE, "not-stored"),
    (|| Error::ReadOnly(driver()).into(), StatusCode::SERVICE_UNAVAILABLE, "not-stored"),
    (|| Error::Full(driver()).into(), StatusCode::SERVICE_UNAVAILABLE, "not-stored"),
    (|| Error::Closed.into(), StatusCode::SERVICE_UNAVAILABLE, "not-stored"),
    (
        || Error::NotCommitted(Arc::new(Error::Database(driver()))).into(),
        StatusCode::SERVICE_UNAVAILABLE,
        "not-stored",
    ),
    (
        || Error::NotCommitted(Arc::new(Error::Unreachable(driver()))).into(),
        StatusCode::SERVICE_UNAVAILABLE,
        "database-unreachable",
    ),
    (
        || Error::Unreachable(driver()).into(),
        StatusCode::SERVICE_UNAVAILABLE,
        "database-unreachable",
    ),
    (
        || Error::InDoubt(Arc::new(Error::Unreachable(driver()))).into(),
        StatusCode::SERVICE_UNAVAILABLE,
        "perhaps-stored",
    ),
    (|| Error::Database(driver()).into(), StatusCode::INTERNAL_SERVER_ERROR, "internal"),
    (
        || Error::Malformed { what: "state", value: SECRET.to_owned() }.into(),
        StatusCode::INTERNAL_SERVER_ERROR,
        "internal",
    ),
    (|| labs::Error::NotReady.into(), StatusCode::CONFLICT, "lab-not-ready"),
    (|| labs::Error::Busy.into(), StatusCode::CONFLICT, "lab-busy"),
    (|| labs::Error::OutOfReach.into(), StatusCode::CONFLICT, "cluster-out-of-reach"),
    (
        || labs::Error::Store(Error::Full(driver())).into(),
        StatusCode::SERVICE_UNAVAILABLE,
        "not-stored",
    ),
    (
        || labs::Error::Cluster(cluster::Error::NoShell(SECRET.to_owned())).into(),
        StatusCode::CONFLICT,
        "no-shell",
    ),
    (
        || labs::Error::Cluster(cluster::Error::TooManyShells).into(),
        StatusCode::SERVICE_UNAVAILABLE,
        "cluster-unreachable",
    ),
];

/// Someone at a server that answers `/api/v1/broken/N` and `/broken/N` with the error of that number.
#[expect(clippy::disallowed_methods, reason = "a test needs no span")]
async fn at_a_broken_server(app: &TestApp) -> Actor {
    let mut router = Router::new();
    for (number, (problem, _, _)) in KINDS.iter().enumerate() {
        for path in [format!("/api/v1/broken/{number}"), format!("/broken/{number}")] {
            router = router.route(&path, get(async move || Err::<(), _>(problem())));
        }
    }
    let router = router.layer(from_fn_with_state(app.inner.clone(), edge::layer));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = axum::serve(listener, router.with_state(app.inner.clone()));
    tokio::spawn(server.into_future());
    Actor::at(&url, "")
}

async fn asked(actor: &Actor, path: &str, language: Language, accept: &str) -> Answer {
    let headers = [("accept-language", language.code()), ("accept", accept)];
    actor.send(Method::GET, path, None, &headers).await
}

#[tokio::test]
async fn every_error_is_told_in_the_readers_language_and_gives_nothing_away() {
    let app = TestApp::start().await;
    let broken = at_a_broken_server(&app).await;

    for (number, (_, status, code)) in KINDS.iter().enumerate() {
        let mut titles = Vec::new();
        for language in Language::ALL {
            let path = format!("/api/v1/broken/{number}");
            let answer = asked(&broken, &path, language, "*/*").await;
            assert_eq!(answer.status, *status, "{code}: {}", answer.text);
            assert_eq!(answer.headers["content-type"], "application/problem+json");
            assert_eq!(answer.headers["content-language"], language.code());
            assert!(!answer.text.contains("secret"), "{}", answer.text);
            let problem = answer.json();
            assert_eq!(problem["code"], *code);
            assert_eq!(problem["status"], status.as_u16());
            let next = problem["next"].as_str();
            assert!(next.is_some_and(|next| !next.is_empty()), "{problem}: what to do next?");
            titles.push(problem["title"].as_str().unwrap().to_owned());

            // A person gets the same as a page.
            let page = asked(&broken, &format!("/broken/{number}"), language, "text/html").await;
            assert_eq!(page.status, *status);
            assert!(page.text.contains(&format!("<html lang=\"{}\"", language.code())));
            assert!(says(&page.text, &problem["title"]), "{}", page.text);
            assert!(!page.text.contains("secret"));
        }
        titles.sort_unstable();
        titles.dedup();
        assert_eq!(titles.len(), Language::ALL.len(), "{code}: {titles:?}");
    }
}

/// Whether a page says it, quotation marks and apostrophes as HTML has them aside.
fn says(page: &str, text: &Value) -> bool {
    let plain = |text: &str| text.replace("&#39;", "'").replace("&quot;", "\"");
    plain(page).contains(&plain(text.as_str().unwrap()))
}
