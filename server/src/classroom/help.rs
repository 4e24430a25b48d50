//! Asking for help: a hand goes up, an instructor comes, the hand goes down.

use super::names::{self, NameError};
use crate::store::{Error, Hand, Learner, Recorded, Store};
use crate::told::Told;

/// The longest note, in characters.
pub const LONGEST_NOTE: usize = 300;

/// Why a hand could not be raised.
#[derive(Debug, thiserror::Error)]
pub enum HelpError {
    /// The note is too long.
    #[error("the note is too long")]
    TooLong,
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] Error),
}

/// Raises a learner's hand. One that is up stays in its place; only what it is about changes.
pub async fn raise(
    store: &Store,
    learner: &Learner,
    note: &str,
    now: i64,
) -> Result<(Hand, Option<Recorded>), HelpError> {
    let note = match names::clean(note, LONGEST_NOTE) {
        Ok(note) => note,
        Err(NameError::Empty) => String::new(),
        Err(NameError::TooLong) => return Err(HelpError::TooLong),
    };
    let raised_at = learner.hand.as_ref().map_or(now, |hand| hand.raised_at);
    let hand = Hand { raised_at, note };
    let recorded = set(store, &learner.id, Some(hand.clone())).await?;
    Ok((hand, recorded))
}

/// Lowers a learner's hand.
pub async fn lower(store: &Store, learner: &str) -> Result<Option<Recorded>, Error> {
    set(store, learner, None).await
}

async fn set(store: &Store, learner: &str, hand: Option<Hand>) -> Result<Option<Recorded>, Error> {
    let told = Told::Help(describe(hand.as_ref()));
    let data = serde_json::to_string(&told).expect("facts are plain data");
    store.set_hand(learner, hand, data).await
}

/// A hand as the API shows it.
pub fn describe(hand: Option<&Hand>) -> wire::Help {
    hand.map_or_else(wire::Help::default, |hand| wire::Help {
        raised_at: Some(hand.raised_at),
        note: hand.note.clone(),
    })
}
