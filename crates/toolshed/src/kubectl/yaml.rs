//! YAML 1.1 in, as Go's `yaml.v2` and `sigs.k8s.io/yaml` read it: `yes` is true, `0755` is octal,
//! keys become strings.
//!
//! **Invariant:** aliases are bounded, so that no text of a few lines becomes gigabytes.

use std::collections::BTreeMap;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError};
use serde_json::{Map, Number, Value};

/// How many nodes one document may hold, aliases expanded.
const MOST_NODES: usize = 1_000_000;

/// How deep a document may nest.
const DEEPEST: usize = 200;

/// Splits a stream at its `---` lines and reads each document; empty ones are left out.
pub(crate) fn documents(text: &str) -> Result<Vec<Value>, String> {
    let mut found = Vec::new();
    for chunk in split(text) {
        match document(&chunk)? {
            Value::Null => {}
            value => found.push(value),
        }
    }
    Ok(found)
}

/// Splits a stream at its `---` lines.
pub(crate) fn split(text: &str) -> Vec<String> {
    let mut chunks = vec![String::new()];
    for line in text.split_inclusive('\n') {
        let bare = line.trim_end();
        if bare == "---" || (bare.starts_with("--- #")) {
            chunks.push(String::new());
        } else if let Some(chunk) = chunks.last_mut() {
            chunk.push_str(line);
        }
    }
    chunks.retain(|chunk| !chunk.trim().is_empty());
    chunks
}

/// Reads one document.
pub(crate) fn document(text: &str) -> Result<Value, String> {
    if text.trim_start().starts_with('{')
        && let Ok(value) = serde_json::from_str(text)
    {
        return Ok(value);
    }
    let mut reader = Reader {
        text,
        parser: Parser::new_from_str(text),
        anchors: BTreeMap::new(),
        nodes: 0,
        line: 0,
    };
    loop {
        match reader.event()? {
            Event::StreamEnd | Event::DocumentEnd => return Ok(Value::Null),
            Event::StreamStart | Event::DocumentStart(..) => {}
            event => return reader.node(event, 0),
        }
    }
}

struct Reader<'a> {
    text: &'a str,
    parser: Parser<'a, granit_parser::StrInput<'a>>,
    anchors: BTreeMap<usize, Value>,
    nodes: usize,
    line: usize,
}

impl<'a> Reader<'a> {
    fn event(&mut self) -> Result<Event<'a>, String> {
        loop {
            match self.parser.next_event() {
                None => return Ok(Event::StreamEnd),
                Some(Ok((event, span))) => {
                    // Comments and the like are no part of the value.
                    let is_content = matches!(
                        event,
                        Event::StreamStart
                            | Event::StreamEnd
                            | Event::DocumentStart(..)
                            | Event::DocumentEnd
                            | Event::Alias(_)
                            | Event::Scalar(..)
                            | Event::SequenceStart(..)
                            | Event::SequenceEnd
                            | Event::MappingStart(..)
                            | Event::MappingEnd
                    );
                    if is_content {
                        self.line = span.start.line();
                        return Ok(event);
                    }
                }
                Some(Err(error)) => return Err(words(self.text, &error)),
            }
        }
    }

    fn node(&mut self, event: Event<'a>, depth: usize) -> Result<Value, String> {
        self.nodes += 1;
        if self.nodes > MOST_NODES || depth > DEEPEST {
            return Err("yaml: document contains excessive aliasing".to_owned());
        }
        let (value, anchor) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                let tag = tag.map(|tag| tag.suffix().to_owned());
                (scalar(&text, style, tag.as_deref()), anchor)
            }
            Event::SequenceStart(_, anchor, _) => (self.sequence(depth)?, anchor),
            Event::MappingStart(_, anchor, _) => (self.mapping(depth)?, anchor),
            Event::Alias(anchor) => {
                let value = self.anchors.get(&anchor).cloned().unwrap_or(Value::Null);
                self.nodes += count(&value);
                return Ok(value);
            }
            _ => return Err("yaml: did not find expected node content".to_owned()),
        };
        if anchor != 0 {
            self.anchors.insert(anchor, value.clone());
        }
        Ok(value)
    }

    fn sequence(&mut self, depth: usize) -> Result<Value, String> {
        let mut items = Vec::new();
        loop {
            match self.event()? {
                Event::SequenceEnd => return Ok(Value::Array(items)),
                event => items.push(self.node(event, depth + 1)?),
            }
        }
    }

    fn mapping(&mut self, depth: usize) -> Result<Value, String> {
        let mut map = Map::new();
        let mut merged = Map::new();
        loop {
            let event = self.event()?;
            if event == Event::MappingEnd {
                for (key, value) in merged {
                    map.entry(key).or_insert(value);
                }
                return Ok(Value::Object(map));
            }
            let line = self.line;
            let is_merge =
                matches!(&event, Event::Scalar(text, ScalarStyle::Plain, ..) if text == "<<");
            let key = key(&self.node(event, depth + 1)?);
            let next = self.event()?;
            let value = self.node(next, depth + 1)?;
            if is_merge {
                merge(&mut merged, value);
                continue;
            }
            if map.contains_key(&key) {
                return Err(format!(
                    "yaml: unmarshal errors:\n  line {line}: key {key:?} already set in map"
                ));
            }
            map.insert(key, value);
        }
    }
}

