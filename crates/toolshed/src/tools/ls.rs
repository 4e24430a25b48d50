//! `ls`.

use std::fmt::Write as _;
use unicode_width::UnicodeWidthStr;

use super::options::{Arguments, Usage};
use crate::files::{FileError, Kind, Metadata};
use crate::tool::{Context, ExitCode};

const LS: Usage = Usage {
    name: "ls",
    flags: "a/all A/almost-all l 1 C d/directory h/human-readable r/reverse R/recursive t S F/classify n /color? /full-time G k i",
    help: "Usage: ls [OPTION]... [FILE]...\nList FILEs (the current directory by default).\n\n  -1  one name a line\n  -a  do not ignore names starting with .\n  -A  like -a, without . and ..\n  -d  list directories themselves, not their contents\n  -F  append / to directories and * to programs\n  -h  sizes like 1K 234M\n  -l  long format\n  -r  reverse order\n  -R  list subdirectories recursively\n  -S  sort by size, largest first\n  -t  sort by time, newest first\n  --color[=WHEN]  colour names: always, auto or never\n",
    wrong: 2,
};

struct Item {
    name: String,
    metadata: Metadata,
}

/// Lists files.
pub(super) async fn ls(context: Context) -> ExitCode {
    let arguments = match LS.read(&context).await {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let list = List { context: &context, arguments: &arguments };
    let operands = if arguments.operands.is_empty() {
        vec![".".to_owned()]
    } else {
        arguments.operands.clone()
    };
    let (mut files, directories, code) = sorted_out(&list, operands).await;
    let headings = directories.len() + files.len() > 1 || code != 0 || arguments.has("R");
    let mut text = String::new();
    if !files.is_empty() {
        list.sort(&mut files);
        text.push_str(&list.render(&files, false));
    }
    text = list.folders(directories, headings, text);
    if context.print(text).await.is_ok() { code } else { 141 }
}

/// The operands that are files and those that are folders; what is neither is complained of.
async fn sorted_out(list: &List<'_>, operands: Vec<String>) -> (Vec<Item>, Vec<String>, ExitCode) {
    let (context, arguments) = (list.context, list.arguments);
    let (mut files, mut directories, mut code) = (Vec::new(), Vec::new(), 0);
    for operand in operands {
        match context.files.metadata(&context.path(&operand)) {
            Ok(metadata) if metadata.kind == Kind::Directory && !arguments.has("d") => {
                directories.push(operand);
            }
            Ok(_)
                if operand.ends_with('/')
                    && !context.files.is_directory(&context.path(&operand)) =>
            {
                let error = FileError::NotDirectory;
                context.complain(format!("ls: cannot access '{operand}': {error}")).await;
                code = 2;
            }
            Ok(metadata) => files.push(Item { name: operand, metadata }),
            Err(error) => {
                context
                    .complain(format!("ls: cannot access '{}': {error}", visible(&operand)))
                    .await;
                code = 2;
            }
        }
    }
    (files, directories, code)
}

/// A name whose control characters cannot act on a terminal.
fn visible(name: &str) -> String {
    name.chars().map(|it| if it.is_control() { '?' } else { it }).collect()
}

struct List<'a> {
    context: &'a Context,
    arguments: &'a Arguments,
}

