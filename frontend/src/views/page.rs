//! The line at the top of a page: whether it is live, and the instructor's words.

use maud::{Markup, html};
use wire::Announcement;

use super::{Reader, icon};

/// The line; empty when there is nothing to say.
pub fn line(reader: Reader, connected: bool, words: Option<&Announcement>) -> Markup {
    let texts = reader.texts;
    html! {
        @if !connected {
            p role="status" { (icon::sign(icon::Sign::Unknown)) (texts.reconnecting) }
        }
        @if let Some(words) = words {
            p class="words" role="status" {
                span { b { (texts.announcement) ": " } (words.text) }
                button type="button" class="icon-button" data-do="dismiss" aria-label=(texts.dismiss) { (icon::stroke(icon::CLOSE)) }
            }
        }
    }
}
