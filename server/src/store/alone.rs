//! One server a SQLite file: a lock that the operating system gives back, however the server ends.
//!
//! The lock is on a file of its own beside the database, so that other programs (a backup, `sqlite3`, `hangar sign-in-link`) still
//! read and write the database itself.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::Duration;

use super::Error;

/// How long to wait for a server that is just ending: as long as it may take.
const PATIENCE: Duration = Duration::from_secs(5);
const AGAIN: Duration = Duration::from_millis(100);

/// Held as long as it exists.
#[derive(Debug)]
pub(super) struct Alone(#[expect(dead_code, reason = "dropping it gives the lock back")] File);

/// Takes the lock of a database's file.
pub(super) async fn hold(database: &Path) -> Result<Option<Alone>, Error> {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    // Where no file can be made, opening the database says why.
    let Ok(file) = File::create(&name) else { return Ok(None) };
    let locked = tokio::time::timeout(PATIENCE, async {
        while let Err(TryLockError::WouldBlock) = file.try_lock() {
            tokio::time::sleep(AGAIN).await;
        }
    });
    match locked.await {
        Ok(()) => Ok(Some(Alone(file))),
        Err(_) => Err(Error::Taken { file: database.display().to_string() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn only_one_holds_a_file_and_the_next_one_when_it_is_let_go() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("hangar.db");
        let first = hold(&file).await.unwrap();
        assert!(first.is_some());

        assert!(matches!(hold(&file).await, Err(Error::Taken { .. })));

        drop(first);
        assert!(hold(&file).await.unwrap().is_some());
    }
}
