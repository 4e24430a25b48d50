//! What `jq` programs can call.

use std::sync::Arc;

use regex::Regex;

use super::evaluate::{Machine, Results, Scope, Stop, each};
use super::parse::Expr;
use super::paths::{get, remove, set};
use super::value::{Entries, Json};
use super::{arithmetic, format, plain};
use crate::share::Patience;

type Where<'a> = Option<&'a Scope<'a>>;

/// Calls a function.
pub(super) fn call(
    machine: &mut Machine,
    name: &str,
    arguments: &[Expr],
    input: &Json,
    scope: Where<'_>,
) -> Results {
    match arguments {
        [] => none(machine, name, input),
        [one] => with_expression(machine, name, one, input, scope),
        [first, second]
            if matches!(
                name,
                "limit" | "sub" | "gsub" | "test" | "range" | "setpath" | "any" | "all"
            ) =>
        {
            two(machine, name, first, second, input, scope)
        }
        [first, second, third] if matches!(name, "sub" | "gsub") => {
            substitute(machine, name == "gsub", [first, second, third], input, scope)
        }
        _ => Err(unknown(name, arguments.len())),
    }
}

fn unknown(name: &str, count: usize) -> Stop {
    Stop::End(format!("{name}/{count} is not defined, or not available here"))
}

fn none(machine: &mut Machine, name: &str, input: &Json) -> Results {
    Ok(match name {
        "empty" => Vec::new(),
        "error" => return Err(Stop::Error(input.clone())),
        "values" => some(input, !matches!(input, Json::Null)),
        "nulls" => some(input, matches!(input, Json::Null)),
        "booleans" => some(input, matches!(input, Json::Bool(_))),
        "numbers" => some(input, matches!(input, Json::Number(_))),
        "strings" => some(input, matches!(input, Json::Text(_))),
        "arrays" => some(input, matches!(input, Json::Array(_))),
        "objects" => some(input, matches!(input, Json::Object(_))),
        "iterables" => some(input, matches!(input, Json::Array(_) | Json::Object(_))),
        "scalars" => some(input, !matches!(input, Json::Array(_) | Json::Object(_))),
        "recurse" => machine.eval(&Expr::Everything, input, None)?,
        "first" => vec![get(input, &Json::Number(0.0))?],
        "last" => vec![get(input, &Json::Number(-1.0))?],
        "range" => range(machine, 0.0, number(input)?, 1.0)?,
        "paths" => machine.all_paths(input)?,
        "leaf_paths" => {
            let mut all = Vec::new();
            for path in machine.all_paths(input)? {
                let leaf = !matches!(at(input, &path)?, Json::Array(_) | Json::Object(_));
                all.extend(leaf.then_some(path));
            }
            all
        }
        "env" => vec![machine.variables.get("ENV").cloned().unwrap_or(Json::Null)],
        "add" => {
            let mut sum = Json::Null;
            for item in items(input)? {
                sum = arithmetic::add(machine, &sum, &item)?;
            }
            vec![sum]
        }
        "flatten" => flatten(machine, input, 1e9)?,
        "combinations" | "input" | "inputs" | "now" | "todate" | "fromdate" | "debug" | "halt" => {
            return Err(unknown(name, 0));
        }
        name => match plain::call(machine, name, input)? {
            Some(value) => vec![value],
            None => return Err(unknown(name, 0)),
        },
    })
}

fn some(input: &Json, wanted: bool) -> Vec<Json> {
    if wanted { vec![input.clone()] } else { Vec::new() }
}

fn number(value: &Json) -> Result<f64, Stop> {
    match value {
        Json::Number(it) => Ok(*it),
        other => Err(Stop::error(format!("{} is not a number", other.shown()))),
    }
}

fn items(value: &Json) -> Results {
    let mut all = Vec::new();
    each(value, &mut all)?;
    Ok(all)
}

fn at(value: &Json, path: &Json) -> Result<Json, Stop> {
    let Json::Array(path) = path else {
        return Err(Stop::error("Path must be specified as an array"));
    };
    path.iter().try_fold(value.clone(), |value, key| get(&value, key))
}

