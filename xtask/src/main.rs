//! One entry for people and CI: serve, build, test, ci, bench, tidy.

fn main() {}
