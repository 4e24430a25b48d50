//! kubectl's `JSONPath` dialect: text with `{…}` actions, `range`, filters, slices, recursion.

mod evaluate;
mod parse;

use serde_json::Value;

use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::print::json;

/// A template, parsed.
#[derive(Clone, Debug)]
pub(crate) struct Template {
    text: String,
    root: Vec<Node>,
}

/// One step of a template.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    /// An action in braces, or the whole of a filter's side.
    List(Vec<Node>),
    Text(String),
    Field(String),
    Number(i64),
    Float(f64),
    Bool(bool),
    Wildcard,
    Recursive,
    Union(Vec<Vec<Node>>),
    Slice(Slice),
    Filter {
        left: Vec<Node>,
        operator: String,
        right: Vec<Node>,
    },
    Identifier(String),
}

/// `[start:end:step]`; `single` when it was one index.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Slice {
    start: Option<i64>,
    end: Option<i64>,
    step: Option<i64>,
    single: bool,
}

impl Template {
    /// Parses a template as `-o jsonpath=` takes it.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        Ok(Self { text: text.to_owned(), root: parse::template(text)? })
    }

    /// Parses an expression with or without braces and leading dot, as `--sort-by` takes it.
    pub(crate) fn relaxed(text: &str) -> Result<Self, String> {
        Self::parse(&relax(text)?)
    }

    /// The values that the actions find, one list an action.
    pub(crate) fn find(&self, value: &Value, strict: bool) -> Result<Vec<Vec<Value>>, String> {
        evaluate::all(&self.root, value, strict)
    }

    /// Fills the template in.
    pub(crate) fn print(&self, value: &Value) -> Outcome<String> {
        let results = self.find(value, false).map_err(|error| self.failed(&error, value))?;
        let mut out = String::new();
        for results in results {
            let words: Vec<String> = results.iter().map(word).collect();
            out.push_str(&words.join(" "));
        }
        Ok(out)
    }

    /// Fills the template in, the results being JSON.
    pub(crate) fn print_json(&self, value: &Value) -> Outcome<String> {
        let results = self.find(value, false).map_err(|error| self.failed(&error, value))?;
        Ok(results.into_iter().map(|results| json::pretty(&Value::Array(results))).collect())
    }

    fn failed(&self, error: &str, value: &Value) -> Failure {
        let template = &self.text;
        let object = go_syntax(value);
        Failure::error(format!(
            "error executing jsonpath {template:?}: Error executing template: {error}. Printing more \
             information for debugging the template:\n\ttemplate was:\n\t\t{template}\n\tobject \
             given to jsonpath engine was:\n\t\t{object}\n\n\n"
        ))
    }
}

/// One value as text.
pub(crate) fn word(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Array(_) | Value::Object(_) => json::compact(value),
        other => other.to_string(),
    }
}

/// `x.y`, `.x.y`, `{x.y}` and `{.x.y}` all become `{.x.y}`.
pub(crate) fn relax(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Ok(String::new());
    }
    let wrong = || {
        "unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or \
         '{.name1.name2}'"
            .to_owned()
    };
    let inner = match (text.strip_prefix('{'), text.strip_suffix('}')) {
        (Some(rest), Some(_)) => rest.strip_suffix('}').ok_or_else(wrong)?,
        (None, None) => text,
        _ => return Err(wrong()),
    };
    let inner = inner.strip_prefix('.').unwrap_or(inner);
    if inner.contains(['{', '}']) {
        return Err(wrong());
    }
    Ok(format!("{{.{inner}}}"))
}

/// A value as Go's `%#v` shows it.
pub(crate) fn go_syntax(value: &Value) -> String {
    match value {
        Value::Null => "interface {}(nil)".to_owned(),
        Value::String(text) => format!("{text:?}"),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(go_syntax).collect();
            format!("[]interface {{}}{{{}}}", items.join(", "))
        }
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            let entries: Vec<String> = entries
                .into_iter()
                .map(|(key, value)| format!("{key:?}:{}", go_syntax(value)))
                .collect();
            format!("map[string]interface {{}}{{{}}}", entries.join(", "))
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn print(template: &str) -> String {
        let value = json!({"items": [
            {"metadata": {"name": "a", "labels": {"a.b/c": "x"}}, "n": 1},
            {"metadata": {"name": "b"}, "n": 2, "list": [1, 2, 3]},
        ]});
        Template::parse(template).unwrap().print(&value).unwrap()
    }

    #[test]
    fn actions_find_what_they_name() {
        assert_eq!(print("{.items[*].metadata.name}"), "a b");
        assert_eq!(print("{.items[0].metadata.labels.a\\.b/c}"), "x");
        assert_eq!(print("{.items[0].metadata['name']}"), "a");
        assert_eq!(print("{.items[-1].metadata.name}"), "b");
        assert_eq!(print("{.items[1].list[0:2]}"), "1 2");
        assert_eq!(print("{..name}"), "a b");
        assert_eq!(print("{.items[?(@.n==2)].metadata.name}"), "b");
        assert_eq!(print("{.items[?(@.metadata.name==\"a\")].n}"), "1");
        assert_eq!(print("{.items[0].metadata}"), r#"{"labels":{"a.b/c":"x"},"name":"a"}"#);
        assert_eq!(print("{.nothing.here}"), "");
    }

    #[test]
    fn ranges_repeat_what_they_enclose() {
        assert_eq!(
            print("{range .items[*]}{.metadata.name}{\"\\t\"}{.n}{\"\\n\"}{end}done"),
            "a\t1\nb\t2\ndone"
        );
    }

    #[test]
    fn mistakes_are_named() {
        assert_eq!(Template::parse("{.items").unwrap_err(), "unclosed action");
        assert_eq!(Template::parse("{.items[0}").unwrap_err(), "unterminated array");
    }
}
