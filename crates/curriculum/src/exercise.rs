//! An exercise as authors write it in YAML, parsed and compiled.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::check::{Check, Otherwise, Target};
use crate::expression::{Expression, Refused};
use crate::finding::{Finding, yaml};
use crate::translated::Translated;
use crate::view::{Kind, Plane};
use crate::{CheckId, ExerciseId, Language};

/// Something to bring about in the lab.
#[derive(Debug)]
pub struct Exercise {
    /// Its id in the whole course.
    pub id: ExerciseId,
    /// How long it takes.
    pub minutes: u32,
    /// The exercises whose solutions make the state that it starts from.
    pub after: Vec<ExerciseId>,
    /// The states to reach, one after the other; at least one.
    pub steps: Vec<String>,
    /// What to note when the learner starts it.
    pub baseline: BTreeMap<String, Baseline>,
    /// What must be true, in order.
    pub checks: Vec<Check>,
    /// Its texts.
    pub text: Translated<ExerciseText>,
    /// Ways to break it, each with the checks that must then turn red.
    pub sabotage: Vec<Sabotage>,
    /// The full commands of a step, where the page shows blanks.
    pub solution: BTreeMap<String, String>,
    /// The file that it stands in.
    pub file: String,
}

/// Objects to note when an exercise is started.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// The kind.
    pub list: Kind,
    /// Whose namespace.
    pub plane: Plane,
    /// A label selector; empty means every object.
    #[serde(default)]
    pub select: String,
    /// What to keep of each besides its name: `uid`, `restarts`.
    pub keep: Vec<Keep>,
    /// How many there must be, or starting is refused: what was noted too early proves nothing.
    #[serde(default)]
    pub at_least: usize,
}

/// What a baseline keeps of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Keep {
    /// The uid.
    Uid,
    /// How often its containers were restarted, in all.
    Restarts,
}

/// An exercise's texts in one language. Inline Markdown is allowed.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExerciseText {
    /// Its title.
    pub title: String,
    /// What must be true, one sentence a check.
    pub checks: BTreeMap<String, String>,
    /// Hints, from gentle to plain.
    pub hints: Vec<String>,
    /// What was learned, shown when it is passed.
    pub done: String,
}

/// A way to break what was reached.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sabotage {
    /// The commands that break it.
    pub run: String,
    /// The checks that turn red; no other does.
    pub red: Vec<CheckId>,
    /// The commands that mend it; the reference solution, when absent.
    #[serde(default)]
    pub repair: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    id: ExerciseId,
    minutes: u32,
    #[serde(default)]
    after: Vec<ExerciseId>,
    #[serde(default = "one_step")]
    steps: Vec<String>,
    #[serde(default)]
    baseline: BTreeMap<String, Baseline>,
    checks: Vec<RawCheck>,
    text: BTreeMap<Language, ExerciseText>,
    #[serde(default)]
    sabotage: Vec<Sabotage>,
    #[serde(default)]
    solution: BTreeMap<String, String>,
}

