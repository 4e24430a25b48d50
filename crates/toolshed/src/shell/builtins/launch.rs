//! Commands that run other commands: `bash`, `env`, `timeout`, `xargs`.

use std::time::Duration;

use super::{Shell, Step, Streams, helped, print, refuse};
use crate::shell::fields::MAX_FIELDS_BYTES;
use crate::shell::{Flow, Value};

/// How much `xargs` and a script on standard input may read.
const MAX_INPUT: usize = 1024 * 1024;

/// How many arguments `xargs` gives to one command at most.
const MAX_ARGUMENTS: usize = 2_000;

pub(super) async fn bash(shell: &mut Shell, words: Vec<String>, streams: &Streams) -> Step {
    if helped(&words, streams).await {
        return Ok(0);
    }
    let mut options = Vec::new();
    let mut at = 1;
    while let Some(word) = words.get(at).filter(|word| word.starts_with('-') && word.len() > 1) {
        at += 1;
        match word.as_str() {
            "--" | "--login" | "-l" | "-i" | "-s" | "--norc" => {}
            "-o" => {
                options.push(format!("set -o {}\n", words.get(at).cloned().unwrap_or_default()));
                at += 1;
            }
            flags if flags[1..].chars().all(|flag| "ceux".contains(flag)) => {
                for flag in flags[1..].chars().filter(|flag| *flag != 'c') {
                    options.push(format!("set -{flag}\n"));
                }
                if flags.contains('c') {
                    let Some(text) = words.get(at) else {
                        return refuse(shell, &words, streams, "-c: option requires an argument")
                            .await;
                    };
                    let text = options.concat() + text;
                    let rest = words.get(at + 1..).unwrap_or_default();
                    let own = if rest.is_empty() { vec![words[0].clone()] } else { rest.to_vec() };
                    return shell.run_script(&text, own, streams).await;
                }
            }
            other => {
                return refuse(shell, &words, streams, &format!("{other}: invalid option")).await;
            }
        }
    }
    let text = match words.get(at) {
        Some(file) => match shell.lab.files.open(&shell.path(file)) {
            Ok(contents) => String::from_utf8_lossy(&contents).into_owned(),
            Err(error) => {
                shell.complain(streams, format!("{file}: {error}")).await;
                return Ok(127);
            }
        },
        None if streams.stdin.is_terminal() => return within(shell, streams).await,
        None => match streams.stdin.clone().read_to_end(MAX_INPUT).await {
            Some(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            None => {
                return refuse(shell, &words, streams, "script too long: the limit is 1 MiB").await;
            }
        },
    };
    let own = if at < words.len() { words[at..].to_vec() } else { vec![words[0].clone()] };
    shell.run_script(&(options.concat() + &text), own, streams).await
}

/// A shell within the shell: it knows the exported variables, and its end brings back this one.
async fn within(shell: &mut Shell, streams: &Streams) -> Step {
    let Some(inner) = shell.fork() else { return Err(shell.no_fork(streams).await) };
    let inner = inner.afresh("bash".to_owned());
    Ok(crate::terminal::attach::nested(inner, &streams.stdin, &streams.stdout).await)
}

pub(super) async fn env(shell: &mut Shell, words: Vec<String>, streams: &Streams) -> Step {
    if helped(&words, streams).await {
        return Ok(0);
    }
    let Some(mut inner) = shell.fork() else { return Err(shell.no_fork(streams).await) };
    let mut at = 1;
    while let Some(word) = words.get(at) {
        match word.as_str() {
            "-i" | "-" => inner.variables.retain(|_, variable| !variable.exported),
            "-u" => {
                at += 1;
                inner.variables.remove(words.get(at).map_or("", String::as_str));
            }
            flag if flag.starts_with('-') => {
                let message = format!(
                    "invalid option -- '{}'\nTry 'env --help' for more information.",
                    &flag[1..]
                );
                let _ = streams.stderr.write(format!("env: {message}\n")).await;
                return Ok(125);
            }
            assignment => match assignment.split_once('=') {
                Some((name, value)) => {
                    let _ = inner.set(name, Value::Text(value.to_owned()));
                    if let Some(variable) = inner.variables.get_mut(name) {
                        variable.exported = true;
                    }
                }
                None => break,
            },
        }
        at += 1;
    }
    if at < words.len() {
        inner.functions.clear();
        return Ok(inner
            .dispatch_boxed(words[at..].to_vec(), streams)
            .await
            .unwrap_or_else(Flow::code));
    }
    let lines: String = inner
        .exported()
        .iter()
        .map(|(name, value)| format!("{name}={value}\n"))
        .collect::<Vec<_>>()
        .concat();
    print(streams, lines).await
}

/// A duration as `sleep` and `timeout` take it: `1.5`, `2s`, `3m`, `1h`.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let (number, factor) = match text.chars().last()? {
        's' => (&text[..text.len() - 1], 1.0),
        'm' => (&text[..text.len() - 1], 60.0),
        'h' => (&text[..text.len() - 1], 3_600.0),
        'd' => (&text[..text.len() - 1], 86_400.0),
        _ => (text, 1.0),
    };
    let seconds = number.parse::<f64>().ok()? * factor;
    (seconds >= 0.0).then(|| Duration::from_secs_f64(seconds.min(1e9)))
}

