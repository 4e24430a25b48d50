//! Loads the course: from the binary itself, or from a folder, and again whenever the folder changes.
//!
//! **Invariant:** readers always have a whole course. A change that cannot be read leaves the last good one in place and says
//! in the log, with file and line, what is wrong.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use curriculum::{Course, Finding, Source, lint};
use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use rust_embed::RustEmbed;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::tasks::run_blocking;

/// The largest file of a course, in bytes.
const LARGEST_FILE: u64 = 1024 * 1024;
/// The most files a course may have.
const MOST_FILES: usize = 5_000;
/// How deep folders may nest.
const DEEPEST: usize = 8;
/// How many findings are shown at a time: nobody mends more at once.
const SHOWN: usize = 50;
/// How long a burst of saves is gathered.
const GATHER: Duration = Duration::from_millis(150);

/// The course that is built in.
#[derive(RustEmbed)]
#[folder = "../content"]
struct BuiltIn;

/// The course could not be loaded: everything that is wrong with it.
#[derive(Debug)]
pub struct Broken {
    /// What is wrong, with file and line.
    pub findings: Vec<Finding>,
}

impl fmt::Display for Broken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the course cannot be used:")?;
        for finding in self.findings.iter().take(SHOWN) {
            write!(formatter, "\n  {finding}")?;
        }
        match self.findings.len().saturating_sub(SHOWN) {
            0 => Ok(()),
            more => write!(formatter, "\n  … and {more} more"),
        }
    }
}

impl std::error::Error for Broken {}

/// The course, current at every moment.
#[derive(Debug)]
pub struct Library {
    folder: Option<PathBuf>,
    course: watch::Sender<Arc<Course>>,
}

impl Library {
    /// Loads the course from a folder, or the one that is built in.
    pub fn open(folder: Option<&Path>) -> Result<Self, Broken> {
        let course = load(folder)?;
        if folder.is_some() {
            // What is built in has been proven before.
            tell_what_disagrees(&course);
        }
        let (course, _) = watch::channel(Arc::new(course));
        Ok(Self { folder: folder.map(Path::to_path_buf), course })
    }

    /// The course, now and after each change.
    pub fn course(&self) -> watch::Receiver<Arc<Course>> {
        self.course.subscribe()
    }

    /// Loads the course anew whenever a file of its folder is saved, until `cancelled`.
    pub async fn watch_folder(self: Arc<Self>, cancelled: CancellationToken) {
        let Some(folder) = self.folder.clone() else { return };
        let (tell, mut saves) = mpsc::channel(1);
        let told = move |event: notify::Result<notify::Event>| {
            if event.is_ok_and(|event| !event.kind.is_access()) {
                // One waiting save is enough: what is loaded then is what is there then.
                let _ = tell.try_send(());
            }
        };
        let watcher =
            RecommendedWatcher::new(told, notify::Config::default()).and_then(|mut watcher| {
                watcher.watch(&folder, RecursiveMode::Recursive)?;
                Ok(watcher)
            });
        let _watcher = match watcher {
            Ok(watcher) => watcher,
            Err(error) => {
                tracing::warn!(%error, "The content folder cannot be watched; restart after a change");
                return;
            }
        };
        while cancelled.run_until_cancelled(saves.recv()).await.flatten().is_some() {
            tokio::time::sleep(GATHER).await;
            while saves.try_recv().is_ok() {}
            self.reload(&folder).await;
        }
    }

    async fn reload(&self, folder: &Path) {
        let from = folder.to_path_buf();
        match run_blocking(move || load(Some(&from)).inspect(tell_what_disagrees)).await {
            Ok(Ok(course)) => {
                tracing::info!("The course was loaded anew");
                self.course.send_replace(Arc::new(course));
            }
            Ok(Err(broken)) => tracing::error!("{broken}\nThe last good course stays in use."),
            Err(error) => tracing::error!(%error, "The course could not be loaded"),
        }
    }
}

/// Tells the author what can be shown and does not hold together: languages that differ, links to nowhere.
fn tell_what_disagrees(course: &Course) {
    for finding in lint(course) {
        tracing::warn!("{finding}");
    }
}

/// Loads and parses a course.
pub fn load(folder: Option<&Path>) -> Result<Course, Broken> {
    let source = match folder {
        Some(folder) => read(folder)?,
        None => built_in(),
    };
    Course::parse(&source).map_err(|findings| Broken { findings })
}

fn built_in() -> Source {
    BuiltIn::iter()
        .filter_map(|path| {
            let file = BuiltIn::get(&path)?;
            let text = String::from_utf8(file.data.into_owned()).ok()?;
            Some((path.into_owned(), text))
        })
        .collect()
}

fn read(folder: &Path) -> Result<Source, Broken> {
    let mut source = Source::new();
    let mut findings = Vec::new();
    if folder.is_dir() && !folder.join("course.yaml").exists() {
        let message =
            "there is no course.yaml in this folder: name the folder of a course with --content";
        let finding = Finding::at(&folder.display().to_string(), 0, message.to_owned());
        return Err(Broken { findings: vec![finding] });
    }
    read_folder(folder, "", DEEPEST, &mut source, &mut findings);
    if findings.is_empty() { Ok(source) } else { Err(Broken { findings }) }
}

