//! A set of paths into an object: what a manager owns.
//!
//! **Invariant:** no child is empty; emptiness of the whole is therefore quick to see.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::element::Element;

/// A set of paths, as a tree.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Set {
    members: BTreeSet<Element>,
    children: BTreeMap<Element, Set>,
}

impl Set {
    /// Adds a path; the empty path is not a member of any set.
    pub(super) fn insert(&mut self, path: &[Element]) {
        match path {
            [] => {}
            [last] => {
                self.members.insert(last.clone());
            }
            [first, rest @ ..] => self.children.entry(first.clone()).or_default().insert(rest),
        }
    }

    /// Whether there is no path in it.
    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty() && self.children.is_empty()
    }

    /// Whether the path of one step is in it.
    pub(super) fn has(&self, element: &Element) -> bool {
        self.members.contains(element)
    }

    /// The paths below a step.
    pub(super) fn below(&self, element: &Element) -> Option<&Set> {
        self.children.get(element)
    }

    /// The steps that lead to longer paths.
    pub(super) fn children(&self) -> impl Iterator<Item = (&Element, &Set)> {
        self.children.iter()
    }

    /// Makes the path of one step a member.
    pub(super) fn add(&mut self, element: Element) {
        self.members.insert(element);
    }

    /// Replaces the paths below a step.
    pub(super) fn put(&mut self, element: Element, below: Set) {
        if !below.is_empty() {
            self.children.insert(element, below);
        }
    }

    /// The paths of either.
    #[must_use]
    pub(super) fn union(&self, other: &Self) -> Self {
        let mut all = self.clone();
        all.members.extend(other.members.iter().cloned());
        for (element, below) in &other.children {
            let merged =
                all.children.get(element).map_or_else(|| below.clone(), |it| it.union(below));
            all.children.insert(element.clone(), merged);
        }
        all
    }

    /// The paths of both.
    #[must_use]
    pub(super) fn intersection(&self, other: &Self) -> Self {
        let mut both = Self::default();
        both.members.extend(self.members.intersection(&other.members).cloned());
        for (element, below) in &self.children {
            if let Some(theirs) = other.children.get(element) {
                both.put(element.clone(), below.intersection(theirs));
            }
        }
        both
    }

    /// The paths that are not in `other`.
    #[must_use]
    pub(super) fn difference(&self, other: &Self) -> Self {
        let mut rest = Self::default();
        rest.members.extend(self.members.difference(&other.members).cloned());
        for (element, below) in &self.children {
            let below = match other.children.get(element) {
                Some(theirs) => below.difference(theirs),
                None => below.clone(),
            };
            rest.put(element.clone(), below);
        }
        rest
    }

    /// The paths that are not in `other` and not below a path of it.
    #[must_use]
    pub(super) fn without_below(&self, other: &Self) -> Self {
        let mut rest = Self::default();
        rest.members.extend(self.members.difference(&other.members).cloned());
        for (element, below) in &self.children {
            if other.members.contains(element) {
                continue;
            }
            let below = match other.children.get(element) {
                Some(theirs) => below.without_below(theirs),
                None => below.clone(),
            };
            rest.put(element.clone(), below);
        }
        rest
    }

    /// Every path, shorter ones first on each level.
    pub(super) fn paths(&self) -> Vec<Vec<Element>> {
        let mut all: Vec<Vec<Element>> = self.members.iter().map(|it| vec![it.clone()]).collect();
        for (element, below) in &self.children {
            all.extend(below.paths().into_iter().map(|mut path| {
                path.insert(0, element.clone());
                path
            }));
        }
        all
    }

    /// The form of `fieldsV1`.
    pub(super) fn encode(&self) -> Value {
        let mut map: Map<String, Value> = Map::new();
        for element in &self.members {
            map.insert(element.encode(), Value::Object(Map::new()));
        }
        for (element, below) in &self.children {
            let mut encoded = below.encode();
            if self.members.contains(element) {
                encoded["."] = Value::Object(Map::new());
            }
            map.insert(element.encode(), encoded);
        }
        Value::Object(map)
    }

    /// Reads `fieldsV1`; steps that make no sense are skipped.
    pub(super) fn parse(value: &Value) -> Self {
        let mut set = Self::default();
        for (key, below) in value.as_object().into_iter().flatten() {
            let Some(element) = Element::parse(key) else { continue };
            let leaf = below.as_object().is_none_or(Map::is_empty);
            if leaf || below.get(".").is_some() {
                set.members.insert(element.clone());
            }
            set.put(element, Self::parse(below));
        }
        set
    }
}
