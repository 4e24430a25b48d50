//! The join page: a code, a name.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, State};
use axum::response::{IntoResponse, Redirect, Response};
use curriculum::Language;
use frontend::pages::join::{JoinPage, render};
use http::header::SET_COOKIE;
use http::{HeaderMap, StatusCode};
use serde::Deserialize;

use super::frame::{name, visit};
use super::{html, language_in};
use crate::app::App;
use crate::classroom::{codes, join};
use crate::http::api;
use crate::http::body::{Asked, Fields, In};
use crate::http::problem::Problem;
use crate::http::session;
use crate::http::words::describe;

/// Why someone was led here.
#[derive(Debug, Deserialize)]
pub struct Why {
    #[serde(default)]
    because: String,
}

/// The empty form; the class that takes everyone is filled in.
pub async fn show(
    State(app): State<App>,
    headers: HeaderMap,
    In(language): In<String>,
    Asked(why): Asked<Why>,
) -> Result<Response, Problem> {
    let language = language_in(&language)?;
    let signed_out = (why.because == "signed-out").then_some(Problem::SignedOut);
    let open = app.store.class_by_code(codes::OPEN).await?.is_some();
    let code = if open { codes::OPEN.to_owned() } else { String::new() };
    let draft = Draft { code, name: String::new() };
    page(&app, &headers, language, draft, signed_out).await
}

/// The form of a link. Who has a seat in that class goes on to the course.
pub async fn show_with_code(
    State(app): State<App>,
    headers: HeaderMap,
    In((language, code)): In<(String, String)>,
) -> Result<Response, Problem> {
    let language = language_in(&language)?;
    if let Some(learner) = session::learner_of(&app, &headers).await?
        && api::join::sits_in(&app, &learner, &code).await?
    {
        return Ok(Redirect::to(&format!("/{language}/")).into_response());
    }
    let problem = join::open_class(&app.store, &code, app.ambient.now()).await.err();
    let draft = Draft { code: codes::canonical(&code), name: String::new() };
    page(&app, &headers, language, draft, problem.map(Problem::from)).await
}

/// What was typed.
#[derive(Debug, Deserialize)]
pub struct Draft {
    #[serde(default)]
    code: String,
    #[serde(default)]
    name: String,
}

/// Joins, and leads to the course; what was typed comes back with what is wrong.
pub async fn join(
    State(app): State<App>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    In(language): In<String>,
    Fields(draft): Fields<Draft>,
) -> Result<Response, Problem> {
    let language = language_in(&language)?;
    let already = session::learner_of(&app, &headers).await?;
    if let Some(learner) = &already
        && api::join::sits_in(&app, learner, &draft.code).await?
    {
        return Ok(Redirect::to(&format!("/{language}/")).into_response());
    }
    let body = wire::Join { name: draft.name.clone(), language };
    let token = app.ambient.secret();
    let joined = api::join::take_seat(&app, address.ip(), &draft.code, &body, &token).await;
    let cookie = api::join::cookie_of(&app, &joined, already.is_some(), &token);
    let cookie = cookie.map(|it| [(SET_COOKIE, it)]);
    match joined {
        Ok(_) => Ok((cookie, Redirect::to(&format!("/{language}/"))).into_response()),
        // If she has the seat, she comes back to it with the cookie, and takes no second one.
        Err(Problem::PerhapsStored) => Ok((cookie, Problem::PerhapsStored).into_response()),
        // The form would ask what does not answer.
        Err(problem @ (Problem::Internal | Problem::DatabaseUnreachable)) => Err(problem),
        Err(problem) => page(&app, &headers, language, draft, Some(problem)).await,
    }
}

async fn page(
    app: &App,
    headers: &HeaderMap,
    language: Language,
    draft: Draft,
    problem: Option<Problem>,
) -> Result<Response, Problem> {
    let path = if draft.code == codes::OPEN || draft.code.is_empty() {
        "/join".to_owned()
    } else {
        format!("/join/{}", codes::canonical(&draft.code))
    };
    let mut visit = visit(app, headers, language, &path).await?;
    if visit.frame.learner.is_none() {
        // The way to joining ends here.
        visit.frame.lab = None;
    }
    let class = app.store.class_by_code(&codes::canonical(&draft.code)).await?;
    let open = app.store.class_by_code(codes::OPEN).await?.is_some();
    let title =
        app.course().messages.message(language, "page-join", &std::collections::BTreeMap::new());
    name(&mut visit.frame, &title.text);
    // A page that says why someone was led to it is answered as any other.
    let refused = problem.as_ref().filter(|problem| **problem != Problem::SignedOut);
    let status = refused.map_or(StatusCode::OK, |problem| problem.kind().0);
    let closed = matches!(
        problem,
        Some(Problem::ClassFull | Problem::ClassNotStarted | Problem::ClassEnded)
    );
    let longest = draft.name.chars().take(200).collect();
    let page = render(&JoinPage {
        frame: visit.frame,
        code: draft.code.chars().take(40).collect(),
        open,
        closed,
        class_name: class.map(|class| class.name),
        name: longest,
        problem: problem.map(|problem| describe(app, language, &problem)),
    });
    Ok((status, html(app, headers, language, page)).into_response())
}
