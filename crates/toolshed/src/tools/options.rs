//! How tools read their flags, and how they refuse those they do not have.

use bytes::Bytes;

use crate::files::FileError;
use crate::shell::memory::Held;
use crate::stream::Input;
use crate::tool::{Context, ExitCode};

/// A tool's name, flags and help.
pub(super) struct Usage {
    /// What one types.
    pub(super) name: &'static str,
    /// Flags between blanks: `n` or `n/lines`, with `=` when it takes a value, `/color?` when the
    /// value may be missing.
    pub(super) flags: &'static str,
    /// What `--help` prints.
    pub(super) help: &'static str,
    /// The exit code when the command line is wrong.
    pub(super) wrong: ExitCode,
}

/// The flags and operands of a command line.
#[derive(Debug, Default)]
pub(super) struct Arguments {
    flags: Vec<(&'static str, String)>,
    /// What is not a flag.
    pub(super) operands: Vec<String>,
}

impl Arguments {
    /// Whether a flag was given, by its short name, or its long name when it has no short one.
    pub(super) fn has(&self, flag: &str) -> bool {
        self.flags.iter().any(|(name, _)| *name == flag)
    }

    /// The last value of a flag.
    pub(super) fn value(&self, flag: &str) -> Option<&str> {
        self.flags.iter().rev().find(|(name, _)| *name == flag).map(|(_, value)| value.as_str())
    }

    /// All values of a flag.
    pub(super) fn values(&self, flag: &str) -> Vec<&str> {
        let all = self.flags.iter().filter(|(name, _)| *name == flag);
        all.map(|(_, value)| value.as_str()).collect()
    }

    /// The last given of several flags.
    pub(super) fn last_of(&self, flags: &[&str]) -> Option<&'static str> {
        self.flags.iter().rev().map(|(name, _)| *name).find(|name| flags.contains(name))
    }

    /// The operands, or `-` for standard input.
    pub(super) fn files(&self) -> Vec<String> {
        if self.operands.is_empty() { vec!["-".to_owned()] } else { self.operands.clone() }
    }
}

/// One flag as its usage describes it.
#[derive(Clone, Copy)]
struct Flag {
    short: &'static str,
    long: &'static str,
    value: char,
}

impl Usage {
    fn all(&self) -> impl Iterator<Item = Flag> {
        self.flags.split_whitespace().map(|text| {
            let value = text.chars().last().filter(|it| matches!(it, '=' | '?')).unwrap_or(' ');
            let names = text.trim_end_matches(['=', '?']);
            let (short, long) = names.split_once('/').unwrap_or((names, ""));
            Flag { short, long, value }
        })
    }

    /// Reads the command line; prints help or a refusal and returns the exit code otherwise.
    pub(super) async fn read(&self, context: &Context) -> Result<Arguments, ExitCode> {
        if context.args.iter().take_while(|it| *it != "--").any(|it| it == "--help") {
            let _ = context.print(self.help).await;
            return Err(0);
        }
        match self.parse(&context.args) {
            Ok(arguments) => Ok(arguments),
            Err(message) => Err(self.refuse(context, &message).await),
        }
    }

    /// Refuses the command line as a whole.
    pub(super) async fn refuse(&self, context: &Context, message: &str) -> ExitCode {
        let name = self.name;
        context
            .complain(format!("{name}: {message}\nTry '{name} --help' for more information."))
            .await;
        self.wrong
    }

