//! `sort` and `uniq`.

use std::cmp::Ordering;

use super::options::{Arguments, Buffer, Usage, lines};
use crate::files::FileError;
use crate::shell::memory::Held;
use crate::tool::{Context, ExitCode};

const SORT: Usage = Usage {
    name: "sort",
    flags: "n/numeric-sort r/reverse u/unique f/ignore-case b/ignore-leading-blanks h/human-numeric-sort V/version-sort k/key= t/field-separator= o/output= c/check s/stable",
    help: "Usage: sort [OPTION]... [FILE]...\nPrint the lines of all FILEs in order.\n\n  -b  ignore leading blanks         -f  ignore case\n  -h  sizes like 2K 1G              -n  by number\n  -V  by version (1.9 before 1.10)  -r  reverse\n  -k N[,M][nrfhV]  by fields N to M -t CHAR  what separates fields\n  -u  drop repeated lines           -c  only check\n  -o FILE  write to FILE            -s  keep equal lines as they are\n",
    wrong: 2,
};

#[derive(Clone, Default)]
struct Key {
    first: usize,
    last: Option<usize>,
    order: String,
}

/// Sorts lines.
pub(super) async fn sort(context: Context) -> ExitCode {
    let arguments = match SORT.read(&context).await {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let mut keys = Vec::new();
    for text in arguments.values("k") {
        if let Some(key) = key(text) {
            keys.push(key);
        } else {
            context.complain(format!("sort: invalid number at field start: '{text}'")).await;
            return 2;
        }
    }
    let (all, _held) = match gather(&context, &arguments.files()).await {
        Ok(gathered) => gathered,
        Err(message) => {
            context.complain(format!("sort: {message}")).await;
            return 2;
        }
    };
    let order = Order::new(&arguments, keys);
    let (check, unique) = (arguments.has("c"), arguments.has("u"));
    let cost = all.len() * 4;
    if check {
        let disorder = context.share.apart(cost, move || disorder(&all, &order)).await;
        let Some((number, line)) = disorder else { return 0 };
        let file = &arguments.files()[0];
        context.complain(format!("sort: {file}:{number}: disorder: {line}")).await;
        return 1;
    }
    let sorted = context.share.apart(cost, move || arrange(&all, &order, unique)).await;
    if let Some(file) = arguments.value("o") {
        let path = context.path(file);
        if let Err(error) = context.files.write(&path, sorted) {
            context.complain(format!("sort: open failed: {file}: {error}")).await;
            return 2;
        }
        return 0;
    }
    if context.print(sorted).await.is_ok() { 0 } else { 141 }
}

/// All lines of the files, each with its line feed, and the room that sorting them takes.
async fn gather(context: &Context, files: &[String]) -> Result<(Vec<u8>, Held), String> {
    let memory = FileError::NoMemory;
    let mut held = context.share.hold(0).ok_or_else(|| memory.to_string())?;
    let mut all = Vec::new();
    for file in files {
        let bytes = context.contents(file).await.map_err(|error| {
            let verb = if error == FileError::IsDirectory { "read failed" } else { "cannot read" };
            format!("{verb}: {file}: {error}")
        })?;
        // Where each line begins is kept, too, and the result beside them.
        let room = bytes.len() * 2 + lines(&bytes).count() * 24;
        if all.len() + bytes.len() > crate::files::MAX_TOTAL_BYTES || !held.grow(room) {
            return Err(format!("{file}: {memory}"));
        }
        all.extend_from_slice(&bytes);
        if !bytes.is_empty() && !bytes.ends_with(b"\n") {
            all.push(b'\n');
        }
    }
    Ok((all, held))
}

/// The number and text of the first line that comes too late.
fn disorder(all: &[u8], order: &Order) -> Option<(usize, String)> {
    let all: Vec<&[u8]> = lines(all).collect();
    let at = all.windows(2).position(|pair| order.compare(pair[0], pair[1]).is_gt())?;
    Some((at + 2, String::from_utf8_lossy(all[at + 1]).trim_end().to_owned()))
}

fn arrange(all: &[u8], order: &Order, unique: bool) -> Vec<u8> {
    let mut sorted: Vec<&[u8]> = lines(all).collect();
    sorted.sort_by(|left, right| order.compare(left, right));
    if unique {
        sorted.dedup_by(|next, kept| order.keys_compare(kept, next).is_eq());
    }
    sorted.concat()
}

fn key(text: &str) -> Option<Key> {
    let (start, end) = text.split_once(',').map_or((text, None), |(start, end)| (start, Some(end)));
    let number = |text: &str| {
        let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        digits.split('.').next()?.parse::<usize>().ok().filter(|it| *it > 0)
    };
    let letters = |text: &str| text.chars().filter(char::is_ascii_alphabetic).collect::<String>();
    let last = match end {
        Some(end) => Some(number(end)?),
        None => None,
    };
    Some(Key { first: number(start)?, last, order: letters(start) + &letters(end.unwrap_or("")) })
}

struct Order {
    keys: Vec<Key>,
    separator: Option<char>,
    global: String,
    stable: bool,
}

impl Order {
    fn new(arguments: &Arguments, keys: Vec<Key>) -> Self {
        let flags = ["n", "r", "f", "b", "h", "V"];
        let global: String = flags.into_iter().filter(|flag| arguments.has(flag)).collect();
        let separator = arguments.value("t").and_then(|text| match text {
            "\\t" => Some('\t'),
            text => text.chars().next(),
        });
        Self { keys, separator, global, stable: arguments.has("s") || arguments.has("u") }
    }

    fn compare(&self, left: &[u8], right: &[u8]) -> Ordering {
        let ordering = self.keys_compare(left, right);
        if ordering.is_ne() || self.stable {
            return ordering;
        }
        let ordering = strip(left).cmp(strip(right));
        if self.global.contains('r') { ordering.reverse() } else { ordering }
    }

    fn keys_compare(&self, left: &[u8], right: &[u8]) -> Ordering {
        let (left, right) =
            (String::from_utf8_lossy(strip(left)), String::from_utf8_lossy(strip(right)));
        if self.keys.is_empty() {
            return compare_text(&left, &right, &self.global);
        }
        for key in &self.keys {
            let order = if key.order.is_empty() { &self.global } else { &key.order };
            let ordering = compare_text(self.field(&left, key), self.field(&right, key), order);
            if ordering.is_ne() {
                return ordering;
            }
        }
        Ordering::Equal
    }

    /// The part of a line from a key's first field to its last.
    fn field<'a>(&self, line: &'a str, key: &Key) -> &'a str {
        let borders = self.borders(line);
        let Some(start) = borders.get(key.first - 1).map(|border| border.0) else { return "" };
        let end = key.last.and_then(|last| borders.get(last - 1)).map_or(line.len(), |it| it.1);
        if start <= end { &line[start..end] } else { "" }
    }

    fn borders(&self, line: &str) -> Vec<(usize, usize)> {
        let mut borders = Vec::new();
        let mut start = 0;
        if let Some(separator) = self.separator {
            for part in line.split(separator) {
                borders.push((start, start + part.len()));
                start += part.len() + separator.len_utf8();
            }
        } else {
            // A field begins with the blanks before it.
            let mut in_word = false;
            for (at, character) in line.char_indices() {
                if character.is_whitespace() && in_word {
                    borders.push((start, at));
                    start = at;
                }
                in_word = !character.is_whitespace();
            }
            borders.push((start, line.len()));
        }
        borders
    }
}

