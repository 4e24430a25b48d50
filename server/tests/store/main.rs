//! The store, on both databases: what is true on one is true on the other.
//!
//! PostgreSQL is reached by `HANGAR_TEST_POSTGRES`, the URL of a server on which tests may create databases.

#![expect(clippy::unwrap_used, reason = "in tests a panic is the report")]

mod broken;
mod kill;
mod opening;
mod plans;
#[expect(dead_code, reason = "each test program uses its part")]
mod postgres;

use curriculum::{CheckState, Language};
use futures::future::join_all;
use hangar::classroom::readers::Readers;
use hangar::store::{
    Announcement, Attempt, CheckResult, Class, Error, Holder, LabRow, Learner, Outcome, Store, sql,
};
use sqlx::{Connection as _, Executor as _};

use crate::postgres::{Fresh, postgres};

/// A SQLite file of its own for a test.
fn sqlite() -> Fresh {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite://{}", folder.path().join("hangar.db").display());
    Fresh { url, _folder: folder }
}

/// Runs each test on both databases.
macro_rules! on_both {
    ($($name:ident,)*) => {
        mod on_sqlite {
            $(
                #[tokio::test]
                async fn $name() {
                    let fresh = super::sqlite();
                    super::$name(super::Store::open(&fresh.url).await.unwrap()).await;
                }
            )*
        }
        mod on_postgres {
            $(
                #[tokio::test]
                async fn $name() {
                    let fresh = super::postgres().await;
                    super::$name(super::Store::open(&fresh.url).await.unwrap()).await;
                }
            )*
        }
    };
}

on_both! {
    seats_are_never_oversold,
    a_session_is_found_until_it_expires,
    events_are_numbered_without_gaps_however_many_write,
    the_first_pass_stays,
    a_sign_in_link_is_used_once,
    a_learner_has_one_wanted_lab,
    a_job_that_fails_takes_nothing_with_it,
    a_deleted_learner_leaves_nothing_and_frees_the_seat,
    what_is_kept_of_a_reader_shows_every_write_at_once,
    who_reads_is_found_with_few_statements,
    an_announcement_is_heard_by_all_or_by_nobody,
    announcements_and_events_do_not_wait_for_one_another,
}

fn class(seats: i64) -> Class {
    Class {
        id: "class".into(),
        code: "PLUM".into(),
        name: "Monday".into(),
        language: Language::Pt,
        seats,
        learners: 0,
        starts_at: None,
        ends_at: Some(9),
        announced_at: None,
    }
}

fn learner(id: &str) -> Learner {
    Learner {
        id: id.into(),
        class_id: "class".into(),
        name: "Zoë 李".into(),
        language: Language::Es,
        joined_at: 1,
        hand: None,
        dismissed_at: 0,
    }
}

async fn join(store: &Store, id: &str) -> bool {
    store.add_learner(learner(id), format!("token of {id}"), 100).await.unwrap()
}

async fn with_ada(store: &Store) {
    assert!(store.add_class(&class(3), 1).await.unwrap());
    assert!(join(store, "ada").await);
}

async fn seats_are_never_oversold(store: Store) {
    store.add_class(&class(4), 1).await.unwrap();

    let ids: Vec<String> = (0..20).map(|number| format!("learner {number}")).collect();
    let joined = join_all(ids.iter().map(|id| join(&store, id))).await;

    assert_eq!(joined.iter().filter(|joined| **joined).count(), 4);
    assert_eq!(store.class_by_code("PLUM").await.unwrap().unwrap().learners, 4);
    assert_eq!(store.learners_of("class").await.unwrap().len(), 4);
}

async fn a_session_is_found_until_it_expires(store: Store) {
    with_ada(&store).await;

    let holder = store.session("token of ada", 99).await.unwrap();

    assert_eq!(holder, Some(Holder::Learner("ada".into())));
    assert_eq!(store.learner("ada").await.unwrap(), Some(learner("ada")));
    assert_eq!(store.session("token of ada", 100).await.unwrap(), None);
    assert_eq!(store.session("guess", 0).await.unwrap(), None);
}

async fn events_are_numbered_without_gaps_however_many_write(store: Store) {
    with_ada(&store).await;
    join(&store, "eve").await;

    let tells = (0..40).map(|number| {
        let learner = if number % 2 == 0 { "ada" } else { "eve" };
        store.tell(learner, format!("{{\"n\":{number}}}"))
    });
    let mut class_numbers: Vec<i64> = join_all(tells)
        .await
        .into_iter()
        .map(|recorded| recorded.unwrap().unwrap().class_sequence)
        .collect();

    class_numbers.sort_unstable();
    assert_eq!(class_numbers, (1..=40).collect::<Vec<i64>>());
    let events = store.events_after("ada", 5, 100).await.unwrap();
    let numbers: Vec<i64> = events.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, (6..=20).collect::<Vec<i64>>());
    assert_eq!(store.tell("nobody", "{}".into()).await.unwrap(), None);
}

