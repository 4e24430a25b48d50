//! The shell: bash as lessons use it, interpreted over the syntax tree of `brush-parser`.
//!
//! ```text
//! text ─► parse ─► run (lists, pipelines) ─► command ─► expand ─► function | builtin | tool
//! ```
//!
//! **Invariant:** a command is a future. Dropping it is how Ctrl-C kills it, so nothing here holds
//! a lock across an await, and every loop passes through [`Shell::tick`], which yields.
//!
//! **Deliberately absent:** processes. A subshell is a clone of [`Shell`]; a process id is a number.

mod arithmetic;
mod assign;
pub(crate) mod builtins;
mod command;
mod compound;
mod conditions;
pub(crate) mod expand;
pub(crate) mod fields;
mod jobs;
pub(crate) mod memory;
mod parameter;
pub(crate) mod parse;
pub(crate) mod pattern;
mod redirect;
mod replace;
mod run;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::files::{Files, absolute};
use crate::share::Share;
use crate::stream::{Input, Output};
use crate::tool::{Clock, Cluster, ExitCode, Random};

use jobs::Jobs;
pub(crate) use memory::Value;
use memory::{Function, Meter, Variable, Variables};

/// How deep functions, subshells and substitutions may nest.
const MAX_DEPTH: usize = 64;

/// How many subshells one session may run at a time.
const MAX_SUBSHELLS: usize = 200;

/// How many lines of history a lab keeps, and how many bytes.
const MAX_HISTORY: usize = 1_000;
const MAX_HISTORY_BYTES: usize = 256 * 1024;

/// What all shells of one lab share.
pub(crate) struct Lab {
    pub(crate) files: Files,
    pub(crate) cluster: Option<Cluster>,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
    pub(crate) home: String,
    pub(crate) user: String,
    pub(crate) hostname: String,
    pub(crate) variables: BTreeMap<String, String>,
    pub(crate) history: Mutex<Vec<String>>,
    pub(crate) next_pid: AtomicU32,
    /// What its shells hold.
    pub(crate) meter: Meter,
    /// What its tools may use at a time.
    pub(crate) share: Share,
}

impl Lab {
    /// Adds a line to the history, unless it repeats the last one or begins with a space.
    pub(crate) fn remember(&self, line: &str) {
        let mut history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        if line.trim().is_empty() || line.starts_with(' ') || line.len() > 16 * 1024 {
            return;
        }
        if history.last().is_none_or(|last| last != line) {
            history.push(line.to_owned());
        }
        let mut bytes: usize = history.iter().map(String::len).sum();
        while history.len() > MAX_HISTORY || bytes > MAX_HISTORY_BYTES {
            bytes -= history.remove(0).len();
        }
    }

    /// The lines typed so far, oldest first.
    pub(crate) fn remembered(&self) -> Vec<String> {
        self.history.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A number for something that runs.
    pub(crate) fn pid(&self) -> u32 {
        self.next_pid.fetch_add(1, Ordering::Relaxed)
    }
}

/// Why the commands that follow do not run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// `exit`, or an error that ends a script.
    Exit(ExitCode),
    /// An error that ends the command line, and a script with it.
    Fail(ExitCode),
    /// `return`.
    Return(ExitCode),
    /// `break` out of so many loops.
    Break(u32),
    /// `continue` the loop so many levels up.
    Continue(u32),
}

/// What running something yields: its exit code, or why to stop.
pub(crate) type Step = Result<ExitCode, Flow>;

/// What `set` changes.
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Options {
    pub(crate) errexit: bool,
    pub(crate) nounset: bool,
    pub(crate) xtrace: bool,
    pub(crate) noglob: bool,
    pub(crate) pipefail: bool,
}

/// The open streams of a command.
#[derive(Clone, Debug)]
pub(crate) struct Streams {
    pub(crate) stdin: Input,
    pub(crate) stdout: Output,
    pub(crate) stderr: Output,
    /// Streams with numbers from 3 on.
    pub(crate) others: BTreeMap<i32, Output>,
}

