//! The course's rail: modules, lessons, how far one is, and the headings of the lesson that one reads.

use std::collections::BTreeMap;

use maud::{Markup, html};
use wire::{CourseLesson, ExerciseId, ExerciseState, LessonState};

use crate::i18n::page_texts;
use crate::pages::Frame;
use crate::views::icon::{self, Sign};

/// How many exercises of a lesson have been proven, and how many there are. A broken one keeps its credit.
pub(crate) fn proven(
    lesson: &CourseLesson,
    progress: &BTreeMap<ExerciseId, ExerciseState>,
) -> (u32, u32) {
    let states = lesson.exercises.iter().filter_map(|exercise| progress.get(&exercise.id));
    let proven = states
        .filter(|state| matches!(state, ExerciseState::Passed | ExerciseState::Broken))
        .count();
    let small = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    (small(proven), small(lesson.exercises.len()))
}

/// The sign of a lesson: proven, begun, or neither.
pub(crate) fn lesson_sign(
    lesson: &CourseLesson,
    progress: &BTreeMap<ExerciseId, ExerciseState>,
) -> Sign {
    let begun = lesson.exercises.iter().any(|exercise| progress.contains_key(&exercise.id));
    match proven(lesson, progress) {
        (proven, of) if of > 0 && proven == of => Sign::Passed,
        _ if begun => Sign::Working,
        _ => Sign::NotYet,
    }
}

/// The rail; `headings` are anchors and texts of the lesson that is read.
pub(crate) fn rail(frame: &Frame, headings: &[(String, String)]) -> Markup {
    let texts = page_texts(frame.language);
    html! {
        nav class="rail" id="rail" popover="auto" aria-label=(texts.course_rail) {
            @for module in &frame.course.modules {
                h2 { (module.title) }
                ul {
                    @for lesson in &module.lessons {
                        @let current = frame.lesson.as_ref() == Some(&lesson.slug);
                        li { (one(frame, lesson, current)) @if current { (here(headings)) } }
                    }
                }
            }
        }
    }
}

fn one(frame: &Frame, lesson: &CourseLesson, current: bool) -> Markup {
    let texts = page_texts(frame.language);
    let (proven, of) = proven(lesson, &frame.progress);
    html! {
        @if lesson.state == LessonState::Published {
            a href={ "/" (frame.language) "/lessons/" (lesson.slug) } aria-current=[current.then_some("page")] {
                (icon::sign(lesson_sign(lesson, &frame.progress)))
                span { (lesson.title) @if of > 0 && proven > 0 { span class="sr-only" { " (" ((texts.lesson_proven)(proven, of)) ")" } } }
            }
        } @else {
            span class="rail-later" title=(texts.announced) {
                (icon::sign(Sign::Unknown))
                span { (lesson.title) span class="sr-only" { " (" (texts.announced) ")" } }
            }
        }
    }
}

fn here(headings: &[(String, String)]) -> Markup {
    html! {
        @if !headings.is_empty() {
            ul class="rail-here" { @for (id, text) in headings { li { a href={ "#" (id) } { (text) } } } }
        }
    }
}
