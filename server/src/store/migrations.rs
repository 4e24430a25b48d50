//! Brings the tables up to date at start: forward only, under a lock, one transaction.

use super::database::Database;
use super::{Connection, Error, sql};

/// Every migration, oldest first; its version is its place, from 1.
const MIGRATIONS: &[&str] = &[
    include_str!("../../../migrations/0001_people.sql"),
    include_str!("../../../migrations/0002_help.sql"),
    include_str!("../../../migrations/0003_indexes.sql"),
];

const VERSIONS: &str = "
    CREATE TABLE IF NOT EXISTS schema_version (
        version BIGINT PRIMARY KEY
    )";

/// Applies what is missing. Several servers may start at once: the second finds nothing to do.
pub(super) async fn run(database: &Database) -> Result<(), Error> {
    let mut connection = database.writer().await?;
    connection.begin().await?;
    match apply(&mut connection).await {
        Ok(()) => connection.script("COMMIT").await,
        Err(error) => {
            connection.script("ROLLBACK").await?;
            Err(error)
        }
    }
}

async fn apply(connection: &mut Connection) -> Result<(), Error> {
    connection.lock_schema().await?;
    connection.script(VERSIONS).await?;
    let select = sql("SELECT COALESCE(MAX(version), 0) AS version FROM schema_version");
    let found = connection.row(select).await?.map_or(Ok(0), |row| row.integer("version"))?;
    let known = i64::try_from(MIGRATIONS.len()).expect("there are few migrations");
    if found > known {
        return Err(Error::Newer { found, known });
    }
    for (version, text) in (1..).zip(MIGRATIONS) {
        if version > found {
            connection.script(text).await?;
            let insert = sql("INSERT INTO schema_version (version) VALUES ($1)");
            connection.execute(insert.bind(version)).await?;
        }
    }
    Ok(())
}
