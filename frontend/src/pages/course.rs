//! The course as a map: modules, lessons, where the learner stands.

use maud::{Markup, html};
use wire::{CourseLesson, CourseModule, LessonState};

use super::{Frame, Link};
use crate::components::document::{Layout, document};
use crate::components::rail;
use crate::forms;
use crate::i18n::page_texts;
use crate::views::icon::{self, Sign};
use crate::views::rail as view;

/// What the course page shows; the map itself is `frame.course`.
#[derive(Clone, Debug)]
pub struct CoursePage {
    /// What surrounds it.
    pub frame: Frame,
    /// Where to go on: the first lesson that is not proven yet.
    pub continue_at: Option<Link>,
    /// Whether the class `open` takes everyone, so that a name is enough to join.
    pub open: bool,
}

/// Makes the document.
pub fn render(page: &CoursePage) -> String {
    let frame = &page.frame;
    let main = html! {
        div class="course" {
            (hero(page))
            (facts(frame))
            @for module in &frame.course.modules { (module_map(frame, module)) }
        }
    };
    let body = html! { main id="content" tabindex="-1" { (main) } };
    document(frame, Layout::Plain, frame.lab.is_some(), &body)
}

fn hero(page: &CoursePage) -> Markup {
    let frame = &page.frame;
    let texts = page_texts(frame.language);
    html! {
        section class="hero" {
            div {
                @if let Some(learner) = &frame.learner { p class="label" { ((texts.hello)(&learner.name)) } }
                h1 { (frame.course.title) }
                p class="lede" { (texts.course_lede) }
                @if let Some(link) = &page.continue_at {
                    a class="button primary large" href=(link.href) {
                        span { (if frame.progress.is_empty() { texts.begin } else { texts.continue_at }) ": " b { (link.text) } }
                        (icon::stroke(icon::NEXT))
                    }
                }
            }
            @if frame.learner.is_none() { (join(page)) }
        }
    }
}

fn join(page: &CoursePage) -> Markup {
    let language = page.frame.language;
    let texts = page_texts(language);
    html! {
        form class="card form" method="post" action=(forms::join(language)) {
            h2 { (texts.join_title) }
            p class="quiet small" { (texts.join_lede) }
            label { span { (texts.code) }
                input name="code" required maxlength="40" autocapitalize="characters" autocomplete="off" spellcheck="false" value=(if page.open { "open" } else { "" });
                small { (texts.code_hint) @if page.open { " " (texts.code_alone) } } }
            label { span { (texts.your_name) }
                input name="name" required maxlength="60" autocomplete="given-name";
                small { (texts.name_hint) } }
            button class="button primary" { (texts.join) }
        }
    }
}

fn facts(frame: &Frame) -> Markup {
    let texts = page_texts(frame.language);
    let facts = [
        (texts.course_how, texts.course_how_text),
        (texts.course_lab, texts.course_lab_text),
        (texts.course_yours, texts.course_yours_text),
    ];
    html! {
        @if frame.learner.is_none() {
            ul class="how" { @for (title, text) in facts { li { b { (title) } p { (text) } } } }
        }
    }
}

fn module_map(frame: &Frame, module: &CourseModule) -> Markup {
    html! {
        section class="module" {
            h2 { (module.title) }
            ol class="lessons" { @for lesson in &module.lessons { (lesson_entry(frame, lesson)) } }
        }
    }
}

fn lesson_entry(frame: &Frame, lesson: &CourseLesson) -> Markup {
    let texts = page_texts(frame.language);
    let published = lesson.state == LessonState::Published;
    let states = rail::states(lesson, &frame.progress);
    let (proven, of) = view::proven(&states);
    html! {
        li class={ "lesson-entry" @if !published { " later" } } {
            (icon::sign(if published { view::sign(&states) } else { Sign::Unknown }))
            div {
                h3 {
                    span class="lesson-number num" { (lesson.number) } " "
                    @if published { a href={ "/" (frame.language) "/lessons/" (lesson.slug) } { (lesson.title) } } @else { (lesson.title) }
                }
                p { (lesson.summary) }
                p class="lesson-facts num" {
                    @if !published { span class="tag" { (texts.announced) } }
                    span { ((texts.minutes)(lesson.minutes)) }
                    @if of > 0 {
                        span { @if proven > 0 { ((crate::i18n::texts(frame.language).lesson_proven)(proven, of)) } @else { ((texts.exercises)(of)) } }
                    }
                    @if !lesson.needs.is_empty() { span { (texts.needs_lessons) " " (needs(frame, lesson)) } }
                }
            }
        }
    }
}

/// The numbers of the lessons to have read before.
fn needs(frame: &Frame, lesson: &CourseLesson) -> String {
    let lessons = frame.course.modules.iter().flat_map(|module| &module.lessons);
    let numbers = lessons.filter(|other| lesson.needs.contains(&other.slug)).map(|it| it.number);
    numbers.map(|number| number.to_string()).collect::<Vec<_>>().join(", ")
}
