//! Decides whether a check holds. Total: whatever the cluster looks like, there is a verdict.

use std::collections::BTreeMap;
use std::sync::Arc;

use cel::{Context, Env, Value as Cel};
use serde_json::{Value, json};

use crate::cause;
use crate::check::{Check, GetTarget, Otherwise, Target};
use crate::derive::Derivation;
use crate::exercise::{Exercise, Keep};
use crate::expression::Expression;
use crate::functions::{register, to_cel};
use crate::reason::{Parameter, Reason};
use crate::view::{Objects, View, selects, text};

/// What the evaluation of a check says.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// It holds.
    Passed,
    /// It does not hold, and why.
    NotYet(Reason),
    /// It cannot be known right now, and why.
    Unknown(Reason),
}

/// Decides whether `check` holds in `view`.
///
/// An absent object or field is a reason, never an error, so that a half-finished lab always yields
/// an answer the learner can act on.
pub fn evaluate(check: &Check, view: &View<'_>) -> Verdict {
    if check.that.mentions("baseline") && view.baseline.is_none() {
        return Verdict::NotYet(Reason::new("not-started"));
    }
    let found = Found::of(&check.target, view);
    let context = found.context(view);
    if is_true(&check.that, &context) {
        return Verdict::Passed;
    }
    let mut reason = check
        .otherwise
        .iter()
        .find_map(|otherwise| said(otherwise, &context))
        .unwrap_or_else(|| found.missing().unwrap_or_else(|| derived(check, &context, &found)));
    if reason.object.is_none() {
        reason.object = found.object();
    }
    let cause = cause::of(&found.objects(), view).or_else(|| found.cause_of_absence(view));
    reason.cause = cause.map(Box::new);
    Verdict::NotYet(reason)
}

fn is_true(expression: &Expression, context: &Context<'_, '_>) -> bool {
    matches!(context.resolve(expression.root()), Ok(Cel::Bool(true)))
}

/// The author's diagnosis, when it applies and all that it mentions is there.
fn said(otherwise: &Otherwise, context: &Context<'_, '_>) -> Option<Reason> {
    if !otherwise.when.as_ref().is_none_or(|when| is_true(when, context)) {
        return None;
    }
    let mut reason = Reason::new(&otherwise.say);
    for (name, expression) in &otherwise.with {
        let value = context.resolve(expression.root()).ok()?.json().ok()?;
        reason = reason.with(name, Parameter::from(&value));
    }
    Some(reason)
}

fn derived(check: &Check, context: &Context<'_, '_>, found: &Found<'_>) -> Reason {
    let derivation = Derivation { kind: found.kind(), roots: &["self", "items", "a", "b"] };
    derivation.why(check.that.root(), context).unwrap_or_else(|| Reason::new("not-yet"))
}