fn merge(into: &mut Map<String, Value>, value: Value) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                into.entry(key).or_insert(value);
            }
        }
        Value::Array(items) => {
            for item in items {
                merge(into, item);
            }
        }
        _ => {}
    }
}

fn count(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(count).sum::<usize>(),
        Value::Object(map) => 1 + map.values().map(count).sum::<usize>(),
        _ => 1,
    }
}

fn key(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn scalar(text: &str, style: ScalarStyle, tag: Option<&str>) -> Value {
    if style != ScalarStyle::Plain || tag == Some("str") || tag == Some("binary") {
        return Value::String(text.to_owned());
    }
    match resolve(text) {
        Plain::Value(value) => value,
        Plain::Text | Plain::Time => Value::String(text.to_owned()),
    }
}

/// What an unquoted scalar means.
#[derive(Debug, PartialEq)]
pub(crate) enum Plain {
    /// A null, boolean or number.
    Value(Value),
    /// A timestamp; JSON keeps its text.
    Time,
    /// Only text.
    Text,
}

/// What an unquoted scalar means in YAML 1.1.
pub(crate) fn resolve(text: &str) -> Plain {
    match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            return Plain::Value(Value::Bool(true));
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            return Plain::Value(Value::Bool(false));
        }
        // JSON has no infinities either.
        "" | "~" | "null" | "Null" | "NULL" | ".nan" | ".NaN" | ".NAN" | ".inf" | ".Inf"
        | ".INF" | "+.inf" | "+.Inf" | "+.INF" | "-.inf" | "-.Inf" | "-.INF" => {
            return Plain::Value(Value::Null);
        }
        _ => {}
    }
    let first = text.as_bytes()[0];
    if !(first.is_ascii_digit() || matches!(first, b'+' | b'-' | b'.')) {
        return Plain::Text;
    }
    if is_timestamp(text) {
        return Plain::Time;
    }
    let plain = text.replace('_', "");
    if let Some(number) = integer(&plain) {
        return Plain::Value(Value::Number(number));
    }
    if is_float(&plain)
        && let Some(number) = plain.trim_start_matches('+').parse().ok().and_then(Number::from_f64)
    {
        return Plain::Value(Value::Number(whole(number)));
    }
    Plain::Text
}

