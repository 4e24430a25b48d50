//! A terminal session: it outlives the browsers that look at it.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use brush_parser::ast::Program;
use bytes::Bytes;
use tokio::sync::{Notify, mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use super::draw::{Place, Prompt};
use super::editor::Editor;
use super::keyboard::Keyboard;
use super::keys::Decoder;
use super::screen::{self, Control};
use crate::shell::{Flow, Shell, Streams};
use crate::stream::{Input, Output, terminal};
use crate::tool::ExitCode;
use crate::toolbox::Toolbox;

/// How long a command may take to end by itself after Ctrl-C.
const GRACE: Duration = Duration::from_millis(100);

/// How long a trap may run at Ctrl-C or at the end.
const TRAP: Duration = Duration::from_secs(5);

/// How many sessions a lab may have.
const MAX_SESSIONS: usize = 8;

/// A terminal's columns and rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Characters in a row.
    pub columns: u16,
    /// Rows.
    pub rows: u16,
}

impl Size {
    fn pack(self) -> u32 {
        u32::from(self.columns.clamp(2, 1_000)) << 16 | u32::from(self.rows.clamp(2, 1_000))
    }
}

/// A session as the toolbox keeps it.
pub(crate) struct Handle {
    input: mpsc::Sender<Bytes>,
    control: mpsc::Sender<Control>,
    size: Arc<AtomicU32>,
    resized: Arc<Notify>,
    ended: watch::Receiver<Option<ExitCode>>,
}

/// One viewer's connection to a session. Dropping it leaves the session running.
pub struct Attachment {
    /// What the person types.
    pub input: mpsc::Sender<Bytes>,
    /// What the screen shows; it closes when the session has ended.
    pub output: mpsc::Receiver<Bytes>,
    control: mpsc::Sender<Control>,
    size: Arc<AtomicU32>,
    resized: Arc<Notify>,
    ended: watch::Receiver<Option<ExitCode>>,
}

impl Attachment {
    /// Tells the session that the terminal has another size; the last one told counts.
    pub async fn resize(&self, size: Size) {
        self.size.store(size.pack(), Ordering::Relaxed);
        let _ = self.control.send(Control::Resize(size.columns, size.rows)).await;
        self.resized.notify_one();
    }

    /// The session's exit code, once it has ended.
    pub fn exit_code(&self) -> Option<ExitCode> {
        *self.ended.borrow()
    }

    /// Waits until the session has ended.
    pub async fn ended(&mut self) -> ExitCode {
        self.ended.wait_for(Option::is_some).await.ok().and_then(|code| *code).unwrap_or(0)
    }
}

