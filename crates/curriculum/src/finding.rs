//! What is wrong with a file of the course: where, what, and what to do.

use std::fmt;

/// One mistake in one file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The file, relative to the content folder.
    pub file: String,
    /// The line, from 1; 0 when the whole file is meant.
    pub line: usize,
    /// The column, from 1; 0 when the whole line is meant.
    pub column: usize,
    /// What is wrong, and what to do about it.
    pub message: String,
    /// The line's text, to put a caret under.
    pub excerpt: Option<String>,
}

impl Finding {
    /// A mistake on a line.
    pub fn at(file: &str, line: usize, message: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, column: 0, message: message.into(), excerpt: None }
    }

    /// A mistake at a column; `text` is the whole file.
    pub fn at_column(
        file: &str,
        (line, column): (usize, usize),
        message: impl Into<String>,
        text: &str,
    ) -> Self {
        let excerpt = text.lines().nth(line.saturating_sub(1)).map(str::to_owned);
        Self { file: file.to_owned(), line, column, message: message.into(), excerpt }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.file)?;
        if self.line > 0 {
            write!(formatter, ":{}", self.line)?;
        }
        if self.column > 0 {
            write!(formatter, ":{}", self.column)?;
        }
        write!(formatter, ": {}", self.message)?;
        if let Some(excerpt) = &self.excerpt {
            write!(formatter, "\n    {excerpt}")?;
            if self.column > 0 {
                write!(formatter, "\n    {:>width$}", "^", width = self.column)?;
            }
        }
        Ok(())
    }
}

/// The line (from 1) that holds the byte at `offset`.
pub(crate) fn line_of(text: &str, offset: usize) -> usize {
    let end = offset.min(text.len());
    text[..text.floor_char_boundary(end)].matches('\n').count() + 1
}

/// The first line (from 1) that holds `near`, at or after the first that begins with `from`; that one, when none does.
pub(crate) fn line_with(text: &str, from: &str, near: &str) -> usize {
    let begins = |line: &str| line.trim_start().starts_with(from);
    let start = text.lines().position(begins).unwrap_or(0);
    let found = text.lines().skip(start).position(|line| line.contains(near));
    start + found.unwrap_or(0) + 1
}

/// Parses YAML; the error says line, column and what was expected.
pub(crate) fn yaml<T: serde::de::DeserializeOwned>(file: &str, text: &str) -> Result<T, Finding> {
    yaml_at(file, text, 0, text)
}

/// Parses YAML that starts after `skipped` lines of the file's whole `text`.
pub(crate) fn yaml_at<T: serde::de::DeserializeOwned>(
    file: &str,
    yaml: &str,
    skipped: usize,
    text: &str,
) -> Result<T, Finding> {
    serde_saphyr::from_str(yaml).map_err(|error| {
        let place = error.location().map_or((skipped, 0), |location| {
            (
                skipped + usize::try_from(location.line()).unwrap_or(0),
                usize::try_from(location.column()).unwrap_or(0),
            )
        });
        let message = error.without_snippet().to_string();
        // The place is told before the message, counted from the beginning of the file.
        let own =
            error.location().map(|it| format!(" at line {}, column {}", it.line(), it.column()));
        let message = own.and_then(|own| message.strip_suffix(&own)).unwrap_or(&message);
        Finding::at_column(file, place, format!("this YAML cannot be read: {message}"), text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn yaml_that_cannot_be_read_has_one_place_only() {
        let text = "---\ntitle: T\nobjectives: {a\n---\n";
        let finding = yaml_at::<BTreeMap<String, String>>("a.md", &text[4..], 1, text).unwrap_err();

        assert!(finding.line > 1 && !finding.message.contains(" at line "), "{finding}");
    }

    #[test]
    fn a_line_is_found_after_where_it_can_stand() {
        let text = "a: x\nb:\n  - x\n";

        assert_eq!(line_with(text, "", "x"), 1);
        assert_eq!(line_with(text, "b:", "x"), 3);
        assert_eq!(line_with(text, "b:", "y"), 2);
        assert_eq!(line_with("", "b:", "y"), 1);
    }

    #[test]
    fn a_finding_puts_a_caret_under_its_column() {
        let finding = Finding::at_column("a.yaml", (2, 3), "no", "one\ntwo\n");

        assert_eq!(finding.to_string(), "a.yaml:2:3: no\n    two\n      ^");
    }
}