/// One shell, or one subshell.
#[derive(Clone)]
pub(crate) struct Shell {
    pub(crate) lab: Arc<Lab>,
    pub(crate) variables: Variables,
    pub(crate) functions: BTreeMap<String, Arc<Function>>,
    pub(crate) aliases: BTreeMap<String, String>,
    pub(crate) positional: Arc<Vec<String>>,
    pub(crate) name: String,
    pub(crate) directory: String,
    pub(crate) options: Options,
    pub(crate) status: ExitCode,
    pub(crate) traps: BTreeMap<&'static str, String>,
    pub(crate) interactive: bool,
    pub(crate) pid: u32,
    /// The terminal's columns and rows, when there is one.
    pub(crate) screen: Option<watch::Receiver<(u16, u16)>>,
    /// Cancelled by Ctrl-C and when the session ends.
    pub(crate) cancelled: CancellationToken,
    /// Variables that `local` hid, one map for each running function.
    scopes: Vec<BTreeMap<String, Option<Variable>>>,
    jobs: Arc<Mutex<Jobs>>,
    last_background: Option<u32>,
    depth: usize,
    /// The depth at which this shell began.
    floor: usize,
    loops: u32,
    /// Above zero while a failing command is only a question.
    asking: usize,
    steps: u32,
    subshells: Arc<AtomicUsize>,
    substituted: Option<ExitCode>,
    /// Held by a subshell; counts it while it lives.
    place: Option<Arc<Place>>,
}

/// What a shell had before a command.
pub(crate) struct Position {
    positional: Arc<Vec<String>>,
}

/// A subshell's place among [`MAX_SUBSHELLS`].
struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Ends the jobs of a shell with the task that holds this.
pub(crate) struct Reaper(Arc<Mutex<Jobs>>);

impl Drop for Reaper {
    fn drop(&mut self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).kill_all();
    }
}

impl Shell {
    /// A fresh shell in the home directory.
    pub(crate) fn new(lab: Arc<Lab>, cancelled: CancellationToken) -> Self {
        let mut variables = Variables::default();
        let mut export = |name: &str, text: &str| {
            // A lab that is full starts its next shell without them.
            if let Some(mut variable) = Variable::new(Value::Text(text.to_owned()), &lab.meter) {
                variable.exported = true;
                variables.insert(name.to_owned(), variable);
            }
        };
        export("HOME", &lab.home);
        export("USER", &lab.user);
        export("LOGNAME", &lab.user);
        export("HOSTNAME", &lab.hostname);
        export("PATH", "/usr/local/bin:/usr/bin:/bin");
        export("PWD", &lab.home);
        export("SHELL", "/bin/bash");
        export("LANG", "C.UTF-8");
        export("EDITOR", "nano");
        for (name, text) in &lab.variables {
            export(name, text);
        }
        let pid = lab.pid();
        Self {
            directory: lab.home.clone(),
            lab,
            variables,
            functions: BTreeMap::new(),
            aliases: BTreeMap::new(),
            positional: Arc::default(),
            name: "bash".to_owned(),
            options: Options::default(),
            status: 0,
            traps: BTreeMap::new(),
            interactive: false,
            pid,
            screen: None,
            cancelled,
            scopes: Vec::new(),
            jobs: Arc::default(),
            last_background: None,
            depth: 0,
            floor: 0,
            loops: 0,
            asking: 0,
            steps: 0,
            subshells: Arc::default(),
            substituted: None,
            place: None,
        }
    }

    /// A subshell, unless there are too many.
    pub(crate) fn fork(&self) -> Option<Self> {
        if self.depth >= MAX_DEPTH || self.subshells.load(Ordering::Relaxed) >= MAX_SUBSHELLS {
            return None;
        }
        self.subshells.fetch_add(1, Ordering::Relaxed);
        let place = Arc::new(Place(Arc::clone(&self.subshells)));
        let mut fork = self.clone();
        fork.depth += 1;
        fork.traps.clear();
        fork.place = Some(place);
        Some(fork)
    }

    /// This shell with nothing but what a program of its own inherits.
    pub(crate) fn afresh(mut self, name: String) -> Self {
        self.variables.retain(|_, variable| variable.exported);
        self.functions.clear();
        self.aliases.clear();
        self.positional = Arc::default();
        self.scopes.clear();
        self.options = Options::default();
        self.interactive = false;
        self.name = name;
        self
    }

    /// Says that no more subshells can be started.
    pub(crate) async fn no_fork(&self, streams: &Streams) -> Flow {
        self.complain(streams, "fork: retry: Resource temporarily unavailable").await;
        // A shell that multiplies without end is slowed down, so that Ctrl-C and others get on.
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        Flow::Fail(254)
    }

