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

/// Brings the lab to the start of an exercise. A dry run says what would be done.
#[utoipa::path(post, path = "/api/v1/lab/catch-up", request_body = wire::CatchUp, responses((status = 200, body = LabPlan), (status = "4XX", body = wire::Problem)))]
pub async fn catch_up(
    State(app): State<App>,
    Learner(learner): Learner,
    Reader(language): Reader,
    Body(body): Body<wire::CatchUp>,
) -> Result<Json<LabPlan>, Problem> {
    let mut plan = plan_catch_up(&app, &learner, language, &body.exercise).await?;
    if !body.dry_run {
        carry_out(&app, &learner, &plan).await?;
        plan.done = true;
    }
    Ok(Json(plan))
}

/// What a catch-up to the start of an exercise would do.
pub async fn plan_catch_up(
    app: &App,
    learner: &store::Learner,
    language: Language,
    exercise: &ExerciseId,
) -> Result<LabPlan, Problem> {
    let course = app.course();
    let exercise = course.exercise(exercise).ok_or(Problem::ExerciseUnknown)?;
    let own = app.labs.own_objects(&learner.id).await?;
    Ok(changes::catch_up(&course, exercise, &own, &lab::words(app, &course, language)))
}

/// Does what was planned.
pub async fn carry_out(app: &App, learner: &store::Learner, plan: &LabPlan) -> Result<(), Problem> {
    let solutions: Vec<String> = plan.solves.iter().map(|one| one.commands.clone()).collect();
    let done = app.labs.catch_up(&learner.id, &solutions).await;
    // The baselines have gone, whether or not the rest was done.
    app.checking.forget(&learner.id);
    Ok(done?)
}
