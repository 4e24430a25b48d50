//! The instructor's side: sign-in, classes, the grid.

use curriculum::{CheckId, ExerciseId, ExerciseState, Language};
use serde::{Deserialize, Serialize};

use crate::{Help, LabState, Millis, Reason};

/// The body of `POST /api/v1/teach/sign-in`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    /// The one-time token of the printed link.
    pub token: String,
}

/// The body of `POST /api/v1/teach/classes`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct NewClass {
    /// What the class is called; 1 to 80 characters.
    pub name: String,
    /// The language that its join page opens in.
    pub language: Language,
    /// How many may join, 1 to 1000.
    pub seats: u32,
    /// From when one may join.
    #[serde(default)]
    pub starts: Option<Millis>,
    /// When joining closes and labs end.
    #[serde(default)]
    pub ends: Option<Millis>,
}

/// A class, in `GET /api/v1/teach/classes`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Class {
    /// What learners type to join.
    pub code: String,
    /// What it is called.
    pub name: String,
    /// The language that its join page opens in.
    pub language: Language,
    /// How many may join; none for the class that is open to everyone.
    pub seats: Option<u32>,
    /// How many have joined.
    pub learners: u32,
    /// From when one may join.
    pub starts: Option<Millis>,
    /// When joining closes and labs end.
    pub ends: Option<Millis>,
}

/// Learners × exercises: `GET /api/v1/teach/classes/{code}/grid`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Grid {
    /// The class's event sequence number that this is at.
    pub sequence: i64,
    /// The columns, in course order.
    pub exercises: Vec<ExerciseId>,
    /// One row a learner, by name.
    pub rows: Vec<GridRow>,
}

/// One learner in the grid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GridRow {
    /// The learner's id.
    pub learner: String,
    /// The learner's name.
    pub name: String,
    /// The learner's lab.
    pub lab: LabState,
    /// When the lab ends by itself.
    pub lab_expires_at: Option<Millis>,
    /// Whether the learner asks for help.
    pub help: Help,
    /// One cell a column.
    pub cells: Vec<GridCell>,
}

/// One learner's exercise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GridCell {
    /// How far.
    pub state: ExerciseState,
    /// How many checks hold now.
    pub passed: u32,
    /// How many checks there are.
    pub of: u32,
    /// The first check that does not hold, while in progress or broken.
    pub check: Option<CheckId>,
    /// Why it does not.
    pub reason: Option<Reason>,
    /// The code of the likely cause, e.g. `unschedulable`, where one is known.
    pub cause: Option<String>,
    /// Since when this reason stands.
    pub since: Option<Millis>,
}

/// A failing reason and the learners who share it: `GET /api/v1/teach/classes/{code}/stuck`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Stuck {
    /// The exercise.
    pub exercise: ExerciseId,
    /// The check that does not hold.
    pub check: CheckId,
    /// The code of the likely cause or, where none is known, of the reason: with exercise and check it names the group.
    pub cause: String,
    /// The reason, as the first of them reads it.
    pub reason: Reason,
    /// The learners' ids.
    pub learners: Vec<String>,
    /// Since when the first of them stands there.
    pub since: Millis,
}
