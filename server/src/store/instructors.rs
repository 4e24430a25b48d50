//! Instructors and the one-time links that make them.

use super::{Error, Store, sql};

impl Store {
    /// Whether an instructor is signed in anywhere.
    pub async fn has_instructor(&self, now: i64) -> Result<bool, Error> {
        let select = sql("SELECT instructor_id
             FROM session
             WHERE instructor_id IS NOT NULL AND expires_at > $1
             LIMIT 1");
        Ok(self.read_one(select.bind(now)).await?.is_some())
    }

    /// Remembers a sign-in link by its digest.
    pub async fn add_sign_in_link(&self, token_hash: &str, expires_at: i64) -> Result<(), Error> {
        let insert = sql("INSERT INTO sign_in_link (token_hash, expires_at) VALUES ($1, $2)");
        self.execute(insert.bind(token_hash).bind(expires_at)).await.map(drop)
    }

    /// Uses a link up and opens an instructor's session, both or neither; `false` if the link is
    /// unknown, used or expired.
    pub async fn use_sign_in_link(
        &self,
        link_hash: String,
        instructor_id: String,
        session_hash: String,
        session_expires_at: i64,
        now: i64,
    ) -> Result<bool, Error> {
        self.write(move |connection| {
            Box::pin(async move {
                let spend = sql("UPDATE sign_in_link
                     SET used_at = $2
                     WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2");
                if connection.execute(spend.bind(link_hash).bind(now)).await? == 0 {
                    return Ok(false);
                }
                let add = sql("INSERT INTO instructor (id, created_at) VALUES ($1, $2)");
                connection.execute(add.bind(instructor_id.as_str()).bind(now)).await?;
                let session = sql("INSERT INTO session (token_hash, instructor_id, expires_at)
                     VALUES ($1, $2, $3)");
                let session =
                    session.bind(session_hash).bind(instructor_id).bind(session_expires_at);
                connection.execute(session).await?;
                Ok(true)
            })
        })
        .await
    }
}
