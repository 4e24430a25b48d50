//! The line being edited: text, cursor, history and search; nothing of the screen.

use unicode_width::UnicodeWidthChar;

use super::keys::Key;

/// The longest line.
const MAX_LINE: usize = 1024 * 1024;

/// What a key asks of the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Act {
    /// Nothing on the screen changes.
    Nothing,
    /// Draw the line again.
    Draw,
    /// Ring the bell.
    Bell,
    /// Clear the screen and draw the line again.
    Clear,
    /// The line is finished.
    Submit,
    /// Ctrl-C.
    Interrupt,
    /// Ctrl-D on an empty line.
    End,
    /// Tab: complete the word, or list when it was pressed before.
    Complete(bool),
}

/// A line editor.
#[derive(Debug, Default)]
pub(super) struct Editor {
    pub(super) text: String,
    /// Where the cursor stands, in bytes.
    pub(super) cursor: usize,
    pub(super) history: Vec<String>,
    /// Which line of history is shown; its length is the line being typed.
    at: usize,
    draft: String,
    killed: String,
    search: Option<Search>,
    tabbed: bool,
    /// Whether the last key killed, so that the next kill adds to it.
    killing: bool,
    /// After Alt-. the line of history whose last word stands where it began.
    borrowed: Option<(usize, usize)>,
}

#[derive(Debug)]
struct Search {
    query: String,
    at: usize,
    before: String,
}

impl Editor {
    /// Begins an empty line.
    pub(super) fn begin(&mut self, history: Vec<String>) {
        self.at = history.len();
        self.history = history;
        self.text.clear();
        self.cursor = 0;
        self.search = None;
        self.tabbed = false;
        self.killing = false;
        self.borrowed = None;
    }

    /// What stands in place of the prompt while searching.
    pub(super) fn search_prompt(&self) -> Option<String> {
        let search = self.search.as_ref()?;
        Some(format!("(reverse-i-search)`{}': ", search.query))
    }

    /// Takes a key.
    pub(super) fn key(&mut self, key: Key) -> Act {
        let tabbed = std::mem::take(&mut self.tabbed);
        let killing = std::mem::take(&mut self.killing);
        let borrowed = self.borrowed.take();
        if self.search.is_some()
            && let Some(act) = self.search_key(&key)
        {
            return act;
        }
        match key {
            Key::Character(character) => self.insert(character.encode_utf8(&mut [0; 4])),
            Key::Paste(text) => self.insert(&text.replace('\t', "    ")),
            Key::PasteTooLong => Act::Bell,
            Key::Enter => Act::Submit,
            Key::Tab => {
                self.tabbed = true;
                Act::Complete(tabbed)
            }
            Key::Backspace | Key::Control('h') => self.erase(self.before(), self.cursor),
            Key::Control('d') if self.text.is_empty() => Act::End,
            Key::Delete | Key::Control('d') => self.erase(self.cursor, self.after()),
            Key::Left | Key::Control('b') => self.go(self.before()),
            Key::Right | Key::Control('f') => self.go(self.after()),
            Key::Home | Key::Control('a') => self.go(0),
            Key::End | Key::Control('e') => self.go(self.text.len()),
            Key::WordLeft => self.go(self.word_before(char::is_alphanumeric)),
            Key::WordRight => self.go(self.word_after()),
            Key::Up | Key::Control('p') => self.recall(self.at.checked_sub(1)),
            Key::Down | Key::Control('n') => self.recall(Some(self.at + 1)),
            Key::Control('k') => self.kill(self.cursor, self.text.len(), killing),
            Key::Control('u') => self.kill(0, self.cursor, killing),
            Key::Control('w') => {
                self.kill(self.word_before(|it| !it.is_whitespace()), self.cursor, killing)
            }
            Key::EraseWord => {
                self.kill(self.word_before(char::is_alphanumeric), self.cursor, killing)
            }
            Key::Alt('d') => self.kill(self.cursor, self.word_after(), killing),
            Key::Alt('.') => self.borrow(borrowed),
            Key::Control('t') => self.transpose(),
            Key::Control('y') => self.insert(&self.killed.clone()),
            Key::Control('l') => Act::Clear,
            Key::Control('c') => Act::Interrupt,
            Key::Control('r') => {
                let at = self.history.len();
                self.search = Some(Search { query: String::new(), at, before: self.text.clone() });
                Act::Draw
            }
            Key::Control(_) | Key::Alt(_) | Key::PageUp | Key::PageDown => Act::Nothing,
        }
    }

    /// Replaces what stands between a byte position and the cursor.
    pub(super) fn replace(&mut self, start: usize, text: &str) {
        self.text.replace_range(start..self.cursor, text);
        self.cursor = start + text.len();
    }

    fn insert(&mut self, text: &str) -> Act {
        if self.text.len() + text.len() > MAX_LINE {
            return Act::Bell;
        }
        self.text.insert_str(self.cursor, text);
        self.cursor += text.len();
        Act::Draw
    }

