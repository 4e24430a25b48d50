//! The file that is edited: what stands above the object, and whether anything was changed.

use std::fmt::Write as _;

use crate::kubectl::yaml as reader;

const HEADER: &str = "# Please edit the object below. Lines beginning with a '#' will be ignored,\n\
    # and an empty file will abort the edit. If an error occurs while saving this file will be\n\
    # reopened with the relevant failures.\n#\n";

/// Why a file is opened again.
pub(super) struct Reason {
    pub(super) head: String,
    pub(super) causes: Vec<String>,
}

/// The comments above the object.
pub(super) fn header(reasons: &[Reason]) -> String {
    let mut text = HEADER.to_owned();
    for Reason { head, causes } in reasons {
        let hashed = |line: &str| line.replace('\n', "\n# ");
        let colon = if causes.is_empty() { "" } else { ":" };
        let _ = writeln!(text, "# {}{colon}", hashed(head));
        for cause in causes {
            let _ = writeln!(text, "# * {}", hashed(cause));
        }
        text.push_str("#\n");
    }
    text
}

/// The file without its comments. The first line of a script (`#!/bin/sh`) is none.
pub(super) fn without_comments(text: &str) -> String {
    let is_comment = |line: &str| line.starts_with('#') && !line.starts_with("#!");
    text.split_inclusive('\n').filter(|line| !is_comment(line.trim_start())).collect()
}

/// Whether two files mean the same, whatever their comments.
pub(super) fn same(left: &str, right: &str) -> bool {
    match (reader::document(left), reader::document(right)) {
        (Ok(left), Ok(right)) => left == right,
        _ => without_comments(left) == without_comments(right),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_go_and_scripts_stay_whole() {
        let file = "# why it is open again\ndata:\n  run.sh: |\n    #!/bin/sh\n    echo a # b\n";

        assert_eq!(without_comments(file), "data:\n  run.sh: |\n    #!/bin/sh\n    echo a # b\n");
    }
}
