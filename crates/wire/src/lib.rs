//! The types that the server and the browser exchange as JSON. OpenAPI is made from them.
//!
//! **Invariant:** every text in here is already worded in the reader's language; codes are stable.

mod classroom;
mod course;
mod events;
mod exercise;
mod help;
mod lab;
mod object;
mod picture;
mod plan;
mod problem;
mod teaching;
mod terminal;

pub use classroom::{Join, Me, Progress};
pub use course::{Course, CourseCheck, CourseExercise, CourseLesson, CourseModule, LessonState};
pub use curriculum::{CheckId, CheckState, ExerciseId, ExerciseState, Language, LessonSlug};
pub use events::{Announcement, CheckChanged, Event, ProgressChanged};
pub use exercise::{Check, Exercise, Hint, ObjectLink, Reason, Solution, SolutionStep};
pub use help::{Announce, Announced, AskForHelp, Dismiss, Help};
pub use lab::{CatchingUp, Lab, LabObject, LabObjects, LabState, LabStep, Plane, StepState};
pub use object::{ObjectDetail, ObjectEvent};
pub use picture::{Architecture, Edge, Node, NodeState, Relation, Replicas};
pub use plan::{CatchUp, LabChange, LabPlan, PlannedExercise, PlannedObject, Reset};
pub use problem::Problem;
pub use teaching::{Class, Grid, GridCell, GridRow, NewClass, SignIn, Stuck};
pub use terminal::{FromTerminal, ToTerminal};

/// Milliseconds since 1970-01-01T00:00:00Z.
pub type Millis = i64;
