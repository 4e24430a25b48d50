//! Journeys over HTTP, against a whole server on a practice cluster of its own.

#![expect(clippy::unwrap_used, reason = "in tests a panic is the report")]

mod app;
mod changes;
mod content;
mod database;
mod events;
mod exec;
mod faults;
mod help;
mod joining;
mod labs;
mod objects;
mod pages;
#[path = "../store/postgres.rs"]
mod postgres;
mod process;
mod program;
mod security;
mod teaching;
mod terminal;
mod told;
