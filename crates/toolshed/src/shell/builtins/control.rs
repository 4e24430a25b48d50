//! Builtins that decide what runs next.

use std::sync::Arc;

use super::{BUILTINS, Shell, Step, Streams, find, helped, print, refuse};
use crate::shell::Flow;
use crate::tools;

pub(super) async fn nothing(_: &mut Shell, _: Vec<String>, _: &Streams) -> Step {
    Ok(0)
}

pub(super) async fn fail(_: &mut Shell, _: Vec<String>, _: &Streams) -> Step {
    Ok(1)
}

/// A numeric argument, or what to say about it.
async fn number(shell: &Shell, words: &[String], streams: &Streams, default: i64) -> Option<i64> {
    match words.get(1) {
        None => Some(default),
        Some(word) => {
            if let Ok(number) = word.parse() {
                Some(number)
            } else {
                let message = format!("{}: {word}: numeric argument required", words[0]);
                shell.complain(streams, message).await;
                None
            }
        }
    }
}

fn code(number: i64) -> u8 {
    u8::try_from(number.rem_euclid(256)).unwrap_or(255)
}

pub(super) async fn exit(shell: &mut Shell, words: Vec<String>, streams: &Streams) -> Step {
    let status = i64::from(shell.status);
    Err(Flow::Exit(number(shell, &words, streams, status).await.map_or(2, code)))
}

pub(super) async fn leave_function(
    shell: &mut Shell,
    words: Vec<String>,
    streams: &Streams,
) -> Step {
    let status = i64::from(shell.status);
    Err(Flow::Return(number(shell, &words, streams, status).await.map_or(2, code)))
}

pub(super) async fn leave_loop(shell: &mut Shell, words: Vec<String>, streams: &Streams) -> Step {
    jump(shell, &words, streams, Flow::Break).await
}

pub(super) async fn next_turn(shell: &mut Shell, words: Vec<String>, streams: &Streams) -> Step {
    jump(shell, &words, streams, Flow::Continue).await
}

async fn jump(shell: &Shell, words: &[String], streams: &Streams, flow: fn(u32) -> Flow) -> Step {
    if !shell.is_looping() {
        let message = "only meaningful in a `for', `while', or `until' loop";
        refuse(shell, words, streams, message).await?;
        return Ok(0);
    }
    match number(shell, words, streams, 1).await {
        Some(levels @ 1..) => Err(flow(u32::try_from(levels).unwrap_or(u32::MAX))),
        Some(levels) => {
            refuse(shell, words, streams, &format!("{levels}: loop count out of range")).await
        }
        None => Err(Flow::Fail(128)),
    }
}

pub(super) async fn eval(shell: &mut Shell, words: Vec<String>, streams: &Streams) -> Step {
    shell.nested_lines(&words[1..].join(" "), streams).await
}

pub(super) async fn source(shell: &mut Shell, words: Vec<String>, streams: &Streams) -> Step {
    let Some(file) = words.get(1) else {
        return refuse(shell, &words, streams, "filename argument required").await;
    };
    let contents = match shell.lab.files.open(&shell.path(file)) {
        Ok(contents) => contents,
        Err(error) => {
            shell.complain(streams, format!("{file}: {error}")).await;
            return Ok(1);
        }
    };
    let text = String::from_utf8_lossy(&contents).into_owned();
    let positional = (words.len() > 2)
        .then(|| std::mem::replace(&mut shell.positional, Arc::new(words[2..].to_vec())));
    let step = shell.nested_lines(&text, streams).await;
    if let Some(positional) = positional {
        shell.positional = positional;
    }
    match step {
        Err(Flow::Return(code)) => Ok(code),
        other => other,
    }
}

impl Shell {
    /// Runs text inside of a running command, within the nesting limit.
    async fn nested_lines(&mut self, text: &str, streams: &Streams) -> Step {
        if self.depth >= crate::shell::MAX_DEPTH {
            return Err(self.no_fork(streams).await);
        }
        self.depth += 1;
        let step = if self.depth < 3 {
            Box::pin(self.run_lines(text, streams)).await
        } else {
            let (text, streams) = (text.to_owned(), streams.clone());
            self.apart(move |mut shell| {
                Box::pin(async move {
                    let step = shell.run_lines(&text, &streams).await;
                    (shell, step)
                })
            })
            .await
        };
        self.depth -= 1;
        step
    }
}

pub(super) async fn exec(shell: &mut Shell, words: Vec<String>, streams: &Streams) -> Step {
    if words.len() == 1 {
        return refuse(
            shell,
            &words,
            streams,
            "redirecting the shell itself is not available here",
        )
        .await;
    }
    let step = Box::pin(shell.dispatch_plain(words[1..].to_vec(), streams)).await;
    Err(Flow::Exit(step.unwrap_or_else(Flow::code)))
}

pub(super) async fn test(shell: &mut Shell, words: Vec<String>, streams: &Streams) -> Step {
    let mut arguments = &words[1..];
    if words[0] == "[" {
        match arguments.split_last() {
            Some((last, others)) if last == "]" => arguments = others,
            _ => {
                shell.complain(streams, "[: missing `]'").await;
                return Ok(2);
            }
        }
    }
    match shell.test(arguments, streams) {
        Ok(holds) => Ok(u8::from(!holds)),
        Err(message) => {
            shell.complain(streams, format!("{}: {message}", words[0])).await;
            Ok(2)
        }
    }
}

