//! The course that is shipped parses, its three languages agree, and the guide for authors speaks of what is there.
#![cfg(feature = "engine")]
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

use std::fs;
use std::path::Path;

use curriculum::{Course, Exercise, Kind, Source, lint};

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

#[test]
fn the_guide_for_authors_shows_an_exercise_that_can_be_used_and_names_every_kind() {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/authoring.md");
    let guide = fs::read_to_string(guide).unwrap();
    let (_, after) = guide.split_once("## An exercise\n\n```yaml\n").unwrap();
    let (example, _) = after.split_once("```").unwrap();

    let exercise = Exercise::parse("example.yaml", example).unwrap();

    assert_eq!(exercise.checks.len(), 3);
    for kind in Kind::all() {
        assert!(guide.contains(&format!("`{kind}`")), "{kind}");
    }
}
