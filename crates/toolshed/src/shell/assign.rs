//! Assignments: `x=…`, `x+=…`, `a[i]=…` and `a=(…)`.

use brush_parser::ast::{Assignment, AssignmentName, AssignmentValue, Word};

use super::fields::{MAX_FIELDS_BYTES, bytes};
use super::memory::Variable;
use super::{Flow, Shell, Streams, Value};

impl Shell {
    /// One argument that looks like an assignment: of `export` and its like it is not split.
    pub(super) async fn argument(
        &mut self,
        assignment: &Assignment,
        word: &Word,
        streams: &Streams,
    ) -> Result<Vec<String>, Flow> {
        match (&assignment.name, &assignment.value) {
            (AssignmentName::VariableName(name), AssignmentValue::Scalar(value)) => {
                let value = self.text(&value.value, streams).await?;
                let operator = if assignment.append { "+=" } else { "=" };
                Ok(vec![format!("{name}{operator}{value}")])
            }
            (AssignmentName::VariableName(name), AssignmentValue::Array(_)) => {
                self.assign(assignment, streams).await?;
                Ok(vec![name.clone()])
            }
            (AssignmentName::ArrayElementName(..), _) => {
                self.fields(std::slice::from_ref(word), streams).await
            }
        }
    }

    /// Does one assignment.
    pub(super) async fn assign(
        &mut self,
        assignment: &Assignment,
        streams: &Streams,
    ) -> Result<(), Flow> {
        let result = match (&assignment.name, &assignment.value) {
            (AssignmentName::VariableName(name), AssignmentValue::Scalar(word)) => {
                let mut text = self.text(&word.value, streams).await?;
                if assignment.append {
                    text = self.get(name).unwrap_or_default() + &text;
                }
                if text.len() > super::expand::MAX_TEXT {
                    Err(format!("{name}: value too long: the limit is 1 MiB"))
                } else {
                    self.set(name, Value::Text(text))
                }
            }
            (AssignmentName::ArrayElementName(name, index), AssignmentValue::Scalar(word)) => {
                let index = self.number(index, streams).await?;
                let mut text = self.text(&word.value, streams).await?;
                if assignment.append {
                    text = self.element(name, index).unwrap_or_default() + &text;
                }
                self.set_element(name, index, text)
            }
            (AssignmentName::VariableName(name), AssignmentValue::Array(items)) => {
                self.assign_array(name, items, assignment.append, streams).await?
            }
            (AssignmentName::ArrayElementName(name, _), AssignmentValue::Array(_)) => {
                Err(format!("{name}: cannot assign list to array member"))
            }
        };
        match result {
            Ok(()) => Ok(()),
            Err(message) => {
                self.complain(streams, message).await;
                Err(Flow::Fail(1))
            }
        }
    }

    async fn assign_array(
        &mut self,
        name: &str,
        items: &[(Option<Word>, Word)],
        append: bool,
        streams: &Streams,
    ) -> Result<Result<(), String>, Flow> {
        let mut array = match self.variables.get(name).map(Variable::value) {
            Some(Value::Array(old)) if append => old.clone(),
            Some(Value::Text(old)) if append => [(0, old.clone())].into(),
            _ => std::collections::BTreeMap::new(),
        };
        let mut next = array.keys().next_back().map_or(0, |last| last + 1);
        let mut total = 0;
        for (index, word) in items {
            if total > MAX_FIELDS_BYTES {
                return Err(self.too_long(streams).await);
            }
            if let Some(index) = index {
                next = self.number(&index.value, streams).await?;
                let text = self.text(&word.value, streams).await?;
                total += text.len();
                array.insert(next, text);
                next += 1;
            } else {
                let fields = self.fields(std::slice::from_ref(word), streams).await?;
                total += bytes(&fields);
                for field in fields {
                    array.insert(next, field);
                    next += 1;
                }
            }
        }
        Ok(self.set(name, Value::Array(array)))
    }
}
