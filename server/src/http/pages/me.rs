//! The learner's own page.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use frontend::i18n::page_texts;
use frontend::pages::me::{MePage, render};
use http::HeaderMap;
use serde::Deserialize;

use super::frame::{name, visit};
use super::{html, language_in, redirect_with};
use crate::app::App;
use crate::http::api;
use crate::http::body::{Fields, In};
use crate::http::cookies;
use crate::http::problem::Problem;
use crate::http::session::{self, Learner};

/// Shows what is proven; leads to joining when nobody has joined.
pub async fn show(
    State(app): State<App>,
    headers: HeaderMap,
    In(language): In<String>,
) -> Result<Response, Problem> {
    let language = language_in(&language)?;
    let mut visit = visit(&app, &headers, language, "/me").await?;
    let Some(known) = visit.known.clone() else {
        return Ok(Redirect::to(&format!("/{language}/join")).into_response());
    };
    name(&mut visit.frame, page_texts(language).me_title);
    let course = app.course();
    let passed = course
        .exercises()
        .filter_map(|(_, exercise)| Some((exercise.id.clone(), known.record.passed_at(exercise)?)));
    let page = render(&MePage {
        passed: passed.collect(),
        frame: visit.frame,
        joined_at: known.learner.joined_at,
        cluster: app.cluster_name.clone(),
    });
    Ok(html(&app, &headers, language, page))
}

/// Ends the session in this browser; nothing is deleted.
pub async fn leave(
    State(app): State<App>,
    headers: HeaderMap,
    In(language): In<String>,
) -> Result<Response, Problem> {
    let language = language_in(&language)?;
    session::end(&app, &headers).await?;
    Ok(signed_out(&app, language))
}

fn signed_out(app: &App, language: curriculum::Language) -> Response {
    let cookie_name = cookies::session_name(&app.site, session::LEARNER);
    let cookie = cookies::set(&app.site, &cookie_name, "", 0);
    redirect_with(cookie, Redirect::to(&format!("/{language}/")))
}

/// The field that must be ticked.
#[derive(Debug, Deserialize)]
pub struct Confirmation {
    #[serde(default)]
    confirm: String,
}

/// Deletes everything that is known about the learner.
pub async fn delete(
    State(app): State<App>,
    Learner(learner): Learner,
    In(language): In<String>,
    Fields(confirmation): Fields<Confirmation>,
) -> Result<Response, Problem> {
    let language = language_in(&language)?;
    if confirmation.confirm != "yes" {
        return Ok(Redirect::to(&format!("/{language}/me")).into_response());
    }
    api::me::forget(&app, &learner).await?;
    Ok(signed_out(&app, language))
}
