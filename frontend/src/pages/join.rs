//! Joining a class: a code, a name.

use maud::{Markup, html};

use super::Frame;
use crate::components::document::{Layout, PROBLEM, document, problem};
use crate::forms;
use crate::i18n::page_texts;

/// What the join page shows.
#[derive(Clone, Debug)]
pub struct JoinPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The code of the link, or what was typed before.
    pub code: String,
    /// The class's name, when the code is known.
    pub class_name: Option<String>,
    /// Whether the class is there that is open to everyone.
    pub open: bool,
    /// Whether nobody can take a seat in that class now.
    pub closed: bool,
    /// The name typed before, when the form comes back with a problem.
    pub name: String,
    /// Why joining did not work.
    pub problem: Option<wire::Problem>,
}

/// Makes the document.
pub fn render(page: &JoinPage) -> String {
    let language = page.frame.language;
    let texts = page_texts(language);
    let body = html! {
        main id="content" class="narrow" tabindex="-1" {
            h1 { (texts.join_title) }
            p class="lede" {
                @match &page.class_name {
                    Some(name) if page.closed => b { (name) },
                    Some(name) => ((texts.join_class)(name)),
                    None => (texts.join_lede),
                }
            }
            (problem(page.problem.as_ref()))
            @if page.closed {
                p class="ways" {
                    a class="button primary large" href={ "/" (language) "/join" } { (texts.join_other) }
                    a class="quiet" href={ "/" (language) "/" } { (texts.error_home) }
                }
            } @else { (form(page)) }
        }
    };
    document(&page.frame, Layout::Plain, false, &body)
}

/// What is asked for; the keyboard begins at what is missing or wrong.
fn form(page: &JoinPage) -> Markup {
    let language = page.frame.language;
    let texts = page_texts(language);
    let known = page.class_name.is_some();
    let wrong = page.problem.as_ref().map(|problem| problem.code.as_str());
    let wrong_code = wrong == Some("class-unknown");
    let wrong_name = wrong.is_some_and(|code| code.starts_with("name-"));
    let at_code = page.code.is_empty() || wrong_code;
    let about = |wrong: bool| wrong.then_some(PROBLEM);
    let invalid = |wrong: bool| wrong.then_some("true");
    html! {
        form class="form" method="post" action=(forms::join(language)) {
            @if known {
                input type="hidden" name="code" value=(page.code);
            } @else {
                label { span { (texts.code) }
                    input name="code" required maxlength="40" value=(page.code) autocapitalize="characters" autocomplete="off" spellcheck="false"
                        autofocus[at_code] aria-invalid=[invalid(wrong_code)] aria-describedby=[about(wrong_code)];
                    small { (texts.code_hint) @if page.open { " " (texts.code_alone) } } }
            }
            label { span { (texts.your_name) }
                input name="name" required maxlength="60" value=(page.name) autocomplete="given-name"
                    autofocus[!at_code] aria-invalid=[invalid(wrong_name)] aria-describedby=[about(wrong_name)];
                small { (texts.name_hint) } }
            button class="button primary large" { (texts.join) }
            @if known { a class="quiet" href={ "/" (language) "/join" } { (texts.join_other) } }
        }
    }
}
