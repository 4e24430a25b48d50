//! `watch`: a command's output on a screen of its own, again and again.

use std::time::Duration;

use unicode_width::UnicodeWidthChar;

use super::{Shell, Step, Streams, helped};
use crate::shell::Flow;
use crate::stream::{Closed, pipe};

/// The shortest interval, as with the real one.
const SHORTEST: f64 = 0.1;

/// Runs a command every so often until Ctrl-C.
pub(super) async fn watch(shell: &mut Shell, words: Vec<String>, streams: &Streams) -> Step {
    if helped(&words, streams).await {
        return Ok(0);
    }
    let (mut interval, mut differences, mut title, mut direct) = (2.0_f64, false, true, false);
    let mut at = 1;
    while let Some(word) = words.get(at).filter(|word| word.starts_with('-')) {
        let (flag, attached) = word.split_at(2.min(word.len()));
        match (flag, word.as_str()) {
            (_, "-d" | "--differences") => differences = true,
            (_, "-t" | "--no-title") => title = false,
            (_, "-x" | "--exec") => direct = true,
            (_, "-c" | "--color") => {}
            ("-n", _) | (_, "--interval") => {
                let attached = if word.starts_with("--") { "" } else { attached };
                let value = if attached.is_empty() {
                    at += 1;
                    words.get(at).cloned().unwrap_or_default()
                } else {
                    attached.to_owned()
                };
                match value.replace(',', ".").parse::<f64>() {
                    Ok(seconds) if seconds.is_finite() => interval = seconds.clamp(SHORTEST, 1e6),
                    _ => {
                        let line = format!("watch: failed to parse argument: '{value}'\n");
                        let _ = streams.stderr.write(line).await;
                        return Ok(1);
                    }
                }
            }
            _ => {
                let line = format!(
                    "watch: unrecognized option '{word}'\nTry 'watch --help' for more information.\n"
                );
                let _ = streams.stderr.write(line).await;
                return Ok(1);
            }
        }
        at += 1;
    }
    let command = words[at..].to_vec();
    if command.is_empty() {
        let line = "watch: no command given\nTry 'watch --help' for more information.\n";
        let _ = streams.stderr.write(line).await;
        return Ok(1);
    }
    let screen = Screen { interval, differences, title, direct, command };
    screen.run(shell, streams).await
}

struct Screen {
    interval: f64,
    differences: bool,
    title: bool,
    direct: bool,
    command: Vec<String>,
}

impl Screen {
    async fn run(&self, shell: &mut Shell, streams: &Streams) -> Step {
        let mut before: Option<Vec<String>> = None;
        loop {
            let output = self.output(shell, streams).await?;
            let (columns, rows) = shell.size().unwrap_or((80, 24));
            let lines = fit(&output, columns.into(), rows.into(), self.title);
            let mut page = String::from("\x1b[H\x1b[2J");
            if self.title {
                page.push_str(&self.header(shell, columns.into()));
            }
            for (index, line) in lines.iter().enumerate() {
                let old = before.as_ref().map(|old| old.get(index).map_or("", String::as_str));
                page.push_str(&mark(line, old.filter(|_| self.differences)));
                if index + 1 < lines.len() {
                    page.push('\n');
                }
            }
            before = Some(lines);
            if let Err(Closed) = streams.stdout.write(page).await {
                return Ok(141);
            }
            tokio::time::sleep(Duration::from_secs_f64(self.interval)).await;
        }
    }

    async fn output(&self, shell: &mut Shell, streams: &Streams) -> Result<String, Flow> {
        let Some(mut inner) = shell.fork() else { return Err(shell.no_fork(streams).await) };
        let (stdout, mut input) = pipe();
        let own = Streams {
            stdin: crate::stream::Input::empty(),
            stderr: stdout.clone(),
            stdout,
            ..streams.clone()
        };
        let run = async move {
            if self.direct {
                let _ = Box::pin(inner.dispatch(self.command.clone(), &own)).await;
            } else {
                Box::pin(inner.run_text(&self.command.join(" "), &own)).await;
            }
        };
        // What does not fit on a screen need not be kept, but must be read.
        let collect = async {
            let mut all = Vec::new();
            while let Some(chunk) = input.read().await {
                if all.len() < 256 * 1024 {
                    all.extend_from_slice(&chunk);
                }
            }
            all
        };
        let ((), bytes) = tokio::join!(run, collect);
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn header(&self, shell: &Shell, columns: usize) -> String {
        let left = format!("Every {:.1}s: {}", self.interval, self.command.join(" "));
        let now = (shell.lab.clock)().strftime("%a %b %e %H:%M:%S %Y").to_string();
        let right = format!("{}: {now}", shell.lab.hostname);
        let room = columns.saturating_sub(right.len() + 1);
        let left: String = left.chars().take(room).collect();
        let gap = columns.saturating_sub(left.chars().count() + right.len());
        format!("{left}{}{right}\n\n", " ".repeat(gap))
    }
}

/// The lines that fit on the screen, cut at its width, without control characters.
fn fit(output: &str, columns: usize, rows: usize, title: bool) -> Vec<String> {
    let rows = rows.saturating_sub(if title { 2 } else { 0 }).max(1);
    let cut = |line: &str| {
        let mut kept = String::new();
        let mut width = 0;
        for character in line.replace('\t', "        ").chars().filter(|c| !c.is_control()) {
            width += character.width().unwrap_or(0);
            if width > columns {
                break;
            }
            kept.push(character);
        }
        kept
    };
    output.lines().take(rows).map(cut).collect()
}

/// A line with the characters that changed shown in reverse.
fn mark(line: &str, old: Option<&str>) -> String {
    let Some(old) = old else { return line.to_owned() };
    let mut old = old.chars();
    let mut marked = String::new();
    let mut reverse = false;
    for character in line.chars() {
        let changed = old.next() != Some(character);
        if changed != reverse {
            marked.push_str(if changed { "\x1b[7m" } else { "\x1b[27m" });
            reverse = changed;
        }
        marked.push(character);
    }
    if reverse {
        marked.push_str("\x1b[27m");
    }
    marked
}