pub(super) async fn timeout(shell: &mut Shell, words: Vec<String>, streams: &Streams) -> Step {
    if helped(&words, streams).await {
        return Ok(0);
    }
    let [_, time, command @ ..] = words.as_slice() else {
        let _ = streams
            .stderr
            .write("timeout: missing operand\nTry 'timeout --help' for more information.\n")
            .await;
        return Ok(125);
    };
    let Some(time) = duration(time).filter(|_| !command.is_empty()) else {
        let _ = streams.stderr.write(format!("timeout: invalid time interval '{time}'\n")).await;
        return Ok(125);
    };
    let Some(mut inner) = shell.fork() else { return Err(shell.no_fork(streams).await) };
    let running = inner.dispatch_boxed(command.to_vec(), streams);
    Ok(match tokio::time::timeout(time, running).await {
        Ok(step) => step.unwrap_or_else(Flow::code),
        Err(_) => 124,
    })
}

/// How `xargs` makes command lines.
struct Xargs {
    most: usize,
    replace: Option<String>,
    zero: bool,
    skip_empty: bool,
    trace: bool,
    command: Vec<String>,
}

impl Xargs {
    /// Reads the command line; the error is what to say.
    fn read(words: &[String]) -> Result<Self, String> {
        let mut xargs = Self {
            most: MAX_ARGUMENTS,
            replace: None,
            zero: false,
            skip_empty: false,
            trace: false,
            command: vec!["echo".to_owned()],
        };
        let mut at = 1;
        while let Some(word) = words.get(at).filter(|word| word.starts_with('-')) {
            let (flag, attached) = word.split_at(word.floor_char_boundary(2));
            let mut value = || {
                if attached.is_empty() {
                    at += 1;
                    words.get(at).cloned().unwrap_or_default()
                } else {
                    attached.to_owned()
                }
            };
            match flag {
                "-n" | "-L" => xargs.most = value().parse().ok().filter(|n| *n > 0).unwrap_or(1),
                "-I" => xargs.replace = Some(value()),
                "-P" => drop(value()),
                "-0" => xargs.zero = true,
                "-r" => xargs.skip_empty = true,
                "-t" => xargs.trace = true,
                other => {
                    let other = other.trim_start_matches('-');
                    return Err(format!(
                        "invalid option -- '{other}'\nTry 'xargs --help' for more information."
                    ));
                }
            }
            at += 1;
        }
        if at < words.len() {
            xargs.command = words[at..].to_vec();
        }
        Ok(xargs)
    }

    fn items(&self, input: &str) -> Vec<String> {
        if self.zero {
            input.split('\0').filter(|it| !it.is_empty()).map(str::to_owned).collect()
        } else if self.replace.is_some() {
            let lines = input.lines().map(|line| line.trim_start().to_owned());
            lines.filter(|it| !it.is_empty()).collect()
        } else {
            quoted_words(input)
        }
    }

    /// One command line, unless it would be too long.
    fn line(&self, items: &[String]) -> Option<Vec<String>> {
        let Some(mark) = &self.replace else {
            return Some([self.command.as_slice(), items].concat());
        };
        let item = items.first().map_or("", String::as_str);
        let marks: usize =
            self.command.iter().map(|word| word.matches(mark.as_str()).count()).sum();
        if marks.saturating_mul(item.len()) > MAX_FIELDS_BYTES {
            return None;
        }
        Some(self.command.iter().map(|word| word.replace(mark.as_str(), item)).collect())
    }
}

pub(super) async fn xargs(shell: &mut Shell, words: Vec<String>, streams: &Streams) -> Step {
    if helped(&words, streams).await {
        return Ok(0);
    }
    let complain = async |message: &str| {
        let _ = streams.stderr.write(format!("xargs: {message}\n")).await;
        Ok(1)
    };
    let xargs = match Xargs::read(&words) {
        Ok(xargs) => xargs,
        Err(message) => return complain(&message).await,
    };
    let Some(input) = streams.stdin.clone().read_to_end(MAX_INPUT).await else {
        return complain("input too long: the limit is 1 MiB").await;
    };
    let items = xargs.items(&String::from_utf8_lossy(&input));
    if items.is_empty() && (xargs.skip_empty || xargs.replace.is_some()) {
        return Ok(0);
    }
    let each = if xargs.replace.is_some() { 1 } else { xargs.most };
    // Without any item the command runs once, too.
    let none: &[String] = &[];
    let chunks = items.chunks(each).chain(items.is_empty().then_some(none));
    let mut code = 0;
    let inner = Streams { stdin: crate::stream::Input::empty(), ..streams.clone() };
    for chunk in chunks {
        let Some(line) = xargs.line(chunk) else {
            return complain("argument line too long").await;
        };
        if xargs.trace {
            let _ = streams.stderr.write(line.join(" ") + "\n").await;
        }
        let Some(mut runner) = shell.fork() else { return Err(shell.no_fork(streams).await) };
        runner.functions.clear();
        match runner.dispatch_boxed(line, &inner).await.unwrap_or_else(Flow::code) {
            0 => {}
            missing @ (126 | 127) => return Ok(missing),
            // Ended by a signal, as when nobody reads any more: so does this.
            129.. => return Ok(125),
            _ => code = 123,
        }
    }
    Ok(code)
}

/// Words between blanks; quotes and backslashes keep blanks.
fn quoted_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some(open), close) if open == close => quote = None,
            (Some(_), inner) => word.get_or_insert_default().push(inner),
            (None, open @ ('\'' | '"')) => {
                quote = Some(open);
                word.get_or_insert_default();
            }
            (None, '\\') => word.get_or_insert_default().extend(characters.next()),
            (None, blank) if blank.is_whitespace() => words.extend(word.take()),
            (None, other) => word.get_or_insert_default().push(other),
        }
    }
    words.extend(word);
    words
}

impl Shell {
    fn dispatch_boxed<'a>(
        &'a mut self,
        words: Vec<String>,
        streams: &'a Streams,
    ) -> futures::future::BoxFuture<'a, Step> {
        Box::pin(self.dispatch(words, streams))
    }
}
