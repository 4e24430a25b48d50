//! The Kubernetes API, in memory, over HTTP.
//!
//! ```text
//! http ─► access (who, may they) ─► verbs ─► decode, default, admission, validate ─► store
//!                                       kinds, schema: pure functions on JSON values
//! ```
//!
//! **Invariant:** what is answered, a real API server would answer; what cannot be done is refused
//! with a `Status` that says so. Every object is stored as the bytes that clients are sent.
//!
//! **Deliberately absent:** controllers, nodes and anything about what runs in a pod. They are
//! clients of this server, as on a real cluster.

mod access;
mod admission;
mod bootstrap;
mod core;
mod http;
pub mod kinds;
pub mod quantity;
pub mod schema;
mod seats;
mod selector;
mod serve;
mod settings;
mod status;
mod store;
mod verbs;

pub use crate::serve::ApiServer;
pub use crate::settings::{Clock, Random, Settings, StaticToken};
