//! A lesson's page: CommonMark in the dialect of the course, parsed into blocks.
//!
//! The dialect: front matter; admonitions (`:::note Title` … `:::`, nestable); `:::exercise id`; fences that say what they
//! are for (`run=`, `show`, `output`, `file=`); `[control plane](cp:)` and `[data plane](dp:)` for the words of the two planes;
//! `[title](lesson:slug)`; a paragraph that is one image is a figure.
//!
//! **Invariant:** the HTML that comes out holds nothing that the author could not write in Markdown: raw
//! HTML is dropped, link targets are of three known forms.

mod front_matter;
mod inline;
mod page;
mod structure;

pub use front_matter::FrontMatter;
pub use inline::inline_html;
pub use page::parse;

use crate::ExerciseId;

/// One language's page of a lesson.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// Title, summary, objectives.
    pub front_matter: FrontMatter,
    /// The text.
    pub blocks: Vec<Block>,
    /// The headings, in order.
    pub headings: Vec<Heading>,
    /// Where links lead, in order.
    pub links: Vec<Link>,
    /// The file that it stands in.
    pub file: String,
}

/// A heading with its anchor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// 2 to 4; the title is 1.
    pub level: u8,
    /// The anchor, the same in every language.
    pub id: String,
    /// The text.
    pub text: String,
    /// The line.
    pub line: usize,
}

/// Where a link leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// As written.
    pub target: String,
    /// The line.
    pub line: usize,
}

/// A piece of the page.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    /// Headings, paragraphs, lists, tables.
    Html(String),
    /// A fenced block.
    Code(Code),
    /// The card of an exercise.
    Exercise {
        /// Which.
        id: ExerciseId,
        /// The line.
        line: usize,
    },
    /// A remark beside the text.
    Admonition {
        /// What kind of remark.
        kind: Admonition,
        /// Its own title, where it has one.
        title: Option<String>,
        /// What it says.
        blocks: Vec<Block>,
        /// The line that opens it.
        line: usize,
    },
    /// A drawing.
    Figure {
        /// The file, relative to the lesson's folder.
        file: String,
        /// What it shows, in words.
        alt: String,
        /// The line.
        line: usize,
    },
}

/// What kind of remark an admonition is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admonition {
    /// Good to know.
    Note,
    /// Makes life easier.
    Tip,
    /// Goes wrong easily.
    Caution,
    /// Differs on EKS.
    Eks,
}

impl Admonition {
    /// The word after `:::`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Tip => "tip",
            Self::Caution => "caution",
            Self::Eks => "eks",
        }
    }

    fn named(name: &str) -> Option<Self> {
        // Docusaurus has more names for the same; they are accepted so that workshops can be brought in.
        match name {
            "note" | "info" => Some(Self::Note),
            "tip" => Some(Self::Tip),
            "caution" | "warning" | "danger" => Some(Self::Caution),
            "eks" => Some(Self::Eks),
            _ => None,
        }
    }
}

/// A fenced block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// The first word of the fence, e.g. `bash`.
    pub language: String,
    /// What it is for.
    pub purpose: CodeUse,
    /// Its text, without the last line feed.
    pub text: String,
    /// The line of the fence.
    pub line: usize,
}

/// What a fenced block is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CodeUse {
    /// Offered with *Run*; part of the reference solution of an exercise.
    Run {
        /// The exercise.
        exercise: ExerciseId,
        /// The step; the exercise's first, when absent.
        step: Option<String>,
        /// Which of its commands are meant to fail, counted from 1.
        fails: Vec<usize>,
    },
    /// Only shown.
    Show,
    /// What one sees after a command.
    Output,
    /// Shows a file that is in the lab.
    File(String),
}

/// Walks all blocks, those within admonitions too, in order.
pub fn walk<'a>(blocks: &'a [Block], visit: &mut dyn FnMut(&'a Block)) {
    for block in blocks {
        visit(block);
        if let Block::Admonition { blocks, .. } = block {
            walk(blocks, visit);
        }
    }
}

impl Page {
    /// The commands of one step of an exercise: the page's own blocks, in order. `first` says whether
    /// the step is the exercise's first, which blocks without a `step=` belong to.
    pub fn commands(&self, exercise: &ExerciseId, step: &str, first: bool) -> Vec<&Code> {
        let mut found = Vec::new();
        walk(&self.blocks, &mut |block| {
            let Block::Code(code) = block else { return };
            let CodeUse::Run { exercise: of, step: of_step, .. } = &code.purpose else { return };
            if of == exercise && of_step.as_ref().map_or(first, |one| one == step) {
                found.push(code);
            }
        });
        found
    }
}
