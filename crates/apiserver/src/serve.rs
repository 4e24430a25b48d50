//! Listening: plain HTTP or TLS, until told to stop.
//!
//! **Invariant:** when serving ends, every watch has ended and every connection is closed or has
//! had five seconds to finish.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use jiff::SignedDuration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::bootstrap;
use crate::core::Core;
use crate::http;
use crate::settings::Settings;
use crate::verbs::core_resource;

/// How long a client may take to send its headers, or to greet over TLS.
const GREETING: Duration = Duration::from_secs(10);

/// How long open requests may take to finish once serving ends.
const DRAIN: Duration = Duration::from_secs(5);

/// The largest request head.
const HEAD_LIMIT: usize = 64 << 10;

/// An API server; clones share one state.
#[derive(Clone)]
pub struct ApiServer(Arc<Core>);

impl ApiServer {
    /// A server with the objects that every cluster has from its beginning.
    pub fn new(settings: Settings) -> Self {
        let core = Arc::new(Core::new(settings));
        bootstrap::seed(&core);
        Self(core)
    }

    /// The whole API as one router.
    pub fn router(&self) -> Router {
        http::router(Arc::clone(&self.0))
    }

    /// Removes what has outlived its time, such as events, until cancelled; runs beside serving.
    pub async fn forget(&self, stop: CancellationToken) {
        let mut written = self.0.store.subscribe(core_resource("events"));
        while !stop.is_cancelled() {
            let wait = self.0.store.next_expiry().map(|end| end.duration_since(self.0.now()));
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(wait) => self.0.store.expire(),
                // Only the first event makes a wait shorter.
                _ = written.changed(), if wait.is_none() => {}
            }
        }
    }

    /// Serves plain HTTP until cancelled.
    pub async fn serve(&self, listener: TcpListener, stop: CancellationToken) {
        self.accept(listener, None, stop).await;
    }

    /// Serves over TLS until cancelled.
    pub async fn serve_tls(
        &self,
        listener: TcpListener,
        tls: rustls::ServerConfig,
        stop: CancellationToken,
    ) {
        self.accept(listener, Some(TlsAcceptor::from(Arc::new(tls))), stop).await;
    }

    async fn accept(
        &self,
        listener: TcpListener,
        tls: Option<TlsAcceptor>,
        stop: CancellationToken,
    ) {
        let conversations = TaskTracker::new();
        let router = http::router_until(Arc::clone(&self.0), stop.clone());
        loop {
            let accepted = tokio::select! {
                () = stop.cancelled() => break,
                accepted = listener.accept() => accepted,
            };
            let Ok((stream, _)) = accepted else {
                // Out of file descriptors, most likely: closing connections will free some.
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            };
            let _ = stream.set_nodelay(true);
            conversations.spawn(greet(stream, tls.clone(), router.clone(), stop.clone()));
        }
        drop(listener);
        conversations.close();
        let _ = tokio::time::timeout(DRAIN, conversations.wait()).await;
    }
}

/// Sleeps that long, and a moment more; for ever without.
async fn sleep(wait: Option<SignedDuration>) {
    match wait {
        Some(wait) => {
            let wait = Duration::try_from(wait).unwrap_or_default();
            tokio::time::sleep(wait + Duration::from_millis(1)).await;
        }
        None => std::future::pending().await,
    }
}

/// Takes one connection through its greeting and serves it to its end.
async fn greet(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    router: Router,
    stop: CancellationToken,
) {
    match tls {
        None => converse(stream, router, stop).await,
        Some(acceptor) => match tokio::time::timeout(GREETING, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => converse(stream, router, stop).await,
            Ok(Err(error)) => tracing::debug!(%error, "A client failed to greet over TLS"),
            Err(_) => tracing::debug!("A client did not finish its greeting over TLS"),
        },
    }
}

async fn converse<S>(stream: S, router: Router, stop: CancellationToken)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(GREETING)
        .max_buf_size(HEAD_LIMIT)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
        .with_upgrades();
    let mut connection = pin!(connection);
    let result = tokio::select! {
        result = connection.as_mut() => result,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = result {
        tracing::debug!(%error, "A connection ended early");
    }
}
