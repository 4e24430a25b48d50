//! An exercise with its live checks, hints and solution.

use curriculum::{CheckId, CheckState, ExerciseId, ExerciseState};
use serde::{Deserialize, Serialize};

use crate::Millis;

/// The answer of `GET /api/v1/exercises/{id}` and of `POST …/start`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Exercise {
    /// Which exercise.
    pub id: ExerciseId,
    /// How far the learner is.
    pub state: ExerciseState,
    /// The step being worked on, e.g. `do`, `break` or `fix`.
    pub step: String,
    /// Whether it still has to be started before its checks can pass: starting records a baseline.
    pub needs_start: bool,
    /// Its checks, in order.
    pub checks: Vec<Check>,
    /// How many hints there are.
    pub hints: u32,
}

/// One check, as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Check {
    /// Its id within the exercise.
    pub id: CheckId,
    /// The step that it belongs to.
    pub step: String,
    /// What must be true, in one sentence; inline Markdown code is allowed.
    pub text: String,
    /// Whether it holds now.
    pub state: CheckState,
    /// When it held for the first time: the credit, which stays.
    pub first_passed_at: Option<Millis>,
    /// Why it does not hold now.
    pub reason: Option<Reason>,
}

/// Why a check does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reason {
    /// Stable, e.g. `missing-object` or `unschedulable`.
    pub code: String,
    /// The whole reason in one sentence.
    pub text: String,
    /// What the check asks for.
    pub expected: Option<String>,
    /// What is there instead.
    pub found: Option<String>,
    /// The likely cause.
    pub cause: Option<String>,
    /// The object to look at, as `kind/name` with its namespace.
    pub object: Option<ObjectLink>,
}

/// Points at an object in the lab.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ObjectLink {
    /// The kind, e.g. `Pod`.
    pub kind: String,
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
}

/// The answer of `GET /api/v1/exercises/{id}/hints/{n}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Hint {
    /// Which hint, from 1.
    pub number: u32,
    /// How many there are.
    pub of: u32,
    /// Sanitised HTML of the hint's inline Markdown.
    pub html: String,
}

/// The answer of `GET /api/v1/exercises/{id}/solution`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Solution {
    /// One entry a step, in order.
    pub steps: Vec<SolutionStep>,
}

/// The commands of one step.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SolutionStep {
    /// The step, e.g. `do`.
    pub step: String,
    /// The shell text, with real variables.
    pub commands: String,
}
