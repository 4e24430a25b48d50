//! `kubectl exec`: a command in a container, over a WebSocket through the API server.

use bytes::Bytes;
use futures::{SinkExt as _, StreamExt as _};
use http::header::{CONNECTION, UPGRADE};
use http::{HeaderMap, HeaderValue, Request, StatusCode};
use kube::client::Connection;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message;

use crate::kubectl::discovery::array;
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::flags::{Flag, Takes};
use crate::kubectl::log::Told;
use crate::kubectl::logs::{containers, default_container, of_workload};
use crate::kubectl::print::jsonpath::word;
use crate::kubectl::session::{Running, Session};
use crate::terminal::attach::changed;

/// The command's own flags.
pub(crate) const FLAGS: &[Flag] = &[
    Flag::short('c', "container", Takes::Text(""), "The container"),
    Flag::short('i', "stdin", Takes::Switch(false), "Pass standard input on"),
    Flag::short('t', "tty", Takes::Switch(false), "With a terminal"),
    Flag::short('q', "quiet", Takes::Switch(false), "Only what the command prints"),
    Flag::short('f', "filename", Takes::List, "The file of the pod").refused("name the pod"),
    Flag::new("pod-running-timeout", Takes::Duration("1m0s"), "Accepted"),
];

const STDIN: u8 = 0;
const STDOUT: u8 = 1;
const STDERR: u8 = 2;
const STATUS: u8 = 3;
const RESIZE: u8 = 4;
const CLOSE: u8 = 255;

/// Runs the command.
pub(crate) fn run(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        let words = session.arguments().to_vec();
        let Some(dash) = session.flags.before_dash else {
            return Err(match words.len() {
                0 => Failure::error("pod, type/name or --filename must be specified"),
                1 => Failure::error("you must specify at least one command for the container"),
                _ => session.usage(
                    "exec [POD] [COMMAND] is not supported anymore. Use exec [POD] -- [COMMAND] \
                     instead",
                ),
            });
        };
        let (pod, command) = words.split_at(dash);
        let Some(pod) = pod.first() else {
            return Err(Failure::error("pod, type/name or --filename must be specified"));
        };
        if command.is_empty() {
            let words = "you must specify at least one command for the container";
            return Err(Failure::error(words));
        }
        let found = of_workload(session, pod, "attach to").await?;
        let Some(pod) = found.first() else {
            return Err(Failure::error("timed out waiting for the condition"));
        };
        let container = container(session, pod).await?;
        let tty = terminal(session).await?;
        let path = path(session, pod, &container, command, tty);
        stream(session, path, tty).await
    })
}

/// Whether the command gets a terminal; says so when it cannot have the one it was promised.
async fn terminal(session: &Session) -> Outcome<bool> {
    if !session.flags.on("tty") {
        return Ok(false);
    }
    if session.flags.on("stdin") && session.context.stdin.is_terminal() {
        return Ok(true);
    }
    session
        .complain("Unable to use a TTY - input is not a terminal or the right kind of file")
        .await?;
    Ok(false)
}

/// The container that is meant, in a pod that may still run commands.
async fn container(session: &mut Session, pod: &Value) -> Outcome<String> {
    let name = word(&pod["metadata"]["name"]);
    let phase = word(&pod["status"]["phase"]);
    if phase == "Succeeded" || phase == "Failed" {
        return Err(Failure::error(format!(
            "cannot exec into a container in a completed pod; current phase is {phase}"
        )));
    }
    match session.flags.text("container") {
        "" => default_container(session, pod).await,
        given if containers(pod).iter().any(|one| one == given) => Ok(given.to_owned()),
        given => {
            let all = containers(pod).join(", ");
            let words = format!("container {given} is not valid for pod {name} out of: {all}");
            Err(Failure::error(words))
        }
    }
}

fn path(session: &Session, pod: &Value, container: &str, command: &[String], tty: bool) -> String {
    let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
    let name = word(&pod["metadata"]["name"]);
    let namespace = word(&pod["metadata"]["namespace"]);
    let mut query: Vec<String> =
        command.iter().map(|word| format!("command={}", encode(word))).collect();
    query.push(format!("container={}", encode(container)));
    let stdin = session.flags.on("stdin");
    for (on, key) in [(!tty, "stderr"), (stdin, "stdin"), (true, "stdout"), (tty, "tty")] {
        if on {
            query.push(format!("{key}=true"));
        }
    }
    format!("/api/v1/namespaces/{namespace}/pods/{name}/exec?{}", query.join("&"))
}

