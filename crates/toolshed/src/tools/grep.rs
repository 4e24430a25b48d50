//! `grep`.

use std::collections::VecDeque;
use std::ops::Range;

use regex::bytes::Regex;

use super::matcher::{LARGEST, Matcher, TooMuch, ranges};
use super::options::{Arguments, Usage};
use crate::files::{FileError, Kind};
use crate::stream::{Closed, Input};
use crate::tool::{Context, ExitCode};

const GREP: Usage = Usage {
    name: "grep",
    flags: "E/extended-regexp F/fixed-strings G/basic-regexp e/regexp= f/file= i/ignore-case v/invert-match w/word-regexp x/line-regexp c/count n/line-number o/only-matching q/quiet s/no-messages h/no-filename H/with-filename l/files-with-matches L/files-without-match m/max-count= r/recursive R A/after-context= B/before-context= C/context= /color? /line-buffered a/text #=",
    help: "Usage: grep [OPTION]... PATTERN [FILE]...\nPrint lines that match PATTERN.\n\n  -E  extended regular expressions    -F  fixed text\n  -e PATTERN  (again and again)       -i  ignore case\n  -v  lines that do not match         -w  whole words    -x  whole lines\n  -c  only how many                   -n  with line numbers\n  -o  only what matched               -q  print nothing, only the exit code\n  -l  names of files that match       -L  names of files that do not\n  -h  without file names              -H  with file names\n  -m N  stop after N lines            -r  directories too\n  -A N  N lines after   -B N  N lines before   -C N  both\n  --color[=WHEN]  mark what matched\n\nThe exit code is 0 when a line matched, 1 when none did, 2 after an error.\n",
    wrong: 2,
};

struct Search<'a> {
    context: &'a Context,
    arguments: &'a Arguments,
    matcher: Matcher,
    names: bool,
    before: usize,
    after: usize,
    most: usize,
    color: bool,
}

/// Why a search ends before its end.
enum Stop {
    Closed,
    TooMuch,
}

impl From<Closed> for Stop {
    fn from(_: Closed) -> Self {
        Self::Closed
    }
}

impl From<TooMuch> for Stop {
    fn from(_: TooMuch) -> Self {
        Self::TooMuch
    }
}

/// Prints lines that match.
pub(super) async fn grep(context: Context) -> ExitCode {
    let mut arguments = match GREP.read(&context).await {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let patterns = match patterns(&context, &mut arguments).await {
        Ok(patterns) => patterns,
        Err(complaint) => {
            context.complain(complaint).await;
            return 2;
        }
    };
    let source = source(&patterns, &arguments);
    let ignore_case = arguments.has("i");
    // Few letters can make a large expression.
    let compile = move || Matcher::new(&source, ignore_case, LARGEST);
    let Some(matcher) = context.share.apart(patterns.concat().len() * 256, compile).await else {
        let shown: String = patterns.join(" ").chars().take(200).collect();
        context.complain(format!("grep: invalid or too large regular expression: {shown}")).await;
        return 2;
    };
    let number = |flag: &str| match arguments.value(flag) {
        Some(text) => text.parse::<usize>().map_err(|_| text.to_owned()).map(Some),
        None => Ok(None),
    };
    let numbers = (number("A"), number("B"), number("C"), number("#"), number("m"));
    let (Ok(after), Ok(before), Ok(both), Ok(short), Ok(most)) = numbers else {
        context.complain("grep: invalid context length argument").await;
        return 2;
    };
    let both = both.or(short).unwrap_or(0);
    let color = match arguments.value("color") {
        Some("always") => true,
        Some("auto" | "") => context.stdout.is_terminal(),
        _ => false,
    };
    let (files, complaints) = files(&context, &arguments);
    for complaint in &complaints {
        context.complain(complaint).await;
    }
    let recursive = arguments.has("r") || arguments.has("R");
    let names = (files.len() > 1 || recursive || arguments.has("H")) && !arguments.has("h");
    let search = Search {
        context: &context,
        arguments: &arguments,
        matcher,
        names,
        before: before.unwrap_or(both).min(10_000),
        after: after.unwrap_or(both),
        most: most.unwrap_or(usize::MAX),
        color,
    };
    search.all(&files, !complaints.is_empty()).await
}

/// The patterns of `-e`, of the file of `-f`, or else of the first operand.
async fn patterns(context: &Context, arguments: &mut Arguments) -> Result<Vec<String>, String> {
    let mut patterns: Vec<String> = arguments.values("e").into_iter().map(str::to_owned).collect();
    if let Some(file) = arguments.value("f") {
        let bytes = context.contents(file).await;
        let bytes = bytes.map_err(|error| format!("grep: {file}: {error}"))?;
        patterns.extend(String::from_utf8_lossy(&bytes).lines().map(str::to_owned));
    }
    if patterns.is_empty() && !arguments.has("f") {
        if arguments.operands.is_empty() {
            return Err("Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more \
                        information."
                .to_owned());
        }
        patterns = arguments.operands.remove(0).split('\n').map(str::to_owned).collect();
    }
    Ok(patterns)
}

/// The regular expression of all patterns together.
fn source(patterns: &[String], arguments: &Arguments) -> String {
    let sources: Vec<String> = patterns
        .iter()
        .map(|pattern| {
            let source = match arguments.last_of(&["E", "F", "G"]) {
                Some("F") => regex::escape(pattern),
                Some("E") => extended(pattern),
                _ => basic(pattern),
            };
            format!("(?:{source})")
        })
        .collect();
    let source = sources.join("|");
    if patterns.is_empty() {
        "[^\\s\\S]".to_owned()
    } else if arguments.has("x") {
        format!("^(?:{source})$")
    } else if arguments.has("w") {
        format!(r"\b(?:{source})\b")
    } else {
        source
    }
}

/// A POSIX extended expression as this engine writes it.
pub(super) fn extended(pattern: &str) -> String {
    let mut source = String::new();
    let mut characters = pattern.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some('<' | '>') => source.push_str(r"\b"),
                Some(other) if other.is_alphanumeric() && !"wWsSbBdD123456789".contains(other) => {
                    source.push(other);
                }
                Some(other) => source.extend(['\\', other]),
                None => source.push_str(r"\\"),
            },
            '[' => bracket(&mut characters, &mut source),
            // A brace that begins no repetition is a brace.
            '{' if !characters.peek().is_some_and(|it| it.is_ascii_digit() || *it == ',') => {
                source.push_str(r"\{");
            }
            other => source.push(other),
        }
    }
    source
}

