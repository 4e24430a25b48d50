//! The instructor's pages.

mod class;
mod classes;
mod sign_in;

pub use class::{ClassPage, render as render_class};
pub use classes::{ClassesPage, render as render_classes};
pub use sign_in::{SignInPage, render as render_sign_in};
