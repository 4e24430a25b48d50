//! What the islands think: small reducers and parsers without a browser.

pub mod commands;
pub mod marks;
pub mod names;
pub mod rows;
pub mod tree;
pub mod typist;
pub mod variables;
