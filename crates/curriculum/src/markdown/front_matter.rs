//! Front matter, in our own dialect and in those of Docusaurus and Hugo.

use serde::Deserialize;

use crate::finding::{Finding, yaml_at};

/// What stands above the text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct FrontMatter {
    /// The lesson's title.
    pub title: String,
    /// One sentence.
    #[serde(default, alias = "description")]
    pub summary: String,
    /// What one can do afterwards.
    #[serde(default)]
    pub objectives: Vec<String>,
    /// The place among its siblings, as Docusaurus (`sidebar_position`) and Hugo (`weight`) write it.
    #[serde(default, alias = "sidebar_position")]
    pub weight: Option<i64>,
}

/// Splits a page into its front matter and the number of lines that this takes.
pub(super) fn split<'a>(
    file: &str,
    text: &'a str,
) -> Result<(FrontMatter, &'a str, usize), Finding> {
    let missing = || {
        let message = "a page starts with front matter: `---`, title, summary, objectives, `---`";
        Finding::at(file, 1, message)
    };
    let rest = text.strip_prefix("---\n").ok_or_else(missing)?;
    let end = rest.find("\n---\n").ok_or_else(missing)?;
    let yaml = &rest[..=end];
    let front_matter = yaml_at(file, yaml, 1, text)?;
    let body = &rest[end + "\n---\n".len()..];
    Ok((front_matter, body, yaml.lines().count() + 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dialects_of_docusaurus_and_hugo_are_read() {
        let hugo = "---\ntitle : \"Setup\"\nweight : 110\n---\ntext";

        let (front_matter, body, lines) = split("a.md", hugo).unwrap();

        assert_eq!((front_matter.title.as_str(), front_matter.weight), ("Setup", Some(110)));
        assert_eq!((body, lines), ("text", 4));
    }

    #[test]
    fn a_broken_line_is_named() {
        let finding = split("a.md", "---\ntitle: [\n---\n").unwrap_err();

        assert!(finding.line >= 2, "{finding}");
    }
}
