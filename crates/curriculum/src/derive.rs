//! Derives why an expression does not hold: which part, what it expects, what is there.
//!
//! A condition is taken apart at `&&`; the first part that does not hold is explained. In a list, the item
//! that comes closest is taken, so that `items.exists(pod, …)` speaks of the pod that is nearly right.

use cel::common::ast::operators as op;
use cel::common::ast::{CallExpr, ComprehensionExpr, Expr};
use cel::objects::Key;
use cel::{Context, IdedExpr, Value as Cel};
use serde_json::Value;

use crate::reason::{Parameter, Reason};

/// How deep into lists within lists a reason is looked for.
const DEEPEST: usize = 4;

/// Explains one check's expression.
pub(crate) struct Derivation<'a> {
    /// The kind that the check reads, for reasons that speak of none at all.
    pub(crate) kind: &'a str,
    /// The names that stand for what the check reads; left out of paths.
    pub(crate) roots: &'a [&'a str],
}

impl Derivation<'_> {
    /// Why `expression` is not true, or `None` where no better words than "not yet" can be found.
    pub(crate) fn why(&self, expression: &IdedExpr, context: &Context<'_, '_>) -> Option<Reason> {
        self.part(expression, context, "", DEEPEST)
    }

    fn part(
        &self,
        expression: &IdedExpr,
        context: &Context<'_, '_>,
        prefix: &str,
        depth: usize,
    ) -> Option<Reason> {
        let parts = conjuncts(expression);
        let failing = parts.into_iter().find(|part| !holds(part, context))?;
        match &failing.expr {
            Expr::Call(call) => self.comparison(call, context, prefix),
            Expr::Select(select) if select.test => {
                let path = self.path(failing, prefix)?;
                Some(differs(&path, "present", None, None))
            }
            Expr::Select(_) | Expr::Ident(_) => {
                let path = self.path(failing, prefix)?;
                let found = json_of(failing, context);
                Some(differs(&path, "eq", Some(&Value::Bool(true)), found.as_ref()))
            }
            Expr::Comprehension(each) if depth > 0 => self.each(each, context, prefix, depth - 1),
            _ => None,
        }
    }

    fn comparison(
        &self,
        call: &CallExpr,
        context: &Context<'_, '_>,
        prefix: &str,
    ) -> Option<Reason> {
        if call.func_name == "ready" {
            return Some(Reason::new("pod-not-ready"));
        }
        let [left, right] = call.args.as_slice() else { return None };
        let operator = match call.func_name.as_str() {
            op::EQUALS => "eq",
            op::NOT_EQUALS => "ne",
            op::GREATER_EQUALS => "ge",
            op::GREATER => "gt",
            op::LESS_EQUALS => "le",
            op::LESS => "lt",
            op::IN => "in",
            _ => return None,
        };
        let path = self.path(left, prefix)?;
        let expected = json_of(right, context)?;
        Some(differs(&path, operator, Some(&expected), json_of(left, context).as_ref()))
    }

    /// `exists` takes the item that comes closest; `all` takes the first that does not fit.
    fn each(
        &self,
        each: &ComprehensionExpr,
        context: &Context<'_, '_>,
        prefix: &str,
        depth: usize,
    ) -> Option<Reason> {
        let path = self.path(&each.iter_range, prefix).unwrap_or_default();
        let Ok(Cel::List(items)) = context.resolve(&each.iter_range) else {
            return Some(differs(&path, "present", None, None));
        };
        let Expr::Call(step) = &each.loop_step.expr else { return None };
        let predicate = step.args.get(1)?;
        let wants_one = match step.func_name.as_str() {
            op::LOGICAL_OR => true,
            op::LOGICAL_AND => false,
            _ => return None,
        };
        if items.is_empty() {
            let empty = if path.is_empty() {
                Reason::new("none-of-kind").with("kind", self.kind)
            } else {
                differs(&path, "present", None, None)
            };
            return Some(empty);
        }
        let scope = |item: &Cel| {
            let mut inner = context.new_inner_scope();
            inner.add_variable_from_value(each.iter_var.clone(), item.clone());
            inner
        };
        let met = |item: &&Cel| {
            let inner = scope(item);
            conjuncts(predicate).iter().filter(|part| holds(part, &inner)).count()
        };
        let item = if wants_one {
            items.iter().rev().max_by_key(met)?
        } else {
            items.iter().find(|item| !holds(predicate, &scope(item)))?
        };
        let inner = scope(item);
        let name = Self::name_of(item);
        let below = if path.is_empty() { String::new() } else { format!("{path}[].") };
        let here = Derivation { kind: self.kind, roots: &[each.iter_var.as_str()] };
        let reason = here.part(predicate, &inner, &below, depth)?;
        Some(match name {
            Some(name) if !reason.parameters.contains_key("name") => reason.with("name", name),
            _ => reason,
        })
    }

    fn name_of(item: &Cel) -> Option<String> {
        let Cel::Map(object) = item else { return None };
        let Some(Cel::Map(metadata)) = object.map.get(&Key::from("metadata")) else { return None };
        match metadata.map.get(&Key::from("name")) {
            Some(Cel::String(name)) => Some(name.to_string()),
            _ => None,
        }
    }

    /// How a reader would name what an expression looks at: `status.readyReplicas`, `data.plane`.
    fn path(&self, expression: &IdedExpr, prefix: &str) -> Option<String> {
        let path = match &expression.expr {
            Expr::Ident(name) if self.roots.contains(&name.as_str()) => String::new(),
            Expr::Select(select) => joined(&self.path(&select.operand, "")?, &select.field),
            Expr::Call(call) if call.func_name == op::INDEX => {
                let [operand, index] = call.args.as_slice() else { return None };
                let operand = self.path(operand, "")?;
                match &index.expr {
                    Expr::Literal(cel::common::ast::LiteralValue::String(key)) => {
                        joined(&operand, key.inner())
                    }
                    _ => format!("{operand}[]"),
                }
            }
            Expr::Call(call) if call.func_name == "size" => {
                let list = call.target.as_deref().or(call.args.first())?;
                let list = self.path(list, "").unwrap_or_default();
                format!("size({list})")
            }
            Expr::Call(call) if call.func_name == "env" => match &call.args.get(2)?.expr {
                Expr::Literal(cel::common::ast::LiteralValue::String(name)) => {
                    name.inner().to_owned()
                }
                _ => return None,
            },
            Expr::Call(call) if call.func_name == "int" => self.path(call.args.first()?, "")?,
            _ => return None,
        };
        Some(format!("{prefix}{path}"))
    }
}

