//! What an instructor says: to a class, or to exactly those who share a problem.
//!
//! **Invariant:** who was not online reads it on the next page, until she puts it away or it is old.

use super::names::{self, NameError};
use crate::ambient::Ambient;
use crate::store::{Announcement, Class, Error, Learner, Recorded, Store};
use crate::told::Told;

/// The longest text, in characters.
pub const LONGEST_TEXT: usize = 500;
/// For how long an announcement is shown on pages, in milliseconds.
const FRESH: i64 = 12 * 60 * 60 * 1000;

/// Why nothing was said.
#[derive(Debug, thiserror::Error)]
pub enum AnnounceError {
    /// The text cannot be used.
    #[error("the text cannot be used")]
    Text(NameError),
    /// One of those who should hear it is not in the class.
    #[error("one of the learners is not in the class")]
    Learner,
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] Error),
}

/// Says something in a class: whom it was told, each with the place in the stream.
pub async fn announce(
    store: &Store,
    ambient: &Ambient,
    class: &Class,
    wanted: &wire::Announce,
) -> Result<Vec<(String, Recorded)>, AnnounceError> {
    let text = names::clean(&wanted.text, LONGEST_TEXT).map_err(AnnounceError::Text)?;
    let everyone: Vec<String> =
        store.learners_of(&class.id).await?.into_iter().map(|learner| learner.id).collect();
    if wanted.learners.iter().flatten().any(|id| !everyone.contains(id)) {
        return Err(AnnounceError::Learner);
    }
    let at = ambient.now();
    let announcement = Announcement {
        id: ambient.id(),
        class_id: class.id.clone(),
        text: text.clone(),
        said_at: at,
        learners: wanted.learners.clone(),
    };
    let hearers = wanted.learners.clone().unwrap_or(everyone);
    let told = serde_json::json!(Told::Announcement { text, at }).to_string();
    Ok(store.announce(announcement, hearers, told).await?)
}

/// The last words to a learner that are fresh and that she has not put away; `announced_at` is when her class last heard some.
pub async fn current(
    store: &Store,
    announced_at: Option<i64>,
    learner: &Learner,
    now: i64,
) -> Result<Option<wire::Announcement>, Error> {
    let after = learner.dismissed_at.max(now - FRESH);
    if announced_at.is_none_or(|said| said <= after) {
        return Ok(None);
    }
    let found = store.announcement_for(&learner.class_id, &learner.id, after).await?;
    Ok(found.map(|(text, at)| wire::Announcement { text, at }))
}

/// Whether words are so fresh that a page shows them.
pub fn is_fresh(said: &wire::Announcement, now: i64) -> bool {
    said.at > now - FRESH
}
