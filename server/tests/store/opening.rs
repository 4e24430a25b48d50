//! Opening a database: what is refused, and that what is not Hangar's is left alone.

use hangar::store::{Error, Store};
use sqlx::{Connection as _, Executor as _, SqliteConnection};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::sqlite;
use crate::postgres::postgres;

#[tokio::test]
async fn a_database_of_a_newer_version_is_refused() {
    let fresh = sqlite();
    Store::open(&fresh.url).await.unwrap().close().await;
    let pool = sqlx::SqlitePool::connect(&fresh.url).await.unwrap();
    pool.execute("INSERT INTO schema_version (version) VALUES (999)").await.unwrap();
    pool.close().await;

    let error = Store::open(&fresh.url).await.unwrap_err();

    assert!(matches!(error, Error::Newer { found: 999, .. }), "{error}");
}

#[tokio::test]
async fn a_postgres_database_of_a_newer_version_is_refused() {
    let fresh = postgres().await;
    Store::open(&fresh.url).await.unwrap().close().await;
    let pool = sqlx::PgPool::connect(&fresh.url).await.unwrap();
    pool.execute("INSERT INTO schema_version (version) VALUES (999)").await.unwrap();

    let error = Store::open(&fresh.url).await.unwrap_err();

    assert!(matches!(error, Error::Newer { found: 999, .. }), "{error}");
}

#[tokio::test]
async fn a_postgres_database_that_may_not_be_written_says_so() {
    let fresh = postgres().await;
    let pool = sqlx::PgPool::connect(&fresh.url).await.unwrap();
    let (_, name) = fresh.url.rsplit_once('/').unwrap();
    let close = format!("ALTER DATABASE \"{name}\" SET default_transaction_read_only = on");
    pool.execute(sqlx::AssertSqlSafe(close)).await.unwrap();

    let error = Store::open(&fresh.url).await.unwrap_err();

    assert!(matches!(error, Error::ReadOnly(_)), "{error:?}");
}

#[tokio::test]
async fn a_postgres_database_whose_tables_are_being_changed_says_so() {
    let fresh = postgres().await;
    let pool = sqlx::PgPool::connect(&fresh.url).await.unwrap();
    let mut other = pool.begin().await.unwrap();
    other.execute("SELECT pg_advisory_xact_lock(7310587812450)").await.unwrap();

    let error = Store::open(&fresh.url).await.unwrap_err();

    assert!(matches!(error, Error::Locked(_)), "{error:?}");
}

#[tokio::test]
async fn a_url_that_is_not_understood_is_refused_without_saying_its_password() {
    for (url, begins) in [
        ("postgress://hangar:secret@db/x", "(postgress://…)"),
        ("mysql://hangar:secret@db/x", "(mysql://…)"),
        ("postgres://hangar:sec/ret@db/x", "(postgres://…)"),
        ("sqlite://secret.db?mode=secret", "(sqlite://…)"),
        ("secret.db", "(no scheme)"),
        ("hangar:secret@db:5432/x", "(no scheme)"),
        ("user=hangar password=secret options='-c search_path=a:b'", "(no scheme)"),
    ] {
        let error = Store::open(url).await.unwrap_err();

        assert!(matches!(error, Error::Url { .. }), "{error:?}");
        let said = error.to_string();
        assert!(said.contains(begins) && !said.contains("sec"), "{said}");
    }
}

#[tokio::test]
async fn a_database_that_cannot_be_opened_is_named() {
    let error = Store::open("sqlite:///nowhere/at/all.db").await.unwrap_err();

    assert!(error.to_string().contains("/nowhere/at/all.db"), "{error}");
}

#[tokio::test]
async fn a_file_of_another_program_is_left_as_it_is() {
    let fresh = sqlite();
    let file = fresh.url.trim_start_matches("sqlite://");
    let url = format!("{}?mode=rwc", fresh.url);
    let mut theirs = SqliteConnection::connect(&url).await.unwrap();
    theirs.execute("CREATE TABLE theirs (id TEXT)").await.unwrap();
    theirs.close().await.unwrap();
    let before = std::fs::read(file).unwrap();

    let error = Store::open_existing(&fresh.url).await.unwrap_err();

    assert!(matches!(error, Error::Foreign), "{error:?}");
    assert!(std::fs::read(file).unwrap() == before, "not a byte of it has changed");
}

#[tokio::test]
async fn a_postgres_database_of_another_program_is_left_as_it_is() {
    let fresh = postgres().await;

    let error = Store::open_existing(&fresh.url).await.unwrap_err();

    assert!(matches!(error, Error::Foreign), "{error:?}");
    let pool = sqlx::PgPool::connect(&fresh.url).await.unwrap();
    let tables = pool.fetch_all("SELECT FROM pg_tables WHERE schemaname = 'public'").await.unwrap();
    assert!(tables.is_empty());
}

#[tokio::test]
async fn who_comes_beside_a_server_of_another_version_changes_no_table() {
    for fresh in [sqlite(), postgres().await] {
        let server = Store::open(&fresh.url).await.unwrap();
        Store::open_existing(&fresh.url).await.unwrap().close().await;
        server
            .write(|connection| {
                let older = hangar::store::sql("DELETE FROM schema_version WHERE version > 1");
                Box::pin(connection.execute(older))
            })
            .await
            .unwrap();

        let error = Store::open_existing(&fresh.url).await.unwrap_err();

        assert!(matches!(error, Error::OtherVersion { found: 1, .. }), "{error:?}");
        server.close().await;
    }
}

/// Says that it is a PostgreSQL of a version, and that it is ready, whatever it is told.
async fn postgres_of_version(version: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("postgres://hangar@{}/x?sslmode=disable", listener.local_addr().unwrap());
    let parameter = format!("server_version\0{version}\0");
    let length = u32::try_from(parameter.len() + 4).unwrap().to_be_bytes();
    let greeting = [b"R\0\0\0\x08\0\0\0\0S", &length[..], parameter.as_bytes()].concat();
    #[expect(clippy::disallowed_methods, reason = "a test needs no span")]
    tokio::spawn(async move {
        let (mut one, _) = listener.accept().await.unwrap();
        one.write_all(&greeting).await.unwrap();
        let mut said = [0; 1024];
        while one.read(&mut said).await.is_ok_and(|length| length > 0) {
            if one.write_all(b"Z\0\0\0\x05I").await.is_err() {
                return;
            }
        }
    });
    url
}

#[tokio::test]
async fn a_postgres_that_is_too_old_says_which_one_is_needed() {
    for (version, found) in [("12.17", 12), ("9.6.24", 9)] {
        let error = Store::open(&postgres_of_version(version).await).await.unwrap_err();

        assert!(matches!(error, Error::TooOld { found: it } if it == found), "{error:?}");
        assert!(error.to_string().contains("needs 13 or newer"), "{error}");
    }
}
