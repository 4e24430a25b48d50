//! Journeys over HTTP on a loopback listener, with the client that the rest of Hangar uses.

#![expect(
    clippy::unwrap_used,
    clippy::similar_names,
    reason = "helpers of tests may stop a test, and `path` beside `patch` is clear"
)]

mod access;
mod admission;
mod deleting;
mod listing;
mod patching;
mod protocol;
mod server;
mod watching;
mod writing;
