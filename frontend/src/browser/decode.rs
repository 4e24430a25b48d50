//! The types of `wire` and the first states of islands, read from JSON. `wire` derives the writing side.

use wire::{
    Announcement, CatchingUp, Check, CheckChanged, CheckState, Exercise, ExerciseState,
    FromTerminal, Help, Lab, LabObject, LabObjects, LabState, LabStep, ObjectLink, Plane, Problem,
    ProgressChanged, Reason, StepState,
};

use super::json::Json;
use crate::views::dock::DockStart;
use crate::views::exercise::Card;
use crate::views::help::Hand;
use crate::views::lab::Pill;

mod picture;
mod plan;

pub(crate) use picture::{architecture, detail};
pub(crate) use plan::plan;

pub(crate) fn lab(json: &Json) -> Option<Lab> {
    Some(Lab {
        state: lab_state(json)?,
        steps: json.list("steps", step),
        queue: json.small("queue"),
        expires_at: json.number("expires_at"),
        cp_namespace: json.text("cp_namespace"),
        dp_namespace: json.text("dp_namespace"),
        practice: json.flag("practice").unwrap_or(false),
        message: json.text("message"),
        catching_up: json.get("catching_up").and_then(|it| catching_up(&it)),
    })
}

fn catching_up(json: &Json) -> Option<CatchingUp> {
    Some(CatchingUp {
        exercise: json.text("exercise")?.parse().ok()?,
        title: json.text("title")?,
        steps: json.list("steps", step),
        problem: json.text("problem"),
    })
}

fn lab_state(json: &Json) -> Option<LabState> {
    Some(state_of_lab(&json.text("state")?))
}

fn state_of_lab(text: &str) -> LabState {
    match text {
        "queued" => LabState::Queued,
        "preparing" => LabState::Preparing,
        "ready" => LabState::Ready,
        "failed" => LabState::Failed,
        "ending" => LabState::Ending,
        "ended" => LabState::Ended,
        _ => LabState::None,
    }
}

fn step(json: &Json) -> Option<LabStep> {
    let state = match json.text("state")?.as_str() {
        "running" => StepState::Running,
        "done" => StepState::Done,
        "failed" => StepState::Failed,
        _ => StepState::Waiting,
    };
    Some(LabStep { id: json.text("id")?, text: json.text("text")?, state })
}

pub(crate) fn exercise(json: &Json) -> Option<Exercise> {
    Some(Exercise {
        id: json.text("id")?.parse().ok()?,
        state: exercise_state(json)?,
        step: json.text("step").unwrap_or_default(),
        needs_start: json.flag("needs_start").unwrap_or(false),
        checks: json.list("checks", check),
        hints: json.small("hints").unwrap_or(0),
    })
}

fn exercise_state(json: &Json) -> Option<ExerciseState> {
    Some(match json.text("state")?.as_str() {
        "in-progress" => ExerciseState::InProgress,
        "passed" => ExerciseState::Passed,
        "broken" => ExerciseState::Broken,
        _ => ExerciseState::NotStarted,
    })
}

/// Anything that is not said to hold or not to hold is unknown: never shown as passed by accident.
fn check_state(json: &Json) -> Option<CheckState> {
    Some(match json.text("state")?.as_str() {
        "passed" => CheckState::Passed,
        "not-yet" => CheckState::NotYet,
        _ => CheckState::Unknown,
    })
}

fn check(json: &Json) -> Option<Check> {
    Some(Check {
        id: json.text("id")?.parse().ok()?,
        step: json.text("step").unwrap_or_default(),
        text: json.text("text")?,
        state: check_state(json)?,
        first_passed_at: json.number("first_passed_at"),
        reason: json.get("reason").and_then(|it| reason(&it)),
    })
}

fn reason(json: &Json) -> Option<Reason> {
    Some(Reason {
        code: json.text("code").unwrap_or_default(),
        text: json.text("text")?,
        expected: json.text("expected"),
        found: json.text("found"),
        cause: json.text("cause"),
        object: json.get("object").and_then(|it| link(&it)),
    })
}

fn link(json: &Json) -> Option<ObjectLink> {
    Some(ObjectLink {
        kind: json.text("kind")?,
        namespace: json.text("namespace")?,
        name: json.text("name")?,
    })
}

