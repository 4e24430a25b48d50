//! What the lint says of small courses that do not hold together.

use super::*;
use crate::Source;

const PAGE: &str = "---\ntitle: T\nobjectives: [one]\n---\n## A {#a}\n\nText.\n\n```bash run=one\nls\n```\n\n:::exercise one\n";
const EXERCISE: &str = "id: one\nminutes: 1\nchecks:\n  - id: there\n    get: {kind: Service, plane: dp, name: front}\n    that: self.spec.type == 'x'\ntext:\n";

/// Two lessons, the first with an exercise.
fn source() -> Source {
    let lesson = |slug: &str| {
        let texts = "{en: a, pt: a, es: a}";
        format!("      - {{slug: {slug}, minutes: 1, title: {texts}, summary: {texts}}}\n")
    };
    let texts = ["en", "pt", "es"]
        .map(|language| {
            format!("  {language}: {{title: T, checks: {{there: It is}}, hints: [h], done: d}}\n")
        })
        .concat();
    let mut source = Source::from([
        (
            "course.yaml".to_owned(),
            format!(
                "title: {{en: C}}\nsummary: {{en: C}}\nmodules:\n  - id: m\n    title: {{en: M}}\n    lessons:\n{}{}",
                lesson("first"),
                lesson("second")
            ),
        ),
        ("lessons/1/exercises/one.yaml".to_owned(), format!("{EXERCISE}{texts}")),
    ]);
    for (folder, slug) in [("1", "first"), ("2", "second")] {
        let yaml = format!("slug: {slug}\nminutes: 1\nprerequisites: []\n");
        source.insert(format!("lessons/{folder}/lesson.yaml"), yaml);
        for language in ["en", "pt", "es"] {
            let page = if slug == "first" { PAGE } else { "---\ntitle: S\n---\nText.\n" };
            source.insert(format!("lessons/{folder}/{language}.md"), page.to_owned());
        }
    }
    for language in ["en", "pt", "es"] {
        source.insert(format!("messages/{language}.ftl"), "hello = Hello\n".to_owned());
    }
    source
}

/// What is said when some files have other texts.
fn said(changes: &[(&str, &str, &str)]) -> Vec<String> {
    let mut source = source();
    for (file, from, to) in changes {
        let text = source.get_mut(*file).unwrap();
        assert!(text.contains(from), "{file}");
        *text = text.replacen(from, to, 1);
    }
    let findings = match Course::parse(&source) {
        Ok(course) => lint(&course),
        Err(findings) => findings,
    };
    for finding in &findings {
        assert!(finding.line > 0, "without a line: {finding}");
        let words = finding.to_string();
        assert!(!words.contains("Some(") && !words.contains(": None"), "Rust's own words: {words}");
    }
    findings.iter().map(ToString::to_string).collect()
}

/// The one thing that is said.
fn one(changes: &[(&str, &str, &str)]) -> String {
    let mut said = said(changes);
    assert_eq!(said.len(), 1, "{said:?}");
    said.remove(0)
}

#[test]
fn a_course_that_holds_together_has_no_findings() {
    assert_eq!(said(&[]), Vec::<String>::new());
}

#[test]
fn a_lesson_never_builds_on_itself() {
    let (none, first) = ("prerequisites: []", "prerequisites: [first]");
    let itself = one(&[("lessons/1/lesson.yaml", none, first)]);
    assert!(itself.starts_with("lessons/1/lesson.yaml:3: `first` cannot be its own"), "{itself}");

    let circle = said(&[
        ("lessons/1/lesson.yaml", none, "prerequisites: [second]"),
        ("lessons/2/lesson.yaml", none, first),
    ]);
    assert_eq!(circle.len(), 2);
    assert!(circle[0].contains("lesson.yaml:3: `second` builds on `first` itself"), "{circle:?}");

    let nowhere = one(&[("lessons/2/lesson.yaml", none, "prerequisites: [zz]")]);
    assert!(nowhere.starts_with("lessons/2/lesson.yaml:3: there is no lesson `zz`"), "{nowhere}");
    assert!(said(&[("lessons/2/lesson.yaml", none, first)]).is_empty());
}

