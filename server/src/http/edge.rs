//! What happens around every request, in one layer: each further one would copy and box everything that is inside it.
//!
//! ```text
//! is it ours? ─► handler, as long as it may take ─► a problem gets its words ─► security headers ─► numbers
//! ```

use std::time::Duration;

use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use curriculum::Language;
use http::header::{RETRY_AFTER, SET_COOKIE};
use http::{HeaderMap, Uri};
use tokio::time::{Instant, timeout};
use tracing::{Instrument as _, info_span};

use super::language::{self, Own};
use super::problem::Problem;
use super::{health, security, session, words};
use crate::app::App;

/// How long it may take to find out which language somebody speaks.
const LOOK: Duration = Duration::from_secs(1);
/// How long an answer may take to begin. Streams and terminals begin at once and go on by themselves.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long, where solutions are typed into a lab: each has its own limit there.
const LONG_PATIENCE: Duration = Duration::from_mins(15);

/// How long the answer of a route may take to begin.
fn patience(route: Option<&MatchedPath>) -> Duration {
    match route.map(MatchedPath::as_str) {
        Some("/api/v1/lab/catch-up" | "/{language}/lab") => LONG_PATIENCE,
        Some(_) | None => PATIENCE,
    }
}

/// An answer, or the word that it took too long.
async fn in_time(patience: Duration, answer: impl Future<Output = Response>) -> Response {
    timeout(patience, answer).await.unwrap_or_else(|_| Problem::TookTooLong.into_response())
}

/// The layer.
pub async fn layer(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let start = Instant::now();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let (uri, headers) = (request.uri().clone(), request.headers().clone());
    let name = route.as_ref().map_or("none", MatchedPath::as_str);
    let own = own_language(&app, &uri, &headers).await;
    if let Some(own) = own {
        request.extensions_mut().insert(Own(own));
    }
    let span = info_span!("request", method = %request.method(), route = name);
    let mut response = match security::refusal(&app.site, &request) {
        Some(problem) => problem.into_response(),
        None => in_time(patience(route.as_ref()), next.run(request)).instrument(span).await,
    };
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        let kept = [RETRY_AFTER, SET_COOKIE].map(|name| {
            let value = response.headers_mut().remove(&name);
            value.map(|value| (name, value))
        });
        // Whoever joins says it in the body.
        let named = response.extensions_mut().remove::<Own>().map(|Own(language)| language);
        let language = language::in_address(&uri).or(named).or(own);
        let language = language.unwrap_or_else(|| language::of(&uri, &headers));
        response = words::word(&app, &uri, &headers, language, &problem).await;
        response.headers_mut().extend(kept.into_iter().flatten());
    }
    security::put_headers(&app.site, response.headers_mut());
    health::count_request(name, response.status(), start.elapsed());
    response
}

/// The language of whoever is signed in, where a request of the API names none. Pages always name one.
async fn own_language(app: &App, uri: &Uri, headers: &HeaderMap) -> Option<Language> {
    if !uri.path().starts_with("/api/") || language::named(uri, headers).is_some() {
        return None;
    }
    // A database that does not answer must not be waited for twice.
    let known = timeout(LOOK, session::known(app, headers)).await.ok()?.ok()?;
    known.map(|known| known.learner.language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn an_answer_that_never_comes_is_given_up() {
        let response = in_time(patience(None), std::future::pending()).await;

        assert_eq!(response.extensions().get(), Some(&Problem::TookTooLong));
        assert_eq!(response.headers()[RETRY_AFTER], "10");
    }
}