/// What a check's target names, as it is in the cluster.
enum Found<'a> {
    Object(&'a GetTarget, Option<Value>),
    Items(&'a crate::check::ListTarget, Vec<Value>),
    Pair(&'a [GetTarget; 2], [Option<Value>; 2]),
}

impl<'a> Found<'a> {
    fn of(target: &'a Target, view: &View<'_>) -> Self {
        let get = |get: &GetTarget| view.objects.get(&get.kind, get.plane, &get.name);
        match target {
            Target::Get(target) => Self::Object(target, get(target)),
            Target::List(target) => {
                Self::Items(target, list(view.objects, &target.kind, target.plane, &target.select))
            }
            Target::Pair(targets) => Self::Pair(targets, [get(&targets[0]), get(&targets[1])]),
        }
    }

    fn context(&self, view: &View<'_>) -> Context<'static, 'static> {
        let mut context = Context::with_env(standard());
        register(&mut context);
        let value = |object: &Option<Value>| object.as_ref().map_or(Cel::Null, to_cel);
        match self {
            Self::Object(_, object) => context.add_variable_from_value("self", value(object)),
            Self::Items(_, items) => {
                let items: Vec<Cel> = items.iter().map(to_cel).collect();
                context.add_variable_from_value("items", items);
            }
            Self::Pair(_, [first, second]) => {
                context.add_variable_from_value("a", value(first));
                context.add_variable_from_value("b", value(second));
            }
        }
        if let Some(baseline) = view.baseline {
            context.add_variable_from_value("baseline", to_cel(baseline));
        }
        context.add_variable_from_value("now", view.now);
        context.add_variable_from_value("vars", to_cel(&json!(view.variables)));
        context
    }

    /// The reason when an object that was named is not there.
    fn missing(&self) -> Option<Reason> {
        let missing = |target: &GetTarget| {
            Reason::new("missing-object")
                .with("kind", target.kind.kind)
                .with("name", target.name.as_str())
                .with("plane", plane_word(target.plane))
        };
        match self {
            Self::Object(target, None) => Some(missing(target)),
            Self::Object(_, Some(_)) => None,
            Self::Items(target, items) => items.is_empty().then(|| {
                Reason::new("none-found")
                    .with("kind", target.kind.kind)
                    .with("select", target.select.as_str())
                    .with("plane", plane_word(target.plane))
            }),
            Self::Pair(targets, objects) => objects
                .iter()
                .zip(targets.iter())
                .find(|(object, _)| object.is_none())
                .map(|(_, target)| missing(target)),
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Object(target, _) => target.kind.kind,
            Self::Items(target, _) => target.kind.kind,
            Self::Pair(targets, _) => targets[0].kind.kind,
        }
    }

    /// The object that a reader would look at first.
    fn object(&self) -> Option<crate::reason::ObjectRef> {
        let (kind, plane, object) = match self {
            Self::Object(target, object) => (&target.kind, target.plane, object.as_ref()?),
            Self::Items(target, items) => {
                let worst = items.iter().find(|item| !crate::functions::is_ready(item));
                (&target.kind, target.plane, worst.or(items.first())?)
            }
            Self::Pair(targets, objects) => {
                (&targets[0].kind, targets[0].plane, objects[0].as_ref()?)
            }
        };
        let name = text(object, &["metadata", "name"])?.to_owned();
        Some(crate::reason::ObjectRef { kind: kind.clone(), plane, name })
    }

    /// What keeps pods away that were looked for.
    fn cause_of_absence(&self, view: &View<'_>) -> Option<Reason> {
        let Self::Items(target, items) = self else { return None };
        if target.kind.kind != "Pod" {
            return None;
        }
        let wanted = |pod: &Value| selects(&target.select, pod);
        if items.is_empty() {
            cause::pods(wanted, target.plane, view)
        } else {
            cause::more_pods(wanted, target.plane, view)
        }
    }

    /// The objects to look for causes behind, with their kinds.
    fn objects(&self) -> Vec<cause::Suspect<'_>> {
        match self {
            Self::Object(target, object) => object
                .iter()
                .map(|object| cause::Suspect { kind: &target.kind, plane: target.plane, object })
                .collect(),
            Self::Items(target, items) => items
                .iter()
                .map(|object| cause::Suspect { kind: &target.kind, plane: target.plane, object })
                .collect(),
            Self::Pair(targets, objects) => targets
                .iter()
                .zip(objects)
                .filter_map(|(target, object)| {
                    let object = object.as_ref()?;
                    Some(cause::Suspect { kind: &target.kind, plane: target.plane, object })
                })
                .collect(),
        }
    }
}

fn standard() -> Arc<Env> {
    static STANDARD: std::sync::LazyLock<Arc<Env>> =
        std::sync::LazyLock::new(|| Arc::new(Env::stdlib()));
    Arc::clone(&STANDARD)
}

fn plane_word(plane: crate::view::Plane) -> &'static str {
    match plane {
        crate::view::Plane::Cp => "cp",
        crate::view::Plane::Dp => "dp",
    }
}

fn list(
    objects: &dyn Objects,
    kind: &crate::view::Kind,
    plane: crate::view::Plane,
    selector: &str,
) -> Vec<Value> {
    objects.list(kind, plane).into_iter().filter(|object| selects(selector, object)).collect()
}

/// Notes what an exercise's `baseline` asks for: a list a name, each entry with `name` and what is
/// kept. The reason says what must be there first.
pub fn record_baseline(exercise: &Exercise, objects: &dyn Objects) -> Result<Value, Reason> {
    let mut noted: BTreeMap<&String, Vec<Value>> = BTreeMap::new();
    for (name, baseline) in &exercise.baseline {
        let found = list(objects, &baseline.list, baseline.plane, &baseline.select);
        if found.len() < baseline.at_least {
            return Err(Reason::new("baseline-too-early")
                .with("kind", baseline.list.kind)
                .with("select", baseline.select.as_str())
                .with("wanted", baseline.at_least)
                .with("found", found.len()));
        }
        noted.insert(name, found.iter().map(|object| note(object, &baseline.keep)).collect());
    }
    Ok(json!(noted))
}

fn note(object: &Value, keep: &[Keep]) -> Value {
    let mut noted = json!({"name": text(object, &["metadata", "name"])});
    for what in keep {
        match what {
            Keep::Uid => noted["uid"] = json!(text(object, &["metadata", "uid"])),
            Keep::Restarts => noted["restarts"] = json!(restarts(object)),
        }
    }
    noted
}

fn restarts(pod: &Value) -> i64 {
    let statuses = crate::view::at(pod, &["status", "containerStatuses"]).and_then(Value::as_array);
    statuses.into_iter().flatten().filter_map(|status| status["restartCount"].as_i64()).sum()
}
