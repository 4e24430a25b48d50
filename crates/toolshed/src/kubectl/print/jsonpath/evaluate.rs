//! What a `JSONPath` template finds in a value.

use std::cmp::Ordering;

use serde_json::Value;

use super::{Node, Slice};

/// The results of every action, ranges unrolled.
pub(super) fn all(nodes: &[Node], value: &Value, strict: bool) -> Result<Vec<Vec<Value>>, String> {
    let mut results = Vec::new();
    let mut at = 0;
    while at < nodes.len() {
        at = one(nodes, at, value, strict, &mut results)?;
    }
    Ok(results)
}

/// Evaluates the node at `at`, a range with all that it encloses; says where to go on.
fn one(
    nodes: &[Node],
    at: usize,
    value: &Value,
    strict: bool,
    results: &mut Vec<Vec<Value>>,
) -> Result<usize, String> {
    match keyword(&nodes[at]) {
        Some("range") => {}
        Some("end") => return Err("not in range, nothing to end".to_owned()),
        Some(other) => return Err(format!("unrecognized identifier {other}")),
        None => {
            results.push(walk(vec![value.clone()], std::slice::from_ref(&nodes[at]), strict)?);
            return Ok(at + 1);
        }
    }
    let Node::List(inner) = &nodes[at] else { return Ok(at + 1) };
    let end = end_of(nodes, at);
    for item in walk(vec![value.clone()], &inner[1..], strict)? {
        let mut inside = at + 1;
        while inside < end {
            inside = one(nodes, inside, &item, strict, results)?;
        }
    }
    // As the real one: what follows a range without an end is shown of the whole as well.
    Ok(if end < nodes.len() { end + 1 } else { at + 1 })
}

fn keyword(node: &Node) -> Option<&str> {
    match node {
        Node::List(inner) => match inner.first() {
            Some(Node::Identifier(name)) => Some(name),
            _ => None,
        },
        _ => None,
    }
}

/// Where the range that begins at `at` ends.
fn end_of(nodes: &[Node], at: usize) -> usize {
    let mut depth = 0;
    for (index, node) in nodes.iter().enumerate().skip(at) {
        match keyword(node) {
            Some("range") => depth += 1,
            Some("end") => {
                depth -= 1;
                if depth == 0 {
                    return index;
                }
            }
            _ => {}
        }
    }
    nodes.len()
}

fn walk(mut values: Vec<Value>, nodes: &[Node], strict: bool) -> Result<Vec<Value>, String> {
    for node in nodes {
        values = step(values, node, strict)?;
    }
    Ok(values)
}

fn step(values: Vec<Value>, node: &Node, strict: bool) -> Result<Vec<Value>, String> {
    match node {
        Node::List(nodes) => walk(values, nodes, strict),
        Node::Text(text) => Ok(vec![Value::String(text.clone())]),
        Node::Number(number) => Ok(vec![Value::from(*number); values.len()]),
        Node::Float(number) => Ok(vec![Value::from(*number); values.len()]),
        Node::Bool(on) => Ok(vec![Value::Bool(*on); values.len()]),
        Node::Field(name) => field(&values, name, strict),
        Node::Wildcard => Ok(values.iter().flat_map(children).collect()),
        Node::Recursive => {
            let mut found = Vec::new();
            recurse(&values, &mut found);
            Ok(found)
        }
        Node::Union(lists) => {
            let mut found = Vec::new();
            for list in lists {
                found.extend(walk(values.clone(), list, strict)?);
            }
            Ok(found)
        }
        Node::Slice(range) => {
            let mut found = Vec::new();
            for value in &values {
                slice(value, *range, &mut found)?;
            }
            Ok(found)
        }
        Node::Filter { left, operator, right } => filter(&values, left, operator, right, strict),
        Node::Identifier(name) => Err(format!("unrecognized identifier {name}")),
    }
}

fn field(values: &[Value], name: &str, strict: bool) -> Result<Vec<Value>, String> {
    if name.is_empty() {
        return Ok(values.to_vec());
    }
    let found: Vec<Value> =
        values.iter().filter_map(|value| value.as_object()?.get(name).cloned()).collect();
    if found.is_empty() && strict && !values.is_empty() {
        return Err(format!("{name} is not found"));
    }
    Ok(found)
}

