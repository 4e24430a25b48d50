//! The lab's virtual files: a small tree in memory, with the limits and errors of a small disk.
//!
//! **Invariant:** every key is an absolute path without `.`, `..` or a trailing slash, and every
//! entry's parent is a directory. What lies outside the learner's home and `/tmp` is read-only.
//!
//! **Deliberately absent:** links, owners other than the learner and root, and the host's disk.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::{Bytes, BytesMut};
use jiff::Timestamp;

/// What all files of one lab may hold together.
pub const MAX_TOTAL_BYTES: usize = 16 * 1024 * 1024;

/// What one file may hold.
pub const MAX_FILE_BYTES: usize = 4 * 1024 * 1024;

/// How many files and directories a lab may have.
pub const MAX_ENTRIES: usize = 4_096;

/// How long one name may be.
const MAX_NAME_BYTES: usize = 255;

/// How long a path may be, and how many directories deep: trees are walked by recursion.
const MAX_PATH_BYTES: usize = 4_096;
const MAX_DEPTH: usize = 128;

/// Why a file could not be used, worded as the C library words it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// There is nothing at that path.
    #[error("No such file or directory")]
    NotFound,
    /// A directory stands where a file was asked for.
    #[error("Is a directory")]
    IsDirectory,
    /// A file stands where a directory was asked for.
    #[error("Not a directory")]
    NotDirectory,
    /// There is something at that path already.
    #[error("File exists")]
    Exists,
    /// The directory still has entries.
    #[error("Directory not empty")]
    NotEmpty,
    /// The lab's files are full.
    #[error("No space left on device")]
    NoSpace,
    /// The file would be larger than [`MAX_FILE_BYTES`].
    #[error("File too large")]
    TooLarge,
    /// A name is longer than 255 bytes, or a path too long or too deep.
    #[error("File name too long")]
    NameTooLong,
    /// The path is not the learner's.
    #[error("Permission denied")]
    Denied,
    /// The lab's tools hold too much already.
    #[error("Cannot allocate memory")]
    NoMemory,
    /// A directory cannot be moved into itself.
    #[error("Invalid argument")]
    IntoItself,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Holds bytes.
    File,
    /// Holds entries.
    Directory,
    /// `/dev/null`.
    Device,
}

/// What `ls -l` shows of an entry.
#[derive(Clone, Debug)]
pub struct Metadata {
    /// File, directory or device.
    pub kind: Kind,
    /// Bytes in a file; a block for a directory.
    pub size: usize,
    /// The nine permission bits.
    pub mode: u16,
    /// Whether it is the learner's rather than root's.
    pub own: bool,
    /// When it was last written.
    pub modified: Timestamp,
}

#[derive(Clone)]
struct Node {
    kind: Kind,
    data: Bytes,
    mode: u16,
    own: bool,
    modified: Timestamp,
}

struct Tree {
    entries: BTreeMap<String, Node>,
    bytes: usize,
    clock: crate::tool::Clock,
}

/// The files of one lab. Clones share them.
#[derive(Clone)]
pub struct Files {
    tree: Arc<Mutex<Tree>>,
}

impl fmt::Debug for Files {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tree = self.lock();
        write!(formatter, "Files({} entries, {} bytes)", tree.entries.len(), tree.bytes)
    }
}

impl Default for Files {
    /// An empty tree whose clock stands still; for tests of single tools.
    fn default() -> Self {
        Self::new(Arc::new(|| Timestamp::UNIX_EPOCH), "/home/learner")
    }
}

/// The absolute, normal form of `path` as seen from `directory`.
pub fn absolute(directory: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let start = if path.starts_with('/') { "" } else { directory };
    for part in start.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    format!("/{}", parts.join("/"))
}

/// The directory that holds an absolute path.
pub fn parent(path: &str) -> &str {
    match path.rfind('/') {
        Some(0) | None => "/",
        Some(at) => &path[..at],
    }
}

