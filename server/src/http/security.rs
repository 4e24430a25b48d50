//! The browser's edge: headers on every answer, and no state changed from another site's page.
//!
//! **Invariant:** the origin is checked for every method but GET, HEAD and OPTIONS, and for every upgrade, before any
//! route is looked at. A new route cannot forget it.

use axum::extract::Request;
use http::header::{AUTHORIZATION, HOST, ORIGIN, UPGRADE};
use http::{HeaderMap, HeaderName, HeaderValue, Method};

use super::problem::Problem;
use super::{cookies, session};
use crate::app::Site;

const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
    img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; \
    base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const HEADERS: &[(&str, &str)] = &[
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("permissions-policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
];

/// Puts the security headers on an answer.
pub fn put_headers(site: &Site, headers: &mut HeaderMap) {
    for (name, value) in HEADERS {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if site.is_https() {
        let year = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        headers.insert("strict-transport-security", year);
    }
}

/// Why a request is refused: another site's page has sent it.
pub fn refusal(site: &Site, request: &Request) -> Option<Problem> {
    let harmless = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS)
        && !request.headers().contains_key(UPGRADE);
    if harmless {
        return None;
    }
    let headers = request.headers();
    if !is_ours(site, headers) {
        tracing::warn!(path = request.uri().path(), "Refused a request of another origin");
        return Some(Problem::ForeignOrigin);
    }
    let unproven = is_silent(headers) && rides_on_a_cookie(site, headers);
    unproven.then_some(Problem::OriginMissing)
}

/// Whether a request does not say where it comes from.
fn is_silent(headers: &HeaderMap) -> bool {
    !headers.contains_key(ORIGIN) && !headers.contains_key("sec-fetch-site")
}

/// Whether a request is somebody's by nothing but a cookie, which a browser adds whoever asks it to send something.
fn rides_on_a_cookie(site: &Site, headers: &HeaderMap) -> bool {
    let carries = |kind| cookies::get(headers, &cookies::session_name(site, kind)).is_some();
    let bearer = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    // Browsers add a password that they know by themselves, but never a bearer token.
    !bearer.is_some_and(|value| value.starts_with("Bearer "))
        && (carries(session::LEARNER) || carries(session::INSTRUCTOR))
}

/// Whether a request comes from our own page, or from no browser at all.
///
/// Browsers always send `Origin` with what they post and with `WebSocket`s, and nearly all send
/// `Sec-Fetch-Site`. Where both are absent it is a tool, which may do what needs no cookie.
pub fn is_ours(site: &Site, headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    let fetched = text("sec-fetch-site");
    if fetched.is_some_and(|fetched| fetched != "same-origin") {
        return false;
    }
    let host = text(HOST.as_str()).unwrap_or_default().to_ascii_lowercase();
    match text(ORIGIN.as_str()) {
        None => site.answers_to(&host),
        Some(origin) => site.is_origin(&origin.to_ascii_lowercase(), &host),
    }
}
