//! The course that is shipped parses, and its three languages agree.
#![cfg(feature = "engine")]
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

use std::fs;
use std::path::Path;

use curriculum::{Course, Source, lint};

fn read(folder: &Path, prefix: &str, source: &mut Source) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{prefix}{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            read(&path, &format!("{name}/"), source);
        } else {
            source.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn the_shipped_course_has_no_findings() {
    let mut source = Source::new();
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content"), "", &mut source);

    let findings = match Course::parse(&source) {
        Ok(course) => lint(&course),
        Err(findings) => findings,
    };

    let words: Vec<String> = findings.iter().map(ToString::to_string).collect();
    assert!(words.is_empty(), "{}", words.join("\n"));
}
