//! What pages are made of, besides views: the document, the bar, the rail, the blocks of a lesson.
//!
//! **Invariant:** server-only; nothing in here reacts.

pub(crate) mod block;
pub(crate) mod document;
pub(crate) mod rail;

use leptos::prelude::*;
use maud::{Markup, PreEscaped};

use crate::islands::Start;

/// Renders an island where it stands, with its first state beside it.
pub(crate) fn island<V: IntoView>(start: Start, view: impl FnOnce() -> V) -> Markup {
    let owner = Owner::new_root(None);
    let html = owner.with(|| {
        provide_context(start);
        view().to_html()
    });
    owner.cleanup();
    PreEscaped(html)
}
