//! The islands: the parts of a page that react. Each is an element with its first state as JSON in `data-state`.
//!
//! The server renders an island's view into the element; in the browser [`root`] takes the element over as it is
//! and hands it to `browser`, which draws the same view again whenever the state has changed.
//!
//! **Deliberately absent:** Leptos views of the inside, and properties. A page holds many small states that change
//! rarely; drawing a view to text and patching the difference, and reading JSON with the browser's own parser, costs
//! a fraction of the WebAssembly (see ARCHITECTURE.md, “Islands”).

use leptos::prelude::*;

/// Which island an element is.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Page,
    Hand,
    Pill,
    Card,
    Dock,
}

/// The line at the top of the page: the connection, the instructor's words. Also runs the blocks of code.
#[island]
pub fn PageLife() -> impl IntoView {
    root("page-life", Kind::Page)
}

/// The lab pill in the bar.
#[island]
pub fn LabPill() -> impl IntoView {
    root("lab-pill", Kind::Pill)
}

/// The raised hand in the bar.
#[island]
pub fn RaisedHand() -> impl IntoView {
    root("raised-hand", Kind::Hand)
}

/// The live part of an exercise card.
#[island]
pub fn ExerciseLive() -> impl IntoView {
    root("exercise-live", Kind::Card)
}

/// The dock with terminal, objects and architecture.
#[island]
pub fn Dock() -> impl IntoView {
    root("dock", Kind::Dock)
}

#[cfg(not(target_arch = "wasm32"))]
pub(crate) use server::Start;

#[cfg(target_arch = "wasm32")]
fn root(class: &'static str, kind: Kind) -> impl IntoView {
    view! { <div class=class use:attach=kind></div> }
}

/// Hands the element to its island; as a directive, for a `NodeRef` brings the machinery of effects along.
#[cfg(target_arch = "wasm32")]
fn attach(element: web_sys::Element, kind: Kind) {
    use wasm_bindgen::JsCast;

    use crate::browser;

    let element: web_sys::HtmlElement = element.unchecked_into();
    match kind {
        Kind::Page => browser::page::attach(&element),
        Kind::Hand => browser::hand::attach(&element),
        Kind::Pill => browser::pill::attach(&element),
        Kind::Card => browser::card::attach(&element),
        Kind::Dock => browser::dock::attach(&element),
    }
}

#[cfg(not(target_arch = "wasm32"))]
fn root(class: &'static str, kind: Kind) -> impl IntoView {
    let (html, state) = server::first(kind);
    view! { <div class=class data-state=state inner_html=html></div> }
}

#[cfg(not(target_arch = "wasm32"))]
mod server {
    //! The server's half: the first state, provided around an island, as HTML and as JSON.

    use leptos::prelude::use_context;
    use wire::{Announcement, Language};

    use super::Kind;
    use crate::views::dock::DockStart;
    use crate::views::exercise::Card;
    use crate::views::help::Hand;
    use crate::views::lab::Pill;
    use crate::views::{Reader, dock, exercise, help, lab, page};

    /// The first state of the island that it is provided around.
    #[derive(Clone, Debug)]
    pub(crate) enum Start {
        /// The instructor's words, and the page's path to come back to.
        Page(Language, Option<Announcement>, String),
        Hand(Language, Box<Hand>),
        Pill(Language, Box<Pill>),
        Card(Language, Box<Card>),
        Dock(Language, Box<DockStart>),
    }

    /// The view of the first state, and the state itself.
    pub(super) fn first(kind: Kind) -> (String, Option<String>) {
        let Some(start) = use_context() else { return (String::new(), None) };
        match (kind, start) {
            (Kind::Page, Start::Page(language, words, back)) => {
                let view = maud::html! {
                    (page::line(Reader::in_utc(language), true, words.as_ref(), &back))
                    (page::said(""))
                };
                (view.into_string(), words.and_then(|words| json(&words)))
            }
            (Kind::Hand, Start::Hand(language, state)) => {
                (help::hand(Reader::in_utc(language), &state).into_string(), json(&state))
            }
            (Kind::Pill, Start::Pill(language, state)) => {
                (lab::pill(Reader::in_utc(language), &state).into_string(), json(&state))
            }
            (Kind::Card, Start::Card(language, state)) => {
                (exercise::card(Reader::in_utc(language), &state).into_string(), json(&state))
            }
            (Kind::Dock, Start::Dock(language, state)) => {
                (dock::skeleton(Reader::in_utc(language), &state).into_string(), json(&state))
            }
            (Kind::Page | Kind::Hand | Kind::Pill | Kind::Card | Kind::Dock, _) => {
                (String::new(), None)
            }
        }
    }

    fn json(state: &impl serde::Serialize) -> Option<String> {
        serde_json::to_string(state).ok()
    }
}
