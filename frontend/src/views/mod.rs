//! Views: functions from a state and the texts of one language to markup, for the server and the browser alike.
//!
//! **Invariant:** a view reads nothing but its arguments. What can be acted on carries `data-do`, which the island
//! around it understands, and is a plain form or link as well, so that it works without a script.

pub mod architecture;
pub mod block;
pub mod dock;
pub mod exercise;
#[cfg(not(target_arch = "wasm32"))]
pub mod grid;
pub mod help;
pub mod icon;
pub mod lab;
pub mod object;
pub mod objects;
pub mod page;
pub mod plan;
pub mod rail;
pub mod text;
pub mod time;

use wire::{Language, Millis};

use crate::i18n::{self, Texts};

/// Who reads a view: the language, its texts, and how she sees the time of day.
#[derive(Clone, Copy, Debug)]
pub struct Reader {
    /// The language.
    pub language: Language,
    /// Its texts.
    pub texts: &'static Texts,
    /// Writes the time of day: UTC on the server, her own in the browser.
    pub clock: fn(Millis, Language) -> String,
}

impl Reader {
    /// A reader whose time zone is not known.
    pub fn in_utc(language: Language) -> Self {
        Self { language, texts: i18n::texts(language), clock: |at, _| time::utc_clock(at) }
    }
}
