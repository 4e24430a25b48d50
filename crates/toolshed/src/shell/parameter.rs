//! Parameter expansion: `$x`, `${x:-d}`, `${x%…}`, `${#x}`, `${x/…/…}`, `$@` and the rest.

use brush_parser::word::{
    Parameter, ParameterExpr, ParameterTestType, ParameterTransformOp, SpecialParameter,
};

use super::expand::MAX_TEXT;
use super::fields::{Fragment, Fragments, Mark};
use super::memory::Variable;
use super::{Flow, Shell, Streams, Value, replace};
use crate::share::Share;

/// What a parameter stands for.
enum Found {
    /// It is not set.
    Unset,
    /// One text.
    One(String),
    /// Several, with whether they are joined by the first character of `IFS`.
    Many(Vec<String>, bool),
}

impl Shell {
    /// Expands one parameter expression.
    pub(super) async fn parameter(
        &mut self,
        expression: &ParameterExpr,
        quoted: bool,
        fragments: &mut Fragments,
        streams: &Streams,
    ) -> Result<(), Flow> {
        let mark = if quoted { Mark::Quoted } else { Mark::Expanded };
        match expression {
            ParameterExpr::Parameter { parameter, indirect } => {
                let found = self.find_set(parameter, *indirect, streams).await?;
                self.push(found, mark, fragments);
            }
            ParameterExpr::UseDefaultValues { parameter, indirect, test_type, default_value } => {
                let found = self.find(parameter, *indirect, streams).await?;
                if found.is_missing(test_type) {
                    self.alternative(default_value.as_deref(), quoted, fragments, streams).await?;
                } else {
                    self.push(found, mark, fragments);
                }
            }
            ParameterExpr::AssignDefaultValues {
                parameter,
                indirect,
                test_type,
                default_value,
            } => {
                let found = self.find(parameter, *indirect, streams).await?;
                if found.is_missing(test_type) {
                    let text = self.nested(default_value.as_deref(), streams).await?;
                    if let Parameter::Named(name) = parameter {
                        self.set_text(name, text.clone());
                    }
                    self.push(Found::One(text), mark, fragments);
                } else {
                    self.push(found, mark, fragments);
                }
            }
            ParameterExpr::IndicateErrorIfNullOrUnset {
                parameter,
                indirect,
                test_type,
                error_message,
            } => {
                let found = self.find(parameter, *indirect, streams).await?;
                if found.is_missing(test_type) {
                    self.missing(parameter, error_message.as_deref(), streams).await?;
                    return Err(Flow::Fail(127));
                }
                self.push(found, mark, fragments);
            }
            ParameterExpr::UseAlternativeValue {
                parameter,
                indirect,
                test_type,
                alternative_value,
            } => {
                let found = self.find(parameter, *indirect, streams).await?;
                if !found.is_missing(test_type) {
                    self.alternative(alternative_value.as_deref(), quoted, fragments, streams)
                        .await?;
                }
            }
            ParameterExpr::VariableNames { prefix, concatenate } => {
                let names = self.variables.keys().filter(|name| name.starts_with(prefix.as_str()));
                let names = names.cloned().collect();
                self.push(Found::Many(names, *concatenate), mark, fragments);
            }
            ParameterExpr::MemberKeys { variable_name, concatenate } => {
                let keys = self.keys(variable_name);
                self.push(Found::Many(keys, *concatenate), mark, fragments);
            }
            changed => {
                let Some(found) = self.changed(changed, streams).await? else {
                    return Err(self.expanded_too_far(streams).await);
                };
                self.push(found, mark, fragments);
            }
        }
        Ok(())
    }

    /// Says that a parameter is missing, in the words that the script has for it.
    async fn missing(
        &mut self,
        parameter: &Parameter,
        message: Option<&str>,
        streams: &Streams,
    ) -> Result<(), Flow> {
        let message = match message {
            Some(message) => self.nested(Some(message), streams).await?,
            None => "parameter null or not set".to_owned(),
        };
        self.complain(streams, format!("{}: {message}", label(parameter))).await;
        Ok(())
    }

    /// The keys of an array; of a plain variable, the one that it has.
    fn keys(&self, variable: &str) -> Vec<String> {
        match self.variables.get(variable).map(Variable::value) {
            Some(Value::Array(items)) => items.keys().map(ToString::to_string).collect(),
            Some(Value::Text(_)) => vec!["0".to_owned()],
            None => Vec::new(),
        }
    }

