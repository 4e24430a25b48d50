//! `find`.

use super::options::Usage;
use crate::files::Kind;
use crate::shell::pattern;
use crate::tool::{Context, ExitCode};

const HELP: &str = "Usage: find [PATH]... [-name PATTERN | -iname PATTERN] [-type f|d] [-maxdepth N]\n            [-mindepth N] [-empty] [-print] [-delete]\nFind files below each PATH (the current directory by default).\n";

const FIND: Usage = Usage { name: "find", flags: "", help: HELP, wrong: 1 };

#[derive(Default)]
struct Wanted {
    /// What names must match, and whether case makes no difference.
    name: Option<(Option<regex::Regex>, bool)>,
    kind: Option<Kind>,
    deepest: Option<usize>,
    shallowest: usize,
    empty: bool,
    delete: bool,
}

/// Finds files by name or type.
pub(super) async fn find(context: Context) -> ExitCode {
    if context.args.iter().any(|word| word == "--help") {
        return if context.print(HELP).await.is_ok() { 0 } else { 141 };
    }
    let at =
        context.args.iter().position(|word| word.starts_with('-')).unwrap_or(context.args.len());
    let (paths, tests) = context.args.split_at(at);
    let wanted = match wanted(tests) {
        Ok(wanted) => wanted,
        Err(message) => return FIND.refuse(&context, &message).await,
    };
    let here = vec![".".to_owned()];
    let mut code = 0;
    for path in if paths.is_empty() { &here } else { paths } {
        match context.files.metadata(&context.path(path)) {
            Ok(_) => {
                let mut found = Vec::new();
                visit(&context, path, 0, &wanted, &mut found);
                for path in found {
                    if wanted.delete {
                        let absolute = context.path(&path);
                        let directory = context.files.is_directory(&absolute);
                        if let Err(error) = context.files.remove(&absolute, directory) {
                            context
                                .complain(format!("find: cannot delete '{path}': {error}"))
                                .await;
                            code = 1;
                        }
                    } else if context.print(format!("{path}\n")).await.is_err() {
                        return 141;
                    }
                }
            }
            Err(error) => {
                context.complain(format!("find: '{path}': {error}")).await;
                code = 1;
            }
        }
    }
    code
}

fn wanted(tests: &[String]) -> Result<Wanted, String> {
    let mut wanted = Wanted::default();
    let mut words = tests.iter();
    while let Some(word) = words.next() {
        let mut value =
            || words.next().cloned().ok_or_else(|| format!("missing argument to `{word}'"));
        match word.as_str() {
            "-name" => wanted.name = Some((pattern::whole(&value()?), false)),
            "-iname" => wanted.name = Some((pattern::whole(&value()?.to_lowercase()), true)),
            "-type" => {
                wanted.kind = match value()?.as_str() {
                    "f" => Some(Kind::File),
                    "d" => Some(Kind::Directory),
                    other => return Err(format!("Unknown argument to -type: {other}")),
                };
            }
            "-maxdepth" => wanted.deepest = Some(number(&value()?)?),
            "-mindepth" => wanted.shallowest = number(&value()?)?,
            "-empty" => wanted.empty = true,
            "-delete" => wanted.delete = true,
            "-print" | "-a" | "-and" => {}
            other => return Err(format!("unknown predicate `{other}', or not available here")),
        }
    }
    Ok(wanted)
}

fn number(text: &str) -> Result<usize, String> {
    text.parse()
        .map_err(|_| format!("Expected a positive decimal integer argument, but got '{text}'"))
}

fn visit(context: &Context, path: &str, depth: usize, wanted: &Wanted, found: &mut Vec<String>) {
    let absolute = context.path(path);
    let Ok(metadata) = context.files.metadata(&absolute) else { return };
    let fits = depth >= wanted.shallowest
        && wanted.kind.is_none_or(|kind| kind == metadata.kind)
        && wanted.name.as_ref().is_none_or(|(wanted, ignore_case)| {
            let name = crate::files::name(path);
            let name = if *ignore_case { name.to_lowercase() } else { name.to_owned() };
            wanted.as_ref().is_some_and(|wanted| wanted.is_match(&name))
        });
    let entries = context.files.list(&absolute).unwrap_or_default();
    let empty =
        if metadata.kind == Kind::Directory { entries.is_empty() } else { metadata.size == 0 };
    let fits = fits && (!wanted.empty || empty);
    if fits && !wanted.delete {
        found.push(path.to_owned());
    }
    if wanted.deepest.is_none_or(|deepest| depth < deepest) {
        for (name, _) in entries {
            let below = format!("{}/{name}", path.trim_end_matches('/'));
            visit(context, &below, depth + 1, wanted, found);
        }
    }
    // Deleting goes from the inside out.
    if fits && wanted.delete {
        found.push(path.to_owned());
    }
}
