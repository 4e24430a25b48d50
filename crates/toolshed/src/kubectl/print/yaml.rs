//! YAML out, byte for byte as `sigs.k8s.io/yaml` writes it.
//!
//! Keys are sorted as `yaml.v2` sorts them (numbers inside words by value), lists are not indented,
//! long plain and quoted scalars fold at 80 columns, texts with line breaks become literal blocks.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use crate::kubectl::yaml::{Plain, resolve};

const WIDTH: usize = 80;

/// The text of one document.
pub(crate) fn text(value: &Value) -> String {
    let mut writer = Writer::default();
    match value {
        Value::Object(map) if !map.is_empty() => writer.mapping(map, 0),
        Value::Array(items) if !items.is_empty() => writer.sequence(items, 0),
        other => {
            writer.scalar(other, 0, false);
            writer.out.push('\n');
        }
    }
    writer.out
}

#[derive(Default)]
struct Writer {
    out: String,
}

impl Writer {
    fn column(&self) -> usize {
        let line = self.out.rfind('\n').map_or(0, |at| at + 1);
        self.out[line..].chars().count()
    }

    fn indent(&mut self, depth: usize) {
        self.out.extend(std::iter::repeat_n(' ', depth));
    }

    fn mapping(&mut self, map: &Map<String, Value>, indent: usize) {
        let mut keys: Vec<&String> = map.keys().collect();
        keys.sort_by(|a, b| order(a, b));
        for (index, key) in keys.into_iter().enumerate() {
            if index > 0 || self.column() == 0 {
                self.indent(indent);
            }
            self.key(key, indent);
            match &map[key] {
                Value::Object(inner) if !inner.is_empty() => {
                    self.out.push_str(":\n");
                    self.mapping(inner, indent + 2);
                }
                Value::Array(items) if !items.is_empty() => {
                    self.out.push_str(":\n");
                    self.sequence(items, indent);
                }
                other => {
                    self.out.push_str(": ");
                    self.scalar(other, indent + 2, false);
                    self.end_line();
                }
            }
        }
    }

    /// A key; one that is too long to be read back as a simple key is marked by `? `.
    fn key(&mut self, key: &str, indent: usize) {
        if key.len() > 128 || key.contains('\n') {
            self.out.push_str("? ");
            self.string(key, indent + 2, false);
            self.end_line();
            self.indent(indent);
            return;
        }
        self.string(key, indent, true);
    }

    fn sequence(&mut self, items: &[Value], indent: usize) {
        for (index, item) in items.iter().enumerate() {
            if index > 0 || self.column() == 0 {
                self.indent(indent);
            }
            self.out.push_str("- ");
            match item {
                Value::Object(inner) if !inner.is_empty() => self.mapping(inner, indent + 2),
                Value::Array(inner) if !inner.is_empty() => self.sequence(inner, indent + 2),
                other => {
                    self.scalar(other, indent + 2, false);
                    self.end_line();
                }
            }
        }
    }

    fn end_line(&mut self) {
        if !self.out.ends_with('\n') {
            self.out.push('\n');
        }
    }

    fn scalar(&mut self, value: &Value, indent: usize, simple_key: bool) {
        match value {
            Value::Null => self.out.push_str("null"),
            Value::Bool(on) => self.out.push_str(if *on { "true" } else { "false" }),
            Value::Number(number) => self.out.push_str(&number.to_string()),
            Value::String(text) => self.string(text, indent, simple_key),
            Value::Array(_) => self.out.push_str("[]"),
            Value::Object(_) => self.out.push_str("{}"),
        }
    }

    fn string(&mut self, text: &str, indent: usize, simple_key: bool) {
        let shape = Shape::of(text);
        if text.contains('\n') {
            if shape.block && !simple_key {
                self.literal(text, indent);
            } else {
                self.double(text, indent, simple_key);
            }
        } else if resolve(text) != Plain::Text || is_base_60(text) {
            self.double(text, indent, simple_key);
        } else if shape.plain {
            self.plain(text, indent, simple_key);
        } else if shape.single {
            self.single(text, indent, simple_key);
        } else {
            self.double(text, indent, simple_key);
        }
    }

