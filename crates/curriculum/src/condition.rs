//! Whether an expression can be true or false at all. One that is a text, a number or a list never holds, and says nothing about why.
//!
//! **Deliberately absent:** the types of fields. What an object holds is known only when it is there; what does not fit then is
//! *not yet*, as an absent field is.

use cel::IdedExpr;
use cel::common::ast::{Expr, LiteralValue, operators};

/// Operators whose answer is true or false.
const COMPARISONS: &[&str] = &[
    operators::EQUALS,
    operators::NOT_EQUALS,
    operators::LESS,
    operators::LESS_EQUALS,
    operators::GREATER,
    operators::GREATER_EQUALS,
    operators::IN,
];

/// Functions whose answer is true or false.
const FUNCTIONS: &[&str] = &["contains", "startsWith", "endsWith", "matches", "bool", "ready"];

/// The first part of an expression that must be true or false and cannot be.
pub(crate) fn misfit(node: &IdedExpr) -> Option<&IdedExpr> {
    let can_be = match &node.expr {
        Expr::Literal(literal) => matches!(literal, LiteralValue::Boolean(_)),
        // `has(…)`; any other field is compared with what it should be.
        Expr::Select(select) => select.test,
        Expr::Call(call) => match call.func_name.as_str() {
            operators::LOGICAL_AND | operators::LOGICAL_OR | operators::LOGICAL_NOT => {
                return call.args.iter().find_map(misfit);
            }
            operators::CONDITIONAL => return call.args.iter().find_map(misfit),
            name => COMPARISONS.contains(&name) || FUNCTIONS.contains(&name),
        },
        // `exists` and `all` gather a truth, `map` and `filter` a list.
        Expr::Comprehension(each) => !matches!(each.accu_init.expr, Expr::List(_) | Expr::Map(_)),
        Expr::Ident(_) | Expr::List(_) | Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => {
            false
        }
    };
    (!can_be).then_some(node)
}

#[cfg(test)]
mod tests {
    use crate::expression::Expression;

    fn column(source: &str) -> Option<usize> {
        let refused = Expression::condition(source, &["self", "items"]).err()?;
        assert!(refused.why.contains("true or false"), "{}", refused.why);
        Some(refused.column)
    }

    #[test]
    fn what_can_be_true_or_false_is_a_condition() {
        for source in [
            "true",
            "self == null || self.status.readyReplicas >= 1",
            "has(self.spec.paused) ? self.spec.paused == false : true",
            "items.exists(p, ready(p)) && !items.all(p, p.a in ['b'])",
            "self.metadata.name.startsWith('kong')",
            "items.exists_one(p, p.a == 1)",
        ] {
            assert_eq!(column(source), None, "{source}");
        }
    }

    #[test]
    fn a_text_a_number_and_a_list_are_not_and_are_named_by_column() {
        assert_eq!(column("self.data.plane"), Some(10));
        assert_eq!(column("items.size()"), Some(11));
        assert!(column("items.filter(p, ready(p))").is_some());
        assert!(column("self == null || 'yes'").is_some_and(|column| column > 10));
        assert!(column("1 + 1").is_some());
    }
}
