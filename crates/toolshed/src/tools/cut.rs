//! `cut` and `tr`.

use std::collections::{HashMap, HashSet};

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
    let Some(ranges) = ranges(arguments.value(kind).unwrap_or_default()) else {
        return CUT.refuse(&context, "invalid field value").await;
    };
    let delimiter = arguments.value("d").unwrap_or("\t");
    if delimiter.chars().count() != 1 {
        return CUT.refuse(&context, "the delimiter must be a single character").await;
    }
    let joint = arguments.value("output-delimiter").unwrap_or(delimiter);
    let wanted = |number: usize| ranges.iter().any(|(from, to)| (*from..=*to).contains(&number));
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
            let text = String::from_utf8_lossy(&line);
            let text = text.trim_end_matches('\n');
            let kept = if kind != "f" {
                let numbered = text.chars().enumerate();
                numbered.filter(|(at, _)| wanted(at + 1)).map(|(_, it)| it).collect()
            } else if !text.contains(delimiter) {
                if arguments.has("s") {
                    continue;
                }
                text.to_owned()
            } else {
                let fields = text.split(delimiter).enumerate();
                let kept = fields.filter(|(at, _)| wanted(at + 1)).map(|(_, it)| it);
                kept.collect::<Vec<_>>().join(joint)
            };
            if buffer.add((kept + "\n").as_bytes()).await.is_err() {
                return 141;
            }
        }
    }
    buffer.finish(code).await
}

fn ranges(text: &str) -> Option<Vec<(usize, usize)>> {
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
    let complement = arguments.has("c") || arguments.has("C");
    // Of a letter that is named twice, the last counts.
    let places: HashMap<char, usize> = first.iter().enumerate().map(|(at, it)| (*it, at)).collect();
    let position = |it: char| match (places.get(&it).copied(), complement) {
        (found, false) => found,
        (None, true) => Some(usize::MAX),
        (Some(_), true) => None,
    };
    let squeezed = if second.is_empty() { &first } else { &second };
    let squeezed: HashSet<char> = squeezed.iter().copied().collect();
    let is_squeezed =
        |it: char| squeeze && (squeezed.contains(&it) != (complement && second.is_empty()));
    let mut stdin = context.stdin.clone();
    let mut previous = None;
    while let Some(line) = stdin.read_line().await {
        let mut text = String::with_capacity(line.len());
        for character in String::from_utf8_lossy(&line).chars() {
            let character = match position(character) {
                Some(_) if delete => continue,
                Some(at) if !second.is_empty() => second[at.min(second.len() - 1)],
                _ => character,
            };
            if previous == Some(character) && is_squeezed(character) {
                continue;
            }
            previous = Some(character);
            text.push(character);
        }
        if context.print(text).await.is_err() {
            return 141;
        }
    }
    0
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
