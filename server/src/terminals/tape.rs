//! The last of what a shell has written, by position, and how far each viewer has read.
//!
//! **Invariant:** positions only grow; what lies before the start is gone for good.

use std::collections::{HashMap, VecDeque};

use bytes::Bytes;

use crate::cluster::TerminalSize;

/// What a new viewer is shown of the past.
pub(super) const TAPE: usize = 256 * 1024;

/// The last of what a shell has written.
#[derive(Debug, Default)]
pub(super) struct Tape {
    bytes: VecDeque<u8>,
    start: u64,
    /// Those who look, by number.
    pub(super) viewers: HashMap<u64, Place>,
}

/// Where a viewer stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// The position after the last byte that was read.
    pub(super) seen: u64,
    /// The size of the window: the shell's, while this one types.
    pub(super) size: TerminalSize,
}

impl Tape {
    /// The position after the last byte.
    pub(super) fn end(&self) -> u64 {
        self.start + self.bytes.len() as u64
    }

    /// How far the slowest viewer has read.
    pub(super) fn slowest(&self) -> Option<u64> {
        self.viewers.values().map(|place| place.seen).min()
    }

    /// Whether `more` bytes can be added without taking away what a viewer has not seen.
    pub(super) fn has_room(&self, more: usize) -> bool {
        let keep = (self.end() + more as u64).saturating_sub(TAPE as u64);
        self.slowest().is_none_or(|slowest| slowest >= keep)
    }

    /// Adds what was written, and forgets as much at the other end.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend(bytes);
        let surplus = self.bytes.len().saturating_sub(TAPE);
        self.bytes.drain(..surplus);
        self.start += surplus as u64;
    }

    /// Where a new viewer begins: at the start, or after a line's end if the start was cut off.
    pub(super) fn beginning(&self) -> u64 {
        if self.start == 0 {
            return 0;
        }
        let line = self.bytes.iter().take(4096).position(|byte| *byte == b'\n');
        self.start + line.map_or(0, |at| at as u64 + 1)
    }

    /// What was written from a position on, at most `most` bytes.
    pub(super) fn read(&self, from: u64, most: usize) -> Bytes {
        let skipped = usize::try_from(from.saturating_sub(self.start)).unwrap_or(usize::MAX);
        self.bytes.iter().skip(skipped).take(most).copied().collect()
    }

    /// How many bytes are kept.
    #[cfg(test)]
    pub(super) fn length(&self) -> usize {
        self.bytes.len()
    }
}
