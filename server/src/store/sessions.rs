//! Who is signed in. Only a digest of each cookie is kept.

use super::{Error, Store, sql};

/// Whose session it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Holder {
    /// A learner's, by id.
    Learner(String),
    /// An instructor's, by id.
    Instructor(String),
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

    /// The learner whose session has this digest, and until when, if it has not expired.
    pub async fn learner_session(
        &self,
        token_hash: &str,
        now: i64,
    ) -> Result<Option<(String, i64)>, Error> {
        let select = sql("SELECT learner_id, expires_at
             FROM session
             WHERE token_hash = $1 AND expires_at > $2 AND learner_id IS NOT NULL");
        let row = self.read_one(select.bind(token_hash).bind(now)).await?;
        row.map(|row| Ok((row.text("learner_id")?, row.integer("expires_at")?))).transpose()
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
