//! The terminal's WebSocket: binary frames are bytes, text frames are control.
//!
//! Flow control by acknowledged bytes: what has been sent and not yet drawn stays below 384 KiB, so that Ctrl-C is felt at once
//! however much the shell writes. Several windows may show one shell; one of them types, and each is told when that changes.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{ConnectInfo, State};
use axum::response::Response;
use bytes::Bytes;
use http::HeaderMap;
use serde::Deserialize;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::watch;
use tokio::time::{Instant, interval};
use tracing::{Instrument as _, info_span};
use wire::{FromTerminal, LabState, ToTerminal};

use super::body::Asked;
use super::language::Reader;
use super::limits::{Held, Kind, Refused};
use super::problem::Problem;
use super::session::{self, Learner};
use crate::app::App;
use crate::causes::chain;
use crate::cluster::TerminalSize;
use crate::terminals::{Viewer, is_answer};

/// How much may be sent and not yet acknowledged.
const AHEAD: u64 = 384 * 1024;
/// The largest frame that we send.
const CHUNK: usize = 32 * 1024;
/// The largest frame that we take.
const LARGEST: usize = 64 * 1024;
/// How much that was typed waits for a shell that is busy.
const MOST_TYPED: usize = 1024 * 1024;
const PING: Duration = Duration::from_secs(15);
/// How long the other side may take to say goodbye.
const FAREWELL: Duration = Duration::from_secs(1);
/// After this silence the other side has gone.
const SILENCE: Duration = Duration::from_secs(45);

/// Which terminal.
#[derive(Debug, Deserialize)]
pub struct Which {
    session: Option<String>,
    cols: Option<u16>,
    rows: Option<u16>,
    /// Whether this window types from the beginning, although another one does.
    #[serde(default)]
    take: bool,
}

/// Opens a terminal: a WebSocket whose binary frames are bytes both ways, and whose text frames are `ToTerminal` up and
/// `FromTerminal` down.
///
/// `ack` says how many bytes in all have been drawn since the connection began, not how many since the last one. Whoever is
/// more than 384 KiB behind is sent no more until it catches up.
#[utoipa::path(get, path = "/api/v1/lab/terminal", tag = "terminal", params(("session" = Option<String>, Query), ("cols" = Option<u16>, Query), ("rows" = Option<u16>, Query), ("take" = Option<bool>, Query)), responses((status = 101, description = "The terminal is open", body = wire::FromTerminal), (status = "4XX", body = wire::Problem)))]
pub async fn open(
    State(app): State<App>,
    ConnectInfo(address): ConnectInfo<SocketAddr>,
    Learner(learner): Learner,
    Reader(language): Reader,
    headers: HeaderMap,
    Asked(which): Asked<Which>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let upgrade = upgrade.map_err(|_| Problem::WebSocketOnly)?;
    let session = which.session.unwrap_or_else(|| "main".to_owned());
    if !is_session_name(&session) {
        return Err(Problem::Malformed("session: use 1 to 20 of a-z, 0-9 and -".to_owned()));
    }
    let size = TerminalSize {
        columns: which.cols.unwrap_or(80).clamp(2, 500),
        rows: which.rows.unwrap_or(24).clamp(1, 300),
    };
    // A browser does not show how an upgrade is refused: too many windows of one learner are told so in the terminal.
    let held = match app.open.hold(Kind::Terminal, &learner.id, address.ip()) {
        Err(Refused::Address) => return Err(Problem::TooManyFromAddress),
        held => held.ok(),
    };
    let session_hash = session::learner_hash(&app, &headers).unwrap_or_default();
    let connection =
        Connection { app, learner: learner.id, language, session_hash, held, take: which.take };
    let upgrade = upgrade.max_message_size(LARGEST).max_frame_size(LARGEST);
    let span = info_span!("terminal", learner.id = connection.learner, shell = session);
    Ok(upgrade.on_upgrade(move |socket| connection.run(socket, session, size).instrument(span)))
}

