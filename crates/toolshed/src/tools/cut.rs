//! `cut` and `tr`.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::options::{Buffer, Usage};
use crate::tool::{Context, ExitCode};

const CUT: Usage = Usage {
    name: "cut",
    flags: "f/fields= d/delimiter= c/characters= b/bytes= s/only-delimited complement /output-delimiter=",
    help: "Usage: cut OPTION... [FILE]...\nPrint parts of each line.\n\n  -b, -c LIST  only these bytes or characters\n  -d CHAR  what separates fields (TAB)\n  -f LIST  only these fields\n  -s       leave out lines without a separator\n  --output-delimiter=TEXT\n\nLIST is N, N-, N-M or -M, with commas between.\n",
    wrong: 1,
};

/// Prints parts of lines.
pub(super) async fn cut(context: Context) -> ExitCode {
    let arguments = match CUT.read(&context).await {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let Some(kind) = arguments.last_of(&["f", "c", "b"]) else {
        return CUT
            .refuse(&context, "you must specify a list of bytes, characters, or fields")
            .await;
    };
    let Some(wanted) = ranges(arguments.value(kind).unwrap_or_default()) else {
        return CUT.refuse(&context, "invalid field value").await;
    };
    let delimiter = arguments.value("d").unwrap_or("\t");
    if delimiter.chars().count() != 1 {
        return CUT.refuse(&context, "the delimiter must be a single character").await;
    }
    let cutter = Arc::new(Cutter {
        wanted,
        fields: kind == "f",
        delimiter: delimiter.to_owned(),
        joint: arguments.value("output-delimiter").unwrap_or(delimiter).to_owned(),
        skip: arguments.has("s"),
    });
    let mut buffer = Buffer::new(&context);
    let mut code = 0;
    for file in arguments.files() {
        let mut input = match context.open(&file) {
            Ok(input) => input,
            Err(error) => {
                context.complain(format!("cut: {file}: {error}")).await;
                code = 1;
                continue;
            }
        };
        while let Some(line) = input.read_line().await {
            let (own, cost) = (Arc::clone(&cutter), line.len());
            let cut = context.share.apart(cost, move || own.cut(&line)).await;
            let Some(kept) = cut else { continue };
            if buffer.add((kept + "\n").as_bytes()).await.is_err() {
                return 141;
            }
        }
    }
    buffer.finish(code).await
}

/// What is kept of each line.
struct Cutter {
    /// From and to, in order and apart from each other.
    wanted: Vec<(usize, usize)>,
    fields: bool,
    delimiter: String,
    joint: String,
    skip: bool,
}

impl Cutter {
    fn wants(&self, number: usize) -> bool {
        let after = self.wanted.partition_point(|(from, _)| *from <= number);
        after.checked_sub(1).is_some_and(|at| number <= self.wanted[at].1)
    }

    fn cut(&self, line: &[u8]) -> Option<String> {
        let text = String::from_utf8_lossy(line);
        let text = text.trim_end_matches('\n');
        if !self.fields {
            let numbered = text.chars().enumerate();
            return Some(numbered.filter(|(at, _)| self.wants(at + 1)).map(|(_, it)| it).collect());
        }
        if !text.contains(&self.delimiter) {
            return (!self.skip).then(|| text.to_owned());
        }
        let fields = text.split(&self.delimiter).enumerate();
        let kept = fields.filter(|(at, _)| self.wants(at + 1)).map(|(_, it)| it);
        Some(kept.collect::<Vec<_>>().join(&self.joint))
    }
}

fn ranges(text: &str) -> Option<Vec<(usize, usize)>> {
    let mut all = parts(text)?;
    all.sort_unstable();
    let mut apart: Vec<(usize, usize)> = Vec::new();
    for (from, to) in all {
        match apart.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => apart.push((from, to)),
        }
    }
    Some(apart)
}

fn parts(text: &str) -> Option<Vec<(usize, usize)>> {
    let number = |text: &str| text.parse::<usize>().ok().filter(|it| *it > 0);
    text.split([',', ' '])
        .map(|part| match part.split_once('-') {
            None => number(part).map(|it| (it, it)),
            Some(("", "")) => None,
            Some(("", to)) => Some((1, number(to)?)),
            Some((from, "")) => Some((number(from)?, usize::MAX)),
            Some((from, to)) => Some((number(from)?, number(to)?)).filter(|(a, b)| a <= b),
        })
        .collect()
}

const TR: Usage = Usage {
    name: "tr",
    flags: "d/delete s/squeeze-repeats c/complement C t/truncate-set1",
    help: "Usage: tr [OPTION]... SET1 [SET2]\nReplace, squeeze or delete characters of standard input.\n\n  -c  all characters but SET1   -d  delete those of SET1\n  -s  make one of repeated ones\n\nSets know ranges (a-z), escapes (\\n) and classes ([:upper:]).\n",
    wrong: 1,
};

