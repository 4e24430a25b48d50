//! Courses, lessons, exercises and checks: the domain core.
//!
//! ```text
//! files as text ──► Course (parsed, checked, compiled) ──► evaluate(check, view) ──► Verdict ──► Messages ──► words
//! ```
//!
//! **Deliberately absent:** I/O, async, clocks and randomness. Files come in as text, cluster objects
//! as JSON, the time as a number; verdicts come out as data and get words at the edge.
//!
//! Without the `engine` feature only [`words`] remains: what the browser shares with the server.

pub mod words;

#[cfg(feature = "engine")]
mod cause;
#[cfg(feature = "engine")]
mod check;
#[cfg(feature = "engine")]
mod condition;
#[cfg(feature = "engine")]
mod course;
#[cfg(feature = "engine")]
mod derive;
#[cfg(feature = "engine")]
mod evaluate;
#[cfg(feature = "engine")]
mod exercise;
#[cfg(feature = "engine")]
mod expression;
#[cfg(feature = "engine")]
mod finding;
#[cfg(feature = "engine")]
mod functions;
#[cfg(feature = "engine")]
mod lint;
#[cfg(feature = "engine")]
pub mod markdown;
#[cfg(feature = "engine")]
mod messages;
#[cfg(feature = "engine")]
mod progress;
#[cfg(feature = "engine")]
mod reason;
#[cfg(feature = "engine")]
mod svg;
#[cfg(feature = "engine")]
mod translated;
#[cfg(feature = "engine")]
mod view;

pub use words::{CheckId, CheckState, ExerciseId, ExerciseState, Language, LessonSlug};

#[cfg(feature = "engine")]
pub use {
    check::{Check, Read, Scope, Target},
    course::{Course, Lesson, Module, PlannedLesson, Source, Texts},
    evaluate::{Verdict, evaluate, record_baseline},
    exercise::{Baseline, Exercise, ExerciseText, Sabotage},
    finding::Finding,
    lint::lint,
    markdown::{Block, Code, CodeUse, Page},
    messages::{Message, Messages, Worded},
    progress::{CheckFact, Standing, standing},
    reason::{ObjectRef, Parameter, Reason},
    translated::Translated,
    view::{KINDS_FOR_CAUSES, Kind, Objects, Plane, View},
};
