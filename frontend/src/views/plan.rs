//! What a reset or a catch-up would change, shown in a dialog before it is done.
//!
//! **Invariant:** the button that does it can be pressed only when what it does is on the screen.

use maud::{Markup, html};
use wire::{CatchingUp, ExerciseId, LabPlan, PlannedObject};

use super::{Reader, icon, lab, text};

/// What the learner wants to be done to the lab.
#[derive(Clone, Debug, PartialEq)]
pub enum Wish {
    /// A fresh lab.
    Reset,
    /// The start of an exercise, with its title.
    CatchUp(ExerciseId, String),
}

/// What the dialog shows.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanView {
    /// What is wanted.
    pub wish: Wish,
    /// What it would change, once that is known.
    pub plan: Option<LabPlan>,
    /// Whether it is being done.
    pub working: bool,
    /// Why it could not be looked at, or done.
    pub problem: Option<String>,
    /// Whether the server has begun.
    pub begun: bool,
    /// How far it is since then.
    pub progress: Option<CatchingUp>,
}

impl PlanView {
    /// Nothing is known yet of what this would change.
    pub fn new(wish: Wish) -> Self {
        Self { wish, plan: None, working: false, problem: None, begun: false, progress: None }
    }
}

/// So many objects are named; the others are counted.
const NAMED: usize = 12;

/// The dialog.
pub fn dialog(reader: Reader, view: &PlanView) -> Markup {
    let texts = reader.texts;
    let (title, label) = match &view.wish {
        Wish::Reset => (texts.plan_reset.to_owned(), texts.lab_reset),
        Wish::CatchUp(_, title) => ((texts.plan_catch_up)(title), texts.catch_up),
    };
    let ready = !view.working && view.plan.as_ref().is_some_and(|plan| plan.obstacle.is_none());
    html! {
        dialog class="sheet plan" data-key="plan" aria-labelledby="plan-title" {
            h2 id="plan-title" { (title) }
            div class="plan-body" {
                @match &view.plan {
                    _ if view.progress.is_some() => {
                        @if let Some(progress) = &view.progress { (lab::way(reader, progress)) }
                    }
                    Some(plan) => (changes(reader, plan)),
                    None if view.problem.is_none() => p class="quiet" { (texts.plan_reading) "…" },
                    None => {}
                }
            }
            @if let Some(problem) = &view.problem { p class="bad" role="alert" { (text::inline(problem)) } }
            p class="quiet" role="status" { @if view.working { (texts.plan_working) "…" } }
            div class="menu-actions" {
                button type="button" class="button primary" data-do="plan-do" disabled[!ready] { (label) }
                form method="dialog" { button class="button" { (texts.cancel) } }
            }
        }
    }
}

fn changes(reader: Reader, plan: &LabPlan) -> Markup {
    let texts = reader.texts;
    html! {
        @if let Some(obstacle) = &plan.obstacle { p class="bad" { (text::inline(obstacle)) } }
        @for note in &plan.notes { p { (text::inline(note)) } }
        @if plan.removes.is_empty() { p { (texts.plan_removes_none) } } @else {
            p class="label" { (texts.plan_removes) }
            ul class="plan-objects" { @for object in plan.removes.iter().take(NAMED) { (removed(object)) } }
            @if plan.removes.len() > NAMED {
                p class="quiet" { ((texts.more)(u32::try_from(plan.removes.len() - NAMED).unwrap_or(u32::MAX))) }
            }
        }
        @if !plan.solves.is_empty() {
            p class="label" { (texts.plan_solves) }
            ul class="plan-solves" {
                @for solved in &plan.solves {
                    li { details data-key=(solved.exercise) {
                        summary { (solved.title) }
                        pre tabindex="0" { code { (solved.commands) } }
                    } }
                }
            }
        }
    }
}

fn removed(object: &PlannedObject) -> Markup {
    html! { li { (icon::plane(object.plane)) span { (object.kind) " " code { (object.name) } } } }
}
