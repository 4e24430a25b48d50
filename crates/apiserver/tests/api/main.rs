//! Journeys over HTTP on a loopback listener, with the client that the rest of Hangar uses.

mod access;
mod admission;
mod deleting;
mod listing;
mod patching;
mod protocol;
mod server;
mod watching;
mod writing;
