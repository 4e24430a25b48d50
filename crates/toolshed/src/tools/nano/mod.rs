//! `nano`: a small editor on the whole screen, with the keys that its namesake has.
//!
//! ```text
//! keys ─► Editor ─► Text (lines, cursor)      Page (what is shown) ─► screen
//! ```
//!
//! **Invariant:** nothing that was typed is lost without a question: leaving a changed text asks.

mod page;
mod text;

use page::{Page, Talk};
use text::Text;

use super::options::Usage;
use crate::files::FileError;
use crate::stream::Closed;
use crate::terminal::attach::changed;
use crate::terminal::keys::{Decoder, Key};
use crate::tool::{Context, ExitCode};

const NANO: Usage = Usage {
    name: "nano",
    flags: "B/backup E/tabstospaces i/autoindent l/linenumbers w/nowrap",
    help: "Usage: nano [FILE]\nEdit a text.\n\n  Ctrl-S  save              Ctrl-X  leave\n  Ctrl-O  save as           Ctrl-W  search, Alt-W again\n  Ctrl-K  cut the line      Ctrl-U  paste it\n  Alt-U   undo              Ctrl-C  where the cursor is\n  Ctrl-Y, Ctrl-V, Page Up, Page Down  a page up or down\n\nTab inserts blanks, and a new line begins as far in as the last.\n",
    wrong: 1,
};

/// What the keys do, in one line.
const HELP: &str = "^S saves, ^X leaves, ^K cuts a line, ^U pastes it, ^W searches, M-U undoes";

/// What one is told who asked for another editor.
const INSTEAD: &str = "vi is not available here; this is nano: ^S saves, ^X leaves";

/// Edits a file.
pub(super) async fn nano(context: Context) -> ExitCode {
    open(context, None).await
}

/// Edits a file for somebody who wanted `vi`, and says with what.
pub(super) async fn vi(context: Context) -> ExitCode {
    open(context, Some(INSTEAD)).await
}

