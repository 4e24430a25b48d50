//! What learners are told, numbered without gaps per learner and per class.
//!
//! **Invariant:** a number is given in the transaction that makes the fact, under the learner's row,
//! so that whoever has read number n will find everything up to n.

use super::{Connection, Error, Store, sql};

/// How many events are kept for each learner; who was away for longer gets a fresh picture.
const KEPT: i64 = 500;

/// Where an event was put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The learner's class.
    pub class_id: String,
    /// Its number in the learner's stream.
    pub sequence: i64,
    /// Its number in the class's stream.
    pub class_sequence: i64,
}

/// Appends an event within a transaction; `None` if the learner has gone.
pub async fn append_event(
    connection: &mut Connection,
    learner_id: &str,
    data: String,
) -> Result<Option<Recorded>, Error> {
    let number = sql("UPDATE learner
         SET last_sequence = last_sequence + 1
         WHERE id = $1
         RETURNING class_id, last_sequence");
    let Some(row) = connection.row(number.bind(learner_id)).await? else { return Ok(None) };
    let class_id = row.text("class_id")?;
    let sequence = row.integer("last_sequence")?;
    let number = sql("UPDATE class
         SET last_sequence = last_sequence + 1
         WHERE id = $1
         RETURNING last_sequence");
    let Some(row) = connection.row(number.bind(class_id.as_str())).await? else { return Ok(None) };
    let class_sequence = row.integer("last_sequence")?;
    let insert = sql("INSERT INTO event (learner_id, sequence, class_id, class_sequence, data)
         VALUES ($1, $2, $3, $4, $5)");
    let insert = insert
        .bind(learner_id)
        .bind(sequence)
        .bind(class_id.as_str())
        .bind(class_sequence)
        .bind(data);
    connection.execute(insert).await?;
    let trim = sql("DELETE FROM event WHERE learner_id = $1 AND sequence <= $2");
    connection.execute(trim.bind(learner_id).bind(sequence - KEPT)).await?;
    Ok(Some(Recorded { class_id, sequence, class_sequence }))
}

impl Store {
    /// Appends one event.
    pub async fn tell(&self, learner_id: &str, data: String) -> Result<Option<Recorded>, Error> {
        let id = learner_id.to_owned();
        self.write_of(learner_id, move |connection| {
            Box::pin(async move { append_event(connection, &id, data).await })
        })
        .await
    }

    /// The learner's events after a number, oldest first, at most `limit`.
    pub async fn events_after(
        &self,
        learner_id: &str,
        sequence: i64,
        limit: i64,
    ) -> Result<Vec<(i64, String)>, Error> {
        let select = sql("SELECT sequence, data
             FROM event
             WHERE learner_id = $1 AND sequence > $2
             ORDER BY sequence
             LIMIT $3");
        let rows = self.read(select.bind(learner_id).bind(sequence).bind(limit)).await?;
        rows.iter().map(|row| Ok((row.integer("sequence")?, row.text("data")?))).collect()
    }

    /// The number of the learner's last event.
    pub async fn last_sequence(&self, learner_id: &str) -> Result<i64, Error> {
        let select = sql("SELECT last_sequence FROM learner WHERE id = $1").bind(learner_id);
        self.read_one(select).await?.map_or(Ok(0), |row| row.integer("last_sequence"))
    }
}
