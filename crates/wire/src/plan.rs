//! What a reset or a catch-up of the lab changes: shown before, and after it was done.

use curriculum::ExerciseId;
use serde::{Deserialize, Serialize};

use crate::Plane;

/// The body of `POST /api/v1/lab/reset`; it may be left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Reset {
    /// Only say what would be done.
    #[serde(default)]
    pub dry_run: bool,
}

/// The body of `POST /api/v1/lab/catch-up`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CatchUp {
    /// To the start of which exercise.
    pub exercise: ExerciseId,
    /// Only say what would be done.
    #[serde(default)]
    pub dry_run: bool,
}

/// What changes. Progress that was made is kept in any case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LabPlan {
    /// What is done to the lab.
    pub change: LabChange,
    /// Whether it has been begun; `false` for a preview. A renewed lab is still being prepared then; one that is being caught up
    /// says how far it is in `catching_up`.
    pub done: bool,
    /// The objects that go, with everything that they own.
    pub removes: Vec<PlannedObject>,
    /// The exercises whose reference solutions are typed for the learner, in order.
    pub solves: Vec<PlannedExercise>,
    /// What else to know, in the reader's language, one sentence each.
    pub notes: Vec<String>,
    /// Why it cannot be done, in the reader's language.
    pub obstacle: Option<String>,
}

/// What is done to a lab.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum LabChange {
    /// It is replaced by a new one, with new namespaces, a new terminal and a new kubeconfig.
    Renewed,
    /// It stays; what is in its two namespaces is brought to the start of an exercise.
    CaughtUp,
}

/// An object that goes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlannedObject {
    /// Which plane's namespace it is in.
    pub plane: Plane,
    /// The kind, e.g. `Deployment`.
    pub kind: String,
    /// The name.
    pub name: String,
}

/// An exercise whose reference solution is typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PlannedExercise {
    /// Which exercise.
    pub exercise: ExerciseId,
    /// Its title.
    pub title: String,
    /// The commands, as its page has them.
    pub commands: String,
}
