//! The text that is being edited: lines, a cursor, what was cut; nothing of the screen.
//!
//! **Invariant:** there is always a line, and the cursor stands in it between two characters.

use unicode_width::UnicodeWidthChar;

/// How much the text may hold.
pub(super) const MAX_TEXT: usize = crate::files::MAX_FILE_BYTES;

/// How much is kept to be undone.
const MAX_UNDO: usize = 1024 * 1024;

/// How far a tab goes.
const TAB: usize = 8;

/// Where the cursor stands: a line, and bytes into it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cursor {
    pub(super) row: usize,
    pub(super) at: usize,
}

/// Lines and a cursor.
#[derive(Debug)]
pub(super) struct Text {
    pub(super) lines: Vec<String>,
    pub(super) cursor: Cursor,
    pub(super) changed: bool,
    bytes: usize,
    cut: String,
    /// Whether the last key cut, so that the next cut adds to it.
    cutting: bool,
    /// Where Up and Down would like the cursor, in columns.
    wish: Option<usize>,
    undo: Vec<(String, Cursor)>,
}

/// The columns that a text takes when it begins at `column`.
pub(super) fn width(text: &str, column: usize) -> usize {
    text.chars().fold(column, |at, character| at + cells(character, at)) - column
}

/// The columns of one character: a tab fills up, a control character is shown with a caret.
pub(super) fn cells(character: char, column: usize) -> usize {
    match character {
        '\t' => TAB - column % TAB,
        it if it.is_control() => 2,
        it => it.width().unwrap_or(0),
    }
}

impl Text {
    /// A text before anything is changed.
    pub(super) fn new(contents: &str) -> Self {
        Self {
            lines: contents.split('\n').map(str::to_owned).collect(),
            cursor: Cursor::default(),
            changed: false,
            bytes: contents.len(),
            cut: String::new(),
            cutting: false,
            wish: None,
            undo: Vec::new(),
        }
    }

    /// The whole text, its last line ended.
    pub(super) fn contents(&self) -> String {
        let text = self.lines.join("\n");
        if text.is_empty() || text.ends_with('\n') { text } else { text + "\n" }
    }

    /// How many lines there are, without the empty one after the last.
    pub(super) fn count(&self) -> usize {
        let after = self.lines.last().is_some_and(String::is_empty);
        self.lines.len() - usize::from(after)
    }

    fn line(&self) -> &str {
        &self.lines[self.cursor.row]
    }

    /// Called before each key: kills in a row and wishes end with any other.
    pub(super) fn begin(&mut self, cuts: bool, moves_by_line: bool) {
        self.cutting &= cuts;
        if !moves_by_line {
            self.wish = None;
        }
    }

    /// Remembers the text as it is, for [`Text::undo`].
    fn remember(&mut self) {
        self.changed = true;
        if self.bytes > MAX_UNDO {
            return;
        }
        self.undo.push((self.lines.join("\n"), self.cursor));
        let mut kept: usize = self.undo.iter().map(|(text, _)| text.len()).sum();
        while kept > MAX_UNDO || self.undo.len() > 100 {
            kept -= self.undo.remove(0).0.len();
        }
    }

    /// Takes the last change back; false when there is none.
    pub(super) fn undo(&mut self) -> bool {
        let Some((text, cursor)) = self.undo.pop() else { return false };
        self.lines = text.split('\n').map(str::to_owned).collect();
        self.bytes = text.len();
        self.cursor = cursor;
        true
    }

    /// Inserts text at the cursor; false when it would be too much.
    pub(super) fn insert(&mut self, text: &str) -> bool {
        if self.bytes + text.len() > MAX_TEXT {
            return false;
        }
        self.remember();
        self.bytes += text.len();
        let rest = self.lines[self.cursor.row].split_off(self.cursor.at);
        let mut parts = text.split('\n');
        self.lines[self.cursor.row].push_str(parts.next().unwrap_or_default());
        let more: Vec<String> = parts.map(str::to_owned).collect();
        let count = more.len();
        let below = self.cursor.row + 1;
        self.lines.splice(below..below, more);
        self.cursor.row += count;
        self.cursor.at = self.lines[self.cursor.row].len();
        self.lines[self.cursor.row].push_str(&rest);
        true
    }

    /// Begins a line below, as far in as this one.
    pub(super) fn enter(&mut self) -> bool {
        let before = &self.line()[..self.cursor.at];
        let indent: String = before.chars().take_while(|it| matches!(it, ' ' | '\t')).collect();
        self.insert(&format!("\n{indent}"))
    }

    /// Goes to the next tab stop of two columns with blanks, for a tab has no place in YAML.
    pub(super) fn tab(&mut self) -> bool {
        let column = width(&self.line()[..self.cursor.at], 0);
        self.insert(if column.is_multiple_of(2) { "  " } else { " " })
    }

    /// Erases the character before the cursor, or joins two lines.
    pub(super) fn backspace(&mut self) {
        if self.cursor == Cursor::default() {
            return;
        }
        let end = self.cursor;
        self.left();
        self.erase(end);
    }

    /// Erases the character at the cursor, or joins two lines.
    pub(super) fn delete(&mut self) {
        let start = self.cursor;
        self.right();
        let end = std::mem::replace(&mut self.cursor, start);
        self.erase(end);
    }

    /// Erases from the cursor to a place after it.
    fn erase(&mut self, end: Cursor) {
        if self.cursor == end {
            return;
        }
        self.remember();
        let before = self.lines[self.cursor.row][..self.cursor.at].to_owned();
        let after = self.lines[end.row][end.at..].to_owned();
        self.lines.splice(self.cursor.row..=end.row, [before + &after]);
        self.bytes = self.bytes.saturating_sub(1);
    }

