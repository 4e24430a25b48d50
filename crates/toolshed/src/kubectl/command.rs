//! The tree of commands: finding one, its flags, its help.

use std::fmt::Write as _;

use crate::kubectl::failure::Failure;
use crate::kubectl::flags::{Flag, Takes};
use crate::kubectl::session::{Running, Session};

/// One command.
#[derive(Clone, Copy)]
pub(crate) struct Command {
    pub(crate) name: &'static str,
    pub(crate) aliases: &'static [&'static str],
    /// What follows the name, e.g. `TYPE NAME`.
    pub(crate) usage: &'static str,
    pub(crate) about: &'static str,
    pub(crate) flags: &'static [&'static [Flag]],
    pub(crate) subcommands: &'static [Command],
    pub(crate) run: Option<Run>,
    /// Whether it is only there to say that it is not available, whatever its flags.
    pub(crate) refused: bool,
}

/// What carries a command out.
pub(crate) type Run = for<'a> fn(&'a mut Session) -> Running<'a>;

impl Command {
    pub(crate) const fn new(
        name: &'static str,
        usage: &'static str,
        about: &'static str,
        flags: &'static [&'static [Flag]],
        run: Run,
    ) -> Self {
        Self {
            name,
            aliases: &[],
            usage,
            about,
            flags,
            subcommands: &[],
            run: Some(run),
            refused: false,
        }
    }

    pub(crate) const fn group(
        name: &'static str,
        about: &'static str,
        subcommands: &'static [Command],
    ) -> Self {
        Self {
            name,
            aliases: &[],
            usage: "",
            about,
            flags: &[],
            subcommands,
            run: None,
            refused: false,
        }
    }

    pub(crate) const fn also(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    /// As a command that is refused by name.
    pub(crate) const fn refused(mut self) -> Self {
        self.refused = true;
        self
    }

    pub(crate) const fn with(mut self, subcommands: &'static [Command]) -> Self {
        self.subcommands = subcommands;
        self
    }

    fn answers_to(&self, word: &str) -> bool {
        self.name == word || self.aliases.contains(&word)
    }

    /// A subcommand by name.
    pub(crate) fn child(&self, word: &str) -> Option<&'static Command> {
        self.subcommands.iter().find(|one| one.answers_to(word))
    }

    /// All flags: its own, then the ones that every command knows.
    pub(crate) fn known(&self) -> Vec<&'static [Flag]> {
        let mut known = self.flags.to_vec();
        known.push(GLOBAL);
        known
    }
}

/// A command line taken apart.
pub(crate) struct Line {
    pub(crate) command: Command,
    /// `kubectl create configmap`.
    pub(crate) path: String,
    /// What is left for the command.
    pub(crate) words: Vec<String>,
}

/// Walks down from `root` by the words that are not flags.
pub(crate) fn find(root: &Command, words: &[String]) -> Line {
    let (mut command, mut path) = (*root, root.name.to_owned());
    let mut words = words.to_vec();
    let mut at = 0;
    while at < words.len() {
        let word = &words[at];
        if word == "--" {
            break;
        }
        if word.starts_with('-') && word.len() > 1 {
            at += if takes_next(&command, word) { 2 } else { 1 };
            continue;
        }
        let Some(child) = command.child(word) else { break };
        command = *child;
        path = format!("{path} {}", child.name);
        words.remove(at);
    }
    Line { command, path, words }
}

/// Whether a flag's value is the next word.
fn takes_next(command: &Command, word: &str) -> bool {
    if word.contains('=') {
        return false;
    }
    let known = command.known();
    let flags = known.iter().copied().flatten();
    if let Some(long) = word.strip_prefix("--") {
        flags.into_iter().any(|flag| flag.long == long && flag.wants_value())
    } else {
        let last = word.chars().nth(1);
        word.chars().count() == 2
            && flags.into_iter().any(|flag| flag.short == last && flag.wants_value())
    }
}

/// The failure for a word that is no command.
pub(crate) fn unknown(root: &Command, word: &str) -> Failure {
    let close: Vec<&str> = root
        .subcommands
        .iter()
        .filter(|one| {
            distance(one.name, word) <= 2
                || one.name.starts_with(&word.to_lowercase())
                || (one.name == "get" && matches!(word, "list" | "ls"))
        })
        .map(|one| one.name)
        .collect();
    let mut words = format!("error: unknown command {word:?} for \"kubectl\"\n");
    if !close.is_empty() {
        words.push_str("\nDid you mean this?\n");
        for name in close {
            let _ = writeln!(words, "\t{name}");
        }
    }
    Failure::Said(words)
}