    /// The expressions that change each text of a parameter; nothing when the result is too long.
    async fn changed(
        &mut self,
        expression: &ParameterExpr,
        streams: &Streams,
    ) -> Result<Option<Found>, Flow> {
        use ParameterExpr as E;
        match expression {
            E::ParameterLength { parameter, indirect } => {
                let found = self.find_set(parameter, *indirect, streams).await?;
                Ok(Some(Found::One(found.length().to_string())))
            }
            E::RemoveSmallestSuffixPattern { .. }
            | E::RemoveLargestSuffixPattern { .. }
            | E::RemoveSmallestPrefixPattern { .. }
            | E::RemoveLargestPrefixPattern { .. } => self.trimmed(expression, streams).await,
            E::ReplaceSubstring { parameter, indirect, pattern, replacement, match_kind } => {
                let pattern = self.nested_pattern(Some(pattern), streams).await?;
                let replacement = self.nested(replacement.as_deref(), streams).await?;
                let found = self.find_set(parameter, *indirect, streams).await?;
                let (cost, kind) = (pattern.len() + replacement.len(), match_kind.clone());
                let change =
                    move |text: &str| replace::replace(text, &pattern, &replacement, &kind);
                Ok(found.change(&self.lab.share, cost, change).await)
            }
            E::Substring { parameter, indirect, offset, length } => {
                let offset = self.number(&offset.value, streams).await?;
                let length = match length {
                    Some(length) => Some(self.number(&length.value, streams).await?),
                    None => None,
                };
                let mut found = self.find_set(parameter, *indirect, streams).await?;
                if let (Found::Many(items, _), Parameter::Special(_)) = (&mut found, parameter) {
                    // `$@` counts from 1, and what stands at 0 is the shell's name.
                    items.insert(0, self.name.clone());
                }
                Ok(Some(found.slice(offset, length)))
            }
            E::Transform { parameter, indirect, op } => {
                let found = self.find_set(parameter, *indirect, streams).await?;
                self.transformed(found, op, streams).await
            }
            E::UppercaseFirstChar { parameter, indirect, .. } => {
                let found = self.find_set(parameter, *indirect, streams).await?;
                Ok(found.map(|text| Some(change_first(text, true))))
            }
            E::LowercaseFirstChar { parameter, indirect, .. } => {
                let found = self.find_set(parameter, *indirect, streams).await?;
                Ok(found.map(|text| Some(change_first(text, false))))
            }
            E::UppercasePattern { parameter, indirect, .. } => {
                let found = self.find_set(parameter, *indirect, streams).await?;
                Ok(found.map(|text| Some(text.to_uppercase())))
            }
            E::LowercasePattern { parameter, indirect, .. } => {
                let found = self.find_set(parameter, *indirect, streams).await?;
                Ok(found.map(|text| Some(text.to_lowercase())))
            }
            _ => Ok(Some(Found::Unset)),
        }
    }

    /// `${x#…}`, `${x##…}`, `${x%…}` and `${x%%…}`.
    async fn trimmed(
        &mut self,
        expression: &ParameterExpr,
        streams: &Streams,
    ) -> Result<Option<Found>, Flow> {
        use ParameterExpr as E;
        let (parameter, indirect, pattern, prefix, largest) = match expression {
            E::RemoveSmallestSuffixPattern { parameter, indirect, pattern } => {
                (parameter, indirect, pattern, false, false)
            }
            E::RemoveLargestSuffixPattern { parameter, indirect, pattern } => {
                (parameter, indirect, pattern, false, true)
            }
            E::RemoveSmallestPrefixPattern { parameter, indirect, pattern } => {
                (parameter, indirect, pattern, true, false)
            }
            E::RemoveLargestPrefixPattern { parameter, indirect, pattern } => {
                (parameter, indirect, pattern, true, true)
            }
            _ => return Ok(Some(Found::Unset)),
        };
        let pattern = self.nested_pattern(pattern.as_deref(), streams).await?;
        let cost = pattern.len();
        let found = self.find_set(parameter, *indirect, streams).await?;
        let change = move |text: &str| {
            let remove = if prefix { replace::remove_prefix } else { replace::remove_suffix };
            Some(remove(text, &pattern, largest))
        };
        Ok(found.change(&self.lab.share, cost, change).await)
    }

    /// `${x@U}` and its like.
    async fn transformed(
        &mut self,
        found: Found,
        op: &ParameterTransformOp,
        streams: &Streams,
    ) -> Result<Option<Found>, Flow> {
        Ok(match op {
            ParameterTransformOp::ToUpperCase => found.map(|text| Some(text.to_uppercase())),
            ParameterTransformOp::ToLowerCase => found.map(|text| Some(text.to_lowercase())),
            ParameterTransformOp::CapitalizeInitial => {
                found.map(|text| Some(change_first(text, true)))
            }
            ParameterTransformOp::Quoted => {
                found.map(|text| Some(format!("'{}'", text.replace('\'', "'\\''"))))
            }
            _ => {
                self.complain(streams, "this ${…@…} is not available here").await;
                return Err(Flow::Fail(1));
            }
        })
    }

