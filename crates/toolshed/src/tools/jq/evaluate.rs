//! Runs `jq` programs.
//!
//! **Invariant:** a run takes at most [`STEPS`] steps and [`BYTES`] of new values, and never more of
//! the stack than the program nests: there are no functions that call themselves.

use std::collections::HashMap;
use std::sync::Arc;

use super::parse::{Expr, Part};
use super::paths::{get, set};
use super::value::{Entries, Json};
use super::{arithmetic, format, functions};

/// How many steps a run may take.
const STEPS: usize = 3_000_000;

/// How deep a value may nest.
const DEEPEST: usize = 256;

/// How many bytes of new values a run may make.
pub(super) const BYTES: usize = 24 * 1024 * 1024;

/// Why a run ends early.
#[derive(Debug)]
pub(super) enum Stop {
    /// An error that `try` can catch.
    Error(Json),
    /// The program asks for too much, or for what is not there.
    End(String),
}

impl Stop {
    /// An error with a message.
    pub(super) fn error(message: impl AsRef<str>) -> Self {
        Self::Error(Json::text(message.as_ref()))
    }
}

/// What a part of a program yields.
pub(super) type Results = Result<Vec<Json>, Stop>;

/// A variable and those before it.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    before: Option<&'a Scope<'a>>,
    name: &'a str,
    value: &'a Json,
}

/// Runs programs, counting what it costs.
pub(super) struct Machine {
    /// The variables of the command line.
    pub(super) variables: HashMap<String, Json>,
    steps: usize,
    bytes: usize,
}

impl Machine {
    pub(super) fn new(variables: HashMap<String, Json>) -> Self {
        Self { variables, steps: 0, bytes: 0 }
    }

    /// Counts steps.
    pub(super) fn step(&mut self, count: usize) -> Result<(), Stop> {
        self.steps = self.steps.saturating_add(count);
        if self.steps > STEPS {
            return Err(Stop::End("this takes too long; the lab's jq gives up here".to_owned()));
        }
        Ok(())
    }

    /// Counts what is newly made.
    pub(super) fn make(&mut self, bytes: usize) -> Result<(), Stop> {
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes > BYTES {
            return Err(Stop::End("this takes too much memory for the lab's jq".to_owned()));
        }
        Ok(())
    }

    /// What a program makes of a value.
    pub(super) fn run(&mut self, program: &Expr, input: &Json) -> Results {
        self.eval(program, input, None)
    }

    /// What an expression yields for a value.
    pub(super) fn eval(&mut self, it: &Expr, input: &Json, scope: Option<&Scope<'_>>) -> Results {
        self.step(1)?;
        let results = match it {
            Expr::Identity => vec![input.clone()],
            Expr::Literal(value) => vec![value.clone()],
            Expr::Everything => {
                let mut all = Vec::new();
                everything(input, &mut all);
                all
            }
            Expr::Text(parts, format) => self.texts(parts, format.as_deref(), input, scope)?,
            Expr::Format(name) => vec![Json::text(&format::format(name, input)?)],
            Expr::Index(target, key) => {
                let keys = self.eval(key, input, scope)?;
                let mut found = Vec::new();
                for target in self.eval(target, input, scope)? {
                    for key in &keys {
                        found.push(get(&target, key)?);
                    }
                }
                found
            }
            Expr::Slice(target, from, to) => {
                let borders = [from.as_deref(), to.as_deref()];
                self.slices(target, borders, input, scope)?
            }
            Expr::Each(target) => {
                let mut all = Vec::new();
                for target in self.eval(target, input, scope)? {
                    each(&target, &mut all)?;
                }
                all
            }
            Expr::Try(tried, caught) => match self.eval(tried, input, scope) {
                Err(Stop::Error(error)) => match caught {
                    Some(caught) => self.eval(caught, &error, scope)?,
                    None => Vec::new(),
                },
                other => other?,
            },
            Expr::Pipe(left, right) => {
                let mut all = Vec::new();
                for value in self.eval(left, input, scope)? {
                    all.append(&mut self.eval(right, &value, scope)?);
                }
                all
            }
            Expr::Both(left, right) => {
                let mut all = self.eval(left, input, scope)?;
                all.append(&mut self.eval(right, input, scope)?);
                all
            }
            Expr::Array(None) => vec![Json::array(Vec::new())],
            Expr::Array(Some(inner)) => vec![Json::array(self.eval(inner, input, scope)?)],
            Expr::Object(entries) => self.objects(entries, input, scope)?,
            Expr::Negative(inner) => {
                let negate = |it: Json| match it {
                    Json::Number(it) => Ok(Json::Number(-it)),
                    other => Err(Stop::error(format!("{} cannot be negated", other.shown()))),
                };
                self.eval(inner, input, scope)?.into_iter().map(negate).collect::<Results>()?
            }
            Expr::Operation(operator, left, right) => {
                self.operation(operator, left, right, input, scope)?
            }
            Expr::Assign(operator, path, value) => {
                self.assign(operator, path, value, input, scope)?
            }
            Expr::If(branches, other) => self.branch(branches, other.as_deref(), input, scope)?,
            Expr::Call(name, arguments) => functions::call(self, name, arguments, input, scope)?,
            Expr::Variable(name) => vec![self.variable(name, scope)?],
            Expr::Bind(source, name, body) => {
                let mut all = Vec::new();
                for value in self.eval(source, input, scope)? {
                    let inner = Scope { before: scope, name, value: &value };
                    all.append(&mut self.eval(body, input, Some(&inner))?);
                }
                all
            }
            Expr::Reduce(source, name, first, update) => {
                let mut state = self.eval(first, input, scope)?.pop().unwrap_or(Json::Null);
                for value in self.eval(source, input, scope)? {
                    let inner = Scope { before: scope, name, value: &value };
                    state = self.eval(update, &state, Some(&inner))?.pop().unwrap_or(Json::Null);
                }
                vec![state]
            }
        };
        self.step(results.len())?;
        self.make(results.len() * 32)?;
        if matches!(it, Expr::Array(_) | Expr::Object(_) | Expr::Assign(..) | Expr::Call(..)) {
            for result in &results {
                self.weigh(result, 0)?;
            }
        }
        Ok(results)
    }