    /// Cuts the line; cuts in a row gather.
    pub(super) fn cut(&mut self) {
        if self.lines.len() == 1 && self.lines[0].is_empty() {
            return;
        }
        self.remember();
        if !std::mem::replace(&mut self.cutting, true) {
            self.cut.clear();
        }
        let line = self.lines.remove(self.cursor.row);
        self.bytes = self.bytes.saturating_sub(line.len() + 1);
        self.cut.push_str(&line);
        self.cut.push('\n');
        if self.cursor.row == self.lines.len() {
            self.lines.push(String::new());
        }
        self.cursor.at = 0;
    }

    /// Inserts what was cut before the line.
    pub(super) fn paste(&mut self) -> bool {
        let cut = self.cut.clone();
        if !cut.is_empty() {
            self.cursor.at = 0;
            return self.insert(&cut);
        }
        true
    }

    pub(super) fn left(&mut self) {
        if self.cursor.at == 0 && self.cursor.row > 0 {
            self.cursor.row -= 1;
            self.cursor.at = self.line().len();
        } else {
            let last = self.line()[..self.cursor.at].char_indices().next_back();
            self.cursor.at = last.map_or(0, |(at, _)| at);
        }
    }

    pub(super) fn right(&mut self) {
        match self.line()[self.cursor.at..].chars().next() {
            Some(character) => self.cursor.at += character.len_utf8(),
            None if self.cursor.row + 1 < self.lines.len() => {
                self.cursor = Cursor { row: self.cursor.row + 1, at: 0 };
            }
            None => {}
        }
    }

    /// Goes so many lines down, or up, keeping the column where that is possible.
    pub(super) fn down(&mut self, lines: isize) {
        let column = width(&self.line()[..self.cursor.at], 0);
        let wish = *self.wish.get_or_insert(column);
        let last = self.lines.len() - 1;
        self.cursor.row = self.cursor.row.saturating_add_signed(lines).min(last);
        let mut at = 0;
        let mut reached = 0;
        for character in self.line().chars() {
            reached += cells(character, reached);
            if reached > wish {
                break;
            }
            at += character.len_utf8();
        }
        self.cursor.at = at;
    }

    pub(super) fn home(&mut self) {
        self.cursor.at = 0;
    }

    pub(super) fn end(&mut self) {
        self.cursor.at = self.line().len();
    }

    /// Goes over a word, to the left or to the right.
    pub(super) fn word(&mut self, right: bool) {
        let line = self.line();
        let part = |it: char| it.is_alphanumeric() || it == '_';
        if right {
            let rest = &line[self.cursor.at..];
            let rest = rest.trim_start_matches(part).trim_start_matches(|it| !part(it));
            let at = line.len() - rest.len();
            if at == self.cursor.at { self.right() } else { self.cursor.at = at }
        } else {
            let head = &line[..self.cursor.at];
            let at = head.trim_end_matches(|it| !part(it)).trim_end_matches(part).len();
            if at == self.cursor.at { self.left() } else { self.cursor.at = at }
        }
    }

    /// Goes to the next place of a text, whatever its case; false when there is none.
    pub(super) fn find(&mut self, wanted: &str) -> bool {
        let wanted = wanted.to_lowercase();
        let count = self.lines.len();
        let (row, at) = (self.cursor.row, self.cursor.at);
        for step in 0..=count {
            let here = (row + step) % count;
            let line = self.lines[here].to_lowercase();
            let mut from = 0;
            while let Some(found) = line.get(from..).and_then(|rest| rest.find(&wanted)) {
                let found = from + found;
                // Lower case may be longer or shorter: such a line is found at its beginning.
                let place = if self.lines[here].is_char_boundary(found) { found } else { 0 };
                if step > 0 || place > at {
                    self.cursor = Cursor { row: here, at: place };
                    return true;
                }
                from = found + wanted.len().max(1);
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_joined_split_and_moved() {
        let mut text = Text::new("one\ntwo\nthree\n");
        text.down(1);
        text.backspace();
        assert_eq!(text.contents(), "onetwo\nthree\n");
        text.enter();
        text.cut();
        text.paste();

        assert_eq!(text.contents(), "one\ntwo\nthree\n");
    }

    #[test]
    fn a_new_line_stands_as_far_in_as_the_last() {
        let mut text = Text::new("spec:\n  replicas: 1");
        text.down(1);
        text.end();
        text.enter();
        text.insert("x");
        text.tab();

        assert_eq!(text.contents(), "spec:\n  replicas: 1\n  x \n");
    }

    #[test]
    fn changes_can_be_taken_back() {
        let mut text = Text::new("caf\u{e9}");
        text.end();
        text.backspace();
        text.insert("e!");

        assert_eq!(text.contents(), "cafe!\n");
        assert!(text.undo() && text.undo() && !text.undo());
        assert_eq!(text.contents(), "caf\u{e9}\n");
    }

    #[test]
    fn a_search_goes_on_from_the_cursor_and_around() {
        let mut text = Text::new("a Pod\nno\nthe pod, a pod");

        assert!(text.find("pod"));
        assert_eq!(text.cursor, Cursor { row: 0, at: 2 });
        assert!(text.find("pod"));
        assert_eq!(text.cursor, Cursor { row: 2, at: 4 });
        assert!(text.find("pod") && text.find("pod"));
        assert_eq!(text.cursor, Cursor { row: 0, at: 2 });
        assert!(!text.find("service"));
    }
}
