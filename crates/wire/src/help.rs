//! Asking for help, and what the instructor says.

use serde::{Deserialize, Serialize};

use crate::Millis;

/// The body of `POST /api/v1/help`; it may be left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AskForHelp {
    /// What it is about: plain text of up to 300 characters; may be empty.
    #[serde(default)]
    pub note: String,
}

/// Whether the learner's hand is up: the answer of `POST` and `DELETE /api/v1/help`, and the `help` event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Help {
    /// Since when; nothing while it is down.
    pub raised_at: Option<Millis>,
    /// What it is about; may be empty.
    pub note: String,
}

/// The body of `POST /api/v1/teach/classes/{code}/announce`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Announce {
    /// What to say: plain text of up to 500 characters.
    pub text: String,
    /// The ids of those who should hear it; left out, the whole class and whoever joins it later.
    #[serde(default)]
    pub learners: Option<Vec<String>>,
}

/// The answer to [`Announce`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Announced {
    /// How many were told.
    pub learners: u32,
}

/// The body of `POST /api/v1/announcements/dismiss`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Dismiss {
    /// The `at` of the announcement that has been read; older ones are dismissed with it.
    pub at: Millis,
}