fn strip(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\n").unwrap_or(line)
}

fn compare_text(left: &str, right: &str, order: &str) -> Ordering {
    let (mut left, mut right) = (left, right);
    if order.contains('b') || order.contains(['n', 'h']) {
        (left, right) = (left.trim_start(), right.trim_start());
    }
    let ordering = if order.contains('h') {
        human(left).total_cmp(&human(right))
    } else if order.contains('n') {
        number(left).0.total_cmp(&number(right).0)
    } else if order.contains('V') {
        version(left, right)
    } else if order.contains('f') {
        left.to_uppercase().cmp(&right.to_uppercase())
    } else {
        left.cmp(right)
    };
    if order.contains('r') { ordering.reverse() } else { ordering }
}

fn number(text: &str) -> (f64, &str) {
    let end = text
        .char_indices()
        .find(|(at, c)| !(c.is_ascii_digit() || *c == '.' || *at == 0 && *c == '-'))
        .map_or(text.len(), |(at, _)| at);
    (text[..end].parse().unwrap_or(0.0), &text[end..])
}

fn human(text: &str) -> f64 {
    let (value, rest) = number(text);
    let power = rest.chars().next().and_then(|unit| "KMGTPE".find(unit.to_ascii_uppercase()));
    value * power.map_or(1.0, |power| 1_024_f64.powi(i32::try_from(power).unwrap_or(0) + 1))
}

