//! Raising a hand, and putting away what the instructor said.

use axum::Json;
use axum::extract::State;
use http::StatusCode;

use crate::app::App;
use crate::classroom::help::{self, HelpError, LONGEST_NOTE};
use crate::http::body::{Body, MaybeBody};
use crate::http::problem::Problem;
use crate::http::session::Learner;
use crate::store;

impl From<HelpError> for Problem {
    fn from(error: HelpError) -> Self {
        match error {
            HelpError::TooLong => Self::NameTooLong(LONGEST_NOTE),
            HelpError::Store(error) => error.into(),
        }
    }
}

/// Whether the learner's hand is up.
#[utoipa::path(get, path = "/api/v1/help", responses((status = 200, body = wire::Help), (status = 401, body = wire::Problem)))]
pub async fn show(Learner(learner): Learner) -> Json<wire::Help> {
    Json(help::describe(learner.hand.as_ref()))
}

/// Raises the learner's hand. One that is up stays in its place; only what it is about changes.
#[utoipa::path(post, path = "/api/v1/help", request_body = wire::AskForHelp, responses((status = 200, body = wire::Help), (status = "4XX", body = wire::Problem)))]
pub async fn raise(
    State(app): State<App>,
    Learner(learner): Learner,
    MaybeBody(body): MaybeBody<wire::AskForHelp>,
) -> Result<Json<wire::Help>, Problem> {
    raise_hand(&app, &learner, &body.note).await.map(Json)
}

/// Raises a learner's hand.
pub async fn raise_hand(
    app: &App,
    learner: &store::Learner,
    note: &str,
) -> Result<wire::Help, Problem> {
    let now = app.ambient.now();
    let (hand, recorded) = help::raise(&app.store, learner, note, now).await?;
    if let Some(recorded) = recorded {
        app.hub.announce(&learner.id, &recorded);
    }
    Ok(help::describe(Some(&hand)))
}

/// Lowers the learner's hand; one that is down stays down.
#[utoipa::path(delete, path = "/api/v1/help", responses((status = 200, body = wire::Help), (status = 401, body = wire::Problem)))]
pub async fn lower(
    State(app): State<App>,
    Learner(learner): Learner,
) -> Result<Json<wire::Help>, Problem> {
    lower_hand(&app, &learner.id).await?;
    Ok(Json(wire::Help::default()))
}

/// Lowers a learner's hand.
pub async fn lower_hand(app: &App, learner: &str) -> Result<(), Problem> {
    if let Some(recorded) = help::lower(&app.store, learner).await? {
        app.hub.announce(learner, &recorded);
    }
    Ok(())
}

/// Puts away what the instructor said up to a moment.
#[utoipa::path(post, path = "/api/v1/announcements/dismiss", request_body = wire::Dismiss, responses((status = 204), (status = "4XX", body = wire::Problem)))]
pub async fn dismiss(
    State(app): State<App>,
    Learner(learner): Learner,
    Body(body): Body<wire::Dismiss>,
) -> Result<StatusCode, Problem> {
    put_away(&app, &learner.id, body.at).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Puts announcements away. A moment that has not come yet would hide what is still to be said.
pub async fn put_away(app: &App, learner: &str, at: i64) -> Result<(), Problem> {
    app.store.dismiss(learner, at.min(app.ambient.now())).await?;
    Ok(())
}
