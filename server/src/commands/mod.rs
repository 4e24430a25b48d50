//! The commands besides `hangar serve`.

pub mod cluster;
pub mod content;
