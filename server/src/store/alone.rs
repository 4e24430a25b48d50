//! One server a SQLite file: a lock that the operating system gives back, however the server ends.
//!
//! The lock is on a file of its own beside the database, so that other programs (a backup, `sqlite3`, `hangar sign-in-link`) still
//! read and write the database itself.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::path::Path;
use std::time::Duration;

use super::Error;
use crate::causes::chain;

/// How long to wait for a server that is just ending: as long as it may take.
const PATIENCE: Duration = Duration::from_secs(5);
const AGAIN: Duration = Duration::from_millis(100);

/// Held as long as it exists.
#[derive(Debug)]
pub(super) struct Alone(#[expect(dead_code, reason = "dropping it gives the lock back")] File);

/// Takes the lock of a database's file; `None` where none can be had.
pub(super) async fn hold(database: &Path) -> Result<Option<Alone>, Error> {
    let mut name = database.as_os_str().to_owned();
    name.push(".lock");
    match tokio::time::timeout(PATIENCE, locked(&name)).await {
        Ok(Ok(file)) => Ok(Some(Alone(file))),
        // There is no such folder, which opening the database says.
        Ok(Err(error)) if error.kind() == ErrorKind::NotFound => Ok(None),
        Ok(Err(error)) => {
            let file = Path::new(&name).display();
            let error = chain(&error);
            tracing::warn!(%file, error, "A second server on this database would not be noticed");
            Ok(None)
        }
        Err(_) => Err(Error::Taken { file: database.display().to_string() }),
    }
}

/// Waits until nobody else holds the file.
async fn locked(name: &OsStr) -> io::Result<File> {
    let file = opened(name)?;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => tokio::time::sleep(AGAIN).await,
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}

/// Opens the file, which is made if need be. One that may only be read, because it is another user's, is locked as well.
fn opened(name: &OsStr) -> io::Result<File> {
    let made = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(name);
    made.or_else(|error| File::open(name).map_err(|_| error))
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

    #[tokio::test(start_paused = true)]
    async fn what_may_only_be_read_is_held_all_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("hangar.db");
        // A folder may be written by nobody, not even by root.
        std::fs::create_dir(folder.path().join("hangar.db.lock")).unwrap();

        let first = hold(&file).await.unwrap();

        assert!(first.is_some());
        assert!(matches!(hold(&file).await, Err(Error::Taken { .. })));
    }

    #[cfg(unix)]
    #[tokio::test(start_paused = true)]
    async fn where_no_lock_can_be_had_a_server_goes_on_without() {
        let folder = tempfile::tempdir().unwrap();
        let lock = folder.path().join("hangar.db.lock");
        std::os::unix::fs::symlink(&lock, &lock).unwrap();

        assert!(hold(&folder.path().join("hangar.db")).await.unwrap().is_none());
    }
}