    fn literal(&mut self, text: &str, indent: usize) {
        self.out.push('|');
        if text.starts_with(' ') || text.starts_with('\n') {
            self.out.push('2');
        }
        if !text.ends_with('\n') {
            self.out.push('-');
        } else if text == "\n" || text.ends_with("\n\n") {
            self.out.push('+');
        }
        self.out.push('\n');
        for line in text.split_inclusive('\n') {
            if line != "\n" {
                self.indent(indent);
            }
            self.out.push_str(line);
        }
        self.end_line();
    }

    fn fold(&mut self, indent: usize) {
        self.out.push('\n');
        self.indent(indent);
    }

    fn plain(&mut self, text: &str, indent: usize, simple_key: bool) {
        let letters: Vec<char> = text.chars().collect();
        let mut spaces = false;
        let mut column = self.column();
        for (at, letter) in letters.iter().enumerate() {
            if *letter == ' ' {
                let next_is_space = letters.get(at + 1) == Some(&' ');
                if !simple_key && !spaces && column > WIDTH && !next_is_space {
                    self.fold(indent);
                    column = indent;
                } else {
                    self.out.push(' ');
                    column += 1;
                }
                spaces = true;
            } else {
                self.out.push(*letter);
                column += 1;
                spaces = false;
            }
        }
    }

    fn single(&mut self, text: &str, indent: usize, simple_key: bool) {
        let letters: Vec<char> = text.chars().collect();
        let mut spaces = false;
        self.out.push('\'');
        let mut column = self.column();
        for (at, letter) in letters.iter().enumerate() {
            let last = at + 1 == letters.len();
            if *letter == ' ' {
                let next_is_space = letters.get(at + 1) == Some(&' ');
                let may = !simple_key && !spaces && at > 0 && !last && !next_is_space;
                if may && column > WIDTH {
                    self.fold(indent);
                    column = indent;
                } else {
                    self.out.push(' ');
                    column += 1;
                }
                spaces = true;
            } else {
                if *letter == '\'' {
                    self.out.push('\'');
                    column += 1;
                }
                self.out.push(*letter);
                column += 1;
                spaces = false;
            }
        }
        self.out.push('\'');
    }

    fn double(&mut self, text: &str, indent: usize, simple_key: bool) {
        let letters: Vec<char> = text.chars().collect();
        let mut spaces = false;
        self.out.push('"');
        let mut column = self.column();
        for (at, letter) in letters.iter().enumerate() {
            let last = at + 1 == letters.len();
            if let Some(escaped) = escape(*letter) {
                self.out.push_str(&escaped);
                column += escaped.len();
                spaces = false;
            } else if *letter == ' ' {
                if !simple_key && !spaces && column > WIDTH && at > 0 && !last {
                    self.fold(indent);
                    column = indent;
                    if letters.get(at + 1) == Some(&' ') {
                        self.out.push('\\');
                        column += 1;
                    }
                } else {
                    self.out.push(' ');
                    column += 1;
                }
                spaces = true;
            } else {
                self.out.push(*letter);
                column += 1;
                spaces = false;
            }
        }
        self.out.push('"');
    }
}

fn escape(letter: char) -> Option<String> {
    let short = match letter {
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '"' => '"',
        '\\' => '\\',
        '\u{85}' => 'N',
        '\u{a0}' => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        _ if is_printable(letter) => return None,
        _ => {
            let code = u32::from(letter);
            return Some(match code {
                0..=0xff => format!("\\x{code:02X}"),
                0x100..=0xffff => format!("\\u{code:04X}"),
                _ => format!("\\U{code:08X}"),
            });
        }
    };
    Some(format!("\\{short}"))
}

fn is_printable(letter: char) -> bool {
    matches!(u32::from(letter), 0x0a | 0x20..=0x7e | 0x85 | 0xa0..=0xd7ff | 0xe000..=0xfefe
        | 0xff00..=0xfffd)
}

/// Which ways of writing a text keep it.
struct Shape {
    plain: bool,
    single: bool,
    block: bool,
}

