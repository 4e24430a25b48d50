//! Joining a class.

use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use http::header::SET_COOKIE;
use http::{HeaderValue, StatusCode};

use crate::app::App;
use crate::classroom::codes;
use crate::classroom::join;
use crate::http::body::{Body, In};
use crate::http::cookies;
use crate::http::language::Own;
use crate::http::problem::Problem;
use crate::http::session::{self, Learner};
use crate::store;

/// Takes a seat in a class and signs the learner in. Who has a seat in it already keeps that one.
#[utoipa::path(post, path = "/api/v1/classes/{code}/join", params(("code" = String, Path)), request_body = wire::Join, responses((status = 200, body = wire::Me), (status = 201, body = wire::Me), (status = "4XX", body = wire::Problem)))]
pub async fn join(
    State(app): State<App>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    already: Option<Learner>,
    In(code): In<String>,
    Body(body): Body<wire::Join>,
) -> Result<Response, Problem> {
    if let Some(Learner(learner)) = &already
        && sits_in(&app, learner, &code).await?
    {
        return Ok(Json(super::me::describe(&app, learner.clone()).await?).into_response());
    }
    let token = app.ambient.secret();
    let joined = take_seat(&app, address.ip(), &code, &body, &token).await;
    let cookie = cookie_of(&app, &joined, already.is_some(), &token).map(|it| [(SET_COOKIE, it)]);
    let me = match joined {
        Ok(learner) => super::me::describe(&app, learner).await,
        Err(problem) => Err(problem),
    };
    Ok(match me {
        Ok(me) => (StatusCode::CREATED, cookie, Json(me)).into_response(),
        // With the cookie all the same: whoever has the seat comes back to it, and takes no second one.
        Err(problem) => (cookie, Extension(Own(body.language)), problem).into_response(),
    })
}

/// Whether a learner has a seat in the class with a code.
pub async fn sits_in(app: &App, learner: &store::Learner, code: &str) -> Result<bool, Problem> {
    let class = app.store.class_by_code(&codes::canonical(code)).await?;
    Ok(class.is_some_and(|class| class.id == learner.class_id))
}

/// Joins, and counts codes that are wrong.
pub async fn take_seat(
    app: &App,
    address: IpAddr,
    code: &str,
    body: &wire::Join,
    token: &str,
) -> Result<store::Learner, Problem> {
    let joined = join::join(&app.store, &app.ambient, code, &body.name, body.language, token).await;
    if let Ok(learner) = &joined {
        // Whoever looks at the class sees a new row.
        app.hub.nudge(&learner.class_id);
    }
    joined.map_err(Problem::from).map_err(|problem| match problem {
        Problem::ClassUnknown if !app.wrong_codes.count(address) => Problem::TooManyTries,
        other => other,
    })
}

/// The cookie of the session that was opened with a seat, or may have been.
///
/// A session that may not be there never takes the place of one that is: nobody gets that one back.
pub fn cookie_of(
    app: &App,
    joined: &Result<store::Learner, Problem>,
    has_session: bool,
    token: &str,
) -> Option<HeaderValue> {
    let opened = match joined {
        Ok(_) => true,
        Err(Problem::PerhapsStored) => !has_session,
        Err(_) => false,
    };
    let name = cookies::session_name(&app.site, session::LEARNER);
    opened.then(|| cookies::set(&app.site, &name, token, join::SESSION))
}
