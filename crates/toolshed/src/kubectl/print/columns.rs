//! `-o custom-columns`.

use serde_json::Value;

use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::print::jsonpath::Template;
use crate::kubectl::print::tabs::Tabs;

/// Headers and what stands below them.
#[derive(Clone, Debug)]
pub(crate) struct Columns {
    columns: Vec<(String, Template)>,
    headers: bool,
}

impl Columns {
    /// Reads `NAME:.metadata.name,…`.
    pub(crate) fn parse(spec: &str, headers: bool) -> Outcome<Self> {
        if spec.is_empty() {
            let words = "custom-columns format specified but no custom columns given";
            return Err(Failure::error(words));
        }
        let mut columns = Vec::new();
        for part in spec.split(',') {
            let Some((header, path)) = part.split_once(':') else {
                return Err(Failure::error(format!(
                    "unexpected custom-columns spec: {part}, expected <header>:<json-path-expr>"
                )));
            };
            let template = Template::relaxed(path).map_err(Failure::error)?;
            columns.push((header.to_owned(), template));
        }
        Ok(Self { columns, headers })
    }

    /// Reads a file of two lines: headers and paths.
    pub(crate) fn parse_file(text: &str, headers: bool) -> Outcome<Self> {
        let mut lines = text.lines();
        let format = "Expected format is one line of space separated headers, one line of space \
                      separated column specs.";
        let missing =
            |what: &str| Failure::error(format!("invalid template, missing {what} line. {format}"));
        let names: Vec<&str> =
            lines.next().ok_or_else(|| missing("header"))?.split_whitespace().collect();
        let paths: Vec<&str> =
            lines.next().ok_or_else(|| missing("spec"))?.split_whitespace().collect();
        if names.len() != paths.len() {
            return Err(Failure::error(format!(
                "number of headers ({}) and field specifications ({}) don't match",
                names.len(),
                paths.len()
            )));
        }
        let spec: Vec<String> =
            names.iter().zip(paths).map(|(name, path)| format!("{name}:{path}")).collect();
        Self::parse(&spec.join(","), headers)
    }

    /// Prints one object, or the items of a list.
    pub(crate) fn print(&self, value: &Value) -> Outcome<String> {
        let mut out = String::new();
        if self.headers {
            let names: Vec<&str> = self.columns.iter().map(|(name, _)| name.as_str()).collect();
            out.push_str(&names.join("\t"));
            out.push('\n');
        }
        match &value["items"] {
            Value::Array(items) => {
                for item in items {
                    self.row(item, &mut out)?;
                }
            }
            _ => self.row(value, &mut out)?,
        }
        Ok(Tabs::table().render(&out))
    }

    fn row(&self, value: &Value, out: &mut String) -> Outcome {
        let mut cells = Vec::new();
        for (_, template) in &self.columns {
            let results = template.find(value, false).map_err(Failure::error)?;
            let mut words: Vec<String> = results.iter().flatten().map(go_words).collect();
            if results.first().is_none_or(Vec::is_empty) {
                words.insert(0, "<none>".to_owned());
            }
            cells.push(words.join(","));
        }
        out.push_str(&cells.join("\t"));
        out.push('\n');
        Ok(())
    }
}

/// A value as Go's `fmt.Sprint` shows it.
pub(crate) fn go_words(value: &Value) -> String {
    match value {
        Value::Null => "<nil>".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            format!("[{}]", items.iter().map(go_words).collect::<Vec<_>>().join(" "))
        }
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            let entries: Vec<String> = entries
                .into_iter()
                .map(|(key, value)| format!("{key}:{}", go_words(value)))
                .collect();
            format!("map[{}]", entries.join(" "))
        }
        other => other.to_string(),
    }
}
