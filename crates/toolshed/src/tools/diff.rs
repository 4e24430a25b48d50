//! `diff`: normal and unified output.

use std::collections::HashMap;

use super::options::{Contents, Usage, lines};
use crate::files::FileError;
use crate::tool::{Context, ExitCode};

/// How many lines each side may have.
const MAX_LINES: usize = 3_000;

const DIFF: Usage = Usage {
    name: "diff",
    flags: "u U/unified= q/brief s/report-identical-files b/ignore-space-change w/ignore-all-space i/ignore-case N",
    help: "Usage: diff [OPTION]... FILE1 FILE2\nCompare files line by line; - is standard input.\n\n  -u, -U N  unified, with 3 or N lines around   -q  only whether they differ\n  -b, -w  ignore changes of, or all, blanks     -i  ignore case\n\nThe exit code is 0 when they are equal, 1 when not, 2 after an error.\n",
    wrong: 2,
};

/// A run of lines that only one or the other side has.
#[derive(Clone, Copy, Debug)]
struct Change {
    left: (usize, usize),
    right: (usize, usize),
}

/// Compares files line by line.
pub(super) async fn diff(context: Context) -> ExitCode {
    let arguments = match DIFF.read(&context).await {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let [left_name, right_name] = arguments.operands.as_slice() else {
        let message = match arguments.operands.last() {
            Some(last) if arguments.operands.len() < 2 => format!("missing operand after '{last}'"),
            Some(last) => format!("extra operand '{last}'"),
            None => "missing operand after 'diff'".to_owned(),
        };
        return DIFF.refuse(&context, &message).await;
    };
    let Some(left) = side(&context, left_name).await else { return 2 };
    let Some(right) = side(&context, right_name).await else { return 2 };
    let counts = (lines(&left).count(), lines(&right).count());
    if counts.0.max(counts.1) > MAX_LINES {
        context
            .complain(format!("diff: files of more than {MAX_LINES} lines cannot be compared here"))
            .await;
        return 2;
    }
    // The table of the longest common subsequence has a cell for each pair of lines.
    let cost = left.len() + right.len() + counts.0 * counts.1 / 16;
    let Some(_held) = context.share.hold(counts.0 * counts.1 * 2) else {
        context.complain(format!("diff: {left_name}: {}", FileError::NoMemory)).await;
        return 2;
    };
    let likes =
        Likes { case: arguments.has("i"), all: arguments.has("w"), some: arguments.has("b") };
    let compare = move || {
        let changes = likes.changes(&left, &right);
        (left, right, changes)
    };
    let (left, right, changes) = context.share.apart(cost, compare).await;
    let (left, right): (Vec<&[u8]>, Vec<&[u8]>) = (lines(&left).collect(), lines(&right).collect());
    if changes.is_empty() {
        if arguments.has("s") {
            let _ =
                context.print(format!("Files {left_name} and {right_name} are identical\n")).await;
        }
        return 0;
    }
    let text = if arguments.has("q") {
        format!("Files {left_name} and {right_name} differ\n").into_bytes()
    } else if arguments.has("u") || arguments.has("U") {
        let around = arguments.value("U").and_then(|it| it.parse().ok()).unwrap_or(3);
        let head = head(&context, left_name, right_name);
        [head.into_bytes(), hunks(&left, &right, &changes, around)].concat()
    } else {
        normal(&left, &right, &changes)
    };
    if context.print(text).await.is_ok() { 1 } else { 141 }
}

/// What one of the files holds; complains if it cannot be read.
async fn side(context: &Context, name: &str) -> Option<Contents> {
    match context.contents(name).await {
        Ok(contents) => Some(contents),
        Err(error) => {
            context.complain(format!("diff: {name}: {error}")).await;
            None
        }
    }
}

/// The two lines that say which files these are.
fn head(context: &Context, left: &str, right: &str) -> String {
    let stamp = |name: &str| {
        let modified = context.files.metadata(&context.path(name)).map(|it| it.modified);
        let time = modified.unwrap_or_else(|_| (context.clock)());
        time.strftime("%Y-%m-%d %H:%M:%S.%9f +0000").to_string()
    };
    format!("--- {left}\t{}\n+++ {right}\t{}\n", stamp(left), stamp(right))
}

/// The hunks in which two texts differ, with three lines around; nothing when they are equal.
pub(crate) fn unified(left: &[u8], right: &[u8]) -> Option<Vec<u8>> {
    let changes = Likes { case: false, all: false, some: false }.changes(left, right);
    let (left, right): (Vec<&[u8]>, Vec<&[u8]>) = (lines(left).collect(), lines(right).collect());
    (!changes.is_empty()).then(|| hunks(&left, &right, &changes, 3))
}

/// What makes no difference: case, all blanks, or how many blanks there are.
struct Likes {
    case: bool,
    all: bool,
    some: bool,
}

impl Likes {
    fn changes(&self, left: &[u8], right: &[u8]) -> Vec<Change> {
        // Each line that is like no other gets a number, for numbers are compared in no time.
        let mut known: HashMap<String, usize> = HashMap::new();
        let mut numbers = |side: &[u8]| {
            let mut number = |line: &[u8]| {
                let next = known.len();
                *known.entry(self.key(line)).or_insert(next)
            };
            lines(side).map(&mut number).collect::<Vec<usize>>()
        };
        let (left, right) = (numbers(left), numbers(right));
        changes(&left, &right)
    }

    fn key(&self, line: &[u8]) -> String {
        let text = String::from_utf8_lossy(line).into_owned();
        let text = if self.case { text.to_lowercase() } else { text };
        if self.all {
            text.split_whitespace().collect()
        } else if self.some {
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        } else {
            text
        }
    }
}

/// Where two sequences differ, by their longest common subsequence.
fn changes(left: &[usize], right: &[usize]) -> Vec<Change> {
    let head = left.iter().zip(right).take_while(|(a, b)| a == b).count();
    let (inner_left, inner_right) = (&left[head..], &right[head..]);
    let (rows, columns) = (inner_left.len(), inner_right.len());
    let width = columns + 1;
    let mut longest = vec![0_u16; (rows + 1) * width];
    for i in (0..rows).rev() {
        for j in (0..columns).rev() {
            longest[i * width + j] = if inner_left[i] == inner_right[j] {
                longest[(i + 1) * width + j + 1] + 1
            } else {
                longest[(i + 1) * width + j].max(longest[i * width + j + 1])
            };
        }
    }
    let mut changes: Vec<Change> = Vec::new();
    let (mut i, mut j) = (0, 0);
    while i < rows || j < columns {
        if i < rows && j < columns && inner_left[i] == inner_right[j] {
            (i, j) = (i + 1, j + 1);
            continue;
        }
        let (from_left, from_right) = (i, j);
        while (i < rows || j < columns)
            && !(i < rows && j < columns && inner_left[i] == inner_right[j])
        {
            let down = i < rows
                && (j == columns || longest[(i + 1) * width + j] >= longest[i * width + j + 1]);
            if down {
                i += 1;
            } else {
                j += 1;
            }
        }
        changes.push(Change {
            left: (head + from_left, head + i),
            right: (head + from_right, head + j),
        });
    }
    changes
}

fn push(text: &mut Vec<u8>, mark: &str, line: &[u8]) {
    text.extend_from_slice(mark.as_bytes());
    text.extend_from_slice(line);
    if !line.ends_with(b"\n") {
        text.extend_from_slice(b"\n\\ No newline at end of file\n");
    }
}

fn normal(left: &[&[u8]], right: &[&[u8]], changes: &[Change]) -> Vec<u8> {
    let range = |(from, to): (usize, usize)| match to - from {
        0 => from.to_string(),
        1 => to.to_string(),
        _ => format!("{},{to}", from + 1),
    };
    let mut text = Vec::new();
    for change in changes {
        let letter = match (change.left.0 == change.left.1, change.right.0 == change.right.1) {
            (true, _) => 'a',
            (_, true) => 'd',
            _ => 'c',
        };
        let head = format!("{}{letter}{}\n", range(change.left), range(change.right));
        text.extend_from_slice(head.as_bytes());
        left[change.left.0..change.left.1].iter().for_each(|line| push(&mut text, "< ", line));
        if letter == 'c' {
            text.extend_from_slice(b"---\n");
        }
        right[change.right.0..change.right.1].iter().for_each(|line| push(&mut text, "> ", line));
    }
    text
}

fn hunks(left: &[&[u8]], right: &[&[u8]], changes: &[Change], around: usize) -> Vec<u8> {
    let mut text = Vec::new();
    let mut rest = changes;
    while let Some(first) = rest.first() {
        let near = |pair: &[Change]| pair[1].left.0 <= pair[0].left.1 + 2 * around;
        let count = 1 + rest.windows(2).take_while(|pair| near(pair)).count();
        let (hunk, others) = rest.split_at(count);
        rest = others;
        let last = hunk[count - 1];
        let before = first.left.0.min(around);
        let after = (left.len() - last.left.1).min(around);
        let (start, end) = (first.left.0 - before, last.left.1 + after);
        let (right_start, right_end) = (first.right.0 - before, last.right.1 + after);
        let range = |from: usize, to: usize| match to - from {
            0 => format!("{from},0"),
            1 => to.to_string(),
            count => format!("{},{count}", from + 1),
        };
        let head = format!("@@ -{} +{} @@\n", range(start, end), range(right_start, right_end));
        text.extend_from_slice(head.as_bytes());
        let mut at = start;
        for change in hunk {
            left[at..change.left.0].iter().for_each(|line| push(&mut text, " ", line));
            left[change.left.0..change.left.1].iter().for_each(|line| push(&mut text, "-", line));
            right[change.right.0..change.right.1]
                .iter()
                .for_each(|line| push(&mut text, "+", line));
            at = change.left.1;
        }
        left[at..end].iter().for_each(|line| push(&mut text, " ", line));
    }
    text
}
