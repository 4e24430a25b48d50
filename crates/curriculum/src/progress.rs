//! How far a learner is with an exercise, decided from its checks' facts alone.

use crate::{Check, CheckState, Exercise, ExerciseState};

/// The two facts about a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckFact {
    /// Whether it holds now.
    pub now: CheckState,
    /// Whether it held at some time: the credit, which stays.
    pub passed_once: bool,
}

/// How far a learner is with an exercise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The state.
    pub state: ExerciseState,
    /// The step being worked on; the last one when all are done.
    pub step: String,
}

/// Decides how far a learner is.
///
/// `started` says whether the learner pressed *Start*. `fact` gives the facts of each check. An exercise is broken when it was passed
/// and a check of its *last* step no longer holds; earlier steps are states on the way.
pub fn standing(
    exercise: &Exercise,
    started: bool,
    fact: impl Fn(&Check) -> CheckFact,
) -> Standing {
    let open = |check: &&Check| !fact(check).passed_once;
    let last = exercise.steps.last().map_or("do", String::as_str);
    if let Some(check) = exercise.checks.iter().find(open) {
        let begun = started || exercise.checks.iter().any(|check| fact(check).passed_once);
        let state = if begun { ExerciseState::InProgress } else { ExerciseState::NotStarted };
        return Standing { state, step: check.step.clone() };
    }
    let broken = exercise
        .checks
        .iter()
        .any(|check| check.step == last && fact(check).now == CheckState::NotYet);
    let state = if broken { ExerciseState::Broken } else { ExerciseState::Passed };
    Standing { state, step: last.to_owned() }
}
