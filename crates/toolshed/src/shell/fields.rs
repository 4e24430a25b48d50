//! From expanded fragments to fields: splitting, joining, and patterns that name files.

use std::collections::BTreeSet;

use super::{Flow, Shell, pattern};
use crate::share::Pace;

/// How many words one command may have.
pub(crate) const MAX_FIELDS: usize = 20_000;

/// How many bytes the words of one command may have together.
pub(crate) const MAX_FIELDS_BYTES: usize = 4 * 1024 * 1024;

/// What words take.
pub(crate) fn bytes(words: &[String]) -> usize {
    words.iter().map(|word| word.len() + std::mem::size_of::<String>()).sum()
}

/// How an expanded text is treated further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// Typed without quotes: may be a pattern.
    Bare,
    /// Between quotes: taken as it is.
    Quoted,
    /// From an unquoted `$…`: is split at blanks, and may be a pattern.
    Expanded,
}

/// A piece of an expanded word.
#[derive(Clone, Debug)]
pub(crate) enum Fragment {
    /// Text and how to treat it.
    Text(String, Mark),
    /// The border between two items of `"$@"`.
    Border,
}

/// The pieces of a text in the making, with how long they are together.
#[derive(Debug, Default)]
pub(crate) struct Fragments {
    list: Vec<Fragment>,
    bytes: usize,
}

impl Fragments {
    pub(crate) fn push(&mut self, fragment: Fragment) {
        self.bytes += match &fragment {
            Fragment::Text(text, _) => text.len(),
            Fragment::Border => 1,
        };
        self.list.push(fragment);
    }

    /// How many pieces there are.
    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// How long they are together.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The pieces.
    pub(crate) fn into_list(self) -> Vec<Fragment> {
        self.list
    }
}

/// All of a word's text, as in an assignment.
pub(crate) fn join(fragments: &[Fragment]) -> String {
    let texts = fragments.iter().map(|fragment| match fragment {
        Fragment::Text(text, _) => text.as_str(),
        Fragment::Border => " ",
    });
    texts.collect()
}

/// A word as a pattern, in which what was quoted is literal.
pub(crate) fn join_pattern(fragments: &[Fragment]) -> String {
    let mut joined = String::new();
    for fragment in fragments {
        match fragment {
            Fragment::Text(text, Mark::Quoted) => joined.push_str(&pattern::escape(text)),
            Fragment::Text(text, Mark::Bare | Mark::Expanded) => joined.push_str(text),
            Fragment::Border => joined.push(' '),
        }
    }
    joined
}

/// One field that is being put together.
#[derive(Default)]
struct Field {
    text: String,
    pattern: String,
    special: bool,
    /// An empty field stays when any part of it was quoted.
    quoted: bool,
}

impl Shell {
    /// Splits fragments into fields and replaces patterns by the files they match.
    pub(crate) async fn split(
        &self,
        fragments: Vec<Fragment>,
        pace: &mut Pace,
    ) -> Result<Vec<String>, Flow> {
        let separators = self.get("IFS").unwrap_or_else(|| " \t\n".to_owned());
        let separators: BTreeSet<char> = separators.chars().collect();
        let mut fields: Vec<Field> = Vec::new();
        let mut open: Option<Field> = None;
        for fragment in fragments {
            if let Fragment::Text(text, _) = &fragment {
                pace.spend(text.len()).await;
            }
            match fragment {
                Fragment::Border => fields.extend(open.take()),
                Fragment::Text(text, Mark::Quoted) => {
                    let field = open.get_or_insert_default();
                    field.quoted = true;
                    field.pattern.push_str(&pattern::escape(&text));
                    field.text.push_str(&text);
                }
                Fragment::Text(text, Mark::Bare) => {
                    if !text.is_empty() {
                        open.get_or_insert_default().push(&text);
                    }
                }
                Fragment::Text(text, Mark::Expanded) => {
                    split_text(&text, &separators, &mut open, &mut fields);
                }
            }
            if fields.len() > MAX_FIELDS {
                return Err(Flow::Fail(126));
            }
        }
        fields.extend(open);
        let mut words = Vec::with_capacity(fields.len());
        for field in fields {
            if !self.finish(field, &mut words, pace).await || words.len() > MAX_FIELDS {
                return Err(Flow::Fail(126));
            }
        }
        Ok(words)
    }

    /// Adds a field's words; false when its pattern has too many.
    async fn finish(&self, field: Field, words: &mut Vec<String>, pace: &mut Pace) -> bool {
        pace.spend(field.text.len() + 64).await;
        if field.special && !self.options.noglob {
            let files = &self.lab.files;
            let found = pattern::glob(files, &self.directory, &field.pattern, pace).await;
            let Some(found) = found else { return false };
            if !found.is_empty() {
                words.extend(found);
                return true;
            }
        }
        if field.quoted || !field.text.is_empty() {
            words.push(field.text);
        }
        true
    }
}

impl Field {
    fn push(&mut self, text: &str) {
        self.special |= pattern::is_special(text);
        self.text.push_str(text);
        self.pattern.push_str(&text.replace('\\', "\\\\"));
    }
}

fn split_text(
    text: &str,
    separators: &BTreeSet<char>,
    open: &mut Option<Field>,
    fields: &mut Vec<Field>,
) {
    let mut run = String::new();
    let flush = |run: &mut String, open: &mut Option<Field>| {
        if !run.is_empty() {
            open.get_or_insert_default().push(run);
            run.clear();
        }
    };
    let mut after_blank = true;
    for character in text.chars() {
        if !separators.contains(&character) {
            run.push(character);
            after_blank = false;
            continue;
        }
        flush(&mut run, open);
        if character.is_whitespace() {
            fields.extend(open.take());
            after_blank = true;
        } else {
            // A separator that is no blank also makes empty fields.
            match open.take() {
                Some(field) => fields.push(field),
                None if !after_blank || fields.is_empty() => {
                    fields.push(Field { quoted: true, ..Field::default() });
                }
                None => {}
            }
            after_blank = false;
        }
    }
    flush(&mut run, open);
}
