//! `rm`, and the question that `cp` and `mv`, too, put before they destroy.

use futures::future::BoxFuture;

use super::options::{Arguments, Usage};
use crate::files::{FileError, Kind, Metadata};
use crate::tool::{Context, ExitCode};

const RM: Usage = Usage {
    name: "rm",
    flags: "r/recursive R f/force i I d/dir v/verbose",
    help: "Usage: rm [OPTION]... [FILE]...\nRemove files.\n\n  -r  directories and what is in them   -f  ignore files that are not there\n  -i  ask before each                   -I  ask once before many\n  -d  empty directories                 -v  say what is done\n",
    wrong: 1,
};

/// Asks on standard error; whether the answer on standard input begins with `y`.
pub(super) async fn agrees(context: &Context, question: &str) -> bool {
    let _ = context.stderr.write(format!("{question} ")).await;
    let answer = context.stdin.clone().read_line().await.unwrap_or_default();
    matches!(answer.first(), Some(b'y' | b'Y'))
}

/// How files are removed.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[derive(Clone, Copy)]
struct Manner {
    recursive: bool,
    empty_directories: bool,
    force: bool,
    ask: bool,
    verbose: bool,
}

impl Manner {
    fn new(arguments: &Arguments) -> Self {
        Self {
            recursive: arguments.has("r") || arguments.has("R"),
            empty_directories: arguments.has("d"),
            force: arguments.last_of(&["f", "i", "I"]) == Some("f"),
            ask: arguments.last_of(&["f", "i", "I"]) == Some("i"),
            verbose: arguments.has("v"),
        }
    }
}

/// Removes files.
pub(super) async fn rm(context: Context) -> ExitCode {
    let arguments = match RM.read(&context).await {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let manner = Manner::new(&arguments);
    let operands = &arguments.operands;
    if operands.is_empty() && !manner.force {
        return RM.refuse(&context, "missing operand").await;
    }
    let once = arguments.last_of(&["f", "i", "I"]) == Some("I");
    if once && (operands.len() > 3 || manner.recursive) {
        let plural = if operands.len() == 1 { "" } else { "s" };
        let how = if manner.recursive { " recursively" } else { "" };
        let question = format!("rm: remove {} argument{plural}{how}?", operands.len());
        if !agrees(&context, &question).await {
            return 0;
        }
    }
    let mut code = 0;
    for operand in operands {
        let path = context.path(operand);
        let message = match context.files.metadata(&path) {
            Err(FileError::NotFound) if manner.force => continue,
            Err(error) => format!("cannot remove '{operand}': {error}"),
            Ok(_) if path == "/" => "it is dangerous to operate recursively on '/'".to_owned(),
            Ok(it)
                if it.kind == Kind::Directory
                    && !(manner.recursive || manner.empty_directories) =>
            {
                format!("cannot remove '{operand}': {}", FileError::IsDirectory)
            }
            Ok(it) => {
                let removed = remove(&context, manner, &path, operand, it).await;
                let Err(error) = removed else { continue };
                format!("cannot remove '{operand}': {error}")
            }
        };
        context.complain(format!("rm: {message}")).await;
        code = 1;
    }
    code
}

/// Removes a file, or a directory with what is in it, as far as the person agrees.
fn remove<'a>(
    context: &'a Context,
    manner: Manner,
    path: &'a str,
    shown: &'a str,
    metadata: Metadata,
) -> BoxFuture<'a, Result<(), FileError>> {
    Box::pin(async move {
        let directory = metadata.kind == Kind::Directory;
        let entries = if directory { context.files.list(path)? } else { Vec::new() };
        if !entries.is_empty() && manner.recursive {
            if manner.ask
                && !agrees(context, &format!("rm: descend into directory '{shown}'?")).await
            {
                return Ok(());
            }
            for (name, metadata) in entries {
                let (path, shown) = (format!("{path}/{name}"), format!("{shown}/{name}"));
                remove(context, manner, &path, &shown, metadata).await?;
            }
        }
        if let Some(what) = question(context, manner, &metadata)
            && !agrees(context, &format!("rm: remove {what} '{shown}'?")).await
        {
            return Ok(());
        }
        context.files.remove(path, directory)?;
        if manner.verbose {
            let what = if directory { "removed directory" } else { "removed" };
            let _ = context.print(format!("{what} '{shown}'\n")).await;
        }
        Ok(())
    })
}

/// What the question names, when there is to be one.
fn question(context: &Context, manner: Manner, metadata: &Metadata) -> Option<&'static str> {
    let protected = metadata.own && metadata.mode & 0o200 == 0;
    if !manner.ask && (manner.force || !protected || !context.stdin.is_terminal()) {
        return None;
    }
    Some(match (metadata.kind, protected, metadata.size) {
        (Kind::Directory, false, _) => "directory",
        (Kind::Directory, true, _) => "write-protected directory",
        (Kind::Device, ..) => "character special file",
        (Kind::File, false, 0) => "regular empty file",
        (Kind::File, false, _) => "regular file",
        (Kind::File, true, 0) => "write-protected regular empty file",
        (Kind::File, true, _) => "write-protected regular file",
    })
}
