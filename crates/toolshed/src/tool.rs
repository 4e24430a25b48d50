//! What a tool is: a function from its arguments, streams, files and cluster to an exit code.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::BoxFuture;
use http::Uri;
use jiff::Timestamp;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::files::Files;
use crate::kubectl::discovery::Known;
use crate::share::Share;
use crate::stream::{Closed, Input, Output};

/// The time, passed in.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Randomness, passed in.
pub type Random = Arc<dyn Fn() -> u64 + Send + Sync>;

/// The exit code of a command: 0 when it succeeded.
pub type ExitCode = u8;

/// Finds what a word on a command line may become.
pub type Complete = fn(Completion) -> BoxFuture<'static, Vec<String>>;

/// A command that the shell knows.
#[derive(Clone, Copy, Debug)]
pub struct Tool {
    /// What one types.
    pub name: &'static str,
    /// One line for `help`.
    pub about: &'static str,
    /// Runs it.
    pub run: fn(Context) -> BoxFuture<'static, ExitCode>,
    /// What may come next on a command line, for the Tab key.
    pub complete: Option<Complete>,
}

/// Everything that a running tool can see and touch.
pub struct Context {
    /// The arguments, without the tool's own name.
    pub args: Vec<String>,
    /// The exported variables.
    pub variables: BTreeMap<String, String>,
    /// The current directory, absolute.
    pub directory: String,
    /// The lab's files.
    pub files: Files,
    /// Standard input.
    pub stdin: Input,
    /// Standard output.
    pub stdout: Output,
    /// Standard error.
    pub stderr: Output,
    /// The terminal's columns and rows, when there is one.
    pub screen: Option<watch::Receiver<(u16, u16)>>,
    /// The Kubernetes API server, when the lab has one.
    pub cluster: Option<Cluster>,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub random: Random,
    /// Cancelled by Ctrl-C and when the session ends.
    pub cancelled: CancellationToken,
    /// What the lab may use at a time.
    pub share: Share,
}

impl Context {
    /// The absolute form of a path that stands on the command line.
    pub fn path(&self, path: &str) -> String {
        crate::files::absolute(&self.directory, path)
    }

    /// The terminal's columns and rows as they are now.
    pub fn size(&self) -> Option<(u16, u16)> {
        self.screen.as_ref().map(|screen| *screen.borrow())
    }

    /// Writes text to standard output.
    pub async fn print(&self, text: impl Into<bytes::Bytes>) -> Result<(), Closed> {
        self.stdout.write(text).await
    }

    /// Writes one line to standard error; a closed one is no reason to stop.
    pub async fn complain(&self, line: impl std::fmt::Display) {
        let _ = self.stderr.write(format!("{line}\n")).await;
    }
}

/// What stands on the command line when Tab is pressed in a tool's arguments.
#[derive(Clone)]
pub struct Completion {
    /// The complete words before the cursor, without the tool's own name.
    pub before: Vec<String>,
    /// The word being typed, up to the cursor; may be empty.
    pub word: String,
    /// The exported variables.
    pub variables: BTreeMap<String, String>,
    /// The current directory.
    pub directory: String,
    /// The lab's files.
    pub files: Files,
    /// The API server.
    pub cluster: Option<Cluster>,
}

/// How tools reach the lab's API server.
#[derive(Clone)]
pub struct Cluster {
    /// The address as people and kubeconfig files see it, e.g. `https://kubernetes.default.svc`.
    pub server: Uri,
    /// The client that really reaches it, already carrying the lab's token.
    pub client: kube::Client,
    /// What the server said it has.
    pub(crate) known: Known,
}

impl Cluster {
    /// A cluster of which nothing is known yet.
    pub fn new(server: Uri, client: kube::Client) -> Self {
        Self { server, client, known: Known::default() }
    }
}
