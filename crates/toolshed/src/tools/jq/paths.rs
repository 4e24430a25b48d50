//! Where values are within others: `path`, `del`, and what `=` and `|=` change.

use std::sync::Arc;

use super::arithmetic;
use super::evaluate::{Machine, Results, Scope, Stop, put};
use super::parse::Expr;
use super::value::Json;

/// The keys and indices that lead to a value.
pub(super) type Path = Vec<Json>;

/// How deep a value may nest that is made by setting paths.
const DEEPEST: usize = 100;

/// The value at a key or index; null where there is none.
pub(super) fn get(target: &Json, key: &Json) -> Result<Json, Stop> {
    match (target, key) {
        (Json::Null, Json::Text(_) | Json::Number(_) | Json::Null | Json::Object(_)) => {
            Ok(Json::Null)
        }
        (Json::Object(_), Json::Text(key)) => Ok(target.get(key).cloned().unwrap_or(Json::Null)),
        (Json::Array(items), Json::Number(at)) => {
            let at = arithmetic::index(*at, items.len());
            Ok(at.and_then(|at| items.get(at)).cloned().unwrap_or(Json::Null))
        }
        (Json::Array(_) | Json::Text(_), Json::Object(_)) => {
            let border = |name: &str| key.get(name).cloned().unwrap_or(Json::Null);
            arithmetic::slice(target, &border("start"), &border("end"))
        }
        (target, Json::Text(key)) => {
            Err(Stop::error(format!("Cannot index {} with \"{key}\"", target.kind())))
        }
        (target, key) => {
            Err(Stop::error(format!("Cannot index {} with {}", target.kind(), key.kind())))
        }
    }
}

/// The value with another at a path.
pub(super) fn set(
    machine: &mut Machine,
    at: &Json,
    path: &[Json],
    new: Json,
) -> Result<Json, Stop> {
    if path.len() > DEEPEST {
        return Err(Stop::error("Path too deep"));
    }
    let Some((key, rest)) = path.split_first() else { return Ok(new) };
    match (at, key) {
        (Json::Null | Json::Object(_), Json::Text(key)) => {
            let mut entries = match at {
                Json::Object(entries) => entries.to_vec(),
                _ => Vec::new(),
            };
            machine.step(entries.len())?;
            machine.make((entries.len() + 1) * 48)?;
            let old = at.get(key).cloned().unwrap_or(Json::Null);
            put(&mut entries, key, set(machine, &old, rest, new)?);
            Ok(Json::object(entries))
        }
        (Json::Null | Json::Array(_), Json::Number(number)) => {
            let mut items = match at {
                Json::Array(items) => items.to_vec(),
                _ => Vec::new(),
            };
            let Some(place) = arithmetic::index(*number, items.len()) else {
                return Err(Stop::error("Out of bounds negative array index"));
            };
            machine.make((items.len().max(place) + 1).saturating_mul(32))?;
            machine.step(items.len())?;
            if items.len() <= place {
                items.resize(place + 1, Json::Null);
            }
            items[place] = set(machine, &items[place].clone(), rest, new)?;
            Ok(Json::array(items))
        }
        (at, key) => Err(Stop::error(format!("Cannot update {} with {}", at.kind(), key.kind()))),
    }
}

/// The value without what is at some paths.
pub(super) fn remove(machine: &mut Machine, at: &Json, mut paths: Vec<Path>) -> Result<Json, Stop> {
    // From behind, so that indices stay what they were.
    paths.sort_by(|a, b| Json::array(b.clone()).order(&Json::array(a.clone())));
    let mut changed = at.clone();
    for path in paths {
        changed = without(machine, &changed, &path)?;
    }
    Ok(changed)
}

fn without(machine: &mut Machine, at: &Json, path: &[Json]) -> Result<Json, Stop> {
    let (key, rest) = match path {
        [] => return Ok(Json::Null),
        [key, rest @ ..] => (key, rest),
    };
    if let Json::Null = at {
        return Ok(Json::Null);
    }
    if !rest.is_empty() {
        let old = get(at, key)?;
        if let Json::Null = old {
            return Ok(at.clone());
        }
        let new = without(machine, &old, rest)?;
        return set(machine, at, std::slice::from_ref(key), new);
    }
    match (at, key) {
        (Json::Object(entries), Json::Text(key)) => {
            machine.make(entries.len() * 48)?;
            machine.step(entries.len())?;
            Ok(Json::object(entries.iter().filter(|it| it.0 != *key).cloned().collect()))
        }
        (Json::Array(items), Json::Number(number)) => {
            machine.make(items.len() * 32)?;
            machine.step(items.len())?;
            let mut items = items.to_vec();
            if let Some(place) =
                arithmetic::index(*number, items.len()).filter(|it| *it < items.len())
            {
                items.remove(place);
            }
            Ok(Json::array(items))
        }
        (at, key) => {
            Err(Stop::error(format!("Cannot delete field of {} with {}", at.kind(), key.kind())))
        }
    }
}

