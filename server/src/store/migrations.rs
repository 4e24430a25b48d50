//! Brings the tables up to date at a server's start: forward only, under a lock, one transaction.

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

/// Finds out whether the tables are those of this program, and changes nothing.
pub(super) async fn expect_current(database: &Database) -> Result<(), Error> {
    let mut connection = database.reader().await?;
    if !connection.has_table("schema_version").await? {
        return Err(Error::Foreign);
    }
    let (found, known) = (version(&mut connection).await?, known());
    if found == known { Ok(()) } else { Err(Error::OtherVersion { found, known }) }
}

/// The version that this program makes.
fn known() -> i64 {
    i64::try_from(MIGRATIONS.len()).expect("there are few migrations")
}

/// The version that is there.
async fn version(connection: &mut Connection) -> Result<i64, Error> {
    let select = sql("SELECT COALESCE(MAX(version), 0) AS version FROM schema_version");
    connection.row(select).await?.map_or(Ok(0), |row| row.integer("version"))
}

async fn apply(connection: &mut Connection) -> Result<(), Error> {
    connection.lock_schema().await?;
    connection.script(VERSIONS).await?;
    let (found, known) = (version(connection).await?, known());
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
