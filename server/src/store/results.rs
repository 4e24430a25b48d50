//! What each check says now, and when it held for the first time.

use curriculum::{CheckState, Parameter, Reason};

use super::events::append_event;
use super::{Error, Recorded, Row, Store, sql};

/// A check as it stands for a learner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckResult {
    /// Which exercise.
    pub exercise_id: String,
    /// Which check of it.
    pub check_id: String,
    /// Whether it holds now.
    pub state: CheckState,
    /// When it held for the first time; never taken back.
    pub first_passed_at: Option<i64>,
    /// Why it does not hold, as JSON.
    pub reason: Option<String>,
    /// Since when it stands so.
    pub changed_at: i64,
}

/// The parameter of a reason that says how the check stood when it was last seen.
const LAST: &str = "last";

impl CheckResult {
    /// How the check stood when it was last seen: an outage mends nothing and breaks nothing.
    pub fn last_seen(&self) -> CheckState {
        let reason = self.reason.as_deref().filter(|_| self.state == CheckState::Unknown);
        let reason: Option<Reason> = reason.and_then(|text| serde_json::from_str(text).ok());
        match reason.and_then(|reason| reason.parameters.get(LAST).cloned()) {
            Some(Parameter::Text(word)) if word == "not-yet" => CheckState::NotYet,
            _ => self.state,
        }
    }

    /// Why the check cannot be seen now, with how it stood before.
    pub fn unseen(&self, why: Reason) -> Reason {
        if self.last_seen() == CheckState::NotYet { why.with(LAST, "not-yet") } else { why }
    }
}

/// A [`CheckResult`] with its learner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LearnerResult {
    /// Whose.
    pub learner_id: String,
    /// What.
    pub result: CheckResult,
}

/// What is to be recorded together: results, and the events that tell of them.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The results that changed.
    pub results: Vec<CheckResult>,
    /// The events, in order, as JSON.
    pub events: Vec<String>,
}

fn state_word(state: CheckState) -> &'static str {
    match state {
        CheckState::Passed => "passed",
        CheckState::NotYet => "not-yet",
        CheckState::Unknown => "unknown",
    }
}

fn result(row: &Row) -> Result<CheckResult, Error> {
    let state = match row.text("state")?.as_str() {
        "passed" => CheckState::Passed,
        "not-yet" => CheckState::NotYet,
        "unknown" => CheckState::Unknown,
        other => {
            return Err(Error::Malformed { what: "check state", value: other.to_owned() });
        }
    };
    Ok(CheckResult {
        exercise_id: row.text("exercise_id")?,
        check_id: row.text("check_id")?,
        state,
        first_passed_at: row.optional_integer("first_passed_at")?,
        reason: row.optional_text("reason")?,
        changed_at: row.integer("changed_at")?,
    })
}

impl Store {
    /// Records results and their events, all or none. A first pass that is on record stays.
    pub async fn record(
        &self,
        learner_id: &str,
        outcome: Outcome,
    ) -> Result<Option<Recorded>, Error> {
        let id = learner_id.to_owned();
        self.write_of(learner_id, move |connection| {
            Box::pin(async move {
                // The learner's row first, as everybody takes it; without it there is nobody to record for.
                let lock = sql("UPDATE learner SET last_sequence = last_sequence WHERE id = $1");
                if connection.execute(lock.bind(id.as_str())).await? == 0 {
                    return Ok(None);
                }
                for result in outcome.results {
                    let upsert =
                        sql("INSERT INTO result (learner_id, exercise_id, check_id, state,
                                             first_passed_at, reason, changed_at)
                         VALUES ($1, $2, $3, $4, $5, $6, $7)
                         ON CONFLICT (learner_id, exercise_id, check_id) DO UPDATE
                         SET state = excluded.state,
                             first_passed_at = COALESCE(result.first_passed_at,
                                                        excluded.first_passed_at),
                             reason = excluded.reason,
                             changed_at = excluded.changed_at");
                    let upsert = upsert
                        .bind(id.as_str())
                        .bind(result.exercise_id)
                        .bind(result.check_id)
                        .bind(state_word(result.state))
                        .bind(result.first_passed_at)
                        .bind(result.reason)
                        .bind(result.changed_at);
                    connection.execute(upsert).await?;
                }
                let mut last = None;
                for event in outcome.events {
                    last = append_event(connection, &id, event).await?.or(last);
                }
                Ok(last)
            })
        })
        .await
    }

    /// Every result of a learner.
    pub async fn results(&self, learner_id: &str) -> Result<Vec<CheckResult>, Error> {
        let select = sql("SELECT exercise_id, check_id, state, first_passed_at, reason, changed_at
             FROM result
             WHERE learner_id = $1");
        self.read(select.bind(learner_id)).await?.iter().map(result).collect()
    }

    /// Every result of a class.
    pub async fn results_of_class(&self, class_id: &str) -> Result<Vec<LearnerResult>, Error> {
        let select =
            sql("SELECT result.learner_id, exercise_id, check_id, state, first_passed_at, reason,
                    changed_at
             FROM result
             JOIN learner ON learner.id = result.learner_id
             WHERE learner.class_id = $1");
        let rows = self.read(select.bind(class_id)).await?;
        rows.iter()
            .map(|row| {
                Ok(LearnerResult { learner_id: row.text("learner_id")?, result: result(row)? })
            })
            .collect()
    }
}