pub(crate) fn objects(json: &Json) -> Option<LabObjects> {
    let revision = u64::try_from(json.number("revision")?).ok()?;
    Some(LabObjects { revision, objects: json.list("objects", object) })
}

fn object(json: &Json) -> Option<LabObject> {
    Some(LabObject {
        uid: json.text("uid")?,
        owner: json.text("owner"),
        plane: plane(json, "plane")?,
        kind: json.text("kind")?,
        name: json.text("name")?,
        summary: json.text("summary").unwrap_or_default(),
        healthy: json.flag("healthy"),
        created_at: json.number("created_at"),
        command: json.text("command").unwrap_or_default(),
    })
}

fn plane(json: &Json, name: &str) -> Option<Plane> {
    match json.text(name)?.as_str() {
        "cp" => Some(Plane::Cp),
        "dp" => Some(Plane::Dp),
        _ => None,
    }
}

pub(crate) fn check_changed(json: &Json) -> Option<CheckChanged> {
    Some(CheckChanged {
        exercise: json.text("exercise")?.parse().ok()?,
        check: json.text("check")?.parse().ok()?,
        state: check_state(json)?,
        first_passed_at: json.number("first_passed_at"),
        reason: json.get("reason").and_then(|it| reason(&it)),
    })
}

pub(crate) fn progress(json: &Json) -> Option<ProgressChanged> {
    Some(ProgressChanged {
        exercise: json.text("exercise")?.parse().ok()?,
        state: exercise_state(json)?,
        step: json.text("step").unwrap_or_default(),
    })
}

pub(crate) fn announcement(json: &Json) -> Option<Announcement> {
    Some(Announcement { text: json.text("text")?, at: json.number("at")? })
}

/// A hand that nothing is said about is down.
pub(crate) fn help(json: &Json) -> Help {
    Help { raised_at: json.number("raised_at"), note: json.text("note").unwrap_or_default() }
}

pub(crate) fn hand(json: &Json) -> Option<Hand> {
    Some(Hand {
        help: help(&json.get("help")?),
        path: json.text("path")?,
        problem: json.text("problem"),
    })
}

pub(crate) fn problem(json: &Json) -> Option<Problem> {
    Some(Problem {
        status: json.small("status").and_then(|it| u16::try_from(it).ok()).unwrap_or(0),
        code: json.text("code").unwrap_or_default(),
        title: json.text("title")?,
        next: json.text("next"),
    })
}

pub(crate) fn terminal(json: &Json) -> Option<FromTerminal> {
    match json.text("type")?.as_str() {
        "ready" => {
            let replays = json.number("replays").and_then(|it| u64::try_from(it).ok());
            Some(FromTerminal::Ready { replays: replays.unwrap_or(0) })
        }
        "typing" => Some(FromTerminal::Typing),
        "watching" => Some(FromTerminal::Watching { text: json.text("text")? }),
        "exit" => Some(FromTerminal::Exit),
        "unavailable" => Some(FromTerminal::Unavailable {
            code: json.text("code").unwrap_or_default(),
            text: json.text("text").unwrap_or_default(),
        }),
        _ => None,
    }
}

pub(crate) fn pill(json: &Json) -> Option<Pill> {
    Some(Pill {
        lab: lab(&json.get("lab")?)?,
        joined: json.flag("joined")?,
        now: json.number("now")?,
        path: json.text("path")?,
        problem: json.text("problem"),
    })
}

pub(crate) fn card(json: &Json) -> Option<Card> {
    Some(Card {
        exercise: exercise(&json.get("exercise")?)?,
        number: json.text("number")?,
        title: json.text("title")?,
        minutes: json.small("minutes")?,
        plane: plane(json, "plane"),
        lab: state_of_lab(&json.text("lab")?),
        joined: json.flag("joined")?,
        path: json.text("path")?,
        problem: json.text("problem"),
    })
}

pub(crate) fn dock(json: &Json) -> Option<DockStart> {
    Some(DockStart {
        lab: lab(&json.get("lab")?)?,
        joined: json.flag("joined")?,
        path: json.text("path")?,
    })
}
