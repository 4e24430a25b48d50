//! The course that is shipped parses, its three languages agree, and the guide for authors speaks of what is there.
#![cfg(feature = "engine")]
#![expect(clippy::unwrap_used, reason = "in a test a panic is the report")]

use std::fs;
use std::path::Path;

use curriculum::{Course, Kind, Source, lint};

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

fn course() -> Source {
    let mut source = Source::new();
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content"), "", &mut source);
    source
}

fn guide() -> String {
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/authoring.md");
    fs::read_to_string(guide).unwrap()
}

fn findings(source: &Source) -> Vec<String> {
    let findings = match Course::parse(source) {
        Ok(course) => lint(&course),
        Err(findings) => findings,
    };
    findings.iter().map(ToString::to_string).collect()
}

#[test]
fn the_shipped_course_has_no_findings() {
    assert_eq!(findings(&course()), Vec::<String>::new());
}

/// The text of the first fence of a kind after some words.
fn fenced<'a>(text: &'a str, after: &str, kind: &str) -> &'a str {
    let (_, after) = text.split_once(after).unwrap();
    let (_, after) = after.split_once(&format!("```{kind}\n")).unwrap();
    after.split_once("```").unwrap().0
}

#[test]
fn what_the_guide_for_authors_shows_makes_a_lesson_that_holds_together() {
    let mut source = course();
    let guide = guide();
    let page = format!(
        "{}\n## One name {{#one-name}}\n\n```bash run=one-name\nls\n```\n\n:::exercise one-name\n",
        fenced(&guide, "## A page", "markdown")
    );
    let folder = "lessons/04-my-lesson";
    let exercise = fenced(&guide, "## An exercise", "yaml").to_owned();
    source.insert(format!("{folder}/exercises/one-name.yaml"), exercise);
    source.insert(format!("{folder}/lesson.yaml"), "slug: my-lesson\nminutes: 8\n".to_owned());
    let place = "\n      - {slug: my-lesson, minutes: 8, title: {en: M, pt: M, es: M}, summary: {en: M, pt: M, es: M}}\n";
    source.get_mut("course.yaml").unwrap().push_str(place);
    for language in ["en", "pt", "es"] {
        source.insert(format!("{folder}/{language}.md"), page.clone());
        let messages = source.get_mut(&format!("messages/{language}.ftl")).unwrap();
        messages.push_str(fenced(&guide, "## An exercise", "ftl"));
    }

    assert_eq!(findings(&source), Vec::<String>::new());
}

#[test]
fn the_guide_for_authors_names_every_kind() {
    let guide = guide();

    for kind in Kind::all() {
        assert!(guide.contains(&format!("`{kind}`")), "{kind}");
    }
}
