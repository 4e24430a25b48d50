//! What a reset or a catch-up changes, for people to read before they agree.

use curriculum::{Course, Exercise};
use wire::{LabChange, LabPlan, PlannedExercise, PlannedObject};

use super::words::Words;
use crate::cluster::OwnObject;

/// The plan of a reset: everything goes with the lab.
pub fn renewal(own: &[OwnObject], words: &Words<'_>) -> LabPlan {
    LabPlan {
        change: LabChange::Renewed,
        done: false,
        removes: removals(own),
        solves: Vec::new(),
        notes: vec![words.text("plan-new-lab"), words.text("plan-progress-stays")],
    }
}

/// The plan of a catch-up to the start of an exercise.
pub fn catch_up(
    course: &Course,
    exercise: &Exercise,
    own: &[OwnObject],
    words: &Words<'_>,
) -> LabPlan {
    let earlier = exercise.after.iter().filter_map(|id| {
        let (lesson, one) = course.exercises().find(|(_, one)| one.id == *id)?;
        let steps = one.steps.iter().map(|step| lesson.solution(one, step, words.language));
        Some(PlannedExercise {
            exercise: one.id.clone(),
            title: one.text(words.language).title.clone(),
            commands: steps.collect::<Vec<_>>().join("\n"),
        })
    });
    let solves: Vec<PlannedExercise> = earlier.collect();
    let mut notes = Vec::new();
    if solves.is_empty() {
        notes.push(words.text("plan-starts-empty"));
    }
    notes.push(words.text("plan-progress-stays"));
    LabPlan { change: LabChange::CaughtUp, done: false, removes: removals(own), solves, notes }
}

fn removals(own: &[OwnObject]) -> Vec<PlannedObject> {
    let planned = own.iter().map(|object| PlannedObject {
        plane: match object.plane {
            curriculum::Plane::Cp => wire::Plane::Cp,
            curriculum::Plane::Dp => wire::Plane::Dp,
        },
        kind: object.kind.to_owned(),
        name: object.name.clone(),
    });
    planned.collect()
}
