//! `+`, `-`, `==` and their like, slices and indices.

use std::sync::Arc;

use super::evaluate::{Machine, Stop, put};
use super::value::Json;

/// The place that an index means: from the end when it is negative.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "what is out of range is refused before"
)]
pub(super) fn index(at: f64, count: usize) -> Option<usize> {
    let at = if at < 0.0 { at.floor() + count as f64 } else { at.floor() };
    (0.0..1e9).contains(&at).then_some(at as usize)
}

/// A part of an array or of a text.
pub(super) fn slice(target: &Json, from: &Json, to: &Json) -> Result<Json, Stop> {
    let count = match target {
        Json::Null => return Ok(Json::Null),
        Json::Array(items) => items.len(),
        Json::Text(text) => text.chars().count(),
        other => {
            return Err(Stop::error(format!("Cannot index {} with object", other.kind())));
        }
    };
    let border = |it: &Json, none: usize| match it {
        Json::Null => Ok(none),
        Json::Number(at) => Ok(index(*at, count).unwrap_or(0).min(count)),
        _ => Err(Stop::error("Start and end indices of an array slice must be numbers")),
    };
    let (from, to) = (border(from, 0)?, border(to, count)?);
    let length = to.saturating_sub(from);
    Ok(match target {
        Json::Array(items) => Json::array(items.iter().skip(from).take(length).cloned().collect()),
        Json::Text(text) => Json::text(&text.chars().skip(from).take(length).collect::<String>()),
        _ => Json::Null,
    })
}

/// Two values joined by an operator.
pub(super) fn combine(
    machine: &mut Machine,
    operator: &str,
    left: &Json,
    right: &Json,
) -> Result<Json, Stop> {
    let order = || left.order(right);
    Ok(match operator {
        "==" => Json::Bool(order().is_eq()),
        "!=" => Json::Bool(order().is_ne()),
        "<" => Json::Bool(order().is_lt()),
        "<=" => Json::Bool(order().is_le()),
        ">" => Json::Bool(order().is_gt()),
        ">=" => Json::Bool(order().is_ge()),
        "+" => return add(machine, left, right),
        "-" => return subtract(machine, left, right),
        "*" => return multiply(machine, left, right),
        "/" => return divide(machine, left, right),
        "%" => return remainder(left, right),
        other => return Err(Stop::End(format!("{other} is not available here"))),
    })
}

fn wrong(left: &Json, right: &Json, what: &str) -> Stop {
    Stop::error(format!("{} and {} cannot be {what}", left.shown(), right.shown()))
}

/// The sum of numbers, or texts, arrays and objects one after the other.
pub(super) fn add(machine: &mut Machine, left: &Json, right: &Json) -> Result<Json, Stop> {
    Ok(match (left, right) {
        (Json::Null, other) | (other, Json::Null) => other.clone(),
        (Json::Number(a), Json::Number(b)) => Json::Number(a + b),
        (Json::Text(a), Json::Text(b)) => {
            machine.make(a.len() + b.len())?;
            Json::text(&format!("{a}{b}"))
        }
        (Json::Array(a), Json::Array(b)) => {
            machine.make((a.len() + b.len()) * 24)?;
            machine.step(a.len() + b.len())?;
            Json::array(a.iter().chain(b.iter()).cloned().collect())
        }
        (Json::Object(a), Json::Object(b)) => {
            machine.make((a.len() + b.len()) * 48)?;
            machine.step(a.len() + a.len() * b.len())?;
            let mut entries = a.to_vec();
            b.iter().for_each(|(key, value)| put(&mut entries, key, value.clone()));
            Json::object(entries)
        }
        _ => return Err(wrong(left, right, "added")),
    })
}

fn subtract(machine: &mut Machine, left: &Json, right: &Json) -> Result<Json, Stop> {
    match (left, right) {
        (Json::Number(a), Json::Number(b)) => Ok(Json::Number(a - b)),
        (Json::Array(a), Json::Array(b)) => {
            machine.step(a.len() * b.len())?;
            Ok(Json::array(a.iter().filter(|it| !b.contains(it)).cloned().collect()))
        }
        _ => Err(wrong(left, right, "subtracted")),
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counted before")]
fn multiply(machine: &mut Machine, left: &Json, right: &Json) -> Result<Json, Stop> {
    match (left, right) {
        (Json::Number(a), Json::Number(b)) => Ok(Json::Number(a * b)),
        (Json::Text(text), Json::Number(count)) | (Json::Number(count), Json::Text(text)) => {
            if *count <= 0.0 {
                return Ok(Json::Null);
            }
            let count = count.min(1e8).ceil() as usize;
            machine.make(text.len().saturating_mul(count))?;
            Ok(Json::text(&text.repeat(count)))
        }
        (Json::Object(a), Json::Object(b)) => {
            machine.make((a.len() + b.len()) * 48)?;
            machine.step(a.len() + a.len() * b.len())?;
            let mut entries = a.to_vec();
            for (key, value) in b.iter() {
                let merged = match (left.get(key), value) {
                    (Some(old @ Json::Object(_)), Json::Object(_)) => {
                        multiply(machine, old, value)?
                    }
                    _ => value.clone(),
                };
                put(&mut entries, key, merged);
            }
            Ok(Json::object(entries))
        }
        _ => Err(wrong(left, right, "multiplied")),
    }
}

fn divide(machine: &mut Machine, left: &Json, right: &Json) -> Result<Json, Stop> {
    match (left, right) {
        (Json::Number(_), Json::Number(b)) if *b == 0.0 => {
            Err(wrong(left, right, "divided because the divisor is zero"))
        }
        (Json::Number(a), Json::Number(b)) => Ok(Json::Number(a / b)),
        (Json::Text(text), Json::Text(by)) => {
            machine.make(text.len() * 24)?;
            Ok(split(text, by))
        }
        _ => Err(wrong(left, right, "divided")),
    }
}

/// A text cut where another stands in it.
pub(super) fn split(text: &Arc<str>, by: &str) -> Json {
    if text.is_empty() {
        return Json::array(Vec::new());
    }
    if by.is_empty() {
        return Json::array(text.chars().map(|it| Json::text(&it.to_string())).collect());
    }
    Json::array(text.split(by).map(Json::text).collect())
}

fn remainder(left: &Json, right: &Json) -> Result<Json, Stop> {
    match (left, right) {
        (Json::Number(_), Json::Number(b)) if b.trunc() == 0.0 => {
            Err(wrong(left, right, "divided (remainder) because the divisor is zero"))
        }
        (Json::Number(a), Json::Number(b)) => Ok(Json::Number(a.trunc() % b.trunc().abs())),
        _ => Err(wrong(left, right, "divided (remainder)")),
    }
}
