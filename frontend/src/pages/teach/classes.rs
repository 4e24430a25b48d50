//! The instructor's classes, and the form for a new one.

use maud::{Markup, html};
use wire::{Class, Language, Millis};

use crate::components::document::{Layout, document, problem};
use crate::forms;
use crate::i18n::{self, page_texts};
use crate::pages::Frame;
use crate::views::time;

/// What the list of classes shows.
#[derive(Clone, Debug)]
pub struct ClassesPage {
    /// What surrounds it.
    pub frame: Frame,
    /// The classes, newest first.
    pub classes: Vec<wire::Class>,
    /// What was typed before, when the form comes back with a problem.
    pub draft: Option<wire::NewClass>,
    /// Why the class could not be created.
    pub problem: Option<wire::Problem>,
}

/// Makes the document.
pub fn render(page: &ClassesPage) -> String {
    let texts = page_texts(page.frame.language);
    let body = html! {
        main id="content" class="classes" tabindex="-1" {
            header class="teach-head" {
                h1 { (texts.classes) }
                form class="sign-out" method="post" action=(forms::sign_out(page.frame.language)) {
                    button class="button" { (texts.sign_out) }
                }
            }
            div class="classes-split" {
                section {
                    @if page.classes.is_empty() { p class="empty" { (texts.classes_none) } }
                    ul class="class-list" { @for class in &page.classes { (entry(page, class)) } }
                }
                (new_class(page))
            }
        }
    };
    document(&page.frame, Layout::Wide, false, &body)
}

fn entry(page: &ClassesPage, class: &Class) -> Markup {
    let language = page.frame.language;
    let texts = page_texts(language);
    html! {
        li {
            h2 { a href={ "/" (language) "/teach/classes/" (class.code) } { (class.name) } }
            p class="quiet num" {
                code { (class.code) }
                span { ((texts.taken)(class.learners, class.seats)) }
                span { (i18n::own_name(class.language)) }
                @if let Some(starts) = class.starts { span { (texts.from) " " (time::date_and_time(starts)) } }
                @if let Some(ends) = class.ends { span { (texts.until) " " (time::date_and_time(ends)) } } @else { span { (texts.class_open) } }
            }
        }
    }
}

fn new_class(page: &ClassesPage) -> Markup {
    let language = page.frame.language;
    let texts = page_texts(language);
    let draft = page.draft.as_ref();
    let chosen = draft.map_or(language, |draft| draft.language);
    let moment = |at: Option<Millis>| at.map(time::input_value).unwrap_or_default();
    html! {
        form class="card form" method="post" action=(forms::classes(language)) {
            h2 { (texts.class_new) }
            (problem(page.problem.as_ref()))
            label { span { (texts.class_name) } input name="name" required maxlength="80" value=(draft.map_or("", |draft| draft.name.as_str())); }
            label { span { (texts.class_language) }
                select name="language" {
                    @for other in Language::ALL { option value=(other) selected[other == chosen] { (i18n::own_name(other)) } }
                } }
            label { span { (texts.class_seats) } input name="seats" type="number" min="1" max="1000" required value=(draft.map_or(30, |draft| draft.seats)); }
            div class="form-pair" {
                label { span { (texts.class_starts) } input name="starts" type="datetime-local" value=(moment(draft.and_then(|draft| draft.starts))); }
                label { span { (texts.class_ends) } input name="ends" type="datetime-local" value=(moment(draft.and_then(|draft| draft.ends))); }
            }
            small { (texts.utc) }
            button class="button primary" { (texts.class_new) }
        }
    }
}
