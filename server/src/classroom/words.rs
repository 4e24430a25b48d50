//! Facts in the reader's language, as the browser gets them.

use std::collections::BTreeMap;

use curriculum::{Course, ExerciseId, Language, Parameter, Reason};

use crate::told::{Broken, CatchingUp, CheckStanding, ExerciseStanding, LabStanding, Stage, Told};

/// What wording needs to know besides the facts.
#[derive(Clone, Copy, Debug)]
pub struct Words<'a> {
    /// The course, with its messages.
    pub course: &'a Course,
    /// The reader's language.
    pub language: Language,
    /// Whether the cluster is the practice cluster.
    pub practice: bool,
}

/// The namespaces of the reader's lab, once it has some.
#[derive(Clone, Copy, Debug, Default)]
pub struct Planes<'a> {
    /// The control plane's.
    pub cp: Option<&'a str>,
    /// The data plane's.
    pub dp: Option<&'a str>,
}

impl<'a> From<&'a LabStanding> for Planes<'a> {
    fn from(lab: &'a LabStanding) -> Self {
        Self { cp: lab.cp_namespace.as_deref(), dp: lab.dp_namespace.as_deref() }
    }
}

impl Words<'_> {
    /// A plain message.
    pub fn text(&self, id: &str) -> String {
        self.text_with(id, &BTreeMap::new())
    }

    /// A message with what its variables stand for.
    pub fn text_with(&self, id: &str, parameters: &BTreeMap<String, Parameter>) -> String {
        self.course.messages.message(self.language, id, parameters).text
    }

    /// What an exercise is called.
    fn title(&self, exercise: &ExerciseId) -> String {
        let found = self.course.exercise(exercise);
        found.map_or_else(|| exercise.to_string(), |one| one.text(self.language).title.clone())
    }

    /// A reason.
    pub fn reason(&self, reason: &Reason, planes: Planes<'_>) -> wire::Reason {
        let worded = self.course.messages.reason(self.language, reason);
        let object = reason
            .object
            .as_ref()
            .or_else(|| reason.cause.as_ref().and_then(|cause| cause.object.as_ref()));
        wire::Reason {
            code: reason.code.clone(),
            text: worded.text,
            expected: worded.expected,
            found: worded.found,
            cause: worded.cause,
            object: object.and_then(|object| {
                let namespace = match object.plane {
                    curriculum::Plane::Cp => planes.cp,
                    curriculum::Plane::Dp => planes.dp,
                };
                Some(wire::ObjectLink {
                    kind: object.kind.kind.to_owned(),
                    namespace: namespace?.to_owned(),
                    name: object.name.clone(),
                })
            }),
        }
    }

    /// A lab.
    pub fn lab(&self, lab: &LabStanding) -> wire::Lab {
        let step = |(step, state): &(crate::told::Step, wire::StepState)| wire::LabStep {
            id: step.id().to_owned(),
            text: self.text(&format!("lab-step-{}", step.id())),
            state: *state,
        };
        wire::Lab {
            state: lab.state,
            steps: lab.steps.iter().map(step).collect(),
            queue: lab.queue,
            expires_at: lab.expires_at,
            cp_namespace: lab.cp_namespace.clone(),
            dp_namespace: lab.dp_namespace.clone(),
            practice: self.practice,
            message: lab.problem.as_ref().map(|code| self.text(&format!("lab-problem-{code}"))),
            catching_up: lab.catching_up.as_ref().map(|way| self.catching_up(way)),
        }
    }

    fn catching_up(&self, way: &CatchingUp) -> wire::CatchingUp {
        let step = |(stage, state): &(Stage, wire::StepState)| match stage {
            Stage::Clear => wire::LabStep {
                id: "clear".to_owned(),
                text: self.text("catch-up-clear"),
                state: *state,
            },
            Stage::Solve(exercise) => {
                let title = Parameter::from(self.title(exercise).as_str());
                let parameters = BTreeMap::from([("title".to_owned(), title)]);
                wire::LabStep {
                    id: exercise.to_string(),
                    text: self.text_with("catch-up-solve", &parameters),
                    state: *state,
                }
            }
        };
        wire::CatchingUp {
            exercise: way.exercise.clone(),
            title: self.title(&way.exercise),
            steps: way.steps.iter().map(step).collect(),
            problem: way.broken.as_ref().map(|why| self.broken(why)),
        }
    }

    fn broken(&self, why: &Broken) -> String {
        let with = |id: &str, named: Vec<(&str, Parameter)>| {
            let named = named.into_iter().map(|(name, value)| (name.to_owned(), value));
            self.text_with(id, &named.collect())
        };
        match why {
            Broken::Stuck { left } => {
                with("catch-up-stuck", vec![("left", Parameter::from(*left))])
            }
            Broken::Command { command, output } => {
                let named = [("command", command), ("output", output)];
                let named = named.map(|(name, text)| (name, Parameter::from(text.as_str())));
                with("catch-up-command", named.into())
            }
            Broken::Slow => with("catch-up-slow", Vec::new()),
            Broken::Cluster => with("catch-up-cluster", Vec::new()),
            Broken::Interrupted => with("catch-up-interrupted", Vec::new()),
        }
    }

    fn check(&self, check: &CheckStanding, planes: Planes<'_>) -> wire::CheckChanged {
        wire::CheckChanged {
            exercise: check.exercise.clone(),
            check: check.check.clone(),
            state: check.state,
            first_passed_at: check.first_passed_at,
            reason: check.reason.as_ref().map(|reason| self.reason(reason, planes)),
        }
    }

    /// Whatever was told, as an event.
    pub fn event(&self, told: &Told, planes: Planes<'_>) -> wire::Event {
        match told {
            Told::Lab(lab) => wire::Event::Lab(self.lab(lab)),
            Told::Check(check) => wire::Event::Check(self.check(check, planes)),
            Told::Progress(ExerciseStanding { exercise, state, step }) => {
                wire::Event::Progress(wire::ProgressChanged {
                    exercise: exercise.clone(),
                    state: *state,
                    step: step.clone(),
                })
            }
            Told::Help(help) => wire::Event::Help(help.clone()),
            Told::Announcement { text, at } => {
                wire::Event::Announcement(wire::Announcement { text: text.clone(), at: *at })
            }
        }
    }
}
