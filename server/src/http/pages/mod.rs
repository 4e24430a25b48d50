//! Pages: fills the view-models that `frontend` renders. Every form works without a script.

pub mod course;
pub mod entry;
pub mod error;
mod frame;
pub mod help;
pub mod join;
pub mod kept;
pub mod lab;
pub mod lesson;
pub mod me;
pub mod teach;

use axum::response::{Html, IntoResponse, Redirect, Response};
use curriculum::Language;
use http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, SET_COOKIE, VARY};
use http::{HeaderMap, HeaderValue};

use kept::Page;

use super::cookies;
use super::problem::Problem;
use crate::app::App;

/// How long the choice of a language or a theme is remembered, in seconds.
const A_YEAR: i64 = 365 * 24 * 60 * 60;

/// The language that a page's address begins with.
fn language_in(segment: &str) -> Result<Language, Problem> {
    segment.parse().map_err(|_| Problem::NotFound)
}

/// A page. It is never kept by a cache outside: it shows what this reader has done.
fn html(app: &App, headers: &HeaderMap, language: Language, page: String) -> Response {
    dressed(app, headers, language, Html(page).into_response())
}

/// A page that is kept, compressed where that is wanted.
fn kept_html(app: &App, headers: &HeaderMap, language: Language, page: &Page) -> Response {
    let mut response = if takes_gzip(headers) {
        let mut response = Html(page.gzip()).into_response();
        response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        response
    } else {
        Html(page.plain()).into_response()
    };
    response.headers_mut().append(VARY, HeaderValue::from_static("accept-encoding"));
    dressed(app, headers, language, response)
}

fn takes_gzip(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    accepted.unwrap_or_default().split(',').any(|one| one.trim() == "gzip")
}

fn dressed(app: &App, headers: &HeaderMap, language: Language, mut response: Response) -> Response {
    let own = response.headers_mut();
    own.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    own.append(VARY, HeaderValue::from_static("cookie"));
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
