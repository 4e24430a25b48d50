//! The learner's lab: start, watch, extend, end.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use curriculum::{Course, Language};
use http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, HOST};
use http::{HeaderMap, StatusCode};
use wire::LabState;

use crate::app::App;
use crate::classroom::words::Words;
use crate::http::language::Reader;
use crate::http::problem::Problem;
use crate::http::session::Learner;
use crate::store;
use crate::told::LabStanding;

/// A lab in words.
pub fn describe(app: &App, language: Language, lab: &LabStanding) -> wire::Lab {
    words(app, &app.course(), language).lab(lab)
}

/// What words facts in a language.
pub fn words<'a>(app: &App, course: &'a Course, language: Language) -> Words<'a> {
    let practice = app.cluster.settings().practice;
    Words { course, language, practice }
}

/// The lab as it is.
#[utoipa::path(get, path = "/api/v1/lab", responses((status = 200, body = wire::Lab), (status = 401, body = wire::Problem)))]
pub async fn show(
    State(app): State<App>,
    Learner(learner): Learner,
    Reader(language): Reader,
) -> Result<Json<wire::Lab>, Problem> {
    let lab = app.labs.standing(&learner.id).await?;
    Ok(Json(describe(&app, language, &lab)))
}

/// Starts the lab, if there is none: 202 while it waits or is prepared, 200 when it is ready.
#[utoipa::path(post, path = "/api/v1/lab", responses((status = 200, body = wire::Lab), (status = 202, body = wire::Lab), (status = 401, body = wire::Problem)))]
pub async fn start(
    State(app): State<App>,
    Learner(learner): Learner,
    Reader(language): Reader,
) -> Result<Response, Problem> {
    let lab = begin(&app, &learner).await?;
    Ok(accepted(&app, language, &lab))
}

/// Starts a learner's lab.
pub async fn begin(app: &App, learner: &store::Learner) -> Result<LabStanding, Problem> {
    let class = app.store.class_by_id(&learner.class_id).await?.ok_or(Problem::ClassUnknown)?;
    if class.ends_at.is_some_and(|ends| ends <= app.ambient.now()) {
        return Err(Problem::ClassEnded);
    }
    let before = app.labs.standing(&learner.id).await?;
    let lab = app.labs.start(&learner.id, &learner.name).await?;
    if matches!(before.state, LabState::None | LabState::Ended | LabState::Ending) {
        // What was noted at the start of exercises has gone with the lab that it spoke of.
        app.checking.forget(&learner.id);
    }
    Ok(lab)
}

fn accepted(app: &App, language: Language, lab: &LabStanding) -> Response {
    let status = if lab.state == LabState::Ready { StatusCode::OK } else { StatusCode::ACCEPTED };
    (status, Json(describe(app, language, lab))).into_response()
}

/// Ends the lab. Progress stays.
#[utoipa::path(delete, path = "/api/v1/lab", responses((status = 202, body = wire::Lab), (status = 409, body = wire::Problem)))]
pub async fn end(
    State(app): State<App>,
    Learner(learner): Learner,
    Reader(language): Reader,
) -> Result<Response, Problem> {
    if !app.labs.end(&learner.id).await? {
        return Err(Problem::LabNotReady);
    }
    let lab = app.labs.standing(&learner.id).await?;
    Ok((StatusCode::ACCEPTED, Json(describe(&app, language, &lab))).into_response())
}

/// Adds an hour to the lab.
#[utoipa::path(post, path = "/api/v1/lab/extend", responses((status = 200, body = wire::Lab), (status = 409, body = wire::Problem)))]
pub async fn extend(
    State(app): State<App>,
    Learner(learner): Learner,
    Reader(language): Reader,
) -> Result<Json<wire::Lab>, Problem> {
    let lab = app.labs.extend(&learner.id).await?;
    Ok(Json(describe(&app, language, &lab)))
}

/// A kubeconfig for the learner's own machine.
#[utoipa::path(get, path = "/api/v1/lab/kubeconfig", responses((status = 200, content_type = "application/yaml", body = String), (status = 409, body = wire::Problem)))]
pub async fn kubeconfig(
    State(app): State<App>,
    Learner(learner): Learner,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let text = app.labs.kubeconfig(&learner.id, host).await?;
    let headers = [
        (CONTENT_TYPE, "application/yaml; charset=utf-8"),
        (CONTENT_DISPOSITION, "attachment; filename=\"hangar-kubeconfig.yaml\""),
        (CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, text).into_response())
}
