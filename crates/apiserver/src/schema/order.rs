//! Where the items of a merged list go.
//!
//! Items that the patch names keep the patch's order, the others keep the current one; the two
//! are woven together by the places that they had in the current list.

use serde_json::Value;

/// Orders `merged`: what `wanted` names by its order, the rest by `current`'s, interleaved.
pub(super) fn interleave(
    merged: Vec<Value>,
    wanted: &[Value],
    current: &[Value],
    key: Option<&str>,
) -> Vec<Value> {
    let (mut named, mut others): (Vec<Value>, Vec<Value>) =
        merged.into_iter().partition(|item| place(wanted, item, key).is_some());
    named.sort_by_key(|item| place(wanted, item, key));
    // What neither list knows comes last, in the order it has.
    others.sort_by_key(|item| place(current, item, key).unwrap_or(usize::MAX));
    let mut woven = Vec::with_capacity(named.len() + others.len());
    let (mut named, mut others) = (named.into_iter().peekable(), others.into_iter().peekable());
    loop {
        let take_other = match (others.peek(), named.peek()) {
            (None, None) => return woven,
            (Some(_), None) => true,
            (None, Some(_)) => false,
            (Some(other), Some(name)) => {
                match (place(current, other, key), place(current, name, key)) {
                    (Some(other), Some(name)) => other < name,
                    _ => false,
                }
            }
        };
        woven.extend(if take_other { others.next() } else { named.next() });
    }
}

/// Refuses a patch whose items come in another order than the one it asks for.
pub(super) fn check(
    patch: &[Value],
    wanted: &[Value],
    key: Option<&str>,
    directive: &str,
) -> Result<(), String> {
    let mut rest = wanted.iter();
    let mut plain = patch.iter().filter(|item| item.get(directive).is_none());
    if wanted.is_empty() || plain.all(|item| rest.any(|it| same(it, item, key))) {
        return Ok(());
    }
    Err(format!(
        "The order in patch list:\n{}\n doesn't match $setElementOrder list:\n{}\n",
        super::strategic::go_list(patch),
        super::strategic::go_list(wanted)
    ))
}

/// The place of an item in a list.
fn place(list: &[Value], item: &Value, key: Option<&str>) -> Option<usize> {
    list.iter().position(|it| same(it, item, key))
}

/// Whether two items are the same one: by key, or as a whole.
fn same(left: &Value, right: &Value, key: Option<&str>) -> bool {
    match key {
        Some(key) => left.get(key).is_some() && left.get(key) == right.get(key),
        None => left == right,
    }
}
