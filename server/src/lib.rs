//! The classroom: pages, API, classes, labs, checks, terminals.
//!
//! ```text
//! http ─► classroom, labs ─► store, cluster        checking ─► cluster::index, store          nobody ─► http
//! ```

pub mod ambient;
pub mod app;
pub mod causes;
pub mod checking;
pub mod classroom;
pub mod cluster;
pub mod commands;
pub mod content;
pub mod content_check;
pub mod http;
pub mod labs;
pub mod listen;
pub mod objects;
pub mod settings;
pub mod store;
pub mod tasks;
pub mod terminals;
pub mod told;
pub mod typing;

/// The image of the shell that labs get on the practice cluster, which runs it inside the process.
pub const TOOLBOX_IMAGE: &str = concat!("hangar/toolbox:", env!("CARGO_PKG_VERSION"));
