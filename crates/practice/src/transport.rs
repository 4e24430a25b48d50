//! HTTP without a network: clients and API server in one process meet over pipes in memory.
//!
//! **Invariant:** it is HTTP/1.1 all the same, upgrades included, so nothing behaves differently from
//! a connection over loopback, but for time: with a stepped clock, bytes on a socket are invisible to
//! the runtime and time would run past them.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use http::{HeaderValue, Request, Response, Uri};
use hyper::body::Incoming;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::Client as Pool;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use kube::client::Body;
use tokio::io::DuplexStream;
use tower::ServiceExt;
use tower::util::BoxCloneSyncService;

/// How many bytes a pipe holds before its writer waits.
const PIPE: usize = 64 * 1024;
/// How long a connection that nobody uses is kept.
const IDLE: Duration = Duration::from_secs(30);

/// Gives the token of a request; asked for each one, since tokens are renewed.
pub(crate) type Token = Arc<dyn Fn() -> String + Send + Sync>;

/// Makes clients of one API server.
#[derive(Clone)]
pub(crate) struct Transport {
    pool: Pool<Connector, Body>,
}

/// Opens connections to a router.
#[derive(Clone)]
struct Connector {
    service: BoxCloneSyncService<Uri, Pipe, io::Error>,
}

/// One end of a pipe, as hyper wants it.
struct Pipe(TokioIo<DuplexStream>);

impl Transport {
    /// A transport to the API server behind `router`.
    pub(crate) fn new(router: Router) -> Self {
        let connect = tower::service_fn(move |_: Uri| {
            let (near, far) = tokio::io::duplex(PIPE);
            tokio::spawn(serve(far, router.clone()));
            std::future::ready(Ok::<_, io::Error>(Pipe(TokioIo::new(near))))
        });
        let connector = Connector { service: BoxCloneSyncService::new(connect) };
        let pool = Pool::builder(TokioExecutor::new())
            .pool_idle_timeout(IDLE)
            .pool_timer(TokioTimer::new())
            .build(connector);
        Self { pool }
    }

    /// A client whose requests carry a token.
    pub(crate) fn client(&self, token: Token) -> kube::Client {
        let pool = self.pool.clone();
        let service = tower::service_fn(move |request: Request<Body>| {
            let (pool, token) = (pool.clone(), token());
            async move { pool.request(address(request, &token)?).await.map_err(Into::into) }
        });
        let service = service.map_err(|error: tower::BoxError| error);
        let service = service.map_response(|response: Response<Incoming>| response);
        kube::Client::new(service, "default")
    }
}

/// Makes a request absolute and says who asks.
fn address(mut request: Request<Body>, token: &str) -> Result<Request<Body>, tower::BoxError> {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    *request.uri_mut() = format!("http://practice.invalid{path}").parse()?;
    let bearer = HeaderValue::from_str(&format!("Bearer {token}"))?;
    request.headers_mut().insert(http::header::AUTHORIZATION, bearer);
    Ok(request)
}

async fn serve(stream: DuplexStream, router: Router) {
    let connection = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
        .with_upgrades();
    if let Err(error) = connection.await {
        tracing::debug!(%error, "A connection in memory ended early");
    }
}

impl tower::Service<Uri> for Connector {
    type Response = Pipe;
    type Error = io::Error;
    type Future = <BoxCloneSyncService<Uri, Pipe, io::Error> as tower::Service<Uri>>::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), io::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        self.service.call(to)
    }
}

impl Connection for Pipe {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl Read for Pipe {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl Write for Pipe {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}
