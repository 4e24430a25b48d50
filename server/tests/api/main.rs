//! Journeys over HTTP, against a whole server on a practice cluster of its own.

mod app;
mod events;
mod joining;
mod labs;
mod security;
mod teaching;
