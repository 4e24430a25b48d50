//! What people do: join, learn, teach. No HTTP and no Kubernetes in here.

pub mod announcements;
pub mod changes;
pub mod codes;
pub mod help;
pub mod hub;
pub mod join;
pub mod names;
pub mod progress;
pub mod readers;
pub mod teaching;
pub mod words;
