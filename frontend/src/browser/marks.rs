//! What a block of code says about its commands: a mark beside each line, a word in its head, and below it why it
//! went no further.

use maud::{Markup, html};
use web_sys::HtmlElement;

use super::dom;
use crate::model::typist::{Job, Outcome};
use crate::views::{Reader, block};

/// Takes away what an earlier run has left, from a command on.
pub(super) fn clear_from(job: &Job) {
    let Some(element) = find(&job.block) else { return };
    for line in dom::all(&element, ".line").iter().skip(job.line) {
        let _ = line.remove_attribute("data-mark");
    }
    write(&element, ".block-note", html! {});
}

/// A command has been typed.
pub(super) fn begun(reader: Reader, job: &Job) {
    mark(job, "busy", reader.texts.command_running);
}

/// A command has ended, and what was to follow is left out. A plain failure of the last one speaks for itself.
pub(super) fn ended(reader: Reader, job: &Job, outcome: Outcome, left: &[Job]) {
    let texts = reader.texts;
    match outcome {
        Outcome::Code(0) => mark(job, "ok", texts.command_ok),
        Outcome::Code(code) => mark(job, &code.to_string(), &(texts.command_failed)(code)),
        Outcome::Unseen => mark(job, "?", ""),
    }
    let plain = matches!(outcome, Outcome::Code(code) if !matches!(code, 126 | 127 | 130));
    let speaks = plain && left.iter().all(|other| other.block != job.block);
    if let Some(element) = find(&job.block).filter(|_| !speaks && job.stops_after(outcome)) {
        write(&element, ".block-note", block::stopped(reader, &job.text, outcome));
    }
    left_out(reader, left);
}

/// Commands are not typed any more: each block offers its own again.
pub(super) fn left_out(reader: Reader, jobs: &[Job]) {
    for some in jobs.chunk_by(|one, other| one.block == other.block) {
        let Some(element) = find(&some[0].block) else { continue };
        let Some(note) = dom::find(&element, ".block-note") else { continue };
        let count = u32::try_from(some.len()).unwrap_or(u32::MAX);
        let view = block::left_out(reader, count, some[0].line).into_string();
        let _ = note.insert_adjacent_html("beforeend", &view);
    }
}

fn mark(job: &Job, sign: &str, words: &str) {
    let Some(element) = find(&job.block) else { return };
    if let Some(line) = dom::all(&element, ".line").get(job.line) {
        let _ = line.set_attribute("data-mark", sign);
        if job.fails {
            let _ = line.set_attribute("data-meant", "");
        }
    }
    write(&element, ".block-state", html! { (words) });
}

fn find(id: &str) -> Option<HtmlElement> {
    dom::find(&dom::document().document_element()?, &format!("[id=\"{id}\"]"))
}

fn write(element: &HtmlElement, selector: &str, view: Markup) {
    if let Some(place) = dom::find(element, selector) {
        dom::draw(&place, view);
    }
}
