//! The course's rail: modules, lessons, how far one is, and the headings of the lesson that one reads.

use std::collections::BTreeMap;

use maud::{Markup, html};
use wire::{CourseLesson, ExerciseId, ExerciseState, LessonState};

use crate::i18n::page_texts;
use crate::pages::Frame;
use crate::views::Reader;
use crate::views::icon::{self, Sign};
use crate::views::rail::{self as view, States};

/// How far each exercise of a lesson is.
pub(crate) fn states(
    lesson: &CourseLesson,
    progress: &BTreeMap<ExerciseId, ExerciseState>,
) -> States {
    let state = |id: &ExerciseId| progress.get(id).copied().unwrap_or(ExerciseState::NotStarted);
    lesson.exercises.iter().map(|one| (one.id.clone(), state(&one.id))).collect()
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
    let states = states(lesson, &frame.progress);
    html! {
        @if lesson.state == LessonState::Published {
            a href={ "/" (frame.language) "/lessons/" (lesson.slug) } aria-current=[current.then_some("page")] data-states=(view::write(&states)) data-title=(lesson.title) {
                (view::inside(Reader::in_utc(frame.language), &lesson.title, &states))
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
