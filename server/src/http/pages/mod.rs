//! Pages: fills the view-models that `frontend` renders. Every form works without a script.

pub mod course;
pub mod entry;
pub mod error;
mod frame;
pub mod join;
pub mod lab;
pub mod lesson;
pub mod me;
pub mod teach;

use axum::response::{Html, IntoResponse, Redirect, Response};
use curriculum::Language;
use http::header::{CACHE_CONTROL, SET_COOKIE, VARY};
use http::{HeaderMap, HeaderValue};

use super::cookies;
use super::problem::Problem;
use crate::app::App;

/// How long the choice of a language or a theme is remembered, in seconds.
const A_YEAR: i64 = 365 * 24 * 60 * 60;

/// The language that a page's address begins with.
fn language_in(segment: &str) -> Result<Language, Problem> {
    segment.parse().map_err(|_| Problem::NotFound)
}

/// A page. It is never kept by a cache: it shows what this reader has done.
fn html(app: &App, headers: &HeaderMap, language: Language, page: String) -> Response {
    let mut response = Html(page).into_response();
    let own = response.headers_mut();
    own.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    own.insert(VARY, HeaderValue::from_static("cookie"));
    let name = frontend::forms::LANGUAGE_COOKIE;
    if cookies::get(headers, name) != Some(language.code()) {
        own.append(SET_COOKIE, cookies::set(&app.site, name, language.code(), A_YEAR));
    }
    response
}

/// Back to a page of ours; anything else leads to the course.
fn back(path: Option<&str>, language: Language) -> Redirect {
    let safe = path.filter(|path| {
        path.starts_with('/')
            && !path.starts_with("//")
            && !path.contains(['\\', '\r', '\n'])
            && path.len() < 500
    });
    match safe {
        Some(path) => Redirect::to(path),
        None => Redirect::to(&format!("/{language}/")),
    }
}

/// An answer that sets a cookie and leads on.
fn redirect_with(cookie: HeaderValue, to: Redirect) -> Response {
    let mut response = to.into_response();
    response.headers_mut().append(SET_COOKIE, cookie);
    response
}
