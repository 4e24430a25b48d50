//! Who one is, and how far.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::SET_COOKIE;
use serde::Deserialize;

use crate::app::App;
use crate::classroom::progress::Record;
use crate::http::body::Body;
use crate::http::cookies;
use crate::http::problem::Problem;
use crate::http::session::{self, Learner};
use crate::store;

/// The learner with her class and her progress.
#[utoipa::path(get, path = "/api/v1/me", responses((status = 200, body = wire::Me), (status = 401, body = wire::Problem)))]
pub async fn show(
    State(app): State<App>,
    Learner(learner): Learner,
) -> Result<Json<wire::Me>, Problem> {
    describe(&app, learner).await.map(Json)
}

/// A learner as the API shows her.
pub async fn describe(app: &App, learner: store::Learner) -> Result<wire::Me, Problem> {
    let class = app.store.class_by_id(&learner.class_id).await?.ok_or(Problem::ClassUnknown)?;
    let record = Record::load(&app.store, &learner.id).await?;
    Ok(wire::Me {
        id: learner.id,
        name: learner.name,
        language: learner.language,
        class_code: class.code,
        class_name: class.name,
        progress: record.progress(&app.course()),
    })
}

/// The body of `POST /api/v1/me/language`.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// The language to use from now on.
    language: wire::Language,
}

/// Remembers the language that the learner chose.
#[utoipa::path(post, path = "/api/v1/me/language", request_body = Choice, responses((status = 204), (status = "4XX", body = wire::Problem)))]
pub async fn set_language(
    State(app): State<App>,
    Learner(learner): Learner,
    Body(choice): Body<Choice>,
) -> Result<StatusCode, Problem> {
    app.store.set_language(&learner.id, choice.language).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Deletes everything that is known about the learner, with the lab.
#[utoipa::path(delete, path = "/api/v1/me", responses((status = 204), (status = 401, body = wire::Problem)))]
pub async fn delete(
    State(app): State<App>,
    Learner(learner): Learner,
) -> Result<Response, Problem> {
    forget(&app, &learner).await?;
    let name = cookies::session_name(&app.site, session::LEARNER);
    let cookie = cookies::set(&app.site, &name, "", 0);
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, cookie)]).into_response())
}

/// Deletes a learner. What is left of the lab has no owner then, and is swept.
pub async fn forget(app: &App, learner: &store::Learner) -> Result<(), Problem> {
    app.labs.end(&learner.id).await?;
    app.labs.forget_learner(&learner.id).await?;
    app.checking.forget(&learner.id);
    // Streams and terminals that are still open look whether they may go on.
    app.hub.nudge(&learner.id);
    app.hub.nudge(&learner.class_id);
    Ok(())
}
