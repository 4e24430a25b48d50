//! What a reset or a catch-up changes, for people to read before they agree.

use curriculum::{Course, Exercise, Lesson};
use wire::{LabChange, LabPlan, PlannedExercise, PlannedObject};

use super::words::Words;
use crate::cluster::OwnObject;
use crate::labs::Solution;
use crate::typing;

/// The plan of a reset: everything goes with the lab.
pub fn renewal(own: &[OwnObject], words: &Words<'_>) -> LabPlan {
    LabPlan {
        change: LabChange::Renewed,
        done: false,
        removes: removals(own),
        solves: Vec::new(),
        notes: vec![words.text("plan-new-lab"), words.text("plan-progress-stays")],
        obstacle: None,
    }
}

/// The plan of a catch-up to the start of an exercise.
pub fn catch_up(
    course: &Course,
    exercise: &Exercise,
    own: &[OwnObject],
    words: &Words<'_>,
) -> LabPlan {
    let earlier = earlier(course, exercise).flatten().map(|(lesson, one)| {
        let steps = one.steps.iter().map(|step| lesson.solution(one, step, words.language));
        PlannedExercise {
            exercise: one.id.clone(),
            title: one.text(words.language).title.clone(),
            commands: steps.collect::<Vec<_>>().join("\n"),
        }
    });
    let solves: Vec<PlannedExercise> = earlier.collect();
    let mut notes = Vec::new();
    if exercise.after.is_empty() {
        notes.push(words.text("plan-starts-empty"));
    }
    notes.push(words.text("plan-progress-stays"));
    LabPlan {
        change: LabChange::CaughtUp,
        done: false,
        removes: removals(own),
        solves,
        notes,
        obstacle: solutions(course, exercise, words)
            .is_none()
            .then(|| words.text("plan-no-solution")),
    }
}

/// What is typed so that an exercise can start; none when the course does not say how to do all that it builds on.
pub fn solutions(course: &Course, exercise: &Exercise, words: &Words<'_>) -> Option<Vec<Solution>> {
    let solve = |found: Option<(&Lesson, &Exercise)>| {
        let (lesson, one) = found?;
        let mut commands = Vec::new();
        for (text, fails) in
            one.steps.iter().flat_map(|step| lesson.typed(one, step, words.language))
        {
            commands.extend(typing::commands(text, fails).ok()?);
        }
        (!commands.is_empty()).then(|| Solution { exercise: one.id.clone(), commands })
    };
    earlier(course, exercise).map(solve).collect()
}

/// What an exercise builds on, in order; none where the course does not have it.
fn earlier<'c>(
    course: &'c Course,
    exercise: &'c Exercise,
) -> impl Iterator<Item = Option<(&'c Lesson, &'c Exercise)>> {
    exercise.after.iter().map(|id| course.exercises().find(|(_, one)| one.id == *id))
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