fn is_session_name(name: &str) -> bool {
    (1..=20).contains(&name.len())
        && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

struct Connection {
    app: App,
    learner: String,
    language: curriculum::Language,
    session_hash: String,
    /// Its place among those that are open; nothing when there is none.
    held: Option<Held>,
    /// It types from the beginning.
    take: bool,
}

impl Connection {
    async fn run(self, mut socket: WebSocket, session: String, size: TerminalSize) {
        // Before the first look at the lab: opening a shell takes a while, and what happens meanwhile must be heard.
        let told = self.app.hub.follow(&self.learner);
        let last = match self.look(&session, size).await {
            Ok((viewer, lab)) => match self.relay(&mut socket, viewer, &lab, told).await {
                Some(last) => last,
                None => return,
            },
            Err(code) => self.unavailable(code),
        };
        // Whoever has gone needs no farewell.
        if say(&mut socket, &last).await {
            drop(socket.send(Message::Close(None)).await);
            // Closing while the other side still sends would throw away what it has not read yet.
            let silence = async { while socket.recv().await.is_some_and(|heard| heard.is_ok()) {} };
            drop(tokio::time::timeout(FAREWELL, silence).await);
        }
    }

    /// A viewer, and the id of the lab that it looks into.
    async fn look(
        &self,
        session: &str,
        size: TerminalSize,
    ) -> Result<(Viewer, String), &'static str> {
        if self.held.is_none() {
            return Err("too-many-windows");
        }
        let Ok(lab) = self.app.labs.ready(&self.learner).await else {
            return Err(self.why_no_lab().await);
        };
        let viewer = self.app.terminals.view(&self.app.cluster, &lab, session, size).await;
        let viewer = viewer.map_err(|error| {
            tracing::warn!(error = chain(&error), lab.id = lab.id, "No shell could be opened");
            if matches!(error, crate::cluster::Error::TooManyShells) {
                "too-many"
            } else {
                "no-toolbox"
            }
        })?;
        if self.take {
            viewer.take();
        }
        Ok((viewer, lab.id))
    }

    async fn why_no_lab(&self) -> &'static str {
        let lab = self.app.labs.standing(&self.learner).await.unwrap_or_default();
        match lab.state {
            LabState::Ending | LabState::Ended => "lab-ended",
            LabState::None => "no-lab",
            LabState::Queued | LabState::Preparing | LabState::Ready | LabState::Failed => {
                "lab-not-ready"
            }
        }
    }

    fn unavailable(&self, code: &str) -> FromTerminal {
        FromTerminal::Unavailable { code: code.to_owned(), text: self.words(code) }
    }

    /// The message `terminal-<code>` in the reader's language.
    fn words(&self, code: &str) -> String {
        let course = self.app.course();
        let id = format!("terminal-{code}");
        course.messages.message(self.language, &id, &std::collections::BTreeMap::new()).text
    }

    /// Who types, as this window is told.
    fn typist(&self, this_one: bool) -> FromTerminal {
        if this_one {
            FromTerminal::Typing
        } else {
            FromTerminal::Watching { text: self.words("watching") }
        }
    }

    /// Carries bytes both ways; says what to tell last, or nothing when the other side has gone.
    async fn relay(
        &self,
        socket: &mut WebSocket,
        mut viewer: Viewer,
        lab: &str,
        mut told: watch::Receiver<i64>,
    ) -> Option<FromTerminal> {
        let ready = FromTerminal::Ready { replays: viewer.behind() };
        if !say(socket, &ready).await {
            return None;
        }
        let mut pace = Pace { sent: 0, drawn: 0, heard: Instant::now() };
        let mut typed = Typed::default();
        let mut ping = interval(PING);
        let mut signed_out = pin!(session::over(&self.app, &self.session_hash));
        // Whoever is told nothing types.
        let mut has_keys = true;
        loop {
            // Asked first, so that what it wrote at its end is read below.
            let ended = viewer.has_ended();
            while pace.may_send() {
                let bytes = viewer.read(CHUNK)?;
                if bytes.is_empty() {
                    break;
                }
                pace.sent += bytes.len() as u64;
                if socket.send(Message::Binary(bytes)).await.is_err() {
                    return None;
                }
            }
            if ended && pace.may_send() {
                return Some(self.farewell().await);
            }
            if viewer.types() != has_keys {
                has_keys = !has_keys;
                if !has_keys {
                    // What the shell has not taken yet must not come between what another window types.
                    typed = Typed::default();
                }
                if !say(socket, &self.typist(has_keys)).await {
                    return None;
                }
            }
            typed.pass_on(&viewer);
            tokio::select! {
                message = socket.recv() => {
                    pace.heard = Instant::now();
                    if !take(message, &viewer, &mut pace, &mut typed) {
                        return None;
                    }
                }
                () = viewer.room(), if !typed.waiting.is_empty() => {}
                () = viewer.typing_changed(has_keys) => {}
                () = viewer.changed(), if pace.may_send() => {}
                _ = ping.tick() => {
                    let gone = pace.heard.elapsed() > SILENCE;
                    if gone || socket.send(Message::Ping(Bytes::new())).await.is_err() {
                        return None;
                    }
                }
                () = &mut signed_out => return Some(self.unavailable("signed-out")),
                _ = told.changed() => {
                    if session::is_over(&self.app, &self.session_hash).await {
                        return Some(self.unavailable("signed-out"));
                    }
                    // A shell may outlive its lab for a while; nobody should type into it.
                    let current = self.app.labs.ready(&self.learner).await;
                    if current.is_ok_and(|current| current.id == lab) {
                        continue;
                    }
                    if !viewer.has_ended() {
                        return Some(self.unavailable(self.why_no_lab().await));
                    }
                }
                () = self.app.stopping.cancelled() => return None,
            }
        }
    }

    /// Why the shell has ended: the learner left it, or the lab was taken away.
    async fn farewell(&self) -> FromTerminal {
        if session::is_over(&self.app, &self.session_hash).await {
            return self.unavailable("signed-out");
        }
        let lab = self.app.labs.standing(&self.learner).await.unwrap_or_default();
        if lab.state == LabState::Ready {
            FromTerminal::Exit
        } else {
            self.unavailable(self.why_no_lab().await)
        }
    }
}

