//! Small drawings in the text's own colour: the mark of the product, the states, the actions.

use maud::{Markup, html};
use wire::{ExerciseState, Plane};

/// How a state is drawn; each has its own shape, so that colour is never needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// A filled disc with a tick.
    Passed,
    /// An open ring.
    NotYet,
    /// A ring with a dot: being worked on.
    Working,
    /// A half disc.
    Broken,
    /// A dashed ring.
    Unknown,
    /// A ring with a cross.
    Failed,
}

impl Sign {
    /// The sign of an exercise.
    pub fn of(state: ExerciseState) -> Self {
        match state {
            ExerciseState::NotStarted => Self::NotYet,
            ExerciseState::InProgress => Self::Working,
            ExerciseState::Passed => Self::Passed,
            ExerciseState::Broken => Self::Broken,
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Passed => "sign passed",
            Self::NotYet => "sign not-yet",
            Self::Working => "sign working",
            Self::Broken => "sign broken",
            Self::Unknown => "sign unknown",
            Self::Failed => "sign bad",
        }
    }
}

/// Draws a state. The word stands beside it, so the drawing itself is silent.
pub fn sign(sign: Sign) -> Markup {
    html! {
        svg class=(sign.class()) viewBox="0 0 16 16" aria-hidden="true" {
            @match sign {
                Sign::Passed => {
                    circle cx="8" cy="8" r="8" fill="currentColor" {}
                    path class="tick" d="M4.4 8.3 7 10.9l4.7-5.6" fill="none" stroke-width="1.8" {}
                }
                Sign::NotYet => circle cx="8" cy="8" r="7" fill="none" stroke="currentColor" stroke-width="1.6" {},
                Sign::Working => {
                    circle cx="8" cy="8" r="7" fill="none" stroke="currentColor" stroke-width="1.6" {}
                    circle cx="8" cy="8" r="3" fill="currentColor" {}
                }
                Sign::Broken => {
                    circle cx="8" cy="8" r="7" fill="none" stroke="currentColor" stroke-width="1.6" {}
                    path d="M8 1a7 7 0 0 0 0 14z" fill="currentColor" {}
                }
                Sign::Unknown => circle cx="8" cy="8" r="7" fill="none" stroke="currentColor" stroke-width="1.6" stroke-dasharray="2.6 2.9" {},
                Sign::Failed => {
                    circle cx="8" cy="8" r="7" fill="none" stroke="currentColor" stroke-width="1.6" {}
                    path d="M5.4 5.4l5.2 5.2m0-5.2-5.2 5.2" stroke="currentColor" stroke-width="1.6" {}
                }
            }
        }
    }
}

/// The product's mark: a hangar with one square and one round plane in it.
pub fn mark() -> Markup {
    html! {
        svg class="mark-drawing" viewBox="0 0 24 18" aria-hidden="true" {
            path d="M2 17V11a10 10 0 0 1 20 0v6" fill="none" stroke="currentColor" stroke-width="2" {}
            rect class="fill-cp" x="7" y="11" width="4" height="6" rx=".5" {}
            circle class="fill-dp" cx="15.2" cy="14.5" r="2.4" {}
        }
    }
}

/// The sign of a plane: a square for the control plane, a disc for the data plane.
pub fn plane(plane: Plane) -> Markup {
    html! {
        svg class="plane-sign" viewBox="0 0 10 10" aria-hidden="true" {
            @match plane {
                Plane::Cp => rect class="fill-cp" x="0" y="0" width="10" height="10" rx="1" {},
                Plane::Dp => circle class="fill-dp" cx="5" cy="5" r="5" {},
            }
        }
    }
}

/// A simple drawing of 16 × 16 made of one stroked path.
pub fn stroke(path: &'static str) -> Markup {
    html! {
        svg class="icon" viewBox="0 0 16 16" aria-hidden="true" {
            path d=(path) fill="none" stroke="currentColor" stroke-width="1.5" stroke-linecap="round" stroke-linejoin="round" {}
        }
    }
}

/// Two sheets: copy.
pub const COPY: &str = "M5.5 5.5v-3h8v8h-3m-8-5h8v8h-8z";
/// A triangle: run.
pub const RUN: &str = "M5 3.2v9.6l7.6-4.8z";
/// An angle downwards: opens.
pub const DOWN: &str = "m4 6.3 4 4 4-4";
/// A cross: close.
pub const CLOSE: &str = "m4 4 8 8m0-8-8 8";
/// A plus: one more.
pub const PLUS: &str = "M8 3v10M3 8h10";
/// A glass: find.
pub const FIND: &str = "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zm3.3-1.2 3.2 3.2";
/// A half-lit disc: theme.
pub const THEME: &str = "M8 2v12a6 6 0 0 0 0-12zm0 0a6 6 0 0 0 0 12";
/// Three lines: the list of lessons.
pub const LIST: &str = "M2.5 4h11m-11 4h11m-11 4h11";
/// A page: the lesson.
pub const PAGE: &str = "M3.5 2.5h6l3 3v8h-9zm2.5 6h4m-4 2.5h4";
/// A prompt: the terminal.
pub const PROMPT: &str = "m3 4.5 3.5 3.5L3 11.5m5.5 0H13";
/// A cloud: what differs on a managed cluster.
pub const CLOUD: &str = "M4.5 12.5a3 3 0 0 1-.3-6A4 4 0 0 1 12 7a2.8 2.8 0 0 1-.3 5.5z";
/// A raised hand: help is wanted.
pub const HAND: &str = "M4.5 8.5V4.2a1 1 0 0 1 2 0V7m0-.5V2.8a1 1 0 0 1 2 0V7m0-3.2a1 1 0 0 1 2 0V8m0-2a1 1 0 0 1 2 0v3.5a4.5 4.5 0 0 1-4.5 4.5c-2 0-3-1-4-2.7l-1.2-2a1 1 0 0 1 1.7-1z";
/// Two boxes on a line: the picture.
pub const PLANES: &str = "M2 4.5h4.5v7H2zm4.5 3.5h3m0-3.5H14v7H9.5z";
/// Lines under one another: the objects.
pub const TREE: &str = "M2.5 3.5h5m-2 4.5h6m-3 4.5h5";
/// An arrow to the right.
pub const NEXT: &str = "M3 8h10m-4-4 4 4-4 4";
/// Three dots: more.
pub const MORE: &str = "M3 8h.5m4.25 0h.5m4.25 0h.5";
/// A loudspeaker: screen-reader mode.
pub const READER: &str = "M3 6h2.5L9 3v10L5.5 10H3zm8.5-.5a4 4 0 0 1 0 5";
