//! `wc`.

use super::options::Usage;
use crate::tool::{Context, ExitCode};
use std::fmt::Write as _;

const WC: Usage = Usage {
    name: "wc",
    flags: "l/lines w/words c/bytes m/chars L/max-line-length",
    help: "Usage: wc [OPTION]... [FILE]...\nPrint line, word and byte counts of each FILE, and a total for several.\n\n  -c  bytes   -l  lines   -m  characters   -w  words   -L  the longest line\n",
    wrong: 1,
};

#[derive(Clone, Copy, Default)]
struct Counts {
    lines: usize,
    words: usize,
    characters: usize,
    bytes: usize,
    longest: usize,
}

/// Counts lines, words and bytes.
pub(super) async fn wc(context: Context) -> ExitCode {
    let arguments = match WC.read(&context).await {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let mut flags: Vec<&str> =
        ["l", "w", "m", "c", "L"].into_iter().filter(|flag| arguments.has(flag)).collect();
    if flags.is_empty() {
        flags = vec!["l", "w", "c"];
    }
    let (mut rows, mut code, mut total) = (Vec::new(), 0, Counts::default());
    for file in arguments.files() {
        let mut input = match context.open(&file) {
            Ok(input) => input,
            Err(error) => {
                context.complain(format!("wc: {file}: {error}")).await;
                code = 1;
                continue;
            }
        };
        let mut counts = Counts::default();
        while let Some(line) = input.read_line().await {
            let cost = line.len();
            counts = context.share.apart(cost, move || counts.with(&line)).await;
        }
        total.lines += counts.lines;
        total.words += counts.words;
        total.characters += counts.characters;
        total.bytes += counts.bytes;
        total.longest = total.longest.max(counts.longest);
        let name = if arguments.operands.is_empty() { String::new() } else { format!(" {file}") };
        rows.push((counts, name));
    }
    if arguments.operands.len() > 1 {
        rows.push((total, " total".to_owned()));
    }
    // One number alone is not padded; standard input is counted in columns of seven.
    let standard = arguments.files().iter().any(|file| file == "-");
    let width = match (flags.len() * rows.len(), standard) {
        (0 | 1, _) => 1,
        (_, true) => 7,
        (_, false) => total.bytes.to_string().len(),
    };
    let mut text = String::new();
    for (counts, name) in rows {
        let numbers: Vec<String> =
            flags.iter().map(|flag| format!("{:>width$}", counts.get(flag))).collect();
        let _ = writeln!(text, "{}{name}", numbers.join(" "));
    }
    if context.print(text).await.is_ok() { code } else { 141 }
}

impl Counts {
    fn with(mut self, line: &[u8]) -> Self {
        let text = String::from_utf8_lossy(line);
        self.lines += usize::from(line.ends_with(b"\n"));
        self.words += text.split_whitespace().count();
        self.characters += text.chars().count();
        self.bytes += line.len();
        self.longest = self.longest.max(text.trim_end_matches('\n').chars().count());
        self
    }

    fn get(&self, flag: &str) -> usize {
        match flag {
            "l" => self.lines,
            "w" => self.words,
            "m" => self.characters,
            "L" => self.longest,
            _ => self.bytes,
        }
    }
}
