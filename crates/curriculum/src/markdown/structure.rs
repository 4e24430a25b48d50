//! Finds admonitions and exercise cards, line by line, and marks them for the CommonMark parser.
//!
//! Each `:::` line becomes an HTML comment of one line, which CommonMark leaves alone and which no author can write: it
//! starts with a control character that is refused in pages.

use super::Admonition;
use crate::ExerciseId;
use crate::finding::Finding;

/// Starts a marker; refused in pages.
const MARK: char = '\u{1}';

/// What a marker stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Marker {
    Open(Admonition, Option<String>),
    Close,
    Exercise(ExerciseId),
}

/// The text with its `:::` lines marked, and what the markers stand for, in order.
pub(super) struct Structure {
    pub(super) text: String,
    /// Each with its line.
    pub(super) markers: Vec<(Marker, usize)>,
}

/// Marks the `:::` lines of a page whose body starts after `skipped` lines.
pub(super) fn mark(file: &str, body: &str, skipped: usize) -> Result<Structure, Vec<Finding>> {
    let mut structure = Structure { text: String::with_capacity(body.len()), markers: Vec::new() };
    let mut findings = Vec::new();
    let mut open = Vec::new();
    let mut fence: Option<(usize, String)> = None;
    for (index, line) in body.lines().enumerate() {
        let number = skipped + index + 1;
        if line.contains(MARK) {
            findings.push(Finding::at(file, number, "a control character: remove it"));
        }
        let trimmed = line.trim();
        if let Some((_, end)) = &fence {
            let marks = trimmed.trim_start_matches(['>', ' ']);
            if marks.starts_with(end.as_str()) && marks.trim_matches(['`', '~']).is_empty() {
                fence = None;
            }
        } else if let Some(opened) = opens(within(trimmed)) {
            fence = Some((number, opened));
        } else if within(trimmed).len() < trimmed.len() && within(trimmed).starts_with(":::") {
            let message =
                "`:::` cannot stand in a quote or a list: give it a line of its own, outside";
            findings.push(Finding::at(file, number, message));
        } else if let Some(rest) = trimmed.strip_prefix(":::") {
            match marker(rest.trim(), &mut open, number) {
                Ok(marker) => {
                    // As far in as it was written: it may stand in a list.
                    let indent = &line[..line.len() - line.trim_start().len()];
                    let marker_line = format!("{indent}<!--{MARK}{}-->\n", structure.markers.len());
                    structure.text.push_str(&marker_line);
                    structure.markers.push((marker, number));
                    continue;
                }
                Err(message) => findings.push(Finding::at(file, number, message)),
            }
        }
        structure.text.push_str(line);
        structure.text.push('\n');
    }
    if let Some((line, mark)) = fence {
        // Whatever follows it is swallowed: what that would have closed is not missing.
        let message = format!("this block is never closed: add a line `{mark}`");
        return Err(vec![Finding::at(file, line, message)]);
    }
    findings.extend(
        open.into_iter().map(|line| {
            Finding::at(file, line, "this admonition is never closed: add a line `:::`")
        }),
    );
    if findings.is_empty() { Ok(structure) } else { Err(findings) }
}

/// The marks of the fence that a line opens.
fn opens(line: &str) -> Option<String> {
    let mark = line.chars().next().filter(|one| ['`', '~'].contains(one))?;
    let marks: String = line.chars().take_while(|one| *one == mark).collect();
    // A line with more of them is code within a sentence.
    let is_fence = marks.len() >= 3 && (mark == '~' || !line[marks.len()..].contains('`'));
    is_fence.then_some(marks)
}

/// A line without the marks of the quotes and lists that it begins with.
fn within(line: &str) -> &str {
    let rest = line.trim_start_matches(|one: char| one.is_ascii_digit());
    let numbered = rest.len() < line.len() && rest.starts_with([')', '.']);
    let rest = if numbered { &rest[1..] } else { line.trim_start_matches(['>', '-', '*', '+']) };
    let inner = rest.trim_start();
    if inner.len() == line.len() { line } else { within(inner) }
}

fn marker(rest: &str, open: &mut Vec<usize>, line: usize) -> Result<Marker, String> {
    let (name, argument) = rest.split_once(' ').unwrap_or((rest, ""));
    let argument = argument.trim();
    match name {
        "" if open.pop().is_some() => Ok(Marker::Close),
        "" => Err("`:::` closes nothing: remove it".to_owned()),
        "exercise" => argument.parse().map(Marker::Exercise).map_err(|error| format!("{error}")),
        _ => {
            let kind = Admonition::named(name).ok_or_else(|| {
                format!("there is no `:::{name}`: use note, tip, caution, eks or exercise")
            })?;
            open.push(line);
            Ok(Marker::Open(kind, (!argument.is_empty()).then(|| argument.to_owned())))
        }
    }
}

/// The marker that an HTML comment of the parser stands for.
pub(super) fn marked(html: &str) -> Option<usize> {
    html.trim().strip_prefix("<!--")?.strip_prefix(MARK)?.strip_suffix("-->")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colons_within_a_fence_are_left_alone() {
        let structure = mark("a.md", "```\n:::note\n```\n:::note Hi\nx\n:::\n", 0).unwrap();

        assert_eq!(
            structure.markers,
            [(Marker::Open(Admonition::Note, Some("Hi".to_owned())), 4), (Marker::Close, 6)]
        );
    }

    #[test]
    fn a_fence_that_is_never_closed_is_named_by_its_line() {
        for unclosed in ["x\n```bash show\nls\n\n## Swallowed\n", ":::tip\n~~~\n```\n:::\n"] {
            let findings = mark("a.md", unclosed, 4).err().unwrap();

            assert_eq!((findings.len(), findings[0].line), (1, 6), "{findings:?}");
            assert!(findings[0].message.contains("never closed"), "{findings:?}");
        }
        assert!(mark("a.md", "``` in a line ```\n:::tip\n:::\n", 0).is_ok());
    }

    #[test]
    fn colons_in_a_quote_or_a_list_are_refused() {
        for nested in ["> :::note\n> x\n> :::\n", "- :::tip\n", "1. > :::tip\n"] {
            let findings = mark("a.md", nested, 0).err().unwrap();

            assert_eq!(findings[0].line, 1);
            assert!(findings[0].message.contains("outside"), "{findings:?}");
        }
    }

    #[test]
    fn an_open_admonition_is_named_by_its_line() {
        let findings = mark("a.md", "\n:::tip\n", 4).err().unwrap();

        assert_eq!(findings[0].line, 6);
    }
}
