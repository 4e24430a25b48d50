//! The raised hand in the bar: asks the instructor for help, and takes it back.

use maud::{Markup, html};
use wire::Help;

use super::{Reader, icon};
use crate::forms;

/// What the hand shows.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Hand {
    /// Whether it is up.
    pub help: Help,
    /// The page's path after the language, to come back to.
    pub path: String,
    /// What went wrong with the last action.
    pub problem: Option<String>,
}

/// The button with its menu.
pub fn hand(reader: Reader, state: &Hand) -> Markup {
    let texts = reader.texts;
    let up = state.help.raised_at.is_some();
    let word = if up { texts.help_up } else { texts.help_raise };
    html! {
        details class="pill-menu hand" data-key="hand" {
            summary class={ "hand-button" @if up { " up" } } title=(word) {
                (icon::stroke(icon::HAND)) span class="hand-text" { (word) }
            }
            div class="menu" {
                @match state.help.raised_at {
                    Some(at) => {
                        p { ((texts.help_since)(&(reader.clock)(at, reader.language))) }
                        @if !state.help.note.is_empty() { p class="quiet" { "“" (state.help.note) "”" } }
                    }
                    None => p { (texts.help_hint) },
                }
                (form(reader, state, up))
                @if let Some(problem) = &state.problem { p class="bad" role="alert" { (problem) } }
            }
        }
    }
}

fn form(reader: Reader, state: &Hand, up: bool) -> Markup {
    let texts = reader.texts;
    let action = if up { "lower" } else { "raise" };
    html! {
        form class="form" method="post" action=(forms::help(reader.language)) data-do="help" data-with=(action) data-key=(action) {
            input type="hidden" name="action" value=(action);
            input type="hidden" name="back" value={ "/" (reader.language) (state.path) };
            @if !up {
                label { span { (texts.help_note) } input name="note" maxlength="300" autocomplete="off"; }
            }
            button class=(if up { "button" } else { "button primary" }) {
                (if up { texts.help_lower } else { texts.help_raise })
            }
        }
    }
}
