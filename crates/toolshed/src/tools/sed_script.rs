//! What a `sed` script says.

use std::collections::HashMap;
use std::sync::Arc;

use super::grep::{basic, extended};
use super::matcher::{LARGEST, Matcher};

/// How many commands a script may have.
const MAX_COMMANDS: usize = 200;

/// Which lines a command acts on.
pub(super) enum Address {
    Line(usize),
    Last,
    Match(Matcher),
    /// `FIRST~STEP`.
    Step(usize, usize),
}

/// What is done to a line.
pub(super) enum Action {
    Substitute(Substitution),
    Translate(Arc<HashMap<char, char>>),
    Delete,
    Print,
    Quit(u8),
    Number,
    Append(String),
    Insert(String),
    Change(String),
}

/// What `s/…/…/` does. Clones share its parts.
#[derive(Clone)]
pub(super) struct Substitution {
    pub(super) matcher: Matcher,
    pub(super) replacement: Arc<[Part]>,
    pub(super) global: bool,
    pub(super) print: bool,
    pub(super) nth: usize,
}

/// A piece of a replacement.
pub(super) enum Part {
    Text(Vec<u8>),
    Group(usize),
}

/// One command of a script.
pub(super) struct Command {
    pub(super) first: Option<Address>,
    pub(super) second: Option<Address>,
    pub(super) negate: bool,
    pub(super) action: Action,
    /// Whether a range is open.
    pub(super) open: bool,
}

