//! Addresses without a language: the front door, the theme, the printed sign-in link.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use curriculum::Language;
use frontend::forms::THEME_COOKIE;
use frontend::pages::Theme;
use http::header::VARY;
use http::{Method, Uri};
use serde::Deserialize;

use super::{A_YEAR, back, redirect_with};
use crate::app::App;
use crate::http::body::{Asked, Fields};
use crate::http::cookies;
use crate::http::language::Reader;
use crate::http::problem::Problem;

/// Leads to the course in the reader's language.
pub async fn choose(Reader(language): Reader) -> Response {
    let headers = [(VARY, "accept-language, cookie")];
    (headers, Redirect::to(&format!("/{language}/"))).into_response()
}

/// Leads from an address with a slash too many to the one without; anything else is nowhere.
pub async fn elsewhere(method: Method, uri: Uri) -> Result<Redirect, Problem> {
    let path = uri.path().trim_end_matches('/');
    // Behind a language the address can only be one of ours, never another host's.
    let ours = Language::ALL.iter().any(|it| path.starts_with(&format!("/{it}/")));
    if !matches!(method, Method::GET | Method::HEAD) || !ours || path.len() == uri.path().len() {
        return Err(Problem::NotFound);
    }
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    Ok(Redirect::permanent(&format!("{path}{query}")))
}

/// The fields of the theme's form.
#[derive(Debug, Deserialize)]
pub struct Choice {
    theme: String,
    back: Option<String>,
}

/// Remembers the theme.
pub async fn set_theme(
    State(app): State<App>,
    Reader(language): Reader,
    Fields(choice): Fields<Choice>,
) -> Result<Response, Problem> {
    let theme: Theme = choice.theme.parse().map_err(|_| Problem::Malformed("theme".to_owned()))?;
    let cookie = cookies::set(&app.site, THEME_COOKIE, theme.code(), A_YEAR);
    Ok(redirect_with(cookie, back(choice.back.as_deref(), language)))
}

/// The query of the printed link.
#[derive(Debug, Deserialize)]
pub struct Link {
    #[serde(default)]
    token: String,
}

/// Leads the printed link to the page with its button, in the reader's language.
pub async fn sign_in_link(Reader(language): Reader, Asked(link): Asked<Link>) -> Redirect {
    let token: String = link.token.chars().filter(char::is_ascii_alphanumeric).take(80).collect();
    Redirect::to(&format!("/{language}/teach/sign-in?token={token}"))
}
