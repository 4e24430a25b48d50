//! An expression in CEL, the language that Kubernetes itself uses for conditions.
//!
//! **Invariant:** an [`Expression`] has been compiled, names nothing that an evaluation does not bind,
//! and is small enough that evaluating it cannot take long: CEL has no loops but over lists, and their
//! nesting is limited.

use std::fmt;

use cel::common::ast::{EntryExpr, Expr};
use cel::{IdedExpr, Program};

use crate::condition;
use crate::functions::OWN;

/// The longest expression, in bytes.
const LONGEST: usize = 2_000;
/// How deep an expression may nest.
const DEEPEST: usize = 48;
/// How deep loops over lists may nest.
const DEEPEST_LOOPS: usize = 2;

/// Names that an evaluation can bind.
pub(crate) const NAMES: &[&str] = &["self", "items", "a", "b", "baseline", "now", "vars"];

/// CEL's own functions that checks may call; operators and macros come as well.
const FUNCTIONS: &[&str] = &[
    "size",
    "contains",
    "startsWith",
    "endsWith",
    "matches",
    "int",
    "uint",
    "double",
    "string",
    "bool",
    "max",
    "min",
    "type",
    "timestamp",
    "duration",
];

/// A compiled expression.
pub struct Expression {
    source: String,
    program: Program,
}

impl fmt::Debug for Expression {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Expression({:?})", self.source)
    }
}

/// An expression that cannot be used: the column (from 1, 0 for the whole) and why.
#[derive(Debug, PartialEq, Eq)]
pub struct Refused {
    /// The column within the expression.
    pub column: usize,
    /// Why, and what to do.
    pub why: String,
}

impl Refused {
    fn whole(why: String) -> Self {
        Self { column: 0, why }
    }
}

impl Expression {
    /// Compiles an expression that may use the `bound` names.
    pub fn compile(source: &str, bound: &[&str]) -> Result<Self, Refused> {
        if source.len() > LONGEST {
            return Err(Refused::whole(format!(
                "the expression has {} bytes; at most {LONGEST} are allowed: split the check",
                source.len()
            )));
        }
        if nesting(source) > DEEPEST {
            return Err(Refused::whole(format!("the expression nests deeper than {DEEPEST}")));
        }
        let program = Program::compile(source).map_err(|errors| refused(&errors))?;
        let expression = Self { source: source.to_owned(), program };
        Names { expression: &expression, bound, local: Vec::new(), loops: 0 }
            .check(expression.root())?;
        Ok(expression)
    }

    /// Compiles an expression that must be true or false.
    pub fn condition(source: &str, bound: &[&str]) -> Result<Self, Refused> {
        let expression = Self::compile(source, bound)?;
        if let Some(node) = condition::misfit(expression.root()) {
            let why = "this must be true or false: compare it with what it should be".to_owned();
            return Err(Refused { column: expression.column(node), why });
        }
        Ok(expression)
    }

    /// As written.
    pub fn source(&self) -> &str {
        &self.source
    }

    pub(crate) fn root(&self) -> &IdedExpr {
        self.program.expression()
    }

    fn column(&self, node: &IdedExpr) -> usize {
        self.program.source_info().offset_for(node.id).map_or(0, |(start, _)| start as usize + 1)
    }

    /// Whether the expression mentions a name.
    pub fn mentions(&self, name: &str) -> bool {
        self.program.references().has_variable(name)
    }
}

fn refused(errors: &cel::ParseErrors) -> Refused {
    let Some(first) = errors.errors.first() else {
        return Refused::whole("this is no CEL expression".to_owned());
    };
    let column = usize::try_from(first.pos.1).unwrap_or(0);
    Refused { column, why: format!("this CEL expression cannot be read: {}", first.msg) }
}

/// The deepest nesting of brackets, or the longest run of prefix operators, outside texts: a cheap
/// guard before the recursive parser.
fn nesting(source: &str) -> usize {
    let (mut depth, mut run, mut deepest, mut quote) = (0_usize, 0_usize, 0, None);
    for byte in source.bytes() {
        run = if matches!(byte, b'!' | b'-') { run + 1 } else { 0 };
        match (quote, byte) {
            (Some(open), _) if open == byte => quote = None,
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'(' | b'[' | b'{') => depth += 1,
            (None, b')' | b']' | b'}') => depth = depth.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(depth + run);
    }
    deepest
}

/// Walks an expression and refuses names and functions that an evaluation does not know.
struct Names<'a> {
    expression: &'a Expression,
    bound: &'a [&'a str],
    local: Vec<String>,
    loops: usize,
}

