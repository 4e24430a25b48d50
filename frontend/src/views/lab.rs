//! The lab pill: where the lab is in its life, and everything one can do with it.

use maud::{Markup, html};
use wire::{CatchingUp, Lab, LabState, LabStep, Language, Millis, StepState};

use super::icon::{self, Sign};
use super::{Reader, text, time};
use crate::forms;

/// What the pill shows.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Pill {
    /// The lab.
    pub lab: Lab,
    /// Whether the reader has joined; without that there is only the way to joining.
    pub joined: bool,
    /// The time.
    pub now: Millis,
    /// The page's path after the language, to come back to.
    pub path: String,
    /// What went wrong with the last action.
    pub problem: Option<String>,
}

/// From when on a lab's end is near.
const SOON: Millis = 10 * 60_000;

fn ends_soon(state: &Pill) -> bool {
    state.lab.state == LabState::Ready
        && state.lab.expires_at.is_some_and(|end| end - state.now <= SOON)
}

/// The whole pill.
pub fn pill(reader: Reader, state: &Pill) -> Markup {
    let texts = reader.texts;
    html! {
        @if !state.joined {
            a class="pill action" href=(forms::join(reader.language)) { (texts.lab_join) }
        } @else if state.lab.state == LabState::None {
            (action(reader.language, &state.path, "start", texts.lab_start, "pill action"))
            (problem(state))
        } @else {
            details class="pill-menu" data-key="pill" {
                summary class="pill" { (summary(reader, state)) (icon::stroke(icon::DOWN)) }
                div class="menu" { (menu(reader, state)) }
            }
        }
        @if state.joined { p class="sr-only" role="status" data-key="said" { (said(reader, state)) } }
    }
}

/// What a screen reader says of the lab when it changes; the region is there before anything is said in it.
fn said(reader: Reader, state: &Pill) -> Markup {
    let texts = reader.texts;
    html! {
        @match state.lab.state {
            LabState::None | LabState::Ending => {}
            LabState::Queued | LabState::Preparing => (texts.dock_preparing),
            LabState::Ready if ends_soon(state) => (texts.lab_soon),
            LabState::Ready => { (texts.lab) ": " (texts.lab_ready) }
            LabState::Failed => (texts.lab_failed),
            LabState::Ended => (texts.lab_ended),
        }
    }
}

fn summary(reader: Reader, state: &Pill) -> Markup {
    let texts = reader.texts;
    let lab = &state.lab;
    if let (LabState::Ready, Some(way)) = (lab.state, &lab.catching_up) {
        let (done, of) = count(&way.steps);
        return html! {
            @if way.problem.is_some() {
                (icon::sign(Sign::Failed))
                span class="pill-text" { (texts.lab_not_caught_up) }
            } @else {
                (icon::sign(Sign::Working))
                span class="pill-text num" { ((texts.lab_catching_up)(done, of)) }
            }
        };
    }
    let (done, steps) = count(&lab.steps);
    html! {
        (icon::sign(sign(lab.state)))
        span class="pill-text" {
            @match lab.state {
                LabState::None => (texts.lab_start),
                LabState::Queued => ((texts.lab_queued)(lab.queue.unwrap_or(1))),
                LabState::Preparing => ((texts.lab_preparing)(done, steps)),
                LabState::Ready => {
                    span class="pill-where" { @if lab.practice { (texts.practice) } @else { (texts.lab) } ", " }
                    (texts.lab_ready)
                }
                LabState::Failed => (texts.lab_failed),
                LabState::Ending => (texts.lab_ending),
                LabState::Ended => (texts.lab_ended),
            }
        }
        @if let (LabState::Ready, Some(end)) = (lab.state, lab.expires_at) {
            span class={ "pill-time num" @if ends_soon(state) { " soon" } } { ((texts.time_left)(time::minutes_between(state.now, end))) }
        }
    }
}

/// How many steps are done, and how many there are.
fn count(steps: &[LabStep]) -> (u32, u32) {
    let done = steps.iter().filter(|step| step.state == StepState::Done).count();
    [done, steps.len()].map(|count| u32::try_from(count).unwrap_or(u32::MAX)).into()
}

/// How far a lab is on its way to the start of an exercise, and why it broke off.
pub fn way(reader: Reader, way: &CatchingUp) -> Markup {
    html! {
        (listed(reader, &(reader.texts.lab_way)(&way.title), &way.steps))
        @if let Some(problem) = &way.problem { p class="bad" role="alert" { (text::inline(problem)) } }
    }
}

