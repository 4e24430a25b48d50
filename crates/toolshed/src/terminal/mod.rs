//! The person's side of the shell: keys in, a screen out.
//!
//! ```text
//! Attachment.input ─► session (editor | running command) ─► screen ─► Attachment.output, each viewer
//! ```
//!
//! **Marks.** Around each command the session writes `OSC 133` marks, so that a page can show how
//! each command of a block ended: `A` before the prompt, `B` after it, `C;cmdline_url=…` (the
//! command, percent-encoded, at most 1 KiB of it) when it starts, and `D;exit code` when it has
//! ended. A command that is empty, or given up with Ctrl-C, ends with a bare `D`. A block that is
//! sent as one bracketed paste and Enter is run command by command, each with its own marks, and is
//! never read by the commands themselves as their input.

pub(crate) mod attach;
mod complete;
mod draw;
mod editor;
mod history;
pub(crate) mod keyboard;
pub(crate) mod keys;
mod prompt;
mod reading;
mod screen;
mod session;

pub use attach::{Attachment, Size};
pub use keyboard::Raw;
