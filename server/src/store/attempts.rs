//! Exercises that were started, with what was noted then.

use super::{Error, Row, Store, sql};

/// An exercise that a learner started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Which exercise.
    pub exercise_id: String,
    /// When.
    pub started_at: i64,
    /// What was noted, as JSON.
    pub baseline: Option<String>,
}

fn attempt(row: &Row) -> Result<Attempt, Error> {
    Ok(Attempt {
        exercise_id: row.text("exercise_id")?,
        started_at: row.integer("started_at")?,
        baseline: row.optional_text("baseline")?,
    })
}

impl Store {
    /// Opens an attempt; `false` if one is open, which then stays as it is.
    pub async fn add_attempt(&self, learner_id: &str, attempt: &Attempt) -> Result<bool, Error> {
        let insert = sql("INSERT INTO attempt (learner_id, exercise_id, started_at, baseline)
             VALUES ($1, $2, $3, $4)
             ON CONFLICT (learner_id, exercise_id) DO NOTHING");
        let insert = insert
            .bind(learner_id)
            .bind(attempt.exercise_id.as_str())
            .bind(attempt.started_at)
            .bind(attempt.baseline.clone());
        Ok(self.execute_of(learner_id, insert).await? == 1)
    }

    /// Every attempt of a learner.
    pub async fn attempts(&self, learner_id: &str) -> Result<Vec<Attempt>, Error> {
        let select = sql("SELECT exercise_id, started_at, baseline
             FROM attempt
             WHERE learner_id = $1");
        self.read(select.bind(learner_id)).await?.iter().map(attempt).collect()
    }

    /// Every attempt of a class, each with its learner.
    pub async fn attempts_of_class(&self, class_id: &str) -> Result<Vec<(String, Attempt)>, Error> {
        let select = sql("SELECT attempt.learner_id, exercise_id, started_at, baseline
             FROM attempt
             JOIN learner ON learner.id = attempt.learner_id
             WHERE learner.class_id = $1");
        let rows = self.read(select.bind(class_id)).await?;
        rows.iter().map(|row| Ok((row.text("learner_id")?, attempt(row)?))).collect()
    }

    /// Forgets the baselines of a learner: they speak of objects of a lab that is gone.
    pub async fn delete_attempts(&self, learner_id: &str) -> Result<u64, Error> {
        let delete = sql("DELETE FROM attempt WHERE learner_id = $1").bind(learner_id);
        self.execute_of(learner_id, delete).await
    }
}
