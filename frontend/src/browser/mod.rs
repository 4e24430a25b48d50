//! The browser's half of the islands: it listens, asks the server, and draws the views again.
//!
//! ```text
//! EventSource ─► store ─► pill, card, page, dock, class ─► views ─► hangar.patch
//! ```
//!
//! **Invariant:** one connection for events a page. State lives in the islands; the store only passes on what
//! happened. Nothing is drawn that the server did not say.

mod card;
mod class;
mod dock;
mod dom;
mod http;
mod page;
mod pill;
mod shell;
mod shells;
mod store;

use wire::Language;

use crate::i18n;
use crate::islands::Start;
use crate::views::Reader;

/// Takes over the element of an island.
pub(crate) fn attach(element: &web_sys::HtmlElement, language: Language, start: Start) {
    let reader = Reader { language, texts: i18n::texts(language), clock: dom::clock };
    match start {
        Start::Page => page::attach(element, reader),
        Start::Pill(state) => pill::attach(element, reader, *state),
        Start::Card(state) => card::attach(element, reader, *state),
        Start::Dock(state) => dock::attach(element, reader, &state),
        Start::Class(state) => class::attach(element, reader, *state),
    }
}