impl Toolbox {
    /// Joins the session with a name, starting it when there is none.
    ///
    /// The first thing an attachment shows is the screen as it is, with what has scrolled away.
    /// A ninth session is refused by an attachment that says so and ends.
    pub fn attach(&self, name: &str, size: Size) -> Attachment {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|_, session| session.ended.borrow().is_none());
        if sessions.len() >= MAX_SESSIONS && !sessions.contains_key(name) {
            return refused();
        }
        let session = sessions.entry(name.to_owned()).or_insert_with(|| self.start_session(size));
        let (viewer, output) = screen::viewer();
        if session.size.swap(size.pack(), Ordering::Relaxed) != size.pack() {
            session.resized.notify_one();
        }
        let control = session.control.clone();
        // The screen answers at once; its queue is only full when it is being flooded with these.
        for asked in [Control::Resize(size.columns, size.rows), Control::Attach(viewer)] {
            if let Err(mpsc::error::TrySendError::Full(asked)) = control.try_send(asked) {
                let control = control.clone();
                tokio::spawn(async move { control.send(asked).await });
            }
        }
        Attachment {
            input: session.input.clone(),
            output,
            control,
            size: Arc::clone(&session.size),
            resized: Arc::clone(&session.resized),
            ended: session.ended.clone(),
        }
    }

    fn start_session(&self, size: Size) -> Handle {
        let (input, keys) = mpsc::channel(32);
        let (control, controlled) = mpsc::channel(32);
        let (stdout, shown) = terminal();
        let (finished, ended) = watch::channel(None);
        let packed = Arc::new(AtomicU32::new(size.pack()));
        let resized = Arc::new(Notify::new());
        let cancelled = self.cancelled.child_token();
        let mut shell = Shell::new(Arc::clone(&self.lab), cancelled.clone());
        shell.interactive = true;
        shell.size = Some(Arc::clone(&packed));
        shell.set_text("TERM", "xterm-256color");
        shell.export("TERM");
        for (name, text) in [("ll", "ls -l"), ("grep", "grep --color=auto")] {
            shell.aliases.insert(name.to_owned(), text.to_owned());
        }
        let keyboard = Arc::new(Keyboard::default());
        let session = Session {
            shell,
            out: stdout,
            keys,
            keyboard,
            resized: Arc::clone(&resized),
            screen: control.clone(),
            cancelled: cancelled.clone(),
            decoder: Decoder::default(),
            editor: Editor::default(),
            pending: VecDeque::new(),
            queued: VecDeque::new(),
            shown: String::new(),
            prompt: Prompt::plain(""),
            place: Place::default(),
        };
        let banner = self.banner.clone();
        tokio::spawn(async move {
            let screen = screen::show(shown, controlled, (size.columns, size.rows));
            let run = async {
                let code = tokio::select! {
                    code = session.run(banner) => code,
                    () = cancelled.cancelled() => 129,
                };
                finished.send_replace(Some(code));
            };
            // The screen is done when the session and all its jobs have let go of their output.
            tokio::select! {
                _ = async { tokio::join!(run, screen) } => {}
                () = cancelled.cancelled() => {}
            }
            finished.send_if_modified(|code| code.is_none() && code.replace(129).is_none());
        });
        Handle { input, control, size: packed, resized, ended }
    }
}

fn refused() -> Attachment {
    let (input, _) = mpsc::channel(1);
    let (viewer, output) = screen::viewer();
    let message =
        format!("This lab has {MAX_SESSIONS} terminals open already. Close one first.\r\n");
    let _ = viewer.try_send(message.into());
    let (control, _) = mpsc::channel(1);
    let (_, ended) = watch::channel(Some(1));
    Attachment { input, output, control, size: Arc::default(), resized: Arc::default(), ended }
}

/// A running session.
pub(super) struct Session {
    pub(super) shell: Shell,
    pub(super) out: Output,
    pub(super) keys: mpsc::Receiver<Bytes>,
    pub(super) keyboard: Arc<Keyboard>,
    pub(super) resized: Arc<Notify>,
    pub(super) screen: mpsc::Sender<Control>,
    pub(super) cancelled: CancellationToken,
    pub(super) decoder: Decoder,
    pub(super) editor: Editor,
    /// Bytes typed but not yet looked at.
    pub(super) pending: VecDeque<u8>,
    /// Lines of a block that wait for their turn.
    pub(super) queued: VecDeque<String>,
    /// What is to be shown with the next flush.
    pub(super) shown: String,
    pub(super) prompt: Prompt,
    pub(super) place: Place,
}

/// What the person asked for.
pub(super) enum Request {
    /// Run a command.
    Run(String, Program),
    /// Nothing, or something that was reported already.
    Nothing,
    /// A mistake.
    Wrong(String),
    /// Ctrl-D.
    End,
}

impl Session {
    async fn run(mut self, banner: String) -> ExitCode {
        let _ = self.out.write(banner).await;
        let code = loop {
            self.report_jobs().await;
            match self.read_request().await {
                Request::Run(text, program) => {
                    self.shell.lab.remember(text.trim_end_matches('\n'));
                    let start = format!("\x1b]133;C;cmdline_url={}\x07", encoded(&text));
                    let _ = self.out.write(start).await;
                    let step = self.execute(&program).await;
                    if let Err(Flow::Exit(code)) = step {
                        let streams = self.streams();
                        let leaving = self.shell.leave(Err(Flow::Exit(code)), &streams);
                        break tokio::time::timeout(TRAP, leaving).await.unwrap_or(code);
                    }
                    self.shell.status = step.unwrap_or_else(Flow::code);
                    let end = format!("\x1b]133;D;{}\x07", self.shell.status);
                    let _ = self.out.write(end).await;
                }
                Request::Nothing => drop(self.out.write("\x1b]133;D\x07").await),
                Request::Wrong(message) => {
                    self.shell.status = 2;
                    let text = format!("\x1b]133;C\x07bash: {message}\n\x1b]133;D;2\x07");
                    let _ = self.out.write(text).await;
                }
                Request::End => {
                    let _ = self.out.write("exit\n").await;
                    break self.shell.status;
                }
            }
        };
        self.shell.jobs().kill_all();
        code
    }

