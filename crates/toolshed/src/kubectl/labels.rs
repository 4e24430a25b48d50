//! Label selectors, for objects in files that are chosen before the server sees them.

use serde_json::Value;

use crate::kubectl::failure::{Failure, Outcome};

/// What every chosen object has in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Selector(Vec<Requirement>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Requirement {
    Present(String),
    Absent(String),
    In(String, Vec<String>),
    /// An object without the label is among these, too.
    NotIn(String, Vec<String>),
}

impl Selector {
    /// Reads `app=web,tier!=front,zone in (a,b),!old`; nothing chooses everything.
    pub(crate) fn parse(text: &str) -> Outcome<Self> {
        let parts = split(text);
        let read = |part: &str| {
            requirement(part).ok_or_else(|| {
                Failure::error(format!(
                    "the provided selector {text:?} is not valid: unable to parse requirement: \
                     {part:?}"
                ))
            })
        };
        let wanted = parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty());
        wanted.map(read).collect::<Outcome<Vec<_>>>().map(Self)
    }

    /// Whether the object's labels are as they should be.
    pub(crate) fn matches(&self, object: &Value) -> bool {
        let label = |key: &str| object["metadata"]["labels"][key].as_str();
        let among = |key: &str, values: &[String]| {
            label(key).is_some_and(|found| values.iter().any(|value| value == found))
        };
        self.0.iter().all(|one| match one {
            Requirement::Present(key) => label(key).is_some(),
            Requirement::Absent(key) => label(key).is_none(),
            Requirement::In(key, values) => among(key, values),
            Requirement::NotIn(key, values) => !among(key, values),
        })
    }
}

/// The parts between commas that stand outside of brackets.
fn split(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut inside = false;
    for letter in text.chars() {
        inside = (inside || letter == '(') && letter != ')';
        if letter == ',' && !inside {
            parts.push(String::new());
        } else if let Some(part) = parts.last_mut() {
            part.push(letter);
        }
    }
    parts
}

fn requirement(text: &str) -> Option<Requirement> {
    let key = |text: &str| {
        let text = text.trim();
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
        (!text.is_empty() && text.chars().all(fits)).then(|| text.to_owned())
    };
    let value = |text: &str| {
        let text = text.trim();
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        text.chars().all(fits).then(|| text.to_owned())
    };
    if let Some(rest) = text.strip_prefix('!') {
        return key(rest).map(Requirement::Absent);
    }
    if let Some((left, right)) = text.split_once("!=") {
        return Some(Requirement::NotIn(key(left)?, vec![value(right)?]));
    }
    if let Some((left, right)) = text.split_once("==").or_else(|| text.split_once('=')) {
        return Some(Requirement::In(key(left)?, vec![value(right)?]));
    }
    let Some((left, set)) = text.split_once('(') else {
        return key(text).map(Requirement::Present);
    };
    let values: Option<Vec<String>> = set.strip_suffix(')')?.split(',').map(value).collect();
    let (name, word) = left.trim().rsplit_once(char::is_whitespace)?;
    match word {
        "in" => Some(Requirement::In(key(name)?, values?)),
        "notin" => Some(Requirement::NotIn(key(name)?, values?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_selector_chooses_by_equality_by_sets_and_by_presence() {
        let web = json!({"metadata": {"labels": {"app": "web", "tier": "front"}}});
        let chosen = |text: &str| Selector::parse(text).unwrap().matches(&web);

        for text in ["", "app=web", "app==web,tier", "app in (db, web)", "zone!=a", "!zone"] {
            assert!(chosen(text), "{text}");
        }
        for text in ["app=db", "zone", "!app", "app notin (web)", "app!=web", "app=web,tier=x"] {
            assert!(!chosen(text), "{text}");
        }
    }

    #[test]
    fn what_is_no_selector_is_refused() {
        for text in ["app=(", "app in (a", "a b", "=x", "app within (a)"] {
            let words = Selector::parse(text).unwrap_err().words();

            assert!(words.contains("is not valid: unable to parse requirement"), "{words}");
        }
    }
}
