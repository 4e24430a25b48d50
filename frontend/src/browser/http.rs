//! Asking the server: JSON in, JSON out, problems as words for the reader.

use std::cell::Cell;

use js_sys::Object;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, RequestInit, RequestRedirect, Response};
use wire::Problem;

use super::json::Json;
use super::{decode, dom};
use crate::forms;
use crate::views::Reader;

thread_local! {
    /// The page is on its way to where one joins.
    static LEAVING: Cell<bool> = const { Cell::new(false) };
}

/// What a request carries.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Body<'a> {
    /// Nothing.
    None,
    /// A plain form, as the browser would post it.
    Form(&'a str),
    /// JSON.
    Json(&'a str),
}

/// Sends a request and reads its JSON. What went wrong comes back as words; someone who has not joined is taken to
/// where one joins.
pub(crate) async fn ask<T>(
    reader: Reader,
    method: &str,
    address: &str,
    body: Body<'_>,
    read: fn(&Json) -> Option<T>,
) -> Result<T, String> {
    let text = send(reader, method, address, body).await?;
    Json::parse(&text).as_ref().and_then(read).ok_or_else(|| reader.texts.failed.to_owned())
}

/// Sends a request and reads the answer's text.
pub(crate) async fn send(
    reader: Reader,
    method: &str,
    address: &str,
    body: Body<'_>,
) -> Result<String, String> {
    let failed = |_: JsValue| reader.texts.failed.to_owned();
    let headers = Headers::new().map_err(failed)?;
    headers.set("accept-language", reader.language.code()).map_err(failed)?;
    headers.set("accept", "application/json, application/problem+json").map_err(failed)?;
    let request = RequestInit::new();
    request.set_method(method);
    request.set_redirect(RequestRedirect::Manual);
    let (kind, text) = match body {
        Body::None => ("", ""),
        Body::Form(text) => ("application/x-www-form-urlencoded", text),
        Body::Json(text) => ("application/json", text),
    };
    if !kind.is_empty() {
        headers.set("content-type", kind).map_err(failed)?;
        request.set_body(&text.into());
    }
    request.set_headers(&Object::from(JsValue::from(headers)));
    // The page's language, not the one that another window has chosen since.
    let mark = if address.contains('?') { '&' } else { '?' };
    let address = format!("{address}{mark}lang={}", reader.language.code());
    let answer = dom::window().fetch_with_str_and_init(&address, &request);
    let answer: Response =
        JsFuture::from(answer).await.map_err(failed)?.dyn_into().map_err(failed)?;
    if answer.type_() == web_sys::ResponseType::Opaqueredirect {
        return Ok(String::new());
    }
    let text = JsFuture::from(answer.text().map_err(failed)?).await.map_err(failed)?;
    let text = text.as_string().unwrap_or_default();
    if answer.ok() {
        return Ok(text);
    }
    if answer.status() == 401 && !LEAVING.replace(true) {
        // Once: a second step to the same page would end the first, and be seen to.
        let join = format!("{}?because=signed-out", forms::join(reader.language));
        let _ = dom::window().location().set_href(&join);
        dom::after(10_000, || LEAVING.set(false));
    }
    let problem = Json::parse(&text).as_ref().and_then(decode::problem);
    Err(problem.map_or_else(|| reader.texts.failed.to_owned(), |problem| words(&problem)))
}

fn words(problem: &Problem) -> String {
    match &problem.next {
        Some(next) => format!("{} {next}", problem.title),
        None => problem.title.clone(),
    }
}
