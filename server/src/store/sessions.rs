//! Who is signed in. Only a digest of each cookie is kept.

use super::learners::{self, Learner};
use super::{Error, Store, sql};

/// Whose session it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// A learner's, by id.
    Learner(String),
    /// An instructor's, by id.
    Instructor(String),
}

/// A learner as she comes with a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    /// Who she is.
    pub learner: Learner,
    /// What her class is called.
    pub class_name: String,
    /// When something was last said to her class.
    pub announced_at: Option<i64>,
    /// When the session ends.
    pub session_ends: i64,
}

impl Store {
    /// Whose session has this digest, if it has not expired.
    pub async fn session(&self, token_hash: &str, now: i64) -> Result<Option<Holder>, Error> {
        let select = sql("SELECT learner_id, instructor_id
             FROM session
             WHERE token_hash = $1 AND expires_at > $2");
        let row = self.read_one(select.bind(token_hash).bind(now)).await?;
        let Some(row) = row else { return Ok(None) };
        let learner = row.optional_text("learner_id")?.map(Holder::Learner);
        let instructor = row.optional_text("instructor_id")?.map(Holder::Instructor);
        Ok(learner.or(instructor))
    }

    /// The learner whose session has this digest, if it has not expired, with what a page says of her class.
    pub async fn signed_in(&self, token_hash: &str, now: i64) -> Result<Option<SignedIn>, Error> {
        let select = sql("SELECT learner.id, class_id, learner.name, learner.language, joined_at,
                    help_raised_at, help_note, dismissed_at,
                    class.name AS class_name, announced_at, expires_at
             FROM session
             JOIN learner ON learner.id = session.learner_id
             JOIN class ON class.id = learner.class_id
             WHERE token_hash = $1 AND expires_at > $2");
        let row = self.read_one(select.bind(token_hash).bind(now)).await?;
        let signed_in = |row: super::Row| {
            Ok(SignedIn {
                learner: learners::learner(&row)?,
                class_name: row.text("class_name")?,
                announced_at: row.optional_integer("announced_at")?,
                session_ends: row.integer("expires_at")?,
            })
        };
        row.map(signed_in).transpose()
    }

    /// Ends a session; `false` if there was none.
    pub async fn delete_session(&self, token_hash: &str) -> Result<bool, Error> {
        let delete = sql("DELETE FROM session WHERE token_hash = $1").bind(token_hash);
        Ok(self.execute(delete).await? == 1)
    }

    /// Forgets sessions and sign-in links that have expired.
    pub async fn delete_expired(&self, now: i64) -> Result<(), Error> {
        self.execute(sql("DELETE FROM session WHERE expires_at <= $1").bind(now)).await?;
        self.execute(sql("DELETE FROM sign_in_link WHERE expires_at <= $1").bind(now)).await?;
        Ok(())
    }
}
