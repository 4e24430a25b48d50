//! The kubelet's own HTTP interface, by which the API server reaches logs and commands.
//!
//! **Invariant:** it is served on loopback only, to whoever knows the token that the API server was
//! given; the API server in front of it decides who may call.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, Request, State, WebSocketUpgrade};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{Kubelet, exec, logs};
use crate::cache::Key;

type Address = Path<(String, String, String)>;

/// Serves until cancelled.
pub(crate) async fn serve(
    kubelet: Arc<Kubelet>,
    listener: TcpListener,
    token: String,
    cancel: CancellationToken,
) {
    let expected = (!token.is_empty()).then(|| format!("Bearer {token}"));
    let router = Router::new()
        .route("/containerLogs/{namespace}/{pod}/{container}", get(read_log))
        .route("/exec/{namespace}/{pod}/{container}", get(run_command))
        .with_state(kubelet)
        .layer(from_fn(move |request: Request, next: Next| {
            let given = request.headers().get(AUTHORIZATION).map(HeaderValue::as_bytes);
            let known = expected.as_ref().is_none_or(|it| given == Some(it.as_bytes()));
            async move {
                if known {
                    next.run(request).await
                } else {
                    StatusCode::UNAUTHORIZED.into_response()
                }
            }
        }));
    let served =
        axum::serve(listener, router).with_graceful_shutdown(cancel.clone().cancelled_owned());
    tokio::select! {
        // Followers of logs would hold a graceful end up.
        () = cancel.cancelled() => {}
        result = served.into_future() => {
            if let Err(error) = result {
                tracing::error!(%error, "The kubelet's HTTP interface has failed");
            }
        }
    }
}

async fn read_log(
    State(kubelet): State<Arc<Kubelet>>,
    Path((namespace, pod, container)): Address,
    Query(query): Query<logs::Query>,
) -> Response {
    logs::answer(&kubelet, &Key::new(&namespace, &pod), &container, &query)
}

async fn run_command(
    State(kubelet): State<Arc<Kubelet>>,
    Path((namespace, pod, container)): Address,
    Query(pairs): Query<Vec<(String, String)>>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let query = exec::Query::parse(pairs);
    exec::answer(&kubelet, &Key::new(&namespace, &pod), &container, query, upgrade)
}
