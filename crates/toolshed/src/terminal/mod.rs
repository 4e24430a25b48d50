//! The person's side of the shell: keys in, a screen out.

pub(crate) mod keyboard;
pub(crate) mod session;

pub use keyboard::Raw;
