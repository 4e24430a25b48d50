//! The forms for a raised hand and for announcements, for pages without scripts.

use axum::extract::State;
use axum::response::Redirect;
use serde::Deserialize;

use super::{back, language_in};
use crate::app::App;
use crate::http::api;
use crate::http::body::{Fields, In};
use crate::http::problem::Problem;
use crate::http::session::Learner;

/// What to do with one's hand.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Action {
    Raise,
    Lower,
}

/// The fields of the hand's form.
#[derive(Debug, Deserialize)]
pub struct Act {
    action: Action,
    #[serde(default)]
    note: String,
    back: Option<String>,
}

/// Raises or lowers the learner's hand.
pub async fn act(
    State(app): State<App>,
    Learner(learner): Learner,
    In(language): In<String>,
    Fields(form): Fields<Act>,
) -> Result<Redirect, Problem> {
    let language = language_in(&language)?;
    match form.action {
        Action::Raise => api::help::raise_hand(&app, &learner, &form.note).await.map(drop)?,
        Action::Lower => api::help::lower_hand(&app, &learner.id).await?,
    }
    Ok(back(form.back.as_deref(), language))
}

/// The fields of an announcement's form.
#[derive(Debug, Deserialize)]
pub struct Dismiss {
    at: i64,
    back: Option<String>,
}

/// Puts announcements away.
pub async fn dismiss(
    State(app): State<App>,
    Learner(learner): Learner,
    In(language): In<String>,
    Fields(form): Fields<Dismiss>,
) -> Result<Redirect, Problem> {
    let language = language_in(&language)?;
    api::help::put_away(&app, &learner.id, form.at).await?;
    Ok(back(form.back.as_deref(), language))
}