pub(super) async fn builtin(shell: &mut Shell, words: Vec<String>, streams: &Streams) -> Step {
    match words.get(1).map(|name| (name, find(name))) {
        None => Ok(0),
        Some((_, Some(builtin))) => (builtin.run)(shell, words[1..].to_vec(), streams).await,
        Some((name, None)) => {
            refuse(shell, &words, streams, &format!("{name}: not a shell builtin")).await
        }
    }
}

pub(super) async fn command(shell: &mut Shell, words: Vec<String>, streams: &Streams) -> Step {
    match words.get(1).map(String::as_str) {
        None => Ok(0),
        Some("-v") => {
            let mut code = 1;
            for name in &words[2..] {
                if let Some(found) = locate(shell, name) {
                    code = print(streams, format!("{found}\n")).await?;
                }
            }
            Ok(code)
        }
        Some("-V") => kind(shell, [&words[..1], &words[2..]].concat(), streams).await,
        Some(_) => Box::pin(shell.dispatch_plain(words[1..].to_vec(), streams)).await,
    }
}

/// What `command -v` prints.
fn locate(shell: &Shell, name: &str) -> Option<String> {
    if let Some(text) = shell.aliases.get(name) {
        return Some(format!("alias {name}='{text}'"));
    }
    if shell.functions.contains_key(name) || is_part_of_shell(name) {
        return Some(name.to_owned());
    }
    path_of(name)
}

/// Names that are programs on a real machine, though the shell runs them here.
const PROGRAMS: &[&str] = &["bash", "env", "sh", "timeout", "watch", "which", "xargs"];

fn is_part_of_shell(name: &str) -> bool {
    find(name).is_some() && !PROGRAMS.contains(&name)
}

fn path_of(name: &str) -> Option<String> {
    let directory = match name {
        "kubectl" => "/usr/local/bin",
        _ => "/usr/bin",
    };
    let exists = tools::find(name).is_some_and(|_| !tools::is_refused(name));
    (exists || find(name).is_some()).then(|| format!("{directory}/{name}"))
}

pub(super) async fn kind(shell: &mut Shell, words: Vec<String>, streams: &Streams) -> Step {
    let mut code = 0;
    let brief = words.get(1).is_some_and(|word| word == "-t");
    for name in words[1..].iter().filter(|word| !word.starts_with('-')) {
        if brief {
            match brief_kind(shell, name) {
                Some(kind) => print(streams, format!("{kind}\n")).await?,
                None => std::mem::replace(&mut code, 1),
            };
            continue;
        }
        let line = if let Some(text) = shell.aliases.get(name) {
            format!("{name} is aliased to `{text}'\n")
        } else if let Some(function) = shell.functions.get(name) {
            format!("{name} is a function\n{name} () \n{}\n", function.body.0)
        } else if is_part_of_shell(name) {
            format!("{name} is a shell builtin\n")
        } else if let Some(path) = path_of(name) {
            format!("{name} is {path}\n")
        } else {
            shell.complain(streams, format!("type: {name}: not found")).await;
            code = 1;
            continue;
        };
        print(streams, line).await?;
    }
    Ok(code)
}

/// What `type -t` prints.
fn brief_kind(shell: &Shell, name: &str) -> Option<&'static str> {
    if shell.aliases.contains_key(name) {
        return Some("alias");
    }
    if shell.functions.contains_key(name) {
        return Some("function");
    }
    if is_part_of_shell(name) {
        return Some("builtin");
    }
    path_of(name).map(|_| "file")
}

pub(super) async fn which(_: &mut Shell, words: Vec<String>, streams: &Streams) -> Step {
    if helped(&words, streams).await {
        return Ok(0);
    }
    let mut code = 0;
    for name in words[1..].iter().filter(|word| !word.starts_with('-')) {
        match path_of(name) {
            Some(path) => code = code.max(print(streams, format!("{path}\n")).await?),
            None => code = 1,
        }
    }
    Ok(code)
}

pub(super) async fn trap(shell: &mut Shell, words: Vec<String>, streams: &Streams) -> Step {
    let arguments: Vec<&String> = words[1..].iter().filter(|word| *word != "--").collect();
    match arguments.as_slice() {
        [] => {
            let lines = shell.traps.iter();
            let lines: String = lines
                .map(|(signal, text)| format!("trap -- '{text}' {signal}\n"))
                .collect::<Vec<_>>()
                .concat();
            print(streams, lines).await
        }
        [signal] => {
            shell.traps.remove(signal_name(signal).unwrap_or_default());
            Ok(0)
        }
        [commands, signals @ ..] => {
            let mut code = 0;
            for signal in signals {
                match signal_name(signal) {
                    Some(name) if *commands == "-" => {
                        shell.traps.remove(name);
                    }
                    Some(name) => {
                        shell.traps.insert(name, (*commands).clone());
                    }
                    None => {
                        let message = format!("{signal}: only EXIT, INT and TERM exist here");
                        code = refuse(shell, &words, streams, &message).await?;
                    }
                }
            }
            Ok(code)
        }
    }
}

fn signal_name(name: &str) -> Option<&'static str> {
    match name.trim_start_matches("SIG") {
        "EXIT" | "0" => Some("EXIT"),
        "INT" | "2" => Some("INT"),
        "TERM" | "15" => Some("TERM"),
        _ => None,
    }
}

/// The names that can be typed first: builtins and tools.
pub(crate) fn names() -> Vec<&'static str> {
    let mut names: Vec<_> = BUILTINS.iter().map(|builtin| builtin.name).collect();
    names.extend(tools::names());
    names.sort_unstable();
    names.dedup();
    names
}
