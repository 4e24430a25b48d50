//! The line at the top of a page: whether it is live, and the instructor's words.

use maud::{Markup, html};
use wire::Announcement;

use super::{Reader, icon};
use crate::forms;

/// What a screen reader says at once, and nobody sees.
pub fn said(words: &str) -> Markup {
    html! { p class="sr-only" role="status" data-key="said" { (words) } }
}

/// The line; empty when there is nothing to say. `back` is the page's own address.
pub fn line(reader: Reader, connected: bool, words: Option<&Announcement>, back: &str) -> Markup {
    let texts = reader.texts;
    html! {
        @if !connected {
            p class="life-line" role="status" data-key="line" { (icon::sign(icon::Sign::Unknown)) (texts.reconnecting) }
        }
        @if let Some(words) = words {
            div class="life-line words" role="status" data-key="words" {
                p { b { (texts.announcement) ": " } (words.text) }
                form method="post" action=(forms::dismiss(reader.language)) data-do="dismiss" data-with=(words.at) {
                    input type="hidden" name="at" value=(words.at);
                    input type="hidden" name="back" value=(back);
                    button class="icon-button" aria-label=(texts.dismiss) title=(texts.dismiss) { (icon::stroke(icon::CLOSE)) }
                }
            }
        }
    }
}
