//! The blocks of a lesson as HTML.

use leptos::prelude::*;
use maud::{Markup, PreEscaped, html};
use wire::{LabState, Solution};

use super::island;
use crate::i18n::{self, page_texts};
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
        Block::Html(html) => PreEscaped(with_anchors(html)),
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

/// The text with a link to itself at the end of each heading that has an anchor. It is for the pointer alone: to the
/// keyboard and to screen readers it would be a stop, and a part of the heading's name, at every heading.
fn with_anchors(html: &str) -> String {
    let mut out = String::with_capacity(html.len() + 256);
    let mut rest = html;
    while let Some((before, id, after)) = next_heading(rest) {
        let link =
            html! { a class="anchor" href={ "#" (id) } aria-hidden="true" tabindex="-1" { "#" } };
        out.push_str(before);
        out.push_str(&link.into_string());
        rest = after;
    }
    out.push_str(rest);
    out
}

/// Everything before the end of the next heading, its anchor, and what follows, end tag included.
fn next_heading(html: &str) -> Option<(&str, &str, &str)> {
    let starts = ["<h2 id=\"", "<h3 id=\"", "<h4 id=\""];
    let start = starts.iter().filter_map(|start| html.find(start)).min()?;
    let tag = html.get(start + 1..start + 3)?;
    let id = html.get(start + 8..)?.split('"').next()?;
    let end = start + html.get(start..)?.find(&format!("</{tag}>"))?;
    Some((&html[..end], id, &html[end..]))
}

fn code_block(frame: &Frame, code: &Code) -> Markup {
    let texts = page_texts(frame.language);
    let label = match code.language.as_str() {
        "output" | "" => texts.output,
        other => other,
    };
    let starts = starts(code);
    html! {
        div class={ "block" @if code.run.is_some() { " runs" } @if code.language == "output" { " output" } } id=(code.id)
            data-text=[(code.language != "output").then_some(&code.text)] data-run=[code.run.as_ref()]
            data-fails=[fails(code)] {
            div class="block-head" {
                span class="block-label" {
                    @match &code.file {
                        Some(file) => { span class="sr-only" { (texts.file) " " } code { (file) } }
                        None => (label),
                    }
                }
                span class="block-state" role="status" {}
                @if code.language != "output" {
                    span class="block-actions" {
                        button type="button" class="act" data-do="copy" { (texts.copy) (aside(&code.name)) }
                        @if code.run.is_some() {
                            button type="button" class="act run" data-do="run" { (texts.run) (aside(&code.name)) }
                        }
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
            @if code.run.is_some() { div class="block-note" role="status" {} }
        }
    }
}

/// What follows the words of a button or of a fold for those who do not see what it stands beside.
fn aside(name: &str) -> Markup {
    html! { span class="sr-only" { ": " (name) } }
}

/// The numbers of the commands that are there to fail, with spaces between.
fn fails(code: &Code) -> Option<String> {
    let numbers: Vec<_> = code.fails.iter().map(usize::to_string).collect();
    (!numbers.is_empty()).then(|| numbers.join(" "))
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
        AdmonitionKind::Eks => ("note eks", texts.eks),
    };
    html! {
        aside class=(class) role="note" {
            p class="note-title" {
                @if kind == AdmonitionKind::Eks { (icon::stroke(icon::CLOUD)) }
                @match title { Some(title) => (PreEscaped(title)), None => (name) }
            }
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
    let (texts, shared) = (page_texts(frame.language), i18n::texts(frame.language));
    let of = u32::try_from(card.hints.len()).unwrap_or(u32::MAX);
    html! {
        div class="card-help" {
            div class="card-hints" {
                @for (number, hint) in (1..).zip(&card.hints) {
                    details { summary { ((texts.hint)(number, of)) (aside(&card.title)) } p { (PreEscaped(hint)) } }
                }
                @if let Some(solution) = &card.solution {
                    details { summary { (texts.solution) (aside(&card.title)) } (reference(frame, solution)) }
                }
            }
            div class="card-lab" {
                button type="button" class="link" data-do="plan" data-with=(card.exercise.id) data-title=(card.title) { (shared.catch_up) (aside(&card.title)) }
                button type="button" class="link" data-do="plan" data-with="reset" { (texts.reset_short) }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_heading_ends_in_a_link_to_itself() {
        let html =
            "<p>a</p>\n<h2 id=\"loop\">The <em>loop</em></h2>\n<h3 id=\"who\">Who</h3><p>b</p>";

        let linked = with_anchors(html);

        assert!(linked.contains(
            r##"<em>loop</em><a class="anchor" href="#loop" aria-hidden="true" tabindex="-1">#</a></h2>"##
        ));
        assert!(linked.contains(
            r##"Who<a class="anchor" href="#who" aria-hidden="true" tabindex="-1">#</a></h3><p>b</p>"##
        ));
    }

    #[test]
    fn text_without_headings_stays_as_it_is() {
        assert_eq!(with_anchors("<p>1 &lt; 2</p>"), "<p>1 &lt; 2</p>");
    }
}
