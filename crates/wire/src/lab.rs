//! A lab: its state, its steps, its objects.

use curriculum::ExerciseId;
use serde::{Deserialize, Serialize};

use crate::Millis;

/// The answer of `GET /api/v1/lab`, and the `lab` event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Lab {
    /// Where it is in its life.
    pub state: LabState,
    /// What is being prepared, in order; kept when ready.
    pub steps: Vec<LabStep>,
    /// The place in the queue, from 1, while `queued`.
    pub queue: Option<u32>,
    /// When it will be ended by itself.
    pub expires_at: Option<Millis>,
    /// The control plane's namespace, once the lab exists.
    pub cp_namespace: Option<String>,
    /// The data plane's namespace, once the lab exists.
    pub dp_namespace: Option<String>,
    /// Whether this cluster is the practice cluster.
    pub practice: bool,
    /// Why it failed, and what to do.
    pub message: Option<String>,
    /// The way to the start of an exercise, while it is under way and after it broke off.
    pub catching_up: Option<CatchingUp>,
}

/// A lab on its way to the start of an exercise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CatchingUp {
    /// To the start of which exercise.
    pub exercise: ExerciseId,
    /// Its title.
    pub title: String,
    /// What is done, in order.
    pub steps: Vec<LabStep>,
    /// Why it broke off, and what to do; nothing is done any more then.
    pub problem: Option<String>,
}

/// Where a lab is in its life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum LabState {
    /// Never started.
    #[default]
    None,
    /// Waiting for its turn.
    Queued,
    /// Being created.
    Preparing,
    /// Usable.
    Ready,
    /// Could not be created; tried again by itself.
    Failed,
    /// Being removed.
    Ending,
    /// Removed, by wish or by age.
    Ended,
}

/// One named step of preparing a lab.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LabStep {
    /// Stable id, e.g. `namespaces`.
    pub id: String,
    /// The step in the reader's language.
    pub text: String,
    /// How far.
    pub state: StepState,
}

/// How far a step is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum StepState {
    /// Not begun.
    Waiting,
    /// Begun.
    Running,
    /// Done.
    Done,
    /// Went wrong.
    Failed,
}

/// One of the two planes of the course.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum Plane {
    /// The control plane.
    Cp,
    /// The data plane.
    Dp,
}

/// The answer of `GET /api/v1/lab/objects`: both namespaces, flat, owners before what they own.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LabObjects {
    /// Changes whenever an object does.
    pub revision: u64,
    /// The objects.
    pub objects: Vec<LabObject>,
}

/// One object in the tree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LabObject {
    /// The object's uid.
    pub uid: String,
    /// The uid of the controlling owner, when that is in the tree.
    pub owner: Option<String>,
    /// Which plane's namespace it is in.
    pub plane: Plane,
    /// The kind, e.g. `Pod`.
    pub kind: String,
    /// The name.
    pub name: String,
    /// Its state in a few words of the reader's language, e.g. `2 of 2 ready`.
    pub summary: String,
    /// Whether the summary is good, bad or neither.
    pub healthy: Option<bool>,
    /// When it was created.
    pub created_at: Option<Millis>,
    /// The command that shows this object.
    pub command: String,
}
