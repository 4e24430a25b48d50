//! What people do: join, learn, teach. No HTTP and no Kubernetes in here.

pub mod codes;
pub mod hub;
pub mod join;
pub mod names;
pub mod progress;
pub mod readers;
pub mod teaching;
pub mod words;
