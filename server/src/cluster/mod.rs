//! Everything Kubernetes. No kube type leaves this module.
//!
//! ```text
//! watches ──► Index (one writer) ──► labs, checking, pages (readers), woken by Changes
//! objects (pure) ──► Cluster ──► API server        Cluster::terminal ──► exec into the toolbox
//! ```
//!
//! **Deliberately absent:** what a lab is for. This module creates, removes, watches and attaches; whether
//! the API server is a practice cluster, only [`connect`] knows.

mod changes;
pub mod connect;
mod in_cluster;
pub mod index;
mod learner;
mod manage;
mod names;
mod objects;
mod reach;
mod script;
mod sight;
mod terminal;
mod watch;

pub use changes::{Batch, Change, Changes, LabChanges};
pub use in_cluster::InCluster;
pub use index::{Index, LabObjects, Toolbox};
pub use learner::{AsLearner, OwnObject};
pub use manage::{Cluster, KubeconfigMaterial};
pub use names::LabNames;
pub use objects::Limits;
pub use reach::{Reach, Way};
pub use script::{ScriptEnd, ScriptOutcome};
pub use sight::Unseen;
pub use terminal::{Terminal, TerminalSize};

/// Why the cluster could not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No way to the cluster could be found in the configuration.
    #[error("the cluster's configuration cannot be used: {0}")]
    Configuration(String),
    /// The API server refused or could not be reached.
    #[error("{action}")]
    Api {
        /// What was being done, with the name of the object.
        action: String,
        /// What the API server or the connection said.
        #[source]
        source: Box<kube::Error>,
    },
    /// The practice cluster could not start.
    #[error("the practice cluster cannot start")]
    Practice(#[source] anyhow::Error),
    /// The lab has as many shells as it may have.
    #[error("the lab has as many shells as it may have")]
    TooManyShells,
    /// What should go does not go.
    #[error("{left} objects of the lab are still there after a minute")]
    Unfinished {
        /// How many.
        left: usize,
    },
    /// No shell can run here.
    #[error("no shell can run in this lab: {0}")]
    NoShell(String),
}

impl Error {
    fn api(action: impl Into<String>, source: kube::Error) -> Self {
        Self::Api { action: action.into(), source: Box::new(source) }
    }

    /// A stable word for what went wrong, which names the message `lab-problem-<code>`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Configuration(_) => "configuration",
            Self::Practice(_) => "practice",
            Self::NoShell(_) => "no-shell",
            Self::Unfinished { .. } | Self::TooManyShells => "busy",
            Self::Api { source, .. } => match source.as_ref() {
                kube::Error::Api(status) if status.code == 403 => "forbidden",
                kube::Error::Api(status) if status.code == 429 => "busy",
                kube::Error::Api(_) => "refused",
                _ => "unreachable",
            },
        }
    }
}
