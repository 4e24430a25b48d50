//! Who and where one is: `whoami`, `id`, `hostname`, `uname`, `printenv`, `clear`.

use super::options::Usage;
use crate::tool::{Context, ExitCode};
use std::fmt::Write as _;

fn variable<'a>(context: &'a Context, name: &str, default: &'a str) -> &'a str {
    context.variables.get(name).map_or(default, String::as_str)
}

async fn line(context: &Context, text: impl std::fmt::Display) -> ExitCode {
    if context.print(format!("{text}\n")).await.is_ok() { 0 } else { 141 }
}

macro_rules! usage {
    ($name:literal, $flags:literal, $help:literal) => {
        Usage { name: $name, flags: $flags, help: $help, wrong: 1 }
    };
}

/// Prints the user's name.
pub(super) async fn whoami(context: Context) -> ExitCode {
    match usage!("whoami", "", "Usage: whoami\nPrint your user name.\n").read(&context).await {
        Ok(_) => line(&context, variable(&context, "USER", "learner")).await,
        Err(code) => code,
    }
}

/// Prints the user's numbers.
pub(super) async fn id(context: Context) -> ExitCode {
    let usage =
        usage!("id", "u/user g/group n/name", "Usage: id [-u | -g] [-n]\nPrint who you are.\n");
    let arguments = match usage.read(&context).await {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let user = variable(&context, "USER", "learner");
    if arguments.has("u") || arguments.has("g") {
        return if arguments.has("n") {
            line(&context, user).await
        } else {
            line(&context, 1000).await
        };
    }
    line(&context, format!("uid=1000({user}) gid=1000({user}) groups=1000({user})")).await
}

/// Prints the machine's name.
pub(super) async fn hostname(context: Context) -> ExitCode {
    let usage =
        usage!("hostname", "s/short f/fqdn", "Usage: hostname\nPrint the machine's name.\n");
    match usage.read(&context).await {
        Ok(_) => line(&context, variable(&context, "HOSTNAME", "toolbox")).await,
        Err(code) => code,
    }
}

/// Prints the system's name.
pub(super) async fn uname(context: Context) -> ExitCode {
    let usage = usage!(
        "uname",
        "a/all s/kernel-name n/nodename r/kernel-release m/machine o/operating-system",
        "Usage: uname [-asnrmo]\nPrint the system's name. The lab's terminal is a practice system.\n"
    );
    let arguments = match usage.read(&context).await {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let host = variable(&context, "HOSTNAME", "toolbox");
    let parts =
        [("s", "Linux"), ("n", host), ("r", "6.1.0-practice"), ("m", "x86_64"), ("o", "GNU/Linux")];
    let all = arguments.has("a");
    let none = !parts.iter().any(|(flag, _)| arguments.has(flag));
    let chosen =
        parts.iter().filter(|(flag, _)| all || arguments.has(flag) || none && *flag == "s");
    line(&context, chosen.map(|(_, text)| *text).collect::<Vec<_>>().join(" ")).await
}

/// Prints variables.
pub(super) async fn printenv(context: Context) -> ExitCode {
    let usage = usage!(
        "printenv",
        "",
        "Usage: printenv [NAME]...\nPrint all exported variables, or those named.\n"
    );
    let arguments = match usage.read(&context).await {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let mut text = String::new();
    let mut code = 0;
    if arguments.operands.is_empty() {
        for (name, value) in &context.variables {
            let _ = writeln!(text, "{name}={value}");
        }
    }
    for name in &arguments.operands {
        match context.variables.get(name) {
            Some(value) => {
                let _ = writeln!(text, "{value}");
            }
            None => code = 1,
        }
    }
    if context.print(text).await.is_ok() { code } else { 141 }
}

/// Clears the screen and what has scrolled away.
pub(super) async fn clear(context: Context) -> ExitCode {
    match usage!("clear", "x T=", "Usage: clear\nClear the screen.\n").read(&context).await {
        Ok(_) if context.print("\x1b[H\x1b[2J\x1b[3J").await.is_ok() => 0,
        Ok(_) => 141,
        Err(code) => code,
    }
}
