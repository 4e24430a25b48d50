//! What a reset or a catch-up changes, read from JSON.

use wire::{LabChange, LabPlan, PlannedExercise, PlannedObject};

use super::plane;
use crate::browser::json::Json;

pub(crate) fn plan(json: &Json) -> Option<LabPlan> {
    let change = match json.text("change")?.as_str() {
        "caught-up" => LabChange::CaughtUp,
        _ => LabChange::Renewed,
    };
    Some(LabPlan {
        change,
        done: json.flag("done").unwrap_or(false),
        removes: json.list("removes", object),
        solves: json.list("solves", exercise),
        notes: json.texts("notes"),
        obstacle: json.text("obstacle"),
    })
}

fn object(json: &Json) -> Option<PlannedObject> {
    Some(PlannedObject {
        plane: plane(json, "plane")?,
        kind: json.text("kind")?,
        name: json.text("name")?,
    })
}

fn exercise(json: &Json) -> Option<PlannedExercise> {
    Some(PlannedExercise {
        exercise: json.text("exercise")?.parse().ok()?,
        title: json.text("title")?,
        commands: json.text("commands").unwrap_or_default(),
    })
}