impl Machine {
    /// Where an expression leads, with what is there.
    pub(super) fn paths(
        &mut self,
        it: &Expr,
        input: &Json,
        scope: Option<&Scope<'_>>,
    ) -> Result<Vec<(Path, Json)>, Stop> {
        self.step(1)?;
        let found = match it {
            Expr::Identity => vec![(Vec::new(), input.clone())],
            Expr::Pipe(left, right) => {
                let mut all = Vec::new();
                for (before, value) in self.paths(left, input, scope)? {
                    for (after, value) in self.paths(right, &value, scope)? {
                        all.push(([before.clone(), after].concat(), value));
                    }
                }
                all
            }
            Expr::Both(left, right) => {
                let mut all = self.paths(left, input, scope)?;
                all.append(&mut self.paths(right, input, scope)?);
                all
            }
            Expr::Index(target, key) => {
                let keys = self.eval(key, input, scope)?;
                let mut all = Vec::new();
                for (path, value) in self.paths(target, input, scope)? {
                    for key in &keys {
                        let found = get(&value, key)?;
                        all.push(([path.clone(), vec![key.clone()]].concat(), found));
                    }
                }
                all
            }
            Expr::Each(target) => {
                let mut all = Vec::new();
                for (path, value) in self.paths(target, input, scope)? {
                    for (key, value) in children(&value)? {
                        all.push(([path.clone(), vec![key]].concat(), value));
                    }
                }
                all
            }
            Expr::Everything => {
                let mut all = Vec::new();
                below(input, &mut Vec::new(), &mut all);
                all
            }
            Expr::Try(tried, None) => match self.paths(tried, input, scope) {
                Err(Stop::Error(_)) => Vec::new(),
                other => other?,
            },
            Expr::Call(name, arguments) => self.paths_of(name, arguments, input, scope)?,
            Expr::If(branches, other) => self.paths_if(branches, other.as_deref(), input, scope)?,
            Expr::Operation(operator, left, right) if operator == "//" => {
                let found = self.paths(left, input, scope).unwrap_or_default();
                let found: Vec<_> = found.into_iter().filter(|it| it.1.holds()).collect();
                if found.is_empty() { self.paths(right, input, scope)? } else { found }
            }
            _ => return Err(Stop::error("Invalid path expression")),
        };
        self.step(found.len())?;
        self.make(found.iter().map(|(path, _)| (path.len() + 2) * 32).sum())?;
        Ok(found)
    }

    fn paths_of(
        &mut self,
        name: &str,
        arguments: &[Expr],
        input: &Json,
        scope: Option<&Scope<'_>>,
    ) -> Result<Vec<(Path, Json)>, Stop> {
        let here = vec![(Vec::new(), input.clone())];
        match (name, arguments) {
            ("empty", []) => Ok(Vec::new()),
            ("select", [condition]) => {
                let holds = self.eval(condition, input, scope)?.iter().any(Json::holds);
                Ok(if holds { here } else { Vec::new() })
            }
            ("recurse", []) => self.paths(&Expr::Everything, input, scope),
            ("first", [inner]) => {
                Ok(self.paths(inner, input, scope)?.into_iter().take(1).collect())
            }
            ("last", [inner]) => Ok(self.paths(inner, input, scope)?.pop().into_iter().collect()),
            ("first" | "last", []) => {
                let at = Json::Number(if name == "first" { 0.0 } else { -1.0 });
                Ok(vec![(vec![at.clone()], get(input, &at)?)])
            }
            ("getpath", [path]) => {
                let mut all = Vec::new();
                for path in self.eval(path, input, scope)? {
                    let Json::Array(path) = path else {
                        return Err(Stop::error("Path must be specified as an array"));
                    };
                    let mut value = input.clone();
                    for key in path.iter() {
                        value = get(&value, key)?;
                    }
                    all.push((path.to_vec(), value));
                }
                Ok(all)
            }
            _ => Err(Stop::error(format!("Invalid path expression: {name}"))),
        }
    }

    fn paths_if(
        &mut self,
        branches: &[(Expr, Expr)],
        other: Option<&Expr>,
        input: &Json,
        scope: Option<&Scope<'_>>,
    ) -> Result<Vec<(Path, Json)>, Stop> {
        for (condition, then) in branches {
            if self.eval(condition, input, scope)?.first().is_some_and(Json::holds) {
                return self.paths(then, input, scope);
            }
        }
        self.paths(other.unwrap_or(&Expr::Identity), input, scope)
    }

    /// All paths below a value, its own left out.
    pub(super) fn all_paths(&mut self, input: &Json) -> Results {
        let mut all = Vec::new();
        below(input, &mut Vec::new(), &mut all);
        self.step(all.len())?;
        self.make(all.iter().map(|(path, _)| (path.len() + 2) * 32).sum())?;
        Ok(all.into_iter().skip(1).map(|(path, _)| Json::array(path)).collect())
    }
}

fn children(value: &Json) -> Result<Vec<(Json, Json)>, Stop> {
    match value {
        Json::Array(items) => {
            Ok(items.iter().enumerate().map(|(at, it)| (Json::count(at), it.clone())).collect())
        }
        Json::Object(entries) => {
            let entry = |it: &(Arc<str>, Json)| (Json::Text(Arc::clone(&it.0)), it.1.clone());
            Ok(entries.iter().map(entry).collect())
        }
        Json::Null => Ok(Vec::new()),
        other => Err(Stop::error(format!("Cannot iterate over {}", other.shown()))),
    }
}

fn below(value: &Json, path: &mut Path, all: &mut Vec<(Path, Json)>) {
    all.push((path.clone(), value.clone()));
    for (key, value) in children(value).unwrap_or_default() {
        path.push(key);
        below(&value, path, all);
        path.pop();
    }
}
