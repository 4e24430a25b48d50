//! A YAML text as a [`Node`], by the rules of `kubectl` (YAML 1.1 words and octal numbers).
//!
//! Nesting and aliases are bounded by the parser's own budget.
//!
//! **Deliberately absent:** several documents in one text; a request body holds one.

use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_saphyr::options::DuplicateKeyPolicy;

use super::node::Node;

/// A parsed document and what strict decoding has to say about its syntax.
#[derive(Debug)]
pub struct Document {
    /// The document.
    pub node: Node,
    /// Repeated keys, worded as the real server words them.
    pub duplicates: Vec<String>,
}

/// Parses a text with one document.
pub fn parse(text: &str) -> Result<Document, String> {
    match read(text, DuplicateKeyPolicy::Error) {
        Ok(node) => Ok(Document { node, duplicates: Vec::new() }),
        Err(error) => {
            let node =
                read(text, DuplicateKeyPolicy::LastWins).map_err(|error| describe(&error))?;
            let line = error.location().map_or(0, |it| it.line());
            let key = match &error {
                serde_saphyr::Error::DuplicateMappingKey { key, .. } => key.clone(),
                _ => None,
            }
            .unwrap_or_default();
            let message =
                format!("yaml: unmarshal errors:\n  line {line}: key {key:?} already set in map");
            Ok(Document { node: last_wins(node), duplicates: vec![message] })
        }
    }
}

/// Drops all but the last of repeated keys.
fn last_wins(node: Node) -> Node {
    match node {
        Node::Array(items) => Node::Array(items.into_iter().map(last_wins).collect()),
        Node::Object(entries) => {
            let mut seen = HashSet::new();
            let mut kept: Vec<_> =
                entries.into_iter().rev().filter(|(key, _)| seen.insert(key.clone())).collect();
            kept.reverse();
            Node::Object(kept.into_iter().map(|(key, value)| (key, last_wins(value))).collect())
        }
        scalar => scalar,
    }
}

fn read(text: &str, duplicate_keys: DuplicateKeyPolicy) -> Result<Node, serde_saphyr::Error> {
    let options = serde_saphyr::options! {
        duplicate_keys: duplicate_keys,
        legacy_octal_numbers: true,
        with_snippet: false,
    };
    let node: Node = serde_saphyr::from_str_with_options(text, options)?;
    Ok(node)
}

/// `yaml: line 4: …`.
fn describe(error: &serde_saphyr::Error) -> String {
    let message = error.to_string();
    let message = message.lines().next().unwrap_or_default();
    match error.location() {
        Some(at) => format!("yaml: line {}: {message}", at.line()),
        None => format!("yaml: {message}"),
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<Node, D::Error> {
        Node::deserialize(inner)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Number(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Number(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        // A float without a fraction becomes an integer on its way through JSON.
        let text = serde_json::Value::from(value).to_string();
        Ok(Node::Number(text.strip_suffix(".0").map_or(text.clone(), str::to_owned)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Node, E> {
        Ok(Node::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut all = Vec::new();
        while let Some(item) = items.next_element()? {
            all.push(item);
        }
        Ok(Node::Array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        let mut all = Vec::new();
        while let Some((key, value)) = entries.next_entry::<Node, Node>()? {
            let key = match key {
                Node::String(key) | Node::Number(key) => key,
                Node::Bool(key) => key.to_string(),
                Node::Null => "null".to_owned(),
                Node::Array(_) | Node::Object(_) => {
                    return Err(A::Error::custom("a key is not a scalar"));
                }
            };
            all.push((key, value));
        }
        Ok(Node::Object(all))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> serde_json::Value {
        parse(text).unwrap().node.into_value()
    }

    #[test]
    fn yaml_is_read_as_kubectl_reads_it() {
        assert_eq!(
            value("a: off\nb: 0777\nc: '1'\nd: 1.5\ne: ~\nf: yes\n1: x\n"),
            serde_json::json!({"a": false, "b": 511, "c": "1", "d": 1.5, "e": null, "f": true, "1": "x"})
        );
    }

    #[test]
    fn a_repeated_key_is_reported_and_the_last_one_counts() {
        let document = parse("metadata:\n  name: a\n  name: b\n").unwrap();

        assert_eq!(document.node.into_value()["metadata"]["name"], "b");
        assert_eq!(
            document.duplicates,
            ["yaml: unmarshal errors:\n  line 3: key \"name\" already set in map"]
        );
    }
}
