//! The course as a map: `GET /api/v1/course?lang=`.

use curriculum::{CheckId, ExerciseId, Language, LessonSlug};
use serde::{Deserialize, Serialize};

/// Modules and lessons in reading order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Course {
    /// The language of the texts.
    pub language: Language,
    /// The course's title.
    pub title: String,
    /// The modules, in order.
    pub modules: Vec<CourseModule>,
}

/// A group of lessons.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CourseModule {
    /// Stable id, e.g. `understand`.
    pub id: String,
    /// The module's title.
    pub title: String,
    /// Its lessons, in order.
    pub lessons: Vec<CourseLesson>,
}

/// A lesson on the map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CourseLesson {
    /// Its place in the course, from 1, counting the lessons that are still to be written.
    pub number: u32,
    /// Its name in URLs.
    pub slug: LessonSlug,
    /// Its title.
    pub title: String,
    /// One sentence.
    pub summary: String,
    /// How long it takes.
    pub minutes: u32,
    /// Lessons to have read before.
    pub needs: Vec<LessonSlug>,
    /// Whether it can be read already, or is only announced.
    pub state: LessonState,
    /// Its exercises, in order.
    pub exercises: Vec<CourseExercise>,
}

/// Whether a lesson can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum LessonState {
    /// It is complete.
    Published,
    /// It is part of the plan and not yet written.
    Announced,
}

/// An exercise on the map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CourseExercise {
    /// Its id.
    pub id: ExerciseId,
    /// Its title.
    pub title: String,
    /// How long it takes.
    pub minutes: u32,
    /// Its checks, in order.
    pub checks: Vec<CourseCheck>,
}

/// A check on the map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CourseCheck {
    /// Its id within the exercise.
    pub id: CheckId,
    /// What must be true, in one sentence.
    pub text: String,
}