/// The last name of a path.
pub fn name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn is_short(path: &str) -> bool {
    path.len() <= MAX_PATH_BYTES && path.bytes().filter(|byte| *byte == b'/').count() <= MAX_DEPTH
}

impl Files {
    /// The usual directories, with `home` and `/tmp` writable.
    pub fn new(clock: crate::tool::Clock, home: &str) -> Self {
        let tree = Tree { entries: BTreeMap::new(), bytes: 0, clock };
        let files = Self { tree: Arc::new(Mutex::new(tree)) };
        {
            let mut tree = files.lock();
            let now = (tree.clock)();
            for path in ["/", "/bin", "/dev", "/etc", "/home", "/usr", "/usr/bin", "/var"] {
                tree.put(path, Node::directory(now, false));
            }
            tree.put("/tmp", Node { mode: 0o777, ..Node::directory(now, true) });
            tree.put("/dev/null", Node { kind: Kind::Device, mode: 0o666, ..Node::file(now) });
            tree.make_parents(home, false);
            tree.put(home, Node::directory(now, true));
        }
        files
    }

    /// The contents of the file at an absolute path, or `None` where there is no file.
    pub fn read(&self, path: &str) -> Option<Bytes> {
        self.open(path).ok()
    }

    /// The contents of the file at an absolute path.
    pub fn open(&self, path: &str) -> Result<Bytes, FileError> {
        let tree = self.lock();
        let node = tree.find(path)?;
        match node.kind {
            Kind::File | Kind::Device => Ok(node.data.clone()),
            Kind::Directory => Err(FileError::IsDirectory),
        }
    }

    /// Creates or replaces the file at an absolute path; its directory must exist.
    pub fn write(&self, path: &str, contents: impl Into<Bytes>) -> Result<(), FileError> {
        self.lock().write(path, contents.into())
    }

    /// Adds to the end of a file, creating it when absent.
    pub fn append(&self, path: &str, contents: &[u8]) -> Result<(), FileError> {
        self.lock().append(path, contents)
    }

    /// Puts a file in place with every directory above it, whoever owns them: for set-up.
    ///
    /// Files below `own` are the learner's, all others root's and read-only.
    pub fn install(&self, path: &str, contents: Bytes, own: &str) {
        let own = path.starts_with(&format!("{own}/"));
        let mut tree = self.lock();
        tree.make_parents(path, own);
        let node = Node { own, data: contents, ..Node::file((tree.clock)()) };
        tree.bytes += node.data.len();
        if let Some(old) = tree.entries.insert(path.to_owned(), node) {
            tree.bytes -= old.data.len();
        }
    }

    /// What is known about the entry at an absolute path.
    pub fn metadata(&self, path: &str) -> Result<Metadata, FileError> {
        self.lock().find(path).map(Node::metadata)
    }

    /// Whether an absolute path names a directory.
    pub fn is_directory(&self, path: &str) -> bool {
        self.metadata(path).is_ok_and(|it| it.kind == Kind::Directory)
    }

    /// Whether the learner may write the file at an absolute path, existing or not.
    pub fn is_writable(&self, path: &str) -> bool {
        self.lock().check_write(path).is_ok()
    }

    /// The names in a directory, sorted by byte, with what is known about each.
    pub fn list(&self, path: &str) -> Result<Vec<(String, Metadata)>, FileError> {
        let tree = self.lock();
        if tree.find(path)?.kind != Kind::Directory {
            return Err(FileError::NotDirectory);
        }
        Ok(tree.children(path).map(|(name, node)| (name.to_owned(), node.metadata())).collect())
    }

    /// Creates a directory; with `parents`, also those above it, and an existing one is fine.
    pub fn make_directory(&self, path: &str, parents: bool) -> Result<(), FileError> {
        self.lock().make_directory(path, parents)
    }

    /// Removes a file, or an empty directory when `directory` is asked for.
    pub fn remove(&self, path: &str, directory: bool) -> Result<(), FileError> {
        self.lock().remove(path, directory)
    }

