//! Courses, lessons, exercises and checks: the domain core.
//!
//! **Deliberately absent:** I/O, async, clocks and randomness. Files come in as text, cluster objects
//! as JSON, the time as a number; verdicts come out as data.
//!
//! Without the `engine` feature only [`words`] remains: what the browser shares with the server.

pub mod words;

pub use words::{CheckId, CheckState, ExerciseId, ExerciseState, Language, LessonSlug};
