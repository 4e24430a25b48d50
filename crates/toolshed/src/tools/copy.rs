//! `cp`, `mv` and `chmod`.

use super::options::{Arguments, Usage};
use super::remove::agrees;
use crate::files::{FileError, Kind, name};
use crate::tool::{Context, ExitCode};

const CP: Usage = Usage {
    name: "cp",
    flags: "r/recursive R a/archive f/force p i n/no-clobber v/verbose",
    help: "Usage: cp [OPTION]... SOURCE DEST\n  or:  cp [OPTION]... SOURCE... DIRECTORY\nCopy files.\n\n  -r  directories too          -n  do not overwrite\n  -i  ask before overwriting   -v  say what is done\n",
    wrong: 1,
};

const MV: Usage = Usage {
    name: "mv",
    flags: "f/force i n/no-clobber v/verbose",
    help: "Usage: mv [OPTION]... SOURCE DEST\n  or:  mv [OPTION]... SOURCE... DIRECTORY\nMove or rename files.\n\n  -n  do not overwrite   -i  ask before overwriting   -v  say what is done\n",
    wrong: 1,
};

/// Where each source goes: into a directory, or to the one destination.
async fn targets(
    context: &Context,
    usage: &Usage,
    operands: &[String],
) -> Result<Vec<(String, String)>, ExitCode> {
    let (destination, sources) = match operands {
        [] => return Err(usage.refuse(context, "missing file operand").await),
        [only] => {
            let message = format!("missing destination file operand after '{only}'");
            return Err(usage.refuse(context, &message).await);
        }
        [sources @ .., destination] => (destination, sources),
    };
    let into = context.files.is_directory(&context.path(destination));
    if sources.len() > 1 && !into {
        let error = FileError::NotDirectory;
        context.complain(format!("{}: target '{destination}': {error}", usage.name)).await;
        return Err(1);
    }
    let target = |source: &String| {
        if into {
            let last = name(&context.path(source)).to_owned();
            format!("{}/{last}", destination.trim_end_matches('/'))
        } else {
            destination.clone()
        }
    };
    Ok(sources.iter().map(|source| (source.clone(), target(source))).collect())
}

/// Whether what stands at the target may go: asks the person where that was wished.
async fn may_overwrite(
    context: &Context,
    usage: &Usage,
    arguments: &Arguments,
    from: &str,
    to: &str,
    target: &str,
) -> bool {
    // `cp -f` is about files that cannot be opened, not about the question.
    let last = arguments.last_of(if usage.name == "cp" { &["i", "n"] } else { &["i", "n", "f"] });
    if from == to || context.files.metadata(to).is_err() || context.files.is_directory(to) {
        return true;
    }
    match last {
        Some("n") => false,
        Some("i") => agrees(context, &format!("{}: overwrite '{target}'?", usage.name)).await,
        _ => true,
    }
}

