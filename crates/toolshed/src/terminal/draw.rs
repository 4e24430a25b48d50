//! Draws a prompt and the line after it, over as many rows as they need.

use std::fmt::Write as _;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The prompt of a command's further lines.
pub(super) const CONTINUED: &str = "> ";

/// Where the last drawing left the cursor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    row: usize,
    column: usize,
}

/// Text with the columns it takes, for it may hold escape sequences.
#[derive(Clone, Debug)]
pub(super) struct Prompt {
    pub(super) text: String,
    pub(super) width: usize,
}

impl Prompt {
    /// A prompt without escape sequences.
    pub(super) fn plain(text: &str) -> Self {
        Self { text: text.to_owned(), width: text.width() }
    }
}

/// Moves on by a character on a screen of so many columns.
fn advance(place: &mut Place, character: char, columns: usize) {
    if character == '\n' {
        *place = Place { row: place.row + 1, column: CONTINUED.len() };
        return;
    }
    let width = character.width().unwrap_or(0);
    if place.column + width > columns {
        *place = Place { row: place.row + 1, column: 0 };
    }
    place.column += width;
}

/// Wipes what was drawn before and draws prompt, text and cursor.
pub(super) fn draw(
    prompt: &Prompt,
    text: &str,
    cursor: usize,
    columns: u16,
    last: &mut Place,
) -> String {
    let columns = usize::from(columns.max(2));
    let mut shown = String::from("\r");
    if last.row > 0 {
        let _ = write!(shown, "\x1b[{}A", last.row);
    }
    shown.push_str("\x1b[J");
    shown.push_str(&prompt.text);
    let mut end = Place { row: prompt.width / columns, column: prompt.width % columns };
    let mut wanted = end;
    for (at, character) in text.char_indices() {
        if at == cursor {
            wanted = end;
        }
        advance(&mut end, character, columns);
        match character {
            '\n' => {
                shown.push('\n');
                shown.push_str(CONTINUED);
            }
            other => shown.push(other),
        }
    }
    if cursor >= text.len() {
        wanted = end;
    }
    // A terminal keeps the cursor on a full row until the next character comes.
    for place in [&mut end, &mut wanted] {
        if place.column >= columns {
            *place = Place { row: place.row + 1, column: 0 };
        }
    }
    if end.column == 0 && end.row > 0 {
        shown.push_str(" \r\x1b[K");
    }
    if end.row > wanted.row {
        let _ = write!(shown, "\x1b[{}A", end.row - wanted.row);
    }
    shown.push('\r');
    if wanted.column > 0 {
        let _ = write!(shown, "\x1b[{}C", wanted.column);
    }
    *last = wanted;
    shown
}

/// What shows a character typed at the end of the line, when no more than that is needed.
pub(super) fn typed(character: char, columns: u16, last: &mut Place) -> Option<String> {
    let columns = usize::from(columns.max(2));
    let width = character.width().unwrap_or(0);
    if width == 0 || last.column + width > columns {
        return None;
    }
    last.column += width;
    if last.column < columns {
        return Some(character.into());
    }
    *last = Place { row: last.row + 1, column: 0 };
    Some(format!("{character} \r\x1b[K"))
}
