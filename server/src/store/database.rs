//! The two databases behind one face: the only file that knows that there are two.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions, PgRow};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteRow,
    SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Postgres, Row as _, Sqlite};

use super::Error;

/// How long a write waits for another program's lock on the file.
const BUSY: Duration = Duration::from_secs(5);
const SQLITE_READERS: u32 = 4;
const POSTGRES_CONNECTIONS: u32 = 16;
/// The oldest PostgreSQL that can be asked how a transaction ended, as it numbers itself.
const OLDEST_POSTGRES: u32 = 13_00_00;

/// A constant SQL text with its arguments.
#[derive(Debug)]
pub struct Statement {
    text: &'static str,
    arguments: Vec<Argument>,
}

/// Begins a statement.
pub fn sql(text: &'static str) -> Statement {
    Statement { text, arguments: Vec::new() }
}

impl Statement {
    /// Gives the next `$n` its value.
    #[must_use]
    pub fn bind(mut self, argument: impl Into<Argument>) -> Self {
        self.arguments.push(argument.into());
        self
    }
}

/// A value that both databases store alike.
#[derive(Debug)]
pub enum Argument {
    /// Text, or nothing.
    Text(Option<String>),
    /// A whole number, or nothing.
    Integer(Option<i64>),
}

impl From<&str> for Argument {
    fn from(text: &str) -> Self {
        Self::Text(Some(text.to_owned()))
    }
}
impl From<String> for Argument {
    fn from(text: String) -> Self {
        Self::Text(Some(text))
    }
}
impl From<Option<String>> for Argument {
    fn from(text: Option<String>) -> Self {
        Self::Text(text)
    }
}
impl From<i64> for Argument {
    fn from(number: i64) -> Self {
        Self::Integer(Some(number))
    }
}
impl From<Option<i64>> for Argument {
    fn from(number: Option<i64>) -> Self {
        Self::Integer(number)
    }
}

/// Makes the driver's query of a statement; the two drivers' types differ, their words do not.
macro_rules! query {
    ($driver:ty, $statement:expr) => {{
        let statement = $statement;
        let mut query = sqlx::query::<$driver>(statement.text);
        for argument in statement.arguments {
            query = match argument {
                Argument::Text(text) => query.bind(text),
                Argument::Integer(number) => query.bind(number),
            };
        }
        query
    }};
}

/// A row of an answer.
#[derive(Debug)]
pub enum Row {
    /// Of SQLite.
    Sqlite(Box<SqliteRow>),
    /// Of PostgreSQL.
    Postgres(Box<PgRow>),
}