fn children(value: &Value) -> Vec<Value> {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_by_key(|(key, _)| *key);
            entries.into_iter().map(|(_, value)| value.clone()).collect()
        }
        Value::Array(items) => items.clone(),
        _ => Vec::new(),
    }
}

fn recurse(values: &[Value], found: &mut Vec<Value>) {
    for value in values {
        let inner = children(value);
        if !inner.is_empty() {
            found.push(value.clone());
            recurse(&inner, found);
        }
    }
}

fn slice(value: &Value, range: Slice, found: &mut Vec<Value>) -> Result<(), String> {
    let items = match value {
        Value::Null => return Ok(()),
        Value::Array(items) => items,
        Value::Object(_) => {
            return Err("map[string]interface {} is not array or slice".to_owned());
        }
        Value::String(_) => return Err("string is not array or slice".to_owned()),
        Value::Bool(_) => return Err("bool is not array or slice".to_owned()),
        Value::Number(_) => return Err("int64 is not array or slice".to_owned()),
    };
    let length = i64::try_from(items.len()).map_err(|error| error.to_string())?;
    let mut start = range.start.unwrap_or(0);
    if start < 0 {
        start = start.saturating_add(length);
    }
    let mut end = range.end.unwrap_or(length);
    if end < 0 || (end == 0 && range.single) {
        end = end.saturating_add(length);
    }
    if start == end {
        return Ok(());
    }
    let outside = |index| Err(format!("array index out of bounds: index {index}, length {length}"));
    if start >= length || start < 0 {
        return outside(start);
    }
    if end > length || end < 0 {
        return outside(end - 1);
    }
    if start > end {
        return Err(format!("starting index {start} is greater than ending index {end}"));
    }
    let step = range.step.unwrap_or(1);
    if step <= 0 {
        return Err("step must be > 0".to_owned());
    }
    let index = |number: i64| usize::try_from(number).unwrap_or_default();
    found.extend(items[index(start)..index(end)].iter().step_by(index(step)).cloned());
    Ok(())
}

fn filter(
    values: &[Value],
    left: &[Node],
    operator: &str,
    right: &[Node],
    strict: bool,
) -> Result<Vec<Value>, String> {
    let mut found = Vec::new();
    for value in values {
        let Value::Array(items) = value else {
            return Err(format!("{value} is not array or slice and cannot be filtered"));
        };
        for item in items {
            let lefts = walk(vec![item.clone()], left, strict);
            if operator == "exists" {
                if lefts.is_ok_and(|lefts| !lefts.is_empty()) {
                    found.push(item.clone());
                }
                continue;
            }
            let lefts = lefts?;
            let rights = walk(vec![item.clone()], right, strict)?;
            if lefts.is_empty() || rights.is_empty() {
                continue;
            }
            let ([left], [right]) = (lefts.as_slice(), rights.as_slice()) else {
                return Err("can only compare one element at a time".to_owned());
            };
            if compare(left, operator, right)? {
                found.push(item.clone());
            }
        }
    }
    Ok(found)
}

fn compare(left: &Value, operator: &str, right: &Value) -> Result<bool, String> {
    let order = match (left, right) {
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        (Value::Number(left), Value::Number(right)) => left.as_f64().partial_cmp(&right.as_f64()),
        (Value::Bool(left), Value::Bool(right)) => (left == right).then_some(Ordering::Equal),
        (Value::Null, _) | (_, Value::Null) => None,
        _ => return Err("incompatible types for comparison".to_owned()),
    };
    Ok(match operator {
        "==" => order == Some(Ordering::Equal),
        "!=" => order != Some(Ordering::Equal),
        "<" => order == Some(Ordering::Less),
        ">" => order == Some(Ordering::Greater),
        "<=" => matches!(order, Some(Ordering::Less | Ordering::Equal)),
        ">=" => matches!(order, Some(Ordering::Greater | Ordering::Equal)),
        other => return Err(format!("unrecognized filter operator {other}")),
    })
}