    /// Moves a file or a whole directory, replacing a file that stands there.
    pub fn rename(&self, from: &str, to: &str) -> Result<(), FileError> {
        self.lock().rename(from, to)
    }

    /// Sets the time of the last change to now.
    pub fn touch(&self, path: &str) -> Result<(), FileError> {
        let mut tree = self.lock();
        tree.check_write(path)?;
        let now = (tree.clock)();
        tree.entries.get_mut(path).ok_or(FileError::NotFound)?.modified = now;
        Ok(())
    }

    /// Sets the permission bits.
    pub fn set_mode(&self, path: &str, mode: u16) -> Result<(), FileError> {
        let mut tree = self.lock();
        tree.find(path)?;
        let node = tree.entries.get_mut(path).ok_or(FileError::NotFound)?;
        if !node.own {
            return Err(FileError::Denied);
        }
        node.mode = mode & 0o777;
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Tree> {
        self.tree.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Node {
    fn file(modified: Timestamp) -> Self {
        Self { kind: Kind::File, data: Bytes::new(), mode: 0o644, own: true, modified }
    }

    fn directory(modified: Timestamp, own: bool) -> Self {
        Self { kind: Kind::Directory, data: Bytes::new(), mode: 0o755, own, modified }
    }

    fn metadata(&self) -> Metadata {
        let size = if self.kind == Kind::Directory { 4_096 } else { self.data.len() };
        Metadata { kind: self.kind, size, mode: self.mode, own: self.own, modified: self.modified }
    }
}

impl Tree {
    fn put(&mut self, path: &str, node: Node) {
        self.entries.insert(path.to_owned(), node);
    }

    fn make_parents(&mut self, path: &str, own: bool) {
        let now = (self.clock)();
        let above: Vec<&str> = path.match_indices('/').map(|(at, _)| &path[..at]).collect();
        for path in above.into_iter().filter(|path| !path.is_empty()) {
            self.entries.entry(path.to_owned()).or_insert_with(|| Node::directory(now, own));
        }
    }

    /// The entry at `path`; a file on the way is `Not a directory`, as the kernel has it.
    fn find(&self, path: &str) -> Result<&Node, FileError> {
        if !is_short(path) {
            return Err(FileError::NameTooLong);
        }
        if let Some(node) = self.entries.get(path) {
            return Ok(node);
        }
        let mut above = parent(path);
        loop {
            match self.entries.get(above).map(|node| node.kind) {
                Some(Kind::Directory) => return Err(FileError::NotFound),
                Some(Kind::File | Kind::Device) => return Err(FileError::NotDirectory),
                None => above = parent(above),
            }
        }
    }

    fn children<'a>(&'a self, path: &str) -> impl Iterator<Item = (&'a str, &'a Node)> {
        let prefix = if path == "/" { "/".to_owned() } else { format!("{path}/") };
        let mut rest = self.entries.range(prefix.clone()..);
        std::iter::from_fn(move || {
            loop {
                let (key, node) = rest.next()?;
                let name = key.strip_prefix(&prefix)?;
                match name.find('/') {
                    None if name.is_empty() => {}
                    None => return Some((name, node)),
                    // What lies deeper is leapt over: `0` comes after `/`.
                    Some(end) => rest = self.entries.range(format!("{prefix}{}0", &name[..end])..),
                }
            }
        })
    }

    /// Whether a file may be written at `path`: it exists and is ours, or its directory is.
    fn check_write(&self, path: &str) -> Result<(), FileError> {
        if name(path).len() > MAX_NAME_BYTES {
            return Err(FileError::NameTooLong);
        }
        match self.find(path) {
            Ok(node) if node.own && node.mode & 0o200 != 0 => Ok(()),
            Ok(_) => Err(FileError::Denied),
            Err(FileError::NotFound) => self.check_parent(path),
            Err(error) => Err(error),
        }
    }

    fn check_parent(&self, path: &str) -> Result<(), FileError> {
        let directory = self.find(parent(path))?;
        match directory.kind {
            Kind::Directory if directory.own && directory.mode & 0o200 != 0 => Ok(()),
            Kind::Directory => Err(FileError::Denied),
            Kind::File | Kind::Device => Err(FileError::NotDirectory),
        }
    }

    fn check_room(&self, old: usize, new: usize, entries: usize) -> Result<(), FileError> {
        if new > MAX_FILE_BYTES {
            return Err(FileError::TooLarge);
        }
        if self.bytes - old + new > MAX_TOTAL_BYTES || self.entries.len() + entries > MAX_ENTRIES {
            return Err(FileError::NoSpace);
        }
        Ok(())
    }

    fn write(&mut self, path: &str, contents: Bytes) -> Result<(), FileError> {
        let old = match self.entries.get(path) {
            Some(node) if node.kind == Kind::Directory => return Err(FileError::IsDirectory),
            Some(node) if node.kind == Kind::Device => return Ok(()),
            Some(node) => Some(node.data.len()),
            None => None,
        };
        self.check_write(path)?;
        self.check_room(old.unwrap_or(0), contents.len(), usize::from(old.is_none()))?;
        let now = (self.clock)();
        self.bytes = self.bytes - old.unwrap_or(0) + contents.len();
        let node = self.entries.entry(path.to_owned()).or_insert_with(|| Node::file(now));
        node.data = contents;
        node.modified = now;
        Ok(())
    }

    fn append(&mut self, path: &str, contents: &[u8]) -> Result<(), FileError> {
        let Some(node) = self.entries.get(path) else {
            return self.write(path, Bytes::copy_from_slice(contents));
        };
        let old = match node.kind {
            Kind::Directory => return Err(FileError::IsDirectory),
            Kind::Device => return Ok(()),
            Kind::File => node.data.len(),
        };
        self.check_write(path)?;
        self.check_room(old, old + contents.len(), 0)?;
        let now = (self.clock)();
        let node = self.entries.get_mut(path).ok_or(FileError::NotFound)?;
        let data = std::mem::take(&mut node.data);
        let mut data = data.try_into_mut().unwrap_or_else(|data| BytesMut::from(&data[..]));
        data.extend_from_slice(contents);
        node.data = data.freeze();
        node.modified = now;
        self.bytes += contents.len();
        Ok(())
    }

    fn make_directory(&mut self, path: &str, parents: bool) -> Result<(), FileError> {
        match self.find(path) {
            Ok(node) if parents && node.kind == Kind::Directory => return Ok(()),
            Ok(_) => return Err(FileError::Exists),
            Err(FileError::NotFound) => {}
            Err(error) => return Err(error),
        }
        if parents && !self.entries.contains_key(parent(path)) {
            self.make_directory(parent(path), true)?;
        }
        self.check_write(path)?;
        self.check_room(0, 0, 1)?;
        let node = Node::directory((self.clock)(), true);
        self.put(path, node);
        Ok(())
    }

    fn remove(&mut self, path: &str, directory: bool) -> Result<(), FileError> {
        let kind = self.find(path)?.kind;
        match (kind, directory) {
            (Kind::Directory, false) => return Err(FileError::IsDirectory),
            (Kind::File | Kind::Device, true) => return Err(FileError::NotDirectory),
            (Kind::Directory, true) if self.children(path).next().is_some() => {
                return Err(FileError::NotEmpty);
            }
            (Kind::Directory | Kind::File | Kind::Device, _) => self.check_parent(path)?,
        }
        if let Some(node) = self.entries.remove(path) {
            self.bytes -= node.data.len();
        }
        Ok(())
    }

    fn rename(&mut self, from: &str, to: &str) -> Result<(), FileError> {
        let kind = self.find(from)?.kind;
        self.check_parent(from)?;
        if from == to {
            return Ok(());
        }
        if to.starts_with(&format!("{from}/")) {
            return Err(FileError::IntoItself);
        }
        let below = format!("{from}/");
        let keys = self.entries.range(from.to_owned()..).map(|(key, _)| key);
        let moving: Vec<String> = keys
            .take_while(|key| key.starts_with(from))
            .filter(|key| *key == from || key.starts_with(&below))
            .cloned()
            .collect();
        if !moving.iter().all(|key| is_short(&format!("{to}{}", &key[from.len()..]))) {
            return Err(FileError::NameTooLong);
        }
        match self.find(to) {
            Ok(node) if node.kind == Kind::Directory => {
                self.remove(to, kind == Kind::Directory)?;
            }
            Ok(_) if kind == Kind::Directory => return Err(FileError::NotDirectory),
            Ok(_) => self.remove(to, false)?,
            Err(FileError::NotFound) => {}
            Err(error) => return Err(error),
        }
        self.check_write(to)?;
        for key in moving {
            if let Some(node) = self.entries.remove(&key) {
                self.put(&format!("{to}{}", &key[from.len()..]), node);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_absolute_and_normal() {
        assert_eq!(absolute("/home/learner", "labs/../x"), "/home/learner/x");
        assert_eq!(absolute("/", "../.."), "/");
        assert_eq!(absolute("/a", "/b//c/"), "/b/c");
    }

    #[test]
    fn only_home_and_tmp_can_be_written() {
        let files = Files::default();

        assert_eq!(files.write("/etc/passwd", "x"), Err(FileError::Denied));
        assert_eq!(files.write("/tmp/a", "x"), Ok(()));
        assert_eq!(files.write("/home/learner/a", "x"), Ok(()));
        assert_eq!(files.write("/home/learner/a/b", "x"), Err(FileError::NotDirectory));
        assert_eq!(files.write("/home/learner/no/b", "x"), Err(FileError::NotFound));
    }

    #[test]
    fn the_disk_is_full_at_its_limit_and_free_again_after_removing() {
        let files = Files::default();
        for number in 0..4 {
            let path = format!("/tmp/{number}");
            assert_eq!(files.write(&path, vec![0; MAX_FILE_BYTES]), Ok(()));
        }

        assert_eq!(files.append("/tmp/5", b"x"), Err(FileError::NoSpace));
        assert_eq!(files.append("/tmp/0", b"x"), Err(FileError::TooLarge));
        assert_eq!(files.remove("/tmp/0", false), Ok(()));
        assert_eq!(files.append("/tmp/5", b"x"), Ok(()));
    }

    #[test]
    fn paths_end_somewhere() {
        let files = Files::default();
        let deep = format!("/tmp{}", "/a".repeat(MAX_DEPTH - 1));

        assert_eq!(files.make_directory(&format!("{deep}/a"), true), Err(FileError::NameTooLong));
        assert_eq!(files.make_directory(&deep, true), Ok(()));
        assert_eq!(files.list("/tmp/a/a").map(|all| all.len()), Ok(1));
        files.make_directory("/tmp/b", false).unwrap();
        assert_eq!(files.rename("/tmp/a", "/tmp/b/a"), Err(FileError::NameTooLong));
        assert!(files.is_directory(&deep));
        let endless = "/a".repeat(500_000);
        assert_eq!(files.make_directory(&endless, true), Err(FileError::NameTooLong));
    }

    #[test]
    fn a_directory_moves_with_everything_below_it() {
        let files = Files::default();
        files.make_directory("/tmp/a/b", true).unwrap();
        files.write("/tmp/a/b/c", "x").unwrap();
        files.write("/tmp/ab", "y").unwrap();

        files.rename("/tmp/a", "/tmp/z").unwrap();

        assert_eq!(files.read("/tmp/z/b/c").as_deref(), Some(&b"x"[..]));
        assert_eq!(files.read("/tmp/ab").as_deref(), Some(&b"y"[..]));
        assert_eq!(files.rename("/tmp/z", "/tmp/z/b/q"), Err(FileError::IntoItself));
    }
}
