//! The Kubernetes API, in memory, over HTTP.

pub mod kinds;
pub mod quantity;
pub mod schema;
