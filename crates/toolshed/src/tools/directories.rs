//! `mkdir`, `rmdir`, `touch`, `basename`, `dirname` and `realpath`.

use super::options::Usage;
use crate::files::{FileError, parent};
use crate::tool::{Context, ExitCode};

const MKDIR: Usage = Usage {
    name: "mkdir",
    flags: "p/parents v/verbose m/mode=",
    help: "Usage: mkdir [-p] DIRECTORY...\nCreate directories; -p also those above, and is content with existing ones.\n",
    wrong: 1,
};

/// Creates directories.
pub(super) async fn mkdir(context: Context) -> ExitCode {
    let arguments = match MKDIR.read(&context).await {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    if arguments.operands.is_empty() {
        return MKDIR.refuse(&context, "missing operand").await;
    }
    let mut code = 0;
    for operand in &arguments.operands {
        if let Err(error) = context.files.make_directory(&context.path(operand), arguments.has("p"))
        {
            context.complain(format!("mkdir: cannot create directory '{operand}': {error}")).await;
            code = 1;
        }
    }
    code
}

const RMDIR: Usage = Usage {
    name: "rmdir",
    flags: "p/parents v/verbose",
    help: "Usage: rmdir [-p] DIRECTORY...\nRemove empty directories; -p also those above.\n",
    wrong: 1,
};

/// Removes empty directories.
pub(super) async fn rmdir(context: Context) -> ExitCode {
    let arguments = match RMDIR.read(&context).await {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    if arguments.operands.is_empty() {
        return RMDIR.refuse(&context, "missing operand").await;
    }
    let mut code = 0;
    for operand in &arguments.operands {
        let mut shown = operand.trim_end_matches('/').to_owned();
        loop {
            if let Err(error) = context.files.remove(&context.path(&shown), true) {
                context.complain(format!("rmdir: failed to remove '{shown}': {error}")).await;
                code = 1;
                break;
            }
            match shown.rfind('/') {
                Some(at) if arguments.has("p") && at > 0 => shown.truncate(at),
                _ => break,
            }
        }
    }
    code
}

const TOUCH: Usage = Usage {
    name: "touch",
    flags: "a c/no-create m",
    help: "Usage: touch [-c] FILE...\nSet the time of each FILE to now, creating it unless -c.\n",
    wrong: 1,
};

/// Creates files or updates their times.
pub(super) async fn touch(context: Context) -> ExitCode {
    let arguments = match TOUCH.read(&context).await {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    if arguments.operands.is_empty() {
        return TOUCH.refuse(&context, "missing file operand").await;
    }
    let mut code = 0;
    for operand in &arguments.operands {
        let path = context.path(operand);
        let touched = match context.files.metadata(&path) {
            Ok(_) => context.files.touch(&path),
            Err(FileError::NotFound) if arguments.has("c") => Ok(()),
            Err(FileError::NotFound) => context.files.write(&path, ""),
            Err(error) => Err(error),
        };
        if let Err(error) = touched {
            context.complain(format!("touch: cannot touch '{operand}': {error}")).await;
            code = 1;
        }
    }
    code
}

const BASENAME: Usage = Usage {
    name: "basename",
    flags: "",
    help: "Usage: basename NAME [SUFFIX]\nPrint the last name of a path, without SUFFIX.\n",
    wrong: 1,
};

/// Prints the last name of a path.
pub(super) async fn basename(context: Context) -> ExitCode {
    let arguments = match BASENAME.read(&context).await {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let Some(path) = arguments.operands.first() else {
        return BASENAME.refuse(&context, "missing operand").await;
    };
    let trimmed = path.trim_end_matches('/');
    let name =
        if trimmed.is_empty() { path.get(..1).unwrap_or("") } else { crate::files::name(trimmed) };
    let suffix = arguments.operands.get(1).map_or("", String::as_str);
    let name = name.strip_suffix(suffix).filter(|it| !it.is_empty()).unwrap_or(name);
    if context.print(format!("{name}\n")).await.is_ok() { 0 } else { 141 }
}

const DIRNAME: Usage = Usage {
    name: "dirname",
    flags: "",
    help: "Usage: dirname NAME...\nPrint the directory of each path.\n",
    wrong: 1,
};

/// Prints the directory of a path.
pub(super) async fn dirname(context: Context) -> ExitCode {
    let arguments = match DIRNAME.read(&context).await {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    if arguments.operands.is_empty() {
        return DIRNAME.refuse(&context, "missing operand").await;
    }
    let lines = arguments.operands.iter().map(|path| {
        let trimmed = path.trim_end_matches('/');
        match trimmed.contains('/') {
            true => parent(trimmed).to_owned() + "\n",
            false if path.starts_with('/') => "/\n".to_owned(),
            false => ".\n".to_owned(),
        }
    });
    if context.print(lines.collect::<String>()).await.is_ok() { 0 } else { 141 }
}

const REALPATH: Usage = Usage {
    name: "realpath",
    flags: "e/canonicalize-existing m/canonicalize-missing",
    help: "Usage: realpath FILE...\nPrint the whole path of each file.\n",
    wrong: 1,
};

/// Prints whole paths.
pub(super) async fn realpath(context: Context) -> ExitCode {
    let arguments = match REALPATH.read(&context).await {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    if arguments.operands.is_empty() {
        return REALPATH.refuse(&context, "missing operand").await;
    }
    let mut code = 0;
    for operand in &arguments.operands {
        let path = context.path(operand);
        let wanted = if arguments.has("e") { path.as_str() } else { parent(&path) };
        if !arguments.has("m") && context.files.metadata(wanted).is_err() {
            context.complain(format!("realpath: {operand}: {}", FileError::NotFound)).await;
            code = 1;
        } else if context.print(path + "\n").await.is_err() {
            return 141;
        }
    }
    code
}
