//! A lesson: its text in blocks, with code that runs and exercises that check themselves.
//!
//! **Invariant:** every `html` in here has been made and sanitised by the curriculum; nothing is parsed again.

use leptos::prelude::*;
use maud::{Markup, PreEscaped, html};
use wire::{ExerciseId, Lab, Solution};

use super::{Frame, Link};
use crate::components::document::{Layout, document};
use crate::components::{block, island, rail};
use crate::i18n::{page_texts, texts};
use crate::islands::{Dock, Start};
use crate::views::dock::DockStart;
use crate::views::text;

/// What the lesson page shows.
#[derive(Clone, Debug)]
pub struct LessonPage {
    /// What surrounds it; `frame.lesson` names the lesson.
    pub frame: Frame,
    /// Its place in the course.
    pub number: u32,
    /// Its title.
    pub title: String,
    /// One sentence.
    pub summary: String,
    /// How long it takes.
    pub minutes: u32,
    /// What it builds on.
    pub needs: Vec<Link>,
    /// “After this lesson you can …”, each as inline HTML.
    pub objectives: Vec<String>,
    /// The anchors and plain texts of the headings that the rail shows.
    pub headings: Vec<(String, String)>,
    /// The text; the introduction is what stands before the first heading.
    pub blocks: Vec<Block>,
    /// The lesson before, if it is published.
    pub previous: Option<Link>,
    /// The lesson after, if it is published.
    pub next: Option<Link>,
}

/// A piece of a lesson.
#[derive(Clone, Debug)]
pub enum Block {
    /// Text, headings, lists, tables: block-level HTML.
    Html(String),
    /// Code, output or a file.
    Code(Code),
    /// A live exercise card.
    Exercise(Box<ExerciseCard>),
    /// A note beside the text.
    Admonition {
        /// How loud.
        kind: AdmonitionKind,
        /// Its title as HTML, when the author gave one.
        title: Option<String>,
        /// What it says.
        blocks: Vec<Block>,
    },
    /// A drawing.
    Figure {
        /// Inline SVG with `<title>` and `<desc>`, sanitised.
        svg: String,
        /// What stands below it, as inline HTML.
        caption: Option<String>,
    },
}

/// How loud an admonition is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdmonitionKind {
    /// Worth knowing.
    Note,
    /// Makes life easier.
    Tip,
    /// Can go wrong.
    Caution,
    /// What differs on EKS.
    Eks,
}

/// A block of code.
#[derive(Clone, Debug, Default)]
pub struct Code {
    /// Unique in the page.
    pub id: String,
    /// `bash`, `yaml`, `output` …
    pub language: String,
    /// The exercise that it belongs to; such a block is offered with *Run*.
    pub run: Option<ExerciseId>,
    /// Its commands, counted from 1, that are there to fail.
    pub fails: Vec<usize>,
    /// Its lines as HTML; each of the shell's variables is a `<b class="yours" data-var="CP_NS">` with the learner's
    /// own value, or with its name while there is none.
    pub lines: Vec<String>,
    /// What is typed: the text with its variables, which the lab's shell knows. Copying fills them in.
    pub text: String,
    /// The lab's file that it shows, e.g. `labs/echo.yaml`.
    pub file: Option<String>,
    /// What tells its buttons from those of the page's other blocks, for those who do not see them beside it.
    pub name: String,
}

/// An exercise in its place.
#[derive(Clone, Debug)]
pub struct ExerciseCard {
    /// Its checks as they stand.
    pub exercise: wire::Exercise,
    /// As people call it, e.g. `3.1`.
    pub number: String,
    /// Its title.
    pub title: String,
    /// How long it takes.
    pub minutes: u32,
    /// The accent of its edge; `None` when both planes take part.
    pub plane: Option<wire::Plane>,
    /// The hints as inline HTML, in order.
    pub hints: Vec<String>,
    /// The reference solution, shown after the last hint.
    pub solution: Option<Solution>,
    /// What is said when it is passed, as inline HTML.
    pub done: Option<String>,
}

/// Makes the document.
pub fn render(page: &LessonPage) -> String {
    let frame = &page.frame;
    let lab = frame.lab.clone().unwrap_or_else(no_lab);
    let start = DockStart { lab, joined: frame.learner.is_some(), path: frame.path.clone() };
    let body = html! {
        div class="frame" {
            (rail::rail(frame, &page.headings))
            main id="content" class="lesson" tabindex="-1" { article { (article(page)) } }
            aside class="dock-place" aria-label=(texts(frame.language).lab) {
                (island(Start::Dock(frame.language, Box::new(start)), || view! { <Dock /> }))
            }
        }
    };
    document(frame, Layout::Workbench, true, &body)
}

fn article(page: &LessonPage) -> Markup {
    let frame = &page.frame;
    let texts = page_texts(frame.language);
    let exercises = u32::try_from(count(&page.blocks)).unwrap_or(u32::MAX);
    html! {
        h1 { (page.title) }
        p class="meta" {
            span { ((texts.minutes)(page.minutes)) }
            @if exercises > 0 { span { ((texts.exercises)(exercises)) } }
            @if !page.needs.is_empty() {
                span { (texts.builds_on) " "
                    @for (index, need) in page.needs.iter().enumerate() { @if index > 0 { ", " } a href=(need.href) { (need.text) } }
                }
            }
        }
        p class="lede" { (text::inline(&page.summary)) }
        noscript { p class="note" { (texts.no_script) } }
        @if !page.objectives.is_empty() {
            section class="aims" {
                h2 class="label" { (texts.objectives) }
                ul { @for objective in &page.objectives { li { (PreEscaped(objective)) } } }
            }
        }
        (block::blocks(frame, &page.blocks))
        nav class="onward" aria-label=(texts.course) {
            @if let Some(link) = &page.previous { a class="before" href=(link.href) { span { (texts.previous) } b { (link.text) } } }
            @match &page.next {
                Some(link) => a class="after" href=(link.href) { span { (texts.next) } b { (link.text) } },
                None => p class="after quiet" { (texts.course_end) },
            }
        }
    }
}

fn count(blocks: &[Block]) -> usize {
    let exercises = |block: &Block| match block {
        Block::Exercise(_) => 1,
        Block::Admonition { blocks, .. } => count(blocks),
        Block::Html(_) | Block::Code(_) | Block::Figure { .. } => 0,
    };
    blocks.iter().map(exercises).sum()
}

fn no_lab() -> Lab {
    Lab {
        state: wire::LabState::None,
        steps: Vec::new(),
        queue: None,
        expires_at: None,
        cp_namespace: None,
        dp_namespace: None,
        practice: false,
        message: None,
        catching_up: None,
    }
}
