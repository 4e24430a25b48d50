//! The database takes no writes, or goes away: what people are told, what operators see, and how it goes on.

use std::time::Duration;

use hangar::ambient::digest;
use hangar::store::sql;
use http::StatusCode;
use serde_json::json;
use tokio::time::timeout;

use crate::app::TestApp;
use crate::postgres::{AtCommit, Way};

const PATIENCE: Duration = Duration::from_mins(1);

async fn until_ready_says(app: &TestApp, word: &str) {
    let says = async {
        while !app.anyone().get("/readyz").await.text.contains(word) {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, says).await.unwrap_or_else(|_| panic!("/readyz never says {word:?}"));
}

#[tokio::test]
async fn a_full_database_is_named_loses_nothing_and_goes_on_when_there_is_room() {
    hangar::http::recorder();
    let app = TestApp::start().await;
    let ada = app.join("Ada").await;
    let limit = |pages: &'static str| {
        let job = app.inner.store.write(move |it| Box::pin(it.execute(sql(pages))));
        async { job.await.unwrap() }
    };
    let join = async |name: String| {
        let body = json!({"name": name, "language": "es"});
        app.anyone().post("/api/v1/classes/open/join?lang=es", body).await
    };

    // Never below what there is, so this is the last page.
    limit("PRAGMA max_page_count = 1").await;
    let mut refused = join("Bea".to_owned()).await;
    for number in 0..1000 {
        if refused.status != StatusCode::CREATED {
            break;
        }
        refused = join(format!("Bea {number}")).await;
    }

    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    let problem = refused.json();
    assert_eq!(problem["code"], "not-stored");
    assert!(problem["title"].as_str().unwrap().contains("base de datos"), "{problem}");
    assert_eq!(ada.get("/api/v1/me").await.json()["name"], "Ada");
    // Lessons can be read, so people are sent here all the same; whoever looks after it sees what is wrong.
    let ready = ada.get("/readyz").await;
    assert_eq!((ready.status, ready.text.lines().next()), (StatusCode::OK, Some("database: full")));
    let metrics = ada.get("/metrics").await.text;
    let name = "hangar_database_refuses_writes{why=\"full\"}";
    assert!(metrics.contains(&format!("{name} 1\n")), "{metrics}");
    assert!(metrics.contains("hangar_writes_refused_total{why=\"full\"}"), "{metrics}");
    limit("PRAGMA max_page_count = 100000").await;
    assert_eq!(join("Cy".to_owned()).await.status, StatusCode::CREATED);
    until_ready_says(&app, "database: ok").await;
}

#[tokio::test]
async fn a_database_that_becomes_read_only_is_named_until_it_takes_writes_again() {
    let way = Way::open().await;
    let app = TestApp::start_with(&["--database-url", &way.url]).await;

    way.allows_writing(false).await;
    let join = json!({"name": "Ada", "language": "en"});
    let refused = app.anyone().post("/api/v1/classes/open/join", join).await;
    assert_eq!(refused.json()["code"], "not-stored");

    let ready = app.anyone().get("/readyz").await;
    assert_eq!(
        (ready.status, ready.text.lines().next()),
        (StatusCode::OK, Some("database: read-only"))
    );
    way.allows_writing(true).await;
    until_ready_says(&app, "database: ok").await;
}

#[tokio::test]
async fn who_joins_while_the_database_breaks_off_keeps_the_seat_that_she_may_have() {
    let way = Way::open().await;
    let app = TestApp::start_with(&["--database-url", &way.url]).await;
    let teacher = app.instructor().await;
    let class = json!({"name": "Class", "language": "en", "seats": 1});
    let class = teacher.post("/api/v1/teach/classes", class).await.json();
    let path = format!("/api/v1/classes/{}/join?lang=pt", class["code"].as_str().unwrap());
    let ada = json!({"name": "Ada", "language": "pt"});
    way.breaks_for_good(AtCommit::Deafen, "Ada");

    let perhaps = app.anyone().post(&path, ada.clone()).await;

    assert_eq!(perhaps.status, StatusCode::SERVICE_UNAVAILABLE);
    let problem = perhaps.json();
    assert_eq!(problem["code"], "perhaps-stored");
    assert!(problem["title"].as_str().unwrap().contains("pode ter sido salvo ou não"), "{problem}");
    way.mend();
    // The only seat is hers: she does not take another one.
    let again = app.with_cookie(&perhaps.cookie()).post(&path, ada).await;
    assert_eq!((again.status, again.json()["name"].as_str()), (StatusCode::OK, Some("Ada")));
}

#[tokio::test]
async fn who_joins_before_the_database_goes_away_comes_back_to_her_seat() {
    let way = Way::open().await;
    let app = TestApp::start_with(&["--database-url", &way.url]).await;
    let path = "/api/v1/classes/open/join?lang=en";
    let ada = json!({"name": "Ada", "language": "en"});
    way.breaks_for_good(AtCommit::Leave, "Ada");

    let refused = app.anyone().post(path, ada.clone()).await;

    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE, "nobody can say who she is");
    way.mend();
    let again = app.with_cookie(&refused.cookie()).post(path, ada).await;
    assert_eq!((again.status, again.json()["name"].as_str()), (StatusCode::OK, Some("Ada")));
}

#[tokio::test]
async fn a_session_that_is_there_is_not_given_up_for_one_that_may_not_be() {
    let way = Way::open().await;
    let app = TestApp::start_with(&["--database-url", &way.url]).await;
    let link = json!({"token": app.inner.first_sign_in().await.unwrap().unwrap()});
    let teacher = app.instructor().await;
    let class = json!({"name": "Class", "language": "en", "seats": 9});
    let class = teacher.post("/api/v1/teach/classes", class).await.json();
    let code = class["code"].as_str().unwrap();
    let ada = app.join("Ada").await;
    let joining = json!({"name": "Countess", "language": "en"});
    way.breaks_for_good(AtCommit::Cut, "Countess");

    let joined = ada.post(&format!("/api/v1/classes/{code}/join"), joining).await;
    way.mend();
    way.breaks_for_good(AtCommit::Cut, &digest(link["token"].as_str().unwrap()));
    let signed_in = teacher.post("/api/v1/teach/sign-in", link).await;
    way.mend();

    for answer in [joined, signed_in] {
        assert_eq!(answer.json()["code"], "perhaps-stored");
        assert!(!answer.headers.contains_key("set-cookie"), "{:?}", answer.headers);
    }
    assert_eq!(ada.get("/api/v1/me").await.json()["name"], "Ada");
    assert_eq!(teacher.get("/api/v1/teach/classes").await.status, StatusCode::OK);
}

#[tokio::test]
async fn who_signs_in_while_the_database_breaks_off_is_not_locked_out() {
    let way = Way::open().await;
    let app = TestApp::start_with(&["--database-url", &way.url]).await;
    let token = app.inner.first_sign_in().await.unwrap().unwrap();
    way.breaks_for_good(AtCommit::Deafen, &digest(&token));
    let link = json!({"token": token});

    let perhaps = app.anyone().post("/api/v1/teach/sign-in", link.clone()).await;

    assert_eq!(perhaps.json()["code"], "perhaps-stored");
    way.mend();
    let teacher = app.with_cookie(&perhaps.cookie());
    assert_eq!(
        teacher.post("/api/v1/teach/sign-in", link).await.status,
        StatusCode::NO_CONTENT,
        "the link is used up, and it was she"
    );
    assert_eq!(teacher.get("/api/v1/teach/classes").await.status, StatusCode::OK);
}
