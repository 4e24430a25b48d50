//! The functions of `jq` that make one value of one or two others.

use std::sync::Arc;

use super::arithmetic;
use super::evaluate::{Machine, Stop};
use super::format;
use super::value::{Entries, Json};

/// Calls a function without arguments, if there is one of that name.
pub(super) fn call(machine: &mut Machine, name: &str, input: &Json) -> Result<Option<Json>, Stop> {
    if let Some(value) = of_text(machine, name, input)? {
        return Ok(Some(value));
    }
    Ok(Some(match name {
        "not" => Json::Bool(!input.holds()),
        "true" | "false" => Json::Bool(name == "true"),
        "type" => Json::text(input.kind()),
        "infinite" => Json::Number(f64::INFINITY),
        "nan" => Json::Number(f64::NAN),
        "length" => length(input)?,
        "utf8bytelength" => Json::count(text(input, "only strings have UTF-8 byte length")?.len()),
        "keys" | "keys_unsorted" => keys(input, name == "keys")?,
        "any" => Json::Bool(items(input)?.iter().any(Json::holds)),
        "all" => Json::Bool(items(input)?.iter().all(Json::holds)),
        "floor" => Json::Number(number(input)?.floor()),
        "ceil" => Json::Number(number(input)?.ceil()),
        "round" => Json::Number(number(input)?.round()),
        "sqrt" => Json::Number(number(input)?.sqrt()),
        "abs" | "fabs" => Json::Number(number(input)?.abs()),
        "tostring" => Json::text(&format::text(input)),
        "tojson" => Json::text(&input.line()),
        "reverse" => match input {
            Json::Text(text) => Json::text(&text.chars().rev().collect::<String>()),
            Json::Null => Json::array(Vec::new()),
            other => Json::array(items(other)?.into_iter().rev().collect()),
        },
        "sort" | "unique" | "min" | "max" => sorted(machine, name, input)?,
        "to_entries" => {
            let Json::Object(entries) = input else {
                return Err(Stop::error(format!("{} has no keys", input.shown())));
            };
            machine.make(entries.len() * 160)?;
            let entry = |(key, value): &(Arc<str>, Json)| {
                let key = Json::Text(Arc::clone(key));
                Json::object(vec![("key".into(), key), ("value".into(), value.clone())])
            };
            Json::array(entries.iter().map(entry).collect())
        }
        "from_entries" => from_entries(machine, input)?,
        "transpose" => transpose(machine, input)?,
        _ => return Ok(None),
    }))
}

fn of_text(machine: &mut Machine, name: &str, input: &Json) -> Result<Option<Json>, Stop> {
    let changed = |change: fn(&str) -> String, what: &str| -> Result<Option<Json>, Stop> {
        Ok(Some(Json::text(&change(text(input, what)?))))
    };
    match name {
        "ascii_downcase" => {
            changed(str::to_ascii_lowercase, "ascii_downcase input must be a string")
        }
        "ascii_upcase" => changed(str::to_ascii_uppercase, "ascii_upcase input must be a string"),
        "trim" => changed(|it| it.trim().to_owned(), "trim input must be a string"),
        "ltrim" => changed(|it| it.trim_start().to_owned(), "trim input must be a string"),
        "rtrim" => changed(|it| it.trim_end().to_owned(), "trim input must be a string"),
        "tonumber" => match input {
            Json::Number(_) => Ok(Some(input.clone())),
            Json::Text(it) => match it.trim().parse::<f64>() {
                Ok(number) if !it.is_empty() => Ok(Some(Json::Number(number))),
                _ => Err(Stop::error(format!("Cannot parse '{it}' as JSON"))),
            },
            other => Err(Stop::error(format!("{} cannot be parsed as a number", other.shown()))),
        },
        "fromjson" => {
            let source = text(input, "only strings can be parsed")?;
            machine.make(source.len() * 12)?;
            let parsed = serde_json::from_str(source);
            parsed.map(Some).map_err(|error| {
                let shown: String = source.chars().take(40).collect();
                Stop::error(format!("{error} (while parsing '{shown}')"))
            })
        }
        "explode" => {
            let letters = text(input, "explode input must be a string")?;
            machine.make(letters.len() * 24)?;
            let code = |it: char| Json::Number(f64::from(u32::from(it)));
            Ok(Some(Json::array(letters.chars().map(code).collect())))
        }
        _ => Ok(None),
    }
}

