//! `echo`, and how text is quoted and unescaped.

use super::{Shell, Step, Streams, print};
use std::fmt::Write as _;

/// Prints its arguments.
pub(crate) async fn echo(_: &mut Shell, words: Vec<String>, streams: &Streams) -> Step {
    let (mut feed, mut escapes) = (true, false);
    let mut arguments = &words[1..];
    while let Some(flags) = arguments.first().and_then(|word| word.strip_prefix('-'))
        && !flags.is_empty()
        && flags.chars().all(|flag| "neE".contains(flag))
    {
        feed &= !flags.contains('n');
        escapes = flags.chars().rfind(|flag| "eE".contains(*flag)).map_or(escapes, |it| it == 'e');
        arguments = &arguments[1..];
    }
    let mut text = arguments.join(" ");
    if escapes {
        let (plain, stopped) = unescape(&text, false);
        text = plain;
        feed &= !stopped;
    }
    if feed {
        text.push('\n');
    }
    print(streams, text).await
}

/// Replaces backslash escapes; true when `\c` ended the text.
pub(crate) fn unescape(text: &str, ansi_c: bool) -> (String, bool) {
    let mut bytes: Vec<u8> = Vec::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let mut buffer = [0; 4];
        if character != '\\' {
            bytes.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
            continue;
        }
        match characters.next() {
            Some('a') => bytes.push(7),
            Some('b') => bytes.push(8),
            Some('c') if !ansi_c => return (String::from_utf8_lossy(&bytes).into_owned(), true),
            Some('e' | 'E') => bytes.push(27),
            Some('f') => bytes.push(12),
            Some('n') => bytes.push(b'\n'),
            Some('r') => bytes.push(b'\r'),
            Some('t') => bytes.push(b'\t'),
            Some('v') => bytes.push(11),
            Some('\\') | None => bytes.push(b'\\'),
            Some(quote @ ('\'' | '"')) if ansi_c => bytes.push(quote as u8),
            Some('x') => match digits(&mut characters, 16, 2) {
                Some(code) => bytes.push(u8::try_from(code & 255).unwrap_or(0)),
                None => bytes.extend_from_slice(b"\\x"),
            },
            Some(kind @ ('u' | 'U')) => {
                let code = digits(&mut characters, 16, if kind == 'u' { 4 } else { 8 });
                let character = code.and_then(char::from_u32).unwrap_or('\u{fffd}');
                bytes.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
            }
            Some('0') if !ansi_c => {
                let code = digits(&mut characters, 8, 3).unwrap_or(0);
                bytes.push(u8::try_from(code & 255).unwrap_or(0));
            }
            Some(first @ '0'..='7') if ansi_c => {
                let mut code = first.to_digit(8).unwrap_or(0);
                for _ in 0..2 {
                    let Some(digit) = digits(&mut characters, 8, 1) else { break };
                    code = code * 8 + digit;
                }
                bytes.push(u8::try_from(code & 255).unwrap_or(0));
            }
            Some(other) => {
                bytes.push(b'\\');
                bytes.extend_from_slice(other.encode_utf8(&mut buffer).as_bytes());
            }
        }
    }
    (String::from_utf8_lossy(&bytes).into_owned(), false)
}

fn digits(
    characters: &mut std::iter::Peekable<std::str::Chars<'_>>,
    radix: u32,
    most: usize,
) -> Option<u32> {
    let mut value = None;
    for _ in 0..most {
        let Some(digit) = characters.peek().and_then(|it| it.to_digit(radix)) else { break };
        characters.next();
        value = Some(value.unwrap_or(0) * radix + digit);
    }
    value
}

/// Quotes a text so that the shell reads it back as one word.
pub(crate) fn quote(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@%+".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    if text.chars().any(char::is_control) {
        let mut quoted = String::from("$'");
        for character in text.chars() {
            match character {
                '\n' => quoted.push_str("\\n"),
                '\t' => quoted.push_str("\\t"),
                '\r' => quoted.push_str("\\r"),
                '\'' => quoted.push_str("\\'"),
                '\\' => quoted.push_str("\\\\"),
                other if other.is_control() => {
                    let _ = write!(quoted, "\\{:03o}", other as u32);
                }
                other => quoted.push(other),
            }
        }
        return quoted + "'";
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// Like [`quote`], with a backslash before each special character, as `printf %q` has it.
pub(super) fn escape(text: &str) -> String {
    if text.is_empty() || text.chars().any(char::is_control) {
        return quote(text);
    }
    let mut escaped = String::new();
    for character in text.chars() {
        let plain = character.is_alphanumeric() || "-_./=:,@%+^".contains(character);
        if !plain {
            escaped.push('\\');
        }
        escaped.push(character);
    }
    escaped
}
