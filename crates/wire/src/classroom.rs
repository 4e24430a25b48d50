//! Joining a class, and who one is.

use curriculum::{ExerciseId, ExerciseState, Language};
use serde::{Deserialize, Serialize};

use crate::Millis;

/// The body of `POST /api/v1/classes/{code}/join`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Join {
    /// What the instructor and the prompt call the learner; 1 to 60 characters after trimming.
    pub name: String,
    /// The language to teach in.
    pub language: Language,
}

/// The answer of `GET /api/v1/me`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Me {
    /// The learner's id.
    pub id: String,
    /// The learner's name.
    pub name: String,
    /// The language last chosen.
    pub language: Language,
    /// The class's code.
    pub class_code: String,
    /// The class's name.
    pub class_name: String,
    /// Every exercise of the course that is not `not-started`.
    pub progress: Vec<Progress>,
}

/// One exercise's state in [`Me`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Progress {
    /// Which exercise.
    pub exercise: ExerciseId,
    /// How far.
    pub state: ExerciseState,
    /// When its last check passed for the first time.
    pub passed_at: Option<Millis>,
}
