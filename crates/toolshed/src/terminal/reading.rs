//! Reading a command: prompts, editing, completion, and blocks of several lines.

use super::draw::{self, CONTINUED, Prompt};
use super::editor::Act;
use super::keys::Key;
use super::session::{Request, Session};
use super::{complete, history, prompt};
use crate::shell::parse::{MAX_COMMAND, Missing, Parsed, parse};
use std::fmt::Write as _;

/// How an edited line ended.
enum Line {
    /// Enter.
    Text(String),
    /// Ctrl-C.
    Interrupted,
    /// Ctrl-D on an empty line, or nobody can type any more.
    End,
}

impl Session {
    /// Reads lines until they are a command.
    pub(super) async fn read_request(&mut self) -> Request {
        let mut text = String::new();
        let mut waiting: Option<Missing> = None;
        let mut too_long = false;
        if self.marked {
            self.shown.push_str("\x1b]133;A\x07");
        }
        self.prompt = self.first_prompt();
        loop {
            let line = match self.next_line(text.is_empty(), waiting.as_ref()).await {
                Ok(line) => line,
                Err(instead) => return instead,
            };
            self.prompt = Prompt::plain(CONTINUED);
            let ends = match &waiting {
                Some(Missing::HereDocument(tag)) => line.trim_start_matches('\t') == tag,
                _ => true,
            };
            if text.len() + line.len() > MAX_COMMAND {
                too_long = true;
            }
            if !too_long {
                text.push_str(&line);
                text.push('\n');
            }
            if too_long && (ends || self.queued.is_empty() && waiting.is_none()) {
                return Request::Wrong(
                    "command too long: the limit is 1 MiB, here-documents included".to_owned(),
                );
            }
            if !ends {
                continue;
            }
            let (own, cost) = (text.clone(), text.len() * 16);
            match self.shell.lab.share.apart(cost, move || parse(&own)).await {
                Parsed::Complete(program, _) if program.complete_commands.is_empty() => {
                    self.shell.lab.remember(text.trim_end());
                    return Request::Nothing;
                }
                Parsed::Complete(program, _) => return Request::Run(text, program),
                Parsed::Wrong(message) => {
                    self.shell.lab.remember(text.trim_end());
                    return Request::Wrong(message);
                }
                Parsed::Incomplete(missing) => waiting = Some(missing),
            }
        }
    }

    /// The next line of a command, or what the person asked for instead.
    async fn next_line(
        &mut self,
        first: bool,
        waiting: Option<&Missing>,
    ) -> Result<String, Request> {
        let pasted = !self.queued.is_empty();
        match self.edit().await {
            Line::Text(line) if pasted || !self.queued.is_empty() => Ok(line),
            Line::Text(line) if matches!(waiting, Some(Missing::HereDocument(_))) => Ok(line),
            Line::Text(line) => self.recall(line).await.ok_or(Request::Nothing),
            Line::Interrupted => {
                self.shell.status = 130;
                Err(Request::Nothing)
            }
            Line::End if first => Err(Request::End),
            Line::End => Err(Request::Wrong(waiting.map(Missing::message).unwrap_or_default())),
        }
    }

    /// A typed line with its events in place, shown as it will run; nothing if one is not found.
    async fn recall(&mut self, line: String) -> Option<String> {
        match history::expand(&line, &self.shell.lab.remembered()) {
            Ok(None) => Some(line),
            Ok(Some(expanded)) => {
                let _ = self.out.write(format!("{expanded}\n")).await;
                Some(expanded)
            }
            Err(message) => {
                let _ = self.out.write(format!("bash: {message}\n")).await;
                None
            }
        }
    }

    fn first_prompt(&self) -> Prompt {
        if self.marked { prompt::of_lab(&self.shell) } else { prompt::of_machine(&self.shell) }
    }

    /// Edits one line.
    async fn edit(&mut self) -> Line {
        let history = self.shell.lab.remembered();
        self.editor.begin(history);
        self.place = draw::Place::default();
        self.redraw();
        if self.marked && self.prompt.text != CONTINUED {
            self.shown.push_str("\x1b]133;B\x07");
        }
        if let Some(line) = self.queued.pop_front() {
            self.editor.text = line;
            return self.submit().await;
        }
        self.shown.push_str("\x1b[?2004h");
        loop {
            while let Some(byte) = self.pending.pop_front() {
                let Some(key) = self.decoder.byte(byte) else { continue };
                if let Some(line) = self.press(key).await {
                    return line;
                }
            }
            self.flush().await;
            tokio::select! {
                bytes = self.keys.recv() => match bytes {
                    Some(bytes) => self.pending.extend(bytes),
                    None => return Line::End,
                },
                Ok(()) = self.resized.changed() => self.redraw(),
            }
        }
    }

