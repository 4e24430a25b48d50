//! The instructor's side.

use std::collections::HashMap;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderValue, StatusCode};
use serde::Deserialize;

use crate::app::App;
use crate::classroom::announcements::{self, AnnounceError};
use crate::classroom::codes;
use crate::classroom::names::NameError;
use crate::classroom::teaching::{self, ClassError, Roll};
use crate::classroom::words::Words;
use crate::http::body::{Body, In};
use crate::http::cookies;
use crate::http::language::Reader;
use crate::http::problem::Problem;
use crate::http::session::{self, Instructor};
use crate::store::{Class, LabRow};
use crate::told::LabStanding;

impl From<AnnounceError> for Problem {
    fn from(error: AnnounceError) -> Self {
        match error {
            AnnounceError::Text(NameError::Empty) => Self::TextEmpty,
            AnnounceError::Text(NameError::TooLong) => {
                Self::NameTooLong(announcements::LONGEST_TEXT)
            }
            AnnounceError::Learner => Self::LearnerUnknown,
            AnnounceError::Store(error) => error.into(),
        }
    }
}

impl From<ClassError> for Problem {
    fn from(error: ClassError) -> Self {
        match error {
            ClassError::Name(NameError::Empty) => Self::NameEmpty,
            ClassError::Name(NameError::TooLong) => Self::NameTooLong(teaching::LONGEST_NAME),
            ClassError::Seats => Self::SeatsOutOfRange,
            ClassError::Dates => Self::EndsBeforeStart,
            ClassError::Store(error) => error.into(),
        }
    }
}

/// Uses a one-time link up.
#[utoipa::path(post, path = "/api/v1/teach/sign-in", request_body = wire::SignIn, responses((status = 204), (status = 401, body = wire::Problem)))]
pub async fn sign_in(
    State(app): State<App>,
    headers: HeaderMap,
    Body(body): Body<wire::SignIn>,
) -> Result<Response, Problem> {
    open_session(&app, &headers, &body.token, StatusCode::NO_CONTENT).await
}

/// Ends the instructor's session.
#[utoipa::path(post, path = "/api/v1/teach/sign-out", responses((status = 204), (status = 401, body = wire::Problem)))]
pub async fn sign_out(
    State(app): State<App>,
    _: Instructor,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let cookie = close_session(&app, &headers).await?;
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, cookie)]).into_response())
}

/// Ends the instructor's session of a request; the cookie that takes its cookie away.
pub async fn close_session(app: &App, headers: &HeaderMap) -> Result<HeaderValue, Problem> {
    if let Some(hash) = session::instructor_hash(app, headers) {
        app.store.delete_session(&hash).await?;
    }
    let name = cookies::session_name(&app.site, session::INSTRUCTOR);
    Ok(cookies::set(&app.site, &name, "", 0))
}

/// Signs in whoever comes with a one-time link, and answers so.
pub async fn open_session(
    app: &App,
    headers: &HeaderMap,
    link: &str,
    signed_in: impl IntoResponse,
) -> Result<Response, Problem> {
    let token = app.ambient.secret();
    let name = cookies::session_name(&app.site, session::INSTRUCTOR);
    let cookie = [(SET_COOKIE, cookies::set(&app.site, &name, &token, teaching::SESSION))];
    let known = session::is_instructor(app, headers).await?;
    let used = teaching::sign_in(&app.store, &app.ambient, link, &token).await;
    match used.map_err(Problem::from) {
        Ok(true) => Ok((cookie, signed_in).into_response()),
        // It was this browser that used it.
        Ok(false) if known => Ok(signed_in.into_response()),
        Ok(false) => Err(Problem::LinkUsed),
        // If the link is used up, this is the session that it opened; one that is there is not given up for it.
        Err(Problem::PerhapsStored) if !known => {
            Ok((cookie, Problem::PerhapsStored).into_response())
        }
        Err(problem) => Err(problem),
    }
}

/// The class with a code.
pub async fn class_of(app: &App, code: &str) -> Result<Class, Problem> {
    let code = codes::canonical(code);
    app.store.class_by_code(&code).await?.ok_or(Problem::ClassUnknown)
}

/// Makes a class.
#[utoipa::path(post, path = "/api/v1/teach/classes", request_body = wire::NewClass, responses((status = 201, body = wire::Class), (status = "4XX", body = wire::Problem)))]
pub async fn create_class(
    State(app): State<App>,
    _: Instructor,
    Body(body): Body<wire::NewClass>,
) -> Result<(StatusCode, Json<wire::Class>), Problem> {
    let class = teaching::create_class(&app.store, &app.ambient, &body).await?;
    Ok((StatusCode::CREATED, Json(teaching::describe(&class))))
}

/// Every class, newest first.
#[utoipa::path(get, path = "/api/v1/teach/classes", responses((status = 200, body = Vec<wire::Class>), (status = 401, body = wire::Problem)))]
pub async fn classes(
    State(app): State<App>,
    _: Instructor,
) -> Result<Json<Vec<wire::Class>>, Problem> {
    let classes = app.store.classes().await?;
    Ok(Json(classes.iter().map(teaching::describe).collect()))
}

/// One class.
#[utoipa::path(get, path = "/api/v1/teach/classes/{code}", params(("code" = String, Path)), responses((status = 200, body = wire::Class), (status = "4XX", body = wire::Problem)))]
pub async fn class(
    State(app): State<App>,
    _: Instructor,
    In(code): In<String>,
) -> Result<Json<wire::Class>, Problem> {
    Ok(Json(teaching::describe(&class_of(&app, &code).await?)))
}

