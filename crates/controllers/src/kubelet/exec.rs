//! Commands in containers, over a WebSocket with one channel a stream.
//!
//! Each binary message starts with its channel: 0 stdin, 1 stdout, 2 stderr, 3 the final status, 4 the
//! size of the terminal, and in the fifth version of the protocol 255, which closes another channel.

use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use bytes::{BufMut, Bytes, BytesMut};
use futures::{SinkExt, StreamExt};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};

use super::Kubelet;
use crate::cache::Key;
use crate::runtime::{Exec, ExecError};

const PROTOCOLS: [&str; 2] = ["v5.channel.k8s.io", "v4.channel.k8s.io"];
const STDIN: u8 = 0;
const STDOUT: u8 = 1;
const STDERR: u8 = 2;
const STATUS: u8 = 3;
const RESIZE: u8 = 4;
const CLOSE: u8 = 255;
/// How many chunks may wait between a container and the network.
const WAITING: usize = 16;
/// How many chunks of input may wait for the command to read them.
const TYPED: usize = 64;

/// What was asked for.
#[derive(Debug, Default)]
pub(super) struct Query {
    command: Vec<String>,
    stdin: bool,
    stderr: bool,
    tty: bool,
}

impl Query {
    /// Reads both the API's names for the streams and the kubelet's own.
    pub(super) fn parse(pairs: Vec<(String, String)>) -> Self {
        let mut query = Self::default();
        for (name, value) in pairs {
            let on = matches!(value.as_str(), "true" | "1");
            match name.as_str() {
                "command" => query.command.push(value),
                "stdin" | "input" => query.stdin = on,
                "stderr" | "error" => query.stderr = on,
                "tty" => query.tty = on,
                _ => {}
            }
        }
        query
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Size {
    width: u16,
    height: u16,
}

/// Runs the command, if the container runs.
pub(super) fn answer(
    kubelet: &Kubelet,
    key: &Key,
    container: &str,
    query: Query,
    upgrade: WebSocketUpgrade,
) -> Response {
    let state = kubelet.state(key);
    let handle = state.as_ref().and_then(|state| {
        let facts = state.facts();
        facts.containers.iter().find(|it| it.name == container)?.handle.clone()
    });
    let Some(handle) = handle else {
        let known = state.is_some_and(|state| {
            state.facts().containers.iter().any(|facts| facts.name == container)
        });
        let message = if known {
            "container not found (\"".to_owned() + container + "\")"
        } else {
            format!("container {container} is not valid for pod {}", key.name)
        };
        let code = if known { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::BAD_REQUEST };
        return (code, message).into_response();
    };
    if query.command.is_empty() {
        return (StatusCode::BAD_REQUEST, "you must specify at least 1 command for the container")
            .into_response();
    }
    upgrade.protocols(PROTOCOLS).on_upgrade(move |socket| async move {
        let (stdout, output) = mpsc::channel(WAITING);
        let (stderr, errors) = mpsc::channel(WAITING);
        let (input, stdin) = mpsc::channel(TYPED);
        let (resize, size) = watch::channel((80, 24));
        let Query { command, stdin: wants_stdin, stderr: wants_stderr, tty } = query;
        let exec = Exec {
            command: command.clone(),
            tty,
            stdin: wants_stdin.then_some(stdin),
            stdout,
            stderr: (wants_stderr && !tty).then_some(stderr),
            size,
        };
        let run = handle.exec(exec);
        // The command shall not keep a container alive.
        drop(handle);
        let streams = Streams { output, errors, input: wants_stdin.then_some(input), resize };
        serve(socket, streams, run, &command).await;
    })
}

struct Streams {
    output: mpsc::Receiver<Bytes>,
    errors: mpsc::Receiver<Bytes>,
    input: Option<mpsc::Sender<Bytes>>,
    resize: watch::Sender<(u16, u16)>,
}

/// Carries the streams until the command ends or the caller hangs up.
async fn serve(
    socket: WebSocket,
    streams: Streams,
    run: impl Future<Output = Result<i32, ExecError>>,
    command: &[String],
) {
    let fifth = socket.protocol().is_some_and(|name| name.as_bytes() == PROTOCOLS[0].as_bytes());
    let (mut sender, mut receiver) = socket.split();
    let Streams { mut output, mut errors, mut input, resize } = streams;
    let mut run = std::pin::pin!(run);
    let mut result = None;
    let (mut output_open, mut errors_open) = (true, true);
    // What is typed may have to wait for the command while its output goes on.
    let mut typed: Option<Bytes> = None;
    while result.is_none() || output_open || errors_open {
        let reader = input.clone().filter(|_| typed.is_some());
        let to_command = async move {
            match reader {
                Some(reader) => reader.reserve_owned().await.ok(),
                None => std::future::pending().await,
            }
        };
        let frame = tokio::select! {
            chunk = output.recv(), if output_open => if let Some(chunk) = chunk { frame(STDOUT, &chunk) } else { output_open = false; continue },
            chunk = errors.recv(), if errors_open => if let Some(chunk) = chunk { frame(STDERR, &chunk) } else { errors_open = false; continue },
            ended = &mut run, if result.is_none() => { result = Some(ended); continue }
            permit = to_command => {
                match (permit, typed.take()) {
                    (Some(permit), Some(chunk)) => _ = permit.send(chunk),
                    _ => input = None,
                }
                continue
            }
            message = receiver.next(), if typed.is_none() => {
                match message {
                    Some(Ok(Message::Binary(bytes))) => {
                        typed = take(bytes, &mut input, &resize, fifth);
                    }
                    Some(Ok(Message::Text(_) | Message::Ping(_) | Message::Pong(_))) => {}
                    Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                }
                continue
            }
        };
        if sender.send(Message::Binary(frame)).await.is_err() {
            return;
        }
    }
    let status = status(&result.unwrap_or(Ok(0)), command);
    let status = frame(STATUS, status.to_string().as_bytes());
    // The caller may have gone away; there is nobody left to tell.
    let _ = sender.send(Message::Binary(status)).await;
    // Clients take any other code, or none, for a broken connection.
    let end = CloseFrame { code: close_code::NORMAL, reason: "".into() };
    let _ = sender.send(Message::Close(Some(end))).await;
}

fn frame(channel: u8, bytes: &[u8]) -> Bytes {
    let mut frame = BytesMut::with_capacity(bytes.len() + 1);
    frame.put_u8(channel);
    frame.put_slice(bytes);
    frame.freeze()
}

/// Handles one message; returns what is to be typed.
fn take(
    mut bytes: Bytes,
    input: &mut Option<mpsc::Sender<Bytes>>,
    resize: &watch::Sender<(u16, u16)>,
    fifth: bool,
) -> Option<Bytes> {
    let channel = *bytes.first()?;
    let rest = bytes.split_off(1);
    match channel {
        STDIN if !rest.is_empty() && input.is_some() => return Some(rest),
        RESIZE => {
            if let Ok(Size { width, height }) = serde_json::from_slice(&rest) {
                resize.send_replace((width, height));
            }
        }
        CLOSE if fifth && rest.first() == Some(&STDIN) => *input = None,
        _ => {}
    }
    None
}

/// The final status, by which the caller learns the exit code.
fn status(result: &Result<i32, ExecError>, command: &[String]) -> Value {
    match result {
        Ok(0) => json!({"metadata": {}, "status": "Success"}),
        Ok(code) => {
            let command = command.join(" ");
            json!({
                "metadata": {},
                "status": "Failure",
                "message": format!(
                    "command terminated with non-zero exit code: error executing command \
                     [{command}], exit code {code}"
                ),
                "reason": "NonZeroExitCode",
                "details": {"causes": [{"reason": "ExitCode", "message": code.to_string()}]},
            })
        }
        Err(error) => {
            let message = format!(
                "Internal error occurred: error executing command in container: {}",
                error.message
            );
            json!({
                "metadata": {},
                "status": "Failure",
                "message": message,
                "reason": "InternalError",
                "details": {"causes": [{"message": error.message}]},
                "code": 500,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failing_command_reports_its_exit_code_as_a_cause() {
        let status = status(&Ok(3), &["sh".to_owned()]);

        assert_eq!(status["reason"], "NonZeroExitCode");
        assert_eq!(status["details"]["causes"][0]["message"], "3");
    }

    #[test]
    fn both_spellings_of_the_streams_are_understood() {
        let pairs = [("command", "ls"), ("command", "-l"), ("input", "1"), ("tty", "true")];
        let pairs = pairs.map(|(name, value)| (name.to_owned(), value.to_owned()));

        let query = Query::parse(pairs.to_vec());

        assert_eq!(query.command, ["ls", "-l"]);
        assert!(query.stdin && query.tty && !query.stderr);
    }
}