#[test]
fn headings_and_links_of_another_language_are_told_with_both_places() {
    let pt = "lessons/1/pt.md";
    let other = one(&[(pt, "{#a}", "{#b}")]);
    assert!(other.starts_with("lessons/1/pt.md:5: ") && other.contains("en.md:5"), "{other}");
    let more = one(&[(pt, "Text.", "## More {#more}")]);
    assert!(more.starts_with("lessons/1/pt.md:7: ") && more.contains("no such heading"), "{more}");
    let fewer = one(&[(pt, "## A {#a}", "A")]);
    assert!(fewer.starts_with("lessons/1/pt.md:1: ") && fewer.contains("## … {#a}"), "{fewer}");
    let link = "[x](https://example.org)";
    let links = said(&[("lessons/1/en.md", "Text.", link), (pt, "Text.", "[x](#a)")]);
    assert!(links[0].contains("lessons/1/pt.md:5: lessons/1/en.md:7 links to"), "{links:?}");
    assert!(links[1].contains("lessons/1/pt.md:7: lessons/1/en.md does not link"), "{links:?}");
}

#[test]
fn blocks_and_cards_of_another_language_are_told_in_an_authors_words() {
    let pt = "lessons/1/pt.md";
    let other = one(&[(pt, "\nls\n", "\nls -l\n")]);
    assert!(other.contains("pt.md:9: here stands a block with run=one:\n    ls -l"), "{other}");
    assert!(other.contains("in lessons/1/en.md:9 it is a block with run=one:\n    ls"), "{other}");
    let more = said(&[(pt, ":::exercise one\n", ":::exercise one\n\n:::exercise one\n")]);
    assert!(more.iter().any(|it| it.contains("pt.md:15: the card of `one` stands in line 13")));
    let admonition = one(&[(pt, "Text.", ":::tip\nText.\n:::")]);
    assert!(admonition.contains("pt.md:7: here stands `:::tip`"), "{admonition}");
    let none = said(&[(pt, ":::exercise one\n", "")]);
    assert!(none.iter().any(|it| it.contains("pt.md:9: `one` has no card")), "{none:?}");
}

#[test]
fn what_an_exercise_names_is_told_with_its_line() {
    let file = "lessons/1/exercises/one.yaml";
    let after = one(&[(file, "minutes: 1", "minutes: 1\nafter: [zz]")]);
    assert!(after.starts_with("lessons/1/exercises/one.yaml:3: `after` names `zz`"), "{after}");
    let that = "that: self.spec.type == 'x'";
    let say = one(&[(file, that, "that: self.spec.type == 'x'\n    otherwise: no-front")]);
    assert!(
        say.starts_with("lessons/1/exercises/one.yaml:7: the message `reason-no-front`"),
        "{say}"
    );
    let circle = one(&[(file, "minutes: 1", "minutes: 1\nafter: [one]")]);
    assert!(circle.contains("one.yaml:3: `after` goes in a circle"), "{circle}");
}

#[test]
fn messages_of_another_language_are_told_with_their_line() {
    let (en, pt) = ("messages/en.ftl", "messages/pt.ftl");
    let hello = "hello = Hello\n";
    let other = one(&[
        (en, hello, "a = A\nhello = Hello { $name }\n"),
        (pt, hello, "a = A\nhello = Olá { $nome }\n"),
        ("messages/es.ftl", hello, "a = A\nhello = Hola { $name }\n"),
    ]);
    assert!(other.starts_with("messages/pt.ftl:2: "), "{other}");
    assert!(other.contains("$nome") && other.contains("$name") && !other.contains('"'), "{other}");
    let more = one(&[(pt, hello, "hello = Olá\nb = B\n")]);
    assert!(more.starts_with("messages/pt.ftl:2: the message `b` is not in"), "{more}");
    let fewer = said(&[(en, hello, "hello = Hello\nb = B\n")]);
    assert!(fewer.iter().all(|it| it.contains("messages/en.ftl:2")), "{fewer:?}");
    let twice = said(&[(pt, hello, "hello = Olá\nhello = Oi\n")]);
    assert!(twice.iter().any(|it| it.contains("messages/pt.ftl:2: ")), "{twice:?}");
}
