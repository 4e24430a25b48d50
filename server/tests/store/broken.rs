//! PostgreSQL goes away in the middle of a write: nobody is told "not stored" of what is stored, or the other way round.

use hangar::store::{Error, Refusal, Store, sql};

use super::{class, postgres};
use crate::postgres::{AtCommit, Way};

async fn has_class(store: &Store) -> bool {
    store.class_by_code("PLUM").await.unwrap().is_some()
}

#[tokio::test]
async fn a_commit_whose_answer_was_lost_is_found_to_be_done() {
    let way = Way::open().await;
    let store = Store::open(&way.url).await.unwrap();
    way.breaks(AtCommit::Deafen, "PLUM");

    let added = store.add_class(&class(3), 1).await;

    assert!(added.unwrap(), "it was done, and by nobody else");
    assert!(has_class(&store).await);
    assert_eq!(store.refuses(), None);
}

#[tokio::test]
async fn a_commit_that_never_arrived_is_found_to_be_undone() {
    let way = Way::open().await;
    let store = Store::open(&way.url).await.unwrap();
    way.breaks(AtCommit::Cut, "PLUM");

    let added = store.add_class(&class(3), 1).await;

    let Err(Error::NotCommitted(cause)) = added else { panic!("{added:?}") };
    assert!(matches!(*cause, Error::Unreachable(_)), "{cause:?}");
    assert!(!has_class(&store).await);
    assert!(store.add_class(&class(3), 1).await.unwrap(), "the next one is written");
}

#[tokio::test]
async fn where_nobody_can_be_asked_nobody_says_that_it_is_not_there() {
    for at_commit in [AtCommit::Cut, AtCommit::Deafen] {
        let way = Way::open().await;
        let store = Store::open(&way.url).await.unwrap();
        way.breaks_for_good(at_commit, "PLUM");

        let added = store.add_class(&class(3), 1).await;

        assert!(matches!(added, Err(Error::InDoubt(_))), "{added:?}");
        assert_eq!(store.refuses(), Some(Refusal::Unreachable));
        way.mend();
        assert_eq!(has_class(&store).await, matches!(at_commit, AtCommit::Deafen));
    }
}

#[tokio::test]
async fn a_connection_that_is_ended_between_the_work_and_its_commit_leaves_nothing() {
    let fresh = postgres().await;
    let store = Store::open(&fresh.url).await.unwrap();
    let other = sqlx::PgPool::connect(&fresh.url).await.unwrap();

    let written = store.write(move |connection| {
        Box::pin(async move {
            let insert = sql("INSERT INTO installation (id, created_at) VALUES ($1, $2)");
            connection.execute(insert.bind("half").bind(1_i64)).await?;
            let end = "SELECT pg_terminate_backend(pid) FROM pg_locks
                 WHERE relation = 'installation'::regclass";
            sqlx::query(end).execute(&other).await.unwrap();
            Ok(())
        })
    });

    let Err(Error::NotCommitted(cause)) = written.await else { panic!("it cannot be done") };
    assert!(matches!(*cause, Error::Unreachable(_)), "{cause:?}");
    assert_eq!(store.installation("whole", 2).await.unwrap(), "whole");
}

#[tokio::test]
async fn what_panics_leaves_no_open_transaction_to_the_next_one() {
    let fresh = postgres().await;
    let store = Store::open(&fresh.url).await.unwrap();

    let half = store.write::<(), _>(|connection| {
        Box::pin(async move {
            let insert = sql("INSERT INTO installation (id, created_at) VALUES ($1, $2)");
            connection.execute(insert.bind("half").bind(1_i64)).await?;
            panic!("this is what the test is about")
        })
    });

    assert!(matches!(half.await, Err(Error::NotCommitted(_))));
    assert_eq!(store.installation("whole", 2).await.unwrap(), "whole");
}
