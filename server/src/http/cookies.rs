//! Cookies: read from a request, written with the strictest attributes that the address allows.

use http::header::COOKIE;
use http::{HeaderMap, HeaderValue};

use crate::app::Site;

/// The value of a cookie.
pub fn get<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(name)?.strip_prefix('='))
}

/// What a session cookie is called: browsers refuse the prefixed one from another host or over HTTP.
pub fn session_name(site: &Site, kind: &str) -> String {
    if site.is_https() { format!("__Host-{kind}") } else { kind.to_owned() }
}

/// Sets a cookie that scripts cannot read; `seconds` of 0 removes it.
pub fn set(site: &Site, name: &str, value: &str, seconds: i64) -> HeaderValue {
    let secure = if site.is_https() { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
    // Names and values are letters and digits; anything else sets nothing.
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static("none=; Max-Age=0"))
}
