//! `grep`.

use std::collections::VecDeque;

use regex::bytes::{Regex, RegexBuilder};

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
    regex: Regex,
    names: bool,
    before: usize,
    after: usize,
    most: usize,
    color: bool,
}

/// Prints lines that match.
pub(super) async fn grep(context: Context) -> ExitCode {
    let mut arguments = match GREP.read(&context).await {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let mut patterns: Vec<String> = arguments.values("e").into_iter().map(str::to_owned).collect();
    if let Some(file) = arguments.value("f") {
        match context.contents(file).await {
            Ok(bytes) => {
                patterns.extend(String::from_utf8_lossy(&bytes).lines().map(str::to_owned));
            }
            Err(error) => {
                context.complain(format!("grep: {file}: {error}")).await;
                return 2;
            }
        }
    }
    if patterns.is_empty() && !arguments.has("f") {
        if arguments.operands.is_empty() {
            context.complain("Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.").await;
            return 2;
        }
        patterns = arguments.operands.remove(0).split('\n').map(str::to_owned).collect();
    }
    let regex = match compile(&patterns, &arguments) {
        Ok(regex) => regex,
        Err(message) => {
            context.complain(format!("grep: {message}")).await;
            return 2;
        }
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
        regex,
        names,
        before: before.unwrap_or(both).min(10_000),
        after: after.unwrap_or(both),
        most: most.unwrap_or(usize::MAX),
        color,
    };
    search.all(&files, !complaints.is_empty()).await
}

/// The regular expression of all patterns together.
fn compile(patterns: &[String], arguments: &Arguments) -> Result<Regex, String> {
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
    let mut source = sources.join("|");
    if arguments.has("x") {
        source = format!("^(?:{source})$");
    } else if arguments.has("w") {
        source = format!(r"\b(?:{source})\b");
    }
    if patterns.is_empty() {
        "[^\\s\\S]".clone_into(&mut source);
    }
    RegexBuilder::new(&source)
        .case_insensitive(arguments.has("i"))
        .size_limit(1 << 21)
        .build()
        .map_err(|_| format!("invalid regular expression: {}", patterns.join(" ")))
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
                Err(Closed) => return 141,
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

    async fn one(&self, file: &str, mut input: Input) -> Result<bool, Closed> {
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
            let fits = count < self.most && self.regex.is_match(&line) != invert;
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

    async fn show(&self, file: &str, number: usize, line: &[u8], mark: char) -> Result<(), Closed> {
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
        let mut text = Vec::new();
        let matching = mark == ':' && !self.arguments.has("v");
        if self.arguments.has("o") {
            for found in self.regex.find_iter(line).filter(|it| matching && !it.is_empty()) {
                text.extend_from_slice(head.as_bytes());
                text.extend_from_slice(&self.paint(found.as_bytes()));
                text.push(b'\n');
            }
            return self.context.print(text).await;
        }
        text.extend_from_slice(head.as_bytes());
        let mut at = 0;
        if self.color && matching {
            for found in self.regex.find_iter(line) {
                text.extend_from_slice(&line[at..found.start()]);
                text.extend_from_slice(&self.paint(found.as_bytes()));
                at = found.end();
            }
        }
        text.extend_from_slice(&line[at..]);
        text.push(b'\n');
        self.context.print(text).await
    }

    fn paint(&self, bytes: &[u8]) -> Vec<u8> {
        if !self.color || bytes.is_empty() {
            return bytes.to_vec();
        }
        [b"\x1b[1;31m", bytes, b"\x1b[m"].concat()
    }
}
