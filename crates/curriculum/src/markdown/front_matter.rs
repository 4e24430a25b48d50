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
    let refuse = |message: &str| Finding::at(file, 1, message);
    let mut lines = text.split_inclusive('\n');
    match lines.next().map(str::trim_end) {
        Some("---") => {}
        Some("+++") => {
            let message = "front matter in TOML (`+++`) is not read: write it as YAML between two lines `---`";
            return Err(refuse(message));
        }
        _ => {
            let message =
                "a page starts with front matter: `---`, title, summary, objectives, `---`";
            return Err(refuse(message));
        }
    }
    let start = text.find('\n').map_or(text.len(), |end| end + 1);
    let mut end = start;
    for line in lines {
        if line.trim_end() == "---" {
            let yaml = &text[start..end];
            let front_matter = yaml_at(file, yaml, 1, text)?;
            return Ok((front_matter, &text[end + line.len()..], yaml.lines().count() + 2));
        }
        end += line.len();
    }
    Err(refuse("the front matter is never closed: add a line `---` after it"))
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
    fn front_matter_that_is_not_meant_is_refused_with_what_to_do() {
        let words = |text: &str| split("a.md", text).unwrap_err().message;

        assert!(words("+++\ntitle = \"Setup\"\n+++\n").contains("as YAML"));
        assert!(words("---\ntitle: Setup\n").contains("never closed"));
        assert!(words("# Setup\n").contains("starts with front matter"));
    }

    #[test]
    fn a_broken_line_is_named() {
        let finding = split("a.md", "---\ntitle: [\n---\n").unwrap_err();

        assert!(finding.line >= 2, "{finding}");
    }
}
