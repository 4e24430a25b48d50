//! What blocks of code are called where their text is not seen: in a screen reader's list of a page's buttons.
//!
//! **Invariant:** no two blocks of a page get the same name.

use std::collections::BTreeSet;

/// How many characters of a line make a name.
const LONGEST: usize = 60;

/// The names that the blocks of a page have got so far.
#[derive(Debug, Default)]
pub struct Names(BTreeSet<String>);

impl Names {
    /// Names the next block: by the file that it shows, or by its first line.
    pub fn next(&mut self, file: Option<&str>, text: &str) -> String {
        let plain = file.map_or_else(|| first_line(text), ToOwned::to_owned);
        let mut name = plain.clone();
        let mut times = 1;
        while !self.0.insert(name.clone()) {
            times += 1;
            name = format!("{plain} ({times})");
        }
        name
    }
}

fn first_line(text: &str) -> String {
    let words = |line: &str| line.trim_start_matches('#').trim_end_matches('\\').trim().to_owned();
    let line = text.lines().map(words).find(|line| !line.is_empty()).unwrap_or_default();
    if line.chars().count() <= LONGEST {
        return line;
    }
    let start: String = line.chars().take(LONGEST - 1).collect();
    format!("{}…", start.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_called_by_its_file_or_by_its_first_line() {
        let mut names = Names::default();

        assert_eq!(names.next(Some("labs/echo.yaml"), "apiVersion: v1"), "labs/echo.yaml");
        assert_eq!(names.next(None, "\nkubectl get pods \\\n  -A"), "kubectl get pods");
        assert_eq!(names.next(None, "# Look at it\nkubectl get svc"), "Look at it");
    }

    #[test]
    fn no_two_blocks_of_a_page_are_called_alike() {
        let mut names = Names::default();

        let three = [(); 3].map(|()| names.next(None, "kubectl get pods"));

        assert_eq!(three, ["kubectl get pods", "kubectl get pods (2)", "kubectl get pods (3)"]);
    }

    #[test]
    fn a_long_line_is_cut() {
        let name = Names::default().next(None, &"word ".repeat(40));

        assert!(name.chars().count() <= LONGEST && name.ends_with("word…"), "{name}");
    }
}
