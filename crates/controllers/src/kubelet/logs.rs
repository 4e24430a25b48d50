//! What `kubectl logs` shows.

use axum::body::Body;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::Kubelet;
use super::state::{Now, PodState};
use crate::cache::Key;
use crate::runtime::{Line, Log};

/// How a log is asked for, as the API names it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Query {
    follow: Option<String>,
    previous: Option<String>,
    timestamps: Option<String>,
    tail_lines: Option<u64>,
    since_seconds: Option<i64>,
    since_time: Option<Timestamp>,
    limit_bytes: Option<usize>,
}

fn is_on(flag: Option<&String>) -> bool {
    flag.is_some_and(|flag| !matches!(flag.as_str(), "false" | "0"))
}

fn refuse(code: StatusCode, message: String) -> Response {
    (code, message).into_response()
}

/// Answers with a container's log.
pub(super) fn answer(kubelet: &Kubelet, key: &Key, container: &str, query: &Query) -> Response {
    let Some(state) = kubelet.state(key) else {
        let message = format!("pod \"{}\" not found", key.name);
        return refuse(StatusCode::NOT_FOUND, message);
    };
    let log = match find(&state, container, is_on(query.previous.as_ref())) {
        Ok(log) => log,
        Err(message) => return refuse(StatusCode::BAD_REQUEST, message),
    };
    let now = (kubelet.context.clock)();
    let since = query.since_time.or_else(|| {
        // A time before all time is the beginning.
        now.checked_sub(SignedDuration::from_secs(query.since_seconds?)).ok()
    });
    let (lines, position, _) = log.read(0);
    let mut lines: Vec<Line> =
        lines.into_iter().filter(|line| since.is_none_or(|since| line.at >= since)).collect();
    if let Some(tail) = query.tail_lines.and_then(|tail| usize::try_from(tail).ok()) {
        lines.drain(..lines.len().saturating_sub(tail));
    }
    let timestamps = is_on(query.timestamps.as_ref());
    let mut text = render(&lines, timestamps);
    if let Some(limit) = query.limit_bytes {
        text.truncate(limit);
    }
    if !is_on(query.follow.as_ref()) {
        return Bytes::from(text).into_response();
    }
    let first = futures::stream::iter([Ok(Bytes::from(text))]);
    let rest = futures::stream::unfold(Some((log, position)), move |at| async move {
        let (log, position) = at?;
        let mut written = log.watch();
        loop {
            written.borrow_and_update();
            let (lines, next, open) = log.read(position);
            if !lines.is_empty() {
                let text = Bytes::from(render(&lines, timestamps));
                return Some((Ok::<_, std::io::Error>(text), Some((log, next))));
            }
            if !open || written.changed().await.is_err() {
                return None;
            }
        }
    });
    Body::from_stream(futures::StreamExt::chain(first, rest)).into_response()
}

fn find(state: &PodState, container: &str, previous: bool) -> Result<Log, String> {
    let pod = &state.key.name;
    let facts = state.facts();
    let facts = facts.containers.iter().find(|facts| facts.name == container);
    let Some(facts) = facts else {
        return Err(format!("container {container} is not valid for pod {pod}"));
    };
    if previous {
        return facts.previous_log.clone().ok_or_else(|| {
            format!("previous terminated container \"{container}\" in pod \"{pod}\" not found")
        });
    }
    match (&facts.log, &facts.previous_log, &facts.now) {
        // Between two runs, the last one's log is the current one.
        (Some(log), _, Now::Running { .. } | Now::Ended(_)) | (None, Some(log), _) => {
            Ok(log.clone())
        }
        (Some(log), _, Now::Waiting { .. }) if facts.last.is_some() => Ok(log.clone()),
        (_, _, Now::Waiting { reason, .. }) => {
            let text = match *reason {
                "ErrImagePull" | "ImagePullBackOff" => "trying and failing to pull image",
                other => {
                    return Err(format!(
                        "container \"{container}\" in pod \"{pod}\" is waiting to start: {other}"
                    ));
                }
            };
            Err(format!("container \"{container}\" in pod \"{pod}\" is waiting to start: {text}"))
        }
        (None, None, _) => Ok(Log::new(std::sync::Arc::new(|| Timestamp::UNIX_EPOCH))),
    }
}

fn render(lines: &[Line], timestamps: bool) -> Vec<u8> {
    let mut text = Vec::new();
    for line in lines {
        if timestamps {
            text.extend_from_slice(format!("{:.9} ", line.at).as_bytes());
        }
        text.extend_from_slice(line.text.as_bytes());
        text.push(b'\n');
    }
    text
}