fn one_step() -> Vec<String> {
    vec!["do".to_owned()]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCheck {
    id: CheckId,
    step: Option<String>,
    get: Option<crate::check::GetTarget>,
    list: Option<crate::check::ListTarget>,
    pair: Option<[crate::check::GetTarget; 2]>,
    http: Option<serde_json::Value>,
    that: String,
    #[serde(default)]
    otherwise: RawOtherwise,
}

#[derive(Default, Deserialize)]
#[serde(untagged)]
enum RawOtherwise {
    #[default]
    Derived,
    Always(String),
    Choice(Vec<RawChoice>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawChoice {
    when: Option<String>,
    say: String,
    #[serde(default)]
    with: BTreeMap<String, String>,
}

impl Exercise {
    /// Parses and compiles an exercise; every mistake is a finding.
    pub fn parse(file: &str, text: &str) -> Result<Self, Vec<Finding>> {
        let raw: Raw = yaml(file, text).map_err(|finding| vec![finding])?;
        let mut reader = Reader { file, text, findings: Vec::new() };
        let checks = reader.checks(&raw);
        reader.texts(&raw);
        reader.sabotages(&raw);
        let Some(texts) = Translated::from_map(raw.text).filter(|_| reader.findings.is_empty())
        else {
            return Err(reader.findings);
        };
        Ok(Self {
            id: raw.id,
            minutes: raw.minutes,
            after: raw.after,
            steps: raw.steps,
            baseline: raw.baseline,
            checks,
            text: texts,
            sabotage: raw.sabotage,
            solution: raw.solution,
            file: file.to_owned(),
        })
    }

    /// Whether the learner must start it, because it notes a baseline.
    pub fn needs_start(&self) -> bool {
        !self.baseline.is_empty()
    }

    /// The texts in a language.
    pub fn text(&self, language: Language) -> &ExerciseText {
        self.text.get(language)
    }

    /// The check with an id.
    pub fn check(&self, id: &CheckId) -> Option<&Check> {
        self.checks.iter().find(|check| check.id == *id)
    }
}

/// Reads the parts of an exercise and collects what is wrong with them.
struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    findings: Vec<Finding>,
}

impl Reader<'_> {
    /// A finding at the first line that holds `near`.
    fn refuse(&mut self, near: &str, message: String) {
        let line =
            self.text.lines().position(|line| line.contains(near)).map_or(0, |line| line + 1);
        self.findings.push(Finding::at(self.file, line, message));
    }

    fn checks(&mut self, raw: &Raw) -> Vec<Check> {
        if raw.checks.is_empty() {
            self.refuse("checks:", "an exercise needs at least one check".to_owned());
        }
        for (index, check) in raw.checks.iter().enumerate() {
            if raw.checks[..index].iter().any(|other| other.id == check.id) {
                self.refuse(check.id.as_str(), format!("the check `{}` stands twice", check.id));
            }
        }
        raw.checks.iter().filter_map(|check| self.check(raw, check)).collect()
    }

    fn check(&mut self, raw: &Raw, check: &RawCheck) -> Option<Check> {
        let id = check.id.as_str();
        let step = match &check.step {
            Some(step) if raw.steps.contains(step) => step.clone(),
            Some(step) => {
                let known = raw.steps.join(", ");
                self.refuse(id, format!("`{id}` belongs to step `{step}`, but there is {known}"));
                return None;
            }
            None => raw.steps.first().cloned().unwrap_or_default(),
        };
        let target = self.target(check)?;
        let mut bound = match &target {
            Target::Get(_) => vec!["self", "now", "vars"],
            Target::List(_) => vec!["items", "now", "vars"],
            Target::Pair(_) => vec!["a", "b", "now", "vars"],
        };
        if !raw.baseline.is_empty() {
            bound.push("baseline");
        }
        let that = self.condition(&check.that, &bound)?;
        let otherwise = self.otherwise(&check.otherwise, &bound);
        Some(Check { id: check.id.clone(), step, target, that, otherwise })
    }

    fn target(&mut self, check: &RawCheck) -> Option<Target> {
        let id = &check.id;
        if check.http.is_some() {
            self.refuse(
                id.as_str(),
                format!("`{id}` asks over HTTP, which checks cannot do yet: use get, list or pair"),
            );
            return None;
        }
        match (check.get.clone(), check.list.clone(), check.pair.clone()) {
            (Some(get), None, None) => Some(Target::Get(get)),
            (None, Some(list), None) => Some(Target::List(list)),
            (None, None, Some(pair)) => Some(Target::Pair(pair)),
            _ => {
                let message = format!("`{id}` must have exactly one of get, list and pair");
                self.refuse(id.as_str(), message);
                None
            }
        }
    }

    fn expression(&mut self, source: &str, bound: &[&str]) -> Option<Expression> {
        self.usable(source, Expression::compile(source, bound))
    }

    fn condition(&mut self, source: &str, bound: &[&str]) -> Option<Expression> {
        self.usable(source, Expression::condition(source, bound))
    }

    fn usable(
        &mut self,
        source: &str,
        compiled: Result<Expression, Refused>,
    ) -> Option<Expression> {
        match compiled {
            Ok(expression) => Some(expression),
            Err(refused) => {
                let finding = self.in_expression(source, refused.column, refused.why);
                self.findings.push(finding);
                None
            }
        }
    }

    /// A finding at a column of an expression, wherever YAML has folded it: only what is not blank is compared.
    fn in_expression(&self, source: &str, column: usize, message: String) -> Finding {
        let solid = |text: &str| -> Vec<(usize, char)> {
            text.char_indices().filter(|(_, one)| !one.is_whitespace()).collect()
        };
        let (here, wanted) = (solid(self.text), solid(source));
        let same = |window: &[(usize, char)]| window.iter().zip(&wanted).all(|(a, b)| a.1 == b.1);
        let Some(start) = here.windows(wanted.len().max(1)).position(same) else {
            return Finding::at(self.file, 0, message);
        };
        let before = source.chars().take(column.saturating_sub(1));
        let before = before.filter(|one| !one.is_whitespace()).count();
        let (offset, _) = here[start + before.min(wanted.len().saturating_sub(1))];
        let line = self.text[..offset].matches('\n').count() + 1;
        let at = self.text[..offset].chars().rev().take_while(|one| *one != '\n').count() + 1;
        Finding::at_column(self.file, (line, if column == 0 { 0 } else { at }), message, self.text)
    }

    fn otherwise(&mut self, raw: &RawOtherwise, bound: &[&str]) -> Vec<Otherwise> {
        let choices = match raw {
            RawOtherwise::Derived => return Vec::new(),
            RawOtherwise::Always(say) => {
                return vec![Otherwise { when: None, say: say.clone(), with: Vec::new() }];
            }
            RawOtherwise::Choice(choices) => choices,
        };
        choices
            .iter()
            .map(|choice| Otherwise {
                when: choice.when.as_ref().and_then(|when| self.condition(when, bound)),
                say: choice.say.clone(),
                with: choice
                    .with
                    .iter()
                    .filter_map(|(name, value)| {
                        Some((name.clone(), self.expression(value, bound)?))
                    })
                    .collect(),
            })
            .collect()
    }

    fn texts(&mut self, raw: &Raw) {
        for language in Language::ALL {
            let Some(text) = raw.text.get(&language) else {
                self.refuse("text:", format!("the texts in `{language}` are missing"));
                continue;
            };
            for check in &raw.checks {
                if !text.checks.contains_key(check.id.as_str()) {
                    let message = format!("`{}` has no sentence in `{language}`", check.id);
                    self.refuse(&format!("{language}:"), message);
                }
            }
            for name in text.checks.keys() {
                if !raw.checks.iter().any(|check| check.id.as_str() == name) {
                    self.refuse(
                        name,
                        format!("`{language}` words a check `{name}` that is not there"),
                    );
                }
            }
            let hints = raw.text.get(&Language::En).map_or(0, |english| english.hints.len());
            if text.hints.len() != hints {
                let message =
                    format!("`{language}` has {} hints, `en` has {hints}", text.hints.len());
                self.refuse(&format!("{language}:"), message);
            }
        }
    }

    fn sabotages(&mut self, raw: &Raw) {
        for sabotage in &raw.sabotage {
            for id in &sabotage.red {
                if !raw.checks.iter().any(|check| check.id == *id) {
                    let near = sabotage.run.trim().lines().next().unwrap_or("sabotage:").to_owned();
                    self.refuse(&near, format!("there is no check `{id}` to turn red"));
                }
            }
        }
    }
}
