//! One object of the lab in full: `GET /api/v1/lab/objects/{plane}/{kind}/{name}`.

use serde::{Deserialize, Serialize};

use crate::{Millis, ObjectLink, Plane};

/// An object as the learner may read it, with what happened to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ObjectDetail {
    /// Which plane's namespace it is in.
    pub plane: Plane,
    /// Which object.
    pub object: ObjectLink,
    /// Its YAML, without `managedFields`. A Secret's values are replaced by their sizes.
    pub yaml: String,
    /// Whether something was left out of `yaml` because it is secret.
    pub redacted: bool,
    /// Who made it: its controlling owner, that one's owner, and so on outwards.
    pub owners: Vec<ObjectLink>,
    /// What the cluster reported about it, oldest first, at most 50.
    pub events: Vec<ObjectEvent>,
    /// The command that shows the same.
    pub command: String,
}

/// One event about an object, in the cluster's own words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ObjectEvent {
    /// Whether it is a warning.
    pub warning: bool,
    /// In one word, e.g. `FailedScheduling`.
    pub reason: String,
    /// In a sentence.
    pub message: String,
    /// Who reports it, e.g. `default-scheduler`.
    pub source: String,
    /// How often it happened.
    pub count: u32,
    /// When it happened last.
    pub at: Option<Millis>,
}