fn read_folder(
    folder: &Path,
    prefix: &str,
    depth: usize,
    source: &mut Source,
    findings: &mut Vec<Finding>,
) {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) => {
            let (place, advice) = if prefix.is_empty() {
                (folder.display().to_string(), ": name the folder of a course with --content")
            } else {
                (prefix.to_owned(), "")
            };
            let message = format!("this folder cannot be read: {error}{advice}");
            findings.push(Finding::at(&place, 0, message));
            return;
        }
    };
    for entry in entries.flatten() {
        let Ok(name) = entry.file_name().into_string() else { continue };
        let Ok(metadata) = entry.metadata() else { continue };
        // Editors leave such files behind for a moment.
        if name.starts_with('.') || name.ends_with('~') {
            continue;
        }
        let path = format!("{prefix}{name}");
        if metadata.is_dir() && depth > 0 {
            read_folder(&entry.path(), &format!("{path}/"), depth - 1, source, findings);
        } else if metadata.is_file() {
            match read_file(&entry.path(), metadata.len(), source.len()) {
                Ok(text) => {
                    source.insert(path, text);
                }
                Err(message) => findings.push(Finding::at(&path, 0, message)),
            }
        }
    }
}

fn read_file(file: &Path, size: u64, files: usize) -> Result<String, String> {
    if size > LARGEST_FILE {
        return Err(format!("this file has {size} bytes; at most {LARGEST_FILE} are read"));
    }
    if files >= MOST_FILES {
        return Err(format!("the course has more than {MOST_FILES} files"));
    }
    let bytes = fs::read(file).map_err(|error| format!("this file cannot be read: {error}"))?;
    let text = String::from_utf8(bytes)
        .map_err(|_| "this file is not UTF-8 text: save it as UTF-8".to_owned())?;
    // Some editors begin a file with a byte order mark.
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_course_loads() {
        let course = load(None).unwrap();

        assert!(course.lessons.len() >= 2);
    }

    #[test]
    fn a_folder_that_is_not_there_is_named() {
        let broken = load(Some(Path::new("/nowhere/at/all"))).unwrap_err();

        assert!(broken.to_string().contains("/nowhere/at/all"), "{broken}");
    }

    #[test]
    fn a_folder_without_a_course_is_not_read_through() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("holiday.png"), [0xff; 10]).unwrap();

        let broken = load(Some(folder.path())).unwrap_err();

        assert_eq!(broken.findings.len(), 1);
        assert!(broken.to_string().contains("no course.yaml"), "{broken}");
    }

    #[test]
    fn of_many_findings_the_first_are_shown() {
        let finding = |line| Finding::at("course.yaml", line, "wrong".to_owned());
        let broken = Broken { findings: (1..=60).map(finding).collect() };

        assert!(broken.to_string().ends_with("course.yaml:50: wrong\n  … and 10 more"), "{broken}");
    }

    /// The built-in course, as an author has it.
    fn in_a_folder() -> (tempfile::TempDir, Arc<Library>) {
        let folder = tempfile::tempdir().unwrap();
        for path in BuiltIn::iter() {
            let file = folder.path().join(&*path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, BuiltIn::get(&path).unwrap().data).unwrap();
        }
        let library = Library::open(Some(folder.path())).unwrap();
        (folder, Arc::new(library))
    }

    #[tokio::test]
    async fn a_save_is_seen_by_itself() {
        let (folder, library) = in_a_folder();
        let mut course = library.course();
        let cancelled = CancellationToken::new();
        #[expect(clippy::disallowed_methods, reason = "a test needs no span")]
        let watching = tokio::spawn(Arc::clone(&library).watch_folder(cancelled.clone()));

        // Nobody says when the folder is watched; a save after that is seen without anybody asking for it.
        let good = BuiltIn::get("course.yaml").unwrap().data;
        let saved = async {
            loop {
                fs::write(folder.path().join("course.yaml"), &good).unwrap();
                tokio::time::sleep(GATHER * 4).await;
            }
        };
        tokio::select! {
            changed = course.changed() => changed.unwrap(),
            () = saved => unreachable!("authors save for ever"),
        }
        cancelled.cancel();
        watching.await.unwrap();
    }

    #[tokio::test]
    async fn a_save_that_cannot_be_read_leaves_the_last_course() {
        let (folder, library) = in_a_folder();
        let course = library.course();
        let before = Arc::clone(&course.borrow());

        fs::write(folder.path().join("course.yaml"), b"modules: [").unwrap();
        library.reload(folder.path()).await;

        assert!(Arc::ptr_eq(&before, &course.borrow()), "the last good course stays");
        assert!(!course.has_changed().unwrap(), "nobody is told of anything");
    }
}
