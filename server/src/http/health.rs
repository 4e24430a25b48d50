//! For machines that look after the server.

use std::fmt::Write as _;
use std::sync::OnceLock;
use std::time::Duration;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::CONTENT_TYPE;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::time::timeout;

use super::limits::Kind;
use crate::app::App;
use crate::cluster;
use crate::store::Refusal;

/// How long the database may take to answer whoever asks whether people should be sent here.
const PATIENCE: Duration = Duration::from_secs(1);

/// The recorder of this process. Installed once, however many servers a test starts.
pub fn recorder() -> &'static PrometheusHandle {
    static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();
    RECORDER.get_or_init(|| {
        let builder = PrometheusBuilder::new().set_buckets(&[0.001, 0.005, 0.02, 0.1, 0.5, 2.0]);
        let recorder = builder.unwrap_or_else(|_| PrometheusBuilder::new()).build_recorder();
        let handle = recorder.handle();
        // A second recorder in the process would only be a second copy of the same numbers.
        drop(metrics::set_global_recorder(recorder));
        handle
    })
}

/// The process is alive.
pub async fn alive() -> &'static str {
    "ok\n"
}

/// Whether people should be sent here: the database answers, the cluster is in sight, nobody has told the server to stop.
///
/// A database that takes no writes is said, and is no reason to stay away: it would be the same elsewhere, and lessons can
/// still be read.
pub async fn ready(State(app): State<App>) -> Response {
    let database = matches!(timeout(PATIENCE, app.store.ping()).await, Ok(Ok(())));
    let cluster = app.cluster.index().is_current();
    let unseen = app.cluster.index().unseen();
    let refuses = app.store.refuses().map_or("ok", Refusal::word);
    let database_word = if database { refuses } else { Refusal::Unreachable.word() };
    let cluster_word =
        if cluster { "ok" } else { unseen.map_or("not looked at yet", cluster::Unseen::word) };
    let mut text = String::new();
    writeln!(text, "database: {database_word}\ncluster: {cluster_word}")
        .expect("writing to a String cannot fail");
    let stopping = app.stopping.is_cancelled();
    if stopping {
        text.push_str("stopping\n");
    }
    let good = database && cluster && !stopping;
    let status = if good { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, text).into_response()
}

/// Numbers for Prometheus.
pub async fn metrics(State(app): State<App>) -> Response {
    metrics::gauge!("hangar_terminals_open").set(count(app.terminals.len()));
    metrics::gauge!("hangar_event_streams_open").set(count(app.open.count(Kind::Events)));
    metrics::gauge!("hangar_terminal_windows_open").set(count(app.open.count(Kind::Terminal)));
    metrics::gauge!("hangar_streams_followed").set(count(app.hub.len()));
    let in_sight = if app.cluster.index().is_current() { 1.0 } else { 0.0 };
    metrics::gauge!("hangar_cluster_in_sight").set(in_sight);
    let refuses = app.store.refuses();
    for why in Refusal::ALL {
        let now = if refuses == Some(why) { 1.0 } else { 0.0 };
        metrics::gauge!("hangar_database_refuses_writes", "why" => why.word()).set(now);
    }
    let handle = recorder();
    handle.run_upkeep();
    ([(CONTENT_TYPE, "text/plain; version=0.0.4")], handle.render()).into_response()
}

fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

/// Counts and times a request by its route, never by its address.
pub fn count_request(route: &str, status: StatusCode, took: Duration) {
    let route = route.to_owned();
    let status = status.as_str().to_owned();
    metrics::counter!("hangar_requests_total", "route" => route.clone(), "status" => status)
        .increment(1);
    metrics::histogram!("hangar_request_seconds", "route" => route).record(took.as_secs_f64());
}
