//! A lesson: its text in blocks, with code that runs and exercises that check themselves.
//!
//! **Invariant:** every `html` in here has been made and sanitised by the curriculum; nothing is parsed again.

use wire::{ExerciseId, Solution};

use super::{Frame, Link};

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
    /// Text, lists, tables: block-level HTML.
    Html(String),
    /// A heading with its anchor.
    Heading {
        /// 2 to 4.
        level: u8,
        /// The anchor, unique in the page and the same in every language where possible.
        id: String,
        /// Inline HTML.
        html: String,
    },
    /// Code, output or a file.
    Code(Code),
    /// A live exercise card.
    Exercise(Box<ExerciseCard>),
    /// A note beside the text.
    Admonition {
        /// How loud.
        kind: AdmonitionKind,
        /// Its title, when the author gave one.
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
    /// The exercise's step that it belongs to.
    pub step: Option<String>,
    /// Its lines as HTML, with the learner's own values marked as `<b class="yours">`.
    pub lines: Vec<String>,
    /// What is typed or copied: the text with the shell's real variables filled in.
    pub text: String,
    /// The lab's file that it shows, e.g. `labs/echo.yaml`.
    pub file: Option<String>,
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
    page.frame.title.clone()
}
