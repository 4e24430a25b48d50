//! What the Tab key offers: commands, files, variables, and what a tool knows of its arguments.

use std::time::Duration;

use crate::files::{Kind, absolute};
use crate::shell::Shell;
use crate::shell::builtins::control::names;
use crate::tool::Completion;
use crate::tools;

/// How long a tool may think about its completions.
const PATIENCE: Duration = Duration::from_secs(2);

/// Where the word under the cursor starts, and what it may become.
pub(super) struct Offers {
    pub(super) start: usize,
    pub(super) words: Vec<String>,
}

/// Finds what the word before the cursor may become.
pub(super) async fn offers(shell: &Shell, head: &str) -> Offers {
    // Only the last simple command counts.
    let command_start = head.rfind(['|', ';', '&', '(', '`', '\n']).map_or(0, |at| at + 1);
    let command = &head[command_start..];
    let start = head.rfind(|it: char| it.is_whitespace() || "|;&(`<>=\"'".contains(it));
    let start = start.map_or(0, |at| at + head[at..].chars().next().map_or(1, char::len_utf8));
    let word = &head[start..];
    let before: Vec<String> =
        head[command_start..start].split_whitespace().map(str::to_owned).collect();
    let redirecting = head[..start].trim_end().ends_with(['<', '>']);
    let mut words = if let Some(name) = word.strip_prefix('$') {
        variables(shell, name)
    } else if redirecting {
        files(shell, word)
    } else if before.iter().all(|it| it.contains('=')) && !command.trim_start().contains('/') {
        let mut words: Vec<String> = names().into_iter().map(str::to_owned).collect();
        words.extend(shell.functions.keys().chain(shell.aliases.keys()).cloned());
        words.retain(|it| it.starts_with(word));
        for word in &mut words {
            word.push(' ');
        }
        words
    } else {
        let first = before.iter().position(|it| !it.contains('=')).unwrap_or(0);
        let tool = before.get(first).and_then(|name| tools::find(name));
        match tool.and_then(|tool| tool.complete) {
            Some(complete) => {
                let completion = Completion {
                    before: before[first + 1..].to_vec(),
                    word: word.to_owned(),
                    variables: shell.exported(),
                    directory: shell.directory.clone(),
                    files: shell.lab.files.clone(),
                    cluster: shell.lab.cluster.clone(),
                };
                let known = tokio::time::timeout(PATIENCE, complete(completion)).await;
                let mut known = known.unwrap_or_default();
                known.retain(|it| it.starts_with(word));
                for it in &mut known {
                    if !it.ends_with(['=', '/', ' ', ':', ',']) {
                        it.push(' ');
                    }
                }
                if known.is_empty() { files(shell, word) } else { known }
            }
            None => files(shell, word),
        }
    };
    words.sort();
    words.dedup();
    Offers { start, words }
}

fn variables(shell: &Shell, name: &str) -> Vec<String> {
    let known = shell.variables.keys().filter(|it| it.starts_with(name));
    known.map(|it| format!("${it}")).collect()
}

fn files(shell: &Shell, word: &str) -> Vec<String> {
    let (shown, name) = match word.rfind('/') {
        Some(at) => word.split_at(at + 1),
        None => ("", word),
    };
    let directory = match shown.strip_prefix("~/") {
        Some(rest) => absolute(&shell.lab.home, rest),
        None => shell.path(shown),
    };
    let entries = shell.lab.files.list(&directory).unwrap_or_default();
    let fitting = entries.into_iter().filter(|(it, _)| {
        it.starts_with(name)
            && (name.starts_with('.') || !it.starts_with('.'))
            && !it.contains(char::is_control)
    });
    fitting
        .map(|(it, metadata)| {
            let end = if metadata.kind == Kind::Directory { "/" } else { " " };
            format!("{shown}{}{end}", it.replace(' ', "\\ "))
        })
        .collect()
}

/// The longest beginning that all words share.
pub(super) fn common(words: &[String]) -> String {
    let Some(first) = words.first() else { return String::new() };
    let mut length = first.len();
    for word in words {
        let same = first.bytes().zip(word.bytes()).take_while(|(left, right)| left == right);
        length = length.min(same.count());
    }
    while !first.is_char_boundary(length) {
        length -= 1;
    }
    first[..length].to_owned()
}