/// Copies files.
pub(super) async fn cp(context: Context) -> ExitCode {
    let arguments = match CP.read(&context).await {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let recursive = ["r", "R", "a"].iter().any(|flag| arguments.has(flag));
    let pairs = match targets(&context, &CP, &arguments.operands).await {
        Ok(pairs) => pairs,
        Err(code) => return code,
    };
    let mut code = 0;
    for (source, target) in pairs {
        let (from, to) = (context.path(&source), context.path(&target));
        if context.files.metadata(&from).is_ok()
            && !may_overwrite(&context, &CP, &arguments, &from, &to, &target).await
        {
            continue;
        }
        let message = match context.files.metadata(&from) {
            Err(error) => Some(format!("cannot stat '{source}': {error}")),
            Ok(it) if it.kind == Kind::Directory && !recursive => {
                Some(format!("-r not specified; omitting directory '{source}'"))
            }
            Ok(_) if from == to => Some(format!("'{source}' and '{target}' are the same file")),
            Ok(_) if to.starts_with(&format!("{from}/")) => {
                Some(format!("cannot copy a directory, '{source}', into itself, '{target}'"))
            }
            Ok(_) => match copy(&context, &from, &to) {
                Ok(()) => None,
                Err(error) => Some(format!("cannot create regular file '{target}': {error}")),
            },
        };
        if let Some(message) = message {
            context.complain(format!("cp: {message}")).await;
            code = 1;
        } else if arguments.has("v") {
            let _ = context.print(format!("'{source}' -> '{target}'\n")).await;
        }
    }
    code
}

fn copy(context: &Context, from: &str, to: &str) -> Result<(), FileError> {
    let metadata = context.files.metadata(from)?;
    if metadata.kind != Kind::Directory {
        context.files.write(to, context.files.open(from)?)?;
        return match context.files.set_mode(to, metadata.mode) {
            Ok(()) | Err(FileError::Denied) => Ok(()),
            Err(error) => Err(error),
        };
    }
    context.files.make_directory(to, true)?;
    for (name, _) in context.files.list(from)? {
        copy(context, &format!("{from}/{name}"), &format!("{to}/{name}"))?;
    }
    Ok(())
}

/// Moves or renames files.
pub(super) async fn mv(context: Context) -> ExitCode {
    let arguments = match MV.read(&context).await {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let pairs = match targets(&context, &MV, &arguments.operands).await {
        Ok(pairs) => pairs,
        Err(code) => return code,
    };
    let mut code = 0;
    for (source, target) in pairs {
        let (from, to) = (context.path(&source), context.path(&target));
        if context.files.metadata(&from).is_ok()
            && !may_overwrite(&context, &MV, &arguments, &from, &to, &target).await
        {
            continue;
        }
        let message = match context.files.metadata(&from) {
            Err(error) => Some(format!("cannot stat '{source}': {error}")),
            Ok(_) if from == to => Some(format!("'{source}' and '{target}' are the same file")),
            Ok(_) => match context.files.rename(&from, &to) {
                Ok(()) => None,
                Err(FileError::IntoItself) => {
                    Some(format!("cannot move '{source}' to a subdirectory of itself, '{target}'"))
                }
                Err(error) => Some(format!("cannot move '{source}' to '{target}': {error}")),
            },
        };
        if let Some(message) = message {
            context.complain(format!("mv: {message}")).await;
            code = 1;
        } else if arguments.has("v") {
            let _ = context.print(format!("renamed '{source}' -> '{target}'\n")).await;
        }
    }
    code
}

const CHMOD: Usage = Usage {
    name: "chmod",
    flags: "",
    help: "Usage: chmod MODE FILE...\nChange permissions; MODE is octal (644) or like +x, u+w, go-r, a=rx.\n",
    wrong: 1,
};

/// Changes permissions.
pub(super) async fn chmod(context: Context) -> ExitCode {
    let words = &context.args;
    if words.first().is_some_and(|word| word.starts_with("--")) {
        return match CHMOD.read(&context).await {
            Ok(_) => 0,
            Err(code) => code,
        };
    }
    let [mode, files @ ..] = words.as_slice() else {
        return CHMOD.refuse(&context, "missing operand").await;
    };
    if files.is_empty() {
        return CHMOD.refuse(&context, &format!("missing operand after '{mode}'")).await;
    }
    let mut code = 0;
    for file in files {
        let path = context.path(file);
        let changed = match context.files.metadata(&path) {
            Ok(metadata) => match permissions(mode, metadata.mode) {
                Some(bits) => context.files.set_mode(&path, bits),
                None => return CHMOD.refuse(&context, &format!("invalid mode: '{mode}'")).await,
            },
            Err(error) => Err(error),
        };
        if let Err(error) = changed {
            let message = match error {
                FileError::Denied => {
                    format!("changing permissions of '{file}': Operation not permitted")
                }
                error => format!("cannot access '{file}': {error}"),
            };
            context.complain(format!("chmod: {message}")).await;
            code = 1;
        }
    }
    code
}

fn permissions(text: &str, old: u16) -> Option<u16> {
    if let Ok(bits) = u16::from_str_radix(text, 8) {
        return (bits <= 0o777).then_some(bits);
    }
    let mut bits = old;
    for clause in text.split(',') {
        let at = clause.find(['+', '-', '='])?;
        let who = if at == 0 { "a" } else { &clause[..at] };
        let mut mask = 0;
        for letter in who.chars() {
            mask |= match letter {
                'u' => 0o700,
                'g' => 0o070,
                'o' => 0o007,
                'a' => 0o777,
                _ => return None,
            };
        }
        let mut wanted = 0;
        for letter in clause[at + 1..].chars() {
            wanted |= match letter {
                'r' => 0o444,
                'w' => 0o222,
                'x' | 'X' => 0o111,
                _ => return None,
            };
        }
        bits = match &clause[at..=at] {
            "+" => bits | (wanted & mask),
            "-" => bits & !(wanted & mask),
            _ => (bits & !mask) | (wanted & mask),
        };
    }
    Some(bits)
}
