//! A terminal session: reads commands and runs them, one after the other.

use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use brush_parser::ast::Program;
use bytes::Bytes;
use futures::FutureExt as _;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use super::draw::{Place, Prompt};
use super::editor::Editor;
use super::keyboard::Keyboard;
use super::keys::Decoder;
use super::screen::Control;
use crate::shell::parse::{Parsed, parse};
use crate::shell::{Flow, Shell, Streams};
use crate::stream::{Input, Output};
use crate::tool::ExitCode;
use crate::toolbox::BROKEN;

/// How long a command may take to end by itself after Ctrl-C.
const GRACE: Duration = Duration::from_millis(100);

/// How long a trap may run at Ctrl-C or at the end.
const TRAP: Duration = Duration::from_secs(5);

/// What a session is made of.
pub(super) struct Parts {
    pub(super) shell: Shell,
    pub(super) out: Output,
    pub(super) keys: mpsc::Receiver<Bytes>,
    pub(super) resized: watch::Receiver<(u16, u16)>,
    pub(super) screen: mpsc::Sender<Control>,
}

/// How a session goes about its work.
pub(super) struct Manner {
    /// What it prints first.
    pub(super) banner: String,
    /// Whether commands are marked for the page.
    pub(super) marked: bool,
    /// The one command to run, instead of those that are typed.
    pub(super) command: Option<String>,
}

/// A running session.
pub(super) struct Session {
    pub(super) shell: Shell,
    pub(super) out: Output,
    pub(super) keys: mpsc::Receiver<Bytes>,
    pub(super) keyboard: Arc<Keyboard>,
    pub(super) resized: watch::Receiver<(u16, u16)>,
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
    /// Whether commands are marked for the page.
    pub(super) marked: bool,
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
    /// A session in an interactive shell.
    pub(super) fn new(parts: Parts, manner: &Manner) -> Self {
        let Parts { mut shell, out, keys, resized, screen } = parts;
        shell.begin();
        shell.interactive = manner.command.is_none();
        shell.screen = Some(resized.clone());
        shell.set_text("TERM", "xterm-256color");
        shell.export("TERM");
        if shell.interactive {
            for (name, text) in [("ll", "ls -l"), ("grep", "grep --color=auto")] {
                shell.aliases.insert(name.to_owned(), text.to_owned());
            }
        }
        Self {
            cancelled: shell.cancelled.clone(),
            shell,
            out,
            keys,
            keyboard: Arc::new(Keyboard::default()),
            resized,
            screen,
            decoder: Decoder::default(),
            editor: Editor::default(),
            pending: VecDeque::new(),
            queued: VecDeque::new(),
            shown: String::new(),
            prompt: Prompt::plain(""),
            place: Place::default(),
            marked: manner.marked,
        }
    }

    /// Runs it to its end.
    pub(super) async fn run(mut self, manner: Manner) -> ExitCode {
        let _ = self.out.write(manner.banner).await;
        let _jobs = self.shell.reaper();
        match manner.command {
            Some(command) => self.run_one(&command).await,
            None => self.run_typed().await,
        }
    }

    /// Runs the one command that the session is for.
    async fn run_one(&mut self, command: &str) -> ExitCode {
        let (own, cost) = (command.to_owned(), command.len() * 16);
        let message = match self.shell.lab.share.apart(cost, move || parse(&own)).await {
            Parsed::Complete(program, _) => {
                let step = self.execute(&program).await;
                let streams = self.streams();
                return self.shell.leave(step, &streams).await;
            }
            Parsed::Incomplete(missing) => missing.message(),
            Parsed::Wrong(message) => message,
        };
        let _ = self.out.write(format!("{}: {message}\n", self.shell.name)).await;
        2
    }

    /// Runs what is typed until the person leaves.
    async fn run_typed(&mut self) -> ExitCode {
        loop {
            self.report_jobs().await;
            match self.read_request().await {
                Request::Run(text, program) => {
                    self.shell.lab.remember(text.trim_end_matches('\n'));
                    self.mark(format!("C;cmdline_url={}", encoded(&text))).await;
                    let step = self.execute(&program).await;
                    if let Err(Flow::Exit(code)) = step {
                        let streams = self.streams();
                        let leaving = self.shell.leave(Err(Flow::Exit(code)), &streams);
                        return tokio::time::timeout(TRAP, leaving).await.unwrap_or(code);
                    }
                    self.shell.status = step.unwrap_or_else(Flow::code);
                    self.mark(format!("D;{}", self.shell.status)).await;
                }
                Request::Nothing => self.mark("D".to_owned()).await,
                Request::Wrong(message) => {
                    self.shell.status = 2;
                    self.mark("C".to_owned()).await;
                    let _ = self.out.write(format!("bash: {message}\n")).await;
                    self.mark("D;2".to_owned()).await;
                }
                Request::End => {
                    let _ = self.out.write("exit\n").await;
                    return self.shell.status;
                }
            }
        }
    }

    /// Tells the page where in the course of a command the session is.
    async fn mark(&self, mark: String) {
        if self.marked {
            let _ = self.out.write(format!("\x1b]133;{mark}\x07")).await;
        }
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
            let running = AssertUnwindSafe(self.shell.program(program, &streams)).catch_unwind();
            let running = running.map(|step| {
                step.unwrap_or_else(|_| {
                    tracing::error!("A command panicked");
                    Ok(BROKEN)
                })
            });
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
            // Ctrl-C, and Ctrl-\ that ends what does not heed it.
            3 | 28 if !keyboard.is_whole() => return (echo, Some(bytes[at + 1..].to_vec())),
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