/// Replaces or deletes characters.
pub(super) async fn tr(context: Context) -> ExitCode {
    let arguments = match TR.read(&context).await {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let (delete, squeeze) = (arguments.has("d"), arguments.has("s"));
    let (first, second) = match arguments.operands.as_slice() {
        [] => return TR.refuse(&context, "missing operand").await,
        [first] if delete || squeeze => (set(first), Vec::new()),
        [first] => return TR.refuse(&context, &format!("missing operand after '{first}'")).await,
        [_, extra] if delete && !squeeze => {
            return TR.refuse(&context, &format!("extra operand '{extra}'")).await;
        }
        [first, second] => (set(first), set(second)),
        [_, _, extra, ..] => return TR.refuse(&context, &format!("extra operand '{extra}'")).await,
    };
    let squeezed = if second.is_empty() { &first } else { &second };
    let translation = Arc::new(Translation {
        // Of a letter that is named twice, the last counts.
        places: first.iter().enumerate().map(|(at, it)| (*it, at)).collect(),
        squeezed: squeezed.iter().copied().collect(),
        complement: arguments.has("c") || arguments.has("C"),
        delete,
        squeeze,
        second,
    });
    let mut stdin = context.stdin.clone();
    let mut previous = None;
    while let Some(line) = stdin.read_line().await {
        let own = Arc::clone(&translation);
        let (cost, before) = (line.len() * 4, previous);
        let work = move || own.translate(&line, before);
        let text;
        (text, previous) = context.share.apart(cost, work).await;
        if context.print(text).await.is_err() {
            return 141;
        }
    }
    0
}

/// What becomes of characters.
struct Translation {
    places: HashMap<char, usize>,
    second: Vec<char>,
    squeezed: HashSet<char>,
    complement: bool,
    delete: bool,
    squeeze: bool,
}

impl Translation {
    fn position(&self, it: char) -> Option<usize> {
        match (self.places.get(&it).copied(), self.complement) {
            (found, false) => found,
            (None, true) => Some(usize::MAX),
            (Some(_), true) => None,
        }
    }

    fn is_squeezed(&self, it: char) -> bool {
        let others = self.complement && self.second.is_empty();
        self.squeeze && self.squeezed.contains(&it) != others
    }

    /// A line's new text and the last character of it, or of what came before.
    fn translate(&self, line: &[u8], mut previous: Option<char>) -> (String, Option<char>) {
        let mut text = String::with_capacity(line.len());
        for character in String::from_utf8_lossy(line).chars() {
            let character = match self.position(character) {
                Some(_) if self.delete => continue,
                Some(at) if !self.second.is_empty() => self.second[at.min(self.second.len() - 1)],
                _ => character,
            };
            if previous == Some(character) && self.is_squeezed(character) {
                continue;
            }
            previous = Some(character);
            text.push(character);
        }
        (text, previous)
    }
}

/// How many characters a set may name.
const MAX_SET: usize = 1_200_000;

/// The characters of a set.
fn set(text: &str) -> Vec<char> {
    type Class = (&'static str, fn(&char) -> bool);
    let classes: [Class; 6] = [
        ("[:upper:]", char::is_ascii_uppercase),
        ("[:lower:]", char::is_ascii_lowercase),
        ("[:digit:]", char::is_ascii_digit),
        ("[:alpha:]", char::is_ascii_alphabetic),
        ("[:alnum:]", char::is_ascii_alphanumeric),
        ("[:punct:]", char::is_ascii_punctuation),
    ];
    let mut members = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if let Some((name, holds)) = classes.iter().find(|(name, _)| rest.starts_with(name)) {
            members.extend((0_u8..128).map(char::from).filter(holds));
            rest = &rest[name.len()..];
            continue;
        }
        if let Some(after) = rest.strip_prefix("[:space:]") {
            members.extend("\t\n\u{b}\u{c}\r ".chars());
            rest = after;
            continue;
        }
        let first = one(&mut rest);
        if rest.len() > 1 && rest.starts_with('-') {
            rest = &rest[1..];
            let last = one(&mut rest);
            members.extend((first..=last).take(70_000));
            // Beyond this there is no character that was not named.
            if members.len() > MAX_SET {
                return members;
            }
        } else {
            members.push(first);
        }
    }
    members
}

fn one(rest: &mut &str) -> char {
    let mut characters = rest.chars();
    let mut first = characters.next().unwrap_or_default();
    if first == '\\' {
        first = match characters.next() {
            Some('n') => '\n',
            Some('t') => '\t',
            Some('r') => '\r',
            Some('0') => '\0',
            Some(other) => other,
            None => '\\',
        };
    }
    *rest = characters.as_str();
    first
}
