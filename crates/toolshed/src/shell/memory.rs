//! What the shells of a lab hold together, counted: variables, arguments, functions.
//!
//! **Invariant:** it never exceeds the meter's limit, [`MAX_HELD`]. Whoever wants to keep more is refused, and what is
//! let go of is given back by [`Held`]'s drop. What two shells share is counted once.

use std::collections::BTreeMap;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use brush_parser::ast::FunctionBody;

use super::parse::TREE;

/// What all shells of one lab may hold together.
pub(crate) const MAX_HELD: usize = 16 * 1024 * 1024;

/// What a text costs beyond its bytes.
const OVERHEAD: usize = 48;

/// Counts for one lab. Clones count together.
#[derive(Clone, Debug)]
pub(crate) struct Meter {
    held: Arc<AtomicUsize>,
    most: usize,
}

impl Default for Meter {
    fn default() -> Self {
        Self::up_to(MAX_HELD)
    }
}

impl Meter {
    /// A meter with a limit of its own.
    pub(crate) fn up_to(most: usize) -> Self {
        Self { held: Arc::default(), most }
    }

    /// Room for so many bytes, unless there is none.
    pub(crate) fn hold(&self, bytes: usize) -> Option<Held> {
        let mut held = Held { meter: self.clone(), bytes: 0 };
        held.grow(bytes).then_some(held)
    }
}

/// Room that is given back when this is dropped.
#[derive(Debug)]
pub(crate) struct Held {
    meter: Meter,
    bytes: usize,
}

impl Held {
    /// Holds more; false when there is no room for it.
    pub(crate) fn grow(&mut self, bytes: usize) -> bool {
        let most = self.meter.most;
        let more = |held: usize| held.checked_add(bytes).filter(|held| *held <= most);
        let grown =
            self.meter.held.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_ok();
        self.bytes += if grown { bytes } else { 0 };
        grown
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.meter.held.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// What a variable holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// One text.
    Text(String),
    /// Texts by index.
    Array(BTreeMap<i64, String>),
}

impl Value {
    fn bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len() + OVERHEAD,
            Self::Array(items) => items.values().map(|item| item.len() + OVERHEAD).sum(),
        }
    }
}

/// A value with the room it takes.
#[derive(Debug)]
struct Kept {
    value: Value,
    held: Held,
}

/// A shell variable. Clones share the value.
#[derive(Clone, Debug)]
pub(crate) struct Variable {
    kept: Arc<Kept>,
    pub(crate) exported: bool,
    pub(crate) readonly: bool,
}

impl Variable {
    /// A variable, if there is room for it.
    pub(crate) fn new(value: Value, meter: &Meter) -> Option<Self> {
        let held = meter.hold(value.bytes())?;
        Some(Self { kept: Arc::new(Kept { value, held }), exported: false, readonly: false })
    }

    /// What it holds.
    pub(crate) fn value(&self) -> &Value {
        &self.kept.value
    }

    /// Takes over the value of another.
    pub(crate) fn take(&mut self, other: Self) {
        self.kept = other.kept;
    }

    /// Puts a text into an array that no other shell looks at; the text comes back if that cannot be.
    pub(crate) fn put(&mut self, index: i64, text: String) -> Result<(), String> {
        let Some(Kept { value: Value::Array(items), held }) = Arc::get_mut(&mut self.kept) else {
            return Err(text);
        };
        if items.contains_key(&index) || !held.grow(text.len() + OVERHEAD) {
            return Err(text);
        }
        items.insert(index, text);
        Ok(())
    }
}

/// The variables of a shell by name. Clones share them until one of them changes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Variables(Arc<BTreeMap<String, Variable>>);

impl Deref for Variables {
    type Target = BTreeMap<String, Variable>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Variables {
    fn deref_mut(&mut self) -> &mut Self::Target {
        Arc::make_mut(&mut self.0)
    }
}

/// A function with the room it takes.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) body: FunctionBody,
    _held: Held,
}

impl Function {
    /// A function, if there is room for it.
    pub(crate) fn new(body: &FunctionBody, meter: &Meter) -> Option<Arc<Self>> {
        let text = body.to_string();
        let separators = text.bytes().filter(|byte| b"\n;|&".contains(byte)).count();
        let words = text.split_whitespace().count();
        let held = meter.hold(text.len() * 4 + separators * 2 * TREE + words * 200)?;
        Some(Arc::new(Self { body: body.clone(), _held: held }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shared_counts_once_and_comes_back() {
        let meter = Meter::default();
        let text = "x".repeat(MAX_HELD / 2);
        let first = Variable::new(Value::Text(text.clone()), &meter).unwrap();
        let shared = first.clone();

        assert!(Variable::new(Value::Text(text.clone()), &meter).is_none());
        drop(first);
        assert!(Variable::new(Value::Text(text.clone()), &meter).is_none());
        drop(shared);
        assert!(Variable::new(Value::Text(text), &meter).is_some());
    }
}
