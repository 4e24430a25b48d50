//! Shell patterns (`*`, `?`, `[a-z]`) as regular expressions, and file names that match them.
//!
//! **Invariant:** what takes longer than some milliseconds is for [`Share::apart`]; [`cost`] tells.
//!
//! In a pattern, a backslash makes the next character literal; quoting is turned into backslashes
//! before a pattern gets here.

use std::fmt::Write as _;

use regex::Regex;

use crate::files::Files;
use crate::share::{Pace, Share};
use crate::shell::fields::MAX_FIELDS;

/// Whether any character in a pattern is special.
pub(crate) fn is_special(pattern: &str) -> bool {
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => {
                characters.next();
            }
            '*' | '?' | '[' => return true,
            _ => {}
        }
    }
    false
}

/// Makes every special character of a text literal.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '*' | '?' | '[' | ']' | '\\' | '-' | '!' | '^') {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}

/// The regular expression of a pattern, without anchors; `lazy` makes `*` as short as possible.
pub(crate) fn source(pattern: &str, lazy: bool) -> String {
    let mut regex = String::from("(?s:");
    let characters: Vec<char> = pattern.chars().collect();
    let mut at = 0;
    while at < characters.len() {
        match characters[at] {
            '*' => regex.push_str(if lazy { ".*?" } else { ".*" }),
            '?' => regex.push('.'),
            '\\' if at + 1 < characters.len() => {
                at += 1;
                push_literal(&mut regex, characters[at]);
            }
            '[' => match class(&characters[at..]) {
                Some((source, length)) => {
                    regex.push_str(&source);
                    at += length - 1;
                }
                None => push_literal(&mut regex, '['),
            },
            other => push_literal(&mut regex, other),
        }
        at += 1;
    }
    regex.push(')');
    regex
}

/// A compiled pattern that must match a whole text.
pub(crate) fn whole(pattern: &str) -> Option<Regex> {
    compile(&format!("^{}$", source(pattern, false)))
}

/// Compiles a regular expression within a bounded size.
pub(crate) fn compile(source: &str) -> Option<Regex> {
    let most = (source.len() * 64).clamp(1 << 18, 1 << 22);
    regex::RegexBuilder::new(source).size_limit(most).build().ok()
}

/// What matching costs, in bytes looked at.
pub(crate) fn cost(pattern: &str, text: &str) -> usize {
    (pattern.len() + text.len()) * 8
}

/// Whether a pattern matches a whole text.
pub(crate) async fn matches(share: &Share, pattern: &str, text: &str) -> bool {
    let (own, other) = (pattern.to_owned(), text.to_owned());
    let matches = move || match literal(&own) {
        Some(literal) => literal == other,
        None => whole(&own).is_some_and(|regex| regex.is_match(&other)),
    };
    share.apart(cost(pattern, text), matches).await
}

/// The text that a pattern stands for when nothing in it is special.
pub(crate) fn literal(pattern: &str) -> Option<String> {
    if is_special(pattern) {
        return None;
    }
    let mut text = String::with_capacity(pattern.len());
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        text.push(if character == '\\' { characters.next().unwrap_or('\\') } else { character });
    }
    Some(text)
}

fn push_literal(regex: &mut String, character: char) {
    let mut buffer = [0; 4];
    regex.push_str(&regex::escape(character.encode_utf8(&mut buffer)));
}

/// A bracket expression at the head of `characters`: its regular expression and its length.
fn class(characters: &[char]) -> Option<(String, usize)> {
    let mut at = 1;
    let mut source = String::from("[");
    if matches!(characters.get(at), Some('!' | '^')) {
        source.push('^');
        at += 1;
    }
    let first = at;
    loop {
        match *characters.get(at)? {
            ']' if at > first => break,
            '[' if characters.get(at + 1) == Some(&':') => {
                let end = characters[at..].iter().position(|&c| c == ']')?;
                let name: String = characters[at..=at + end].iter().collect();
                source.push_str(&name);
                at += end;
            }
            '\\' => {
                at += 1;
                let _ = write!(source, "\\x{{{:x}}}", *characters.get(at)? as u32);
            }
            '-' if at > first && characters.get(at + 1).is_some_and(|&c| c != ']') => {
                source.push('-');
            }
            other => {
                let _ = write!(source, "\\x{{{:x}}}", other as u32);
            }
        }
        at += 1;
    }
    source.push(']');
    Regex::new(&source).ok().map(|_| (source, at + 1))
}

/// The paths that match a pattern, sorted, as they would be typed from `directory`; nothing when
/// they are too many, as `*/../*/../*` makes of a few.
pub(crate) async fn glob(
    files: &Files,
    directory: &str,
    pattern: &str,
    pace: &mut Pace,
) -> Option<Vec<String>> {
    let mut found = vec![if pattern.starts_with('/') { "/".to_owned() } else { String::new() }];
    let parts: Vec<&str> = pattern.split('/').filter(|part| !part.is_empty()).collect();
    for (index, part) in parts.iter().enumerate() {
        let last = index + 1 == parts.len();
        let mut next = Vec::new();
        let regex = if is_special(part) { whole(part) } else { None };
        for base in &found {
            let before = next.len();
            let only = !last || pattern.ends_with('/');
            let looked = extend(files, directory, base, (part, regex.as_ref()), only, &mut next);
            pace.spend((looked + next.len() - before) * 256 + base.len()).await;
            if next.len() > MAX_FIELDS {
                return None;
            }
        }
        found = next;
    }
    if pattern.ends_with('/') {
        for path in &mut found {
            path.push('/');
        }
    }
    found.sort();
    Some(found)
}

/// Adds what matches below one path and tells how many names it looked at.
fn extend(
    files: &Files,
    directory: &str,
    base: &str,
    (part, regex): (&str, Option<&Regex>),
    only_directories: bool,
    found: &mut Vec<String>,
) -> usize {
    let join = |name: &str| match base {
        "" => name.to_owned(),
        base if base.ends_with('/') => format!("{base}{name}"),
        base => format!("{base}/{name}"),
    };
    let fits = |path: &str| {
        let path = crate::files::absolute(directory, path);
        if only_directories { files.is_directory(&path) } else { files.metadata(&path).is_ok() }
    };
    if !is_special(part) {
        let path = join(&part.replace('\\', ""));
        if fits(&path) {
            found.push(path);
        }
        return 1;
    }
    let Some(regex) = regex else { return 1 };
    let Ok(entries) = files.list(&crate::files::absolute(directory, base)) else { return 1 };
    let looked = entries.len();
    for (name, _) in entries {
        let hidden = name.starts_with('.') && !part.starts_with('.');
        let path = join(&name);
        if !hidden && regex.is_match(&name) && fits(&path) {
            found.push(path);
        }
    }
    looked
}
