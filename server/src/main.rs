//! The `hangar` binary: its commands.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use clap::{CommandFactory as _, Parser as _};
use hangar::ambient::Ambient;
use hangar::app;
use hangar::app::here;
use hangar::causes::chain;
use hangar::commands;
use hangar::settings::{
    AloneSettings, CheckSettings, Cli, Command, ContentCommand, ServeSettings, SiteSettings,
};
use ring::rand::SecureRandom as _;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Serve(settings) => serve(&settings),
        Command::Cluster(settings) => cluster(&settings),
        Command::Content(ContentCommand::Check(settings)) => check(&settings),
        Command::SignInLink(settings) => sign_in_link(&settings),
        Command::Doctor(_) => later("doctor"),
        Command::Rehearse(_) => later("rehearse"),
        Command::Backup(_) => later("backup"),
        Command::Restore(_) => later("restore"),
        Command::Completion { shell } => {
            let mut command = Cli::command();
            clap_complete::generate(shell, &mut command, "hangar", &mut std::io::stdout());
            Ok(())
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let mut out = std::io::stderr().lock();
            // Where not even this can be written, the exit code has to do.
            drop(writeln!(out, "hangar: {}", chain(error.as_ref())));
            ExitCode::FAILURE
        }
    }
}

/// The real clock and the system's randomness: the one place that touches them.
#[expect(clippy::disallowed_methods, reason = "here they are handed to everything else")]
fn ambient() -> Ambient {
    let random = ring::rand::SystemRandom::new();
    Ambient {
        clock: Arc::new(jiff::Timestamp::now),
        random: Arc::new(move |buffer| {
            random.fill(buffer).expect("the operating system always has randomness");
        }),
    }
}

fn start_log(level: &str, json: bool) {
    let filter = tracing_subscriber::EnvFilter::try_from_env("HANGAR_LOG").unwrap_or_else(|_| {
        tracing_subscriber::EnvFilter::new(format!("{level},kube_client=off,kube_runtime=off"))
    });
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    if json {
        log.json().init();
    } else {
        log.init();
    }
}

fn serve(settings: &ServeSettings) -> anyhow::Result<()> {
    start_log("info", settings.log_json);
    // Both TLS and the metrics are one a process.
    drop(rustls::crypto::ring::default_provider().install_default());
    hangar::http::recorder();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let outcome = runtime.block_on(run(settings));
    runtime.shutdown_timeout(std::time::Duration::from_millis(200));
    outcome
}

async fn run(settings: &ServeSettings) -> anyhow::Result<()> {
    // First of all, so that nothing is touched when another server has the address.
    let listener = TcpListener::bind(settings.site.listen).await.with_context(|| {
        format!("cannot listen on {}: choose another address with --listen", settings.site.listen)
    })?;
    let address = listener.local_addr()?;
    let running = app::start(settings, ambient()).await?;
    let url = running.app.site.address(&here(address));
    let token = running.app.first_sign_in().await?;
    greet(&url, token.as_deref())?;
    running.serve(listener, told_to_stop()?).await
}

/// Says where the server is and how to sign in, at once: who waits for the first line reads both.
fn greet(url: &str, token: Option<&str>) -> std::io::Result<()> {
    let sign_in = token
        .map(|token| format!("Sign in as instructor, once: {url}/teach/sign-in?token={token}\n"));
    let mut out = std::io::stdout().lock();
    write!(out, "Hangar is at {url}/\n{}", sign_in.unwrap_or_default())?;
    out.flush()
}

/// Ends with SIGTERM or Ctrl-C.
fn told_to_stop() -> anyhow::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    })
}

fn cluster(settings: &AloneSettings) -> anyhow::Result<()> {
    start_log("warn", false);
    drop(rustls::crypto::ring::default_provider().install_default());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async { commands::cluster::serve(settings, ambient(), told_to_stop()?).await })
}

fn sign_in_link(settings: &SiteSettings) -> anyhow::Result<()> {
    start_log("error", false);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(commands::sign_in_link::print(settings, &ambient()))
}

/// What is promised and not there yet says so.
fn later(command: &str) -> anyhow::Result<()> {
    bail!("`hangar {command}` is not there yet: the README says what comes next")
}

fn check(settings: &CheckSettings) -> anyhow::Result<()> {
    start_log("error", false);
    drop(rustls::crypto::ring::default_provider().install_default());
    commands::content::run(settings, &ambient())
}
