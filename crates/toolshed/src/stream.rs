//! Byte streams between tools: what a pipe, a file or the terminal is to them.
//!
//! **Invariant:** memory is bounded. A pipe holds at most [`PIPE_CHUNKS`] chunks of [`CHUNK`]
//! bytes; then its writer waits.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex as BlockingMutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{Mutex, mpsc};

use crate::files::{FileError, Files};
use crate::share::Pace;
use crate::terminal::keyboard::{Keyboard, Raw};

/// How many chunks a pipe holds before its writer waits.
const PIPE_CHUNKS: usize = 16;

/// The most bytes that travel as one chunk.
const CHUNK: usize = 8 * 1024;

/// A line longer than this reaches line-wise tools in pieces.
pub const MAX_LINE: usize = 1024 * 1024;

/// The reader has gone away: a tool that meets this ends, as one killed by `SIGPIPE` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed;

/// Where a tool reads from. Clones read from the same place: what one takes, the other misses.
#[derive(Clone, Debug)]
pub struct Input {
    source: Arc<Mutex<Source>>,
    keyboard: Option<Arc<Keyboard>>,
}

#[derive(Debug)]
struct Source {
    pending: Bytes,
    more: More,
    pace: Pace,
}

/// Where an input's next chunk comes from.
#[derive(Debug)]
enum More {
    Nowhere,
    Pipe(mpsc::Receiver<Bytes>),
    Keyboard(Arc<Keyboard>),
}

/// Where a tool writes to. Clones write to the same place.
#[derive(Clone, Debug)]
pub struct Output {
    sink: Sink,
    terminal: bool,
}

#[derive(Clone, Debug)]
enum Sink {
    Pipe(mpsc::Sender<Bytes>),
    File(Arc<FileWriter>),
    /// Forgets everything, and counts the chunks.
    Null(Arc<AtomicU32>),
}

/// The end of a file that is being written.
#[derive(Debug)]
struct FileWriter {
    files: Files,
    path: String,
    failed: BlockingMutex<Option<FileError>>,
}

/// A bounded pipe.
pub fn pipe() -> (Output, Input) {
    let (sender, receiver) = mpsc::channel(PIPE_CHUNKS);
    let output = Output { sink: Sink::Pipe(sender), terminal: false };
    (output, Input::new(Bytes::new(), More::Pipe(receiver), None))
}

/// A pipe whose writing end calls itself a terminal.
pub fn terminal() -> (Output, Input) {
    let (output, input) = pipe();
    (Output { terminal: true, ..output }, input)
}

impl Input {
    fn new(pending: Bytes, more: More, keyboard: Option<Arc<Keyboard>>) -> Self {
        let source = Source { pending, more, pace: Pace::default() };
        Self { source: Arc::new(Mutex::new(source)), keyboard }
    }

    /// An input that is at its end.
    pub fn empty() -> Self {
        Self::from_bytes(Bytes::new())
    }

    /// An input that holds `bytes` and then ends, as an open file does.
    pub fn from_bytes(bytes: impl Into<Bytes>) -> Self {
        Self::new(bytes.into(), More::Nowhere, None)
    }

    pub(crate) fn from_keyboard(keyboard: Arc<Keyboard>) -> Self {
        Self::new(Bytes::new(), More::Keyboard(Arc::clone(&keyboard)), Some(keyboard))
    }

    /// Whether a person types here.
    pub fn is_terminal(&self) -> bool {
        self.keyboard.is_some()
    }

    /// Until the guard is dropped, keys arrive one by one and are not echoed; Ctrl-C ends the reader.
    pub fn raw(&self) -> Option<Raw> {
        self.keyboard.as_ref().map(|keyboard| keyboard.raw(false))
    }

    /// As [`Input::raw`], with Ctrl-C as a key: its reader must have another way out.
    pub fn whole(&self) -> Option<Raw> {
        self.keyboard.as_ref().map(|keyboard| keyboard.raw(true))
    }

    /// The next bytes, or `None` at the end.
    pub async fn read(&mut self) -> Option<Bytes> {
        self.source.lock().await.next().await
    }

    /// Forgets what is waiting in the pipe.
    pub(crate) async fn discard(&mut self) {
        let mut source = self.source.lock().await;
        source.pending.clear();
        if let More::Pipe(chunks) = &mut source.more {
            while chunks.try_recv().is_ok() {}
        }
    }

