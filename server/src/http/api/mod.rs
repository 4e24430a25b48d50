//! The JSON API: one operation or one thing a file.

pub mod change;
pub mod course;
pub mod exercises;
pub mod help;
pub mod join;
pub mod lab;
pub mod me;
pub mod objects;
pub mod teach;
