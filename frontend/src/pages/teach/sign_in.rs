//! Signing in as an instructor with the one-time link: a button, so that link previews do not use it up.

use maud::html;

use crate::components::document::{Layout, document, problem};
use crate::forms;
use crate::i18n::page_texts;
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
    let language = page.frame.language;
    let texts = page_texts(language);
    let body = html! {
        main id="content" class="narrow" tabindex="-1" {
            h1 { (texts.sign_in) }
            p class="lede" { (texts.sign_in_text) }
            (problem(page.problem.as_ref()))
            form class="form" method="post" action=(forms::sign_in(language)) {
                @if page.token.is_empty() {
                    label { span { (texts.token) }
                        input name="token" required autocomplete="off" spellcheck="false" maxlength="200" autofocus;
                        small { (texts.token_hint) } }
                } @else { input type="hidden" name="token" value=(page.token); }
                button class="button primary large" { (texts.sign_in) }
            }
        }
    };
    document(&page.frame, Layout::Plain, false, &body)
}