/// JSON has one kind of number: `1.0` is written `1`.
fn whole(number: Number) -> Number {
    match number.as_f64() {
        #[expect(clippy::cast_possible_truncation, reason = "the range was just checked")]
        Some(float) if float.fract() == 0.0 && float.abs() < 1e15 => Number::from(float as i64),
        _ => number,
    }
}

fn integer(text: &str) -> Option<Number> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, digits) = if let Some(rest) = lower.strip_prefix("0x") {
        (16, rest)
    } else if let Some(rest) = lower.strip_prefix("0b") {
        (2, rest)
    } else if let Some(rest) = lower.strip_prefix("0o") {
        (8, rest)
    } else if lower.len() > 1 && lower.starts_with('0') {
        (8, &lower[1..])
    } else {
        (10, lower.as_str())
    };
    if digits.is_empty() || !digits.chars().all(|digit| digit.is_digit(radix)) {
        return None;
    }
    let number = u64::from_str_radix(digits, radix).ok()?;
    if negative {
        let number = i64::try_from(number).ok()?;
        return Some(Number::from(-number));
    }
    Some(Number::from(number))
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_float(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mantissa_fits = digits(whole)
        && digits(fraction)
        && (!whole.is_empty() || (mantissa.starts_with('.') && !fraction.is_empty()));
    let exponent_fits = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    mantissa_fits && exponent_fits
}

/// The date forms that `yaml.v2` knows.
fn is_timestamp(text: &str) -> bool {
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let parts: Vec<&str> = date.split('-').collect();
    let number = |text: &str, most: u32| {
        !text.is_empty()
            && text.len() <= 2
            && text.parse::<u32>().is_ok_and(|number| number <= most)
    };
    let date_fits = matches!(parts.as_slice(), [year, month, day]
        if year.len() == 4 && year.chars().all(|c| c.is_ascii_digit())
            && number(month, 12) && number(day, 31) && *month != "0" && *day != "0");
    if !date_fits {
        return false;
    }
    let Some(time) = time else { return true };
    let zoned = !text.contains(' ');
    let clock = if zoned {
        let Some(at) = time.find(['Z', '+', '-']) else { return false };
        &time[..at]
    } else {
        time
    };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let parts: Vec<&str> = clock.split(':').collect();
    fraction.chars().all(|c| c.is_ascii_digit())
        && matches!(parts.as_slice(), [hour, minute, second]
            if number(hour, 23) && number(minute, 59) && number(second, 59))
}

/// The sentence that Go's library has for a mistake.
fn words(text: &str, error: &ScanError) -> String {
    let said = match error.kind() {
        ErrorKind::Custom(words) => words.clone(),
        kind => kind.to_string(),
    };
    let said = said.split(';').next().unwrap_or_default().trim();
    let line = error.marker().line();
    let (line, said) = worded(text, said, line);
    if line > 1 || (line == 1 && said.starts_with("did not find expected")) {
        format!("yaml: line {line}: {said}")
    } else {
        format!("yaml: {said}")
    }
}

/// A mistake in Go's words, and the line that it is reported at: what a parser finds is told at the
/// line before, what is missing at the end at the line after.
fn worded(text: &str, said: &str, line: usize) -> (usize, String) {
    const NO_TOKEN: &str = "found character that cannot start any token";
    if said.starts_with("unclosed bracket") || said.starts_with("illegal placement of ':'") {
        let upto: Vec<&str> = text.split_inclusive('\n').collect();
        let before = upto.get(..line.saturating_sub(1)).filter(|_| said.starts_with("illegal"));
        return unclosed(&before.unwrap_or(&upto).concat());
    }
    match said {
        "simple key expected ':'" => (line + 1, "could not find expected ':'".to_owned()),
        "unclosed quote" | "invalid indentation in multiline quoted scalar" => {
            (text.matches('\n').count() + 1, "found unexpected end of stream".to_owned())
        }
        "misplaced bracket" => {
            (line.saturating_sub(1), "did not find expected node content".to_owned())
        }
        said if said.starts_with("unexpected character") || said.starts_with("tabs disallowed") => {
            (line, NO_TOKEN.to_owned())
        }
        said if said.starts_with("invalid trailing content") => {
            (line.saturating_sub(1), "did not find expected key".to_owned())
        }
        said => match said.split_once(", did not find expected ") {
            Some((context, what)) if context.starts_with("while parsing") => {
                (line.saturating_sub(1), format!("did not find expected {what}"))
            }
            Some((_, what)) => (line, format!("did not find expected {what}")),
            None => (line, said.to_owned()),
        },
    }
}

