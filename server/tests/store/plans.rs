//! Every statement of the store finds its rows by an index: no table that grows is read from one end to the other.
//!
//! The statements are taken from the source, so that none is forgotten.

use hangar::store::Store;
use sqlx::{Executor as _, Row as _};

use super::{postgres, sqlite};

/// Tables that grow with the people who come.
const GROWING: [&str; 8] =
    ["learner", "session", "lab", "attempt", "result", "event", "announcement", "announcement_to"];

/// What is read in order of asking, and holds nothing but labs that are still there.
const OF_LIVING_LABS: &str = "lab_not_ended";

/// Every statement in the source of the store.
fn statements() -> Vec<String> {
    let mut found = Vec::new();
    for file in std::fs::read_dir("src/store").unwrap() {
        let text = std::fs::read_to_string(file.unwrap().path()).unwrap();
        let strings = text.split('"').skip(1).step_by(2);
        let begins = |text: &&str| {
            ["SELECT ", "INSERT ", "UPDATE ", "DELETE "].iter().any(|word| text.starts_with(word))
        };
        found.extend(strings.filter(begins).map(ToOwned::to_owned));
    }
    found
}

/// How many values a statement takes.
fn values(statement: &str) -> usize {
    (1..=9).take_while(|number| statement.contains(&format!("${number}"))).count()
}

#[test]
fn the_statements_are_found() {
    let statements = statements();

    assert!(statements.len() > 50, "{}", statements.len());
    for table in GROWING {
        assert!(statements.iter().any(|statement| statement.contains(table)), "{table}");
    }
}

#[tokio::test]
async fn sqlite_reads_no_table_that_grows_from_one_end_to_the_other() {
    let fresh = sqlite();
    Store::open(&fresh.url).await.unwrap().close().await;
    let pool = sqlx::SqlitePool::connect(&fresh.url).await.unwrap();

    // What only PostgreSQL is asked concerns no table.
    for statement in statements().iter().filter(|statement| !statement.contains("pg_")) {
        let explain = format!("EXPLAIN QUERY PLAN {statement}");
        let rows = sqlx::raw_sql(sqlx::AssertSqlSafe(explain)).fetch_all(&pool).await;
        for row in rows.unwrap_or_else(|error| panic!("{error}: {statement}")) {
            let step: String = row.get("detail");
            let scans = GROWING.iter().any(|table| {
                step == format!("SCAN {table}") || step.starts_with(&format!("SCAN {table} "))
            });
            assert!(!scans || step.contains(OF_LIVING_LABS), "{step}: {statement}");
        }
    }
}

#[tokio::test]
async fn postgres_can_find_every_row_by_an_index() {
    let fresh = postgres().await;
    Store::open(&fresh.url).await.unwrap().close().await;
    let pool = sqlx::PgPool::connect(&fresh.url).await.unwrap();
    let mut connection = pool.acquire().await.unwrap();
    // The tables are empty: without this it would read them whole, which is quickest as long as they are.
    let settings = "SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan";
    sqlx::raw_sql(settings).execute(&mut *connection).await.unwrap();

    for statement in statements().iter().filter(|statement| !statement.contains("sqlite_")) {
        let nothing = vec!["NULL"; values(statement)].join(", ");
        let execute =
            if nothing.is_empty() { "one".to_owned() } else { format!("one ({nothing})") };
        let prepare = format!("PREPARE one AS {statement}");
        let prepared = connection.execute(sqlx::raw_sql(sqlx::AssertSqlSafe(prepare))).await;
        prepared.unwrap_or_else(|error| panic!("{error}: {statement}"));
        let explain = format!("EXPLAIN EXECUTE {execute}");
        let rows = sqlx::raw_sql(sqlx::AssertSqlSafe(explain)).fetch_all(&mut *connection).await;
        for row in rows.unwrap_or_else(|error| panic!("{error}: {statement}")) {
            let step: String = row.get(0);
            let scans = GROWING.iter().any(|table| step.contains(&format!("Seq Scan on {table} ")));
            assert!(!scans, "{step}: {statement}");
        }
        sqlx::raw_sql("DEALLOCATE one").execute(&mut *connection).await.unwrap();
    }
}
