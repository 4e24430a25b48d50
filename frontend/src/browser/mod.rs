//! The browser's half of the islands: it listens, asks the server, and draws the views again.
//!
//! ```text
//! EventSource ─► store ─► pill, hand, card, page, dock ─► views ─► hangar.patch
//! ```
//!
//! **Invariant:** one connection for events a page. State lives in the islands; the store only passes on what
//! happened. Nothing is drawn that the server did not say.

pub(crate) mod card;
mod decode;
pub(crate) mod dock;
mod dom;
pub(crate) mod hand;
mod http;
mod json;
mod marks;
pub(crate) mod page;
mod panels;
pub(crate) mod pill;
mod rail;
mod shell;
mod shells;
mod store;

use crate::i18n;
use crate::views::Reader;

/// Opens the server's events to every island that is attached.
pub fn follow() {
    store::open();
}

/// Who reads this page.
pub(crate) fn reader() -> Reader {
    let root = dom::document().document_element();
    let code = root.and_then(|root| root.get_attribute("lang")).unwrap_or_default();
    let language = code.parse().unwrap_or_default();
    Reader { language, texts: i18n::texts(language), clock: dom::clock }
}
