//! `read`.

use super::{Shell, Step, Streams, helped, refuse};
use crate::shell::Value;
use crate::shell::fields::{MAX_FIELDS, MAX_FIELDS_BYTES};

/// Reads a line and splits it over variables.
pub(super) async fn read(shell: &mut Shell, words: Vec<String>, streams: &Streams) -> Step {
    if helped(&words, streams).await {
        return Ok(0);
    }
    let (mut raw, mut prompt, mut array, mut timeout) = (false, None, None, None);
    let mut names: Vec<&str> = Vec::new();
    let mut rest = words[1..].iter();
    while let Some(word) = rest.next() {
        let Some(flags) = word.strip_prefix('-').filter(|flags| !flags.is_empty()) else {
            names.push(word);
            continue;
        };
        for (at, flag) in flags.char_indices() {
            let mut value = || match &flags[at + 1..] {
                "" => rest.next().cloned(),
                attached => Some(attached.to_owned()),
            };
            match flag {
                'r' => raw = true,
                's' | 'e' => {}
                'p' => prompt = value(),
                'a' => array = value(),
                't' => timeout = value().and_then(|it| it.parse::<f64>().ok()),
                other => {
                    let message = format!("-{other}: this option is not available here");
                    return refuse(shell, &words, streams, &message).await;
                }
            }
            if matches!(flag, 'p' | 'a' | 't') {
                break;
            }
        }
    }
    if let Some(prompt) = prompt
        && streams.stdin.is_terminal()
    {
        let _ = streams.stderr.write(prompt).await;
    }
    let wait = timeout.filter(|it| it.is_finite() && *it > 0.0).unwrap_or(1e9).min(1e9);
    let wait = std::time::Duration::from_secs_f64(wait);
    let Ok((line, ended)) = tokio::time::timeout(wait, logical_line(streams, raw)).await else {
        return Ok(142);
    };
    shell.store_line(&line, &names, array.as_deref(), raw);
    Ok(u8::from(ended))
}

/// Reads all lines into an array.
pub(super) async fn mapfile(shell: &mut Shell, words: Vec<String>, streams: &Streams) -> Step {
    if helped(&words, streams).await {
        return Ok(0);
    }
    let (flags, names): (Vec<&String>, Vec<&String>) =
        words[1..].iter().partition(|word| word.starts_with('-'));
    if let Some(other) = flags.iter().find(|flag| flag.as_str() != "-t") {
        let message = format!("{other}: this option is not available here");
        return refuse(shell, &words, streams, &message).await;
    }
    let name = names.first().map_or("MAPFILE", |name| name.as_str());
    let Some(all) = streams.stdin.clone().read_to_end(MAX_FIELDS_BYTES).await else {
        return refuse(shell, &words, streams, "input too long: the limit is 4 MiB").await;
    };
    let text = String::from_utf8_lossy(&all).into_owned();
    let trimmed = !flags.is_empty();
    let keep = |line: &str| {
        let line = if trimmed { line.trim_end_matches('\n') } else { line };
        line.to_owned()
    };
    let items = (0_i64..).zip(text.split_inclusive('\n').take(MAX_FIELDS).map(keep)).collect();
    match shell.set(name, Value::Array(items)) {
        Ok(()) => Ok(0),
        Err(message) => refuse(shell, &words, streams, &message).await,
    }
}

/// A line, and with backslashes the ones it continues on; true when the input ended before it.
async fn logical_line(streams: &Streams, raw: bool) -> (String, bool) {
    let mut stdin = streams.stdin.clone();
    let mut text = String::new();
    loop {
        let Some(line) = stdin.read_line().await else { return (text, true) };
        let complete = line.ends_with(b"\n");
        text.push_str(String::from_utf8_lossy(&line).trim_end_matches('\n'));
        let slashes = text.bytes().rev().take_while(|&byte| byte == b'\\').count();
        if raw || slashes % 2 == 0 || !complete {
            return (text, !complete);
        }
        text.pop();
    }
}

impl Shell {
    fn store_line(&mut self, line: &str, names: &[&str], array: Option<&str>, raw: bool) {
        let separators = self.get("IFS").unwrap_or_else(|| " \t\n".to_owned());
        let mut fields =
            split(line, &separators, if array.is_some() { usize::MAX } else { names.len() });
        if !raw {
            for field in &mut fields {
                *field = unslash(field);
            }
        }
        if let Some(name) = array {
            let items = (0_i64..).zip(fields).collect();
            let _ = self.set(name, Value::Array(items));
            return;
        }
        if names.is_empty() {
            let whole = if raw { line.to_owned() } else { unslash(line) };
            self.set_text("REPLY", whole);
        }
        let mut fields = fields.into_iter();
        for name in names {
            self.set_text(name, fields.next().unwrap_or_default());
        }
    }
}

fn unslash(text: &str) -> String {
    let mut plain = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        plain.extend(if character == '\\' { characters.next() } else { Some(character) });
    }
    plain
}

/// Splits into at most `most` fields; the last takes the rest.
fn split(line: &str, separators: &str, most: usize) -> Vec<String> {
    let blank = |c: char| separators.contains(c) && c.is_whitespace();
    let mut rest = line.trim_matches(blank);
    let mut fields = Vec::new();
    while !rest.is_empty() {
        if fields.len() + 1 >= most {
            fields.push(rest.to_owned());
            break;
        }
        let end = rest.find(|c| separators.contains(c)).unwrap_or(rest.len());
        fields.push(rest[..end].to_owned());
        rest = rest[end..].trim_start_matches(blank);
        let mut after = rest.chars();
        if after.next().is_some_and(|c| separators.contains(c)) {
            rest = after.as_str().trim_start_matches(blank);
        }
    }
    fields
}
