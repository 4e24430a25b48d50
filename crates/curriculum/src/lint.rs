//! Holds the three languages against one another, and everything that is named against what is there.

mod shape;

use std::collections::BTreeSet;

use crate::course::{Course, Lesson};
use crate::exercise::Exercise;
use crate::finding::Finding;
use crate::markdown::{Block, Code, CodeUse, Page, walk};
use crate::{ExerciseId, Language, LessonSlug};

use shape::same_shape;

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
        prerequisites(course, lesson, &mut findings);
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
                let line = course.line("course.yaml", "modules:", planned.slug.as_str());
                findings.push(Finding::at("course.yaml", line, message));
            }
        }
    }
    findings
}

/// A lesson builds on others that are there, and never on itself.
fn prerequisites(course: &Course, lesson: &Lesson, findings: &mut Vec<Finding>) {
    let file = format!("{}/lesson.yaml", lesson.folder);
    let mut say = |slug: &LessonSlug, message: String| {
        let line = course.line(&file, "prerequisites:", slug.as_str());
        findings.push(Finding::at(&file, line, message));
    };
    for slug in &lesson.prerequisites {
        if !course.modules.iter().flat_map(|one| &one.lessons).any(|one| one.slug == *slug) {
            say(
                slug,
                format!("there is no lesson `{slug}`: name one of course.yaml, or take it away"),
            );
        } else if *slug == lesson.slug {
            say(slug, format!("`{slug}` cannot be its own prerequisite: take it away"));
        } else if builds_on(course, slug, &lesson.slug) {
            let message = format!(
                "`{slug}` builds on `{}` itself: take one of the two prerequisites away",
                lesson.slug
            );
            say(slug, message);
        }
    }
}

/// Whether a lesson has another before it, at whatever distance.
fn builds_on(course: &Course, lesson: &LessonSlug, other: &LessonSlug) -> bool {
    let (mut seen, mut open) = (BTreeSet::new(), vec![lesson]);
    while let Some(slug) = open.pop() {
        if seen.insert(slug)
            && let Some(lesson) = course.lessons.get(slug)
        {
            open.extend(&lesson.prerequisites);
        }
    }
    seen.contains(other)
}

/// Every card is of an exercise of this lesson, and every exercise has one card.
fn cards(lesson: &Lesson, page: &Page, findings: &mut Vec<Finding>) {
    let (mut placed, mut typed) = (Vec::new(), Vec::new());
    walk(&page.blocks, &mut |block| match block {
        Block::Exercise { id, line } => placed.push((id, *line)),
        Block::Code(Code { purpose: CodeUse::Run { exercise, .. }, line, .. }) => {
            typed.push((exercise, *line));
        }
        Block::Html(_) | Block::Code(_) | Block::Figure { .. } | Block::Admonition { .. } => {}
    });
    let lines = |of: &[(&ExerciseId, usize)], id: &ExerciseId| -> Vec<usize> {
        of.iter().filter(|(one, _)| *one == id).map(|(_, line)| *line).collect()
    };
    for exercise in &lesson.exercises {
        let id = &exercise.id;
        match lines(&placed, id).as_slice() {
            [] => {
                let line = lines(&typed, id).last().copied().unwrap_or(1);
                let message = format!("`{id}` has no card: place `:::exercise {id}` on this page");
                findings.push(Finding::at(&page.file, line, message));
            }
            [_] => {}
            [first, again, ..] => {
                let message = format!(
                    "the card of `{id}` stands in line {first} already: it must stand once"
                );
                findings.push(Finding::at(&page.file, *again, message));
            }
        }
    }
    for (id, line) in placed {
        if !lesson.exercises.iter().any(|exercise| exercise.id == *id) {
            let message = format!(
                "there is no exercise `{id}`: write {}/exercises/{id}.yaml, or name one that is there",
                lesson.folder
            );
            findings.push(Finding::at(&page.file, line, message));
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
            let message = format!(
                "the link leads to `{}`, which is not there: mend the lesson or the anchor",
                link.target
            );
            findings.push(Finding::at(&page.file, link.line, message));
        }
    }
}

fn blocks(course: &Course, lesson: &Lesson, page: &Page, findings: &mut Vec<Finding>) {
    walk(&page.blocks, &mut |block| match block {
        Block::Figure { file, line, .. } => {
            if !lesson.drawings.contains_key(file) {
                let message = format!(
                    "`{file}` is not there: draw {}/{file}, with its words beside it",
                    lesson.folder
                );
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
            Some(format!("`files/{path}` is not there: write it, or mend file="))
        }
        CodeUse::Run { exercise: id, step, .. } => {
            let exercise = lesson.exercises.iter().find(|one| one.id == *id);
            let Some(exercise) = exercise else {
                return Some(format!(
                    "there is no exercise `{id}` in this lesson: mend run=, or write {}/exercises/{id}.yaml",
                    lesson.folder
                ));
            };
            match step {
                Some(step) if !exercise.steps.contains(step) => {
                    let known = exercise.steps.join(", ");
                    Some(format!("`{id}` has no step `{step}`: its steps are {known}"))
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
    let mut say = |from: &str, near: &str, message: String| {
        let line = course.line(&exercise.file, from, near);
        findings.push(Finding::at(&exercise.file, line, message));
    };
    for check in &exercise.checks {
        for otherwise in &check.otherwise {
            let id = format!("reason-{}", otherwise.say);
            if !course.messages.has(&id) {
                let message =
                    format!("the message `{id}` is missing: add it to each messages/*.ftl");
                say(&format!("- id: {}", check.id), &otherwise.say, message);
            }
        }
    }
    for id in &exercise.after {
        if course.exercise(id).is_none() {
            let message =
                format!("`after` names `{id}`, which is not there: name an exercise of the course");
            say("after:", id.as_str(), message);
        }
        if reaches(course, id, &exercise.id, 0) {
            let message = format!("`after` goes in a circle through `{id}`: take it away");
            say("after:", id.as_str(), message);
        }
    }
    for step in &exercise.steps {
        if lesson.solution(exercise, step, Language::En).trim().is_empty() {
            let message = format!(
                "nothing on the page solves step `{step}`: give a block run={} step={step}",
                exercise.id
            );
            say("steps:", step, message);
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

#[cfg(test)]
mod tests;
