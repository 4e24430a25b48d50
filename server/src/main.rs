//! The `hangar` binary: pages, API, classes, labs, checks, terminals.

fn main() {}
