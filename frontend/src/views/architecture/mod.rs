//! The learner's two planes as a picture: Services lead to pods, Deployments keep `ReplicaSet`s, and those keep pods.
//!
//! ```text
//! layout: graph → placed boxes and lines ─► draw: SVG
//! ```
//!
//! **Invariant:** the picture is as wide as its place, so that its text keeps its size; what does not fit is counted,
//! never cut off. The same graph can be read as a table.

mod draw;
mod layout;
mod table;

pub use draw::{key, picture};
pub use table::table;