fn range(machine: &mut Machine, from: f64, to: f64, by: f64) -> Results {
    let mut all = Vec::new();
    let mut next = from;
    while (by > 0.0 && next < to) || (by < 0.0 && next > to) {
        machine.step(1)?;
        machine.make(32)?;
        all.push(Json::Number(next));
        next += by;
    }
    Ok(all)
}

fn flatten(machine: &mut Machine, input: &Json, depth: f64) -> Results {
    fn into(
        machine: &mut Machine,
        value: &Json,
        depth: f64,
        all: &mut Vec<Json>,
    ) -> Result<(), Stop> {
        machine.step(1)?;
        match value {
            Json::Array(items) if depth >= 0.0 => {
                items.iter().try_for_each(|it| into(machine, it, depth - 1.0, all))
            }
            other => {
                all.push(other.clone());
                Ok(())
            }
        }
    }
    let mut all = Vec::new();
    for item in items(input)? {
        into(machine, &item, depth - 1.0, &mut all)?;
    }
    machine.make(all.len() * 24)?;
    Ok(vec![Json::array(all)])
}

/// Functions whose one argument is run for each item, or is a path.
fn with_expression(
    machine: &mut Machine,
    name: &str,
    one: &Expr,
    input: &Json,
    scope: Where<'_>,
) -> Results {
    match name {
        "select" => {
            let holds = machine.eval(one, input, scope)?;
            Ok(holds.iter().filter(|it| it.holds()).map(|_| input.clone()).collect())
        }
        "map" => {
            let mut all = Vec::new();
            for item in items(input)? {
                all.append(&mut machine.eval(one, &item, scope)?);
            }
            machine.make(all.len() * 24)?;
            Ok(vec![Json::array(all)])
        }
        "map_values" => {
            let mut changed = input.clone();
            let each = Expr::Each(Box::new(Expr::Identity));
            let mut gone = Vec::new();
            for (path, value) in machine.paths(&each, input, scope)? {
                match machine.eval(one, &value, scope)?.into_iter().next() {
                    Some(new) => changed = set(machine, &changed, &path, new)?,
                    None => gone.push(path),
                }
            }
            Ok(vec![remove(machine, &changed, gone)?])
        }
        "with_entries" => {
            let entries = plain::call(machine, "to_entries", input)?.unwrap_or(Json::Null);
            let changed = with_expression(machine, "map", one, &entries, scope)?;
            let back = changed.first().map(|it| plain::call(machine, "from_entries", it));
            Ok(back.transpose()?.flatten().into_iter().collect())
        }
        "recurse" => recurse(machine, one, input, scope),
        "walk" => walk(machine, one, input, scope),
        "path" => {
            let paths = machine.paths(one, input, scope)?;
            Ok(paths.into_iter().map(|it| Json::array(it.0)).collect())
        }
        "paths" => {
            let mut all = Vec::new();
            for path in machine.all_paths(input)? {
                let holds = machine.eval(one, &at(input, &path)?, scope)?;
                all.extend(holds.iter().any(Json::holds).then_some(path));
            }
            Ok(all)
        }
        "del" => {
            let paths = machine.paths(one, input, scope)?.into_iter().map(|it| it.0).collect();
            Ok(vec![remove(machine, input, paths)?])
        }
        "any" | "all" => {
            let mut holds = Vec::new();
            for item in items(input)? {
                holds.extend(machine.eval(one, &item, scope)?.iter().map(Json::holds));
            }
            let answer =
                if name == "any" { holds.contains(&true) } else { !holds.contains(&false) };
            Ok(vec![Json::Bool(answer)])
        }
        "first" => Ok(machine.eval(one, input, scope)?.into_iter().take(1).collect()),
        "last" => Ok(machine.eval(one, input, scope)?.pop().into_iter().collect()),
        "isempty" => Ok(vec![Json::Bool(machine.eval(one, input, scope)?.is_empty())]),
        "add" => {
            let mut sum = Json::Null;
            for item in machine.eval(one, input, scope)? {
                sum = arithmetic::add(machine, &sum, &item)?;
            }
            Ok(vec![sum])
        }
        "sort_by" | "group_by" | "unique_by" | "min_by" | "max_by" => {
            by_key(machine, name, one, input, scope)
        }
        _ => {
            let mut all = Vec::new();
            for value in machine.eval(one, input, scope)? {
                all.append(&mut with_value(machine, name, input, &value)?);
            }
            Ok(all)
        }
    }
}