/// How many letters have to change.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.to_lowercase().chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.to_lowercase().chars().enumerate() {
        let mut corner = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let change = corner + usize::from(x != *y);
            corner = row[j + 1];
            row[j + 1] = change.min(corner + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

/// What `--help` prints.
pub(crate) fn help(command: &Command, path: &str) -> String {
    let mut out = format!("{}.\n", command.about);
    if !command.subcommands.is_empty() {
        out.push_str("\nAvailable Commands:\n");
        let width = command.subcommands.iter().map(|one| one.name.len()).max().unwrap_or_default();
        for one in command.subcommands {
            let _ = writeln!(out, "  {:width$}   {}", one.name, one.about);
        }
    }
    if command.run.is_some() && !command.flags.is_empty() {
        out.push_str("\nOptions:\n");
        for flag in command.flags.iter().copied().flatten() {
            out.push_str(&describe(flag));
        }
    }
    let usage = if command.usage.is_empty() && command.run.is_none() {
        "[flags] [options]".to_owned()
    } else {
        format!("{} [options]", command.usage).trim_start().to_owned()
    };
    let _ = writeln!(out, "\nUsage:\n  {path} {usage}");
    if !command.subcommands.is_empty() {
        let _ = writeln!(
            out,
            "\nUse \"{path} <command> --help\" for more information about a given command."
        );
    }
    out.push_str(
        "Use \"kubectl options\" for a list of global command-line options (applies to all \
         commands).\n",
    );
    out
}

fn describe(flag: &Flag) -> String {
    let short = flag.short.map_or_else(String::new, |short| format!("-{short}, "));
    let default = flag.takes.shown();
    let note = if flag.refused.is_some() { " (not available here)" } else { "" };
    format!("    {short}--{}={default}:\n\t{}{note}\n\n", flag.long, flag.about)
}

/// `kubectl options`.
pub(crate) fn options(session: &mut Session) -> Running<'_> {
    Box::pin(async move {
        let mut out = "The following options can be passed to any command:\n\n".to_owned();
        for flag in GLOBAL {
            out.push_str(&describe(flag));
        }
        session.out(out).await
    })
}

/// Why the flags that name a server or a user do nothing.
const OWN_LAB: &str = "this terminal reaches only its own lab, as the user of its kubeconfig";

/// The flags that every command knows.
pub(crate) const GLOBAL: &[Flag] = &[
    Flag::short('n', "namespace", Takes::Text(""), "The namespace to work in"),
    Flag::new("context", Takes::Text(""), "The kubeconfig context to use"),
    Flag::new("kubeconfig", Takes::Text(""), "The kubeconfig file to use"),
    Flag::new("kuberc", Takes::Text(""), "A file of preferences").refused("there are none"),
    Flag::new("as", Takes::Text(""), "The user to act as"),
    Flag::new("as-group", Takes::Array, "A group to act as; may be repeated"),
    Flag::new("as-uid", Takes::Text(""), "The uid to act as").refused("use --as"),
    Flag::new("as-user-extra", Takes::Array, "More of the user to act as").refused("use --as"),
    Flag::new("request-timeout", Takes::Text("0"), "How long to wait for one answer"),
    Flag::short('s', "server", Takes::Text(""), "The API server").refused(OWN_LAB),
    Flag::new("token", Takes::Text(""), "A bearer token").refused(OWN_LAB),
    Flag::new("user", Takes::Text(""), "A kubeconfig user").refused(OWN_LAB),
    Flag::new("cluster", Takes::Text(""), "A kubeconfig cluster").refused(OWN_LAB),
    Flag::new("username", Takes::Text(""), "A user name").refused(OWN_LAB),
    Flag::new("password", Takes::Text(""), "A password").refused(OWN_LAB),
    Flag::new("client-certificate", Takes::Text(""), "A certificate").refused(OWN_LAB),
    Flag::new("client-key", Takes::Text(""), "A key").refused(OWN_LAB),
    Flag::new("certificate-authority", Takes::Text(""), "An authority").refused(OWN_LAB),
    Flag::new("tls-server-name", Takes::Text(""), "A TLS name").refused(OWN_LAB),
    Flag::new("insecure-skip-tls-verify", Takes::Switch(false), "Accepted; changes nothing"),
    Flag::new("cache-dir", Takes::Text(""), "Accepted; nothing is cached"),
    Flag::new("disable-compression", Takes::Switch(false), "Accepted; changes nothing"),
    Flag::new("match-server-version", Takes::Switch(false), "Insist on the server's version")
        .refused("compare the versions that 'kubectl version' shows"),
    Flag::new("warnings-as-errors", Takes::Switch(false), "Fail after the server's warnings"),
    Flag::new("profile", Takes::Text("none"), "What to measure")
        .refused("there is no process to measure"),
    Flag::new("profile-output", Takes::Text("profile.pprof"), "Where to write what was measured")
        .refused("there is no process to measure"),
    Flag::short('v', "v", Takes::Number(0), "How much to tell of each request: 4 to 10"),
    Flag::new("vmodule", Takes::Text(""), "Accepted; nothing is logged"),
    Flag::new("log-flush-frequency", Takes::Duration("5s"), "Accepted; nothing is logged"),
];