    pub(super) fn streams(&self) -> Streams {
        Streams {
            stdin: Input::from_keyboard(Arc::clone(&self.keyboard)),
            stdout: self.out.clone(),
            stderr: self.out.clone(),
            others: std::collections::BTreeMap::new(),
        }
    }

    async fn report_jobs(&mut self) {
        let done = self.shell.jobs().take_done();
        let last = done.len();
        for (at, job) in done.iter().enumerate() {
            let _ = self.out.write(job.line(at + 1 == last)).await;
        }
    }

    /// Runs a command in the foreground while keys go to it; Ctrl-C ends it.
    async fn execute(&mut self, program: &Program) -> Result<ExitCode, Flow> {
        let token = self.cancelled.child_token();
        self.shell.cancelled = token.clone();
        let streams = self.streams();
        let kept = self.shell.position();
        let typed: Vec<u8> = self.pending.drain(..).collect();
        let mut interrupted = false;
        let step = {
            let running = self.shell.program(program, &streams);
            tokio::pin!(running);
            // What was typed ahead is the command's to read first.
            let mut early = (!typed.is_empty()).then(|| Bytes::from(typed));
            loop {
                let bytes = if let Some(bytes) = early.take() {
                    bytes
                } else {
                    tokio::select! {
                        biased;
                        bytes = self.keys.recv() => bytes.unwrap_or_default(),
                        step = &mut running => break step,
                    }
                };
                let (echo, rest) = type_ahead(&self.keyboard, &bytes);
                if let Some(rest) = rest {
                    token.cancel();
                    interrupted = true;
                    self.pending.extend(rest);
                    // A tool that tidies up gets a moment; then its future is dropped.
                    let step = tokio::time::timeout(GRACE, &mut running).await;
                    break step.unwrap_or(Ok(130));
                }
                let patience = Duration::from_millis(50);
                let _ = tokio::time::timeout(patience, self.out.write(echo)).await;
            }
        };
        self.shell.recover(kept);
        if !interrupted {
            self.pending.extend(self.keyboard.take_unread());
            return step;
        }
        self.keyboard.take_unread();
        self.queued.clear();
        let (discarded, done) = oneshot::channel();
        if self.screen.send(Control::Discard(discarded)).await.is_ok() {
            let _ = done.await;
        }
        let _ = self.out.write("\x1b[m^C\n").await;
        self.shell.cancelled = self.cancelled.child_token();
        if let Some(trap) = self.shell.traps.get("INT").cloned() {
            let running = Box::pin(self.shell.run_lines(&trap, &streams));
            let _ = tokio::time::timeout(TRAP, running).await;
        }
        Ok(130)
    }
}

/// Types bytes; returns the echo and, when Ctrl-C was among them, what came after it.
fn type_ahead(keyboard: &Keyboard, bytes: &[u8]) -> (Vec<u8>, Option<Vec<u8>>) {
    let mut echo = Vec::new();
    for (at, &byte) in bytes.iter().enumerate() {
        match byte {
            3 => return (echo, Some(bytes[at + 1..].to_vec())),
            26 if !keyboard.is_raw() => {
                echo.extend_from_slice(
                    b"^Z (commands cannot be stopped here; Ctrl-C ends this one)\n",
                );
            }
            other => echo.extend(keyboard.type_byte(other)),
        }
    }
    (echo, None)
}

/// A command for a mark: percent-encoded and cut.
fn encoded(text: &str) -> String {
    use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
    let short: String = text.trim_end().chars().take(340).collect();
    let mut encoded = utf8_percent_encode(&short, NON_ALPHANUMERIC).to_string();
    encoded.truncate(1_020);
    encoded
}
