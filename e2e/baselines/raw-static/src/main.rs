//! A baseline: axum answers every request with the bytes of one file, and does nothing else.
//!
//! `raw-static FILE ADDRESS`

use anyhow::Context as _;
use axum::Router;
use axum::body::Bytes;
use axum::http::header;
use axum::serve::ListenerExt as _;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().context("which file?")?;
    let address = arguments.next().context("which address?")?;
    let body = Bytes::from(std::fs::read(&file).with_context(|| format!("reading {file}"))?);
    let answer = move || {
        let body = body.clone();
        async move { ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], body) }
    };
    let listener = tokio::net::TcpListener::bind(&address).await?.tap_io(|stream| {
        // Without this, small answers wait for the other side's delayed acknowledgement.
        let _ = stream.set_nodelay(true);
    });
    axum::serve(listener, Router::new().fallback(answer)).await?;
    Ok(())
}
