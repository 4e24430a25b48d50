//! How far a learner is: the store's results held against the course.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use curriculum::{
    CheckState, Course, Exercise, ExerciseId, ExerciseState, Language, Reason, Standing, standing,
};

use super::words::{Planes, Words};
use crate::store::{Attempt, CheckResult, Error, Store};

/// Everything on record about one learner's exercises.
#[derive(Clone, Debug, Default)]
pub struct Record {
    results: HashMap<(String, String), CheckResult>,
    attempts: HashMap<String, Attempt>,
}

impl Record {
    /// Reads it.
    pub async fn load(store: &Store, learner_id: &str) -> Result<Self, Error> {
        let results = store.results(learner_id).await?;
        let attempts = store.attempts(learner_id).await?;
        Ok(Self::new(results, attempts))
    }

    /// Puts it together.
    pub fn new(results: Vec<CheckResult>, attempts: Vec<Attempt>) -> Self {
        Self {
            results: results
                .into_iter()
                .map(|result| ((result.exercise_id.clone(), result.check_id.clone()), result))
                .collect(),
            attempts: attempts
                .into_iter()
                .map(|attempt| (attempt.exercise_id.clone(), attempt))
                .collect(),
        }
    }

    /// The result of a check.
    pub fn result(&self, exercise: &str, check: &str) -> Option<&CheckResult> {
        self.results.get(&(exercise.to_owned(), check.to_owned()))
    }

    /// Replaces a result.
    pub fn set(&mut self, result: CheckResult) {
        self.results.insert((result.exercise_id.clone(), result.check_id.clone()), result);
    }

    /// The attempt at an exercise.
    pub fn attempt(&self, exercise: &ExerciseId) -> Option<&Attempt> {
        self.attempts.get(exercise.as_str())
    }

    /// How far the learner is with an exercise.
    pub fn standing(&self, exercise: &Exercise) -> Standing {
        standing(exercise, self.attempt(&exercise.id).is_some(), |check| {
            let result = self.result(exercise.id.as_str(), check.id.as_str());
            curriculum::CheckFact {
                now: result.map_or(CheckState::Unknown, CheckResult::last_seen),
                passed_once: result.is_some_and(|result| result.first_passed_at.is_some()),
            }
        })
    }

    /// The states of every exercise that was begun.
    pub fn states(&self, course: &Course) -> BTreeMap<ExerciseId, ExerciseState> {
        course
            .exercises()
            .map(|(_, exercise)| (exercise.id.clone(), self.standing(exercise).state))
            .filter(|(_, state)| *state != ExerciseState::NotStarted)
            .collect()
    }

    /// When an exercise's last check passed for the first time, if all have.
    pub fn passed_at(&self, exercise: &Exercise) -> Option<i64> {
        let first = exercise
            .checks
            .iter()
            .map(|check| self.result(exercise.id.as_str(), check.id.as_str())?.first_passed_at);
        first.collect::<Option<Vec<i64>>>()?.into_iter().max()
    }

    /// The list in `GET /api/v1/me`.
    pub fn progress(&self, course: &Course) -> Vec<wire::Progress> {
        let states = self.states(course);
        course
            .exercises()
            .filter_map(|(_, exercise)| {
                Some(wire::Progress {
                    exercise: exercise.id.clone(),
                    state: *states.get(&exercise.id)?,
                    passed_at: self.passed_at(exercise),
                })
            })
            .collect()
    }

    /// An exercise with its checks as they stand, worded.
    pub fn exercise(
        &self,
        exercise: &Exercise,
        words: &Words<'_>,
        planes: Planes<'_>,
    ) -> wire::Exercise {
        let standing = self.standing(exercise);
        let text = exercise.text(words.language);
        let checks = exercise
            .checks
            .iter()
            .map(|check| {
                let result = self.result(exercise.id.as_str(), check.id.as_str());
                let state = result.map_or(CheckState::NotYet, |result| result.state);
                wire::Check {
                    id: check.id.clone(),
                    step: check.step.clone(),
                    text: text.checks.get(check.id.as_str()).cloned().unwrap_or_default(),
                    state,
                    first_passed_at: result.and_then(|result| result.first_passed_at),
                    reason: result.and_then(reason_of).map(|reason| words.reason(&reason, planes)),
                }
            })
            .collect();
        wire::Exercise {
            id: exercise.id.clone(),
            state: standing.state,
            step: standing.step,
            needs_start: exercise.needs_start() && self.attempt(&exercise.id).is_none(),
            checks,
            hints: u32::try_from(text.hints.len()).unwrap_or(u32::MAX),
        }
    }
}

/// The reason that is stored with a result.
pub fn reason_of(result: &CheckResult) -> Option<Reason> {
    serde_json::from_str(result.reason.as_deref()?).ok()
}

/// The course as a map in each language, drawn when it is first asked for and again when the course has changed.
#[derive(Debug, Default)]
pub struct Maps(Mutex<Option<Drawn>>);

#[derive(Debug)]
struct Drawn {
    course: Arc<Course>,
    maps: BTreeMap<Language, Arc<wire::Course>>,
}

impl Maps {
    /// The map of this course.
    pub fn of(&self, course: &Arc<Course>, language: Language) -> Arc<wire::Course> {
        let mut drawn = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if drawn.as_ref().is_none_or(|drawn| !Arc::ptr_eq(&drawn.course, course)) {
            *drawn = None;
        }
        let drawn = drawn
            .get_or_insert_with(|| Drawn { course: Arc::clone(course), maps: BTreeMap::new() });
        let map = drawn.maps.entry(language);
        Arc::clone(map.or_insert_with(|| Arc::new(course_map(course, language))))
    }
}

/// The course as a map, in a language.
pub fn course_map(course: &Course, language: Language) -> wire::Course {
    let word = |texts: &curriculum::Texts| texts.get(&language).cloned().unwrap_or_default();
    let lesson = |planned: &curriculum::PlannedLesson| {
        let written = course.lessons.get(&planned.slug);
        let page = written.map(|lesson| &lesson.page(language).front_matter);
        wire::CourseLesson {
            number: planned.number,
            slug: planned.slug.clone(),
            title: page.map_or_else(|| word(&planned.title), |page| page.title.clone()),
            summary: page.map_or_else(|| word(&planned.summary), |page| page.summary.clone()),
            minutes: written.map_or(planned.minutes, |lesson| lesson.minutes),
            needs: written.map(|lesson| lesson.prerequisites.clone()).unwrap_or_default(),
            state: match written {
                Some(_) => wire::LessonState::Published,
                None => wire::LessonState::Announced,
            },
            exercises: written
                .map(|lesson| {
                    lesson.exercises.iter().map(|one| map_exercise(one, language)).collect()
                })
                .unwrap_or_default(),
        }
    };
    wire::Course {
        language,
        title: word(&course.title),
        modules: course
            .modules
            .iter()
            .map(|module| wire::CourseModule {
                id: module.id.clone(),
                title: word(&module.title),
                lessons: module.lessons.iter().map(lesson).collect(),
            })
            .collect(),
    }
}

fn map_exercise(exercise: &Exercise, language: Language) -> wire::CourseExercise {
    let text = exercise.text(language);
    wire::CourseExercise {
        id: exercise.id.clone(),
        title: text.title.clone(),
        minutes: exercise.minutes,
        checks: exercise
            .checks
            .iter()
            .map(|check| wire::CourseCheck {
                id: check.id.clone(),
                text: text.checks.get(check.id.as_str()).cloned().unwrap_or_default(),
            })
            .collect(),
    }
}