fn recurse(machine: &mut Machine, one: &Expr, input: &Json, scope: Where<'_>) -> Results {
    let (mut all, mut open) = (Vec::new(), vec![input.clone()]);
    while let Some(value) = open.pop() {
        machine.make(64)?;
        let mut next = machine.eval(one, &value, scope)?;
        all.push(value);
        next.reverse();
        open.append(&mut next);
    }
    Ok(all)
}

fn walk(machine: &mut Machine, one: &Expr, input: &Json, scope: Where<'_>) -> Results {
    machine.step(1)?;
    let changed = match input {
        Json::Array(items) => {
            let mut all = Vec::new();
            for item in items.iter() {
                all.append(&mut walk(machine, one, item, scope)?);
            }
            machine.make(all.len() * 24)?;
            Json::array(all)
        }
        Json::Object(entries) => {
            let mut all: Entries = Vec::new();
            for (key, value) in entries.iter() {
                let new = walk(machine, one, value, scope)?.into_iter().next();
                all.extend(new.map(|new| (Arc::clone(key), new)));
            }
            machine.make(all.len() * 48)?;
            Json::object(all)
        }
        other => other.clone(),
    };
    machine.eval(one, &changed, scope)
}

fn by_key(
    machine: &mut Machine,
    name: &str,
    one: &Expr,
    input: &Json,
    scope: Where<'_>,
) -> Results {
    let Json::Array(items) = input else {
        let shown = input.shown();
        return Err(Stop::error(format!("{shown} cannot be sorted, as it is not an array")));
    };
    let mut keyed = Vec::new();
    for item in items.iter() {
        keyed.push((Json::array(machine.eval(one, item, scope)?), item.clone()));
    }
    machine.step(keyed.len() * 16)?;
    machine.make(keyed.len() * 64)?;
    keyed.sort_by(|a, b| a.0.order(&b.0));
    let mut groups: Vec<(Json, Vec<Json>)> = Vec::new();
    for (key, item) in keyed {
        match groups.last_mut() {
            Some(group) if group.0 == key => group.1.push(item),
            _ => groups.push((key, vec![item])),
        }
    }
    let first = |group: (Json, Vec<Json>)| group.1.into_iter().next();
    let last = |group: (Json, Vec<Json>)| group.1.into_iter().next_back();
    Ok(vec![match name {
        "sort_by" => Json::array(groups.into_iter().flat_map(|it| it.1).collect()),
        "group_by" => Json::array(groups.into_iter().map(|it| Json::array(it.1)).collect()),
        "unique_by" => Json::array(groups.into_iter().filter_map(first).collect()),
        "min_by" => groups.into_iter().next().and_then(first).unwrap_or(Json::Null),
        _ => groups.pop().and_then(last).unwrap_or(Json::Null),
    }])
}

/// Functions whose one argument is a value.
fn with_value(machine: &mut Machine, name: &str, input: &Json, value: &Json) -> Results {
    match name {
        "error" => Err(Stop::Error(value.clone())),
        "range" => range(machine, 0.0, number(value)?, 1.0),
        "flatten" => flatten(machine, input, number(value)?),
        "getpath" => Ok(vec![at(input, value)?]),
        "delpaths" => {
            let paths = items(value)?.iter().map(items).collect::<Result<Vec<_>, _>>()?;
            Ok(vec![remove(machine, input, paths)?])
        }
        "test" => Ok(vec![Json::Bool(regex(value, "")?.is_match(text(input)?))]),
        "capture" => Ok(capture(&regex(value, "")?, text(input)?)),
        "nth" => Ok(vec![get(input, value)?]),
        name => match plain::call_with(machine, name, input, value)? {
            Some(value) => Ok(vec![value]),
            None => Err(unknown(name, 1)),
        },
    }
}

