//! Which labs are wanted. How they are, the cluster knows.

use std::collections::BTreeMap;

use super::{Error, Row, Store, sql};

/// A lab that is wanted, or that is still to be removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabRow {
    /// Its id, in the label of its namespaces.
    pub id: String,
    /// Whose it is.
    pub learner_id: String,
    /// What its namespaces' names begin with.
    pub slug: String,
    /// When it was asked for: its place in the queue.
    pub requested_at: i64,
    /// When it ends by itself: its own time, or its class's end if that comes first.
    pub expires_at: i64,
    /// Whether it should exist.
    pub wanted: bool,
    /// When the last of it was gone.
    pub ended_at: Option<i64>,
}

fn lab(row: &Row) -> Result<LabRow, Error> {
    Ok(LabRow {
        id: row.text("id")?,
        learner_id: row.text("learner_id")?,
        slug: row.text("slug")?,
        requested_at: row.integer("requested_at")?,
        expires_at: row.integer("expires_at")?,
        wanted: row.integer("wanted")? == 1,
        ended_at: row.optional_integer("ended_at")?,
    })
}

impl Store {
    /// Wants a lab for a learner; `false` if one is wanted already.
    ///
    /// What was noted when exercises were started speaks of objects of the lab before: it goes with the same write.
    pub async fn want_lab(&self, lab: &LabRow) -> Result<bool, Error> {
        let lab = lab.clone();
        let learner = lab.learner_id.clone();
        self.write_of(&learner, move |connection| {
            Box::pin(async move {
                let insert =
                    sql("INSERT INTO lab (id, learner_id, slug, requested_at, expires_at, wanted)
                     VALUES ($1, $2, $3, $4, $5, 1)
                     ON CONFLICT DO NOTHING");
                let insert = insert
                    .bind(lab.id)
                    .bind(lab.learner_id.as_str())
                    .bind(lab.slug)
                    .bind(lab.requested_at)
                    .bind(lab.expires_at);
                let added = connection.execute(insert).await? == 1;
                if added {
                    let forget = sql("DELETE FROM attempt WHERE learner_id = $1");
                    connection.execute(forget.bind(lab.learner_id)).await?;
                }
                Ok(added)
            })
        })
        .await
    }

    /// Stops wanting a lab; `false` if it was not wanted.
    pub async fn unwant_lab(&self, id: &str) -> Result<bool, Error> {
        let update = sql("UPDATE lab SET wanted = 0 WHERE id = $1 AND wanted = 1").bind(id);
        Ok(self.execute(update).await? == 1)
    }

    /// Moves the end of a wanted lab; `false` if there is none.
    pub async fn extend_lab(&self, id: &str, expires_at: i64) -> Result<bool, Error> {
        let update = sql("UPDATE lab SET expires_at = $2 WHERE id = $1 AND wanted = 1");
        Ok(self.execute(update.bind(id).bind(expires_at)).await? == 1)
    }

    /// Notes that nothing of a lab is left.
    pub async fn lab_ended(&self, id: &str, now: i64) -> Result<bool, Error> {
        let update = sql("UPDATE lab SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL");
        Ok(self.execute(update.bind(id).bind(now)).await? == 1)
    }

    /// Every lab that is wanted or not yet removed, in the order of asking.
    pub async fn labs_not_ended(&self) -> Result<Vec<LabRow>, Error> {
        let select = sql("SELECT lab.id, learner_id, slug, requested_at, wanted, ended_at,
                    CASE WHEN class.ends_at < expires_at THEN class.ends_at ELSE expires_at END
                        AS expires_at
             FROM lab
             JOIN learner ON learner.id = lab.learner_id
             JOIN class ON class.id = learner.class_id
             WHERE ended_at IS NULL
             ORDER BY requested_at, lab.id");
        self.read(select).await?.iter().map(lab).collect()
    }

    /// The newest lab of each learner of a class who has ever had one.
    pub async fn labs_of_class(&self, class_id: &str) -> Result<Vec<LabRow>, Error> {
        let select =
            sql("SELECT lab.id, learner_id, slug, requested_at, expires_at, wanted, ended_at
             FROM lab
             JOIN learner ON learner.id = lab.learner_id
             WHERE learner.class_id = $1
             ORDER BY wanted, requested_at");
        let rows = self.read(select.bind(class_id)).await?;
        let mut newest = BTreeMap::new();
        for row in &rows {
            let row = lab(row)?;
            newest.insert(row.learner_id.clone(), row);
        }
        Ok(newest.into_values().collect())
    }

    /// The learner's newest lab.
    pub async fn lab_of(&self, learner_id: &str) -> Result<Option<LabRow>, Error> {
        let select = sql("SELECT lab.id, learner_id, slug, requested_at, wanted, ended_at,
                    CASE WHEN class.ends_at < expires_at THEN class.ends_at ELSE expires_at END
                        AS expires_at
             FROM lab
             JOIN learner ON learner.id = lab.learner_id
             JOIN class ON class.id = learner.class_id
             WHERE learner_id = $1
             ORDER BY wanted DESC, requested_at DESC
             LIMIT 1");
        self.read_one(select.bind(learner_id)).await?.as_ref().map(lab).transpose()
    }
}
