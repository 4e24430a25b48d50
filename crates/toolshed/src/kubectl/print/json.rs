//! JSON out as Go's `encoding/json` writes it: sorted keys, four spaces, `<`, `>` and `&` escaped.

use std::fmt::Write as _;

use serde_json::Value;

/// Indented by four spaces, with a line break at the end.
pub(crate) fn pretty(value: &Value) -> String {
    let mut out = String::new();
    put(value, Some(0), &[], &mut out);
    out.push('\n');
    out
}

/// As [`pretty`], the named keys first and in this order, as a Go struct's fields.
pub(crate) fn pretty_by(value: &Value, order: &[&str]) -> String {
    let mut out = String::new();
    put(value, Some(0), order, &mut out);
    out.push('\n');
    out
}

/// On one line.
pub(crate) fn compact(value: &Value) -> String {
    let mut out = String::new();
    put(value, None, &[], &mut out);
    out
}

/// Ends the line and indents, when indenting at all.
fn line(depth: Option<usize>, more: usize, out: &mut String) {
    if let Some(depth) = depth {
        out.push('\n');
        out.extend(std::iter::repeat_n("    ", depth + more));
    }
}

fn put(value: &Value, depth: Option<usize>, order: &[&str], out: &mut String) {
    let deeper = depth.map(|depth| depth + 1);
    match value {
        Value::Array(items) if !items.is_empty() => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                line(depth, 1, out);
                put(item, deeper, order, out);
            }
            line(depth, 0, out);
            out.push(']');
        }
        Value::Object(map) if !map.is_empty() => {
            let mut entries: Vec<_> = map.iter().collect();
            let rank = |key: &str| order.iter().position(|one| *one == key);
            entries.sort_by_key(|(key, _)| (rank(key).unwrap_or(order.len()), *key));
            out.push('{');
            for (index, (key, value)) in entries.into_iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                line(depth, 1, out);
                string(key, out);
                out.push_str(if depth.is_some() { ": " } else { ":" });
                put(value, deeper, order, out);
            }
            line(depth, 0, out);
            out.push('}');
        }
        Value::String(text) => string(text, out),
        other => out.push_str(&other.to_string()),
    }
}

fn string(text: &str, out: &mut String) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\0'..='\u{1f}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(letter));
            }
            letter => out.push(letter),
        }
    }
    out.push('"');
}
