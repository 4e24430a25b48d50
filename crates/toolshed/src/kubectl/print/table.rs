//! The server's Tables, decorated and shown in columns.

use serde_json::Value;

use crate::kubectl::age;
use crate::kubectl::discovery::array;
use crate::kubectl::print::jsonpath::word;
use crate::kubectl::print::tabs::Tabs;

/// What one may choose about columns.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[derive(Clone, Debug, Default)]
pub(crate) struct Options {
    pub(crate) wide: bool,
    pub(crate) headers: bool,
    pub(crate) namespace: bool,
    /// The kind to put before names.
    pub(crate) kind: Option<String>,
    pub(crate) labels: bool,
    pub(crate) label_columns: Vec<String>,
}

/// Prints Tables one after the other, the headers once.
pub(crate) struct Printer {
    pub(crate) options: Options,
    tabs: Tabs,
    last: Value,
    printed: bool,
}

impl Printer {
    pub(crate) fn new(options: Options) -> Self {
        Self { options, tabs: Tabs::table(), last: Value::Null, printed: false }
    }

    /// The lines of one Table, still separated by tabs.
    pub(crate) fn lines(&mut self, table: &Value, event: Option<&str>) -> String {
        let mut columns = table["columnDefinitions"].clone();
        let rows = array(&table["rows"]);
        let mut headers = self.options.headers;
        if array(&columns).is_empty() {
            columns = self.last.clone();
            headers &= !self.printed;
        } else if columns == self.last {
            headers &= !self.printed;
        } else {
            self.last = columns.clone();
            self.printed = false;
        }
        self.printed |= !rows.is_empty();
        if rows.is_empty() {
            return String::new();
        }
        let mut out = String::new();
        if headers {
            out.push_str(&self.header(&columns, event).join("\t"));
            out.push('\n');
        }
        for row in rows {
            out.push_str(&self.row(&columns, row, event).join("\t"));
            out.push('\n');
        }
        out
    }

    /// One Table in columns.
    pub(crate) fn print(&mut self, table: &Value, event: Option<&str>) -> String {
        let lines = self.lines(table, event);
        if lines.is_empty() { lines } else { self.tabs.render(&lines) }
    }

    fn shown(&self, column: &Value) -> bool {
        self.options.wide || column["priority"].as_i64().unwrap_or(0) == 0
    }

    fn header(&self, columns: &Value, event: Option<&str>) -> Vec<String> {
        let mut names = Vec::new();
        if event.is_some() {
            names.push("EVENT".to_owned());
        }
        if self.options.namespace {
            names.push("NAMESPACE".to_owned());
        }
        let shown = array(columns).iter().filter(|column| self.shown(column));
        names
            .extend(shown.map(|column| column["name"].as_str().unwrap_or_default().to_uppercase()));
        for label in &self.options.label_columns {
            names.push(label.rsplit('/').next().unwrap_or_default().to_uppercase());
        }
        if self.options.labels {
            names.push("LABELS".to_owned());
        }
        names
    }

    fn row(&self, columns: &Value, row: &Value, event: Option<&str>) -> Vec<String> {
        let mut cells = Vec::new();
        if let Some(event) = event {
            cells.push(format!("{event:<8}"));
        }
        let metadata = &row["object"]["metadata"];
        if self.options.namespace {
            cells.push(word(&metadata["namespace"]));
        }
        let mut named = false;
        for (column, cell) in array(columns).iter().zip(array(&row["cells"])) {
            let is_name = !named && column["format"] == "name" && column["type"] == "string";
            named |= is_name;
            if !self.shown(column) {
                continue;
            }
            let text = cell_text(cell);
            match self.options.kind.as_ref().filter(|_| is_name) {
                Some(kind) => cells.push(format!("{kind}/{text}")),
                None => cells.push(text),
            }
        }
        for label in &self.options.label_columns {
            cells.push(word(&metadata["labels"][label]));
        }
        if self.options.labels {
            cells.push(labels(&metadata["labels"]));
        }
        cells
    }
}

fn cell_text(cell: &Value) -> String {
    let text = match cell {
        Value::Null => return String::new(),
        other => word(other),
    };
    let (shown, cut) = match text.find(['\u{c}', '\n', '\r']) {
        Some(at) => (&text[..at], "..."),
        None => (text.as_str(), ""),
    };
    let safe: String = shown.chars().map(|c| if c == '\u{1b}' { '^' } else { c }).collect();
    format!("{}{cut}", safe.replace('\t', "\\t"))
}

/// `a=b,c=d`, or `<none>`.
pub(crate) fn labels(labels: &Value) -> String {
    let mut pairs: Vec<String> = labels
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| format!("{key}={}", word(value)))
        .collect();
    pairs.sort();
    if pairs.is_empty() { "<none>".to_owned() } else { pairs.join(",") }
}

/// A Table made here, for servers that have none for a kind.
pub(crate) fn fallback(object: &Value, now: jiff::Timestamp) -> Value {
    let items = match &object["items"] {
        Value::Array(items) => items.clone(),
        _ => vec![object.clone()],
    };
    let rows: Vec<Value> = items
        .into_iter()
        .map(|item| {
            let metadata = &item["metadata"];
            let age = age::since(&metadata["creationTimestamp"], now);
            serde_json::json!({"cells": [metadata["name"], age], "object": item})
        })
        .collect();
    serde_json::json!({
        "columnDefinitions": [
            {"name": "Name", "type": "string", "format": "name", "priority": 0},
            {"name": "Age", "type": "string", "format": "", "priority": 0},
        ],
        "rows": rows,
    })
}