async fn open(context: Context, hint: Option<&str>) -> ExitCode {
    let arguments = match NANO.read(&context).await {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    if let [_, second, ..] = arguments.operands.as_slice() {
        context.complain(format!("nano: {second}: one file at a time")).await;
        return 1;
    }
    // `nano +12 FILE` is how others tell of a line.
    let name = arguments.operands.first().cloned().unwrap_or_default();
    let contents = match name.as_str() {
        "" => Ok(bytes::Bytes::new()),
        name => context.files.open(&context.path(name)),
    };
    let (contents, message) = match contents {
        Ok(contents) if std::str::from_utf8(&contents).is_err() => {
            context.complain(format!("nano: {name}: not a text in UTF-8")).await;
            return 1;
        }
        Ok(contents) => (contents, String::new()),
        Err(FileError::NotFound) => (bytes::Bytes::new(), "New File".to_owned()),
        Err(error) => {
            context.complain(format!("nano: {name}: {error}")).await;
            return 1;
        }
    };
    let text = Text::new(&String::from_utf8_lossy(&contents));
    let message = match (message.is_empty(), name.is_empty()) {
        (true, false) => format!("Read {} line{}", text.count(), plural(text.count())),
        (true, true) => "^G tells what the keys do".to_owned(),
        (false, _) => message,
    };
    let message = hint.map_or(message, str::to_owned);
    let editor = Editor {
        context,
        text,
        page: Page::default(),
        name,
        message,
        asking: None,
        searched: String::new(),
        done: false,
    };
    editor.run().await
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// A question that is open, with the answer so far.
struct Asking {
    about: About,
    answer: String,
}

/// What the editor asks.
#[derive(Clone, Copy, PartialEq, Eq)]
enum About {
    /// The name to write to; leave afterwards?
    Name { leave: bool },
    /// What to search for.
    Search,
    /// Whether to save before leaving.
    Save,
}

struct Editor {
    context: Context,
    text: Text,
    page: Page,
    name: String,
    message: String,
    asking: Option<Asking>,
    searched: String,
    done: bool,
}

impl Editor {
    async fn run(mut self) -> ExitCode {
        let keys = self.context.stdin.whole();
        if keys.is_none() || !self.context.stdout.is_terminal() {
            self.context.complain("nano: standard input and output must be a terminal").await;
            return 1;
        }
        // The other screen keeps what stands on this one; pastes come as a whole.
        let begun = self.context.print("\x1b[?1049h\x1b[?2004h\x1b[2J").await;
        let ended = match begun {
            Ok(()) => self.edit().await,
            closed => closed,
        };
        let _ = self.context.print("\x1b[?2004l\x1b[?1049l").await;
        if ended.is_ok() { 0 } else { 141 }
    }

    async fn edit(&mut self) -> Result<(), Closed> {
        let mut decoder = Decoder::default();
        let mut stdin = self.context.stdin.clone();
        let mut screen = self.context.screen.clone();
        let mut stale = true;
        while !self.done {
            if std::mem::take(&mut stale) {
                let drawn = self.draw();
                self.context.print(drawn).await?;
            }
            tokio::select! {
                typed = stdin.read() => {
                    let Some(typed) = typed else { return Ok(()) };
                    for byte in typed {
                        if let Some(key) = decoder.byte(byte) {
                            self.key(key);
                            stale = true;
                        }
                    }
                }
                _ = changed(screen.as_mut()) => stale = true,
            }
        }
        Ok(())
    }

    fn size(&self) -> (u16, u16) {
        self.context.size().unwrap_or((80, 24))
    }

    fn draw(&mut self) -> String {
        let question = self.asking.as_ref().map(|asking| self.question(asking.about));
        let talk = match (&self.asking, &question) {
            (Some(asking), Some(question)) => Talk::Question(question, &asking.answer),
            _ if self.message.is_empty() => Talk::Silence,
            _ => Talk::Message(&self.message),
        };
        let name = if self.name.is_empty() { "New Buffer" } else { self.name.as_str() };
        let size = self.context.size().unwrap_or((80, 24));
        self.page.draw(&self.text, name, &talk, size)
    }

    fn question(&self, about: About) -> String {
        match about {
            About::Name { .. } => "File Name to Write: ".to_owned(),
            About::Search if self.searched.is_empty() => "Search: ".to_owned(),
            About::Search => format!("Search [{}]: ", self.searched),
            About::Save => "Save modified buffer? (Y/N, ^C cancels) ".to_owned(),
        }
    }

    fn key(&mut self, key: Key) {
        self.message.clear();
        if let Some(asking) = self.asking.take() {
            return self.answer(asking, key);
        }
        let by_line = matches!(
            key,
            Key::Up | Key::Down | Key::PageUp | Key::PageDown | Key::Control('y' | 'v' | 'p' | 'n')
        );
        self.text.begin(key == Key::Control('k'), by_line);
        match key {
            Key::Control('x') if self.text.changed => self.ask(About::Save, String::new()),
            Key::Control('x') => self.done = true,
            Key::Control('o') => self.ask(About::Name { leave: false }, self.name.clone()),
            Key::Control('s') if self.name.is_empty() => {
                self.ask(About::Name { leave: false }, String::new());
            }
            Key::Control('s') => self.write(),
            Key::Control('w') => self.ask(About::Search, String::new()),
            Key::Alt('w') => self.search(),
            Key::Control('g') => HELP.clone_into(&mut self.message),
            Key::Control('c') => self.locate(),
            Key::Alt('u') if !self.text.undo() => {
                "Nothing to undo".clone_into(&mut self.message);
            }
            key => self.change(&key),
        }
    }

    /// The keys that move and change the text.
    fn change(&mut self, key: &Key) {
        let page = isize::try_from(Page::rows(self.size())).unwrap_or(1);
        let text = &mut self.text;
        let fits = match key {
            Key::Character(character) => text.insert(character.encode_utf8(&mut [0; 4])),
            Key::Paste(pasted) => text.insert(pasted),
            Key::PasteTooLong => false,
            Key::Enter => text.enter(),
            Key::Tab => text.tab(),
            Key::Control('u') => text.paste(),
            other => {
                match other {
                    Key::Backspace | Key::Control('h') => text.backspace(),
                    Key::Delete | Key::Control('d') => text.delete(),
                    Key::Control('k') => text.cut(),
                    Key::Left | Key::Control('b') => text.left(),
                    Key::Right | Key::Control('f') => text.right(),
                    Key::WordLeft => text.word(false),
                    Key::WordRight => text.word(true),
                    Key::Home | Key::Control('a') => text.home(),
                    Key::End | Key::Control('e') => text.end(),
                    Key::Up | Key::Control('p') => text.down(-1),
                    Key::Down | Key::Control('n') => text.down(1),
                    Key::PageUp | Key::Control('y') => text.down(-page),
                    Key::PageDown | Key::Control('v') => text.down(page),
                    _ => {}
                }
                true
            }
        };
        if !fits {
            "Too much: a file holds at most 4 MiB".clone_into(&mut self.message);
        }
    }

    fn ask(&mut self, about: About, answer: String) {
        self.asking = Some(Asking { about, answer });
    }

    /// A key while a question is open.
    fn answer(&mut self, mut asking: Asking, key: Key) {
        let about = asking.about;
        match (about, key) {
            (_, Key::Control('c' | 'g')) => "Cancelled".clone_into(&mut self.message),
            (About::Save, Key::Character('y' | 'Y' | 's' | 'S')) => {
                self.ask(About::Name { leave: true }, self.name.clone());
            }
            (About::Save, Key::Character('n' | 'N')) => self.done = true,
            (About::Save, _) => self.asking = Some(asking),
            (About::Search, Key::Enter) => {
                if !asking.answer.is_empty() {
                    self.searched = asking.answer;
                }
                self.search();
            }
            (About::Name { .. }, Key::Enter) if asking.answer.is_empty() => {
                "Cancelled".clone_into(&mut self.message);
            }
            (About::Name { leave }, Key::Enter) => {
                self.name = asking.answer;
                self.write();
                self.done = leave && !self.text.changed;
            }
            (_, key) => {
                match key {
                    Key::Character(character) => asking.answer.push(character),
                    Key::Paste(text) => asking.answer.extend(text.lines().next()),
                    Key::Backspace | Key::Control('h') => _ = asking.answer.pop(),
                    Key::Control('u' | 'k') => asking.answer.clear(),
                    _ => {}
                }
                asking.answer.truncate(asking.answer.floor_char_boundary(1_000));
                self.asking = Some(asking);
            }
        }
    }

    fn write(&mut self) {
        let path = self.context.path(&self.name);
        self.message = match self.context.files.write(&path, self.text.contents()) {
            Ok(()) => {
                self.text.changed = false;
                let count = self.text.count();
                format!("Wrote {count} line{}", plural(count))
            }
            Err(error) => format!("Error writing {}: {error}", self.name),
        };
    }

    fn search(&mut self) {
        if self.searched.is_empty() {
            "Nothing to search for yet: ^W".clone_into(&mut self.message);
        } else if !self.text.find(&self.searched) {
            self.message = format!("\"{}\" not found", self.searched);
        }
    }

    fn locate(&mut self) {
        let (row, count) = (self.text.cursor.row + 1, self.text.lines.len());
        let line = &self.text.lines[row - 1];
        let column = line[..self.text.cursor.at].chars().count() + 1;
        let columns = line.chars().count() + 1;
        self.message = format!("line {row}/{count}, col {column}/{columns}");
    }
}
