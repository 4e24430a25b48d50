//! Which paths a value has, and how two values differ.

use serde_json::Value;

use super::super::table::{Field, Shape, Type};
use super::element::Element;
use super::nature::{Nature, inner, nature, step};
use super::set::Set;

/// How one value differs from another.
#[derive(Clone, Debug, Default)]
pub(super) struct Comparison {
    pub(super) removed: Set,
    pub(super) modified: Set,
    pub(super) added: Set,
}

impl Comparison {
    /// Leaves out what is in `ignored` or below it.
    pub(super) fn without(self, ignored: &Set) -> Self {
        Self {
            removed: self.removed.without_below(ignored),
            modified: self.modified.without_below(ignored),
            added: self.added.without_below(ignored),
        }
    }
}

/// Every path that an object of a known type sets.
pub(super) fn paths(known: &'static Type, value: &Value) -> Set {
    let mut walk = Paths { set: Set::default(), path: Vec::new() };
    walk.object(known, value);
    walk.set
}

struct Paths {
    set: Set,
    path: Vec<Element>,
}

impl Paths {
    fn object(&mut self, known: &Type, value: &Value) {
        for (key, value) in value.as_object().into_iter().flatten() {
            let Some((shape, field)) = inner(known, key) else { continue };
            self.entry(key, value, shape, field, known.field(key).is_some());
        }
    }

    fn entry(
        &mut self,
        key: &str,
        value: &Value,
        shape: &Shape,
        field: Option<&Field>,
        named: bool,
    ) {
        self.path.push(Element::Field(key.to_owned()));
        self.value(value, shape, field);
        let hollow = value.is_null() || value.as_object().is_some_and(serde_json::Map::is_empty);
        if hollow || !named {
            self.set.insert(&self.path);
        }
        self.path.pop();
    }

    fn value(&mut self, value: &Value, shape: &Shape, field: Option<&Field>) {
        match nature(shape, field, Some(value)) {
            Nature::Whole => self.set.insert(&self.path),
            Nature::Object(known) => self.object(known, value),
            Nature::Map(element) => {
                for (key, value) in value.as_object().into_iter().flatten() {
                    self.entry(key, value, element, None, false);
                }
            }
            kind @ (Nature::Set | Nature::Keyed(..)) => {
                let items: Vec<(Element, &Value)> = value
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(|item| Some((step(kind, item).ok()?, item)))
                    .collect();
                for (at, (element, item)) in items.iter().enumerate() {
                    let twin = |other: usize| other != at && items[other].0 == *element;
                    self.path.push(element.clone());
                    if let (Nature::Keyed(_, shape), false) = (kind, (0..items.len()).any(twin)) {
                        self.value(item, shape, None);
                    }
                    self.set.insert(&self.path);
                    self.path.pop();
                }
            }
        }
    }
}

/// Compares two objects of a known type.
pub(super) fn compare(known: &'static Type, before: &Value, after: &Value) -> Comparison {
    let mut walk = Compare { found: Comparison::default(), path: Vec::new() };
    walk.object(known, Some(before), Some(after));
    walk.found
}

struct Compare {
    found: Comparison,
    path: Vec<Element>,
}

impl Compare {
    fn object(&mut self, known: &Type, before: Option<&Value>, after: Option<&Value>) {
        for key in keys(before, after) {
            let Some((shape, field)) = inner(known, &key) else { continue };
            self.entry(&key, before, after, shape, field);
        }
    }

    fn entry(
        &mut self,
        key: &str,
        before: Option<&Value>,
        after: Option<&Value>,
        shape: &Shape,
        field: Option<&Field>,
    ) {
        let (before, after) = (before.and_then(|it| it.get(key)), after.and_then(|it| it.get(key)));
        self.path.push(Element::Field(key.to_owned()));
        self.value(before, after, shape, field);
        self.path.pop();
    }

    /// Compares two values of which at least one is there.
    fn value(
        &mut self,
        before: Option<&Value>,
        after: Option<&Value>,
        shape: &Shape,
        field: Option<&Field>,
    ) {
        let hollow = |value: Option<&Value>| match value {
            None | Some(Value::Null) => true,
            Some(Value::Object(map)) => map.is_empty(),
            Some(Value::Array(items)) => items.is_empty(),
            Some(_) => false,
        };
        let kind = nature(shape, field, after.or(before));
        if matches!(kind, Nature::Whole) || (hollow(before) && hollow(after)) {
            match (before, after) {
                (None, _) => self.found.added.insert(&self.path),
                (_, None) => self.found.removed.insert(&self.path),
                (Some(before), Some(after)) if before != after => {
                    self.found.modified.insert(&self.path);
                }
                _ => {}
            }
            return;
        }
        match kind {
            Nature::Whole => {}
            Nature::Object(known) => self.object(known, before, after),
            Nature::Map(element) => {
                for key in keys(before, after) {
                    self.entry(&key, before, after, element, None);
                }
            }
            Nature::Set | Nature::Keyed(..) => self.list(before, after, kind),
        }
        match (before, after) {
            (None, _) => self.found.added.insert(&self.path),
            (_, None) => self.found.removed.insert(&self.path),
            _ => {}
        }
    }

    fn list(&mut self, before: Option<&Value>, after: Option<&Value>, kind: Nature<'_>) {
        let items = |value: Option<&Value>| -> Vec<(Element, Value)> {
            let items = value.and_then(Value::as_array).into_iter().flatten();
            items.filter_map(|item| Some((step(kind, item).ok()?, item.clone()))).collect()
        };
        let (before, after) = (items(before), items(after));
        let mut steps: Vec<&Element> = Vec::new();
        for (element, _) in before.iter().chain(&after) {
            if !steps.contains(&element) {
                steps.push(element);
            }
        }
        for element in steps {
            let of = |list: &'_ [(Element, Value)]| -> Vec<Value> {
                list.iter()
                    .filter(|(it, _)| it == element)
                    .map(|(_, value)| value.clone())
                    .collect()
            };
            self.path.push(element.clone());
            self.item(&of(&before), &of(&after), kind);
            self.path.pop();
        }
    }

    /// Compares the items that share one step; usually one on each side.
    fn item(&mut self, before: &[Value], after: &[Value], kind: Nature<'_>) {
        let shape = match kind {
            Nature::Keyed(_, shape) => shape,
            _ => &Shape::Bool,
        };
        match (before, after) {
            ([] | [_], [] | [_]) => self.value(before.first(), after.first(), shape, None),
            ([_, _, ..], [_, _, ..]) if before == after => {}
            ([_, _, ..], [_, _, ..]) => self.found.modified.insert(&self.path),
            ([_, _, ..], rest) => {
                if let Some(one) = rest.first() {
                    self.value(None, Some(one), shape, None);
                }
                self.found.removed.insert(&self.path);
            }
            (rest, _) => {
                if let Some(one) = rest.first() {
                    self.value(Some(one), None, shape, None);
                }
                self.found.added.insert(&self.path);
            }
        }
    }
}

/// The keys of both, each once.
fn keys(before: Option<&Value>, after: Option<&Value>) -> Vec<String> {
    let map = |value: Option<&Value>| value.and_then(Value::as_object).cloned().unwrap_or_default();
    let (mut all, new) = (map(before), map(after));
    all.extend(new);
    all.into_iter().map(|(key, _)| key).collect()
}
