//! Facts in the reader's language, as the browser gets them.

use std::collections::BTreeMap;

use curriculum::{Language, Messages, Reason};

use crate::told::{CheckStanding, ExerciseStanding, LabStanding, Told};

/// What wording needs to know besides the facts.
#[derive(Clone, Copy, Debug)]
pub struct Words<'a> {
    /// The messages.
    pub messages: &'a Messages,
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
        self.messages.message(self.language, id, &BTreeMap::new()).text
    }

    /// A reason.
    pub fn reason(&self, reason: &Reason, planes: Planes<'_>) -> wire::Reason {
        let worded = self.messages.reason(self.language, reason);
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
