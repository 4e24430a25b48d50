//! The commands besides `hangar serve`.

pub mod cluster;
pub mod content;
pub mod sign_in_link;