fn result(state: CheckState, at: i64) -> CheckResult {
    CheckResult {
        exercise_id: "exercise".into(),
        check_id: "check".into(),
        state,
        first_passed_at: (state == CheckState::Passed).then_some(at),
        reason: (state != CheckState::Passed).then(|| "{}".to_owned()),
        changed_at: at,
    }
}

async fn the_first_pass_stays(store: Store) {
    with_ada(&store).await;

    for (state, at) in [(CheckState::Passed, 5), (CheckState::NotYet, 6), (CheckState::Passed, 7)] {
        let outcome = Outcome { results: vec![result(state, at)], events: vec!["{}".into()] };
        store.record("ada", outcome).await.unwrap();
    }

    let results = store.results("ada").await.unwrap();
    assert_eq!(results.len(), 1);
    assert_eq!((results[0].first_passed_at, results[0].changed_at), (Some(5), 7));
    assert_eq!(store.last_sequence("ada").await.unwrap(), 3);
}

async fn a_sign_in_link_is_used_once(store: Store) {
    store.add_sign_in_link("link", 100).await.unwrap();
    store.add_sign_in_link("old", 10).await.unwrap();
    let sign_in = |link: &str, number: i64| {
        let (instructor, session) = (format!("i{number}"), format!("s{number}"));
        store.use_sign_in_link(link.to_owned(), instructor, session, 1000, 50)
    };

    let both = futures::join!(sign_in("link", 1), sign_in("link", 2));

    assert_ne!(both.0.unwrap(), both.1.unwrap());
    assert!(!sign_in("old", 3).await.unwrap());
    assert!(!sign_in("guess", 4).await.unwrap());
    assert!(store.has_instructor(5).await.unwrap());
}

fn lab(id: &str) -> LabRow {
    LabRow {
        id: id.into(),
        learner_id: "ada".into(),
        slug: format!("ada-{id}"),
        requested_at: 1,
        expires_at: 2,
        wanted: true,
        ended_at: None,
    }
}

async fn a_learner_has_one_wanted_lab(store: Store) {
    with_ada(&store).await;
    let (one, two) = (lab("one"), lab("two"));
    let both = futures::join!(store.want_lab(&one), store.want_lab(&two));
    assert_ne!(both.0.unwrap(), both.1.unwrap());

    let wanted = store.lab_of("ada").await.unwrap().unwrap();
    assert!(store.unwant_lab(&wanted.id).await.unwrap());
    assert!(!store.unwant_lab(&wanted.id).await.unwrap());
    assert!(store.want_lab(&lab("three")).await.unwrap());
    assert_eq!(store.labs_not_ended().await.unwrap().len(), 2);
    assert!(store.lab_ended(&wanted.id, 9).await.unwrap());
    assert_eq!(store.labs_not_ended().await.unwrap().len(), 1);
}

async fn a_job_that_fails_takes_nothing_with_it(store: Store) {
    with_ada(&store).await;

    store.add_sign_in_link("link", 100).await.unwrap();

    let twice = store.add_sign_in_link("link", 100);
    let (failed, told) = futures::join!(twice, store.tell("ada", "{}".into()));

    assert!(failed.unwrap_err().is_unique_violation());
    assert!(told.unwrap().is_some());
    // The seat that a failed job had taken is free again.
    let again = store.add_learner(learner("ada"), "another".into(), 100).await;
    assert!(again.unwrap_err().is_unique_violation());
    assert_eq!(store.class_by_id("class").await.unwrap().unwrap().learners, 1);
}

async fn a_deleted_learner_leaves_nothing_and_frees_the_seat(store: Store) {
    with_ada(&store).await;
    store.tell("ada", "{}".into()).await.unwrap();

    store.delete_learner("ada").await.unwrap();

    assert_eq!(store.learner("ada").await.unwrap(), None);
    assert_eq!(store.session("token of ada", 0).await.unwrap(), None);
    assert_eq!(store.class_by_id("class").await.unwrap().unwrap().learners, 0);
}

fn words(learners: Option<&[&str]>) -> Announcement {
    Announcement {
        id: "words".into(),
        class_id: "class".into(),
        text: "Break".into(),
        said_at: 5,
        learners: learners.map(|ids| ids.iter().map(ToString::to_string).collect()),
    }
}

async fn an_announcement_is_heard_by_all_or_by_nobody(store: Store) {
    with_ada(&store).await;
    join(&store, "eve").await;
    let hearers = || vec!["eve".to_owned(), "gone".to_owned(), "ada".to_owned()];

    let heard = store.announce(words(None), hearers(), "{}".into()).await.unwrap();
    let twice = store.announce(words(None), hearers(), "{}".into()).await;

    let heard: Vec<_> = heard.iter().map(|(id, told)| (id.as_str(), told.class_sequence)).collect();
    assert_eq!(heard, [("ada", 1), ("eve", 2)]);
    assert!(twice.unwrap_err().is_unique_violation());
    assert_eq!(store.last_sequence("ada").await.unwrap(), 1, "nothing of the second was told");
    assert_eq!(store.announcement_for("class", "eve", 4).await.unwrap(), Some(("Break".into(), 5)));
    let to_ada = Announcement { id: "more".into(), said_at: 6, ..words(Some(&["ada"])) };
    store.announce(to_ada, vec!["ada".to_owned()], "{}".into()).await.unwrap();
    assert_eq!(store.announcement_for("class", "eve", 5).await.unwrap(), None);
}