    /// The next line with its line feed (the last may lack it), or `None` at the end.
    pub async fn read_line(&mut self) -> Option<Vec<u8>> {
        let mut source = self.source.lock().await;
        let mut line = Vec::new();
        while line.len() < MAX_LINE {
            let Some(mut chunk) = source.next().await else { break };
            if let Some(at) = chunk.iter().position(|&byte| byte == b'\n') {
                line.extend_from_slice(&chunk.split_to(at + 1));
                source.pending = chunk;
                break;
            }
            line.extend_from_slice(&chunk);
        }
        // Whoever reads on and on lets others run now and then.
        source.pace.spend(line.len() + 64).await;
        (!line.is_empty()).then_some(line)
    }

    /// Everything up to the end, or `None` when it is more than `limit` bytes.
    pub async fn read_to_end(&mut self, limit: usize) -> Option<Vec<u8>> {
        let mut all = Vec::new();
        while let Some(chunk) = self.read().await {
            if all.len() + chunk.len() > limit {
                return None;
            }
            all.extend_from_slice(&chunk);
        }
        Some(all)
    }
}

impl Source {
    async fn next(&mut self) -> Option<Bytes> {
        if !self.pending.is_empty() {
            tokio::task::consume_budget().await;
            return Some(std::mem::take(&mut self.pending));
        }
        match &mut self.more {
            More::Nowhere => None,
            More::Pipe(chunks) => chunks.recv().await,
            More::Keyboard(keyboard) => keyboard.read().await,
        }
    }
}

impl Output {
    /// An output that forgets everything.
    pub fn null() -> Self {
        Self { sink: Sink::Null(Arc::default()), terminal: false }
    }

    /// An output that adds to the end of a file.
    pub fn to_file(files: Files, path: String) -> Self {
        let writer = FileWriter { files, path, failed: BlockingMutex::new(None) };
        Self { sink: Sink::File(Arc::new(writer)), terminal: false }
    }

    /// Whether a person reads here.
    pub fn is_terminal(&self) -> bool {
        self.terminal
    }

    /// Writes, waiting while the reader is behind.
    pub async fn write(&self, bytes: impl Into<Bytes>) -> Result<(), Closed> {
        let mut bytes = bytes.into();
        while !bytes.is_empty() {
            let chunk = bytes.split_to(bytes.len().min(CHUNK));
            match &self.sink {
                Sink::Pipe(chunks) => chunks.send(chunk).await.map_err(|_| Closed)?,
                Sink::File(writer) => {
                    tokio::task::consume_budget().await;
                    writer.write(&chunk)?;
                }
                Sink::Null(count) => rest(count).await,
            }
        }
        Ok(())
    }

    /// Takes the error that a file met while being written, if any.
    pub fn take_error(&self) -> Option<FileError> {
        match &self.sink {
            Sink::File(writer) => {
                writer.failed.lock().unwrap_or_else(PoisonError::into_inner).take()
            }
            Sink::Pipe(_) | Sink::Null(_) => None,
        }
    }
}

/// Rests now and then, so that writing to nowhere cannot keep a core to itself.
async fn rest(count: &AtomicU32) {
    if count.fetch_add(1, Ordering::Relaxed) % 64 == 63 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    } else {
        tokio::task::consume_budget().await;
    }
}

impl FileWriter {
    fn write(&self, chunk: &[u8]) -> Result<(), Closed> {
        self.files.append(&self.path, chunk).map_err(|error| {
            *self.failed.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
            Closed
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_leave_the_rest_for_the_next_reader() {
        let mut input = Input::from_bytes("one\ntwo\nthree");
        let mut other = input.clone();

        assert_eq!(input.read_line().await.as_deref(), Some(&b"one\n"[..]));
        assert_eq!(other.read_line().await.as_deref(), Some(&b"two\n"[..]));
        assert_eq!(input.read_line().await.as_deref(), Some(&b"three"[..]));
        assert_eq!(other.read_line().await, None);
    }

    #[tokio::test]
    async fn a_writer_whose_reader_left_is_told() {
        let (output, input) = pipe();
        drop(input);

        assert_eq!(output.write("x").await, Err(Closed));
    }
}
