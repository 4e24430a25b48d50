//! An API server alone, over TLS on loopback, for trying `kubectl` on it (which sends no tokens
//! over plain HTTP; use `--insecure-skip-tls-verify`):
//! `cargo run -p apiserver --example serve -- 8001`.
//!
//! The tokens `admin` (everything) and `ada` (nothing, until roles say so) are known.

use std::sync::Arc;

use apiserver::{ApiServer, Settings, StaticToken};
use ring::rand::SecureRandom as _;
use tokio_util::sync::CancellationToken;

#[tokio::main]
#[expect(clippy::disallowed_methods, reason = "a program's main is where clocks come from")]
async fn main() -> anyhow::Result<()> {
    let port: u16 = std::env::args().nth(1).map_or(Ok(8001), |it| it.parse())?;
    let random = ring::rand::SystemRandom::new();
    let fill = move |bytes: &mut [u8]| {
        random.fill(bytes).expect("the operating system has randomness");
    };
    let mut settings = Settings::new(Arc::new(jiff::Timestamp::now), Arc::new(fill));
    settings.tokens = vec![
        StaticToken {
            token: "admin".to_owned(),
            user: "admin".to_owned(),
            groups: vec!["system:masters".to_owned()],
        },
        StaticToken { token: "ada".to_owned(), user: "ada".to_owned(), groups: Vec::new() },
    ];
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    eprintln!("listening on https://{}", listener.local_addr()?);
    let certified = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()])?;
    let key = rustls::pki_types::PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], key.into())?;
    let stop = CancellationToken::new();
    let server = ApiServer::new(settings);
    tokio::select! {
        () = server.serve_tls(listener, tls, stop.clone()) => {}
        _ = tokio::signal::ctrl_c() => stop.cancel(),
    }
    Ok(())
}