impl Names<'_> {
    fn check(&mut self, node: &IdedExpr) -> Result<(), Refused> {
        match &node.expr {
            Expr::Ident(name) => self.name(node, name),
            Expr::Select(select) => self.check(&select.operand),
            Expr::Call(call) => {
                self.function(node, &call.func_name, call.args.len())?;
                call.target.iter().try_for_each(|target| self.check(target))?;
                call.args.iter().try_for_each(|argument| self.check(argument))
            }
            Expr::List(list) => list.elements.iter().try_for_each(|element| self.check(element)),
            Expr::Map(map) => map.entries.iter().try_for_each(|entry| match &entry.expr {
                EntryExpr::MapEntry(entry) => {
                    self.check(&entry.key)?;
                    self.check(&entry.value)
                }
                EntryExpr::StructField(field) => self.check(&field.value),
            }),
            Expr::Comprehension(each) => self.comprehension(node, each),
            Expr::Struct(_) => Err(self.refuse(node, "messages cannot be built here".to_owned())),
            Expr::Literal(_) | Expr::Unspecified => Ok(()),
        }
    }

    fn comprehension(
        &mut self,
        node: &IdedExpr,
        each: &cel::common::ast::ComprehensionExpr,
    ) -> Result<(), Refused> {
        self.check(&each.iter_range)?;
        if self.loops == DEEPEST_LOOPS {
            let why = format!("lists are walked at most {DEEPEST_LOOPS} deep: split the check");
            return Err(self.refuse(node, why));
        }
        self.loops += 1;
        let before = self.local.len();
        self.local.extend([each.iter_var.clone(), each.accu_var.clone()]);
        self.local.extend(each.iter_var2.clone());
        for part in [&each.accu_init, &each.loop_cond, &each.loop_step, &each.result] {
            self.check(part)?;
        }
        self.local.truncate(before);
        self.loops -= 1;
        Ok(())
    }

    fn name(&self, node: &IdedExpr, name: &str) -> Result<(), Refused> {
        if self.bound.contains(&name) || self.local.iter().any(|local| local == name) {
            return Ok(());
        }
        let why = if NAMES.contains(&name) {
            format!("`{name}` is not bound here; this check can use {}", self.bound.join(", "))
        } else {
            format!("there is no `{name}`; this check can use {}", self.bound.join(", "))
        };
        Err(self.refuse(node, why))
    }

    fn function(&self, node: &IdedExpr, name: &str, count: usize) -> Result<(), Refused> {
        let is_operator = !name.starts_with(|first: char| first.is_ascii_alphabetic());
        if is_operator || FUNCTIONS.contains(&name) {
            return Ok(());
        }
        match OWN.iter().find(|(own, _)| *own == name) {
            Some((_, expected)) if *expected == count => Ok(()),
            Some((_, expected)) => {
                Err(self.refuse(node, format!("`{name}` takes {expected} arguments, not {count}")))
            }
            None => {
                let known: Vec<&str> =
                    OWN.iter().map(|(own, _)| *own).chain(FUNCTIONS.iter().copied()).collect();
                let why = format!("there is no function `{name}`; known are {}", known.join(", "));
                Err(self.refuse(node, why))
            }
        }
    }

    fn refuse(&self, node: &IdedExpr, why: String) -> Refused {
        Refused { column: self.expression.column(node), why }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_is_refused_with_its_column() {
        let refused = Expression::compile("1 == 1 && pods.size() > 0", &["self"]).unwrap_err();

        assert_eq!(refused.column, 11);
        assert_eq!(refused.why, "there is no `pods`; this check can use self");
    }

    #[test]
    fn variables_of_loops_are_known_inside_them() {
        assert!(Expression::compile("items.exists(p, p.x == 1)", &["items"]).is_ok());
        assert!(Expression::compile("items.exists(p, q.x == 1)", &["items"]).is_err());
    }

    #[test]
    fn an_expression_that_cannot_be_parsed_says_where() {
        let refused = Expression::compile("self.a ==", &["self"]).unwrap_err();

        assert!(refused.why.starts_with("this CEL expression cannot be read"), "{}", refused.why);
    }

    #[test]
    fn deep_nesting_and_long_text_are_refused_before_parsing() {
        assert!(Expression::compile(&"(".repeat(1_000), &[]).is_err());
        assert!(Expression::compile(&"1+".repeat(2_000), &[]).is_err());
    }

    #[test]
    fn a_helper_wants_its_number_of_arguments() {
        let refused = Expression::compile("ready(self, 1)", &["self"]).unwrap_err();

        assert_eq!(refused.why, "`ready` takes 1 arguments, not 2");
    }
}
