//! The classroom: pages, API, classes, labs, checks, terminals.
//!
//! ```text
//! http ─► classroom, labs ─► store, cluster        checking ─► cluster::index, store          nobody ─► http
//! ```

pub mod ambient;
pub mod checking;
pub mod classroom;
pub mod cluster;
pub mod content;
pub mod labs;
pub mod settings;
pub mod store;
pub mod told;
