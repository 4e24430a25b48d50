//! Who is asking: extractors that fail closed.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use http::HeaderMap;
use http::header::AUTHORIZATION;
use http::request::Parts;

use super::cookies;
use super::problem::Problem;
use crate::ambient::digest;
use crate::app::App;
use crate::classroom::readers::Known;
use crate::store::{self, Holder};

/// The kind of a learner's cookie.
pub const LEARNER: &str = "hangar";
/// The kind of an instructor's cookie.
pub const INSTRUCTOR: &str = "hangar-teach";

/// How often what stays open looks whether its session still is.
const LOOK: Duration = Duration::from_millis(900);
const _: () = assert!(LOOK.as_millis() < 1_000, "what stays open ends within a second");

/// The learner who is asking.
#[derive(Clone, Debug)]
pub struct Learner(pub store::Learner);

/// An instructor is asking.
#[derive(Clone, Debug)]
pub struct Instructor;

/// The digest of the session that a request carries.
pub fn token_hash(app: &App, headers: &HeaderMap, kind: &str) -> Option<String> {
    cookies::get(headers, &cookies::session_name(&app.site, kind)).map(digest)
}

/// The learner of a request, if there is one.
///
/// What browsers keep in a cookie, scripts may send as a bearer token.
pub async fn learner_of(app: &App, headers: &HeaderMap) -> Result<Option<store::Learner>, Problem> {
    Ok(known(app, headers).await?.map(|known| known.learner.clone()))
}

/// The learner of a request with what is on record about her, if there is one.
pub async fn known(app: &App, headers: &HeaderMap) -> Result<Option<Arc<Known>>, Problem> {
    // A proxy in front may add a token of its own; then the cookie speaks.
    for hash in bearer(headers).into_iter().chain(token_hash(app, headers, LEARNER)) {
        if let Some(known) = app.readers.find(&hash, app.ambient.now()).await? {
            return Ok(Some(known));
        }
    }
    Ok(None)
}

/// The digest of a learner's session that a request carries, as cookie or as bearer token.
pub fn learner_hash(app: &App, headers: &HeaderMap) -> Option<String> {
    token_hash(app, headers, LEARNER).or_else(|| bearer(headers))
}

/// The digest of an instructor's session that a request carries, as cookie or as bearer token.
pub fn instructor_hash(app: &App, headers: &HeaderMap) -> Option<String> {
    token_hash(app, headers, INSTRUCTOR).or_else(|| bearer(headers))
}

fn bearer(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ").map(digest)
}

/// Whether an instructor is signed in, by cookie or by bearer token.
pub async fn is_instructor(app: &App, headers: &HeaderMap) -> Result<bool, Problem> {
    // A proxy in front may add a token of its own; then the cookie speaks.
    let cookie = token_hash(app, headers, INSTRUCTOR);
    for hash in bearer(headers).into_iter().chain(cookie) {
        let holder = app.store.session(&hash, app.ambient.now()).await?;
        if matches!(holder, Some(Holder::Instructor(_))) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Ends the learner's session of a request; streams and terminals of it end at once.
pub async fn end(app: &App, headers: &HeaderMap) -> Result<(), Problem> {
    let learner = learner_of(app, headers).await?;
    if let Some(hash) = learner_hash(app, headers) {
        app.store.delete_session(&hash).await?;
    }
    if let Some(learner) = learner {
        app.hub.nudge(&learner.id);
    }
    Ok(())
}

/// Returns when a session is over, by whatever replica it was ended.
pub async fn over(app: &App, hash: &str) {
    loop {
        tokio::time::sleep(LOOK).await;
        if is_over(app, hash).await {
            return;
        }
    }
}

/// Whether a session is over. While the store cannot say, it is not.
pub async fn is_over(app: &App, hash: &str) -> bool {
    let now = app.ambient.now();
    // Most sessions are learners', and those are known without asking the store.
    !matches!(app.readers.find(hash, now).await, Ok(Some(_)))
        && matches!(app.store.session(hash, now).await, Ok(None))
}

impl FromRequestParts<App> for Learner {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        learner_of(app, &parts.headers).await?.map(Self).ok_or(Problem::SignedOut)
    }
}

impl OptionalFromRequestParts<App> for Learner {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Option<Self>, Problem> {
        Ok(learner_of(app, &parts.headers).await?.map(Self))
    }
}

impl FromRequestParts<App> for Instructor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let signed_in = is_instructor(app, &parts.headers).await?;
        if signed_in { Ok(Self) } else { Err(Problem::InstructorOnly) }
    }
}