impl List<'_> {
    /// Each folder with what is in it, behind `text`; with `-R` the folders below as well.
    fn folders(&self, mut directories: Vec<String>, headings: bool, mut text: String) -> String {
        directories.sort();
        let mut queue: std::collections::VecDeque<String> = directories.into();
        while let Some(directory) = queue.pop_front() {
            let path = self.context.path(&directory);
            let Ok(items) = self.entries(&path) else { continue };
            if headings {
                let gap = if text.is_empty() { "" } else { "\n" };
                let _ = writeln!(text, "{gap}{}:", visible(&directory));
            }
            text.push_str(&self.render(&items, true));
            if self.arguments.has("R") {
                let below = items.iter().filter(|item| {
                    item.metadata.kind == Kind::Directory && item.name != "." && item.name != ".."
                });
                let below =
                    below.map(|item| format!("{}/{}", directory.trim_end_matches('/'), item.name));
                for (at, name) in below.collect::<Vec<_>>().into_iter().enumerate() {
                    queue.insert(at, name);
                }
            }
        }
        text
    }

    fn entries(&self, path: &str) -> Result<Vec<Item>, FileError> {
        let all = self.arguments.has("a");
        let hidden = all || self.arguments.has("A");
        let mut items: Vec<Item> = self
            .context
            .files
            .list(path)?
            .into_iter()
            .filter(|(name, _)| hidden || !name.starts_with('.'))
            .map(|(name, metadata)| Item { name, metadata })
            .collect();
        if all {
            for (name, path) in [(".", path), ("..", crate::files::parent(path))] {
                let metadata = self.context.files.metadata(path)?;
                items.push(Item { name: name.to_owned(), metadata });
            }
        }
        self.sort(&mut items);
        Ok(items)
    }

    fn sort(&self, items: &mut [Item]) {
        items.sort_by(|left, right| left.name.cmp(&right.name));
        match self.arguments.last_of(&["t", "S"]) {
            Some("t") => items.sort_by_key(|item| std::cmp::Reverse(item.metadata.modified)),
            Some(_) => items.sort_by_key(|item| std::cmp::Reverse(item.metadata.size)),
            None => {}
        }
        if self.arguments.has("r") {
            items.reverse();
        }
    }

    fn render(&self, items: &[Item], total: bool) -> String {
        match self.arguments.last_of(&["l", "n", "1", "C"]) {
            Some("l" | "n") => self.long(items, total),
            Some("C") => self.columns(items),
            None if self.context.stdout.is_terminal() => self.columns(items),
            _ => items.iter().map(|item| self.name(item) + "\n").collect(),
        }
    }

    fn long(&self, items: &[Item], total: bool) -> String {
        let mut text = String::new();
        if total {
            let blocks: usize =
                items.iter().map(|item| item.metadata.size.div_ceil(4_096) * 4).sum();
            let shown =
                if self.arguments.has("h") { human(blocks * 1_024) } else { blocks.to_string() };
            let _ = writeln!(text, "total {shown}");
        }
        let size = |item: &Item| {
            if self.arguments.has("h") {
                human(item.metadata.size)
            } else {
                item.metadata.size.to_string()
            }
        };
        let width = items.iter().map(|item| size(item).len()).max().unwrap_or(0);
        let user = self.context.variables.get("USER").map_or("learner", String::as_str);
        let names = items.iter().map(|item| if item.metadata.own { user } else { "root" });
        let owners = names.map(str::len).max().unwrap_or(0);
        let now = (self.context.clock)();
        for item in items {
            let owner = if item.metadata.own { user } else { "root" };
            let links = if item.metadata.kind == Kind::Directory { 2 } else { 1 };
            let age = now.duration_since(item.metadata.modified).as_secs();
            let format = match age {
                _ if self.arguments.has("full-time") => "%Y-%m-%d %H:%M:%S.%9f +0000",
                0..15_778_476 => "%b %e %H:%M",
                _ => "%b %e  %Y",
            };
            let time = item.metadata.modified.strftime(format).to_string();
            let mode = mode(&item.metadata);
            let size = size(item);
            let _ = writeln!(
                text,
                "{mode} {links} {owner:<owners$} {owner:<owners$} {size:>width$} {time} {}",
                self.name(item)
            );
        }
        text
    }

    /// As many columns as fit, filled from top to bottom.
    fn columns(&self, items: &[Item]) -> String {
        let screen = self.context.size().map_or(80, |size| usize::from(size.0)).max(1);
        let names: Vec<String> = items.iter().map(|item| self.name(item)).collect();
        let width = |at: usize| visible(&items[at].name).width() + self.mark(&items[at]).len();
        let mut layout = (names.len().max(1), vec![0]);
        for rows in 1..=names.len() {
            let columns = names.len().div_ceil(rows);
            let widths: Vec<usize> = (0..columns)
                .map(|column| {
                    let range = column * rows..((column + 1) * rows).min(names.len());
                    range.map(width).max().unwrap_or(0)
                })
                .collect();
            if widths.iter().sum::<usize>() + 2 * (columns - 1) < screen || columns == 1 {
                layout = (rows, widths);
                break;
            }
        }
        let (rows, widths) = layout;
        let mut text = String::new();
        for row in 0..rows.min(names.len()) {
            for (column, wide) in widths.iter().enumerate() {
                let at = column * rows + row;
                let Some(name) = names.get(at) else { break };
                text.push_str(name);
                if (column + 1) * rows + row < names.len() {
                    text.push_str(&" ".repeat(wide - width(at) + 2));
                }
            }
            text.push('\n');
        }
        text
    }

    fn mark(&self, item: &Item) -> &'static str {
        match item.metadata.kind {
            _ if !self.arguments.has("F") => "",
            Kind::Directory => "/",
            Kind::File if item.metadata.mode & 0o111 != 0 => "*",
            Kind::File | Kind::Device => "",
        }
    }

    fn name(&self, item: &Item) -> String {
        let name = visible(&item.name);
        let coloured = match self.arguments.value("color") {
            Some("never" | "no" | "none") => false,
            Some("auto" | "tty" | "if-tty") | None => self.context.stdout.is_terminal(),
            Some(_) => true,
        };
        let colour = match item.metadata.kind {
            _ if !coloured => None,
            Kind::Directory => Some("1;34"),
            Kind::Device => Some("1;33"),
            Kind::File if item.metadata.mode & 0o111 != 0 => Some("1;32"),
            Kind::File => None,
        };
        let mark = self.mark(item);
        match colour {
            Some(colour) => format!("\x1b[{colour}m{name}\x1b[0m{mark}"),
            None => format!("{name}{mark}"),
        }
    }
}

fn mode(metadata: &Metadata) -> String {
    let kind = match metadata.kind {
        Kind::File => '-',
        Kind::Directory => 'd',
        Kind::Device => 'c',
    };
    let bits = (0..9).map(|bit| {
        let on = metadata.mode & (0o400 >> bit) != 0;
        if on { ['r', 'w', 'x'][bit % 3] } else { '-' }
    });
    std::iter::once(kind).chain(bits).collect()
}

/// A size as `ls -h` writes it.
pub(super) fn human(size: usize) -> String {
    let mut tenths = size.saturating_mul(10);
    let mut unit = "";
    for next in ["K", "M", "G"] {
        if tenths < 10_240 {
            break;
        }
        tenths = tenths.div_ceil(1_024);
        unit = next;
    }
    match (unit, tenths) {
        ("", _) => size.to_string(),
        (unit, 0..100) => format!("{}.{}{unit}", tenths / 10, tenths % 10),
        (unit, _) => format!("{}{unit}", tenths.div_ceil(10)),
    }
}
