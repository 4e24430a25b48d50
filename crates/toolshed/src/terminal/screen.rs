//! The session's screen: what every viewer sees, kept so that a new one can be shown it.
//!
//! **Invariant:** the shell never waits for a viewer longer than [`PATIENCE`]. A viewer that is
//! further behind misses bytes and is repainted when it reads again.

use std::num::NonZeroU16;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{mpsc, oneshot};
use vt100::capture::{BasicFormattedCaptureState, RowContents};

use crate::stream::Input;

/// How long the shell waits for a viewer that does not read.
const PATIENCE: Duration = Duration::from_secs(2);

/// How much that has scrolled away is kept.
const MAX_SCROLLED: usize = 48 * 1024;

/// How many chunks a viewer may leave unread.
const VIEWER_CHUNKS: usize = 16;

/// How long an output rests that nobody watches, so that it costs little.
const UNWATCHED_REST: Duration = Duration::from_millis(5);

/// After so many bytes the screen rests for a millisecond, so that a flood leaves others room.
const FLOOD: usize = 128 * 1024;

/// What the session asks of its screen.
pub(super) enum Control {
    /// A new viewer.
    Attach(mpsc::Sender<Bytes>),
    /// Forget what is not shown yet, as a terminal does at Ctrl-C, and say when that is done.
    Discard(oneshot::Sender<()>),
    /// The size has changed.
    Resize(u16, u16),
}

/// A channel to a viewer.
pub(super) fn viewer() -> (mpsc::Sender<Bytes>, mpsc::Receiver<Bytes>) {
    mpsc::channel(VIEWER_CHUNKS)
}

struct Viewer {
    output: mpsc::Sender<Bytes>,
    behind: bool,
}

struct Screen {
    parser: vt100::Parser<Scrolled>,
    viewers: Vec<Viewer>,
    /// Bytes shown since the last rest.
    unrested: usize,
}

/// What has scrolled off the top, as text with colours.
#[derive(Default)]
struct Scrolled {
    text: String,
    state: BasicFormattedCaptureState,
}

impl vt100::Callbacks for Scrolled {
    fn on_scroll(&mut self, row: RowContents<'_>, alternate_screen: bool) {
        if alternate_screen || row.write_formatted_basic(&mut self.text, &mut self.state).is_err() {
            return;
        }
        if self.text.len() > MAX_SCROLLED {
            let least = self.text.len() - MAX_SCROLLED * 3 / 4;
            let end = self.text.as_bytes()[least..].iter().position(|&byte| byte == b'\n');
            match end {
                Some(end) => drop(self.text.drain(..=least + end)),
                None => self.text.clear(),
            }
        }
    }
}

fn cells(number: u16) -> NonZeroU16 {
    NonZeroU16::new(number.clamp(2, 1_000)).unwrap_or(NonZeroU16::MIN)
}

/// Shows what the session writes until it has ended and everything is shown.
pub(super) async fn show(mut input: Input, mut control: mpsc::Receiver<Control>, size: (u16, u16)) {
    let parser =
        vt100::Parser::new_with_callbacks(cells(size.1), cells(size.0), 0, Scrolled::default());
    let mut screen = Screen { parser, viewers: Vec::new(), unrested: 0 };
    loop {
        let behind = screen.viewers.iter().any(|viewer| viewer.behind);
        tokio::select! {
            biased;
            asked = control.recv() => match asked {
                Some(Control::Discard(done)) => {
                    input.discard().await;
                    let _ = done.send(());
                }
                Some(Control::Attach(viewer)) => screen.attach(viewer),
                Some(Control::Resize(columns, rows)) => {
                    screen.parser.set_size(cells(rows), cells(columns));
                }
                None => return,
            },
            chunk = input.read() => match chunk {
                Some(chunk) => screen.write(&chunk).await,
                None => return,
            },
            () = tokio::time::sleep(Duration::from_millis(200)), if behind => screen.catch_up(),
        }
    }
}

/// Passes what the session writes on to its only viewer, who is waited for.
pub(super) async fn pass(
    mut input: Input,
    mut control: mpsc::Receiver<Control>,
    viewer: mpsc::Sender<Bytes>,
) {
    let mut asking = true;
    loop {
        tokio::select! {
            biased;
            asked = control.recv(), if asking => match asked {
                Some(Control::Discard(done)) => {
                    input.discard().await;
                    let _ = done.send(());
                }
                Some(Control::Attach(_) | Control::Resize(..)) => {}
                // The session has ended; what it wrote is still on its way.
                None => asking = false,
            },
            chunk = input.read() => match chunk {
                Some(chunk) => if viewer.send(with_returns(&chunk)).await.is_err() { return },
                None => return,
            },
        }
    }
}

impl Screen {
    fn attach(&mut self, output: mpsc::Sender<Bytes>) {
        self.viewers.push(Viewer { output, behind: true });
        self.catch_up();
    }

    /// Repaints the viewers that missed something and have room again.
    fn catch_up(&mut self) {
        let Some(all) = self.viewers.iter().any(|viewer| viewer.behind).then(|| self.repaint())
        else {
            return;
        };
        for viewer in self.viewers.iter_mut().filter(|viewer| viewer.behind) {
            viewer.behind = viewer.output.try_send(all.clone()).is_err();
        }
        self.viewers.retain(|viewer| !viewer.output.is_closed());
    }

    /// Everything a fresh terminal needs to look like this one, scrolled lines included.
    fn repaint(&self) -> Bytes {
        let scrolled = &self.parser.callbacks().text;
        let mut text = String::from("\x1bc");
        if !scrolled.is_empty() {
            text.push_str(&scrolled.replace('\n', "\r\n"));
            text.push_str("\x1b[m");
            // Line feeds push it off the visible part.
            text.push_str(&"\r\n".repeat(usize::from(self.parser.screen().size().0.get())));
        }
        text.push_str(&self.parser.screen().state_formatted());
        text.into()
    }

    async fn write(&mut self, chunk: &[u8]) {
        let chunk = with_returns(chunk);
        self.parser.process(&chunk);
        self.unrested += chunk.len();
        if self.unrested > FLOOD {
            self.unrested = 0;
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        self.viewers.retain(|viewer| !viewer.output.is_closed());
        if self.viewers.is_empty() {
            tokio::time::sleep(UNWATCHED_REST).await;
            return;
        }
        for viewer in self.viewers.iter_mut().filter(|viewer| !viewer.behind) {
            if let Err(mpsc::error::TrySendError::Full(chunk)) =
                viewer.output.try_send(chunk.clone())
            {
                viewer.behind = viewer.output.send_timeout(chunk, PATIENCE).await.is_err();
            }
        }
        self.catch_up();
    }
}

/// Line feeds become carriage return and line feed, as a terminal's driver does it.
fn with_returns(chunk: &[u8]) -> Bytes {
    let mut bytes = Vec::with_capacity(chunk.len() + 16);
    for &byte in chunk {
        if byte == b'\n' {
            bytes.push(b'\r');
        }
        bytes.push(byte);
    }
    bytes.into()
}
