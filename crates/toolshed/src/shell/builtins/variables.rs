//! Builtins that set, list and forget variables, aliases and arguments.

use super::text::quote;
use super::{Shell, Step, Streams, print, refuse};
use crate::shell::memory::Variable;
use crate::shell::{Flow, Value};
use std::fmt::Write as _;
use std::sync::Arc;

fn is_name(name: &str) -> bool {
    name.chars()
        .enumerate()
        .all(|(at, c)| c == '_' || c.is_ascii_alphabetic() || (at > 0 && c.is_ascii_digit()))
        && !name.is_empty()
}

/// `NAME`, `NAME=VALUE` or `NAME+=VALUE`.
fn split(word: &str) -> (&str, Option<&str>, bool) {
    match word.split_once('=') {
        Some((name, value)) => match name.strip_suffix('+') {
            Some(name) => (name, Some(value), true),
            None => (name, Some(value), false),
        },
        None => (word, None, false),
    }
}

/// Sets the variables that words name and then does `change` to each.
async fn each(
    shell: &mut Shell,
    words: &[String],
    streams: &Streams,
    change: impl Fn(&mut Variable),
) -> Step {
    let mut code = 0;
    for word in words[1..].iter().filter(|word| !word.starts_with('-')) {
        let (name, value, append) = split(word);
        if !is_name(name) {
            refuse(shell, words, streams, &format!("`{word}': not a valid identifier")).await?;
            code = 1;
            continue;
        }
        let old = shell.get(name);
        let text = match value {
            Some(value) if append => Some(old.unwrap_or_default() + value),
            Some(value) => Some(value.to_owned()),
            None if !shell.variables.contains_key(name) => Some(String::new()),
            None => None,
        };
        if let Some(text) = text
            && let Err(message) = shell.set(name, Value::Text(text))
        {
            refuse(shell, words, streams, &message).await?;
            code = 1;
            continue;
        }
        if let Some(variable) = shell.variables.get_mut(name) {
            change(variable);
        }
    }
    Ok(code)
}

pub(super) async fn export(shell: &mut Shell, words: Vec<String>, streams: &Streams) -> Step {
    if words.len() == 1 || words[1] == "-p" {
        let exported = shell.exported();
        let lines: String = exported
            .iter()
            .map(|(name, value)| format!("declare -x {name}={}\n", double_quote(value)))
            .collect::<Vec<_>>()
            .concat();
        return print(streams, lines).await;
    }
    let on = words[1] != "-n";
    each(shell, &words, streams, |variable| variable.exported = on).await
}

fn double_quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        if matches!(character, '"' | '\\' | '$' | '`') {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    quoted + "\""
}

pub(super) async fn readonly(shell: &mut Shell, words: Vec<String>, streams: &Streams) -> Step {
    each(shell, &words, streams, |variable| variable.readonly = true).await
}

pub(super) async fn declare(shell: &mut Shell, words: Vec<String>, streams: &Streams) -> Step {
    let flags: String = words[1..].iter().filter(|word| word.starts_with('-')).cloned().collect();
    no_keys(shell, &words, streams).await?;
    if let Some(flag) = flags.chars().find(|flag| !"-xragip".contains(*flag)) {
        return refuse(
            shell,
            &words,
            streams,
            &format!("-{flag}: this option is not available here"),
        )
        .await;
    }
    if words.iter().skip(1).all(|word| word.starts_with('-')) {
        return list(shell, streams).await;
    }
    if flags.contains('p') {
        let mut lines = String::new();
        for name in words[1..].iter().filter(|word| !word.starts_with('-')) {
            if let Some(text) = shell.get(name) {
                let _ = writeln!(lines, "declare -- {name}={}", double_quote(&text));
            }
        }
        return print(streams, lines).await;
    }
    if !flags.contains('g') {
        for word in words[1..].iter().filter(|word| !word.starts_with('-')) {
            shell.make_local(split(word).0);
        }
    }
    if flags.contains('a') {
        let names = words[1..].iter().filter(|word| !word.starts_with('-') && !word.contains('='));
        for name in names.filter(|name| is_name(name)) {
            if !shell.variables.contains_key(name.as_str()) {
                // A lab that is full says so with the first element.
                let _ = shell.set(name, Value::Array(std::collections::BTreeMap::new()));
            }
        }
    }
    each(shell, &words, streams, |variable| {
        variable.exported |= flags.contains('x');
        variable.readonly |= flags.contains('r');
    })
    .await
}

