//! What learners are told, as it is stored: facts without words, for the words depend on the reader.

use curriculum::{CheckId, CheckState, ExerciseId, ExerciseState, Reason};
use serde::{Deserialize, Serialize};
use wire::{LabState, Millis, StepState};

/// One thing that a learner is told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", content = "data", rename_all = "lowercase")]
pub enum Told {
    /// The lab changed.
    Lab(LabStanding),
    /// A check changed.
    Check(CheckStanding),
    /// An exercise changed.
    Progress(ExerciseStanding),
    /// The instructor said something.
    Announcement {
        /// The text, plain.
        text: String,
        /// When.
        at: Millis,
    },
    /// The learner's hand went up or down.
    Help(wire::Help),
}

/// A lab as it stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabStanding {
    /// Where it is in its life.
    pub state: LabState,
    /// What is being prepared, in order.
    pub steps: Vec<(Step, StepState)>,
    /// The place in the queue, from 1.
    pub queue: Option<u32>,
    /// When it ends by itself.
    pub expires_at: Option<Millis>,
    /// The control plane's namespace.
    pub cp_namespace: Option<String>,
    /// The data plane's namespace.
    pub dp_namespace: Option<String>,
    /// Why it failed: names the message `lab-problem-<code>`.
    pub problem: Option<String>,
    /// The way to the start of an exercise, while it is under way and after it broke off.
    #[serde(default)]
    pub catching_up: Option<CatchingUp>,
}

/// A lab on its way to the start of an exercise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatchingUp {
    /// To the start of which exercise.
    pub exercise: ExerciseId,
    /// What is done, in order.
    pub steps: Vec<(Stage, StepState)>,
    /// Why it broke off.
    pub broken: Option<Broken>,
}

/// A step on the way to the start of an exercise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "stage", content = "exercise", rename_all = "lowercase")]
pub enum Stage {
    /// Both namespaces are emptied.
    Clear,
    /// What an exercise builds on is done.
    Solve(ExerciseId),
}

/// Why the way to the start of an exercise ended before its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "why", rename_all = "lowercase")]
pub enum Broken {
    /// Objects do not go.
    Stuck {
        /// How many.
        left: usize,
    },
    /// A command of a reference solution did not end as it should.
    Command {
        /// The command.
        command: String,
        /// The last lines that it showed.
        output: String,
    },
    /// The commands of an exercise took too long.
    Slow,
    /// The cluster refused something or did not answer.
    Cluster,
    /// Whoever did it is gone.
    Interrupted,
}

/// A step of preparing a lab; worded by the message `lab-step-<id>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// The three namespaces.
    Namespaces,
    /// Quota, limits and network policy.
    Rules,
    /// The learner's service account and what it may do.
    Access,
    /// The files and the toolbox pod.
    Toolbox,
    /// The toolbox answers.
    Ready,
}

impl Step {
    /// Every step, in order.
    pub const ALL: [Self; 5] =
        [Self::Namespaces, Self::Rules, Self::Access, Self::Toolbox, Self::Ready];

    /// The stable id.
    pub fn id(self) -> &'static str {
        match self {
            Self::Namespaces => "namespaces",
            Self::Rules => "rules",
            Self::Access => "access",
            Self::Toolbox => "toolbox",
            Self::Ready => "ready",
        }
    }
}

/// A check as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckStanding {
    /// The exercise.
    pub exercise: ExerciseId,
    /// The check.
    pub check: CheckId,
    /// Whether it holds now.
    pub state: CheckState,
    /// When it held for the first time.
    pub first_passed_at: Option<Millis>,
    /// Why it does not hold.
    pub reason: Option<Reason>,
}

/// An exercise as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExerciseStanding {
    /// The exercise.
    pub exercise: ExerciseId,
    /// How far.
    pub state: ExerciseState,
    /// The step being worked on.
    pub step: String,
}
