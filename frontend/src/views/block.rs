//! What stands below a block of code that went no further than one of its commands.

use maud::{Markup, html};

use super::Reader;
use crate::model::typist::Outcome;

/// Where the block stopped, and why.
pub fn stopped(reader: Reader, command: &str, outcome: Outcome) -> Markup {
    let texts = reader.texts;
    let first = command.lines().next().unwrap_or_default();
    html! {
        p data-key="stopped" {
            (texts.block_stopped) " " code { (first.trim_end_matches('\\').trim_end()) @if command.contains('\n') { " …" } } ": "
            @match outcome {
                Outcome::Code(126 | 127) => (texts.stopped_no_command),
                Outcome::Code(130) => (texts.stopped_by_key),
                Outcome::Code(code) => ((texts.stopped_code)(code)),
                Outcome::Unseen => (texts.stopped_unseen),
            }
        }
    }
}

/// How many of its commands have not been typed, and the way to type them after all, from `line` on.
pub fn left_out(reader: Reader, count: u32, line: usize) -> Markup {
    let texts = reader.texts;
    html! {
        p data-key="left-out" {
            ((texts.left_out)(count)) " "
            button type="button" class="link" data-do="run-rest" data-with=(line) { (texts.run_rest) }
        }
    }
}
