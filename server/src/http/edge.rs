//! What happens around every request, in one layer: each further one would copy and box everything that is inside it.
//!
//! ```text
//! is it ours? ─► handler ─► a problem gets its words ─► security headers ─► numbers
//! ```

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::header::RETRY_AFTER;
use tokio::time::Instant;

use super::problem::Problem;
use super::{health, security, words};
use crate::app::App;

/// The layer.
pub async fn layer(State(app): State<App>, request: Request, next: Next) -> Response {
    let start = Instant::now();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let (uri, headers) = (request.uri().clone(), request.headers().clone());
    let mut response = match security::refusal(&app.site, &request) {
        Some(problem) => problem.into_response(),
        None => next.run(request).await,
    };
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let retry = response.headers().get(RETRY_AFTER).cloned();
        response = words::word(&app, &uri, &headers, &problem).await;
        if let Some(retry) = retry {
            response.headers_mut().insert(RETRY_AFTER, retry);
        }
    }
    security::put_headers(&app.site, response.headers_mut());
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    health::count_request(route, response.status(), start.elapsed());
    response
}
