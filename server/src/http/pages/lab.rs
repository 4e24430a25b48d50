//! The forms around the lab and the exercises, for pages without scripts.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use curriculum::ExerciseId;
use http::HeaderMap;
use serde::Deserialize;

use super::{back, language_in};
use crate::app::App;
use crate::http::api;
use crate::http::body::{Fields, In};
use crate::http::problem::Problem;
use crate::http::session;

/// What to do with the lab.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Action {
    Start,
    Extend,
    Reset,
    CatchUp,
    End,
}

/// The fields of the lab's form.
#[derive(Debug, Deserialize)]
pub struct Act {
    action: Action,
    /// For `catch-up`.
    exercise: Option<ExerciseId>,
    back: Option<String>,
}

/// Starts, extends, resets, catches up or ends the lab. Who has not joined is led to joining.
pub async fn act(
    State(app): State<App>,
    headers: HeaderMap,
    In(language): In<String>,
    Fields(form): Fields<Act>,
) -> Result<Response, Problem> {
    let language = language_in(&language)?;
    let Some(learner) = session::learner_of(&app, &headers).await? else {
        return Ok(Redirect::to(&format!("/{language}/join")).into_response());
    };
    match form.action {
        Action::Start => api::lab::begin(&app, &learner).await.map(drop)?,
        Action::Extend => app.labs.extend(&learner.id).await.map(drop)?,
        Action::Reset => api::change::renew(&app, &learner).await?,
        Action::CatchUp => {
            let exercise = form.exercise.ok_or(Problem::ExerciseUnknown)?;
            api::change::carry_out(&app, &learner, &exercise, language).await?;
        }
        // A lab that has ended meanwhile is what was wished for.
        Action::End => app.labs.end(&learner.id).await.map(drop)?,
    }
    Ok(back(form.back.as_deref(), language).into_response())
}

/// The field of an exercise's form.
#[derive(Debug, Deserialize)]
pub struct Start {
    back: Option<String>,
}

/// Starts an exercise.
pub async fn start_exercise(
    State(app): State<App>,
    headers: HeaderMap,
    In((language, id)): In<(String, ExerciseId)>,
    Fields(form): Fields<Start>,
) -> Result<Response, Problem> {
    let language = language_in(&language)?;
    let Some(learner) = session::learner_of(&app, &headers).await? else {
        return Ok(Redirect::to(&format!("/{language}/join")).into_response());
    };
    api::exercises::begin(&app, &learner.id, &id).await?;
    Ok(back(form.back.as_deref(), language).into_response())
}