fn version(left: &str, right: &str) -> Ordering {
    let (mut left, mut right) = (left, right);
    loop {
        let text = |it: &str| it.find(|c: char| c.is_ascii_digit()).unwrap_or(it.len());
        let (a, b) = (text(left), text(right));
        let ordering = left[..a].cmp(&right[..b]);
        (left, right) = (&left[a..], &right[b..]);
        if ordering.is_ne() || left.is_empty() || right.is_empty() {
            return ordering.then(left.len().cmp(&right.len()));
        }
        let digits = |it: &str| it.find(|c: char| !c.is_ascii_digit()).unwrap_or(it.len());
        let (a, b) = (digits(left), digits(right));
        let value = |it: &str| it.parse::<u128>().unwrap_or(u128::MAX);
        let ordering = value(&left[..a]).cmp(&value(&right[..b]));
        if ordering.is_ne() {
            return ordering;
        }
        (left, right) = (&left[a..], &right[b..]);
    }
}

const UNIQ: Usage = Usage {
    name: "uniq",
    flags: "c/count d/repeated u/unique i/ignore-case",
    help: "Usage: uniq [OPTION]... [INPUT [OUTPUT]]\nDrop lines that repeat the line before.\n\n  -c  with how often each occurred   -d  only repeated lines\n  -i  ignore case                    -u  only lines that are not repeated\n",
    wrong: 1,
};

/// Drops repeated lines.
pub(super) async fn uniq(context: Context) -> ExitCode {
    let arguments = match UNIQ.read(&context).await {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let file = arguments.operands.first().map_or("-", String::as_str);
    let mut input = match context.open(file) {
        Ok(input) => input,
        Err(error) => {
            context.complain(format!("uniq: {file}: {error}")).await;
            return 1;
        }
    };
    if arguments.operands.len() > 1 {
        return UNIQ.refuse(&context, "an output file is not available here; use >").await;
    }
    let same = |left: &[u8], right: &[u8]| {
        if arguments.has("i") { left.eq_ignore_ascii_case(right) } else { left == right }
    };
    let mut buffer = Buffer::new(&context);
    let mut group: Option<(Vec<u8>, usize)> = None;
    loop {
        let line = input.read_line().await.map(|mut line| {
            if line.last() == Some(&b'\n') {
                line.pop();
            }
            line
        });
        if let (Some((kept, count)), Some(line)) = (&mut group, &line)
            && same(kept, line)
        {
            *count += 1;
            continue;
        }
        if let Some((kept, count)) = group.take() {
            let wanted = !(arguments.has("d") && count == 1 || arguments.has("u") && count > 1);
            let head = if arguments.has("c") { format!("{count:7} ") } else { String::new() };
            let text = [head.as_bytes(), &kept, b"\n"].concat();
            if wanted && buffer.add(&text).await.is_err() {
                return 141;
            }
        }
        match line {
            Some(line) => group = Some((line, 1)),
            None => return buffer.finish(0).await,
        }
    }
}
