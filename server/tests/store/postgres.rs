//! PostgreSQL for a test: a database of its own, and a way to it that breaks when a test wants it to.

use std::sync::{Arc, Mutex};

use sqlx::Executor as _;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// A database of its own for a test.
pub(crate) struct Fresh {
    pub(crate) url: String,
    pub(crate) _folder: TempDir,
}

/// A database of its own for a test, on the server that `HANGAR_TEST_POSTGRES` names.
pub(crate) async fn postgres() -> Fresh {
    let server = std::env::var("HANGAR_TEST_POSTGRES").unwrap_or_else(|_| {
        panic!(
            "HANGAR_TEST_POSTGRES is not set: run `cargo xtask test`, or give the URL of a PostgreSQL \
             server on which tests may create databases"
        )
    });
    let folder = tempfile::tempdir().unwrap();
    let unique = folder.path().file_name().unwrap().to_string_lossy().to_lowercase();
    let name = format!("hangar_test_{}", unique.trim_start_matches('.'));
    let administrator = sqlx::PgPool::connect(&server).await.unwrap();
    let create = format!("CREATE DATABASE \"{name}\"");
    administrator.execute(sqlx::AssertSqlSafe(create)).await.unwrap();
    let (base, _) = server.rsplit_once('/').unwrap();
    Fresh { url: format!("{base}/{name}"), _folder: folder }
}

/// What happens at a COMMIT.
#[derive(Clone, Copy, Debug)]
pub(crate) enum AtCommit {
    /// The connection ends before PostgreSQL hears of it.
    Cut,
    /// PostgreSQL does it, and the connection ends before it can say so.
    Deafen,
    /// PostgreSQL does it and says so; the connection ends then.
    Leave,
}

/// A way to PostgreSQL that can be broken.
pub(crate) struct Way {
    pub(crate) url: String,
    state: Arc<Mutex<State>>,
    fresh: Fresh,
}

#[derive(Default)]
struct State {
    /// What happens to the next transaction that speaks of this.
    planned: Option<(AtCommit, String)>,
    closed_then: bool,
    closed: bool,
}

impl State {
    /// What happens to a transaction, if all that was said in it ends with its commit.
    fn meets(&mut self, said: &[u8]) -> Option<AtCommit> {
        if !has(said, "COMMIT\0") {
            return None;
        }
        let (happens, _) = self.planned.take_if(|(_, word)| has(said, word))?;
        self.closed |= self.closed_then;
        Some(happens)
    }
}

fn has(bytes: &[u8], word: &str) -> bool {
    bytes.windows(word.len()).any(|part| part == word.as_bytes())
}

impl Way {
    #[expect(clippy::disallowed_methods, reason = "a test needs no span")]
    pub(crate) async fn open() -> Self {
        let fresh = postgres().await;
        let (user, rest) = fresh.url.split_once('@').unwrap();
        let (server, name) = rest.split_once('/').unwrap();
        let server =
            if server.contains(':') { server.to_owned() } else { format!("{server}:5432") };
        let near = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("{user}@{}/{name}", near.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            loop {
                let (near, _) = near.accept().await.unwrap();
                if !shared.lock().unwrap().closed {
                    let far = TcpStream::connect(&server).await.unwrap();
                    tokio::spawn(carry(near, far, Arc::clone(&shared)));
                }
            }
        });
        Self { url, state, fresh }
    }

    /// Lets nobody write, or everybody again: who is there has to come anew.
    pub(crate) async fn allows_writing(&self, allows: bool) {
        let administrator = sqlx::PgPool::connect(&self.fresh.url).await.unwrap();
        let (_, name) = self.fresh.url.rsplit_once('/').unwrap();
        let off = if allows { "off" } else { "on" };
        let set = format!("ALTER DATABASE \"{name}\" SET default_transaction_read_only = {off}");
        let mut once = administrator.acquire().await.unwrap();
        once.execute("SET default_transaction_read_only = off").await.unwrap();
        once.execute(sqlx::AssertSqlSafe(set)).await.unwrap();
        let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()";
        once.execute(end).await.unwrap();
    }

    /// Breaks once, at the COMMIT of a transaction that speaks of `word`.
    pub(crate) fn breaks(&self, at_commit: AtCommit, word: &str) {
        self.state.lock().unwrap().planned = Some((at_commit, word.to_owned()));
    }

    /// Breaks there, and stays closed.
    pub(crate) fn breaks_for_good(&self, at_commit: AtCommit, word: &str) {
        self.state.lock().unwrap().closed_then = true;
        self.breaks(at_commit, word);
    }

    /// Lets everybody through again.
    pub(crate) fn mend(&self) {
        *self.state.lock().unwrap() = State::default();
    }
}

/// Carries bytes both ways until one side ends, or what is planned happens.
async fn carry(mut near: TcpStream, mut far: TcpStream, state: Arc<Mutex<State>>) {
    let (mut up, mut down) = ([0; 16 * 1024], [0; 16 * 1024]);
    let mut said = Vec::new();
    loop {
        tokio::select! {
            read = near.read(&mut up) => {
                let bytes = &up[..read.unwrap_or(0)];
                said.extend_from_slice(bytes);
                let (happens, closed) = {
                    let mut state = state.lock().unwrap();
                    (state.meets(&said), state.closed)
                };
                if has(&said, "COMMIT\0") {
                    said.clear();
                }
                let ends = match happens {
                    Some(AtCommit::Cut) => true,
                    Some(AtCommit::Deafen | AtCommit::Leave) => false,
                    None => closed || bytes.is_empty(),
                };
                if ends {
                    return;
                }
                far.write_all(bytes).await.unwrap();
                if let Some(happens) = happens {
                    // Its answer says that it is done.
                    let answer = far.read(&mut down).await.unwrap();
                    assert!(answer > 0);
                    if matches!(happens, AtCommit::Leave) {
                        near.write_all(&down[..answer]).await.unwrap();
                    }
                    return;
                }
            }
            read = far.read(&mut down) => {
                let bytes = &down[..read.unwrap_or(0)];
                if bytes.is_empty() || near.write_all(bytes).await.is_err() {
                    return;
                }
            }
        }
    }
}
