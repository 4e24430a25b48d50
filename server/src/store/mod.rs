//! Everything that is remembered about people: the only place with SQL.
//!
//! ```text
//! one aggregate a file ──► Statement ──► Connection (SQLite | PostgreSQL)
//!            writes ──► Writer: one transaction for all that wait, acknowledged when durable
//! ```
//!
//! **Invariant:** the same SQL text runs on both databases; what differs between them is in
//! [`database`] alone. A write that was acknowledged survives a power cut.
//!
//! **Deliberately absent:** labs as they are (Kubernetes knows), secrets, what learners type.

mod alone;
mod announcements;
mod attempts;
mod classes;
mod database;
mod ending;
mod events;
mod health;
mod help;
mod instructors;
mod labs;
mod learners;
mod marks;
mod migrations;
mod results;
mod sessions;
mod writer;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use futures::future::BoxFuture;

pub use announcements::Announcement;
pub use attempts::Attempt;
pub use classes::Class;
pub use database::{Connection, Row, Statement, sql};
pub use events::{Recorded, append_event};
pub use health::Refusal;
pub use help::Hand;
pub use labs::LabRow;
pub use learners::Learner;
pub use marks::{Mark, Touched};
pub use results::{CheckResult, LearnerResult, Outcome};
pub use sessions::{Holder, SignedIn};

use alone::Alone;
use database::Database;
use writer::Writer;

/// Why the store could not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The URL names neither SQLite nor PostgreSQL, or cannot be read.
    #[error("the database URL ({begins}) is not understood: use sqlite://FILE or postgres://…")]
    Url {
        /// How it begins; the rest may hold a password.
        begins: String,
        /// What the driver said.
        #[source]
        source: Option<sqlx::Error>,
    },
    /// The database cannot be opened.
    #[error(
        "the database {name} cannot be opened: look whether it is there and may be used, or name another with --database-url"
    )]
    Open {
        /// Which database, without its password.
        name: String,
        /// What the driver said.
        #[source]
        source: sqlx::Error,
    },
    /// Another server serves from the file.
    #[error(
        "another hangar serves from {file}: stop it, or give this one its own file with --database-url"
    )]
    Taken {
        /// Which file.
        file: String,
    },
    /// Another program holds the database.
    #[error("the database is locked by another program; stop it, or give this server its own file")]
    Locked(#[source] sqlx::Error),
    /// The database, or with SQLite its file or folder, may not be written.
    #[error(
        "the database is read-only: give the server's user write access to it (with SQLite, to the file and its folder)"
    )]
    ReadOnly(#[source] sqlx::Error),
    /// There is no room for what is to be written.
    #[error("the disk of the database is full: free some space, and writing goes on by itself")]
    Full(#[source] sqlx::Error),
    /// The database does not answer.
    #[error("the database does not answer; once it does, this server goes on by itself")]
    Unreachable(#[source] sqlx::Error),
    /// A newer Hangar has already changed the tables.
    #[error(
        "the database is of version {found}, this program knows versions up to {known}: run the newer hangar"
    )]
    Newer {
        /// The version found.
        found: i64,
        /// The newest version that this program knows.
        known: i64,
    },
    /// The tables are not those of this program, and a server may be using them.
    #[error(
        "the database is of version {found}, this program of version {known}: use the hangar that serves from it"
    )]
    OtherVersion {
        /// The version found.
        found: i64,
        /// The version of this program.
        known: i64,
    },
    /// There is nothing of Hangar's in it.
    #[error(
        "this is no database of Hangar's, and it was left as it is: name the server's with --database-url"
    )]
    Foreign,
    /// PostgreSQL lacks what is asked of it.
    #[error("PostgreSQL {found} is too old: Hangar needs 13 or newer")]
    TooOld {
        /// Its major version.
        found: u32,
    },
    /// The transaction with this write was not committed: nothing of it is there.
    #[error("the write was not committed")]
    NotCommitted(#[source] Arc<Error>),
    /// The database went away while the write was being committed: it may be there or not.
    #[error("nobody knows whether the write was committed")]
    InDoubt(#[source] Arc<Error>),
    /// The store is being closed, or what writes has failed.
    #[error("the database is being closed, or writing has failed: the log says more")]
    Closed,
    /// A stored value cannot be read.
    #[error("the stored {what} {value:?} cannot be read")]
    Malformed {
        /// What it should be.
        what: &'static str,
        /// What is there.
        value: String,
    },
    /// Anything else that the driver reports.
    #[error("the database reports an error")]
    Database(#[source] sqlx::Error),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        // Whoever goes away while a connection is opened leaves half a word behind.
        if matches!(
            error,
            sqlx::Error::Io(_)
                | sqlx::Error::Tls(_)
                | sqlx::Error::Protocol(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed
        ) {
            return Self::Unreachable(error);
        }
        let code = error
            .as_database_error()
            .and_then(sqlx::error::DatabaseError::code)
            .unwrap_or_default();
        meaning(&code)(error)
    }
}

/// Which error of ours a driver's error is.
type Meaning = fn(sqlx::Error) -> Error;

/// What a database's code says: PostgreSQL's have five characters, SQLite's are shorter numbers.
fn meaning(code: &str) -> Meaning {
    match code {
        "55P03" => Error::Locked,
        "25006" => Error::ReadOnly,
        "53100" => Error::Full,
        // It is going down, has crashed, or is coming up; or the connection broke, perhaps at a commit.
        "57P01" | "57P02" | "57P03" | "08000" | "08003" | "08006" | "08007" | "40003" => {
            Error::Unreachable
        }
        // SQLite's extended result codes keep the primary code in the low byte.
        _ if code.len() < 5 => match code.parse::<i32>().map_or(0, |code| code & 0xff) {
            5 | 6 => Error::Locked,
            8 => Error::ReadOnly,
            13 => Error::Full,
            _ => Error::Database,
        },
        _ => Error::Database,
    }
}

impl Error {
    /// Whether the database refused a row because one like it is there.
    pub fn is_unique_violation(&self) -> bool {
        let Self::Database(error) = self else { return false };
        error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation)
    }

    /// What keeps the database from taking this write, if it is the database and not the write.
    pub fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::Locked(_) => Some(Refusal::Locked),
            Self::ReadOnly(_) => Some(Refusal::ReadOnly),
            Self::Full(_) => Some(Refusal::Full),
            Self::Unreachable(_) | Self::InDoubt(_) => Some(Refusal::Unreachable),
            Self::NotCommitted(cause) => match &**cause {
                Self::Closed => None,
                cause => Some(cause.refusal().unwrap_or(Refusal::Failing)),
            },
            Self::Closed
            | Self::Url { .. }
            | Self::Open { .. }
            | Self::Taken { .. }
            | Self::Newer { .. }
            | Self::OtherVersion { .. }
            | Self::Foreign
            | Self::TooOld { .. }
            | Self::Malformed { .. }
            | Self::Database(_) => None,
        }
    }
}

