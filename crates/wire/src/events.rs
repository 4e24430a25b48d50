//! Server-sent events: `GET /api/v1/events`. The SSE `event:` field is the variant's name.

use curriculum::{CheckId, CheckState, ExerciseId, ExerciseState};
use serde::{Deserialize, Serialize};

use crate::{Help, Lab, Millis, Reason};

/// One event of a learner's stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "event", content = "data", rename_all = "lowercase")]
pub enum Event {
    /// The lab's state or one of its steps changed.
    Lab(Lab),
    /// A check changed its state.
    Check(CheckChanged),
    /// An exercise changed its state.
    Progress(ProgressChanged),
    /// The instructor says something.
    Announcement(Announcement),
    /// The learner's hand went up or down.
    Help(Help),
}

impl Event {
    /// The SSE `event:` field.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Lab(_) => "lab",
            Self::Check(_) => "check",
            Self::Progress(_) => "progress",
            Self::Announcement(_) => "announcement",
            Self::Help(_) => "help",
        }
    }
}

/// A check changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CheckChanged {
    /// The exercise.
    pub exercise: ExerciseId,
    /// The check.
    pub check: CheckId,
    /// Whether it holds now.
    pub state: CheckState,
    /// When it held for the first time.
    pub first_passed_at: Option<Millis>,
    /// Why it does not hold now.
    pub reason: Option<Reason>,
}

/// An exercise changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProgressChanged {
    /// The exercise.
    pub exercise: ExerciseId,
    /// Its state now.
    pub state: ExerciseState,
    /// The step being worked on.
    pub step: String,
}

/// Words from the instructor to the class.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Announcement {
    /// The text, plain.
    pub text: String,
    /// When it was said.
    pub at: Millis,
}
