//! The blocks of a lesson as HTML.

use leptos::prelude::*;
use maud::{Markup, PreEscaped, html};
use wire::{LabState, Solution};

use super::island;
use crate::i18n::{page_texts, texts};
use crate::islands::{ExerciseLive, Start};
use crate::model::commands;
use crate::pages::Frame;
use crate::pages::lesson::{AdmonitionKind, Block, Code, ExerciseCard};
use crate::views::exercise::Card;
use crate::views::icon;

/// Blocks one after the other.
pub(crate) fn blocks(frame: &Frame, blocks: &[Block]) -> Markup {
    html! { @for block in blocks { (one(frame, block)) } }
}

fn one(frame: &Frame, block: &Block) -> Markup {
    match block {
        Block::Html(html) => PreEscaped(html.clone()),
        Block::Heading { level, id, html } => heading(frame, *level, id, html),
        Block::Code(code) => code_block(frame, code),
        Block::Exercise(card) => exercise(frame, card),
        Block::Admonition { kind, title, blocks } => {
            admonition(frame, *kind, title.as_deref(), blocks)
        }
        Block::Figure { svg, caption } => html! {
            figure {
                div class="figure-scroll" tabindex="0" { (PreEscaped(svg)) }
                @if let Some(caption) = caption { figcaption { (PreEscaped(caption)) } }
            }
        },
    }
}

fn heading(frame: &Frame, level: u8, id: &str, inner: &str) -> Markup {
    let label = page_texts(frame.language).anchor;
    let content = html! {
        (PreEscaped(inner)) a class="anchor" href={ "#" (id) } aria-label=(label) { "#" }
    };
    html! {
        @match level {
            0..=2 => h2 id=(id) { (content) },
            3 => h3 id=(id) { (content) },
            _ => h4 id=(id) { (content) },
        }
    }
}

fn code_block(frame: &Frame, code: &Code) -> Markup {
    let shared = texts(frame.language);
    let pages = page_texts(frame.language);
    let label = match code.language.as_str() {
        "output" | "" => pages.output,
        other => other,
    };
    let starts = starts(code);
    html! {
        div class={ "block" @if code.run.is_some() { " runs" } @if code.language == "output" { " output" } } id=(code.id)
            data-text=[(code.language != "output").then_some(&code.text)] data-run=[code.run.as_ref()] {
            div class="block-head" {
                span class="block-label" {
                    @match &code.file {
                        Some(file) => { span class="sr-only" { (pages.file) " " } code { (file) } }
                        None => (label),
                    }
                }
                span class="block-state" role="status" {}
                @if code.language != "output" {
                    span class="block-actions" {
                        button type="button" class="act" data-do="copy" { (shared.copy) }
                        @if code.run.is_some() { button type="button" class="act run" data-do="run" { (shared.run) } }
                    }
                }
            }
            pre tabindex="0" {
                code {
                    @for (line, starts) in code.lines.iter().zip(starts) {
                        span class={ "line" @if starts { " first" } } { (PreEscaped(line)) }
                        "\n"
                    }
                }
            }
        }
    }
}

/// For each line, whether a command starts there.
fn starts(code: &Code) -> Vec<bool> {
    let mut starts = vec![false; code.lines.len()];
    if code.run.is_some() {
        for command in commands::split(&code.text) {
            if let Some(first) = starts.get_mut(command.lines.start) {
                *first = true;
            }
        }
    }
    starts
}

fn admonition(frame: &Frame, kind: AdmonitionKind, title: Option<&str>, inner: &[Block]) -> Markup {
    let texts = page_texts(frame.language);
    let (class, name) = match kind {
        AdmonitionKind::Note => ("note", texts.note),
        AdmonitionKind::Tip => ("note tip", texts.tip),
        AdmonitionKind::Caution => ("note caution", texts.caution),
    };
    html! {
        aside class=(class) {
            p class="note-title" { (title.unwrap_or(name)) }
            (blocks(frame, inner))
        }
    }
}

fn exercise(frame: &Frame, card: &ExerciseCard) -> Markup {
    let plane = match card.plane {
        Some(wire::Plane::Cp) => "exercise cp",
        Some(wire::Plane::Dp) => "exercise dp",
        None => "exercise",
    };
    let state = Card {
        exercise: card.exercise.clone(),
        number: card.number.clone(),
        title: card.title.clone(),
        minutes: card.minutes,
        plane: card.plane,
        lab: frame.lab.as_ref().map_or(LabState::None, |lab| lab.state),
        joined: frame.learner.is_some(),
        path: frame.path.clone(),
        problem: None,
    };
    html! {
        section class=(plane) aria-labelledby={ "exercise-" (card.exercise.id) } {
            (island(Start::Card(frame.language, Box::new(state)), || view! { <ExerciseLive /> }))
            (help(frame, card))
        }
    }
}

/// Hints one at a time, then the solution: a closed hint hides all that follow it.
fn help(frame: &Frame, card: &ExerciseCard) -> Markup {
    let texts = page_texts(frame.language);
    let of = u32::try_from(card.hints.len()).unwrap_or(u32::MAX);
    html! {
        @if !card.hints.is_empty() || card.solution.is_some() {
            div class="card-help" {
                @for (number, hint) in (1..).zip(&card.hints) {
                    details { summary { ((texts.hint)(number, of)) } p { (PreEscaped(hint)) } }
                }
                @if let Some(solution) = &card.solution {
                    details { summary { (texts.solution) } (reference(frame, solution)) }
                }
            }
        }
        @if let Some(done) = &card.done { p class="card-done" { (icon::sign(icon::Sign::Passed)) span { (PreEscaped(done)) } } }
    }
}

fn reference(frame: &Frame, solution: &Solution) -> Markup {
    let texts = page_texts(frame.language);
    html! {
        p class="quiet small" { (texts.solution_about) }
        @for step in &solution.steps { pre class="solution" tabindex="0" { code { (step.commands) } } }
    }
}
