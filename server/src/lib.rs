//! The classroom: pages, API, classes, labs, checks, terminals.
//!
//! ```text
//! http ─► classroom, labs ─► store, cluster        checking ─► cluster::index, store          nobody ─► http
//! ```

pub mod ambient;
pub mod classroom;
pub mod settings;
pub mod store;
pub mod told;
