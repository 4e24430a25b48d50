//! What is typed while a command runs: the line discipline of a terminal.
//!
//! ```text
//! cooked: keys are echoed, gathered into lines, and read by the command line by line
//! raw:    keys reach the command at once, unechoed (a pager); Ctrl-C still ends it
//! whole:  as raw, and Ctrl-C is a key like any other (an editor, a shell in a pod)
//! ```
//!
//! **Invariant:** what no command has read is handed back with [`Keyboard::take_unread`], so that
//! it becomes the next command line, as on a real terminal.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::Notify;

/// How much typed ahead is kept; the rest rings the bell and is dropped.
const MAX_TYPED: usize = 1024 * 1024;

/// The keyboard of one session, as commands see it.
#[derive(Debug, Default)]
pub(crate) struct Keyboard {
    state: Mutex<State>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// Complete lines, and `None` for each end of file.
    ready: VecDeque<Option<Bytes>>,
    ready_bytes: usize,
    /// The line being typed.
    line: Vec<u8>,
    raw: usize,
    /// How many of the raw ones want Ctrl-C, too.
    whole: usize,
}

/// Keeps the keyboard raw while it lives.
#[derive(Debug)]
pub struct Raw {
    keyboard: Arc<Keyboard>,
    whole: bool,
}

impl Drop for Raw {
    fn drop(&mut self) {
        let mut state = self.keyboard.lock();
        state.raw -= 1;
        state.whole -= usize::from(self.whole);
    }
}

impl Keyboard {
    /// Hands keys out one by one, with `whole` those that would end the command, too.
    pub(crate) fn raw(self: &Arc<Self>, whole: bool) -> Raw {
        let mut state = self.lock();
        state.raw += 1;
        state.whole += usize::from(whole);
        if !state.line.is_empty() {
            // What was typed ahead of an Enter is keys now.
            let line = std::mem::take(&mut state.line);
            state.push(Some(line.into()));
            drop(state);
            self.changed.notify_waiters();
        }
        Raw { keyboard: Arc::clone(self), whole }
    }

    /// Whether Ctrl-C is the command's to read.
    pub(crate) fn is_whole(&self) -> bool {
        self.lock().whole > 0
    }

    /// Whether a command has asked for single keys.
    pub(crate) fn is_raw(&self) -> bool {
        self.lock().raw > 0
    }

    /// The next line, or `None` at an end of file.
    pub(crate) async fn read(&self) -> Option<Bytes> {
        loop {
            let changed = self.changed.notified();
            {
                let mut state = self.lock();
                if let Some(item) = state.ready.pop_front() {
                    state.ready_bytes -= item.as_ref().map_or(0, Bytes::len);
                    return item;
                }
            }
            changed.await;
        }
    }

    /// Takes one typed byte and returns what the terminal shows for it.
    pub(crate) fn type_byte(&self, byte: u8) -> Vec<u8> {
        let mut state = self.lock();
        if state.raw > 0 {
            if state.ready_bytes >= MAX_TYPED {
                return vec![7];
            }
            state.push(Some(Bytes::copy_from_slice(&[byte])));
            drop(state);
            self.changed.notify_waiters();
            return Vec::new();
        }
        if state.ready_bytes + state.line.len() >= MAX_TYPED && !matches!(byte, 0x7f | 0x08) {
            return vec![7];
        }
        match byte {
            b'\r' | b'\n' => {
                state.line.push(b'\n');
                let line = std::mem::take(&mut state.line);
                state.push(Some(line.into()));
                drop(state);
                self.changed.notify_waiters();
                b"\r\n".to_vec()
            }
            4 => {
                let line = std::mem::take(&mut state.line);
                state.push((!line.is_empty()).then(|| line.into()));
                drop(state);
                self.changed.notify_waiters();
                Vec::new()
            }
            0x7f | 0x08 => erase_character(&mut state.line),
            21 => erase_line(&mut state.line),
            27 => {
                state.line.push(byte);
                b"^[".to_vec()
            }
            0..=8 | 11..=31 => {
                state.line.push(byte);
                vec![b'^', byte + 64]
            }
            _ => {
                state.line.push(byte);
                vec![byte]
            }
        }
    }

    /// Takes everything typed that no command has read.
    pub(crate) fn take_unread(&self) -> Vec<u8> {
        let mut state = self.lock();
        let mut unread: Vec<u8> = state.ready.drain(..).flatten().flatten().collect();
        unread.append(&mut state.line);
        state.ready_bytes = 0;
        unread
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn push(&mut self, item: Option<Bytes>) {
        self.ready_bytes += item.as_ref().map_or(0, Bytes::len);
        self.ready.push_back(item);
    }
}

/// Removes the last character and returns what wipes it from the screen.
fn erase_character(line: &mut Vec<u8>) -> Vec<u8> {
    while let Some(byte) = line.pop() {
        // Continuation bytes belong to the character whose first byte comes next.
        if byte & 0xc0 != 0x80 {
            let columns = if byte < 32 { 2 } else { 1 };
            return b"\x08 \x08".repeat(columns);
        }
    }
    Vec::new()
}

fn erase_line(line: &mut Vec<u8>) -> Vec<u8> {
    let mut shown = Vec::new();
    while !line.is_empty() {
        shown.extend(erase_character(line));
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn type_all(keyboard: &Keyboard, keys: &[u8]) -> Vec<u8> {
        keys.iter().flat_map(|&byte| keyboard.type_byte(byte)).collect()
    }

    #[tokio::test]
    async fn a_line_can_be_corrected_before_it_is_read() {
        let keyboard = Keyboard::default();

        let shown = type_all(&keyboard, "caf\u{e9}\x7fe\r\x04".as_bytes());

        assert_eq!(keyboard.read().await.as_deref(), Some(&b"cafe\n"[..]));
        assert_eq!(keyboard.read().await, None);
        assert_eq!(shown, "caf\u{e9}\x08 \x08e\r\n".as_bytes());
    }

    #[tokio::test]
    async fn what_nobody_read_is_handed_back() {
        let keyboard = Keyboard::default();

        type_all(&keyboard, b"ls\rpw");

        assert_eq!(keyboard.take_unread(), b"ls\npw");
    }

    #[tokio::test]
    async fn raw_keys_arrive_at_once_and_unechoed() {
        let keyboard = Arc::new(Keyboard::default());
        let raw = keyboard.raw(false);

        let shown = type_all(&keyboard, b"q");

        assert!(shown.is_empty());
        assert_eq!(keyboard.read().await.as_deref(), Some(&b"q"[..]));
        drop(raw);
        assert!(!keyboard.is_raw());
    }
}
