//! The document around every page: head, bar, footer, and the addresses that the scripts need.
//!
//! **Invariant:** no inline script and no inline style, so that the strictest content security policy holds.

use leptos::prelude::*;
use maud::{DOCTYPE, Markup, html};
use wire::Language;

use super::{island, rail};
use crate::forms;
use crate::i18n::{self, page_texts};
use crate::islands::{LabPill, PageLife, RaisedHand, Start};
use crate::pages::{Crumb, Frame, Theme};
use crate::views::help::Hand;
use crate::views::icon;
use crate::views::lab::Pill;

/// How a page is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// One column of text.
    Plain,
    /// Rail, lesson, dock.
    Workbench,
    /// The whole width, for tables.
    Wide,
}

/// The whole document. `live` pages load the WebAssembly.
pub(crate) fn document(frame: &Frame, layout: Layout, live: bool, body: &Markup) -> String {
    let assets = &frame.assets;
    let theme = (frame.theme != Theme::Auto).then(|| frame.theme.code());
    let kind = match layout {
        Layout::Plain => "plain",
        Layout::Workbench => "workbench",
        Layout::Wide => "wide",
    };
    let page = html! {
        (DOCTYPE)
        html lang=(frame.language) data-theme=[theme] {
            head { (head(frame)) }
            body class=(kind) data-app=[live.then(|| assets.url("app.js"))] data-wasm=[live.then(|| assets.url("app_bg.wasm"))]
                data-terminal=(assets.url("terminal.js")) data-terminal-style=(assets.url("terminal.css"))
                data-events=[frame.learner.as_ref().map(|_| format!("/api/v1/events?lang={}", frame.language.code()))] {
                a class="skip" href="#content" { (page_texts(frame.language).skip) }
                (bar(frame, layout))
                @if live { (island(Start::Page(frame.language, frame.announcement.clone(), here(frame)), || view! { <PageLife /> })) }
                (body)
                @if layout == Layout::Workbench { p class="turned sr-only" role="status" {} }
            }
        }
    };
    page.into_string()
}

fn head(frame: &Frame) -> Markup {
    let texts = page_texts(frame.language);
    let assets = &frame.assets;
    html! {
        meta charset="utf-8";
        meta name="viewport" content="width=device-width, initial-scale=1";
        title { @if frame.title.is_empty() { "Hangar · " (texts.product) } @else { (frame.title) " · Hangar" } }
        meta name="description" content=(if frame.description.is_empty() { texts.product } else { &frame.description });
        meta name="color-scheme" content=(match frame.theme { Theme::Auto => "light dark", Theme::Light => "light", Theme::Dark => "dark" });
        link rel="stylesheet" href=(assets.url("app.css"));
        link rel="icon" href="/static/icons/hangar.svg" type="image/svg+xml";
        @for language in Language::ALL { link rel="alternate" hreflang=(language) href={ (frame.origin) "/" (language) (frame.path) }; }
        script type="module" src=(assets.url("boot.js")) {}
    }
}

fn bar(frame: &Frame, layout: Layout) -> Markup {
    let texts = page_texts(frame.language);
    let home = format!("/{}/", frame.language);
    html! {
        header class="bar" {
            @if layout == Layout::Workbench {
                button type="button" class="icon-button rail-button" popovertarget="rail" aria-label=(texts.course_rail) { (icon::stroke(icon::LIST)) }
            }
            a class="mark" href=(home) { (icon::mark()) "hangar" }
            nav class="crumbs" aria-label=(texts.crumbs) { (crumbs(&frame.crumbs)) }
            div class="bar-end" {
                @if frame.lab.is_some() && frame.learner.is_some() {
                    @let state = Hand { help: frame.help.clone(), path: frame.path.clone(), problem: None };
                    (island(Start::Hand(frame.language, Box::new(state)), || view! { <RaisedHand /> }))
                }
                @if let Some(lab) = &frame.lab {
                    @let state = Pill { lab: lab.clone(), joined: frame.learner.is_some(), now: frame.now, path: frame.path.clone(), problem: None };
                    (island(Start::Pill(frame.language, Box::new(state)), || view! { <LabPill /> }))
                }
                button type="button" class="icon-button tools-button" popovertarget="tools" aria-label=(texts.settings) { (icon::stroke(icon::MORE)) }
                div class="tools" id="tools" popover="auto" { (tools(frame)) }
            }
        }
    }
}

/// This page's address.
fn here(frame: &Frame) -> String {
    format!("/{}{}", frame.language, frame.path)
}

fn crumbs(crumbs: &[Crumb]) -> Markup {
    html! {
        ol {
            @for crumb in crumbs {
                li {
                    @match &crumb.href {
                        Some(href) => a href=(href) { (crumb.text) },
                        None => span aria-current="page" { (crumb.text) },
                    }
                }
            }
        }
    }
}

fn tools(frame: &Frame) -> Markup {
    let texts = page_texts(frame.language);
    let language = frame.language;
    html! {
        @if frame.instructor { a class="tool" href={ "/" (language) "/teach" } { (texts.teach) } }
        @if let Some(learner) = &frame.learner {
            a class="tool learner-name" href={ "/" (language) "/me" } title=(texts.me) { (learner.name) }
        }
        nav class="languages" aria-label=(texts.language) {
            @for other in Language::ALL {
                a href={ "/" (other) (frame.path) } hreflang=(other) lang=(other) title=(i18n::own_name(other))
                    aria-current=[(other == language).then_some("true")] { (other.code().to_uppercase()) }
            }
        }
        form class="themes" method="post" action=(forms::THEME) aria-label=(texts.theme) {
            input type="hidden" name="back" value=(here(frame));
            @let next = match frame.theme { Theme::Auto => Theme::Dark, Theme::Dark => Theme::Light, Theme::Light => Theme::Auto };
            @let word = match next { Theme::Auto => texts.theme_auto, Theme::Light => texts.theme_light, Theme::Dark => texts.theme_dark };
            button class="icon-button" name="theme" value=(next.code()) aria-label={ (texts.theme) ": " (word) } title={ (texts.theme) ": " (word) }
                data-auto=(texts.theme_auto) data-light=(texts.theme_light) data-dark=(texts.theme_dark) data-label=(texts.theme) {
                (icon::stroke(icon::THEME))
            }
        }
    }
}

/// A page with the course's rail and one column.
pub(crate) fn with_rail(frame: &Frame, main: &Markup) -> Markup {
    html! {
        div class="frame" {
            (rail::rail(frame, &[]))
            main id="content" tabindex="-1" { (main) }
        }
    }
}

/// The id of the [`problem`] on a page: a field that is wrong points at it.
pub(crate) const PROBLEM: &str = "problem";

/// A problem as the reader sees it: what happened and what to do next.
pub(crate) fn problem(problem: Option<&wire::Problem>) -> Markup {
    html! {
        @if let Some(problem) = problem {
            div class="problem" id=(PROBLEM) role="alert" {
                p { b { (problem.title) } }
                @if let Some(next) = &problem.next { p { (next) } }
            }
        }
    }
}
