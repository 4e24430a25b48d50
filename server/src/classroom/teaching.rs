//! What instructors do: sign in, make classes, see who is where and on what.

use std::collections::{BTreeMap, HashMap};

use curriculum::{CheckId, CheckState, Course, Exercise, ExerciseId, ExerciseState};

use super::progress::{Record, reason_of};
use super::words::{Planes, Words};
use super::{codes, help, names};
use crate::ambient::{Ambient, digest};
use crate::store::{CheckResult, Class, Error, Learner, Store};
use crate::told::LabStanding;

/// The longest name of a class, in characters.
pub const LONGEST_NAME: usize = 80;
/// How many may join one class.
const MOST_SEATS: u32 = 1000;
/// How long an instructor stays signed in.
pub const SESSION: i64 = 30 * 24 * 60 * 60;

/// Why a class could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ClassError {
    /// The name cannot be used.
    #[error("the name cannot be used")]
    Name(names::NameError),
    /// Too few or too many seats.
    #[error("a class has 1 to 1000 seats")]
    Seats,
    /// It would end before it begins.
    #[error("a class cannot end before it begins")]
    Dates,
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] Error),
}

/// Opens an instructor's session with a cookie's value; `false` if the link cannot be used.
pub async fn sign_in(
    store: &Store,
    ambient: &Ambient,
    link: &str,
    token: &str,
) -> Result<bool, Error> {
    let (now, instructor) = (ambient.now(), ambient.id());
    let ends = now + SESSION * 1000;
    let used = store.use_sign_in_link(digest(link), instructor, digest(token), ends, now).await?;
    if used {
        tracing::info!("An instructor signed in with a one-time link");
    }
    Ok(used)
}

/// Makes a class with a code of its own.
pub async fn create_class(
    store: &Store,
    ambient: &Ambient,
    wanted: &wire::NewClass,
) -> Result<Class, ClassError> {
    let name = names::clean(&wanted.name, LONGEST_NAME).map_err(ClassError::Name)?;
    if !(1..=MOST_SEATS).contains(&wanted.seats) {
        return Err(ClassError::Seats);
    }
    if wanted.starts.zip(wanted.ends).is_some_and(|(starts, ends)| ends <= starts) {
        return Err(ClassError::Dates);
    }
    loop {
        let class = Class {
            id: ambient.id(),
            code: codes::new_code(ambient),
            name: name.clone(),
            language: wanted.language,
            seats: i64::from(wanted.seats),
            learners: 0,
            starts_at: wanted.starts,
            ends_at: wanted.ends,
            announced_at: None,
        };
        // A code that exists already is as likely as a lottery prize, and costs another draw.
        if store.add_class(&class, ambient.now()).await? {
            return Ok(class);
        }
    }
}

/// A class as the API shows it.
pub fn describe(class: &Class) -> wire::Class {
    let number = |value: i64| u32::try_from(value).unwrap_or(u32::MAX);
    wire::Class {
        code: class.code.clone(),
        name: class.name.clone(),
        language: class.language,
        seats: (class.seats <= i64::from(MOST_SEATS)).then(|| number(class.seats)),
        learners: number(class.learners),
        starts: class.starts_at,
        ends: class.ends_at,
    }
}

/// Everything about a class at one moment.
#[derive(Debug)]
pub struct Roll {
    sequence: i64,
    learners: Vec<Learner>,
    records: HashMap<String, Record>,
    since: HashMap<(String, String, String), i64>,
}

impl Roll {
    /// Calls the roll.
    pub async fn call(store: &Store, class: &Class) -> Result<Self, Error> {
        let sequence = store.class_sequence(&class.id).await?;
        let learners = store.learners_of(&class.id).await?;
        let mut results: HashMap<String, Vec<CheckResult>> = HashMap::new();
        let mut since = HashMap::new();
        for one in store.results_of_class(&class.id).await? {
            let result = one.result;
            let key = (one.learner_id.clone(), result.exercise_id.clone(), result.check_id.clone());
            since.insert(key, result.changed_at);
            results.entry(one.learner_id).or_default().push(result);
        }
        let mut attempts: HashMap<String, Vec<_>> = HashMap::new();
        for (learner, attempt) in store.attempts_of_class(&class.id).await? {
            attempts.entry(learner).or_default().push(attempt);
        }
        let records = learners
            .iter()
            .map(|learner| {
                let results = results.remove(&learner.id).unwrap_or_default();
                let attempts = attempts.remove(&learner.id).unwrap_or_default();
                (learner.id.clone(), Record::new(results, attempts))
            })
            .collect();
        Ok(Self { sequence, learners, records, since })
    }

