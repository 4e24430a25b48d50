//! Changing a lab as a whole: back to clean, or to the start of an exercise; with a preview of both.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use curriculum::{ExerciseId, Language};
use http::StatusCode;
use wire::LabPlan;

use super::lab;
use crate::app::App;
use crate::classroom::changes;
use crate::classroom::words::Words;
use crate::http::body::{Body, MaybeBody};
use crate::http::language::Reader;
use crate::http::problem::Problem;
use crate::http::session::Learner;
use crate::store;

/// Replaces the lab by a new one: back to clean. A dry run says what would go.
#[utoipa::path(post, path = "/api/v1/lab/reset", request_body = wire::Reset, responses((status = 200, body = LabPlan), (status = 202, body = LabPlan), (status = "4XX", body = wire::Problem)))]
pub async fn reset(
    State(app): State<App>,
    Learner(learner): Learner,
    Reader(language): Reader,
    MaybeBody(body): MaybeBody<wire::Reset>,
) -> Result<Response, Problem> {
    // A lab that is not ready has nothing that would be lost.
    let own = match app.labs.own_objects(&learner.id).await {
        Ok(own) => own,
        Err(error) if body.dry_run => return Err(error.into()),
        Err(_) => Vec::new(),
    };
    let course = app.course();
    let mut plan = changes::renewal(&own, &lab::words(&app, &course, language));
    if body.dry_run {
        return Ok(Json(plan).into_response());
    }
    renew(&app, &learner).await?;
    plan.done = true;
    Ok((StatusCode::ACCEPTED, Json(plan)).into_response())
}

/// Replaces a learner's lab by a new one.
pub async fn renew(app: &App, learner: &store::Learner) -> Result<(), Problem> {
    if !app.labs.end(&learner.id).await? {
        return Err(Problem::LabNotReady);
    }
    lab::begin(app, learner).await.map(drop)
}

/// Begins to bring the lab to the start of an exercise: its `catching_up` and the `lab` events say how far it is. A dry run says
/// what would be done, and what stands in the way.
#[utoipa::path(post, path = "/api/v1/lab/catch-up", request_body = wire::CatchUp, responses((status = 200, body = LabPlan), (status = 202, body = LabPlan), (status = "4XX", body = wire::Problem)))]
pub async fn catch_up(
    State(app): State<App>,
    Learner(learner): Learner,
    Reader(language): Reader,
    Body(body): Body<wire::CatchUp>,
) -> Result<Response, Problem> {
    let course = app.course();
    let exercise = course.exercise(&body.exercise).ok_or(Problem::ExerciseUnknown)?;
    let own = app.labs.own_objects(&learner.id).await?;
    let words = lab::words(&app, &course, language);
    let mut plan = changes::catch_up(&course, exercise, &own, &words);
    if body.dry_run {
        if !plan.solves.is_empty() && plan.obstacle.is_none() {
            plan.obstacle = no_shell(&app, &learner, &words).await?;
        }
        return Ok(Json(plan).into_response());
    }
    carry_out(&app, &learner, &body.exercise, language).await?;
    plan.done = true;
    Ok((StatusCode::ACCEPTED, Json(plan)).into_response())
}

/// What to say when nothing can be typed in the lab.
async fn no_shell(
    app: &App,
    learner: &store::Learner,
    words: &Words<'_>,
) -> Result<Option<String>, Problem> {
    match app.labs.has_shell(&learner.id).await.map_err(Problem::from) {
        Ok(()) => Ok(None),
        Err(Problem::NoShell) => Ok(Some(words.text("plan-no-shell"))),
        Err(problem) => Err(problem),
    }
}

/// Begins a catch-up, or refuses it with nothing changed.
pub async fn carry_out(
    app: &App,
    learner: &store::Learner,
    exercise: &ExerciseId,
    language: Language,
) -> Result<(), Problem> {
    let course = app.course();
    let exercise = course.exercise(exercise).ok_or(Problem::ExerciseUnknown)?;
    let words = lab::words(app, &course, language);
    let solutions = changes::solutions(&course, exercise, &words);
    let solutions = solutions.ok_or(Problem::CatchUpImpossible)?;
    app.labs.catch_up(&learner.id, &exercise.id, solutions).await?;
    // What was noted at the start of exercises has gone.
    app.checking.forget(&learner.id);
    Ok(())
}
