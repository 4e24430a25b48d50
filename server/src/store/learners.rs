//! Learners, and the seat that each takes.

use curriculum::Language;

use super::{Error, Hand, Row, Store, classes, sql};

/// Someone who has joined a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Learner {
    /// The learner's id.
    pub id: String,
    /// The class.
    pub class_id: String,
    /// What she is called.
    pub name: String,
    /// The language last chosen.
    pub language: Language,
    /// When she joined.
    pub joined_at: i64,
    /// Her hand, while it is up.
    pub hand: Option<Hand>,
    /// What was said up to this moment, she has put away.
    pub dismissed_at: i64,
}

pub(super) fn learner(row: &Row) -> Result<Learner, Error> {
    let note = row.text("help_note")?;
    let raised_at = row.optional_integer("help_raised_at")?;
    Ok(Learner {
        id: row.text("id")?,
        class_id: row.text("class_id")?,
        name: row.text("name")?,
        language: classes::language(row)?,
        joined_at: row.integer("joined_at")?,
        hand: raised_at.map(|raised_at| Hand { raised_at, note }),
        dismissed_at: row.integer("dismissed_at")?,
    })
}

impl Store {
    /// Takes a seat and signs the learner in, both or neither; `false` if no seat is free.
    pub async fn add_learner(
        &self,
        learner: Learner,
        token_hash: String,
        session_expires_at: i64,
    ) -> Result<bool, Error> {
        let id = learner.id.clone();
        self.write_of(&id, move |connection| {
            Box::pin(async move {
                let seat = sql("UPDATE class
                     SET learners = learners + 1
                     WHERE id = $1 AND learners < seats");
                if connection.execute(seat.bind(learner.class_id.as_str())).await? == 0 {
                    return Ok(false);
                }
                let insert = sql("INSERT INTO learner (id, class_id, name, language, joined_at)
                     VALUES ($1, $2, $3, $4, $5)");
                let insert = insert
                    .bind(learner.id.as_str())
                    .bind(learner.class_id)
                    .bind(learner.name)
                    .bind(learner.language.code())
                    .bind(learner.joined_at);
                connection.execute(insert).await?;
                let session = sql("INSERT INTO session (token_hash, learner_id, expires_at)
                     VALUES ($1, $2, $3)");
                let session = session.bind(token_hash).bind(learner.id).bind(session_expires_at);
                connection.execute(session).await?;
                Ok(true)
            })
        })
        .await
    }

    /// The learner with an id.
    pub async fn learner(&self, id: &str) -> Result<Option<Learner>, Error> {
        let select =
            sql("SELECT id, class_id, name, language, joined_at, help_raised_at, help_note,
                    dismissed_at
             FROM learner
             WHERE id = $1");
        self.read_one(select.bind(id)).await?.as_ref().map(learner).transpose()
    }

    /// Every learner of a class, by name.
    pub async fn learners_of(&self, class_id: &str) -> Result<Vec<Learner>, Error> {
        let select =
            sql("SELECT id, class_id, name, language, joined_at, help_raised_at, help_note,
                    dismissed_at
             FROM learner
             WHERE class_id = $1
             ORDER BY name, id");
        self.read(select.bind(class_id)).await?.iter().map(learner).collect()
    }

    /// Remembers the language that a learner chose; `false` if it was that already.
    pub async fn set_language(&self, id: &str, language: Language) -> Result<bool, Error> {
        let update = sql("UPDATE learner SET language = $2 WHERE id = $1 AND language <> $2");
        Ok(self.execute_of(id, update.bind(id).bind(language.code())).await? == 1)
    }

    /// Forgets everything about a learner and frees the seat. Her lab must be unwanted by then.
    pub async fn delete_learner(&self, id: &str) -> Result<(), Error> {
        let learner_id = id;
        let id = id.to_owned();
        self.write_of(learner_id, move |connection| {
            Box::pin(async move {
                // Events lock the learner and then the class; the same order here cannot deadlock.
                let lock = sql("UPDATE learner
                     SET last_sequence = last_sequence + 1
                     WHERE id = $1
                     RETURNING class_id");
                let Some(row) = connection.row(lock.bind(id.as_str())).await? else {
                    return Ok(());
                };
                let class_id = row.text("class_id")?;
                for text in [
                    "DELETE FROM session WHERE learner_id = $1",
                    "DELETE FROM event WHERE learner_id = $1",
                    "DELETE FROM result WHERE learner_id = $1",
                    "DELETE FROM announcement_to WHERE learner_id = $1",
                    "DELETE FROM attempt WHERE learner_id = $1",
                    "DELETE FROM lab WHERE learner_id = $1",
                    "DELETE FROM learner WHERE id = $1",
                ] {
                    connection.execute(sql(text).bind(id.as_str())).await?;
                }
                let seat = sql("UPDATE class SET learners = learners - 1 WHERE id = $1");
                connection.execute(seat.bind(class_id)).await?;
                Ok(())
            })
        })
        .await
    }
}
