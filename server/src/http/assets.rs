//! Styles, scripts, fonts and icons, embedded in the binary.
//!
//! What lies under `/pkg/` has its content's hash in its name and never changes; `/static/` is asked for again after
//! an hour. In a debug build both are read from disk at every request.

use std::borrow::Cow;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use frontend::assets::Assets;
use http::header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use http::{HeaderMap, HeaderValue};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::body::In;
use super::problem::Problem;
use crate::app::App;

#[derive(RustEmbed)]
#[folder = "../target/site"]
#[allow_missing = true]
struct BuiltFiles;

#[derive(RustEmbed)]
#[folder = "../static"]
#[allow_missing = true]
struct FixedFiles;

const FOREVER: &str = "public, max-age=31536000, immutable";
const AN_HOUR: &str = "public, max-age=3600";

/// The built files' names.
#[derive(Clone, Debug)]
pub struct Site {
    assets: Arc<Assets>,
}

impl Site {
    /// Reads the manifest that the build left; without one, plain names are used.
    pub fn load() -> Self {
        let manifest = BuiltFiles::get("manifest.json");
        let parsed = manifest.and_then(|file| {
            let text = std::str::from_utf8(&file.data).ok()?;
            Assets::parse(text).ok()
        });
        Self { assets: Arc::new(parsed.unwrap_or_default()) }
    }

    /// The names, for pages. A debug build looks again, so that a rebuilt site is seen at once.
    pub fn assets(&self) -> Arc<Assets> {
        if cfg!(debug_assertions) { Self::load().assets } else { Arc::clone(&self.assets) }
    }
}

/// A built file, compressed as the browser likes it.
pub async fn built(headers: HeaderMap, In(path): In<String>) -> Result<Response, Problem> {
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    let accepted = accepted.unwrap_or_default();
    for (encoding, ending) in [("br", "br"), ("gzip", "gz")] {
        let accepts = accepted.split(',').any(|one| one.trim().split(';').next() == Some(encoding));
        let packed = accepts.then(|| BuiltFiles::get(&format!("pkg/{path}.{ending}"))).flatten();
        if let Some(file) = packed {
            let mut response = answer(&path, file, FOREVER);
            let encoding = HeaderValue::from_static(encoding);
            response.headers_mut().insert(CONTENT_ENCODING, encoding);
            response.headers_mut().insert(VARY, HeaderValue::from_static("accept-encoding"));
            return Ok(response);
        }
    }
    let file = BuiltFiles::get(&format!("pkg/{path}")).ok_or(Problem::NotFound)?;
    Ok(answer(&path, file, FOREVER))
}

/// A file of `static/`.
pub async fn fixed(In(path): In<String>) -> Result<Response, Problem> {
    let file = FixedFiles::get(&path).ok_or(Problem::NotFound)?;
    Ok(answer(&path, file, AN_HOUR))
}

/// What search engines may read.
pub async fn robots(State(_): State<App>) -> Result<Response, Problem> {
    let file = FixedFiles::get("robots.txt").ok_or(Problem::NotFound)?;
    Ok(answer("robots.txt", file, AN_HOUR))
}

fn answer(path: &str, file: EmbeddedFile, cache: &'static str) -> Response {
    let headers = [(CONTENT_TYPE, media_type(path)), (CACHE_CONTROL, cache)];
    let bytes = match file.data {
        Cow::Borrowed(embedded) => Bytes::from_static(embedded),
        Cow::Owned(read) => Bytes::from(read),
    };
    (headers, bytes).into_response()
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or_default() {
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        "json" | "webmanifest" => "application/json",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
