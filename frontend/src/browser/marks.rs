//! What a block of code says about its commands: a mark beside each line, a word in its head, and below it why it
//! went no further.
//!
//! **Invariant:** what a block says is drawn from [`Said`] alone, so that it can be said again in another language.

use std::cell::RefCell;

use maud::html;
use web_sys::HtmlElement;

use super::dom;
use crate::model::typist::{Job, Outcome};
use crate::views::{Reader, block};

/// What one block has to say.
struct Said {
    block: String,
    /// Its last command, and how that ended, if it has.
    last: Option<(Job, Option<Outcome>)>,
    /// How many commands have not been typed, and the first one's line.
    left: Option<(u32, usize)>,
}

thread_local! {
    static SAID: RefCell<Vec<Said>> = const { RefCell::new(Vec::new()) };
}

/// Takes away what an earlier run has left, from a command on.
pub(super) fn clear_from(reader: Reader, job: &Job) {
    SAID.with_borrow_mut(|all| all.retain(|it| it.block != job.block));
    let Some(element) = find(&job.block) else { return };
    for line in dom::all(&element, ".line").iter().skip(job.line) {
        let _ = line.remove_attribute("data-mark");
    }
    say(reader, &job.block, None, None);
}

/// A command has been typed.
pub(super) fn begun(reader: Reader, job: &Job) {
    say(reader, &job.block, Some((job, None)), None);
}

/// A command has ended, and what was to follow is left out.
pub(super) fn ended(reader: Reader, job: &Job, outcome: Outcome, left: &[Job]) {
    say(reader, &job.block, Some((job, Some(outcome))), None);
    left_out(reader, left);
}

/// Commands are not typed any more: each block offers its own again.
pub(super) fn left_out(reader: Reader, jobs: &[Job]) {
    for some in jobs.chunk_by(|one, other| one.block == other.block) {
        let count = u32::try_from(some.len()).unwrap_or(u32::MAX);
        say(reader, &some[0].block, None, Some((count, some[0].line)));
    }
}

/// The page is in another language now.
pub(super) fn turned(reader: Reader) {
    SAID.with_borrow(|all| all.iter().for_each(|said| draw(reader, said)));
}

fn say(
    reader: Reader,
    block: &str,
    last: Option<(&Job, Option<Outcome>)>,
    left: Option<(u32, usize)>,
) {
    SAID.with_borrow_mut(|all| {
        if !all.iter().any(|it| it.block == block) {
            all.push(Said { block: block.to_owned(), last: None, left: None });
        }
        for said in all.iter_mut().filter(|it| it.block == block) {
            said.last = last.map(|(job, end)| (job.clone(), end)).or(said.last.take());
            said.left = left.or(said.left);
            draw(reader, said);
        }
    });
}

fn draw(reader: Reader, said: &Said) {
    let Some(element) = find(&said.block) else { return };
    let words = said.last.as_ref().map(|(job, outcome)| mark(reader, &element, job, *outcome));
    if let Some(state) = dom::find(&element, ".block-state") {
        dom::draw(&state, html! { (words.unwrap_or_default()) });
    }
    let stopped = said.last.as_ref().and_then(|(job, outcome)| Some((job, (*outcome)?)));
    let stopped = stopped.filter(|(job, outcome)| {
        // A plain failure of the last one speaks for itself.
        let plain = matches!(outcome, Outcome::Code(code) if !matches!(code, 126 | 127 | 130));
        job.stops_after(*outcome) && (said.left.is_some() || !plain)
    });
    if let Some(note) = dom::find(&element, ".block-note") {
        let view = html! {
            @if let Some((job, outcome)) = stopped { (block::stopped(reader, &job.text, outcome)) }
            @if let Some((count, line)) = said.left { (block::left_out(reader, count, line)) }
        };
        dom::draw(&note, view);
    }
}

/// Marks the line where a command begins; the answer is the word for it.
fn mark(reader: Reader, element: &HtmlElement, job: &Job, outcome: Option<Outcome>) -> String {
    let texts = reader.texts;
    let (sign, words) = match outcome {
        None => ("busy".to_owned(), texts.command_running.to_owned()),
        Some(Outcome::Code(0)) => ("ok".to_owned(), texts.command_ok.to_owned()),
        Some(Outcome::Code(code)) => (code.to_string(), (texts.command_failed)(code)),
        Some(Outcome::Unseen) => ("?".to_owned(), String::new()),
    };
    if let Some(line) = dom::all(element, ".line").get(job.line) {
        let _ = line.set_attribute("data-mark", &sign);
        if job.fails {
            let _ = line.set_attribute("data-meant", "");
        }
    }
    words
}

fn find(id: &str) -> Option<HtmlElement> {
    dom::find(&dom::document().document_element()?, &format!("[id=\"{id}\"]"))
}