/// A POSIX basic expression: `\(`, `\|`, `\{`, `\+` and `\?` are special, bare ones are not.
pub(super) fn basic(pattern: &str) -> String {
    let mut source = String::new();
    let mut characters = pattern.chars().peekable();
    let mut first = true;
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some(special @ ('(' | ')' | '{' | '}' | '|' | '+' | '?')) => source.push(special),
                Some('<' | '>') => source.push_str(r"\b"),
                Some(other) if other.is_alphanumeric() && !"wWsSbB123456789".contains(other) => {
                    source.push(other);
                }
                Some(other) => source.extend(['\\', other]),
                None => source.push_str(r"\\"),
            },
            '*' if first => source.push_str(r"\*"),
            '(' | ')' | '{' | '}' | '|' | '+' | '?' => source.extend(['\\', character]),
            '[' => bracket(&mut characters, &mut source),
            '^' if !first && !source.ends_with(['(', '|']) => source.push_str(r"\^"),
            '$' if !matches!(characters.peek(), None | Some('\\')) => source.push_str(r"\$"),
            other => source.push(other),
        }
        first =
            source.is_empty() || source == "^" || source.ends_with('(') && !source.ends_with(r"\(");
    }
    source
}

/// Copies a bracket expression, in which a backslash is itself.
fn bracket(characters: &mut std::iter::Peekable<std::str::Chars<'_>>, source: &mut String) {
    source.push('[');
    let mut inside = 0;
    while let Some(character) = characters.next() {
        match character {
            '^' if inside == 0 => {
                source.push('^');
                continue;
            }
            ']' if inside > 0 => {
                source.push(']');
                return;
            }
            '[' if characters.peek() == Some(&':') => {
                source.push('[');
                for inner in characters.by_ref() {
                    source.push(inner);
                    if inner == ']' {
                        break;
                    }
                }
            }
            '\\' | '[' | ']' | '&' | '~' => source.extend(['\\', character]),
            other => source.push(other),
        }
        inside += 1;
    }
}

/// The files to search and what is wrong with the others.
fn files(context: &Context, arguments: &Arguments) -> (Vec<String>, Vec<String>) {
    let recursive = arguments.has("r") || arguments.has("R");
    if arguments.operands.is_empty() && !recursive {
        return (vec!["-".to_owned()], Vec::new());
    }
    let operands = if arguments.operands.is_empty() {
        vec![".".to_owned()]
    } else {
        arguments.operands.clone()
    };
    let (mut found, mut complaints) = (Vec::new(), Vec::new());
    for operand in operands {
        let directory = operand != "-" && context.files.is_directory(&context.path(&operand));
        match (directory, recursive) {
            (true, true) => walk(context, operand.trim_end_matches('/'), &mut found),
            (true, false) => {
                complaints.push(format!("grep: {operand}: {}", FileError::IsDirectory));
            }
            (false, _) => found.push(operand),
        }
    }
    (found, complaints)
}

fn walk(context: &Context, directory: &str, found: &mut Vec<String>) {
    let Ok(entries) = context.files.list(&context.path(directory)) else { return };
    for (name, metadata) in entries {
        let path = if directory == "." { name } else { format!("{directory}/{name}") };
        match metadata.kind {
            Kind::Directory => walk(context, &path, found),
            Kind::File => found.push(path),
            Kind::Device => {}
        }
    }
}