/// A connection to the command; told of as any other request.
async fn connect(session: &Session, path: &str) -> Outcome<Connection> {
    let request =
        Request::get(path).body(Vec::new()).map_err(|error| Failure::error(error.to_string()))?;
    let api = &session.api;
    let (url, headers) = (format!("{}{path}", api.server()), api.upgrading());
    let told = Told { verb: "GET", url: &url, headers: &headers, body: None };
    api.log.request(&told).await;
    let start = Instant::now();
    let connection = api
        .client()?
        .connect(request)
        .await
        .map_err(|error| Failure::error(format!("unable to upgrade connection: {error}")))?;
    let mut upgraded = HeaderMap::new();
    upgraded.insert(CONNECTION, HeaderValue::from_static("upgrade"));
    upgraded.insert(UPGRADE, HeaderValue::from_static("websocket"));
    api.log.response(&told, StatusCode::SWITCHING_PROTOCOLS, &upgraded, start.elapsed()).await;
    Ok(connection)
}

async fn stream(session: &mut Session, path: String, tty: bool) -> Outcome {
    let connection = connect(session, &path).await?;
    let (mut sender, mut receiver) = connection.into_stream().split();
    // As on a real terminal, the other side echoes, and Ctrl-C is the other side's.
    let _keys = tty.then(|| session.context.stdin.whole()).flatten();
    let mut screen = session.context.screen.clone().filter(|_| tty);
    if let Some(now) = session.context.size().filter(|_| tty) {
        let _ = sender.send(sized(now)).await;
    }
    let mut typing = session.flags.on("stdin");
    loop {
        tokio::select! {
            size = changed(screen.as_mut()) => {
                let _ = sender.send(sized(size)).await;
            }
            typed = session.context.stdin.read(), if typing => {
                if let Some(bytes) = typed {
                    let _ = sender.send(frame(STDIN, &bytes)).await;
                } else {
                    typing = false;
                    let _ = sender.send(frame(CLOSE, &[STDIN])).await;
                }
            }
            message = receiver.next() => match message {
                Some(Ok(Message::Binary(bytes))) => {
                    if let Some(end) = receive(session, bytes).await? {
                        return end;
                    }
                }
                Some(Ok(Message::Close(_))) | None => return Ok(()),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(Failure::error(error.to_string())),
            },
        }
    }
}

fn sized((columns, rows): (u16, u16)) -> Message {
    let size = serde_json::json!({"Width": columns, "Height": rows});
    frame(RESIZE, size.to_string().as_bytes())
}

fn frame(channel: u8, bytes: &[u8]) -> Message {
    let mut all = Vec::with_capacity(bytes.len() + 1);
    all.push(channel);
    all.extend_from_slice(bytes);
    Message::Binary(Bytes::from(all))
}

/// Passes one message on; the status at the end decides the exit code.
async fn receive(session: &Session, bytes: Bytes) -> Outcome<Option<Outcome>> {
    let Some(channel) = bytes.first().copied() else { return Ok(None) };
    let rest = bytes.slice(1..);
    match channel {
        STDOUT => session.out(rest).await?,
        STDERR => {
            session.context.stderr.write(rest).await.map_err(|_| Failure::Exit(141))?;
        }
        STATUS => {
            let status: Value = serde_json::from_slice(&rest).unwrap_or_default();
            return Ok(Some(ended(&status)));
        }
        _ => {}
    }
    Ok(None)
}

fn ended(status: &Value) -> Outcome {
    if status["status"] == "Success" {
        return Ok(());
    }
    let code = array(&status["details"]["causes"])
        .iter()
        .find(|cause| cause["reason"] == "ExitCode")
        .and_then(|cause| cause["message"].as_str()?.parse::<u8>().ok());
    if let Some(code) = code {
        return Err(Failure::Many(vec![
            Failure::Said(format!("command terminated with exit code {code}")),
            Failure::Exit(code),
        ]));
    }
    let message = word(&status["message"]);
    let message = message.trim_start_matches("Internal error occurred: ");
    Err(Failure::error(format!("Internal error occurred: {message}")))
}
