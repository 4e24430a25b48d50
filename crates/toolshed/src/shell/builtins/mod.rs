//! The commands that are part of the shell: they see and change it.

pub(crate) mod control;
mod directory;
mod jobs;
pub(crate) mod launch;
mod options;
mod printf;
mod read;
pub(crate) mod text;
mod variables;
mod watch;

use futures::future::BoxFuture;

use super::{Shell, Step, Streams};

/// A command of the shell itself.
#[derive(Clone, Copy)]
pub(crate) struct Builtin {
    /// What one types.
    pub(crate) name: &'static str,
    /// How to use it; the first line is for `help`.
    pub(crate) about: &'static str,
    /// Runs it with all words, its name included.
    pub(crate) run: for<'a> fn(&'a mut Shell, Vec<String>, &'a Streams) -> BoxFuture<'a, Step>,
}

/// Writes a builtin's table entry around an async function.
macro_rules! builtin {
    ($name:literal, $about:literal, $function:path) => {
        Builtin {
            name: $name,
            about: $about,
            run: |shell, words, streams| Box::pin($function(shell, words, streams)),
        }
    };
}

/// All builtins, by name.
pub(crate) const BUILTINS: &[Builtin] = &[
    builtin!(".", ". FILE [ARGUMENT]...: run a file's commands in this shell", control::source),
    builtin!(":", ":: do nothing, successfully", control::nothing),
    builtin!("[", "[ EXPRESSION ]: evaluate a condition, like test", control::test),
    builtin!(
        "alias",
        "alias [NAME[=VALUE]]...: name a command line, or list names",
        variables::alias
    ),
    builtin!("bash", "bash [-c COMMANDS | FILE] [ARGUMENT]...: run a script", launch::bash),
    builtin!("bg", "bg: jobs cannot be stopped here, so none needs resuming", jobs::background),
    builtin!("break", "break [N]: leave the innermost N loops", control::leave_loop),
    builtin!("builtin", "builtin NAME [ARGUMENT]...: run a command of the shell", control::builtin),
    builtin!("cd", "cd [DIRECTORY | -]: change the current directory", directory::cd),
    builtin!(
        "command",
        "command [-v] NAME [ARGUMENT]...: run NAME, not a function",
        control::command
    ),
    builtin!("continue", "continue [N]: go on with the next turn of a loop", control::next_turn),
    builtin!("declare", "declare [-xra] [NAME[=VALUE]]...: set variables", variables::declare),
    builtin!("dirs", "dirs: print the current directory", directory::pwd),
    builtin!("echo", "echo [-neE] [TEXT]...: print text", text::echo),
    builtin!(
        "env",
        "env [-i] [-u NAME] [NAME=VALUE]... [COMMAND]: run with other variables, or list them",
        launch::env
    ),
    builtin!("eval", "eval [TEXT]...: run text as a command", control::eval),
    builtin!("exec", "exec COMMAND: run a command in place of this shell", control::exec),
    builtin!("exit", "exit [N]: leave the shell", control::exit),
    builtin!("export", "export [NAME[=VALUE]]...: let commands see variables", variables::export),
    builtin!("false", "false: fail", control::fail),
    builtin!("fg", "fg [JOB]: wait for a background job", jobs::foreground),
    builtin!("help", "help [NAME]: list what exists here, or explain one", directory::help),
    builtin!("history", "history [-c] [N]: list the lines typed so far", directory::history),
    builtin!("jobs", "jobs: list background jobs", jobs::list),
    builtin!("kill", "kill [-SIGNAL] JOB...: end background jobs, as kill %1", jobs::kill),
    builtin!("let", "let EXPRESSION...: evaluate arithmetic", variables::evaluate),
    builtin!("local", "local [NAME[=VALUE]]...: variables of a function", variables::local),
    builtin!(
        "printf",
        "printf [-v NAME] FORMAT [ARGUMENT]...: print formatted text",
        printf::printf
    ),
    builtin!("mapfile", "mapfile [-t] [NAME]: read lines into an array", read::mapfile),
    builtin!("pwd", "pwd: print the current directory", directory::pwd),
    builtin!("readarray", "readarray [-t] [NAME]: read lines into an array", read::mapfile),
    builtin!("read", "read [-r] [-p PROMPT] [NAME]...: read a line into variables", read::read),
    builtin!(
        "readonly",
        "readonly [NAME[=VALUE]]...: variables that cannot change",
        variables::readonly
    ),
    builtin!("return", "return [N]: leave a function", control::leave_function),
    builtin!(
        "set",
        "set [-eux] [-o pipefail] [--] [ARGUMENT]...: options and arguments",
        options::set
    ),
    builtin!("sh", "sh [-c COMMANDS | FILE] [ARGUMENT]...: run a script", launch::bash),
    builtin!("shift", "shift [N]: drop the first N arguments", variables::shift),
    builtin!("shopt", "shopt: optional behaviour cannot be changed here", options::shopt),
    builtin!(
        "source",
        "source FILE [ARGUMENT]...: run a file's commands in this shell",
        control::source
    ),
    builtin!("test", "test EXPRESSION: evaluate a condition", control::test),
    builtin!(
        "timeout",
        "timeout SECONDS COMMAND...: run a command for so long at most",
        launch::timeout
    ),
    builtin!(
        "trap",
        "trap [COMMANDS] [EXIT | INT]: what to do at the end, or at Ctrl-C",
        control::trap
    ),
    builtin!("true", "true: succeed", control::nothing),
    builtin!("type", "type NAME...: say what a name is", control::kind),
    builtin!("umask", "umask: print which permissions new files lack", options::umask),
    builtin!("unalias", "unalias [-a] NAME...: forget aliases", variables::unalias),
    builtin!("unset", "unset [-f] NAME...: forget variables or functions", variables::unset),
    builtin!("wait", "wait [JOB]...: wait for background jobs", jobs::wait),
    builtin!(
        "watch",
        "watch [-n SECONDS] [-d] [-t] COMMAND...: run a command again and again",
        watch::watch
    ),
    builtin!("which", "which NAME...: say where a command is", control::which),
    builtin!(
        "xargs",
        "xargs [-n N] [-I TEXT] [-0] [COMMAND]: build command lines from input",
        launch::xargs
    ),
];

/// The builtin with a name.
pub(crate) fn find(name: &str) -> Option<Builtin> {
    BUILTINS.iter().find(|builtin| builtin.name == name).copied()
}

/// Whether the first argument asks for help; prints it if so.
async fn helped(words: &[String], streams: &Streams) -> bool {
    let Some(builtin) = find(&words[0]).filter(|_| words.get(1).is_some_and(|it| it == "--help"))
    else {
        return false;
    };
    let _ = streams.stdout.write(format!("Usage: {}\n", builtin.about)).await;
    true
}

/// Complains in a builtin's name.
async fn refuse(shell: &Shell, words: &[String], streams: &Streams, message: &str) -> Step {
    shell.complain(streams, format!("{}: {message}", words[0])).await;
    Ok(if message.starts_with('-') { 2 } else { 1 })
}

/// Prints on standard output; a reader that has gone ends the command quietly.
async fn print(streams: &Streams, text: impl Into<bytes::Bytes>) -> Step {
    Ok(match streams.stdout.write(text).await {
        Ok(()) => 0,
        Err(crate::stream::Closed) => 141,
    })
}