/// The database of people. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    database: Database,
    writer: Writer,
    read: Arc<AtomicU64>,
    /// Held until the store is closed, by a server.
    alone: Arc<Mutex<Option<Alone>>>,
}

impl std::fmt::Debug for Store {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Store")
    }
}

impl Store {
    /// Opens the database, which is made if need be, and brings its tables up to date.
    pub async fn open(url: &str) -> Result<Self, Error> {
        Self::prepared(Database::open(url, true).await?, None).await
    }

    /// Opens a database that a server uses or has used, and leaves its tables as they are: the server may be running.
    pub async fn open_existing(url: &str) -> Result<Self, Error> {
        let database = Database::open(url, false).await?;
        migrations::expect_current(&database).await?;
        Self::ready(database, None).await
    }

    /// Opens the database for a server. Of servers on one SQLite file the second is refused: each would think that it alone
    /// makes and removes labs.
    pub async fn open_to_serve(url: &str) -> Result<Self, Error> {
        let alone = match Database::file(url) {
            Some(file) => alone::hold(&file).await?,
            None => None,
        };
        Self::prepared(Database::open(url, true).await?, alone).await
    }

    async fn prepared(database: Database, alone: Option<Alone>) -> Result<Self, Error> {
        migrations::run(&database).await?;
        Self::ready(database, alone).await
    }

    async fn ready(database: Database, alone: Option<Alone>) -> Result<Self, Error> {
        let writer = Writer::start(&database).await?;
        Ok(Self { database, writer, read: Arc::default(), alone: Arc::new(Mutex::new(alone)) })
    }

