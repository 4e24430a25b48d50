//! Joining: codes, names, seats.

use futures::future::join_all;
use http::{Method, StatusCode};
use serde_json::json;

use crate::app::TestApp;

#[tokio::test]
async fn whoever_joins_is_known_until_she_deletes_herself() {
    let app = TestApp::start().await;
    let ada = app.join("  Ada <b>Lovelace</b> ").await;

    let me = ada.get("/api/v1/me").await.json();
    assert_eq!(me["name"], "Ada <b>Lovelace</b>");
    assert_eq!(me["class_code"], "open");
    let page = ada.get("/pt/me").await.text;
    assert!(page.contains("Ada &lt;b&gt;") && !page.contains("<b>Lovelace"), "markup is text");

    assert_eq!(ada.delete("/api/v1/me").await.status, StatusCode::NO_CONTENT);
    assert_eq!(ada.get("/api/v1/me").await.json()["code"], "signed-out");
}

#[tokio::test]
async fn what_cannot_be_joined_says_why_in_the_readers_language() {
    let app = TestApp::start().await;
    let anyone = app.anyone();
    let join = |language: &str, code: &str, name: &str| {
        let path = format!("/api/v1/classes/{code}/join?lang={language}");
        let body = json!({"name": name, "language": language});
        let anyone = anyone.clone();
        async move { anyone.post(&path, body).await }
    };

    for (code, name, problem) in [
        ("NOPE-NOPE", "Ada", "class-unknown"),
        ("open", "", "name-empty"),
        ("open", " \u{200b}\u{7}\u{1b} ", "name-empty"),
        ("open", &"x".repeat(10_000), "name-too-long"),
    ] {
        let mut titles = std::collections::BTreeSet::new();
        for language in ["en", "pt", "es"] {
            let answer = join(language, code, name).await;
            let body = answer.json();
            assert_eq!(body["code"], problem);
            assert_eq!(answer.headers["content-type"], "application/problem+json");
            assert!(!body["title"].as_str().unwrap().contains("problem-"), "{body}");
            assert!(body["next"].is_string(), "{body}");
            titles.insert(body["title"].to_string());
            // The form says the same to whoever has no script.
            let path = format!("/{language}/join");
            let form = format!("code={code}&name={}", name.replace(' ', "+"));
            let page = anyone.submit(Method::POST, &path, &form).await;
            assert_eq!(page.status, answer.status);
            assert!(page.text.contains(body["title"].as_str().unwrap()), "{}", page.text);
        }
        assert_eq!(titles.len(), 3, "each language has its own words: {titles:?}");
    }
    let answer = anyone.post("/api/v1/classes/open/join", json!({"name": "Ada", "language": "xx"}));
    assert_eq!(answer.await.json()["code"], "malformed");
}

#[tokio::test]
async fn a_class_never_has_more_learners_than_seats() {
    let app = TestApp::start().await;
    let teacher = app.instructor().await;
    let class = json!({"name": "Small", "language": "es", "seats": 5});
    let class = teacher.post("/api/v1/teach/classes", class).await.json();
    let path = format!("/api/v1/classes/{}/join", class["code"].as_str().unwrap());

    let anyone = app.anyone();
    let joins = (0..20).map(|number| {
        let body = json!({"name": format!("Learner {number}"), "language": "es"});
        anyone.post(&path, body)
    });
    let answers = join_all(joins).await;

    let joined = answers.iter().filter(|answer| answer.status == StatusCode::CREATED).count();
    let refused = answers.iter().filter(|answer| answer.text.contains("class-full")).count();
    assert_eq!((joined, refused), (5, 15));
}

#[tokio::test]
async fn a_class_that_is_full_over_or_not_begun_says_so_in_the_readers_language() {
    let app = TestApp::start().await;
    let teacher = app.instructor().await;
    let now = app.inner.ambient.now();
    let hour = 3_600_000;

    for (seats, starts, ends, problem) in [
        (5, now + hour, now + 2 * hour, "class-not-started"),
        (5, now - 2 * hour, now - hour, "class-ended"),
        (1, now - hour, now + hour, "class-full"),
    ] {
        let class = json!({
            "name": "C", "language": "en", "seats": seats, "starts": starts, "ends": ends
        });
        let class = teacher.post("/api/v1/teach/classes", class).await.json();
        let code = class["code"].as_str().unwrap();
        if problem == "class-full" {
            app.join_class(code, "First").await;
        }
        let mut titles = std::collections::BTreeSet::new();
        for language in ["en", "pt", "es"] {
            let path = format!("/api/v1/classes/{code}/join?lang={language}");
            let body = json!({"name": "Ada", "language": language});
            let answer = app.anyone().post(&path, body).await;
            assert_eq!(answer.status, StatusCode::CONFLICT);
            assert_eq!(answer.headers["content-language"], language);
            let told = answer.json();
            assert_eq!(told["code"], problem);
            assert!(told["next"].is_string(), "{told}");
            titles.insert(told["title"].to_string());
            // The page says the same to whoever has no script.
            let path = format!("/{language}/join");
            let form = format!("code={code}&name=Ada");
            let page = app.anyone().submit(Method::POST, &path, &form).await;
            assert_eq!(page.status, StatusCode::CONFLICT);
            assert!(page.text.contains(told["title"].as_str().unwrap()), "{}", page.text);
            // So does the form, before anything is typed; there is no field to type into.
            let page = app.anyone().get(&format!("/{language}/join/{code}")).await;
            assert_eq!(page.status, StatusCode::CONFLICT);
            assert!(page.text.contains(told["title"].as_str().unwrap()), "{}", page.text);
            assert!(!page.text.contains("name=\"name\""), "{}", page.text);
        }
        assert_eq!(titles.len(), 3, "each language has its own words: {titles:?}");
    }
}

