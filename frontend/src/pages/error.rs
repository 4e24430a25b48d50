//! Pages for what went wrong: not found, forbidden, broken, too early.

use super::Frame;

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
    page.problem.title.clone()
}
