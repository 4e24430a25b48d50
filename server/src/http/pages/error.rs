//! What went wrong, as a page.

use curriculum::Language;
use frontend::pages::error::{ErrorPage, render};
use http::{HeaderMap, Uri};

use super::frame;
use crate::app::App;
use crate::http::words::DOWNLOAD;

/// The page for a problem. It asks nothing of the store, which may be what has failed.
#[expect(clippy::unused_async, reason = "its caller awaits every kind of page alike")]
pub async fn page(
    app: &App,
    uri: &Uri,
    headers: &HeaderMap,
    language: Language,
    problem: wire::Problem,
) -> String {
    let path = match uri.path() {
        // The file that did not come is offered, and explained, on the learner's own page.
        DOWNLOAD => "/me",
        path => path.strip_prefix(&format!("/{language}")).unwrap_or("/"),
    };
    let mut frame = frame::bare(app, headers, language, if path.is_empty() { "/" } else { path });
    frame::name(&mut frame, &problem.title);
    render(&ErrorPage { frame, problem })
}
