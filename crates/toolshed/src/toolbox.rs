//! A lab's toolbox: its files, its history and its named terminal sessions.
//!
//! ```text
//! server ─► attach("main") ─► Attachment ⇄ session task ─► Shell
//!           run("kubectl …") ─────────────────────────────► Shell
//! ```
//!
//! **Invariant:** a session lives until its shell exits or the toolbox is dropped; attachments come
//! and go.

use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures::FutureExt as _;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::files::Files;
use crate::share::Share;
use crate::shell::memory::Meter;
use crate::shell::{Lab, Shell, Streams};
use crate::stream::{Input, Output, pipe};
use crate::tool::{Clock, Cluster, ExitCode, Random};

/// The exit code of a command that broke off.
pub(crate) const BROKEN: ExitCode = 70;

/// The most that [`Toolbox::run`] keeps of each output.
const MAX_OUTPUT: usize = 4 * 1024 * 1024;

/// What a toolbox is made of.
pub struct Settings {
    /// Variables that every shell exports.
    pub variables: BTreeMap<String, String>,
    /// Files by absolute path; those below `home` are the learner's, others read-only.
    pub files: BTreeMap<String, Bytes>,
    /// The home directory, absolute.
    pub home: String,
    /// The learner's user name.
    pub user: String,
    /// The machine's name.
    pub hostname: String,
    /// The Kubernetes API server, when the lab has one.
    pub cluster: Option<Cluster>,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub random: Random,
    /// What a new session prints before its first prompt.
    pub banner: String,
}

/// What a script printed and how it ended.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
    /// The exit code.
    pub code: ExitCode,
}

/// One lab's files, history and sessions.
pub struct Toolbox {
    pub(crate) lab: Arc<Lab>,
    pub(crate) banner: String,
    pub(crate) sessions: Mutex<BTreeMap<String, crate::terminal::attach::Handle>>,
    pub(crate) cancelled: CancellationToken,
    /// Ends all sessions with the toolbox.
    _ends: DropGuard,
}

impl Toolbox {
    /// A toolbox with its files in place.
    pub fn new(settings: Settings) -> Arc<Self> {
        let Settings { variables, files, home, user, hostname, cluster, clock, random, banner } =
            settings;
        let tree = Files::new(Arc::clone(&clock), &home);
        for (path, contents) in files {
            tree.install(&path, contents, &home);
        }
        let lab = Lab {
            files: tree,
            cluster,
            clock,
            random,
            home,
            user,
            hostname,
            variables,
            history: Mutex::default(),
            next_pid: AtomicU32::new(100),
            meter: Meter::default(),
            share: Share::default(),
        };
        let cancelled = CancellationToken::new();
        Arc::new(Self {
            lab: Arc::new(lab),
            banner,
            sessions: Mutex::default(),
            cancelled: cancelled.clone(),
            _ends: cancelled.drop_guard(),
        })
    }

    /// The lab's files.
    pub fn files(&self) -> &Files {
        &self.lab.files
    }

    /// Runs a script as `sh -c` does and gathers what it prints.
    pub async fn run(&self, script: &str, stdin: Bytes) -> Outcome {
        let (stdout, mut out) = pipe();
        let (stderr, mut err) = pipe();
        let run = self.run_streams(script, Input::from_bytes(stdin), stdout, stderr);
        let (code, stdout, stderr) = tokio::join!(run, gather(&mut out), gather(&mut err));
        Outcome { stdout, stderr, code }
    }

    /// Runs a script with streams of the caller's; dropping the future kills it.
    pub async fn run_streams(
        &self,
        script: &str,
        stdin: Input,
        stdout: Output,
        stderr: Output,
    ) -> ExitCode {
        let cancelled = self.cancelled.child_token();
        let mut shell = Shell::new(Arc::clone(&self.lab), cancelled.clone());
        let streams = Streams { stdin, stdout, stderr, others: BTreeMap::new() };
        let _jobs = shell.reaper();
        let run = AssertUnwindSafe(shell.run_text(script, &streams)).catch_unwind();
        tokio::select! {
            code = run => code.unwrap_or(BROKEN),
            () = cancelled.cancelled() => 130,
        }
    }
}

async fn gather(input: &mut Input) -> Vec<u8> {
    let mut all = Vec::new();
    while let Some(chunk) = input.read().await {
        let room = MAX_OUTPUT.saturating_sub(all.len());
        all.extend_from_slice(&chunk[..chunk.len().min(room)]);
    }
    all
}
