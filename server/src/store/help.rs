//! Raised hands.

use super::events::append_event;
use super::{Error, Recorded, Store, sql};

/// A hand that is up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hand {
    /// Since when.
    pub raised_at: i64,
    /// What it is about; may be empty.
    pub note: String,
}

impl Store {
    /// Raises or lowers a learner's hand and tells of it, both or neither; nothing if it was so already.
    ///
    /// A hand that is up stays up since when it was raised; only the note changes.
    pub async fn set_hand(
        &self,
        learner_id: &str,
        hand: Option<Hand>,
        told: String,
    ) -> Result<Option<Recorded>, Error> {
        let learner = learner_id.to_owned();
        self.write_of(learner_id, move |connection| {
            Box::pin(async move {
                let (raised_at, note) = match hand {
                    Some(hand) => (Some(hand.raised_at), hand.note),
                    None => (None, String::new()),
                };
                let update = sql("UPDATE learner
                     SET help_raised_at = $2, help_note = $3
                     WHERE id = $1
                       AND (COALESCE(help_raised_at, -1) <> COALESCE($2, -1) OR help_note <> $3)");
                let update = update.bind(learner.as_str()).bind(raised_at).bind(note);
                if connection.execute(update).await? == 0 {
                    return Ok(None);
                }
                append_event(connection, &learner, told).await
            })
        })
        .await
    }
}
