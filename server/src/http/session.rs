//! Who is asking: extractors that fail closed.

use std::sync::Arc;

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
pub async fn learner_of(app: &App, headers: &HeaderMap) -> Result<Option<store::Learner>, Problem> {
    Ok(known(app, headers).await?.map(|known| known.learner.clone()))
}

/// The learner of a request with what is on record about her, if there is one.
pub async fn known(app: &App, headers: &HeaderMap) -> Result<Option<Arc<Known>>, Problem> {
    let Some(hash) = token_hash(app, headers, LEARNER) else { return Ok(None) };
    Ok(app.readers.find(&hash, app.ambient.now()).await?)
}

/// Whether an instructor is signed in, by cookie or by bearer token.
pub async fn is_instructor(app: &App, headers: &HeaderMap) -> Result<bool, Problem> {
    let bearer = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "))
        .map(digest);
    let Some(hash) = bearer.or_else(|| token_hash(app, headers, INSTRUCTOR)) else {
        return Ok(false);
    };
    let holder = app.store.session(&hash, app.ambient.now()).await?;
    Ok(matches!(holder, Some(Holder::Instructor(_))))
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
