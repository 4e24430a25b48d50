//! What the editor shows: title, the part of the text around the cursor, a line to talk, the keys.

use std::fmt::Write as _;

use super::text::{Text, cells, width};

/// The rows that are not text: the title, the line to talk, two of keys.
const FRAME: usize = 4;

/// The keys that are always shown, by row.
const KEYS: [[(&str, &str); 6]; 2] = [
    [
        ("^G", "Help"),
        ("^O", "Write Out"),
        ("^W", "Where Is"),
        ("^K", "Cut"),
        ("M-U", "Undo"),
        ("^C", "Location"),
    ],
    [
        ("^X", "Exit"),
        ("^S", "Save"),
        ("M-W", "Next"),
        ("^U", "Paste"),
        ("^A", "Home"),
        ("^E", "End"),
    ],
];

/// The part of the text that is shown.
#[derive(Debug, Default)]
pub(super) struct Page {
    top: usize,
    /// The rows as they stand on the screen, so that only those that differ are drawn again.
    drawn: Vec<String>,
    size: (u16, u16),
}

/// What stands in the line above the keys.
pub(super) enum Talk<'a> {
    /// Nothing.
    Silence,
    /// A message.
    Message(&'a str),
    /// A question with the answer so far.
    Question(&'a str, &'a str),
}

impl Page {
    /// How many rows of text fit.
    pub(super) fn rows(size: (u16, u16)) -> usize {
        usize::from(size.1).saturating_sub(FRAME).max(1)
    }

    /// Draws everything.
    pub(super) fn draw(
        &mut self,
        text: &Text,
        name: &str,
        talk: &Talk<'_>,
        size: (u16, u16),
    ) -> String {
        let (columns, rows) = (usize::from(size.0), Self::rows(size));
        self.follow(text.cursor.row, rows);
        if self.size != size {
            self.size = size;
            self.drawn.clear();
        }
        let mut all = vec![format!("\x1b[7m{}\x1b[m", title(name, text.changed, columns))];
        let place = width(&text.lines[text.cursor.row][..text.cursor.at], 0);
        // The line with the cursor is pushed to the left by whole pages.
        let step = columns.saturating_sub(8).max(1);
        let left = if place < columns.saturating_sub(1) { 0 } else { place - place % step };
        for row in 0..rows {
            let from = if self.top + row == text.cursor.row { left } else { 0 };
            let line = text.lines.get(self.top + row).map_or("", String::as_str);
            all.push(cut(line, from, columns));
        }
        all.push(talked(talk, columns));
        all.extend(KEYS.iter().map(|keys| hints(keys, columns)));
        let mut shown = String::from("\x1b[?25l");
        for (index, row) in all.iter().enumerate() {
            if self.drawn.get(index) != Some(row) {
                let _ = write!(shown, "\x1b[{};1H\x1b[K{row}", index + 1);
            }
        }
        self.drawn = all;
        let (row, column) = match talk {
            Talk::Question(question, answer) => (rows + 2, width(question, 0) + width(answer, 0)),
            Talk::Silence | Talk::Message(_) => (text.cursor.row - self.top + 2, place - left),
        };
        let _ = write!(shown, "\x1b[{row};{}H\x1b[?25h", column.min(columns - 1) + 1);
        shown
    }

    fn follow(&mut self, row: usize, rows: usize) {
        if row < self.top {
            self.top = row.saturating_sub(rows / 2);
        } else if row >= self.top + rows {
            self.top = row - rows / 2;
        }
    }
}

fn title(name: &str, changed: bool, columns: usize) -> String {
    let state = if changed { "Modified " } else { "" };
    let name = cut(name, 0, columns.saturating_sub(20));
    let before = columns.saturating_sub(width(&name, 0)) / 2;
    let head = format!("{:before$}{name}", "  nano");
    let gap = columns.saturating_sub(width(&head, 0) + state.len());
    cut(&format!("{head}{}{state}", " ".repeat(gap)), 0, columns)
}

fn talked(talk: &Talk<'_>, columns: usize) -> String {
    match talk {
        Talk::Silence => String::new(),
        Talk::Message(message) => {
            let message = cut(&format!("[ {message} ]"), 0, columns);
            let gap = columns.saturating_sub(width(&message, 0)) / 2;
            format!("{}\x1b[7m{message}\x1b[m", " ".repeat(gap))
        }
        Talk::Question(question, answer) => {
            let line = cut(&format!("{question}{answer}"), 0, columns);
            let gap = " ".repeat(columns.saturating_sub(width(&line, 0)));
            format!("\x1b[7m{line}{gap}\x1b[m")
        }
    }
}

fn hints(keys: &[(&str, &str)], columns: usize) -> String {
    let each = (columns / keys.len()).max(12);
    let mut line = String::new();
    for (at, (key, does)) in keys.iter().enumerate() {
        if (at + 1) * each > columns {
            break;
        }
        let room = each.saturating_sub(key.len() + 1);
        let _ = write!(line, "\x1b[7m{key}\x1b[m {does:<room$.room$}");
    }
    line
}

/// The part of a line that begins at a column and fits; what is cut off is marked.
fn cut(line: &str, from: usize, columns: usize) -> String {
    let mut shown = String::new();
    let mut column = 0;
    let more = width(line, 0) > from + columns;
    let room = if more { columns.saturating_sub(1) } else { columns };
    for character in line.chars() {
        let cells = cells(character, column);
        let start = column;
        column += cells;
        if start < from {
            continue;
        }
        if column - from > room {
            break;
        }
        match character {
            '\t' => shown.push_str(&" ".repeat(cells)),
            it if it.is_control() => {
                shown.push('^');
                shown.push(
                    char::from_u32(u32::from(it) ^ 64).filter(|it| !it.is_control()).unwrap_or('?'),
                );
            }
            it => shown.push(it),
        }
    }
    if more {
        shown.push('>');
    }
    shown
}