    /// The learners, by name.
    pub fn learners(&self) -> &[Learner] {
        &self.learners
    }

    /// Learners × exercises.
    pub fn grid(
        &self,
        course: &Course,
        words: &Words<'_>,
        labs: &HashMap<String, LabStanding>,
    ) -> wire::Grid {
        let exercises: Vec<&Exercise> = course.exercises().map(|(_, one)| one).collect();
        let rows = self
            .learners
            .iter()
            .map(|learner| {
                let lab = labs.get(&learner.id).cloned().unwrap_or_default();
                let cells =
                    exercises.iter().map(|one| self.cell(learner, one, words, &lab)).collect();
                wire::GridRow {
                    learner: learner.id.clone(),
                    name: learner.name.clone(),
                    lab: lab.state,
                    lab_expires_at: lab.expires_at,
                    help: help::describe(learner.hand.as_ref()),
                    cells,
                }
            })
            .collect();
        let exercises = exercises.iter().map(|one| one.id.clone()).collect();
        wire::Grid { sequence: self.sequence, exercises, rows }
    }

    fn cell(
        &self,
        learner: &Learner,
        exercise: &Exercise,
        words: &Words<'_>,
        lab: &LabStanding,
    ) -> wire::GridCell {
        let record = &self.records[&learner.id];
        let standing = record.standing(exercise);
        let result =
            |check: &curriculum::Check| record.result(exercise.id.as_str(), check.id.as_str());
        let passed = exercise
            .checks
            .iter()
            .filter(|check| result(check).is_some_and(|result| result.state == CheckState::Passed));
        let passed = passed.count();
        let failing = match standing.state {
            ExerciseState::InProgress | ExerciseState::Broken => {
                exercise.checks.iter().filter(|check| check.step == standing.step).find_map(
                    |check| {
                        let result = result(check).filter(|one| one.state != CheckState::Passed)?;
                        Some((reason_of(result)?, check))
                    },
                )
            }
            ExerciseState::NotStarted | ExerciseState::Passed => None,
        };
        wire::GridCell {
            state: standing.state,
            passed: u32::try_from(passed).unwrap_or(u32::MAX),
            of: u32::try_from(exercise.checks.len()).unwrap_or(u32::MAX),
            check: failing.as_ref().map(|(_, check)| check.id.clone()),
            cause: failing
                .as_ref()
                .and_then(|(reason, _)| Some(reason.cause.as_ref()?.code.clone())),
            since: failing.as_ref().map(|(_, check)| self.since(learner, exercise, check)),
            reason: failing.map(|(reason, _)| words.reason(&reason, Planes::from(lab))),
        }
    }

    fn since(&self, learner: &Learner, exercise: &Exercise, check: &curriculum::Check) -> i64 {
        let key =
            (learner.id.clone(), exercise.id.as_str().to_owned(), check.id.as_str().to_owned());
        self.since.get(&key).copied().unwrap_or_default()
    }
}

/// The failing reasons of a grid, most shared first.
pub fn stuck(grid: &wire::Grid) -> Vec<wire::Stuck> {
    let mut groups: BTreeMap<(ExerciseId, CheckId, String), wire::Stuck> = BTreeMap::new();
    for row in &grid.rows {
        for (exercise, cell) in grid.exercises.iter().zip(&row.cells) {
            let (Some(check), Some(reason), Some(since)) = (&cell.check, &cell.reason, cell.since)
            else {
                continue;
            };
            // Codes, not words: words name each learner's own objects.
            let cause = cell.cause.as_ref().unwrap_or(&reason.code);
            let key = (exercise.clone(), check.clone(), cause.clone());
            let group = groups.entry(key).or_insert_with(|| wire::Stuck {
                exercise: exercise.clone(),
                check: check.clone(),
                cause: cause.clone(),
                reason: reason.clone(),
                learners: Vec::new(),
                since,
            });
            group.learners.push(row.learner.clone());
            group.since = group.since.min(since);
        }
    }
    let mut stuck: Vec<wire::Stuck> = groups.into_values().collect();
    stuck.sort_by_key(|group| (std::cmp::Reverse(group.learners.len()), group.since));
    stuck
}