fn two(
    machine: &mut Machine,
    name: &str,
    first: &Expr,
    second: &Expr,
    input: &Json,
    scope: Where<'_>,
) -> Results {
    match name {
        "limit" => {
            let most = machine.eval(first, input, scope)?.first().map_or(Ok(0.0), number)?;
            let all = machine.eval(second, input, scope)?;
            let most = arithmetic::index(most.max(0.0), 0).unwrap_or(usize::MAX);
            Ok(all.into_iter().take(most).collect())
        }
        "range" => {
            let mut all = Vec::new();
            for from in machine.eval(first, input, scope)? {
                for to in machine.eval(second, input, scope)? {
                    all.append(&mut range(machine, number(&from)?, number(&to)?, 1.0)?);
                }
            }
            Ok(all)
        }
        "test" => {
            let pattern = machine.eval(first, input, scope)?.pop().unwrap_or(Json::Null);
            let flags = machine.eval(second, input, scope)?.pop().unwrap_or(Json::Null);
            Ok(vec![Json::Bool(regex(&pattern, text(&flags)?)?.is_match(text(input)?))])
        }
        "any" | "all" => {
            let mut holds = Vec::new();
            for item in machine.eval(first, input, scope)? {
                holds.extend(machine.eval(second, &item, scope)?.iter().map(Json::holds));
            }
            let answer =
                if name == "any" { holds.contains(&true) } else { !holds.contains(&false) };
            Ok(vec![Json::Bool(answer)])
        }
        "setpath" => {
            let mut all = Vec::new();
            for path in machine.eval(first, input, scope)? {
                for new in machine.eval(second, input, scope)? {
                    all.push(set(machine, input, &items(&path)?, new)?);
                }
            }
            Ok(all)
        }
        _ => {
            let flags = Expr::Literal(Json::text(""));
            substitute(machine, name == "gsub", [first, second, &flags], input, scope)
        }
    }
}

fn text(value: &Json) -> Result<&str, Stop> {
    match value {
        Json::Text(text) => Ok(text),
        other => {
            Err(Stop::error(format!("{} cannot be matched, as it is not a string", other.shown())))
        }
    }
}

fn regex(pattern: &Json, flags: &str) -> Result<Regex, Stop> {
    let pattern = text(pattern)?;
    let mut builder = regex::RegexBuilder::new(pattern);
    builder.size_limit(1 << 18).case_insensitive(flags.contains('i'));
    builder.ignore_whitespace(flags.contains('x')).dot_matches_new_line(flags.contains('s'));
    let shown: String = pattern.chars().take(80).collect();
    builder.build().map_err(|_| Stop::error(format!("{shown} (at offset 0) is not a valid regex")))
}

/// The named groups of each match.
fn capture(regex: &Regex, text: &str) -> Vec<Json> {
    regex.captures(text).into_iter().map(|groups| named(regex, &groups)).collect()
}

fn named(regex: &Regex, groups: &regex::Captures<'_>) -> Json {
    let names = regex.capture_names().flatten();
    let value = |name: &str| groups.name(name).map_or(Json::Null, |it| Json::text(it.as_str()));
    Json::object(names.map(|name| (Arc::from(name), value(name))).collect())
}

fn substitute(
    machine: &mut Machine,
    all: bool,
    [pattern, replacement, flags]: [&Expr; 3],
    input: &Json,
    scope: Where<'_>,
) -> Results {
    let pattern = machine.eval(pattern, input, scope)?.pop().unwrap_or(Json::Null);
    let flags = machine.eval(flags, input, scope)?.pop().unwrap_or(Json::Null);
    let (regex, source) = (regex(&pattern, text(&flags)?)?, text(input)?);
    let all = all || text(&flags)?.contains('g');
    let patience = Patience::new();
    let (mut changed, mut from) = (String::new(), 0);
    for groups in regex.captures_iter(source) {
        let Some(whole) = groups.get(0) else { continue };
        if patience.is_over() {
            return Err(Stop::End("this takes too long; the lab's jq gives up here".to_owned()));
        }
        let new = machine.eval(replacement, &named(&regex, &groups), scope)?.pop();
        let new = format::text(&new.unwrap_or(Json::text("")));
        machine.make(new.len() + whole.start() - from)?;
        changed.push_str(&source[from..whole.start()]);
        changed.push_str(&new);
        from = whole.end();
        if !all {
            break;
        }
    }
    changed.push_str(&source[from..]);
    Ok(vec![Json::text(&changed)])
}