    /// Counts a step; now and then lets other labs run.
    pub(crate) async fn tick(&mut self) {
        self.steps = self.steps.wrapping_add(1);
        if self.steps.is_multiple_of(512) {
            // A busy loop gets about half of a core at most, and virtual time goes on.
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        } else if self.steps.is_multiple_of(32) {
            tokio::task::yield_now().await;
        }
    }

    /// The text of a variable; of an array, its first element.
    pub(crate) fn get(&self, name: &str) -> Option<String> {
        match self.variables.get(name)?.value() {
            Value::Text(text) => Some(text.clone()),
            Value::Array(items) => items.get(&0).cloned(),
        }
    }

    /// Sets a variable, keeping whether it is exported.
    pub(crate) fn set(&mut self, name: &str, value: Value) -> Result<(), String> {
        if self.variables.get(name).is_some_and(|variable| variable.readonly) {
            return Err(format!("{name}: readonly variable"));
        }
        let Some(variable) = Variable::new(value, &self.lab.meter) else {
            return Err(format!("{name}: cannot hold more: the limit of a lab is 16 MiB"));
        };
        if let Some(old) = self.variables.get_mut(name) {
            old.take(variable);
            return Ok(());
        }
        if self.variables.len() >= 4_096 {
            return Err(format!("{name}: too many variables"));
        }
        self.variables.insert(name.to_owned(), variable);
        Ok(())
    }

    /// Sets a variable to a text that cannot be refused in any way that matters.
    pub(crate) fn set_text(&mut self, name: &str, text: impl Into<String>) {
        let _ = self.set(name, Value::Text(text.into()));
    }

    /// The variables that commands see.
    pub(crate) fn exported(&self) -> BTreeMap<String, String> {
        let exported = self.variables.iter().filter(|(_, variable)| variable.exported);
        exported.filter_map(|(name, _)| Some((name.clone(), self.get(name)?))).collect()
    }

    /// The absolute form of a path.
    pub(crate) fn path(&self, path: &str) -> String {
        absolute(&self.directory, path)
    }

    /// The terminal's columns and rows.
    pub(crate) fn size(&self) -> Option<(u16, u16)> {
        self.screen.as_ref().map(|screen| *screen.borrow())
    }

    /// Writes `bash: …` to standard error.
    pub(crate) async fn complain(&self, streams: &Streams, message: impl std::fmt::Display) {
        let _ = streams.stderr.write(format!("{}: {message}\n", self.name)).await;
    }

    /// Lets commands see a variable.
    pub(crate) fn export(&mut self, name: &str) {
        if let Some(variable) = self.variables.get_mut(name) {
            variable.exported = true;
        }
    }

    /// Makes this the outermost level to which [`Shell::recover`] returns.
    pub(crate) fn begin(&mut self) {
        self.floor = self.depth;
    }

    /// What a command that is killed may leave unbalanced.
    pub(crate) fn position(&self) -> Position {
        Position { positional: self.positional.clone() }
    }

    /// Restores the balance after a command that may have been killed.
    pub(crate) fn recover(&mut self, position: Position) {
        if self.depth > self.floor {
            self.positional = position.positional;
        }
        (self.depth, self.loops, self.asking) = (self.floor, 0, 0);
        while let Some(scope) = self.scopes.pop() {
            for (name, old) in scope {
                match old {
                    Some(variable) => self.variables.insert(name, variable),
                    None => self.variables.remove(&name),
                };
            }
        }
    }

    /// Ends the shell's jobs when it is dropped.
    pub(crate) fn reaper(&self) -> Reaper {
        Reaper(Arc::clone(&self.jobs))
    }

    /// The shell's jobs.
    pub(crate) fn jobs(&self) -> MutexGuard<'_, Jobs> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hides a variable until the running function returns; false outside of functions.
    pub(crate) fn make_local(&mut self, name: &str) -> bool {
        let old = self.variables.get(name).cloned();
        let Some(scope) = self.scopes.last_mut() else { return false };
        if let std::collections::btree_map::Entry::Vacant(entry) = scope.entry(name.to_owned()) {
            entry.insert(old);
            self.variables.remove(name);
        }
        true
    }
}