    /// Refuses a value that nests so deep that nothing could be done with it.
    fn weigh(&mut self, value: &Json, depth: usize) -> Result<(), Stop> {
        if depth > DEEPEST {
            return Err(Stop::End("this nests too deep for the lab's jq".to_owned()));
        }
        match value {
            Json::Array(items) => {
                self.step(items.len() / 8)?;
                items.iter().try_for_each(|it| self.weigh(it, depth + 1))
            }
            Json::Object(entries) => {
                self.step(entries.len() / 8)?;
                entries.iter().try_for_each(|it| self.weigh(&it.1, depth + 1))
            }
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) => Ok(()),
        }
    }

    fn variable(&self, name: &str, scope: Option<&Scope<'_>>) -> Result<Json, Stop> {
        let mut scope = scope;
        while let Some(one) = scope {
            if one.name == name {
                return Ok(one.value.clone());
            }
            scope = one.before;
        }
        let found = self.variables.get(name).cloned();
        found.ok_or_else(|| Stop::End(format!("${name} is not defined")))
    }

    fn texts(
        &mut self,
        parts: &[Part],
        format: Option<&str>,
        input: &Json,
        scope: Option<&Scope<'_>>,
    ) -> Results {
        let mut texts = vec![String::new()];
        for part in parts {
            match part {
                Part::Plain(plain) => texts.iter_mut().for_each(|text| text.push_str(plain)),
                Part::Inserted(inner) => {
                    let mut longer = Vec::new();
                    for value in self.eval(inner, input, scope)? {
                        let written = format::format(format.unwrap_or("text"), &value)?;
                        for text in &texts {
                            self.make(text.len() + written.len())?;
                            longer.push(format!("{text}{written}"));
                        }
                    }
                    texts = longer;
                }
            }
        }
        Ok(texts.iter().map(|text| Json::text(text)).collect())
    }

    fn slices(
        &mut self,
        target: &Expr,
        borders: [Option<&Expr>; 2],
        input: &Json,
        scope: Option<&Scope<'_>>,
    ) -> Results {
        let mut border = |it: Option<&Expr>| -> Result<Json, Stop> {
            let Some(it) = it else { return Ok(Json::Null) };
            Ok(self.eval(it, input, scope)?.pop().unwrap_or(Json::Null))
        };
        let (from, to) = (border(borders[0])?, border(borders[1])?);
        let mut found = Vec::new();
        for target in self.eval(target, input, scope)? {
            found.push(arithmetic::slice(&target, &from, &to)?);
        }
        Ok(found)
    }

    fn objects(
        &mut self,
        entries: &[(Expr, Expr)],
        input: &Json,
        scope: Option<&Scope<'_>>,
    ) -> Results {
        let mut objects: Vec<Entries> = vec![Vec::new()];
        for (key, value) in entries {
            let keys = self.eval(key, input, scope)?;
            let values = self.eval(value, input, scope)?;
            let mut more = Vec::new();
            for object in &objects {
                for key in &keys {
                    let Json::Text(key) = key else {
                        let message = format!("Object keys must be strings, not {}", key.shown());
                        return Err(Stop::error(message));
                    };
                    for value in &values {
                        self.make((object.len() + 1) * 48)?;
                        let mut object = object.clone();
                        put(&mut object, key, value.clone());
                        more.push(object);
                    }
                }
            }
            objects = more;
        }
        Ok(objects.into_iter().map(Json::object).collect())
    }

    fn operation(
        &mut self,
        operator: &str,
        left: &Expr,
        right: &Expr,
        input: &Json,
        scope: Option<&Scope<'_>>,
    ) -> Results {
        match operator {
            "and" | "or" => {
                let mut all = Vec::new();
                for value in self.eval(left, input, scope)? {
                    if value.holds() == (operator == "or") {
                        all.push(Json::Bool(operator == "or"));
                        continue;
                    }
                    let others = self.eval(right, input, scope)?;
                    all.extend(others.iter().map(|it| Json::Bool(it.holds())));
                }
                Ok(all)
            }
            "//" => {
                let found = match self.eval(left, input, scope) {
                    Ok(values) => values.into_iter().filter(Json::holds).collect(),
                    Err(Stop::Error(_)) => Vec::new(),
                    Err(end) => return Err(end),
                };
                if found.is_empty() { self.eval(right, input, scope) } else { Ok(found) }
            }
            _ => {
                let mut all = Vec::new();
                let lefts = self.eval(left, input, scope)?;
                for right in self.eval(right, input, scope)? {
                    for left in &lefts {
                        all.push(arithmetic::combine(self, operator, left, &right)?);
                    }
                }
                Ok(all)
            }
        }
    }

    fn branch(
        &mut self,
        branches: &[(Expr, Expr)],
        other: Option<&Expr>,
        input: &Json,
        scope: Option<&Scope<'_>>,
    ) -> Results {
        let Some(((condition, then), rest)) = branches.split_first() else {
            return match other {
                Some(other) => self.eval(other, input, scope),
                None => Ok(vec![input.clone()]),
            };
        };
        let mut all = Vec::new();
        for holds in self.eval(condition, input, scope)? {
            all.append(&mut if holds.holds() {
                self.eval(then, input, scope)?
            } else {
                self.branch(rest, other, input, scope)?
            });
        }
        Ok(all)
    }

    fn assign(
        &mut self,
        operator: &str,
        path: &Expr,
        value: &Expr,
        input: &Json,
        scope: Option<&Scope<'_>>,
    ) -> Results {
        let paths = self.paths(path, input, scope)?;
        if operator == "|=" {
            let mut changed = input.clone();
            let mut gone = Vec::new();
            for (path, old) in paths {
                match self.eval(value, &old, scope)?.into_iter().next() {
                    Some(new) => changed = set(self, &changed, &path, new)?,
                    None => gone.push(path),
                }
            }
            return Ok(vec![super::paths::remove(self, &changed, gone)?]);
        }
        let mut all = Vec::new();
        for value in self.eval(value, input, scope)? {
            let mut changed = input.clone();
            for (path, old) in &paths {
                let new = match operator {
                    "//=" if old.holds() => continue,
                    "=" | "//=" => value.clone(),
                    _ => arithmetic::combine(self, operator.trim_end_matches('='), old, &value)?,
                };
                changed = set(self, &changed, path, new)?;
            }
            all.push(changed);
        }
        Ok(all)
    }
}

/// Puts an entry in, over one that is there.
pub(super) fn put(entries: &mut Entries, key: &Arc<str>, value: Json) {
    match entries.iter_mut().find(|it| it.0 == *key) {
        Some(entry) => entry.1 = value,
        None => entries.push((Arc::clone(key), value)),
    }
}

/// The items of an array, or the values of an object.
pub(super) fn each(target: &Json, all: &mut Vec<Json>) -> Result<(), Stop> {
    match target {
        Json::Array(items) => all.extend(items.iter().cloned()),
        Json::Object(entries) => all.extend(entries.iter().map(|it| it.1.clone())),
        other => return Err(Stop::error(format!("Cannot iterate over {}", other.shown()))),
    }
    Ok(())
}

fn everything(value: &Json, all: &mut Vec<Json>) {
    all.push(value.clone());
    match value {
        Json::Array(items) => items.iter().for_each(|it| everything(it, all)),
        Json::Object(entries) => entries.iter().for_each(|it| everything(&it.1, all)),
        _ => {}
    }
}
