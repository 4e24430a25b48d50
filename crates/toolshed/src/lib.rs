//! A lab's shell and tools, in process: line editor, POSIX shell, virtual files, kubectl.
//!
//! **Invariant:** nothing outside the lab can be reached. The only ways out of this crate are the
//! virtual files and the Kubernetes API server that [`tool::Cluster`] names; there is no host file,
//! process, environment variable or address.

pub mod files;
pub mod kubectl;
pub mod share;
mod shell;
pub mod stream;
pub mod terminal;
pub mod tool;
mod toolbox;
mod tools;

pub use terminal::{Attachment, Size};
pub use toolbox::{Outcome, Settings, Toolbox};
