//! Errors as RFC 9457 problem details.

use serde::{Deserialize, Serialize};

/// The body of every error, sent as `application/problem+json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Problem {
    /// The HTTP status.
    pub status: u16,
    /// Stable, e.g. `class-full`.
    pub code: String,
    /// What happened and why, in the caller's language.
    pub title: String,
    /// What to do next, where there is something.
    pub next: Option<String>,
}

impl Problem {
    /// The media type that RFC 9457 registers.
    pub const MEDIA_TYPE: &'static str = "application/problem+json";
}
