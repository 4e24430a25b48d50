//! What instructors said, and who has put it away.

use super::{Error, Recorded, Store, append_event, sql};

/// Something that was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// Its id.
    pub id: String,
    /// To which class.
    pub class_id: String,
    /// The text, plain.
    pub text: String,
    /// When.
    pub said_at: i64,
    /// To whom; nobody named means the whole class, and whoever joins it later.
    pub learners: Option<Vec<String>>,
}

impl Store {
    /// Keeps what was said, and tells it to `hearers`: all of it or nothing. Those to whom it was not said never see it.
    ///
    /// Whom it was told, each with the place in the stream; who has left meanwhile is not among them.
    pub async fn announce(
        &self,
        announcement: Announcement,
        mut hearers: Vec<String>,
        told: String,
    ) -> Result<Vec<(String, Recorded)>, Error> {
        hearers.sort_unstable();
        hearers.dedup();
        self.write(move |connection| {
            Box::pin(async move {
                let Announcement { id, class_id, text, said_at, learners } = announcement;
                let to_everyone = i64::from(learners.is_none());
                // Every learner before the class, each in the same order: whoever numbers an event meanwhile cannot deadlock.
                for learner in &hearers {
                    let lock =
                        sql("UPDATE learner SET last_sequence = last_sequence WHERE id = $1");
                    connection.execute(lock.bind(learner.as_str())).await?;
                }
                let insert = sql("INSERT INTO announcement (id, class_id, text, said_at, everyone)
                     VALUES ($1, $2, $3, $4, $5)");
                let insert = insert.bind(id.as_str()).bind(class_id.as_str()).bind(text);
                connection.execute(insert.bind(said_at).bind(to_everyone)).await?;
                let mut heard = Vec::with_capacity(hearers.len());
                for learner in hearers {
                    let recorded = append_event(connection, &learner, told.clone()).await?;
                    let Some(recorded) = recorded else { continue };
                    if learners.is_some() {
                        let insert =
                            sql("INSERT INTO announcement_to (announcement_id, learner_id)
                             VALUES ($1, $2)");
                        connection.execute(insert.bind(id.as_str()).bind(learner.as_str())).await?;
                    }
                    heard.push((learner, recorded));
                }
                let mark = sql("UPDATE class SET announced_at = $2 WHERE id = $1");
                connection.execute(mark.bind(class_id).bind(said_at)).await?;
                Ok(heard)
            })
        })
        .await
    }

    /// The last words to a learner after a moment: the text, and when.
    pub async fn announcement_for(
        &self,
        class_id: &str,
        learner_id: &str,
        after: i64,
    ) -> Result<Option<(String, i64)>, Error> {
        let select = sql("SELECT text, said_at
             FROM announcement
             WHERE class_id = $1 AND said_at > $3
               AND (everyone = 1 OR EXISTS (
                   SELECT 1 FROM announcement_to
                   WHERE announcement_id = announcement.id AND learner_id = $2))
             ORDER BY said_at DESC
             LIMIT 1");
        let row = self.read_one(select.bind(class_id).bind(learner_id).bind(after)).await?;
        row.map(|row| Ok((row.text("text")?, row.integer("said_at")?))).transpose()
    }

    /// Notes that a learner has read what was said up to a moment; `false` if that is known.
    pub async fn dismiss(&self, learner_id: &str, up_to: i64) -> Result<bool, Error> {
        let update =
            sql("UPDATE learner SET dismissed_at = $2 WHERE id = $1 AND dismissed_at < $2");
        Ok(self.execute_of(learner_id, update.bind(learner_id).bind(up_to)).await? == 1)
    }
}