    async fn press(&mut self, key: Key) -> Option<Line> {
        let at_end = self.editor.cursor == self.editor.text.len();
        let searching = self.editor.search_prompt().is_some();
        let typed = match key {
            Key::Character(character) if at_end && !searching => Some(character),
            _ => None,
        };
        match self.editor.key(key) {
            Act::Nothing => {}
            Act::Bell => self.shown.push('\x07'),
            Act::Draw => {
                let columns = self.columns();
                match typed.and_then(|it| draw::typed(it, columns, &mut self.place)) {
                    Some(shown) => self.shown.push_str(&shown),
                    None => self.redraw(),
                }
            }
            Act::Clear => {
                self.shown.push_str("\x1b[H\x1b[2J");
                self.place = draw::Place::default();
                self.redraw();
            }
            Act::Complete(again) => self.complete(again).await,
            Act::Submit => return Some(self.submit().await),
            Act::Interrupt => {
                self.editor.cursor = self.editor.text.len();
                self.redraw();
                self.shown.push_str("^C\x1b[?2004l\n");
                self.queued.clear();
                self.flush().await;
                return Some(Line::Interrupted);
            }
            Act::End => {
                self.shown.push_str("\x1b[?2004l");
                self.flush().await;
                return Some(Line::End);
            }
        }
        None
    }

    /// Ends the line: shows its first line and queues the others.
    async fn submit(&mut self) -> Line {
        let text = std::mem::take(&mut self.editor.text);
        let mut lines = text.split('\n');
        let first = lines.next().unwrap_or_default().to_owned();
        for (at, line) in lines.enumerate() {
            self.queued.insert(at, line.to_owned());
        }
        while self.queued.back().is_some_and(String::is_empty) {
            self.queued.pop_back();
        }
        self.editor.text.clone_from(&first);
        self.editor.cursor = first.len();
        self.redraw();
        self.shown.push_str("\x1b[?2004l\n");
        self.flush().await;
        Line::Text(first)
    }

    async fn complete(&mut self, again: bool) {
        let head = self.editor.text[..self.editor.cursor].to_owned();
        let offers = complete::offers(&self.shell, &head).await;
        let word = &head[offers.start..];
        match offers.words.as_slice() {
            [] => self.shown.push('\x07'),
            [only] => {
                self.editor.replace(offers.start, only);
                self.redraw();
            }
            words => {
                let shared = complete::common(words);
                if shared.len() > word.len() {
                    self.editor.replace(offers.start, &shared);
                    self.redraw();
                } else if again {
                    self.list(words);
                } else {
                    self.shown.push('\x07');
                }
            }
        }
    }

    /// Lists completions below the line, in columns.
    fn list(&mut self, words: &[String]) {
        let names: Vec<&str> = words
            .iter()
            .map(|word| {
                let trimmed = word.trim_end();
                let at = trimmed.trim_end_matches('/').rfind('/').map_or(0, |at| at + 1);
                &trimmed[at..]
            })
            .take(200)
            .collect();
        let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0) + 2;
        let columns = (usize::from(self.columns()) / width).max(1);
        let rows = names.len().div_ceil(columns);
        let cursor = std::mem::replace(&mut self.editor.cursor, self.editor.text.len());
        self.redraw();
        self.editor.cursor = cursor;
        self.shown.push('\n');
        for row in 0..rows {
            for name in names.iter().skip(row).step_by(rows) {
                let _ = write!(self.shown, "{name:<width$}");
            }
            self.shown.truncate(self.shown.trim_end_matches(' ').len());
            self.shown.push('\n');
        }
        self.place = draw::Place::default();
        self.redraw();
    }

    fn columns(&self) -> u16 {
        self.shell.size().map_or(80, |size| size.0)
    }

    fn redraw(&mut self) {
        let search = self.editor.search_prompt().map(|text| Prompt::plain(&text));
        let prompt = search.as_ref().unwrap_or(&self.prompt);
        let columns = self.shell.size().map_or(80, |size| size.0);
        let drawn =
            draw::draw(prompt, &self.editor.text, self.editor.cursor, columns, &mut self.place);
        self.shown.push_str(&drawn);
    }

    async fn flush(&mut self) {
        let _ = self.out.write(std::mem::take(&mut self.shown)).await;
    }
}
