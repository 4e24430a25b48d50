//! Pages for what went wrong: not found, forbidden, broken, too early.

use maud::html;
use wire::CourseLesson;

use super::{Frame, Link};
use crate::components::document::{Layout, document};
use crate::i18n::page_texts;

/// What an error page shows.
#[derive(Clone, Debug)]
pub struct ErrorPage {
    /// What surrounds it.
    pub frame: Frame,
    /// What happened, why, and what to do next. Its status is shown too.
    pub problem: wire::Problem,
}

/// Makes the document.
pub fn render(page: &ErrorPage) -> String {
    let frame = &page.frame;
    let texts = page_texts(frame.language);
    let status = page.problem.status;
    let way = way(frame, &page.problem);
    let body = html! {
        main id="content" class="narrow error" tabindex="-1" {
            @if let Some(lesson) = announced(frame, &page.problem) { h1 { (lesson.title) } } @else {
                p class="error-status num" { (status) }
                h1 { ((texts.error_title)(u32::from(status))) }
            }
            p class="lede" { (page.problem.title) }
            @if let Some(next) = &page.problem.next { p { (next) } }
            p { a class="button primary" href=(way.href) { (way.text) } }
        }
    };
    document(frame, Layout::Plain, false, &body)
}

/// The lesson that the page would show, were it written.
fn announced<'a>(frame: &'a Frame, problem: &wire::Problem) -> Option<&'a CourseLesson> {
    let slug =
        frame.path.strip_prefix("/lessons/").filter(|_| problem.code == "lesson-announced")?;
    let mut lessons = frame.course.modules.iter().flat_map(|module| &module.lessons);
    lessons.find(|lesson| lesson.slug.as_str() == slug)
}

/// Where to go from here: to what is missing, else to where the reader was.
fn way(frame: &Frame, problem: &wire::Problem) -> Link {
    let texts = page_texts(frame.language);
    let (text, path) = match (problem.code.as_str(), frame.path.as_str()) {
        ("signed-out", _) => (texts.join_title, "/join"),
        ("instructor-only", _) => (texts.sign_in, "/teach/sign-in"),
        (_, "/me") => (texts.error_me, "/me"),
        (_, path) if path.starts_with("/teach/") => (texts.error_back, "/teach"),
        _ => (texts.error_home, "/"),
    };
    Link { text: text.to_owned(), href: format!("/{}{path}", frame.language) }
}
