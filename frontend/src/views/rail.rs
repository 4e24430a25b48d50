//! A lesson in the course's rail: its sign, and how many of its exercises are proven.
//!
//! How far the exercises are stands at the link as text, so that the browser can change one and draw the link again.

use maud::{Markup, html};
use wire::{ExerciseId, ExerciseState};

use super::Reader;
use super::icon::{self, Sign};

/// How far each exercise of a lesson is, in order.
pub type States = Vec<(ExerciseId, ExerciseState)>;

const CODES: [(ExerciseState, &str); 4] = [
    (ExerciseState::NotStarted, "none"),
    (ExerciseState::InProgress, "begun"),
    (ExerciseState::Passed, "passed"),
    (ExerciseState::Broken, "broken"),
];

/// The states as text: `two-namespaces:passed loop:none`.
pub fn write(states: &States) -> String {
    let words = states.iter().map(|(id, state)| {
        let code = CODES.iter().find(|(one, _)| one == state).map_or("none", |(_, code)| code);
        format!("{id}:{code}")
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Reads what [`write`] wrote.
pub fn read(text: &str) -> States {
    let words = text.split(' ').filter_map(|word| {
        let (id, code) = word.split_once(':')?;
        let (state, _) = CODES.iter().find(|(_, one)| *one == code)?;
        Some((id.parse().ok()?, *state))
    });
    words.collect()
}

/// How many exercises have been proven, and how many there are. A broken one keeps its credit.
pub fn proven(states: &States) -> (u32, u32) {
    let proven = |state| matches!(state, ExerciseState::Passed | ExerciseState::Broken);
    let count = states.iter().filter(|(_, state)| proven(*state)).count();
    [count, states.len()].map(|count| u32::try_from(count).unwrap_or(u32::MAX)).into()
}

/// The sign of a lesson: proven, begun, or neither.
pub fn sign(states: &States) -> Sign {
    match proven(states) {
        (proven, of) if of > 0 && proven == of => Sign::Passed,
        _ if states.iter().any(|(_, state)| *state != ExerciseState::NotStarted) => Sign::Working,
        _ => Sign::NotYet,
    }
}

/// What stands in the link to a lesson.
pub fn inside(reader: Reader, title: &str, states: &States) -> Markup {
    let (proven, of) = proven(states);
    html! {
        (icon::sign(sign(states)))
        span {
            (title)
            @if proven > 0 { span class="sr-only" { " (" ((reader.texts.lesson_proven)(proven, of)) ")" } }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn states(text: &str) -> States {
        let states = read(text);
        assert_eq!(write(&states), text);
        states
    }

    #[test]
    fn a_lesson_is_begun_with_its_first_exercise_and_proven_with_its_last() {
        assert_eq!(sign(&states("")), Sign::NotYet);
        assert_eq!(sign(&states("one:none two:none")), Sign::NotYet);
        assert_eq!(sign(&states("one:begun two:none")), Sign::Working);
        assert_eq!(sign(&states("one:passed two:none")), Sign::Working);
        assert_eq!(sign(&states("one:passed two:broken")), Sign::Passed);
    }
}