    fn parse(&self, words: &[String]) -> Result<Arguments, String> {
        let mut arguments = Arguments::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if word == "--" {
                arguments.operands.extend(words.cloned());
                break;
            } else if let Some(long) = word.strip_prefix("--") {
                self.long(long, &mut words, &mut arguments)?;
            } else if word.len() > 1 && word.starts_with('-') {
                self.short(&word[1..], &mut words, &mut arguments)?;
            } else {
                arguments.operands.push(word.clone());
            }
        }
        Ok(arguments)
    }

    fn long(
        &self,
        text: &str,
        words: &mut std::slice::Iter<'_, String>,
        arguments: &mut Arguments,
    ) -> Result<(), String> {
        let (name, attached) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (text, None),
        };
        let near: Vec<Flag> = self.all().filter(|it| it.long.starts_with(name)).collect();
        let exact = near.iter().find(|it| it.long == name).or(match near.as_slice() {
            [only] => Some(only),
            _ => None,
        });
        let Some(flag) = exact.filter(|_| !name.is_empty()) else {
            return Err(match near.len() {
                0 => format!("unrecognized option '--{text}'"),
                _ => format!("option '--{text}' is ambiguous"),
            });
        };
        let value = match (flag.value, attached) {
            ('=', None) => words
                .next()
                .cloned()
                .ok_or_else(|| format!("option '--{}' requires an argument", flag.long))?,
            (' ', Some(_)) => {
                return Err(format!("option '--{}' doesn't allow an argument", flag.long));
            }
            (_, attached) => attached.unwrap_or_default(),
        };
        arguments.flags.push((flag.key(), value));
        Ok(())
    }

    fn short(
        &self,
        text: &str,
        words: &mut std::slice::Iter<'_, String>,
        arguments: &mut Arguments,
    ) -> Result<(), String> {
        // `-5` stands for `-n 5` where the tool says so with a flag named `#`.
        if text.bytes().all(|byte| byte.is_ascii_digit()) && self.all().any(|it| it.short == "#") {
            arguments.flags.push(("#", text.to_owned()));
            return Ok(());
        }
        for (at, letter) in text.char_indices() {
            let found = self.all().find(|it| it.short.chars().eq([letter]));
            let Some(flag) = found else { return Err(format!("invalid option -- '{letter}'")) };
            let rest = &text[at + letter.len_utf8()..];
            match flag.value {
                '=' if !rest.is_empty() => arguments.flags.push((flag.key(), rest.to_owned())),
                '=' => {
                    let value = words
                        .next()
                        .ok_or_else(|| format!("option requires an argument -- '{letter}'"))?;
                    arguments.flags.push((flag.key(), value.clone()));
                }
                '?' => arguments.flags.push((flag.key(), rest.to_owned())),
                _ => {
                    arguments.flags.push((flag.key(), String::new()));
                    continue;
                }
            }
            break;
        }
        Ok(())
    }
}

impl Flag {
    fn key(self) -> &'static str {
        if self.short.is_empty() { self.long } else { self.short }
    }
}

impl Context {
    /// The input that an operand names; `-` is standard input.
    pub(super) fn open(&self, operand: &str) -> Result<Input, FileError> {
        if operand == "-" {
            return Ok(self.stdin.clone());
        }
        self.files.open(&self.path(operand)).map(Input::from_bytes)
    }

    /// Everything that an operand names, at most as much as a file may hold.
    pub(super) async fn contents(&self, operand: &str) -> Result<Contents, FileError> {
        let mut held = self.share.hold(0).ok_or(FileError::NoMemory)?;
        if operand != "-" {
            let bytes = self.files.open(&self.path(operand))?;
            return if held.grow(bytes.len()) {
                Ok(Contents { bytes, _held: held })
            } else {
                Err(FileError::NoMemory)
            };
        }
        let mut all = Vec::new();
        let mut stdin = self.stdin.clone();
        while let Some(chunk) = stdin.read().await {
            if all.len() + chunk.len() > crate::files::MAX_FILE_BYTES {
                return Err(FileError::TooLarge);
            }
            if !held.grow(chunk.len()) {
                return Err(FileError::NoMemory);
            }
            all.extend_from_slice(&chunk);
        }
        Ok(Contents { bytes: all.into(), _held: held })
    }
}

/// What a tool has gathered, counted for as long as it is kept.
pub(super) struct Contents {
    bytes: Bytes,
    _held: Held,
}

impl std::ops::Deref for Contents {
    type Target = Bytes;

    fn deref(&self) -> &Bytes {
        &self.bytes
    }
}

/// Lines with their line feeds.
pub(super) fn lines(bytes: &[u8]) -> impl DoubleEndedIterator<Item = &[u8]> {
    bytes.split_inclusive(|&byte| byte == b'\n')
}

/// Gathers small pieces of output into larger ones.
pub(super) struct Buffer<'a> {
    context: &'a Context,
    bytes: Vec<u8>,
}

impl<'a> Buffer<'a> {
    /// An empty buffer before standard output.
    pub(super) fn new(context: &'a Context) -> Self {
        Self { context, bytes: Vec::new() }
    }

    /// Adds bytes, writing them out when there are many.
    pub(super) async fn add(&mut self, bytes: &[u8]) -> Result<(), crate::stream::Closed> {
        self.bytes.extend_from_slice(bytes);
        if self.bytes.len() >= 4_096 { self.flush().await } else { Ok(()) }
    }

    /// Writes out what is there.
    pub(super) async fn flush(&mut self) -> Result<(), crate::stream::Closed> {
        self.context.print(std::mem::take(&mut self.bytes)).await
    }

    /// Writes out the rest and settles the exit code.
    pub(super) async fn finish(mut self, code: ExitCode) -> ExitCode {
        if self.flush().await.is_ok() { code } else { 141 }
    }
}