impl Search<'_> {
    async fn all(&self, files: &[String], mut failed: bool) -> ExitCode {
        let mut matched = false;
        for file in files {
            let input = match self.context.open(file) {
                Ok(input) => input,
                Err(error) => {
                    if !self.arguments.has("s") {
                        self.context.complain(format!("grep: {file}: {error}")).await;
                    }
                    failed = true;
                    continue;
                }
            };
            match self.one(file, input).await {
                Ok(found) => matched |= found,
                Err(Stop::Closed) => return 141,
                Err(Stop::TooMuch) => {
                    self.context.complain(format!("grep: {file}: {TooMuch}")).await;
                    return 2;
                }
            }
            if matched && self.arguments.has("q") {
                return 0;
            }
        }
        match (matched, failed) {
            (_, true) => 2,
            (true, false) => 0,
            (false, false) => 1,
        }
    }

    async fn one(&self, file: &str, mut input: Input) -> Result<bool, Stop> {
        let shown = if file == "-" { "(standard input)" } else { file };
        let silent = ["c", "q", "l", "L"].iter().any(|flag| self.arguments.has(flag));
        let invert = self.arguments.has("v");
        let mut earlier: VecDeque<(usize, Vec<u8>)> = VecDeque::new();
        let (mut count, mut trailing, mut last_shown, mut number) = (0, 0, None, 0);
        while count < self.most || trailing > 0 {
            let Some(mut line) = input.read_line().await else { break };
            number += 1;
            if line.last() == Some(&b'\n') {
                line.pop();
            }
            let mut fits = false;
            if count < self.most {
                let share = &self.context.share;
                let found;
                (line, found) = self.matcher.once(share, line, Regex::is_match).await?;
                fits = found != invert;
            }
            if fits {
                count += 1;
                if self.arguments.has("q") || self.arguments.has("l") || self.arguments.has("L") {
                    break;
                }
            }
            if silent {
                continue;
            }
            if fits {
                let apart = self.before + self.after > 0
                    && last_shown.is_some_and(|last| last + 1 + earlier.len() < number);
                if apart {
                    self.context.print("--\n").await?;
                }
                for (number, line) in earlier.drain(..) {
                    self.show(shown, number, &line, '-').await?;
                }
                self.show(shown, number, &line, ':').await?;
                (trailing, last_shown) = (self.after, Some(number));
            } else if trailing > 0 {
                trailing -= 1;
                last_shown = Some(number);
                self.show(shown, number, &line, '-').await?;
            } else if self.before > 0 {
                earlier.push_back((number, line));
                if earlier.len() > self.before {
                    earlier.pop_front();
                }
            }
        }
        self.summary(shown, count).await?;
        Ok(count > 0)
    }

    async fn summary(&self, shown: &str, count: usize) -> Result<(), Closed> {
        if self.arguments.has("q") {
            return Ok(());
        }
        let names = self.arguments.has("l") && count > 0 || self.arguments.has("L") && count == 0;
        if names {
            return self.context.print(format!("{shown}\n")).await;
        }
        if self.arguments.has("c") {
            let name = if self.names { format!("{shown}:") } else { String::new() };
            return self.context.print(format!("{name}{count}\n")).await;
        }
        Ok(())
    }

    async fn show(&self, file: &str, number: usize, line: &[u8], mark: char) -> Result<(), Stop> {
        let mut head = String::new();
        if self.names {
            head = if self.color {
                format!("\x1b[35m{file}\x1b[m\x1b[36m{mark}\x1b[m")
            } else {
                format!("{file}{mark}")
            };
        }
        if self.arguments.has("n") {
            let numbered = if self.color {
                format!("\x1b[32m{number}\x1b[m\x1b[36m{mark}\x1b[m")
            } else {
                format!("{number}{mark}")
            };
            head.push_str(&numbered);
        }
        let (only, head) = (self.arguments.has("o"), head.as_bytes());
        let matching = mark == ':' && !self.arguments.has("v");
        let found = if matching && (only || self.color) {
            self.matcher.all(&self.context.share, line.to_vec(), ranges).await?.1?
        } else {
            Vec::new()
        };
        let text =
            if only { self.parts(head, line, &found) } else { self.whole(head, line, &found) };
        self.context.print(text).await.map_err(Stop::from)
    }

    /// What matched, a line each.
    fn parts(&self, head: &[u8], line: &[u8], found: &[Range<usize>]) -> Vec<u8> {
        let parts = found.iter().filter(|range| !range.is_empty());
        parts.flat_map(|range| [head, &self.paint(&line[range.clone()]), b"\n"].concat()).collect()
    }

    /// The line with what matched in colour.
    fn whole(&self, head: &[u8], line: &[u8], found: &[Range<usize>]) -> Vec<u8> {
        let mut text = head.to_vec();
        let mut at = 0;
        for range in found {
            text.extend_from_slice(&line[at..range.start]);
            text.extend_from_slice(&self.paint(&line[range.clone()]));
            at = range.end;
        }
        text.extend_from_slice(&line[at..]);
        text.push(b'\n');
        text
    }

    fn paint(&self, bytes: &[u8]) -> Vec<u8> {
        if !self.color || bytes.is_empty() {
            return bytes.to_vec();
        }
        [b"\x1b[1;31m", bytes, b"\x1b[m"].concat()
    }
}
