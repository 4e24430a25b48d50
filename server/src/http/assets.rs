//! Styles, scripts, fonts and icons, embedded in the binary.
//!
//! What lies under `/pkg/` has its content's hash in its name and never changes; `/static/` is asked for again after
//! an hour, and then with its tag, so that what has not changed is not sent. In a debug build both are read from disk at every request.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use frontend::assets::Assets;
use http::header::{
    ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY,
};
use http::{HeaderMap, HeaderValue, StatusCode};
use rust_embed::{EmbeddedFile, RustEmbed};

use super::body::In;
use super::pages::kept;
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
    for (encoding, ending) in [("br", "br"), ("gzip", "gz")] {
        let packed = accepts(&headers, encoding)
            .then(|| BuiltFiles::get(&format!("pkg/{path}.{ending}")))
            .flatten();
        if let Some(file) = packed {
            let tag = tag(&file, "");
            return Ok(answer(&headers, &path, bytes(file), &tag, FOREVER, Some(encoding)));
        }
    }
    let file = BuiltFiles::get(&format!("pkg/{path}")).ok_or(Problem::NotFound)?;
    let tag = tag(&file, "");
    Ok(answer(&headers, &path, bytes(file), &tag, FOREVER, None))
}

/// A file of `static/`, compressed once when it is first asked for.
pub async fn fixed(headers: HeaderMap, In(path): In<String>) -> Result<Response, Problem> {
    static PACKED: Packed = Packed(Mutex::new(BTreeMap::new()));
    let file = FixedFiles::get(&path).ok_or(Problem::NotFound)?;
    let is_text = matches!(media_type(&path).split(';').next(), Some(kind) if kind.starts_with("text/"))
        || media_type(&path) == "image/svg+xml";
    if is_text && accepts(&headers, "gzip") {
        let tag = tag(&file, "-gz");
        let packed = PACKED.of(&tag, &file);
        return Ok(answer(&headers, &path, packed, &tag, AN_HOUR, Some("gzip")));
    }
    let tag = tag(&file, "");
    Ok(answer(&headers, &path, bytes(file), &tag, AN_HOUR, None))
}

/// What search engines may read.
pub async fn robots(State(_): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    let file = FixedFiles::get("robots.txt").ok_or(Problem::NotFound)?;
    let tag = tag(&file, "");
    Ok(answer(&headers, "robots.txt", bytes(file), &tag, AN_HOUR, None))
}

/// Files of `static/` as they travel, by their tags: there are only as many as there are files.
struct Packed(Mutex<BTreeMap<String, Bytes>>);

impl Packed {
    fn of(&self, tag: &str, file: &EmbeddedFile) -> Bytes {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(packed) = kept.get(tag) {
            return packed.clone();
        }
        let packed = kept::gzip(&file.data, Compression::best());
        kept.insert(tag.to_owned(), packed.clone());
        packed
    }
}

fn accepts(headers: &HeaderMap, encoding: &str) -> bool {
    let accepted = headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    accepted.unwrap_or_default().split(',').any(|one| {
        let mut parts = one.split(';').map(str::trim);
        parts.next() == Some(encoding) && parts.all(|part| part != "q=0")
    })
}

/// A strong tag: the beginning of the content's digest, and how it is packed.
fn tag(file: &EmbeddedFile, packed: &str) -> String {
    use std::fmt::Write as _;
    let mut tag = String::from("\"");
    for byte in &file.metadata.sha256_hash()[..12] {
        write!(tag, "{byte:02x}").expect("a text takes what is written");
    }
    tag + packed + "\""
}

fn bytes(file: EmbeddedFile) -> Bytes {
    match file.data {
        Cow::Borrowed(embedded) => Bytes::from_static(embedded),
        Cow::Owned(read) => Bytes::from(read),
    }
}

/// The file; or 304 when the browser has these very bytes.
fn answer(
    headers: &HeaderMap,
    path: &str,
    bytes: Bytes,
    tag: &str,
    cache: &'static str,
    encoding: Option<&'static str>,
) -> Response {
    let known = headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
    let known = known.unwrap_or_default().split(',').map(str::trim);
    let has_it = known.clone().any(|one| one == "*" || one.trim_start_matches("W/") == tag);
    let mut response = if has_it {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(CONTENT_TYPE, media_type(path))], bytes).into_response()
    };
    let own = response.headers_mut();
    own.insert(CACHE_CONTROL, HeaderValue::from_static(cache));
    own.insert(VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(tag) = HeaderValue::from_str(tag) {
        own.insert(ETAG, tag);
    }
    if let Some(encoding) = encoding.filter(|_| !has_it) {
        own.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    response
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
