//! Holds one language's page of a lesson against the English one.
//!
//! **Invariant:** every finding names the page that differs, a line of it, and the line of the English page that it is
//! held against.

use std::collections::BTreeSet;

use crate::finding::Finding;
use crate::markdown::{Block, Code, CodeUse, Page, walk};

/// Headings, cards, figures, objectives, links and executable blocks are the same in every language.
pub(super) fn same_shape(english: &Page, page: &Page, findings: &mut Vec<Finding>) {
    if english.file == page.file {
        return;
    }
    same_headings(english, page, findings);
    let (wanted, found) =
        (english.front_matter.objectives.len(), page.front_matter.objectives.len());
    if wanted != found {
        let message = format!(
            "{found} objectives stand here, and {wanted} in {}: give both the same",
            english.file
        );
        findings.push(Finding::at(&page.file, 1, message));
    }
    same_links(english, page, findings);
    same_outline(english, page, findings);
}

fn same_headings(english: &Page, page: &Page, findings: &mut Vec<Finding>) {
    let anchors = |page: &Page| -> Vec<(u8, String)> {
        page.headings.iter().map(|heading| (heading.level, heading.id.clone())).collect()
    };
    let Some(index) = first_difference(&anchors(english), &anchors(page)) else { return };
    let here = page.headings.get(index).or(page.headings.last()).map_or(1, |heading| heading.line);
    let message = match (english.headings.get(index), page.headings.get(index)) {
        (Some(wanted), found) => {
            let marks = "#".repeat(usize::from(wanted.level));
            let place = if found.is_some() { "here" } else { "after this one" };
            format!(
                "the headings differ: {place} belongs the one of {}:{}, `{marks} … {{#{}}}`",
                english.file, wanted.line, wanted.id
            )
        }
        (None, _) => format!(
            "{} has no such heading any more: take this one away, or write it there too",
            english.file
        ),
    };
    findings.push(Finding::at(&page.file, here, message));
}

/// Every language leads to the same places, however often.
fn same_links(english: &Page, page: &Page, findings: &mut Vec<Finding>) {
    let targets = |page: &Page| -> BTreeSet<String> {
        let links = page.links.iter().filter(|link| !matches!(link.target.as_str(), "cp:" | "dp:"));
        links.map(|link| link.target.clone()).collect()
    };
    let (wanted, found) = (targets(english), targets(page));
    for target in wanted.difference(&found) {
        let there =
            english.links.iter().find(|link| link.target == *target).map_or(1, |link| link.line);
        let message = format!(
            "{}:{there} links to `{target}`, and nothing in this section does: add the link",
            english.file
        );
        findings.push(Finding::at(&page.file, same_section(english, there, page), message));
    }
    for link in page.links.iter().filter(|link| found.contains(&link.target)) {
        if !wanted.contains(&link.target) {
            let message =
                format!("{} does not link to `{}`: add it there too", english.file, link.target);
            findings.push(Finding::at(&page.file, link.line, message));
        }
    }
}

/// The line of the heading on this page under which a line of the English one stands.
fn same_section(english: &Page, line: usize, page: &Page) -> usize {
    let before = english.headings.iter().filter(|heading| heading.line <= line).count();
    let heading = before.checked_sub(1).and_then(|index| page.headings.get(index));
    heading.map_or(1, |heading| heading.line)
}

fn same_outline(english: &Page, page: &Page, findings: &mut Vec<Finding>) {
    let (wanted, found) = (outline(english), outline(page));
    let parts = |outline: &[Part]| -> Vec<String> {
        outline.iter().map(|part| part.what.clone()).collect()
    };
    let Some(index) = first_difference(&parts(&wanted), &parts(&found)) else { return };
    let line = found.get(index).or(found.last()).map_or(1, |part| part.line);
    let file = &english.file;
    let message = match (wanted.get(index), found.get(index)) {
        (Some(wanted), Some(found)) => {
            format!("here stands {}; in {file}:{} it is {}", found.what, wanted.line, wanted.what)
        }
        (Some(wanted), None) => {
            format!("after this {} is missing, as in {file}:{}", wanted.what, wanted.line)
        }
        (None, Some(found)) => {
            format!("{file} does not have {}: take it away, or write it there too", found.what)
        }
        (None, None) => return,
    };
    findings.push(Finding::at(&page.file, line, message));
}

fn first_difference<T: PartialEq>(left: &[T], right: &[T]) -> Option<usize> {
    if left == right {
        return None;
    }
    let common = left.iter().zip(right).take_while(|(one, other)| one == other).count();
    Some(common)
}

/// A part of a page that must be equal in every language.
struct Part {
    /// In words.
    what: String,
    line: usize,
}

/// Each card, figure, admonition and block.
fn outline(page: &Page) -> Vec<Part> {
    let mut outline: Vec<Part> = Vec::new();
    walk(&page.blocks, &mut |block| {
        let (what, line) = match block {
            Block::Html(_) => return,
            Block::Exercise { id, line } => (format!("the card of `{id}`"), *line),
            Block::Figure { file, line, .. } => (format!("the figure {file}"), *line),
            Block::Admonition { kind, line, .. } => (format!("`:::{}`", kind.name()), *line),
            Block::Code(code) => (in_words(code), code.line),
        };
        outline.push(Part { what, line });
    });
    outline
}

/// A block as its fence has it, with its commands where they must be the same.
fn in_words(code: &Code) -> String {
    match &code.purpose {
        CodeUse::Show => "a block that is only shown".to_owned(),
        CodeUse::Output => "a block of output".to_owned(),
        CodeUse::File(path) => format!("a block with file={path}"),
        CodeUse::Run { exercise, step, fails } => {
            let step = step.as_ref().map(|step| format!(" step={step}")).unwrap_or_default();
            let numbers: Vec<String> = fails.iter().map(usize::to_string).collect();
            let fails = match numbers.as_slice() {
                [] => String::new(),
                numbers => format!(" fails={}", numbers.join(",")),
            };
            format!("a block with run={exercise}{step}{fails}:{}", without_comments(code))
        }
    }
}

/// A block's commands, comments aside, each on an indented line.
fn without_comments(code: &Code) -> String {
    let lines = code.text.lines().map(|line| line.split(" # ").next().unwrap_or(line).trim_end());
    let kept = lines.filter(|line| !line.trim_start().starts_with('#') && !line.is_empty());
    kept.flat_map(|line| ["\n    ", line]).collect()
}
