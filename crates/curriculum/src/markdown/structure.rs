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
    pub(super) markers: Vec<Marker>,
}

/// Marks the `:::` lines of a page whose body starts after `skipped` lines.
pub(super) fn mark(file: &str, body: &str, skipped: usize) -> Result<Structure, Vec<Finding>> {
    let mut structure = Structure { text: String::with_capacity(body.len()), markers: Vec::new() };
    let mut findings = Vec::new();
    let mut open = Vec::new();
    let mut fence: Option<String> = None;
    for (index, line) in body.lines().enumerate() {
        let number = skipped + index + 1;
        if line.contains(MARK) {
            findings.push(Finding::at(file, number, "a control character: remove it"));
        }
        let trimmed = line.trim();
        if let Some(end) = &fence {
            if trimmed.starts_with(end.as_str()) && trimmed.trim_matches(['`', '~']).is_empty() {
                fence = None;
            }
        } else if trimmed.starts_with("```") || trimmed.starts_with("~~~") {
            let mark = trimmed.chars().next().unwrap_or('`');
            fence = Some(trimmed.chars().take_while(|one| *one == mark).collect());
        } else if let Some(rest) = trimmed.strip_prefix(":::") {
            match marker(rest.trim(), &mut open, number) {
                Ok(marker) => {
                    let marker_line = format!("<!--{MARK}{}-->\n", structure.markers.len());
                    structure.text.push_str(&marker_line);
                    structure.markers.push(marker);
                    continue;
                }
                Err(message) => findings.push(Finding::at(file, number, message)),
            }
        }
        structure.text.push_str(line);
        structure.text.push('\n');
    }
    findings.extend(
        open.into_iter().map(|line| {
            Finding::at(file, line, "this admonition is never closed: add a line `:::`")
        }),
    );
    if findings.is_empty() { Ok(structure) } else { Err(findings) }
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
            [Marker::Open(Admonition::Note, Some("Hi".to_owned())), Marker::Close]
        );
    }

    #[test]
    fn an_open_admonition_is_named_by_its_line() {
        let findings = mark("a.md", "\n:::tip\n", 4).err().unwrap();

        assert_eq!(findings[0].line, 6);
    }
}