/// Reads a script.
pub(super) struct Reader<'a> {
    rest: &'a str,
    extended: bool,
    /// What each of its expressions may take.
    room: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str, extended: bool) -> Self {
        Self { rest: text, extended, room: LARGEST }
    }

    pub(super) fn commands(mut self) -> Result<Vec<Command>, String> {
        let mut commands = Vec::new();
        loop {
            self.rest = self.rest.trim_start_matches([' ', '\t', '\n', ';']);
            if self.rest.is_empty() {
                return Ok(commands);
            }
            if self.rest.starts_with('#') {
                self.rest = self.rest.split_once('\n').map_or("", |it| it.1);
                continue;
            }
            commands.push(self.command()?);
            // The more there are, the less room each has.
            self.room = LARGEST / commands.len();
            if commands.len() > MAX_COMMANDS {
                return Err(format!("too many commands: the limit is {MAX_COMMANDS}"));
            }
        }
    }

    fn command(&mut self) -> Result<Command, String> {
        let first = self.address()?;
        let mut second = None;
        self.blanks();
        if first.is_some() && self.take(',') {
            self.blanks();
            second = Some(self.address()?.ok_or("unexpected `,'")?);
        }
        self.blanks();
        let negate = self.take('!');
        self.blanks();
        let action = self.action()?;
        self.blanks();
        if !self.rest.is_empty() && !self.rest.starts_with([';', '\n', '#', '}']) {
            return Err("extra characters after command".to_owned());
        }
        Ok(Command { first, second, negate, action, open: false })
    }

    fn action(&mut self) -> Result<Action, String> {
        let letter = self.next().ok_or("missing command")?;
        Ok(match letter {
            's' => self.substitute()?,
            'y' => {
                let delimiter = self.next().ok_or("unterminated `y' command")?;
                let from: Vec<char> = self.until(delimiter, "y")?.chars().collect();
                let to: Vec<char> = self.until(delimiter, "y")?.chars().collect();
                if from.len() != to.len() {
                    return Err("strings for `y' command are different lengths".to_owned());
                }
                // Of a letter that is named twice, the first counts.
                Action::Translate(Arc::new(from.into_iter().zip(to).rev().collect()))
            }
            'd' => Action::Delete,
            'p' => Action::Print,
            '=' => Action::Number,
            'q' => {
                self.blanks();
                Action::Quit(u8::try_from(self.number().unwrap_or(0) & 255).unwrap_or(0))
            }
            'a' => Action::Append(self.text()),
            'i' => Action::Insert(self.text()),
            'c' => Action::Change(self.text()),
            other => return Err(format!("unknown command: `{other}', or not available here")),
        })
    }

    fn substitute(&mut self) -> Result<Action, String> {
        let delimiter = self.next().ok_or("unterminated `s' command")?;
        let pattern = self.until(delimiter, "s")?;
        let replacement = self.until(delimiter, "s")?;
        let (mut global, mut print, mut ignore, mut nth) = (false, false, false, 1);
        loop {
            if let Some(number) = self.number() {
                nth = number.max(1);
                continue;
            }
            match self.rest.chars().next() {
                Some('g') => global = true,
                Some('p') => print = true,
                Some('i' | 'I') => ignore = true,
                _ => break,
            }
            self.next();
        }
        let matcher = self.matcher(&pattern, ignore)?;
        let replacement = parts(&replacement);
        let groups = matcher.groups();
        for part in &replacement {
            if let Part::Group(number) = part
                && *number >= groups
            {
                return Err(format!("invalid reference \\{number} on `s' command's RHS"));
            }
        }
        let replacement = replacement.into();
        Ok(Action::Substitute(Substitution { matcher, replacement, global, print, nth }))
    }

    fn matcher(&self, pattern: &str, ignore: bool) -> Result<Matcher, String> {
        let source = if self.extended { extended(pattern) } else { basic(pattern) };
        let built = Matcher::new(&source, ignore, self.room);
        built.ok_or_else(|| format!("invalid or unsupported regular expression: {pattern}"))
    }

    fn address(&mut self) -> Result<Option<Address>, String> {
        match self.rest.chars().next() {
            Some('0'..='9') => {
                let first = self.number().unwrap_or(0);
                if self.take('~') {
                    return Ok(Some(Address::Step(first, self.number().unwrap_or(0))));
                }
                Ok(Some(Address::Line(first)))
            }
            Some('$') => {
                self.next();
                Ok(Some(Address::Last))
            }
            Some('/') => {
                self.next();
                let pattern = self.until('/', "address regex")?;
                let ignore = self.take('I');
                Ok(Some(Address::Match(self.matcher(&pattern, ignore)?)))
            }
            _ => Ok(None),
        }
    }

    /// Text up to a delimiter; an escaped delimiter is itself.
    fn until(&mut self, delimiter: char, what: &str) -> Result<String, String> {
        let mut text = String::new();
        let mut class = false;
        while let Some(character) = self.next() {
            match character {
                '\\' => match self.next() {
                    Some(next) if next == delimiter => text.push(next),
                    Some('n') => text.push('\n'),
                    Some(next) => text.extend(['\\', next]),
                    None => break,
                },
                '[' if what != "y" => {
                    class = true;
                    text.push('[');
                }
                ']' => {
                    class = false;
                    text.push(']');
                }
                end if end == delimiter
                    && !(class && self.rest.contains(']') && delimiter == '/') =>
                {
                    return Ok(text);
                }
                other => text.push(other),
            }
        }
        Err(match what {
            "address regex" => "unterminated address regex".to_owned(),
            letter => format!("unterminated `{letter}' command"),
        })
    }

    /// The text of `a`, `i` and `c`: the rest of the line, or the lines after a backslash.
    fn text(&mut self) -> String {
        self.blanks();
        if self.take('\\') {
            self.rest = self.rest.trim_start_matches([' ', '\t']);
            self.take('\n');
        }
        let mut text = String::new();
        while let Some(character) = self.next() {
            match character {
                '\n' => break,
                '\\' => text.extend(self.next()),
                other => text.push(other),
            }
        }
        text.push('\n');
        text
    }

    fn blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
    }

    fn next(&mut self) -> Option<char> {
        let mut characters = self.rest.chars();
        let next = characters.next();
        self.rest = characters.as_str();
        next
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.rest.strip_prefix(wanted);
        self.rest = found.unwrap_or(self.rest);
        found.is_some()
    }

    fn number(&mut self) -> Option<usize> {
        let end = self.rest.find(|it: char| !it.is_ascii_digit()).unwrap_or(self.rest.len());
        let number = self.rest[..end].parse().ok();
        self.rest = &self.rest[end..];
        number
    }
}

fn parts(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut literal = Vec::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        let group = match character {
            '&' => Some(0),
            '\\' => match characters.next() {
                Some(digit @ '0'..='9') => digit.to_digit(10).map(|it| it as usize),
                Some('n') => {
                    literal.push(b'\n');
                    None
                }
                Some('t') => {
                    literal.push(b'\t');
                    None
                }
                Some(other) => {
                    literal.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes());
                    None
                }
                None => None,
            },
            other => {
                literal.extend_from_slice(other.encode_utf8(&mut [0; 4]).as_bytes());
                None
            }
        };
        if let Some(group) = group {
            parts.push(Part::Text(std::mem::take(&mut literal)));
            parts.push(Part::Group(group));
        }
    }
    parts.push(Part::Text(literal));
    parts
}
