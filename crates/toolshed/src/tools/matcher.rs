//! Regular expressions that leave the thread to others.
//!
//! **Invariant:** an expression takes at most [`LARGEST`] bytes, and one that is not small is never
//! used on a thread of the runtime, nor on a text of more than [`PIECE`] bytes.

use std::sync::Arc;

use regex::bytes::{Regex, RegexBuilder};

use crate::share::{PIECE, Patience, Share};

/// What an expression may take that is used on short texts at once.
const SMALL: usize = 1 << 15;

/// What an expression may take at most.
pub(super) const LARGEST: usize = 1 << 21;

/// How long the source of an expression may be: its syntax tree takes a hundred times as much.
const LONGEST_SOURCE: usize = 128 * 1024;

/// The text is too long for the expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooMuch;

impl std::fmt::Display for TooMuch {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("line too long for this regular expression")
    }
}

/// A compiled expression. Clones share it.
#[derive(Clone)]
pub(super) struct Matcher {
    regex: Arc<Regex>,
    small: bool,
}

impl Matcher {
    /// Compiles an expression that may take so many bytes.
    pub(super) fn new(source: &str, ignore_case: bool, most: usize) -> Option<Self> {
        if source.len() > LONGEST_SOURCE {
            return None;
        }
        let build = |limit: usize| {
            let mut builder = RegexBuilder::new(source);
            builder
                .case_insensitive(ignore_case)
                .size_limit(limit)
                .dfa_size_limit(limit.max(SMALL));
            builder.build().ok().map(Arc::new)
        };
        if let Some(regex) = build(SMALL.min(most)) {
            return Some(Self { regex, small: true });
        }
        build(most).map(|regex| Self { regex, small: false })
    }

    /// How many groups it has, the whole included.
    pub(super) fn groups(&self) -> usize {
        self.regex.captures_len()
    }

    /// Looks for the first match of a text, which comes back.
    pub(super) async fn once<T: Send + 'static>(
        &self,
        share: &Share,
        text: Vec<u8>,
        work: impl FnOnce(&Regex, &[u8]) -> T + Send + 'static,
    ) -> Result<(Vec<u8>, T), TooMuch> {
        self.run(share, text.len() * 8, text, work).await
    }

    /// Looks for all matches of a text: each may look at the whole of it.
    pub(super) async fn all<T: Send + 'static>(
        &self,
        share: &Share,
        text: Vec<u8>,
        work: impl FnOnce(&Regex, &[u8]) -> T + Send + 'static,
    ) -> Result<(Vec<u8>, T), TooMuch> {
        let cost = text.len() * (text.len() / 256).max(1);
        self.run(share, cost, text, work).await
    }

    async fn run<T: Send + 'static>(
        &self,
        share: &Share,
        cost: usize,
        text: Vec<u8>,
        work: impl FnOnce(&Regex, &[u8]) -> T + Send + 'static,
    ) -> Result<(Vec<u8>, T), TooMuch> {
        if !self.small && text.len() > PIECE {
            return Err(TooMuch);
        }
        let cost = if self.small { cost } else { usize::MAX };
        let regex = Arc::clone(&self.regex);
        let work = move || {
            let done = work(&regex, &text);
            (text, done)
        };
        Ok(share.apart(cost, work).await)
    }
}

/// Where an expression matches, unless looking takes too long.
pub(super) fn ranges(regex: &Regex, text: &[u8]) -> Result<Vec<std::ops::Range<usize>>, TooMuch> {
    let patience = Patience::new();
    let mut ranges = Vec::new();
    for found in regex.find_iter(text) {
        ranges.push(found.range());
        if ranges.len().is_multiple_of(256) && patience.is_over() {
            return Err(TooMuch);
        }
    }
    Ok(ranges)
}
