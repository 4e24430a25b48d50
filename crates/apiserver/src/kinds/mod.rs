//! What each built-in kind means: names, defaults, rules, admission and how it is printed.
//!
//! Pure functions over JSON: no I/O, no clock but the `now` that is passed in.
//!
//! **Deliberately absent:** storage, HTTP and custom resources, whose meaning is data.

mod registry;

pub use registry::{RESOURCES, Resource, Subresource, find, find_kind};
