//! Gives problems their words: on a page or as problem details, in the reader's language.

use axum::Json;
use axum::response::{Html, IntoResponse, Response};
use curriculum::Language;
use http::header::{CONTENT_LANGUAGE, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Uri};

use super::pages;
use super::problem::Problem;
use crate::app::App;

/// The one address of the API that people open by a link on a page.
pub(super) const DOWNLOAD: &str = "/api/v1/lab/kubeconfig";

/// Words a [`Problem`] that is about to leave the server.
pub async fn word(
    app: &App,
    uri: &Uri,
    headers: &HeaderMap,
    language: Language,
    problem: &Problem,
) -> Response {
    let worded = describe(app, language, problem);
    let (status, _) = problem.kind();
    let accept = headers.get("accept").and_then(|accept| accept.to_str().ok());
    let speaks_html = accept.is_some_and(|accept| accept.contains("text/html"));
    let is_api = uri.path().starts_with("/api/") && uri.path() != DOWNLOAD;
    let mut response = if is_api || !speaks_html {
        let media_type = HeaderValue::from_static(wire::Problem::MEDIA_TYPE);
        (status, [(CONTENT_TYPE, media_type)], Json(worded)).into_response()
    } else {
        let page = pages::error::page(app, uri, headers, language, worded).await;
        (status, Html(page)).into_response()
    };
    let code = HeaderValue::from_static(language.code());
    response.headers_mut().insert(CONTENT_LANGUAGE, code);
    response
}

/// A problem in words.
pub fn describe(app: &App, language: Language, problem: &Problem) -> wire::Problem {
    let course = app.course();
    let (status, code) = problem.kind();
    let mut message =
        course.messages.message(language, &format!("problem-{code}"), &problem.parameters());
    if let Problem::TooEarly(reason) = problem {
        message.text = course.messages.reason(language, reason).text;
    }
    wire::Problem {
        status: status.as_u16(),
        code: code.to_owned(),
        title: message.text,
        next: message.attributes.remove("next").filter(|next| !next.is_empty()),
    }
}