/// Calls a function with one value, if there is one of that name.
pub(super) fn call_with(
    machine: &mut Machine,
    name: &str,
    input: &Json,
    value: &Json,
) -> Result<Option<Json>, Stop> {
    Ok(Some(match name {
        "has" => Json::Bool(match (input, value) {
            (Json::Object(_), Json::Text(key)) => input.get(key).is_some(),
            (Json::Array(items), Json::Number(at)) => {
                *at >= 0.0 && arithmetic::index(*at, 0).is_some_and(|at| at < items.len())
            }
            _ => {
                let message =
                    format!("Cannot check whether {} has a {} key", input.kind(), value.kind());
                return Err(Stop::error(message));
            }
        }),
        "contains" => Json::Bool(contains(machine, input, value)?),
        "inside" => Json::Bool(contains(machine, value, input)?),
        "in" => return call_with(machine, "has", value, input),
        "startswith" | "endswith" => {
            let message = format!("{name}() requires string inputs");
            let (whole, part) = (text(input, &message)?, text(value, &message)?);
            let holds =
                if name == "startswith" { whole.starts_with(part) } else { whole.ends_with(part) };
            Json::Bool(holds)
        }
        "ltrimstr" | "rtrimstr" => match (input, value) {
            (Json::Text(whole), Json::Text(part)) => {
                let cut = match name {
                    "ltrimstr" => whole.strip_prefix(&**part),
                    _ => whole.strip_suffix(&**part),
                };
                Json::text(cut.unwrap_or(whole))
            }
            _ => input.clone(),
        },
        "split" => match (input, value) {
            (Json::Text(whole), Json::Text(by)) => {
                machine.make(whole.len() * 24)?;
                arithmetic::split(whole, by)
            }
            _ => return Err(Stop::error("split input and separator must be strings")),
        },
        "join" => join(machine, input, value)?,
        "index" | "rindex" => match (input, value) {
            (Json::Text(whole), Json::Text(part)) => {
                let at = if name == "index" { whole.find(&**part) } else { whole.rfind(&**part) };
                at.map_or(Json::Null, |at| Json::count(whole[..at].chars().count()))
            }
            (Json::Array(items), wanted) => {
                machine.step(items.len())?;
                let at = if name == "index" {
                    items.iter().position(|it| it == wanted)
                } else {
                    items.iter().rposition(|it| it == wanted)
                };
                at.map_or(Json::Null, Json::count)
            }
            _ => Json::Null,
        },
        _ => return Ok(None),
    }))
}

fn text<'a>(value: &'a Json, what: &str) -> Result<&'a str, Stop> {
    match value {
        Json::Text(text) => Ok(text),
        _ => Err(Stop::error(what)),
    }
}

fn number(value: &Json) -> Result<f64, Stop> {
    match value {
        Json::Number(it) => Ok(*it),
        other => Err(Stop::error(format!("{} number required", other.shown()))),
    }
}

fn items(value: &Json) -> Result<Vec<Json>, Stop> {
    let mut all = Vec::new();
    super::evaluate::each(value, &mut all)?;
    Ok(all)
}

fn length(input: &Json) -> Result<Json, Stop> {
    Ok(match input {
        Json::Null => Json::Number(0.0),
        Json::Number(it) => Json::Number(it.abs()),
        Json::Text(text) => Json::count(text.chars().count()),
        Json::Array(items) => Json::count(items.len()),
        Json::Object(entries) => Json::count(entries.len()),
        Json::Bool(_) => return Err(Stop::error(format!("{} has no length", input.shown()))),
    })
}

fn keys(input: &Json, sorted: bool) -> Result<Json, Stop> {
    match input {
        Json::Object(entries) => {
            let mut keys: Vec<Arc<str>> = entries.iter().map(|it| Arc::clone(&it.0)).collect();
            if sorted {
                keys.sort();
            }
            Ok(Json::array(keys.into_iter().map(Json::Text).collect()))
        }
        Json::Array(items) => Ok(Json::array((0..items.len()).map(Json::count).collect())),
        other => Err(Stop::error(format!("{} has no keys", other.shown()))),
    }
}

