//! Joining a session: those that a lab keeps by name, and those that end with who started them.
//!
//! **Invariant:** a named session outlives its viewers; one of [`alone`] ends when it is dropped.

use std::sync::{Arc, PoisonError};

use bytes::Bytes;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::screen::{self, Control};
use super::session::{Manner, Parts, Session};
use crate::shell::Shell;
use crate::stream::{Input, Output, terminal};
use crate::tool::ExitCode;
use crate::toolbox::Toolbox;

/// How many sessions a lab may have.
const MAX_SESSIONS: usize = 8;

/// The exit code of a session whose terminal has gone.
const HUNG_UP: ExitCode = 129;

/// A terminal's columns and rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Characters in a row.
    pub columns: u16,
    /// Rows.
    pub rows: u16,
}

impl Size {
    fn sane(self) -> (u16, u16) {
        (self.columns.clamp(2, 1_000), self.rows.clamp(2, 1_000))
    }
}

/// Where a terminal's size is told.
type Sizes = Arc<watch::Sender<(u16, u16)>>;

/// A session as the toolbox keeps it.
pub(crate) struct Handle {
    input: mpsc::Sender<Bytes>,
    control: mpsc::Sender<Control>,
    size: Sizes,
    ended: watch::Receiver<Option<ExitCode>>,
}

/// One viewer's connection to a session. Dropping it leaves a named session running.
pub struct Attachment {
    /// What the person types.
    pub input: mpsc::Sender<Bytes>,
    /// What the screen shows; it closes when the session has ended.
    pub output: mpsc::Receiver<Bytes>,
    control: Option<mpsc::Sender<Control>>,
    size: Sizes,
    ended: watch::Receiver<Option<ExitCode>>,
    /// Ends a session that is this viewer's alone.
    _alone: Option<DropGuard>,
}

impl Attachment {
    /// Tells the session that the terminal has another size; the last one told counts.
    pub async fn resize(&self, size: Size) {
        tell(&self.size, size);
        if let Some(control) = &self.control {
            let _ = control.send(Control::Resize(size.columns, size.rows)).await;
        }
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

fn tell(sizes: &Sizes, size: Size) {
    sizes.send_if_modified(|old| std::mem::replace(old, size.sane()) != size.sane());
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
        tell(&session.size, size);
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
            control: Some(control),
            size: Arc::clone(&session.size),
            ended: session.ended.clone(),
            _alone: None,
        }
    }

    /// A session of the caller's alone, as `exec -it` starts one: with a command, or a shell.
    ///
    /// It shows no screen of the past, marks nothing, and ends when the attachment is dropped.
    pub fn attach_alone(&self, size: Size, command: Option<&str>) -> Attachment {
        let shell = Shell::new(Arc::clone(&self.lab), self.cancelled.child_token());
        let attachment = alone(shell, size, command.map(str::to_owned));
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.retain(|_, session| session.ended.borrow().is_none());
        if sessions.len() >= MAX_SESSIONS {
            return refused();
        }
        let handle = Handle {
            input: attachment.input.clone(),
            control: mpsc::channel(1).0,
            size: Arc::clone(&attachment.size),
            ended: attachment.ended.clone(),
        };
        // No name that a person may give has a blank.
        sessions.insert(format!("alone {}", self.lab.pid()), handle);
        attachment
    }

    fn start_session(&self, size: Size) -> Handle {
        let (input, keys) = mpsc::channel(32);
        let (control, controlled) = mpsc::channel(32);
        let (stdout, shown) = terminal();
        let (finished, ended) = watch::channel(None);
        let cancelled = self.cancelled.child_token();
        let (size, resized) = watch::channel(size.sane());
        let first = *resized.borrow();
        let parts = Parts {
            shell: Shell::new(Arc::clone(&self.lab), cancelled.clone()),
            out: stdout,
            keys,
            resized,
            screen: control.clone(),
        };
        let manner = Manner { banner: self.banner.clone(), marked: true, command: None };
        tokio::spawn(async move {
            let screen = screen::show(shown, controlled, first);
            live(parts, manner, &cancelled, &finished, screen).await;
        });
        Handle { input, control, size: Arc::new(size), ended }
    }
}