fn joined(before: &str, field: &str) -> String {
    if before.is_empty() { field.to_owned() } else { format!("{before}.{field}") }
}

fn holds(expression: &IdedExpr, context: &Context<'_, '_>) -> bool {
    matches!(context.resolve(expression), Ok(Cel::Bool(true)))
}

fn json_of(expression: &IdedExpr, context: &Context<'_, '_>) -> Option<Value> {
    context.resolve(expression).ok()?.json().ok().filter(|value| !value.is_null())
}

/// The parts of `a && b && c`, in order.
fn conjuncts(expression: &IdedExpr) -> Vec<&IdedExpr> {
    match &expression.expr {
        Expr::Call(call) if call.func_name == op::LOGICAL_AND => {
            call.args.iter().flat_map(conjuncts).collect()
        }
        _ => vec![expression],
    }
}

fn differs(path: &str, operator: &str, expected: Option<&Value>, found: Option<&Value>) -> Reason {
    let mut reason = Reason::new("differs").with("path", path).with("operator", operator);
    if let Some(expected) = expected {
        reason = reason.with("value", Parameter::from(expected));
    }
    match found {
        Some(found) => reason.with("present", "yes").with("found", Parameter::from(found)),
        None => reason.with("present", "no").with("found", ""),
    }
}
