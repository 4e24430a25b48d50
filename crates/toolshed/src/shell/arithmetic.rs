//! Evaluates `$(( … ))`: 64-bit integers that wrap, as bash has them.

use brush_parser::ast::{
    ArithmeticExpr as Expr, ArithmeticTarget as Target, BinaryOperator as Binary,
    UnaryAssignmentOperator, UnaryOperator,
};

use super::memory::Variable;
use super::{Shell, Value};

/// How deep a variable may refer to another by name.
const MAX_REFERENCES: usize = 32;

/// How many elements an array may have.
const MAX_ITEMS: usize = 10_000;

impl Shell {
    /// Evaluates text whose `$` expansions are done.
    pub(crate) fn arithmetic(&mut self, text: &str) -> Result<i64, String> {
        self.evaluate_text(text, 0)
    }

    fn evaluate_text(&mut self, text: &str, depth: usize) -> Result<i64, String> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(0);
        }
        // With a nought before it, a number is octal.
        if !text.trim_start_matches(['-', '+']).starts_with('0')
            && let Ok(number) = text.parse()
        {
            return Ok(number);
        }
        let nested = text.bytes().filter(|byte| b"(-+!~?".contains(byte)).count();
        if depth > MAX_REFERENCES || nested > 100 || text.len() > 4_096 {
            let start: String = text.chars().take(80).collect();
            return Err(format!("{start}: expression recursion level exceeded"));
        }
        let parsed = std::panic::catch_unwind(|| brush_parser::arithmetic::parse(text));
        let Ok(Ok(expression)) = parsed else {
            return Err(format!("{text}: syntax error: operand expected"));
        };
        self.evaluate(&expression, depth)
    }

    fn evaluate(&mut self, expression: &Expr, depth: usize) -> Result<i64, String> {
        match expression {
            Expr::Literal(number) => Ok(*number),
            Expr::Reference(target) => self.reference(target, depth),
            Expr::UnaryOp(operator, operand) => {
                let value = self.evaluate(operand, depth)?;
                Ok(match operator {
                    UnaryOperator::UnaryPlus => value,
                    UnaryOperator::UnaryMinus => value.wrapping_neg(),
                    UnaryOperator::BitwiseNot => !value,
                    UnaryOperator::LogicalNot => i64::from(value == 0),
                })
            }
            Expr::BinaryOp(Binary::LogicalAnd, left, right) => {
                let holds = self.evaluate(left, depth)? != 0 && self.evaluate(right, depth)? != 0;
                Ok(i64::from(holds))
            }
            Expr::BinaryOp(Binary::LogicalOr, left, right) => {
                let holds = self.evaluate(left, depth)? != 0 || self.evaluate(right, depth)? != 0;
                Ok(i64::from(holds))
            }
            Expr::BinaryOp(operator, left, right) => {
                let (left, right) = (self.evaluate(left, depth)?, self.evaluate(right, depth)?);
                combine(operator, left, right)
            }
            Expr::Conditional(condition, yes, no) => {
                let chosen = if self.evaluate(condition, depth)? != 0 { yes } else { no };
                self.evaluate(chosen, depth)
            }
            Expr::Assignment(target, value) => {
                let value = self.evaluate(value, depth)?;
                self.assign_number(target, value, depth)
            }
            Expr::BinaryAssignment(operator, target, value) => {
                let old = self.reference(target, depth)?;
                let value = combine(operator, old, self.evaluate(value, depth)?)?;
                self.assign_number(target, value, depth)
            }
            Expr::UnaryAssignment(operator, target) => {
                let old = self.reference(target, depth)?;
                let (new, result) = match operator {
                    UnaryAssignmentOperator::PrefixIncrement => {
                        (old.wrapping_add(1), old.wrapping_add(1))
                    }
                    UnaryAssignmentOperator::PrefixDecrement => {
                        (old.wrapping_sub(1), old.wrapping_sub(1))
                    }
                    UnaryAssignmentOperator::PostfixIncrement => (old.wrapping_add(1), old),
                    UnaryAssignmentOperator::PostfixDecrement => (old.wrapping_sub(1), old),
                };
                self.assign_number(target, new, depth)?;
                Ok(result)
            }
        }
    }

    fn reference(&mut self, target: &Target, depth: usize) -> Result<i64, String> {
        let text = match target {
            Target::Variable(name) => {
                if self.options.nounset && !self.variables.contains_key(name) {
                    return Err(format!("{name}: unbound variable"));
                }
                self.get(name)
            }
            Target::ArrayElement(name, index) => {
                let index = self.evaluate(index, depth)?;
                self.element(name, index)
            }
        };
        self.evaluate_text(&text.unwrap_or_default(), depth + 1)
    }

    fn assign_number(&mut self, target: &Target, value: i64, depth: usize) -> Result<i64, String> {
        match target {
            Target::Variable(name) => self.set(name, Value::Text(value.to_string()))?,
            Target::ArrayElement(name, index) => {
                let index = self.evaluate(index, depth)?;
                self.set_element(name, index, value.to_string())?;
            }
        }
        Ok(value)
    }

    /// One element of an array; a negative index counts from the end.
    pub(crate) fn element(&self, name: &str, index: i64) -> Option<String> {
        match self.variables.get(name)?.value() {
            Value::Text(text) => matches!(index, 0 | -1).then(|| text.clone()),
            Value::Array(items) if index < 0 => {
                let end = items.keys().next_back()? + 1;
                items.get(&(end + index)).cloned()
            }
            Value::Array(items) => items.get(&index).cloned(),
        }
    }

    /// Removes one element of an array.
    pub(crate) fn forget_element(&mut self, name: &str, index: i64) {
        let Some(Value::Array(items)) = self.variables.get(name).map(Variable::value) else {
            return;
        };
        let mut items = items.clone();
        if items.remove(&index).is_some() {
            // What is smaller than before always fits.
            let _ = self.set(name, Value::Array(items));
        }
    }

    /// Sets one element of an array, making an array of a text.
    pub(crate) fn set_element(
        &mut self,
        name: &str,
        index: i64,
        mut text: String,
    ) -> Result<(), String> {
        if let Some(variable) = self.variables.get(name)
            && !variable.readonly
            && matches!(variable.value(), Value::Array(items) if items.len() < MAX_ITEMS)
            && let Some(variable) = self.variables.get_mut(name)
        {
            // In place where nobody else looks at it, so that a loop may fill an array.
            match variable.put(index, text) {
                Ok(()) => return Ok(()),
                Err(back) => text = back,
            }
        }
        let mut items = match self.variables.get(name).map(Variable::value) {
            Some(Value::Array(items)) => items.clone(),
            Some(Value::Text(text)) => [(0, text.clone())].into(),
            None => std::collections::BTreeMap::new(),
        };
        if items.len() >= MAX_ITEMS {
            return Err(format!("{name}: array too large"));
        }
        items.insert(index, text);
        self.set(name, Value::Array(items))
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the parser's operators are not `Copy`")]
fn combine(operator: &Binary, left: i64, right: i64) -> Result<i64, String> {
    let shift = u32::try_from(right & 63).unwrap_or(0);
    Ok(match operator {
        Binary::Power => {
            let exponent = u32::try_from(right).map_err(|_| "exponent less than 0".to_owned())?;
            left.wrapping_pow(exponent)
        }
        Binary::Multiply => left.wrapping_mul(right),
        Binary::Divide | Binary::Modulo if right == 0 => return Err("division by 0".to_owned()),
        Binary::Divide => left.wrapping_div(right),
        Binary::Modulo => left.wrapping_rem(right),
        Binary::Comma | Binary::LogicalAnd | Binary::LogicalOr => right,
        Binary::Add => left.wrapping_add(right),
        Binary::Subtract => left.wrapping_sub(right),
        Binary::ShiftLeft => left.wrapping_shl(shift),
        Binary::ShiftRight => left.wrapping_shr(shift),
        Binary::LessThan => i64::from(left < right),
        Binary::LessThanOrEqualTo => i64::from(left <= right),
        Binary::GreaterThan => i64::from(left > right),
        Binary::GreaterThanOrEqualTo => i64::from(left >= right),
        Binary::Equals => i64::from(left == right),
        Binary::NotEquals => i64::from(left != right),
        Binary::BitwiseAnd => left & right,
        Binary::BitwiseXor => left ^ right,
        Binary::BitwiseOr => left | right,
    })
}
