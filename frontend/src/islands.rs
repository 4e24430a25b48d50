//! The islands: the parts of a page that react. Each is an element with its first state as JSON beside it.
//!
//! The server renders an island's view into the element; in the browser [`root`] takes the element over as it is
//! and hands it to `browser`, which draws the same view again whenever the state has changed.
//!
//! **Deliberately absent:** Leptos views of the inside. A page holds many small states that change rarely; drawing
//! a view to text and patching the difference costs a quarter of the WebAssembly (see ARCHITECTURE.md, “Islands”).

#![expect(
    missing_docs,
    reason = "the island macro makes a type for the properties and cannot document it"
)]

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use wire::{Lab, Language};

use crate::views::exercise::Card;
use crate::views::grid::ClassView;
use crate::views::lab::Pill;

/// What the dock starts from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DockStart {
    /// The lab.
    pub lab: Lab,
    /// Whether the reader has joined.
    pub joined: bool,
    /// The page's path after the language.
    pub path: String,
}

/// The first state of an island.
#[derive(Clone, Debug)]
pub(crate) enum Start {
    Page,
    Pill(Box<Pill>),
    Card(Box<Card>),
    Dock(Box<DockStart>),
    Class(Box<ClassView>),
}

/// The line at the top of the page: the connection, the instructor's words. Also runs the blocks of code.
#[island]
pub fn PageLife(
    /// The page's language.
    language: Language,
) -> impl IntoView {
    root("page-life", language, Start::Page)
}

/// The lab pill in the bar.
#[island]
pub fn LabPill(
    /// The page's language.
    language: Language,
    /// Its first state.
    state: Pill,
) -> impl IntoView {
    root("lab-pill", language, Start::Pill(Box::new(state)))
}

/// The live part of an exercise card.
#[island]
pub fn ExerciseLive(
    /// The page's language.
    language: Language,
    /// Its first state.
    state: Card,
) -> impl IntoView {
    root("exercise-live", language, Start::Card(Box::new(state)))
}

/// The dock with terminal, objects and architecture.
#[island]
pub fn Dock(
    /// The page's language.
    language: Language,
    /// Its first state.
    state: DockStart,
) -> impl IntoView {
    root("dock", language, Start::Dock(Box::new(state)))
}

/// The live class: facts, grid, reasons.
#[island]
pub fn ClassGrid(
    /// The page's language.
    language: Language,
    /// Its first state.
    state: ClassView,
) -> impl IntoView {
    root("class", language, Start::Class(Box::new(state)))
}

#[cfg(not(target_arch = "wasm32"))]
fn root(class: &'static str, language: Language, start: Start) -> impl IntoView {
    use crate::views::{Reader, dock, exercise, grid, lab};

    let reader = Reader::in_utc(language);
    let html = match &start {
        Start::Page => String::new(),
        Start::Pill(state) => lab::pill(reader, state).into_string(),
        Start::Card(state) => exercise::card(reader, state).into_string(),
        Start::Dock(state) => {
            dock::skeleton(reader, &state.lab, state.joined, &state.path).into_string()
        }
        Start::Class(state) => grid::class(reader, state).into_string(),
    };
    view! { <div class=class inner_html=html></div> }
}

#[cfg(target_arch = "wasm32")]
fn root(class: &'static str, language: Language, start: Start) -> impl IntoView {
    let node = NodeRef::<leptos::html::Div>::new();
    node.on_load(move |element| crate::browser::attach(&element, language, start));
    view! { <div class=class node_ref=node></div> }
}
