//! Listening: plain HTTP, until told to stop.
//!
//! **Invariants:** whoever never ends a request's head, or has gone without a word, is let go. When serving ends, every
//! connection is closed or has had [`DRAIN`] to finish.
//!
//! **Deliberately absent:** TLS. What stands in front of the server does it.

use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service as _;
use tracing::info_span;

use crate::tasks::run_among;

/// How long requests may take to end once the server is told to stop: half of the five seconds that stopping may take in all.
const DRAIN: Duration = Duration::from_millis(2500);
/// How long the head of a request may be on its way; a connection that is quiet for as long is closed.
const GREETING: Duration = Duration::from_secs(30);
/// How long what was sent may stay without an answer from the other machine.
const SILENCE: Duration = Duration::from_mins(1);
/// The largest head of a request.
const HEAD: usize = 64 * 1024;
/// How long to wait when no connection can be taken: others end meanwhile.
const CROWDED: Duration = Duration::from_millis(50);

/// Answers with `router` until told to stop.
pub async fn serve(listener: TcpListener, router: Router, stopping: CancellationToken) {
    let conversations = TaskTracker::new();
    let cut = CancellationToken::new();
    loop {
        let accepted = tokio::select! {
            () = stopping.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, address)) => {
                prepare(&stream);
                let conversation = converse(stream, address, router.clone(), stopping.clone());
                let conversation = cut.clone().run_until_cancelled_owned(conversation);
                run_among(&conversations, info_span!("connection"), conversation);
            }
            Err(error) => {
                tracing::warn!(%error, "A connection could not be taken; trying again");
                tokio::time::sleep(CROWDED).await;
            }
        }
    }
    drop(listener);
    conversations.close();
    if tokio::time::timeout(DRAIN, conversations.wait()).await.is_err() {
        tracing::warn!("Some requests did not end in time and are cut");
        cut.cancel();
        conversations.wait().await;
    }
}

fn prepare(stream: &TcpStream) {
    // Without it small answers wait for the acknowledgement of the last one.
    let prepared = stream.set_nodelay(true);
    // A tab on a laptop that was closed says nothing more; without this its stream would stay for a quarter of an hour.
    #[cfg(target_os = "linux")]
    let prepared =
        prepared.and_then(|()| socket2::SockRef::from(stream).set_tcp_user_timeout(Some(SILENCE)));
    if let Err(error) = prepared {
        tracing::debug!(%error, "A connection stays as the system made it");
    }
}

/// Serves one connection to its end.
async fn converse(
    stream: TcpStream,
    address: SocketAddr,
    router: Router,
    stopping: CancellationToken,
) {
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(address));
        // A router is always ready.
        router.clone().call(request)
    });
    let connection = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(GREETING)
        .max_buf_size(HEAD)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stopping.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "A connection ended early");
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::get;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    use super::*;

    async fn server() -> (SocketAddr, CancellationToken, tokio::task::JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new()
            .route("/", get(async |ConnectInfo(from): ConnectInfo<SocketAddr>| from.to_string()))
            .route("/never", get(std::future::pending::<()>));
        let stopping = CancellationToken::new();
        #[expect(clippy::disallowed_methods, reason = "a test needs no span")]
        let serving = tokio::spawn(serve(listener, router, stopping.clone()));
        (address, stopping, serving)
    }

    /// Reads until the other side closes.
    async fn rest(mut stream: TcpStream) -> String {
        let mut read = Vec::new();
        // A connection that is reset has ended as well.
        drop(stream.read_to_end(&mut read).await);
        String::from_utf8(read).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_that_never_ends_is_not_waited_for() {
        let (address, _stopping, _serving) = server().await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ").await.unwrap();
        let began = tokio::time::Instant::now();

        let answer = rest(stream).await;

        assert!(!answer.contains("200"), "{answer}");
        assert!((GREETING..GREETING * 2).contains(&began.elapsed()), "{:?}", began.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_says_nothing_is_closed() {
        let (address, _stopping, _serving) = server().await;
        let stream = TcpStream::connect(address).await.unwrap();
        let began = tokio::time::Instant::now();

        assert_eq!(rest(stream).await, "");

        assert!((GREETING..GREETING * 2).contains(&began.elapsed()), "{:?}", began.elapsed());
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_that_never_ends_is_cut_when_the_server_stops() {
        let (address, stopping, serving) = server().await;
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        let mut first = [0; 15];
        stream.read_exact(&mut first).await.unwrap();
        assert_eq!(&first, b"HTTP/1.1 200 OK");
        let mut busy = TcpStream::connect(address).await.unwrap();
        busy.write_all(b"GET /never HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        // Something has to arrive before the server stops: the next answer comes after it.
        tokio::time::sleep(Duration::from_millis(10)).await;
        let began = tokio::time::Instant::now();

        stopping.cancel();

        serving.await.unwrap();
        assert!((DRAIN..DRAIN * 2).contains(&began.elapsed()), "{:?}", began.elapsed());
        assert!(rest(stream).await.contains("127.0.0.1"), "the quiet one is closed in order");
    }
}