async fn announcements_and_events_do_not_wait_for_one_another(store: Store) {
    store.add_class(&class(10), 1).await.unwrap();
    let ids: Vec<String> = (0..8).map(|number| format!("learner {number}")).collect();
    join_all(ids.iter().map(|id| join(&store, id))).await;

    let announcements = (0..6).map(|number| {
        let words = Announcement { id: format!("words {number}"), ..words(None) };
        let mut hearers = ids.clone();
        // Each in another order.
        hearers.rotate_left(number);
        store.announce(words, hearers, "{}".into())
    });
    let events = (0..10).flat_map(|_| &ids).map(|id| store.tell(id, "{}".into()));
    let (announced, told) = futures::join!(join_all(announcements), join_all(events));

    assert!(announced.iter().all(|heard| heard.as_ref().unwrap().len() == 8));
    assert!(told.iter().all(Result::is_ok));
    assert_eq!(store.class_sequence("class").await.unwrap(), 6 * 8 + 10 * 8);
}

#[tokio::test]
async fn a_write_to_a_locked_database_says_that_it_is_locked() {
    let fresh = sqlite();
    let store = Store::open(&fresh.url).await.unwrap();
    with_ada(&store).await;
    let mut other = sqlx::SqliteConnection::connect(&fresh.url).await.unwrap();
    other.execute("BEGIN EXCLUSIVE").await.unwrap();

    let error = store.tell("ada", "{}".into()).await.unwrap_err();

    let Error::NotCommitted(cause) = &error else { panic!("{error:?}") };
    assert!(cause.to_string().contains("locked by another program"), "{cause}");
    other.execute("ROLLBACK").await.unwrap();
    assert!(store.tell("ada", "{}".into()).await.unwrap().is_some(), "the next one is written");
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_closing() {
    let fresh = sqlite();
    let store = Store::open(&fresh.url).await.unwrap();
    with_ada(&store).await;
    store.close().await;

    let store = Store::open(&fresh.url).await.unwrap();

    assert_eq!(store.learner("ada").await.unwrap(), Some(learner("ada")));
}

async fn what_is_kept_of_a_reader_shows_every_write_at_once(store: Store) {
    with_ada(&store).await;
    let readers = Readers::new(store.clone());
    let ada = async || readers.find("token of ada", 50).await.unwrap();
    assert_eq!(ada().await.unwrap().learner, learner("ada"));

    store.set_language("ada", Language::En).await.unwrap();
    assert_eq!(ada().await.unwrap().learner.language, Language::En);

    let passed = result(CheckState::Passed, 5);
    let outcome = Outcome { results: vec![passed.clone()], events: vec!["{}".into()] };
    store.record("ada", outcome).await.unwrap();
    let known = ada().await.unwrap();
    assert_eq!(known.record.result(&passed.exercise_id, &passed.check_id), Some(&passed));

    let attempt = Attempt { exercise_id: "e1".into(), started_at: 1, baseline: None };
    store.add_attempt("ada", &attempt).await.unwrap();
    assert!(ada().await.unwrap().record.attempt(&"e1".parse().unwrap()).is_some());

    store.want_lab(&lab("lab")).await.unwrap();
    assert!(ada().await.unwrap().lab.as_ref().unwrap().wanted);
    store.unwant_lab("lab").await.unwrap();
    assert!(!ada().await.unwrap().lab.as_ref().unwrap().wanted);

    assert!(readers.find("token of ada", 100).await.unwrap().is_none());
    store.delete_session("token of ada").await.unwrap();
    assert!(ada().await.is_none());
}

async fn who_reads_is_found_with_few_statements(store: Store) {
    with_ada(&store).await;
    let readers = Readers::new(store.clone());
    let cost = async || {
        let before = store.reads();
        readers.find("token of ada", 50).await.unwrap();
        store.reads() - before
    };

    let (first, second) = (cost().await, cost().await);

    // Where others write too, nothing is kept; then nothing is read twice.
    let keeps = store.mark("ada").is_some();
    assert_eq!((first, second), if keeps { (5, 0) } else { (4, 4) });
}

#[tokio::test]
async fn a_postgresql_that_ends_connections_is_unreachable_and_then_there_again() {
    let store = Store::open(&postgres().await.url).await.unwrap();

    let ended = store
        .write(|connection| {
            let ends_itself = sql("SELECT pg_terminate_backend(pg_backend_pid())");
            Box::pin(connection.execute(ends_itself))
        })
        .await;

    assert!(matches!(ended, Err(Error::Unreachable(_))), "{ended:?}");
    store.ping().await.unwrap();
    store.installation("hangar", 1).await.unwrap();
}
