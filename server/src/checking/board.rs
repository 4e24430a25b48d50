//! One learner's checks: what each says now, what is on record, what was started.

use std::collections::{BTreeMap, HashMap};

use curriculum::{
    CheckFact, CheckId, CheckState, Exercise, ExerciseId, Reason, Verdict, View, evaluate, standing,
};
use serde_json::Value;

use crate::cluster::LabObjects;
use crate::store::{Attempt, CheckResult, Outcome};
use crate::told::{CheckStanding, ExerciseStanding, Told};

/// One learner's checks.
#[derive(Clone, Debug, Default)]
pub(super) struct Board {
    results: HashMap<(String, String), CheckResult>,
    attempts: HashMap<String, (i64, Option<Value>)>,
    told: HashMap<ExerciseId, ExerciseStanding>,
}

/// What a round found: to be recorded, then taken over.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) changed: Vec<CheckResult>,
    events: Vec<Told>,
}

impl Found {
    /// What is recorded together.
    pub(super) fn outcome(&self) -> Outcome {
        let word = |told| serde_json::to_string(told).expect("facts are plain data");
        Outcome { results: self.changed.clone(), events: self.events.iter().map(word).collect() }
    }

    /// Whether there is anything to record.
    pub(super) fn is_empty(&self) -> bool {
        self.changed.is_empty() && self.events.is_empty()
    }
}

/// What a round looks at.
pub(super) struct Scene<'a> {
    /// The lab's objects, or why they cannot be seen.
    pub(super) objects: Result<&'a LabObjects, &'a Reason>,
    /// The lab's variables.
    pub(super) variables: &'a BTreeMap<String, String>,
    /// Milliseconds since 1970.
    pub(super) now: i64,
}

impl Board {
    pub(super) fn new(results: Vec<CheckResult>, attempts: &[Attempt]) -> Self {
        let mut board = Self::default();
        for result in results {
            board.results.insert(key(&result.exercise_id, &result.check_id), result);
        }
        for attempt in attempts {
            board.start(attempt);
        }
        board
    }

    /// The exercise was started.
    pub(super) fn start(&mut self, attempt: &Attempt) {
        let baseline = attempt.baseline.as_deref().and_then(|text| serde_json::from_str(text).ok());
        self.attempts.insert(attempt.exercise_id.clone(), (attempt.started_at, baseline));
    }

    /// When an exercise was started.
    pub(super) fn started_at(&self, exercise: &ExerciseId) -> Option<i64> {
        self.attempts.get(exercise.as_str()).map(|(started_at, _)| *started_at)
    }

    fn result(&self, exercise: &ExerciseId, check: &CheckId) -> Option<&CheckResult> {
        self.results.get(&key(exercise.as_str(), check.as_str()))
    }

    /// The two facts about a check.
    fn fact(&self, exercise: &ExerciseId, check: &CheckId) -> CheckFact {
        self.result(exercise, check).map_or(
            CheckFact { now: CheckState::NotYet, passed_once: false },
            |result| CheckFact {
                now: result.last_seen(),
                passed_once: result.first_passed_at.is_some(),
            },
        )
    }

    fn standing(&self, exercise: &Exercise) -> ExerciseStanding {
        let started = self.started_at(&exercise.id).is_some();
        let standing = standing(exercise, started, |check| self.fact(&exercise.id, &check.id));
        ExerciseStanding {
            exercise: exercise.id.clone(),
            state: standing.state,
            step: standing.step,
        }
    }

    /// Looks at all checks of an exercise and takes over what changed.
    ///
    /// A step's checks are looked at once every check of the steps before has passed: a state on the
    /// way cannot be skipped.
    pub(super) fn look(&mut self, exercise: &Exercise, scene: &Scene<'_>, found: &mut Found) {
        if !self.told.contains_key(&exercise.id) {
            // What is on record has been told before the server was started.
            self.told.insert(exercise.id.clone(), self.standing(exercise));
        }
        for step in &exercise.steps {
            let checks = || exercise.checks.iter().filter(|check| check.step == *step);
            for check in checks() {
                let verdict = self.verdict(exercise, check, scene);
                self.take(exercise, &check.id, verdict, scene.now, found);
            }
            if checks().any(|check| !self.fact(&exercise.id, &check.id).passed_once) {
                break;
            }
        }
        let standing = self.standing(exercise);
        if self.told.get(&exercise.id) != Some(&standing) {
            found.events.push(Told::Progress(standing.clone()));
            self.told.insert(exercise.id.clone(), standing);
        }
    }

    fn verdict(
        &self,
        exercise: &Exercise,
        check: &curriculum::Check,
        scene: &Scene<'_>,
    ) -> Verdict {
        let objects = match scene.objects {
            Ok(objects) => objects,
            Err(reason) => return Verdict::Unknown(reason.clone()),
        };
        let attempt = self.attempts.get(exercise.id.as_str());
        let view = View {
            objects,
            variables: scene.variables,
            baseline: attempt.and_then(|(_, baseline)| baseline.as_ref()),
            now: scene.now / 1_000,
        };
        evaluate(check, &view)
    }

    fn take(
        &mut self,
        exercise: &Exercise,
        check: &CheckId,
        verdict: Verdict,
        now: i64,
        found: &mut Found,
    ) {
        let before = self.result(&exercise.id, check);
        let (state, reason) = match verdict {
            Verdict::Passed => (CheckState::Passed, None),
            Verdict::NotYet(reason) => (CheckState::NotYet, Some(reason)),
            Verdict::Unknown(reason) => {
                let reason = before.map_or(reason.clone(), |before| before.unseen(reason));
                (CheckState::Unknown, Some(reason))
            }
        };
        let words = reason
            .as_ref()
            .map(|reason| serde_json::to_string(reason).expect("a reason is plain data"));
        if before.is_some_and(|before| before.state == state && before.reason == words) {
            return;
        }
        // What was never seen cannot become unknown.
        if before.is_none() && state == CheckState::Unknown {
            return;
        }
        let first = before.and_then(|before| before.first_passed_at);
        let first_passed_at = first.or((state == CheckState::Passed).then_some(now));
        let result = CheckResult {
            exercise_id: exercise.id.as_str().to_owned(),
            check_id: check.as_str().to_owned(),
            state,
            first_passed_at,
            reason: words,
            changed_at: now,
        };
        found.events.push(Told::Check(CheckStanding {
            exercise: exercise.id.clone(),
            check: check.clone(),
            state,
            first_passed_at,
            reason,
        }));
        found.changed.push(result.clone());
        self.results.insert(key(exercise.id.as_str(), check.as_str()), result);
    }
}

fn key(exercise: &str, check: &str) -> (String, String) {
    (exercise.to_owned(), check.to_owned())
}