impl Shape {
    fn of(text: &str) -> Self {
        let letters: Vec<char> = text.chars().collect();
        let mut indicators = text.starts_with("---") || text.starts_with("...");
        let mut special = false;
        let (mut space_break, mut break_space) = (false, false);
        for (at, letter) in letters.iter().enumerate() {
            let before = at.checked_sub(1).map(|before| letters[before]);
            let after = letters.get(at + 1);
            let blank_follows = after.is_none_or(|after| matches!(after, ' ' | '\t' | '\n'));
            indicators |= match letter {
                ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%'
                | '@' | '`' => at == 0,
                '?' | '-' => at == 0 && blank_follows,
                ':' => blank_follows,
                '#' => before.is_none_or(|before| matches!(before, ' ' | '\t' | '\n')),
                _ => false,
            };
            special |= !is_printable(*letter) && *letter != '\n';
            space_break |= *letter == '\n' && before == Some(' ');
            break_space |= *letter == ' ' && before == Some('\n');
        }
        let edge = |letter: Option<&char>| matches!(letter, Some(' ' | '\n'));
        let edges = edge(letters.first()) || edge(letters.last());
        let broken = space_break || special;
        let many = text.contains('\n');
        Self {
            plain: !edges && !broken && !break_space && !many && !indicators,
            single: !broken && !break_space,
            block: !broken && letters.last() != Some(&' ') && !text.is_empty(),
        }
    }
}

/// `[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?`
fn is_base_60(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut parts = whole.split(':');
    let first = parts.next().unwrap_or_default();
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit() || c == '_');
    let rest: Vec<&str> = parts.collect();
    first.starts_with(|c: char| c.is_ascii_digit())
        && digits(first)
        && digits(fraction)
        && !rest.is_empty()
        && rest
            .iter()
            .all(|part| matches!(part.as_bytes(), [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9']))
}

/// The order of keys in `yaml.v2`.
pub(crate) fn order(a: &str, b: &str) -> Ordering {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    for at in 0..a.len().min(b.len()) {
        if a[at] == b[at] {
            continue;
        }
        match (a[at].is_alphabetic(), b[at].is_alphabetic()) {
            (true, true) => return a[at].cmp(&b[at]),
            (true, false) => return Ordering::Greater,
            (false, true) => return Ordering::Less,
            (false, false) => {}
        }
        let continues = (a[at] == '0' || b[at] == '0')
            && a[..at].iter().rev().take_while(|c| c.is_ascii_digit()).any(|c| *c != '0');
        let number = |letters: &[char]| {
            let digits: Vec<u64> =
                letters.iter().map_while(|c| c.to_digit(10).map(u64::from)).collect();
            let value = digits
                .iter()
                .fold(u64::from(continues), |sum, digit| sum.wrapping_mul(10).wrapping_add(*digit));
            (value, digits.len())
        };
        let (x, y) = (number(&a[at..]), number(&b[at..]));
        return x.0.cmp(&y.0).then(x.1.cmp(&y.1)).then(a[at].cmp(&b[at]));
    }
    a.len().cmp(&b.len())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn scalars_are_quoted_only_where_needed() {
        let value = json!({"a": "true", "b": "plain", "c": "", "d": "1.5", "e": "a: b", "f": [],
            "g": {}, "h": null, "i": "x\ny\n", "j": "x\ny", "k": "12:30", "l": "- x", "m": "*",
            "a10": 1, "a2": 2, "list": [{"x": 1, "z": [1, 2]}, [3]]});

        assert_eq!(
            text(&value),
            "a: \"true\"\na2: 2\na10: 1\nb: plain\nc: \"\"\nd: \"1.5\"\ne: 'a: b'\nf: []\ng: {}\n\
             h: null\ni: |\n  x\n  y\nj: |-\n  x\n  y\nk: \"12:30\"\nl: '- x'\nlist:\n- x: 1\n  z:\n  \
             - 1\n  - 2\n- - 3\nm: '*'\n"
        );
    }

    #[test]
    fn long_texts_fold_at_eighty_columns() {
        let value = json!({"message": "word ".repeat(30).trim_end()});

        let lines: Vec<String> = text(&value).lines().map(str::to_owned).collect();

        assert!(lines[0].starts_with("message: word word"));
        assert!(lines[1].starts_with("  word"));
    }
}