macro_rules! column {
    ($($(#[$doc:meta])* $name:ident: $value:ty;)*) => {
        impl Row {
            $(
                $(#[$doc])*
                pub fn $name(&self, column: &str) -> Result<$value, Error> {
                    let value = match self {
                        Self::Sqlite(row) => row.try_get(column),
                        Self::Postgres(row) => row.try_get(column),
                    };
                    value.map_err(Error::from)
                }
            )*
        }
    };
}
column! {
    /// The text in a column.
    text: String;
    /// The text in a column that may be empty.
    optional_text: Option<String>;
    /// The number in a column.
    integer: i64;
    /// The number in a column that may be empty.
    optional_integer: Option<i64>;
}

/// A connection of either kind.
#[derive(Debug)]
pub enum Connection {
    /// To SQLite.
    Sqlite(PoolConnection<Sqlite>),
    /// To PostgreSQL.
    Postgres(PoolConnection<Postgres>),
}

impl Connection {
    /// Runs a statement and says how many rows it changed.
    pub async fn execute(&mut self, statement: Statement) -> Result<u64, Error> {
        Ok(match self {
            Self::Sqlite(one) => {
                query!(Sqlite, statement).execute(&mut **one).await?.rows_affected()
            }
            Self::Postgres(one) => {
                query!(Postgres, statement).execute(&mut **one).await?.rows_affected()
            }
        })
    }

    /// Runs a statement and returns its rows.
    pub async fn rows(&mut self, statement: Statement) -> Result<Vec<Row>, Error> {
        Ok(match self {
            Self::Sqlite(one) => {
                let rows = query!(Sqlite, statement).fetch_all(&mut **one).await?;
                rows.into_iter().map(|row| Row::Sqlite(Box::new(row))).collect()
            }
            Self::Postgres(one) => {
                let rows = query!(Postgres, statement).fetch_all(&mut **one).await?;
                rows.into_iter().map(|row| Row::Postgres(Box::new(row))).collect()
            }
        })
    }

    /// Runs a statement and returns its first row.
    pub async fn row(&mut self, statement: Statement) -> Result<Option<Row>, Error> {
        Ok(self.rows(statement).await?.into_iter().next())
    }

    /// Whether there is a table.
    pub(super) async fn has_table(&mut self, name: &str) -> Result<bool, Error> {
        let select = match self {
            Self::Sqlite(_) => {
                "SELECT 1 AS one FROM sqlite_master WHERE type = 'table' AND name = $1"
            }
            Self::Postgres(_) => "SELECT 1 AS one WHERE pg_catalog.to_regclass($1) IS NOT NULL",
        };
        Ok(self.row(sql(select).bind(name)).await?.is_some())
    }

    /// Runs several statements without arguments, as they stand in a migration.
    pub(super) async fn script(&mut self, text: &'static str) -> Result<(), Error> {
        match self {
            Self::Sqlite(one) => sqlx::raw_sql(text).execute(&mut **one).await.map(drop)?,
            Self::Postgres(one) => sqlx::raw_sql(text).execute(&mut **one).await.map(drop)?,
        }
        Ok(())
    }

    /// Begins a transaction that will write; what PostgreSQL calls it, for whoever has to ask how it ended.
    pub(super) async fn begin(&mut self) -> Result<Option<String>, Error> {
        match self {
            // SQLite would otherwise find out only at the first write that another one is ahead.
            Self::Sqlite(_) => self.script("BEGIN IMMEDIATE").await.map(|()| None),
            Self::Postgres(one) => {
                let text = "BEGIN; SELECT pg_current_xact_id()::text AS id";
                let rows = sqlx::raw_sql(text).fetch_all(&mut **one).await?;
                Ok(rows.first().map(|row| row.try_get("id")).transpose()?)
            }
        }
    }

    /// Takes the lock under which tables are changed; it is released with the transaction.
    pub(super) async fn lock_schema(&mut self) -> Result<(), Error> {
        match self {
            Self::Sqlite(_) => Ok(()),
            // As long as the other database waits, and no longer.
            Self::Postgres(_) => {
                self.script(
                    "SET LOCAL lock_timeout = '5s'; SELECT pg_advisory_xact_lock(7310587812450)",
                )
                .await
            }
        }
    }
}

/// The connections. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) enum Database {
    Sqlite { writer: SqlitePool, readers: SqlitePool },
    Postgres(PgPool),
}

impl Database {
    pub(super) async fn open(url: &str, create: bool) -> Result<Self, Error> {
        if url.starts_with("sqlite:") {
            Self::open_sqlite(url, create).await
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Self::open_postgres(url).await
        } else {
            Err(not_understood(url, None))
        }
    }

    async fn open_sqlite(url: &str, create: bool) -> Result<Self, Error> {
        let mut options = SqliteConnectOptions::from_str(url)
            .map_err(|error| not_understood(url, Some(error)))?
            .create_if_missing(create)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY);
        if create {
            // It stays in the file: where a server has been it is so, and another program's file is left alone.
            options = options.journal_mode(SqliteJournalMode::Wal);
        }
        let name = options.get_filename().display().to_string();
        let opened = SqlitePoolOptions::new().max_connections(1).connect_with(options.clone());
        let writer = opened.await.map_err(|error| opening(&name, error))?;
        let readers = SqlitePoolOptions::new()
            .max_connections(SQLITE_READERS)
            // A file does not hang up: asking it first would double the price of a small read.
            .test_before_acquire(false)
            .connect_lazy_with(options.pragma("query_only", "ON"));
        Ok(Self::Sqlite { writer, readers })
    }

    /// The file that only one server may serve from; none with PostgreSQL, or in memory.
    pub(super) fn file(url: &str) -> Option<PathBuf> {
        let options = SqliteConnectOptions::from_str(url).ok()?;
        let file = options.get_filename();
        let is_file = url.starts_with("sqlite:") && !url.contains(":memory:");
        is_file.then(|| file.to_path_buf())
    }

    async fn open_postgres(url: &str) -> Result<Self, Error> {
        let options =
            PgConnectOptions::from_str(url).map_err(|error| not_understood(url, Some(error)))?;
        let name = format!("{} on {}", options.get_database().unwrap_or("?"), options.get_host());
        let pool = PgPoolOptions::new()
            .max_connections(POSTGRES_CONNECTIONS)
            .acquire_timeout(Duration::from_secs(10))
            .connect_with(options.clone());
        match pool.await {
            Ok(pool) => {
                refuse_older(pool.acquire().await?.server_version_num())?;
                Ok(Self::Postgres(pool))
            }
            // It was tried for so long because it may be starting; why it failed is asked once more.
            Err(sqlx::Error::PoolTimedOut) => {
                let once = tokio::time::timeout(Duration::from_secs(2), options.connect()).await;
                let error = once.ok().and_then(Result::err).unwrap_or(sqlx::Error::PoolTimedOut);
                Err(opening(&name, error))
            }
            Err(error) => Err(opening(&name, error)),
        }
    }

    pub(super) async fn reader(&self) -> Result<Connection, Error> {
        Ok(match self {
            Self::Sqlite { readers, .. } => Connection::Sqlite(readers.acquire().await?),
            Self::Postgres(pool) => Connection::Postgres(pool.acquire().await?),
        })
    }

    pub(super) async fn writer(&self) -> Result<Connection, Error> {
        Ok(match self {
            Self::Sqlite { writer, .. } => Connection::Sqlite(writer.acquire().await?),
            Self::Postgres(pool) => Connection::Postgres(pool.acquire().await?),
        })
    }

    /// How a transaction ended, in PostgreSQL's words; nothing, if it does not know any more.
    pub(super) async fn fate_of(&self, id: &str) -> Result<String, Error> {
        let select = sql("SELECT pg_xact_status(CAST($1 AS xid8)) AS status").bind(id);
        let row = self.reader().await?.row(select).await?;
        row.map_or(Ok(None), |row| row.optional_text("status")).map(Option::unwrap_or_default)
    }

    pub(super) async fn close(&self) {
        match self {
            Self::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

/// What is said of a URL: how it begins, and nothing that may be a password.
fn not_understood(url: &str, source: Option<sqlx::Error>) -> Error {
    let is_scheme = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let scheme = url.split_once("://").map(|(scheme, _)| scheme).filter(|text| is_scheme(text));
    let begins = scheme.map_or_else(|| "no scheme".to_owned(), |scheme| format!("{scheme}://…"));
    Error::Url { begins, source }
}

/// Refuses a PostgreSQL that is too old; one that does not say its version is taken at its deeds.
fn refuse_older(number: Option<u32>) -> Result<(), Error> {
    match number {
        Some(number) if number < OLDEST_POSTGRES => Err(Error::TooOld { found: number / 1_00_00 }),
        Some(_) | None => Ok(()),
    }
}

/// Locked and read-only files have their own message; the rest says which database it is.
fn opening(name: &str, error: sqlx::Error) -> Error {
    match Error::from(error) {
        Error::Database(source) | Error::Unreachable(source) => {
            Error::Open { name: name.to_owned(), source }
        }
        other => other,
    }
}
