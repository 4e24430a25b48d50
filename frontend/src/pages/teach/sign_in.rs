//! Signing in as an instructor with the one-time link: a button, so that link previews do not use it up.

use crate::pages::Frame;

/// What the sign-in page shows.
#[derive(Clone, Debug)]
pub struct SignInPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The token of the link; empty when the page was opened without one.
    pub token: String,
    /// Why signing in did not work.
    pub problem: Option<wire::Problem>,
}

/// Makes the document.
pub fn render(page: &SignInPage) -> String {
    page.frame.title.clone()
}
