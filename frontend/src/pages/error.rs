//! Pages for what went wrong: not found, forbidden, broken, too early.

use maud::html;

use super::Frame;
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
    let body = html! {
        main id="content" class="narrow error" tabindex="-1" {
            p class="error-status num" { (status) }
            h1 { ((texts.error_title)(u32::from(status))) }
            p class="lede" { (page.problem.title) }
            @if let Some(next) = &page.problem.next { p { (next) } }
            p { a class="button primary" href={ "/" (frame.language) "/" } { (texts.error_home) } }
        }
    };
    document(frame, Layout::Plain, false, &body)
}