    /// Waits until every write has been committed, and closes.
    pub async fn close(&self) {
        self.writer.close().await;
        self.database.close().await;
        drop(self.alone.lock().unwrap_or_else(PoisonError::into_inner).take());
    }

    /// Returns when nothing can be written any more: the store was closed, or what writes has failed.
    pub async fn closed(&self) {
        self.writer.ended().await;
    }

    /// How many statements have read so far: what a page costs is counted, not guessed.
    pub fn reads(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// What kept the last writes from being taken; `None` while writing goes well.
    pub fn refuses(&self) -> Option<Refusal> {
        self.writer.health().refusal()
    }

    /// Finds out, for ever, whether the database takes what is written, also while nobody writes.
    pub async fn watch_health(&self) {
        loop {
            self.writer.health().rest().await;
            let nothing = sql("UPDATE installation SET id = id");
            self.writer.probe(&self.database, nothing).await;
        }
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), Error> {
        self.read(sql("SELECT 1 AS one")).await.map(drop)
    }

    async fn read(&self, statement: Statement) -> Result<Vec<Row>, Error> {
        self.read.fetch_add(1, Ordering::Relaxed);
        self.database.reader().await?.rows(statement).await
    }

    async fn read_one(&self, statement: Statement) -> Result<Option<Row>, Error> {
        Ok(self.read(statement).await?.into_iter().next())
    }

    /// How things stand with a learner; `None` where other processes may write, so that nothing may be kept.
    pub fn mark(&self, learner_id: &str) -> Option<Mark> {
        Some(self.writer.marks()?.now(learner_id))
    }

    /// Runs `job` in a transaction; what it returns is acknowledged when it is durable.
    pub async fn write<T, F>(&self, job: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut Connection) -> BoxFuture<'t, Result<T, Error>> + Send + 'static,
    {
        self.writer.write(&self.database, Touched::Anybody, job).await
    }

    /// [`Store::write`], of a job that changes nothing but what is stored about one learner.
    pub async fn write_of<T, F>(&self, learner_id: &str, job: F) -> Result<T, Error>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut Connection) -> BoxFuture<'t, Result<T, Error>> + Send + 'static,
    {
        self.writer.write(&self.database, learner_id.into(), job).await
    }

    async fn execute(&self, statement: Statement) -> Result<u64, Error> {
        self.write(move |connection| Box::pin(connection.execute(statement))).await
    }

    async fn execute_of(&self, learner_id: &str, statement: Statement) -> Result<u64, Error> {
        self.write_of(learner_id, move |connection| Box::pin(connection.execute(statement))).await
    }

    /// The name that this installation's labs carry on a cluster, made at the first start.
    pub async fn installation(&self, proposed: &str, now: i64) -> Result<String, Error> {
        let insert = sql("INSERT INTO installation (id, created_at)
             SELECT $1, $2
             WHERE NOT EXISTS (SELECT 1 FROM installation)")
        .bind(proposed)
        .bind(now);
        self.execute(insert).await?;
        let row = self.read_one(sql("SELECT id FROM installation")).await?;
        row.map_or_else(|| Ok(proposed.to_owned()), |row| row.text("id"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_of_either_database_says_what_is_wrong() {
        let table: [(&str, Meaning); 18] = [
            ("55P03", Error::Locked),
            ("5", Error::Locked),
            ("6", Error::Locked),
            ("517", Error::Locked),
            ("25006", Error::ReadOnly),
            ("8", Error::ReadOnly),
            ("1032", Error::ReadOnly),
            ("53100", Error::Full),
            ("13", Error::Full),
            ("57P01", Error::Unreachable),
            ("57P02", Error::Unreachable),
            ("57P03", Error::Unreachable),
            ("08006", Error::Unreachable),
            ("23505", Error::Database),
            ("2067", Error::Database),
            ("00005", Error::Database),
            ("1", Error::Database),
            ("", Error::Database),
        ];
        for (code, wanted) in table {
            let [said, wanted] = [meaning(code), wanted]
                .map(|it| std::mem::discriminant(&it(sqlx::Error::RowNotFound)));
            assert_eq!(said, wanted, "{code}");
        }
    }
}