    async fn alternative(
        &mut self,
        word: Option<&str>,
        quoted: bool,
        fragments: &mut Fragments,
        streams: &Streams,
    ) -> Result<(), Flow> {
        let Some(word) = word.filter(|word| !word.is_empty()) else { return Ok(()) };
        for fragment in Box::pin(self.fragments(word, streams)).await? {
            fragments.push(match fragment {
                Fragment::Text(text, _) if quoted => Fragment::Text(text, Mark::Quoted),
                Fragment::Text(text, Mark::Bare) => Fragment::Text(text, Mark::Expanded),
                other => other,
            });
        }
        Ok(())
    }

    async fn nested(&mut self, word: Option<&str>, streams: &Streams) -> Result<String, Flow> {
        match word {
            Some(word) if !word.is_empty() => Box::pin(self.text(word, streams)).await,
            _ => Ok(String::new()),
        }
    }

    async fn nested_pattern(
        &mut self,
        word: Option<&str>,
        streams: &Streams,
    ) -> Result<String, Flow> {
        match word {
            Some(word) if !word.is_empty() => Box::pin(self.pattern(word, streams)).await,
            _ => Ok(String::new()),
        }
    }

    /// Like `find`, and an error under `set -u` when there is nothing.
    async fn find_set(
        &mut self,
        parameter: &Parameter,
        indirect: bool,
        streams: &Streams,
    ) -> Result<Found, Flow> {
        let found = self.find(parameter, indirect, streams).await?;
        if self.options.nounset && matches!(found, Found::Unset) {
            self.complain(streams, format!("{}: unbound variable", label(parameter))).await;
            return Err(Flow::Fail(127));
        }
        Ok(found)
    }

    async fn find(
        &mut self,
        parameter: &Parameter,
        indirect: bool,
        streams: &Streams,
    ) -> Result<Found, Flow> {
        let found = match parameter {
            Parameter::Positional(0) => Found::One(self.name.clone()),
            Parameter::Positional(number) => {
                let index = usize::try_from(*number).unwrap_or(usize::MAX) - 1;
                Found::from(self.positional.get(index).cloned())
            }
            Parameter::Special(special) => self.special(special),
            Parameter::Named(name) => Found::from(self.named(name)),
            Parameter::NamedWithIndex { name, index } => {
                let index = self.number(index, streams).await?;
                Found::from(self.element(name, index))
            }
            Parameter::NamedWithAllIndices { name, concatenate } => {
                let items = match self.variables.get(name).map(Variable::value) {
                    Some(Value::Array(items)) => items.values().cloned().collect(),
                    Some(Value::Text(text)) => vec![text.clone()],
                    None => Vec::new(),
                };
                Found::Many(items, *concatenate)
            }
        };
        match found {
            Found::One(name) if indirect => Ok(Found::from(self.named(&name))),
            found => Ok(found),
        }
    }

    fn named(&self, name: &str) -> Option<String> {
        match name {
            "RANDOM" => Some(((self.lab.random)() % 32_768).to_string()),
            "SECONDS" | "EPOCHSECONDS" => Some((self.lab.clock)().as_second().to_string()),
            "PPID" => Some("1".to_owned()),
            "UID" | "EUID" => Some("1000".to_owned()),
            "BASH_VERSION" => Some("5.2 (practice)".to_owned()),
            "COLUMNS" => self.get(name).or_else(|| self.size().map(|size| size.0.to_string())),
            "LINES" => self.get(name).or_else(|| self.size().map(|size| size.1.to_string())),
            name => self.get(name),
        }
    }

    fn special(&self, special: &SpecialParameter) -> Found {
        match special {
            SpecialParameter::AllPositionalParameters { concatenate } => {
                Found::Many(self.positional.to_vec(), *concatenate)
            }
            SpecialParameter::PositionalParameterCount => {
                Found::One(self.positional.len().to_string())
            }
            SpecialParameter::LastExitStatus => Found::One(self.status.to_string()),
            SpecialParameter::CurrentOptionFlags => Found::One(self.option_letters()),
            SpecialParameter::ProcessId => Found::One(self.pid.to_string()),
            SpecialParameter::LastBackgroundProcessId => {
                Found::One(self.last_background.map(|pid| pid.to_string()).unwrap_or_default())
            }
            SpecialParameter::ShellName => Found::One(self.name.clone()),
        }
    }