/// What is missing in the innermost bracket that is still open, and its line.
fn unclosed(text: &str) -> (usize, String) {
    let (mut open, mut line, mut last, mut quote) = (Vec::new(), 1, ' ', None);
    for letter in text.chars() {
        match letter {
            letter if quote == Some(letter) => quote = None,
            '"' | '\'' if quote.is_none() && matches!(last, '[' | '{' | ',' | ':') => {
                quote = Some(letter);
            }
            '[' | '{' if quote.is_none() => open.push((letter, line)),
            ']' | '}' if quote.is_none() => drop(open.pop()),
            _ => {}
        }
        line += usize::from(letter == '\n');
        if !letter.is_whitespace() {
            last = letter;
        }
    }
    let (bracket, line) = open.pop().unwrap_or(('[', line));
    let what = match bracket {
        _ if matches!(last, '[' | '{' | ',') => "node content",
        '[' => "',' or ']'",
        _ => "',' or '}'",
    };
    (line, format!("did not find expected {what}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn yaml_eleven_is_read_as_go_reads_it() {
        let text = "a: yes\nb: 0755\nc: \"1\"\nd: 2024-01-01\n1: {x: [1, 2.5]}\ne: ~\nf: 1e3\n";

        let value = document(text).unwrap();

        assert_eq!(
            value,
            json!({"a": true, "b": 493, "c": "1", "d": "2024-01-01", "1": {"x": [1, 2.5]},
                   "e": null, "f": 1000})
        );
    }

    #[test]
    fn mistakes_are_worded_as_go_words_them() {
        let cases = [
            ("a: [1", "line 1: did not find expected ',' or ']'"),
            ("a: [{", "line 1: did not find expected node content"),
            ("x: y\na: {b: 1\nc: 2\n", "line 2: did not find expected ',' or '}'"),
            ("a: [1\nb: 2\nc: 3\n", "line 1: did not find expected ',' or ']'"),
            ("a: \"x\nb: c\n", "line 3: found unexpected end of stream"),
            ("a: 'x", "found unexpected end of stream"),
            ("a: b: c", "mapping values are not allowed in this context"),
            ("a:\n b\n  c: d", "line 3: mapping values are not allowed in this context"),
            ("a: 1\nb", "line 3: could not find expected ':'"),
            ("a:\n  b: 1\n c: 2", "line 2: did not find expected key"),
            ("- a\nb: 1", "line 1: did not find expected '-' indicator"),
            ("a:\n\tb: 1", "line 2: found character that cannot start any token"),
            ("@a", "found character that cannot start any token"),
            ("a: ]", "did not find expected node content"),
            ("a: \"b\" c", "did not find expected key"),
        ];
        for (text, words) in cases {
            assert_eq!(document(text), Err(format!("yaml: {words}")), "{text:?}");
        }
    }

    #[test]
    fn anchors_and_merge_keys_are_expanded() {
        let value = document("base: &b {x: 1, z: 2}\nother:\n  <<: *b\n  z: 3\n").unwrap();

        assert_eq!(value["other"], json!({"x": 1, "z": 3}));
    }

    #[test]
    fn documents_are_split_and_empty_ones_left_out() {
        let all = documents("---\na: 1\n---\n# nothing\n---\nb: 2\n").unwrap();

        assert_eq!(all, [json!({"a": 1}), json!({"b": 2})]);
    }
}