#[tokio::test]
async fn who_sits_in_a_full_class_goes_on_from_its_link() {
    let app = TestApp::start().await;
    let teacher = app.instructor().await;
    let class = json!({"name": "Pair", "language": "en", "seats": 1});
    let class = teacher.post("/api/v1/teach/classes", class).await.json();
    let code = class["code"].as_str().unwrap();
    let ada = app.join_class(code, "Ada").await;

    let answer = ada.get(&format!("/pt/join/{code}")).await;

    assert_eq!(answer.status, StatusCode::SEE_OTHER);
    assert_eq!(answer.headers["location"], "/pt/");
}

#[tokio::test]
async fn who_deletes_herself_with_a_lab_leaves_nothing_and_disturbs_nobody() {
    let app = TestApp::start().await;
    let ada = app.join("Ada").await;
    let bea = app.join("Bea").await;
    let lab = ada.start_lab().await;
    let bea_lab = bea.start_lab().await;
    let mut events = bea.events(None).await;
    crate::labs::say_hello(&ada, lab["cp_namespace"].as_str().unwrap(), "control").await;

    assert_eq!(ada.delete("/api/v1/me").await.status, StatusCode::NO_CONTENT);

    let swept = async {
        while app.inner.cluster.index().owned_namespaces().len() > 3 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_mins(1), swept).await.expect("it is swept");
    crate::labs::say_hello(&bea, bea_lab["cp_namespace"].as_str().unwrap(), "control").await;
    events.until(|event| event.name == "check" && event.data["state"] == "passed").await;
}

#[tokio::test]
async fn joining_a_class_again_keeps_the_seat() {
    let app = TestApp::start().await;
    let ada = app.join("Ada").await;
    let id = ada.get("/api/v1/me").await.json()["id"].clone();

    let again =
        ada.post("/api/v1/classes/open/join", json!({"name": "Ada", "language": "pt"})).await;

    assert_eq!((again.status, &again.json()["id"]), (StatusCode::OK, &id));
}

#[tokio::test]
async fn an_expired_session_says_so_in_the_readers_language() {
    let app = TestApp::start().await;
    let ada = app.join("Ada").await;
    let mut events = ada.events(None).await;
    events.next().await.unwrap();

    app.skip(std::time::Duration::from_hours(91 * 24));

    while events.next().await.is_some() {}
    for (language, word) in [("en", "session"), ("pt", "sessão"), ("es", "sesión")] {
        let answer = ada.get(&format!("/api/v1/lab?lang={language}")).await;
        assert_eq!(answer.json()["code"], "signed-out");
        assert!(answer.json()["title"].as_str().unwrap().contains(word), "{}", answer.text);
        assert_eq!(answer.headers["content-language"], language);
    }
}

#[tokio::test]
async fn the_api_speaks_the_language_that_the_learner_has_chosen() {
    let app = TestApp::start().await;
    let join = json!({"name": "Lia", "language": "pt"});
    let joined = app.anyone().post("/api/v1/classes/open/join", join).await;
    let lia = app.with_cookie(&joined.cookie());
    let no_lab =
        async |path: &str| lia.get(path).await.json()["title"].as_str().unwrap().to_owned();

    assert_eq!(no_lab("/api/v1/lab/kubeconfig").await, "Você não tem nenhum laboratório pronto.");
    let exercise = lia.get("/api/v1/exercises/your-two-namespaces").await;
    assert!(exercise.text.contains("plano de controle"), "{}", exercise.text);

    lia.post("/api/v1/me/language", json!({"language": "es"})).await;
    assert!(no_lab("/api/v1/lab/kubeconfig").await.contains("laboratorio"));
    let asked = no_lab("/api/v1/lab/kubeconfig?lang=en").await;
    assert_eq!(asked, "You have no lab that is ready.", "the address wins");
}

#[tokio::test]
async fn who_is_refused_a_seat_reads_why_in_the_language_that_she_asked_for() {
    let app = TestApp::start().await;

    let body = json!({"name": "x".repeat(10_000), "language": "es"});
    let refused = app.anyone().post("/api/v1/classes/open/join", body).await;

    assert_eq!(refused.json()["title"], "Esto es demasiado largo: el límite es de 60 caracteres.");
    assert_eq!(refused.headers["content-language"], "es");
}

#[tokio::test]
async fn a_language_that_is_not_there_is_refused_by_name() {
    let app = TestApp::start().await;

    let refused = app.anyone().get("/api/v1/course?lang=de").await;

    assert_eq!(refused.status, StatusCode::BAD_REQUEST);
    let problem = refused.json();
    assert_eq!(problem["code"], "language-unknown");
    assert!(problem["title"].as_str().unwrap().ends_with("de"), "{problem}");
    assert_eq!(app.anyone().get("/api/v1/course?lang=pt-BR").await.json()["language"], "pt");
}