    fn push(&self, found: Found, mark: Mark, fragments: &mut Fragments) {
        match found {
            Found::Unset => {}
            Found::One(text) => fragments.push(Fragment::Text(text, mark)),
            Found::Many(items, true) if mark == Mark::Quoted => {
                let separators = self.get("IFS").unwrap_or_else(|| " ".to_owned());
                let separator: String = separators.chars().take(1).collect();
                fragments.push(Fragment::Text(items.join(&separator), mark));
            }
            Found::Many(items, _) => {
                for (index, item) in items.into_iter().enumerate() {
                    if index > 0 {
                        fragments.push(Fragment::Border);
                    }
                    fragments.push(Fragment::Text(item, mark));
                }
            }
        }
    }
}

impl Found {
    fn from(text: Option<String>) -> Self {
        text.map_or(Self::Unset, Self::One)
    }

    fn is_missing(&self, kind: &ParameterTestType) -> bool {
        match (self, kind) {
            (Self::Unset, _) => true,
            (Self::One(text), ParameterTestType::UnsetOrNull) => text.is_empty(),
            (Self::Many(items, _), ParameterTestType::UnsetOrNull) => {
                items.iter().all(String::is_empty)
            }
            (Self::Many(items, _), ParameterTestType::Unset) => items.is_empty(),
            (Self::One(_), ParameterTestType::Unset) => false,
        }
    }

    fn length(&self) -> usize {
        match self {
            Self::Unset => 0,
            Self::One(text) => text.chars().count(),
            Self::Many(items, _) => items.len(),
        }
    }

    /// Changes each text, unless they become too long together.
    fn map(self, change: impl Fn(&str) -> Option<String>) -> Option<Self> {
        match self {
            Self::Unset => Some(Self::Unset),
            Self::One(text) => change(&text).map(Self::One),
            Self::Many(items, joined) => {
                let mut total = 0;
                let changed = items.iter().map(|item| {
                    let changed = change(item)?;
                    total += changed.len();
                    (total <= MAX_TEXT).then_some(changed)
                });
                Some(Self::Many(changed.collect::<Option<_>>()?, joined))
            }
        }
    }

    /// As [`Found::map`], leaving the thread to others when that takes its time.
    async fn change(
        self,
        share: &Share,
        cost: usize,
        change: impl Fn(&str) -> Option<String> + Send + 'static,
    ) -> Option<Self> {
        let (texts, count) = match &self {
            Self::Unset => (0, 0),
            Self::One(text) => (text.len(), 1),
            Self::Many(items, _) => (items.iter().map(String::len).sum(), items.len()),
        };
        // Each text is looked at by an expression that is compiled for it.
        let all = (texts + (cost + 256) * count) * 8;
        share.apart(all, move || self.map(change)).await
    }

    fn slice(self, offset: i64, length: Option<i64>) -> Self {
        match self {
            Self::Unset => Self::Unset,
            Self::One(text) => {
                let characters: Vec<char> = text.chars().collect();
                let range = slice_range(characters.len(), offset, length);
                Self::One(characters[range].iter().collect())
            }
            Self::Many(items, joined) => {
                let range = slice_range(items.len(), offset, length);
                Self::Many(items[range].to_vec(), joined)
            }
        }
    }
}

fn slice_range(count: usize, offset: i64, length: Option<i64>) -> std::ops::Range<usize> {
    let total = i64::try_from(count).unwrap_or(i64::MAX);
    let start = if offset < 0 { total.saturating_add(offset) } else { offset };
    if start < 0 || start > total {
        return 0..0;
    }
    let end = match length {
        None => total,
        Some(length) if length < 0 => total.saturating_add(length),
        Some(length) => start.saturating_add(length),
    };
    let bound = |number: i64| usize::try_from(number.clamp(0, total)).unwrap_or(0);
    bound(start)..bound(end).max(bound(start))
}

/// A parameter's name as error messages write it.
fn label(parameter: &Parameter) -> String {
    match parameter {
        Parameter::Named(name) => name.clone(),
        Parameter::Positional(number) => format!("${number}"),
        other => other.to_string().trim_start_matches("${").trim_end_matches('}').to_owned(),
    }
}

fn change_first(text: &str, upper: bool) -> String {
    let mut characters = text.chars();
    let Some(first) = characters.next() else { return String::new() };
    let first: String =
        if upper { first.to_uppercase().collect() } else { first.to_lowercase().collect() };
    first + characters.as_str()
}