/// Learners × exercises of a class, worded.
pub async fn grid_of(
    app: &App,
    class: &Class,
    language: curriculum::Language,
) -> Result<wire::Grid, Problem> {
    let roll = Roll::call(&app.store, class).await?;
    let rows = app.store.labs_of_class(&class.id).await?;
    let stands = |row: &LabRow| (row.learner_id.clone(), app.labs.standing_of(Some(row)));
    let labs: HashMap<String, LabStanding> = rows.iter().map(stands).collect();
    let course = app.course();
    let practice = app.cluster.settings().practice;
    let words = Words { course: &course, language, practice };
    Ok(roll.grid(&course, &words, &labs))
}

/// Learners × exercises with states and reasons.
#[utoipa::path(get, path = "/api/v1/teach/classes/{code}/grid", params(("code" = String, Path)), responses((status = 200, body = wire::Grid), (status = "4XX", body = wire::Problem)))]
pub async fn grid(
    State(app): State<App>,
    _: Instructor,
    Reader(language): Reader,
    In(code): In<String>,
) -> Result<Json<wire::Grid>, Problem> {
    let class = class_of(&app, &code).await?;
    grid_of(&app, &class, language).await.map(Json)
}

/// The failing reasons, grouped.
#[utoipa::path(get, path = "/api/v1/teach/classes/{code}/stuck", params(("code" = String, Path)), responses((status = 200, body = Vec<wire::Stuck>), (status = "4XX", body = wire::Problem)))]
pub async fn stuck(
    State(app): State<App>,
    _: Instructor,
    Reader(language): Reader,
    In(code): In<String>,
) -> Result<Json<Vec<wire::Stuck>>, Problem> {
    let class = class_of(&app, &code).await?;
    Ok(Json(teaching::stuck(&grid_of(&app, &class, language).await?)))
}

/// Says something to everyone in a class, or to some of them.
#[utoipa::path(post, path = "/api/v1/teach/classes/{code}/announce", params(("code" = String, Path)), request_body = wire::Announce, responses((status = 200, body = wire::Announced), (status = "4XX", body = wire::Problem)))]
pub async fn announce(
    State(app): State<App>,
    _: Instructor,
    In(code): In<String>,
    Body(body): Body<wire::Announce>,
) -> Result<Json<wire::Announced>, Problem> {
    say(&app, &code, &body).await.map(Json)
}

/// Says something in a class.
pub async fn say(
    app: &App,
    code: &str,
    words: &wire::Announce,
) -> Result<wire::Announced, Problem> {
    let class = class_of(app, code).await?;
    let heard = announcements::announce(&app.store, &app.ambient, &class, words).await?;
    for (learner, recorded) in &heard {
        app.hub.announce(learner, recorded);
    }
    Ok(wire::Announced { learners: u32::try_from(heard.len()).unwrap_or(u32::MAX) })
}

/// The learner with an id, if she is in the class.
async fn learner_of(app: &App, code: &str, learner: &str) -> Result<String, Problem> {
    let class = class_of(app, code).await?;
    let found = app.store.learner(learner).await?;
    let found = found.filter(|one| one.class_id == class.id).ok_or(Problem::LearnerUnknown)?;
    Ok(found.id)
}

/// Adds an hour to a learner's lab.
#[utoipa::path(post, path = "/api/v1/teach/classes/{code}/learners/{learner}/extend", params(("code" = String, Path), ("learner" = String, Path)), responses((status = 204), (status = "4XX", body = wire::Problem)))]
pub async fn extend_lab(
    State(app): State<App>,
    _: Instructor,
    In((code, learner)): In<(String, String)>,
) -> Result<StatusCode, Problem> {
    act(&app, &code, &learner, LabAction::Extend).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends a learner's lab.
#[utoipa::path(post, path = "/api/v1/teach/classes/{code}/learners/{learner}/end", params(("code" = String, Path), ("learner" = String, Path)), responses((status = 204), (status = "4XX", body = wire::Problem)))]
pub async fn end_lab(
    State(app): State<App>,
    _: Instructor,
    In((code, learner)): In<(String, String)>,
) -> Result<StatusCode, Problem> {
    act(&app, &code, &learner, LabAction::End).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Lowers a learner's hand: help has come.
#[utoipa::path(delete, path = "/api/v1/teach/classes/{code}/learners/{learner}/help", params(("code" = String, Path), ("learner" = String, Path)), responses((status = 204), (status = "4XX", body = wire::Problem)))]
pub async fn lower_hand(
    State(app): State<App>,
    _: Instructor,
    In((code, learner)): In<(String, String)>,
) -> Result<StatusCode, Problem> {
    act(&app, &code, &learner, LabAction::LowerHand).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What an instructor can do for a learner.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LabAction {
    /// Add an hour.
    Extend,
    /// End it.
    End,
    /// Lower the learner's hand.
    LowerHand,
}

/// Does it.
pub async fn act(app: &App, code: &str, learner: &str, action: LabAction) -> Result<(), Problem> {
    let learner = learner_of(app, code, learner).await?;
    match action {
        LabAction::Extend => app.labs.extend(&learner).await.map(drop)?,
        LabAction::End if app.labs.end(&learner).await? => {}
        LabAction::End => return Err(Problem::LabNotReady),
        LabAction::LowerHand => super::help::lower_hand(app, &learner).await?,
    }
    Ok(())
}
