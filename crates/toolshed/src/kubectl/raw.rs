//! `--raw`: a path of the server's instead of objects, for `get`, `create`, `replace` and `delete`.

use http::Method;

use crate::kubectl::api::{ANYTHING, Call, JSON};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::manifest::LARGEST_INPUT;
use crate::kubectl::session::Session;

/// What changes the request or the answer, and therefore cannot stand beside `get --raw`.
const FILTERS: [&str; 7] = [
    "watch",
    "watch-only",
    "selector",
    "filename",
    "output-watch-events",
    "show-labels",
    "field-selector",
];

/// Runs `get --raw`.
pub(crate) async fn get(session: &mut Session) -> Outcome {
    if !session.arguments().is_empty() {
        return Err(Failure::error("arguments may not be passed when --raw is specified"));
    }
    if FILTERS.iter().any(|flag| session.flags.changed(flag)) {
        return Err(Failure::error(
            "--raw may not be specified with other flags that filter the server request or alter \
             the output",
        ));
    }
    no_output(session)?;
    send(session, Method::GET, None).await
}

/// Runs `create --raw` or `replace --raw`, which send one file as it is.
pub(crate) async fn write(session: &mut Session, method: Method) -> Outcome {
    let file = match session.flags.list("filename") {
        [file] => file.clone(),
        _ => return Err(Failure::error("--raw can only use a single local file or stdin")),
    };
    no_output(session)?;
    send(session, method, Some(file)).await
}

/// Runs `delete --raw`.
pub(crate) async fn delete(session: &mut Session) -> Outcome {
    let file = session.flags.list("filename").first().cloned();
    send(session, Method::DELETE, file).await
}

fn no_output(session: &Session) -> Outcome {
    if session.flags.text("output").is_empty() {
        return Ok(());
    }
    Err(Failure::error("--raw and --output are mutually exclusive"))
}

async fn send(session: &mut Session, method: Method, file: Option<String>) -> Outcome {
    let path = session.flags.text("raw").to_owned();
    if !path.starts_with('/') {
        let words =
            format!("--raw must be a valid URL path: parse {path:?}: invalid URI for request");
        return Err(Failure::error(words));
    }
    let mut call = Call::new(method, path).accept(ANYTHING).streamed();
    if let Some(file) = file {
        call = call.body(JSON, contents(session, &file).await?);
    }
    let answer = session.api.bytes(call).await?;
    session.out(answer).await
}

async fn contents(session: &mut Session, file: &str) -> Outcome<Vec<u8>> {
    if file == "-" {
        let input = session.context.stdin.read_to_end(LARGEST_INPUT).await;
        return input.ok_or_else(|| Failure::error("standard input is too large"));
    }
    let found = session.context.files.read(&session.path(file));
    let missing = || Failure::error(format!("open {file}: no such file or directory"));
    found.map(|bytes| bytes.to_vec()).ok_or_else(missing)
}