/// Lists all variables as `set` does.
pub(super) async fn list(shell: &mut Shell, streams: &Streams) -> Step {
    let mut lines = String::new();
    for (name, variable) in shell.variables.iter() {
        match variable.value() {
            Value::Text(text) => {
                let _ = writeln!(lines, "{name}={}", quote(text));
            }
            Value::Array(items) => {
                let items = items.iter().map(|(at, it)| format!("[{at}]={}", double_quote(it)));
                let _ = writeln!(lines, "{name}=({})", items.collect::<Vec<_>>().join(" "));
            }
        }
    }
    print(streams, lines).await
}

/// Ends the script that wants arrays by key: as others, all their keys would mean 0.
async fn no_keys(shell: &Shell, words: &[String], streams: &Streams) -> Result<(), Flow> {
    let flags = words[1..].iter().take_while(|word| word.starts_with(['-', '+']));
    if !flags.into_iter().any(|word| word.contains('A')) {
        return Ok(());
    }
    let message = "-A: arrays by key are not available here; use arrays by number, or case";
    shell.complain(streams, format!("{}: {message}", words[0])).await;
    Err(Flow::Fail(1))
}

pub(super) async fn local(shell: &mut Shell, words: Vec<String>, streams: &Streams) -> Step {
    no_keys(shell, &words, streams).await?;
    for word in words[1..].iter().filter(|word| !word.starts_with('-')) {
        if !shell.make_local(split(word).0) {
            return refuse(shell, &words, streams, "can only be used in a function").await;
        }
    }
    each(shell, &words, streams, |_| {}).await
}

pub(super) async fn unset(shell: &mut Shell, words: Vec<String>, streams: &Streams) -> Step {
    let functions = words.get(1).is_some_and(|word| word == "-f");
    for name in words[1..].iter().filter(|word| !word.starts_with('-')) {
        if shell.variables.get(name).is_some_and(|variable| variable.readonly) {
            let message = format!("{name}: cannot unset: readonly variable");
            return refuse(shell, &words, streams, &message).await;
        }
        if let Some((array, index)) = name.strip_suffix(']').and_then(|it| it.split_once('[')) {
            match shell.arithmetic(index) {
                Ok(index) => shell.forget_element(array, index),
                Err(message) => return refuse(shell, &words, streams, &message).await,
            }
            continue;
        }
        if functions || shell.variables.remove(name).is_none() {
            shell.functions.remove(name);
        }
    }
    Ok(0)
}

pub(super) async fn shift(shell: &mut Shell, words: Vec<String>, _: &Streams) -> Step {
    let count = words.get(1).map_or(Some(1), |word| word.parse().ok());
    match count {
        Some(count) if count <= shell.positional.len() => {
            Arc::make_mut(&mut shell.positional).drain(..count);
            Ok(0)
        }
        _ => Ok(1),
    }
}

pub(super) async fn alias(shell: &mut Shell, words: Vec<String>, streams: &Streams) -> Step {
    let line = |(name, text): (&String, &String)| {
        format!("alias {name}='{}'\n", text.replace('\'', "'\\''"))
    };
    if words.len() == 1 {
        let lines: String = shell.aliases.iter().map(line).collect();
        return print(streams, lines).await;
    }
    let mut code = 0;
    for word in &words[1..] {
        match word.split_once('=') {
            Some((name, text)) if shell.aliases.len() < 200 && word.len() <= 4_096 => {
                shell.aliases.insert(name.to_owned(), text.to_owned());
            }
            _ => match shell.aliases.get_key_value(word) {
                Some(found) => code = code.max(print(streams, line(found)).await?),
                None => {
                    code = refuse(shell, &words, streams, &format!("{word}: not found")).await?;
                }
            },
        }
    }
    Ok(code)
}

pub(super) async fn unalias(shell: &mut Shell, words: Vec<String>, streams: &Streams) -> Step {
    if words.get(1).is_some_and(|word| word == "-a") {
        shell.aliases.clear();
        return Ok(0);
    }
    for word in &words[1..] {
        if shell.aliases.remove(word).is_none() {
            return refuse(shell, &words, streams, &format!("{word}: not found")).await;
        }
    }
    Ok(0)
}

pub(super) async fn evaluate(shell: &mut Shell, words: Vec<String>, streams: &Streams) -> Step {
    let mut value = 0;
    for word in &words[1..] {
        match shell.arithmetic(word) {
            Ok(number) => value = number,
            Err(message) => {
                shell.complain(streams, format!("let: {message}")).await;
                return Err(Flow::Fail(1));
            }
        }
    }
    Ok(u8::from(value == 0))
}