    fn go(&mut self, to: usize) -> Act {
        if to == self.cursor {
            return Act::Nothing;
        }
        self.cursor = to;
        Act::Draw
    }

    fn erase(&mut self, from: usize, to: usize) -> Act {
        if from == to {
            return Act::Bell;
        }
        self.text.drain(from..to);
        self.cursor = from;
        Act::Draw
    }

    /// Erases to where Ctrl-Y finds it; kills in a row are one.
    fn kill(&mut self, from: usize, to: usize, again: bool) -> Act {
        self.killing = true;
        if from == to {
            return Act::Nothing;
        }
        let killed = &self.text[from..to];
        self.killed = match again {
            false => killed.to_owned(),
            true if from < self.cursor => format!("{killed}{}", self.killed),
            true => format!("{}{killed}", self.killed),
        };
        self.erase(from, to)
    }

    /// Inserts the last word of the line before; pressed again, of the one before that.
    fn borrow(&mut self, borrowed: Option<(usize, usize)>) -> Act {
        let (line, start) = borrowed.unwrap_or((self.history.len(), self.cursor));
        let Some(line) = line.checked_sub(1) else {
            self.borrowed = borrowed;
            return Act::Bell;
        };
        let word = self.history[line].split_whitespace().last().unwrap_or_default().to_owned();
        self.replace(start, &word);
        self.borrowed = Some((line, start));
        Act::Draw
    }

    /// Swaps the characters around the cursor; at the end, the two before it.
    fn transpose(&mut self) -> Act {
        if self.cursor == self.text.len() {
            self.cursor = self.before();
        }
        let (middle, end) = (self.cursor, self.after());
        let start = self.before();
        if start == middle {
            self.cursor = end;
            return Act::Bell;
        }
        let swapped = format!("{}{}", &self.text[middle..end], &self.text[start..middle]);
        self.text.replace_range(start..end, &swapped);
        self.cursor = end;
        Act::Draw
    }

    /// The border before the character before the cursor; combining marks go with their letter.
    fn before(&self) -> usize {
        let mut indices = self.text[..self.cursor].char_indices().rev();
        let wide = |character: char| character.width().unwrap_or(0) > 0 || character == '\n';
        indices.find(|(_, character)| wide(*character)).map_or(0, |(at, _)| at)
    }

    fn after(&self) -> usize {
        let rest = &self.text[self.cursor..];
        let mut indices = rest.char_indices().skip(1);
        let wide = |character: char| character.width().unwrap_or(0) > 0 || character == '\n';
        let next = indices.find(|(_, character)| wide(*character));
        self.cursor + next.map_or(rest.len(), |(at, _)| at)
    }

    fn word_before(&self, part: fn(char) -> bool) -> usize {
        let head = &self.text[..self.cursor];
        let head = head.trim_end_matches(|it| !part(it));
        head.trim_end_matches(part).len()
    }

    fn word_after(&self) -> usize {
        let rest = &self.text[self.cursor..];
        let skipped = rest.trim_start_matches(|it: char| !it.is_alphanumeric());
        let end = skipped.trim_start_matches(char::is_alphanumeric);
        self.text.len() - end.len()
    }

    fn recall(&mut self, at: Option<usize>) -> Act {
        let Some(at) = at.filter(|at| *at <= self.history.len()) else { return Act::Bell };
        if self.at == self.history.len() {
            self.draft.clone_from(&self.text);
        }
        self.at = at;
        self.text = self.history.get(at).unwrap_or(&self.draft).clone();
        self.cursor = self.text.len();
        Act::Draw
    }

    /// A key while searching; `None` ends the search and lets the key act on the found line.
    fn search_key(&mut self, key: &Key) -> Option<Act> {
        let search = self.search.as_mut()?;
        match key {
            Key::Character(character) => {
                search.query.push(*character);
                search.at = self.history.len();
                Some(self.find_earlier())
            }
            Key::Backspace => {
                search.query.pop();
                search.at = self.history.len();
                Some(self.find_earlier())
            }
            Key::Control('r') => Some(self.find_earlier()),
            Key::Control('g' | 'c') => {
                self.text = self.search.take().map(|search| search.before).unwrap_or_default();
                self.cursor = self.text.len();
                Some(Act::Draw)
            }
            _ => {
                self.search = None;
                self.cursor = self.cursor.min(self.text.len());
                None
            }
        }
    }

    fn find_earlier(&mut self) -> Act {
        let Some(search) = self.search.as_mut() else { return Act::Nothing };
        let found = self.history[..search.at.min(self.history.len())]
            .iter()
            .rposition(|line| line.contains(&search.query));
        match found {
            Some(at) => {
                search.at = at;
                self.at = at;
                self.text = self.history[at].clone();
                self.cursor = self.text.len();
                Act::Draw
            }
            None => Act::Bell,
        }
    }
}
