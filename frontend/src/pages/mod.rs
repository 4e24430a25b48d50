//! The pages: for each a view-model that the server fills, and `render`, which makes the whole document of it.
//!
//! **Invariant:** a page is complete and usable as it leaves the server; no page needs a script to be read.

pub mod course;
pub mod error;
mod frame;
pub mod join;
pub mod lesson;
pub mod me;
pub mod teach;

pub use frame::{Crumb, Frame, Learner, Link, Theme};