/// How far ahead of the other side we are.
struct Pace {
    sent: u64,
    drawn: u64,
    heard: Instant,
}

impl Pace {
    fn may_send(&self) -> bool {
        self.sent.saturating_sub(self.drawn) < AHEAD
    }
}

/// What was typed and waits for a shell that is busy.
#[derive(Default)]
struct Typed {
    waiting: VecDeque<Bytes>,
    bytes: usize,
}

impl Typed {
    /// Keeps what was typed; what is too much is lost, as at a terminal whose program does not read.
    fn keep(&mut self, bytes: Bytes) {
        if self.bytes + bytes.len() <= MOST_TYPED {
            self.bytes += bytes.len();
            self.waiting.push_back(bytes);
        }
    }

    /// Hands on as much as the shell takes now.
    fn pass_on(&mut self, viewer: &Viewer) {
        while let Some(bytes) = self.waiting.pop_front() {
            let length = bytes.len();
            match viewer.write(bytes) {
                Ok(()) => self.bytes -= length,
                Err(TrySendError::Full(bytes)) => {
                    self.waiting.push_front(bytes);
                    return;
                }
                // Nobody is left to read it.
                Err(TrySendError::Closed(_)) => return *self = Self::default(),
            }
        }
    }
}

/// Takes a frame; `false` when the connection is over.
fn take(
    message: Option<Result<Message, axum::Error>>,
    viewer: &Viewer,
    pace: &mut Pace,
    typed: &mut Typed,
) -> bool {
    match message {
        Some(Ok(Message::Binary(bytes))) => {
            // Each window answers when a program asks its terminal something; one answer is enough.
            if !viewer.types() && !is_answer(&bytes) {
                viewer.take();
            }
            if viewer.types() {
                typed.keep(bytes);
            }
            true
        }
        Some(Ok(Message::Text(text))) => match serde_json::from_str(&text) {
            Ok(ToTerminal::Resize { cols, rows }) => {
                let size = TerminalSize { columns: cols.clamp(2, 500), rows: rows.clamp(1, 300) };
                viewer.resize(size);
                true
            }
            Ok(ToTerminal::Ack { bytes }) => {
                pace.drawn = pace.drawn.max(bytes.min(pace.sent));
                true
            }
            Ok(ToTerminal::Take) => {
                viewer.take();
                true
            }
            // A client that speaks another language is let go rather than misunderstood.
            Err(_) => false,
        },
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => true,
        Some(Ok(Message::Close(_)) | Err(_)) | None => false,
    }
}

async fn say(socket: &mut WebSocket, word: &FromTerminal) -> bool {
    let text = serde_json::to_string(word).expect("control words are plain data");
    socket.send(Message::Text(text.into())).await.is_ok()
}
