//! The lab's virtual files.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;

/// The files of one lab. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Files {
    entries: Arc<Mutex<BTreeMap<String, Bytes>>>,
}

impl Files {
    /// The contents of the file at an absolute path.
    pub fn read(&self, path: &str) -> Option<Bytes> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned()
    }

    /// Creates or replaces the file at an absolute path.
    pub fn write(&self, path: &str, contents: impl Into<Bytes>) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.insert(path.to_owned(), contents.into());
    }
}