/// The sign beside a lab's state.
pub fn sign(state: LabState) -> Sign {
    match state {
        LabState::None => Sign::NotYet,
        LabState::Queued | LabState::Preparing => Sign::Working,
        LabState::Ready => Sign::Passed,
        LabState::Failed => Sign::Failed,
        LabState::Ending | LabState::Ended => Sign::Unknown,
    }
}

fn menu(reader: Reader, state: &Pill) -> Markup {
    let texts = reader.texts;
    let lab = &state.lab;
    html! {
        @if lab.state == LabState::Queued { p { (texts.lab_queue_hint) } }
        @if let Some(message) = &lab.message { p class="bad" { (message) } }
        @if let (LabState::Ready, Some(one)) = (lab.state, &lab.catching_up) { (way(reader, one)) }
        @if ends_soon(state) { p { (texts.lab_soon) } }
        @if let (LabState::Ready, Some(control), Some(data)) = (lab.state, &lab.cp_namespace, &lab.dp_namespace) {
            dl class="namespaces" {
                dt { (icon::plane(wire::Plane::Cp)) (texts.control_plane) } dd { code { (control) } }
                dt { (icon::plane(wire::Plane::Dp)) (texts.data_plane) } dd { code { (data) } }
            }
        }
        @if !lab.steps.is_empty() && lab.state != LabState::Ready && lab.state != LabState::Ended {
            (steps(reader, &lab.steps))
        }
        @if lab.state == LabState::Ended {
            p { (texts.lab_ended_hint) }
            (action(reader.language, &state.path, "start", texts.lab_again, "button primary"))
        }
        @if lab.state == LabState::Ready {
            div class="menu-actions" {
                (action(reader.language, &state.path, "extend", texts.lab_extend, "button"))
                a class="button" href="/api/v1/lab/kubeconfig" { (texts.lab_kubeconfig) }
            }
        }
        @if matches!(lab.state, LabState::Ready | LabState::Failed | LabState::Queued | LabState::Preparing) {
            @if lab.state == LabState::Ready {
                (confirmed(reader, state, "reset", texts.lab_reset, texts.confirm_reset))
            }
            (confirmed(reader, state, "end", texts.lab_end, texts.confirm_end))
        }
        (problem(state))
    }
}

/// The steps of preparing, each with its word.
pub fn steps(reader: Reader, steps: &[LabStep]) -> Markup {
    listed(reader, reader.texts.lab_steps, steps)
}

fn listed(reader: Reader, label: &str, steps: &[LabStep]) -> Markup {
    let texts = reader.texts;
    html! {
        p class="label" { (label) }
        ol class="steps" {
            @for step in steps {
                @let (mark, word) = match step.state {
                    StepState::Waiting => (Sign::NotYet, texts.step_waiting),
                    StepState::Running => (Sign::Working, texts.step_running),
                    StepState::Done => (Sign::Passed, texts.step_done),
                    StepState::Failed => (Sign::Failed, texts.step_failed),
                };
                li { (icon::sign(mark)) span { (step.text) } span class="quiet" { (word) } }
            }
        }
    }
}

/// A destructive action: what it does is read before its button can be pressed. Where scripts run, a reset shows the
/// preview of what it would remove instead.
fn confirmed(
    reader: Reader,
    state: &Pill,
    name: &'static str,
    label: &'static str,
    about: &'static str,
) -> Markup {
    html! {
        details class="confirm" data-key=(name) {
            @if name == "reset" {
                summary data-do="plan" data-with="reset" { (label) }
            } @else { summary { (label) } }
            p { (about) }
            (action(reader.language, &state.path, name, label, "button danger"))
        }
    }
}

/// One action on the lab, as a form that the island catches.
pub fn action(
    language: Language,
    path: &str,
    name: &'static str,
    label: &'static str,
    class: &'static str,
) -> Markup {
    html! {
        form method="post" action=(forms::lab(language)) data-do="lab" data-with=(name) {
            input type="hidden" name="action" value=(name);
            input type="hidden" name="back" value={ "/" (language) (path) };
            button class=(class) { (label) }
        }
    }
}

fn problem(state: &Pill) -> Markup {
    html! { @if let Some(problem) = &state.problem { p class="bad" role="alert" { (problem) } } }
}
