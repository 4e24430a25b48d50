//! An exercise card: its checks as they stand now, and for each that does not hold what was expected, found and why.

use maud::{Markup, html};
use wire::{Check, CheckState, Exercise, ExerciseState, LabState, Millis, Plane};

use super::icon::{self, Sign};
use super::{Reader, text, time};
use crate::forms;
use crate::i18n::hours_and_minutes;

/// What the card shows.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Card {
    /// The exercise, live.
    pub exercise: Exercise,
    /// As people call it, e.g. `3.1`.
    pub number: String,
    /// Its title.
    pub title: String,
    /// How long it takes.
    pub minutes: u32,
    /// The plane whose accent its edge takes.
    pub plane: Option<Plane>,
    /// The lab's state: nothing is checked without a lab.
    pub lab: LabState,
    /// Whether the reader has joined.
    pub joined: bool,
    /// The page's path after the language.
    pub path: String,
    /// What went wrong with the last action.
    pub problem: Option<String>,
}

impl Card {
    /// How many checks hold now.
    pub fn passed(&self) -> u32 {
        let passed = self.exercise.checks.iter().filter(|it| it.state == CheckState::Passed);
        u32::try_from(passed.count()).unwrap_or(u32::MAX)
    }

    /// How many checks there are.
    pub fn of(&self) -> u32 {
        u32::try_from(self.exercise.checks.len()).unwrap_or(u32::MAX)
    }

    /// When the last check held for the first time, once all have.
    pub fn passed_at(&self) -> Option<Millis> {
        let times: Option<Vec<_>> =
            self.exercise.checks.iter().map(|check| check.first_passed_at).collect();
        times?.into_iter().max()
    }
}

/// Everything of the card but its hints and solution, which never change.
pub fn card(reader: Reader, card: &Card) -> Markup {
    let percent = if card.of() == 0 { 0 } else { 100 * card.passed() / card.of() };
    html! {
        svg class="edge" aria-hidden="true" preserveAspectRatio="none" {
            rect class="edge-fill" width="100%" height={ (percent) "%" } {}
        }
        header class="card-head" {
            h3 id={ "exercise-" (card.exercise.id) } {
                span class="card-number num" { (card.number) } " " (card.title)
            }
            p class="card-minutes quiet num" { (hours_and_minutes(card.minutes)) }
            p class="card-state" { (icon::sign(Sign::of(card.exercise.state))) span { (state(reader, card)) } }
        }
        (start(reader, card))
        (checks(reader, card))
        @if let Some(problem) = &card.problem { p class="card-note bad" role="alert" { (text::inline(problem)) } }
        p class="sr-only" aria-live="polite" {
            @match card.exercise.state {
                ExerciseState::NotStarted => {}
                ExerciseState::InProgress | ExerciseState::Broken => { (card.title) ": " (state(reader, card)) }
                ExerciseState::Passed => ((reader.texts.ex_announce)(&card.title)),
            }
        }
    }
}

fn state(reader: Reader, card: &Card) -> Markup {
    let texts = reader.texts;
    let time = |write: fn(&str) -> String, plain: &'static str| {
        if let Some(at) = card.passed_at() {
            let clock = (reader.clock)(at, reader.language);
            html! { time datetime=(time::iso(at)) { (write(&clock)) } }
        } else {
            html! { (plain) }
        }
    };
    html! {
        @match card.exercise.state {
            ExerciseState::NotStarted => (texts.ex_not_started),
            ExerciseState::InProgress => ((texts.ex_progress)(card.passed(), card.of())),
            ExerciseState::Passed => (time(texts.ex_passed_at, texts.ex_passed)),
            ExerciseState::Broken => (time(texts.ex_broken_at, texts.check_broken)),
        }
    }
}

fn start(reader: Reader, card: &Card) -> Markup {
    let texts = reader.texts;
    html! {
        @if card.lab != LabState::Ready {
            @if card.exercise.state != ExerciseState::Passed { p class="card-note" { (texts.ex_needs_lab) } }
        } @else if card.exercise.needs_start {
            form class="card-note card-start" method="post" data-do="start"
                action=(forms::start_exercise(reader.language, &card.exercise.id)) {
                input type="hidden" name="back" value={ "/" (reader.language) (card.path) };
                span { (texts.ex_start_hint) }
                button class="button primary" { (texts.ex_start) span class="sr-only" { ": " (card.title) } }
            }
        }
    }
}

fn checks(reader: Reader, card: &Card) -> Markup {
    let checks = &card.exercise.checks;
    let several = checks.windows(2).any(|pair| pair[0].step != pair[1].step);
    html! {
        ul class="checks" data-ready=[(card.joined && card.lab == LabState::Ready).then_some("")] {
            @for (index, check) in checks.iter().enumerate() {
                @let first = index == 0 || checks[index - 1].step != check.step;
                @if several && first { li class="check-step" data-key={ "step-" (check.step) } { (step(reader, &check.step)) } }
                (one_check(reader, card, check))
            }
        }
    }
}

fn step(reader: Reader, step: &str) -> Markup {
    let texts = reader.texts;
    html! {
        @match step {
            "do" => (texts.step_do),
            "break" => (texts.step_break),
            "fix" => (texts.step_fix),
            other => (other),
        }
    }
}

/// The sign and the word of a check; one that held before and does not now is broken.
pub fn standing(reader: Reader, check: &Check) -> (Sign, &'static str) {
    let texts = reader.texts;
    match (check.state, check.first_passed_at) {
        (CheckState::Passed, _) => (Sign::Passed, texts.check_passed),
        (CheckState::NotYet, None) => (Sign::NotYet, texts.check_not_yet),
        (CheckState::NotYet, Some(_)) => (Sign::Broken, texts.check_broken),
        (CheckState::Unknown, _) => (Sign::Unknown, texts.check_unknown),
    }
}

fn one_check(reader: Reader, card: &Card, check: &Check) -> Markup {
    let (sign, word) = standing(reader, check);
    let silent = card.exercise.state == ExerciseState::NotStarted || card.lab != LabState::Ready;
    html! {
        li class="check" data-key=(check.id) {
            (icon::sign(sign))
            div {
                p { (text::inline(&check.text)) " " span class="sr-only" { "(" (word) ")" } }
                @if check.state != CheckState::Passed && !silent { (why(reader, check)) }
            }
        }
    }
}

fn why(reader: Reader, check: &Check) -> Markup {
    let texts = reader.texts;
    html! {
        @if let Some(reason) = &check.reason {
            dl class="why" {
                @if let Some(expected) = &reason.expected { dt { (texts.expected) } dd { (text::inline(expected)) } }
                @if let Some(found) = &reason.found { dt { (texts.found) } dd { (text::inline(found)) } }
                dt { (texts.why) }
                dd {
                    (text::inline(reason.cause.as_ref().unwrap_or(&reason.text)))
                    @if let Some(object) = &reason.object {
                        " "
                        button class="link" type="button" data-do="show"
                            data-with={ (object.kind) "/" (object.namespace) "/" (object.name) } {
                            (texts.show_object) span class="sr-only" { ": " (object.kind) " " (object.name) }
                        }
                    }
                }
            }
        } @else if check.state == CheckState::Unknown {
            p class="why-unknown" { (texts.check_unknown) }
        }
    }
}