/// Starts a session that ends when its attachment is dropped.
fn alone(mut shell: Shell, size: Size, command: Option<String>) -> Attachment {
    let (input, keys) = mpsc::channel(32);
    let (control, controlled) = mpsc::channel(32);
    let (stdout, shown) = terminal();
    let (finished, ended) = watch::channel(None);
    let (size, resized) = watch::channel(size.sane());
    let cancelled = shell.cancelled.child_token();
    shell.cancelled = cancelled.clone();
    let parts = Parts { shell, out: stdout, keys, resized, screen: control };
    let manner = Manner { banner: String::new(), marked: false, command };
    let (viewer, output) = screen::viewer();
    let guard = cancelled.clone().drop_guard();
    tokio::spawn(async move {
        let screen = screen::pass(shown, controlled, viewer);
        live(parts, manner, &cancelled, &finished, screen).await;
    });
    let size = Arc::new(size);
    Attachment { input, output, control: None, size, ended, _alone: Some(guard) }
}

/// Lets a session live until it ends or is ended.
async fn live(
    parts: Parts,
    manner: Manner,
    cancelled: &CancellationToken,
    finished: &watch::Sender<Option<ExitCode>>,
    screen: impl Future<Output = ()>,
) {
    let session = Session::new(parts, &manner);
    let run = async {
        let code = tokio::select! {
            code = session.run(manner) => code,
            () = cancelled.cancelled() => HUNG_UP,
        };
        finished.send_replace(Some(code));
    };
    // The screen is done when the session and all its jobs have let go of their output.
    tokio::select! {
        _ = async { tokio::join!(run, screen) } => {}
        () = cancelled.cancelled() => {}
    }
    finished.send_if_modified(|code| code.is_none() && code.replace(HUNG_UP).is_none());
}

/// Runs a shell within a running command, on the same keyboard and screen, until it ends.
pub(crate) async fn nested(shell: Shell, stdin: &Input, stdout: &Output) -> ExitCode {
    let _keys = stdin.whole();
    let mut resized = shell.screen.clone();
    let now = |size: (u16, u16)| Size { columns: size.0, rows: size.1 };
    let mut attachment = alone(shell.clone(), now(shell.size().unwrap_or((80, 24))), None);
    drop(shell);
    let mut stdin = stdin.clone();
    loop {
        tokio::select! {
            shown = attachment.output.recv() => match shown {
                Some(shown) => if stdout.write(shown).await.is_err() { return HUNG_UP },
                None => return attachment.ended().await,
            },
            typed = stdin.read() => {
                let Some(typed) = typed else { return HUNG_UP };
                // A shell that has just ended has no use for it.
                let _ = attachment.input.send(typed).await;
            }
            size = changed(resized.as_mut()) => attachment.resize(now(size)).await,
        }
    }
}

/// The next size of a terminal; never, where there is none.
pub(crate) async fn changed(sizes: Option<&mut watch::Receiver<(u16, u16)>>) -> (u16, u16) {
    if let Some(sizes) = sizes
        && sizes.changed().await.is_ok()
    {
        return *sizes.borrow_and_update();
    }
    std::future::pending().await
}

fn refused() -> Attachment {
    let (input, _) = mpsc::channel(1);
    let (viewer, output) = screen::viewer();
    let message =
        format!("This lab has {MAX_SESSIONS} terminals open already. Close one first.\r\n");
    let _ = viewer.try_send(message.into());
    let (_, ended) = watch::channel(Some(1));
    let size = Arc::new(watch::channel((80, 24)).0);
    Attachment { input, output, control: None, size, ended, _alone: None }
}
