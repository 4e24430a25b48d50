//! Holds the three languages against one another, and everything that is named against what is there.

use std::collections::BTreeSet;

use crate::course::{Course, Lesson, placed};
use crate::exercise::Exercise;
use crate::finding::Finding;
use crate::markdown::{Block, Code, CodeUse, Page, walk};
use crate::{ExerciseId, Language};

/// Everything that is wrong with a course that could be parsed.
pub fn lint(course: &Course) -> Vec<Finding> {
    let mut findings = Vec::new();
    for lesson in course.lessons.values() {
        let english = lesson.page(Language::En);
        for page in lesson.pages.values() {
            same_shape(english, page, &mut findings);
            cards(lesson, page, &mut findings);
            links(course, page, &mut findings);
            blocks(course, lesson, page, &mut findings);
        }
        for slug in &lesson.prerequisites {
            if !course.modules.iter().flat_map(|one| &one.lessons).any(|one| one.slug == *slug) {
                let file = format!("{}/lesson.yaml", lesson.folder);
                findings.push(Finding::at(&file, 0, format!("there is no lesson `{slug}`")));
            }
        }
        for exercise in &lesson.exercises {
            named(course, lesson, exercise, &mut findings);
        }
    }
    for planned in course.modules.iter().flat_map(|module| &module.lessons) {
        for (language, texts) in
            Language::ALL.iter().map(|one| (one, [&planned.title, &planned.summary]))
        {
            if texts.iter().any(|text| text.get(language).is_none_or(String::is_empty)) {
                let message = format!("`{}` has no title or summary in `{language}`", planned.slug);
                findings.push(Finding::at("course.yaml", 0, message));
            }
        }
    }
    findings
}

/// Headings, cards, figures, objectives, links and executable blocks are the same in every language.
fn same_shape(english: &Page, page: &Page, findings: &mut Vec<Finding>) {
    if english.file == page.file {
        return;
    }
    let anchors = |page: &Page| -> Vec<(u8, String)> {
        page.headings.iter().map(|heading| (heading.level, heading.id.clone())).collect()
    };
    if let Some(index) = first_difference(&anchors(english), &anchors(page)) {
        let line = page.headings.get(index).map_or(0, |heading| heading.line);
        let wanted =
            english.headings.get(index).map_or("no heading", |heading| heading.id.as_str());
        let message = format!(
            "the headings differ from {}: expected the anchor `{{#{wanted}}}` here",
            english.file
        );
        findings.push(Finding::at(&page.file, line, message));
    }
    let objectives = english.front_matter.objectives.len();
    if page.front_matter.objectives.len() != objectives {
        let message =
            format!("{} has {objectives} objectives; here are more or fewer", english.file);
        findings.push(Finding::at(&page.file, 1, message));
    }
    same_links(english, page, findings);
    let (outline, lines) = outline(page);
    let (wanted, _) = self::outline(english);
    if let Some(index) = first_difference(&wanted, &outline) {
        let line = lines.get(index).or(lines.last()).copied().unwrap_or(0);
        let expected = wanted.get(index).map_or("nothing more", String::as_str);
        let message = format!("{} has here: {expected}", english.file);
        findings.push(Finding::at(&page.file, line, message));
    }
}

/// Every language leads to the same places, however often.
fn same_links(english: &Page, page: &Page, findings: &mut Vec<Finding>) {
    let targets = |page: &Page| -> BTreeSet<String> {
        let links = page.links.iter().filter(|link| !matches!(link.target.as_str(), "cp:" | "dp:"));
        links.map(|link| link.target.clone()).collect()
    };
    let (wanted, found) = (targets(english), targets(page));
    for target in wanted.difference(&found) {
        let message = format!("{} links to `{target}`, which this page does not", english.file);
        findings.push(Finding::at(&page.file, 0, message));
    }
    for link in page.links.iter().filter(|link| found.contains(&link.target)) {
        if !wanted.contains(&link.target) {
            let message = format!("{} does not link to `{}`", english.file, link.target);
            findings.push(Finding::at(&page.file, link.line, message));
        }
    }
}

fn first_difference<T: PartialEq>(left: &[T], right: &[T]) -> Option<usize> {
    if left == right {
        return None;
    }
    let common = left.iter().zip(right).take_while(|(one, other)| one == other).count();
    Some(common)
}

/// What must be equal in every language: one line a card, figure, admonition and block.
fn outline(page: &Page) -> (Vec<String>, Vec<usize>) {
    let (mut outline, mut lines) = (Vec::new(), Vec::new());
    walk(&page.blocks, &mut |block| match block {
        Block::Html(_) => {}
        Block::Exercise { id, line } => {
            outline.push(format!("the card of `{id}`"));
            lines.push(*line);
        }
        Block::Figure { file, line, .. } => {
            outline.push(format!("the figure {file}"));
            lines.push(*line);
        }
        Block::Admonition { kind, .. } => {
            outline.push(format!("an admonition `{}`", kind.name()));
            lines.push(lines.last().copied().unwrap_or(0));
        }
        Block::Code(code) => {
            outline.push(format!("the block {:?} {:?}", code.purpose, without_comments(code)));
            lines.push(code.line);
        }
    });
    (outline, lines)
}

