//! What each built-in kind means: names, defaults, rules, admission and how it is printed.
//!
//! Pure functions over JSON: no I/O, no clock but the `now` that is passed in.
//!
//! ```text
//! decode ─► apply_defaults ─► prepare_for_create/update ─► validate ─► store ─► table
//! ```
//!
//! **Deliberately absent:** storage, HTTP and custom resources, whose meaning is data.

pub mod admission;
mod defaults;
pub mod duration;
pub mod errors;
mod prepare;
mod qos;
mod registry;
pub mod service_ports;
pub mod tables;
mod validate;
mod value;
mod warnings;

pub use defaults::{apply_defaults, pull_policy};
pub use errors::{ErrorKind, FieldError, invalid_status};
pub use prepare::{prepare_for_create, prepare_for_update};
pub use qos::quality_of_service;
pub use registry::{RESOURCES, Resource, Subresource, find, find_kind};
pub use tables::{scale_table, table};
pub(crate) use validate::names;
pub use validate::{
    validate_create, validate_ephemeral_containers, validate_status_update, validate_update,
};
pub use warnings::{deprecation, warnings};