fn sorted(machine: &mut Machine, name: &str, input: &Json) -> Result<Json, Stop> {
    let Json::Array(items) = input else {
        return Err(Stop::error(format!(
            "{} cannot be sorted, as it is not an array",
            input.shown()
        )));
    };
    machine.step(items.len() * 16)?;
    machine.make(items.len() * 24)?;
    let mut items = items.to_vec();
    items.sort_by(Json::order);
    Ok(match name {
        "sort" => Json::array(items),
        "unique" => {
            items.dedup();
            Json::array(items)
        }
        "min" => items.into_iter().next().unwrap_or(Json::Null),
        _ => items.pop().unwrap_or(Json::Null),
    })
}

fn from_entries(machine: &mut Machine, input: &Json) -> Result<Json, Stop> {
    let all = items(input)?;
    machine.make(all.len() * 48)?;
    let mut entries: Entries = Vec::new();
    for item in all {
        let field = |names: &[&str]| names.iter().find_map(|name| item.get(name).cloned());
        let key = field(&["key", "k", "name", "Name", "Key", "K"]).unwrap_or(Json::Null);
        let value = field(&["value", "v", "Value", "V"]).unwrap_or(Json::Null);
        machine.step(entries.len() / 8)?;
        super::evaluate::put(&mut entries, &format::text(&key).into(), value);
    }
    Ok(Json::object(entries))
}

fn transpose(machine: &mut Machine, input: &Json) -> Result<Json, Stop> {
    let rows = items(input)?.iter().map(items).collect::<Result<Vec<_>, _>>()?;
    let width = rows.iter().map(Vec::len).max().unwrap_or(0);
    machine.make(width.saturating_mul(rows.len()).saturating_mul(24))?;
    let column = |at: usize| {
        Json::array(rows.iter().map(|row| row.get(at).cloned().unwrap_or(Json::Null)).collect())
    };
    Ok(Json::array((0..width).map(column).collect()))
}

fn contains(machine: &mut Machine, whole: &Json, part: &Json) -> Result<bool, Stop> {
    machine.step(1)?;
    Ok(match (whole, part) {
        (Json::Text(whole), Json::Text(part)) => whole.contains(&**part),
        (Json::Array(whole), Json::Array(part)) => {
            for wanted in part.iter() {
                let mut found = false;
                for item in whole.iter().filter(|it| it.kind() == wanted.kind()) {
                    found = found || contains(machine, item, wanted)?;
                }
                if !found {
                    return Ok(false);
                }
            }
            true
        }
        (Json::Object(_), Json::Object(part)) => {
            for (key, wanted) in part.iter() {
                match whole.get(key) {
                    Some(item) if item.kind() == wanted.kind() => {
                        if !contains(machine, item, wanted)? {
                            return Ok(false);
                        }
                    }
                    _ => return Ok(false),
                }
            }
            true
        }
        _ if whole.kind() == part.kind() => whole == part,
        _ => {
            let message = format!(
                "{} and {} cannot have their containment checked",
                whole.shown(),
                part.shown()
            );
            return Err(Stop::error(message));
        }
    })
}

fn join(machine: &mut Machine, input: &Json, by: &Json) -> Result<Json, Stop> {
    let by = match by {
        Json::Text(by) => by,
        other => return Err(Stop::error(format!("{} cannot be a separator", other.shown()))),
    };
    let mut joined = String::new();
    for (at, item) in items(input)?.iter().enumerate() {
        let piece = match item {
            Json::Null => String::new(),
            Json::Array(_) | Json::Object(_) => {
                let message =
                    format!("{} and {} cannot be added", Json::text(&joined).shown(), item.shown());
                return Err(Stop::error(message));
            }
            other => format::text(other),
        };
        machine.make(piece.len() + by.len())?;
        if at > 0 {
            joined.push_str(by);
        }
        joined.push_str(&piece);
    }
    Ok(Json::text(&joined))
}