/// A block's commands, comments aside; what is only shown may be worded freely.
fn without_comments(code: &Code) -> String {
    if !matches!(code.purpose, CodeUse::Run { .. }) {
        return String::new();
    }
    let lines = code.text.lines().map(|line| line.split(" # ").next().unwrap_or(line).trim_end());
    let kept: Vec<&str> =
        lines.filter(|line| !line.trim_start().starts_with('#') && !line.is_empty()).collect();
    kept.join("\n")
}

/// Every card is of an exercise of this lesson, and every exercise has one card.
fn cards(lesson: &Lesson, page: &Page, findings: &mut Vec<Finding>) {
    let placed = placed(page);
    for exercise in &lesson.exercises {
        let count = placed.iter().filter(|id| **id == &exercise.id).count();
        if count != 1 {
            let message =
                format!("`:::exercise {}` stands {count} times; it must stand once", exercise.id);
            findings.push(Finding::at(&page.file, 0, message));
        }
    }
    for id in placed {
        if !lesson.exercises.iter().any(|exercise| exercise.id == *id) {
            let message = format!("there is no exercise `{id}` in this lesson's exercises/ folder");
            findings.push(Finding::at(&page.file, 0, message));
        }
    }
}

fn links(course: &Course, page: &Page, findings: &mut Vec<Finding>) {
    let anchors = |page: &Page| -> BTreeSet<String> {
        page.headings.iter().map(|heading| heading.id.clone()).collect()
    };
    for link in &page.links {
        let broken = if let Some(anchor) = link.target.strip_prefix('#') {
            !anchors(page).contains(anchor)
        } else if let Some(target) = link.target.strip_prefix("lesson:") {
            let (slug, anchor) = target.split_once('#').unwrap_or((target, ""));
            let planned = course.modules.iter().flat_map(|one| &one.lessons);
            let known = planned.into_iter().any(|one| one.slug.as_str() == slug);
            let lesson = course.lessons.values().find(|lesson| lesson.slug.as_str() == slug);
            let there = anchor.is_empty()
                || lesson.is_some_and(|lesson| anchors(lesson.page(Language::En)).contains(anchor));
            !known || !there
        } else {
            false
        };
        if broken {
            let message = format!("the link leads to `{}`, which is not there", link.target);
            findings.push(Finding::at(&page.file, link.line, message));
        }
    }
}

fn blocks(course: &Course, lesson: &Lesson, page: &Page, findings: &mut Vec<Finding>) {
    walk(&page.blocks, &mut |block| match block {
        Block::Figure { file, line, .. } => {
            if !lesson.drawings.contains_key(file) {
                let message = format!("`{file}` is not there");
                findings.push(Finding::at(&page.file, *line, message));
            }
        }
        Block::Code(code) => {
            if let Some(message) = wrong_block(course, lesson, code) {
                findings.push(Finding::at(&page.file, code.line, message));
            }
        }
        Block::Html(_) | Block::Exercise { .. } | Block::Admonition { .. } => {}
    });
}

fn wrong_block(course: &Course, lesson: &Lesson, code: &Code) -> Option<String> {
    match &code.purpose {
        CodeUse::File(path) if !course.files.contains_key(path) => {
            Some(format!("`files/{path}` is not there"))
        }
        CodeUse::Run { exercise: id, step, .. } => {
            let exercise = lesson.exercises.iter().find(|one| one.id == *id);
            let Some(exercise) = exercise else {
                return Some(format!("there is no exercise `{id}` in this lesson"));
            };
            match step {
                Some(step) if !exercise.steps.contains(step) => {
                    Some(format!("`{id}` has no step `{step}`"))
                }
                _ if code.text.contains("____") && exercise.solution.is_empty() => {
                    Some(format!("the block has blanks: `{id}` needs a `solution:`"))
                }
                _ => None,
            }
        }
        CodeUse::File(_) | CodeUse::Show | CodeUse::Output => None,
    }
}

/// What an exercise names: messages, exercises before it, commands for each step.
fn named(course: &Course, lesson: &Lesson, exercise: &Exercise, findings: &mut Vec<Finding>) {
    let mut say = |message: String| findings.push(Finding::at(&exercise.file, 0, message));
    for otherwise in exercise.checks.iter().flat_map(|check| &check.otherwise) {
        let id = format!("reason-{}", otherwise.say);
        if !course.messages.has(&id) {
            say(format!("the message `{id}` is missing in messages/*.ftl"));
        }
    }
    for id in &exercise.after {
        if course.exercise(id).is_none() {
            say(format!("`after` names `{id}`, which is not there"));
        }
        if reaches(course, id, &exercise.id, 0) {
            say(format!("`after` goes in a circle through `{id}`"));
        }
    }
    for step in &exercise.steps {
        if lesson.solution(exercise, step, Language::En).trim().is_empty() {
            say(format!("no block with run={} belongs to step `{step}`", exercise.id));
        }
    }
}

fn reaches(course: &Course, from: &ExerciseId, to: &ExerciseId, depth: usize) -> bool {
    if depth > 64 || from == to {
        return true;
    }
    let Some(exercise) = course.exercise(from) else { return false };
    exercise.after.iter().any(|next| reaches(course, next, to, depth + 1))
}
