//! Commands typed into a lab's shell one after the other, and the first that did not end as it was meant to.
//!
//! **Invariant:** a command finds what those before it left: directory, variables, functions, `$?`. After one that ended
//! otherwise than meant, none is typed any more.
//!
//! **Deliberately absent:** the shell. [`crate::cluster::Cluster::run_script`] has it; here are only texts.

use frontend::model::commands;

/// Stands around each exit code in what a script shows; nothing else that it shows has this character.
const MARK: char = '\u{1e}';
/// The shell's exit code for a command that does not exist.
const UNKNOWN: u8 = 127;
/// How much of a command's output is kept: its last lines.
const LAST_LINES: usize = 6;
/// And so many characters of each.
const LINE_LENGTH: usize = 200;

/// A command, as a person types it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// What is typed.
    pub text: String,
    /// Its place among the commands of its block, from 1.
    pub number: usize,
    /// Its first line in its block, from 0.
    pub line: usize,
    /// Whether it is meant to fail.
    pub fails: bool,
}

/// The commands of a block; `fails` names those that are meant to fail, from 1. The error is a number that no command has.
pub fn commands(block: &str, fails: &[usize]) -> Result<Vec<Command>, usize> {
    let mut commands = succeeding(block);
    for number in fails {
        let place = number.checked_sub(1).and_then(|place| commands.get_mut(place));
        place.ok_or(*number)?.fails = true;
    }
    Ok(commands)
}

/// The commands of a block none of which is meant to fail.
pub fn succeeding(block: &str) -> Vec<Command> {
    let numbered = commands::split(block).into_iter().zip(1..).map(|(command, number)| Command {
        text: command.text,
        number,
        line: command.lines.start,
        fails: false,
    });
    numbered.collect()
}

/// The script that types the commands and shows how each ends.
pub fn script(commands: &[Command]) -> String {
    let typed = commands.iter().map(|Command { text, fails, .. }| {
        let meant = if *fails { "-ne" } else { "-eq" };
        format!(
            "{{\n{text}\n}} 2>&1\nhangar_code=$?\nprintf '\\n{MARK}%s{MARK}\\n' \"$hangar_code\"\n\
             [ \"$hangar_code\" {meant} 0 ] || exit 1\n(exit \"$hangar_code\")\n"
        )
    });
    typed.chain(["exit 0\n".to_owned()]).collect()
}

/// A command that did not end as it was meant to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unexpected<'a> {
    /// The command.
    pub command: &'a Command,
    /// How it ended.
    pub end: End,
    /// The last lines that it showed.
    pub output: String,
}

/// How a command ended that was meant to end otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// With an exit code that is not 0.
    Failed(u8),
    /// There is no such command.
    Unknown,
    /// Well, although it is meant to fail.
    Succeeded,
    /// It did not: the shell ended before it.
    Never,
    /// It did not in the time that it had.
    TimeUp,
    /// It did not while the machine worked on nothing else for long.
    Busy,
}

/// The first command of a [`script`] that did not end as it was meant to, by what the script showed.
pub fn unexpected<'a>(commands: &'a [Command], shown: &str) -> Option<Unexpected<'a>> {
    let mut pieces = shown.split(MARK);
    for command in commands {
        let output = pieces.next().unwrap_or_default();
        let code = pieces.next().and_then(|code| code.parse().ok());
        let end = match code {
            None => End::Never,
            Some(UNKNOWN) => End::Unknown,
            Some(0) if command.fails => End::Succeeded,
            Some(code) if code != 0 && !command.fails => End::Failed(code),
            Some(_) => continue,
        };
        return Some(Unexpected { command, end, output: last_lines(output) });
    }
    None
}

/// The last lines of an output, each cut where it is very long.
fn last_lines(output: &str) -> String {
    let lines: Vec<&str> = output.lines().filter(|line| !line.trim().is_empty()).collect();
    let kept = &lines[lines.len().saturating_sub(LAST_LINES)..];
    let cut = |line: &&str| match line.char_indices().nth(LINE_LENGTH) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => (*line).trim_end().to_owned(),
    };
    kept.iter().map(cut).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(fails: &[usize]) -> Vec<Command> {
        commands("one # first\n\ntwo |\n  three\nfour", fails).unwrap()
    }

    #[test]
    fn commands_are_counted_as_a_person_types_them() {
        let commands = typed(&[2]);

        let seen: Vec<(usize, bool)> = commands.iter().map(|it| (it.line, it.fails)).collect();
        assert_eq!(seen, [(0, false), (2, true), (4, false)]);
        assert_eq!(super::commands("ls", &[1, 2]), Err(2));
    }

    #[test]
    fn a_script_that_ended_as_meant_has_nothing_unexpected() {
        let shown = "a\n\u{1e}0\u{1e}\nno\n\n\u{1e}1\u{1e}\nb\n\n\u{1e}0\u{1e}\n";

        assert_eq!(unexpected(&typed(&[2]), shown), None);
    }

    #[test]
    fn the_first_command_that_ended_otherwise_is_told_with_its_last_lines() {
        let shown = "a\n\u{1e}0\u{1e}\n1\n2\n3\n4\n5\n6\n\nno such thing\n\n\u{1e}2\u{1e}\n";
        let commands = typed(&[]);

        let found = unexpected(&commands, shown).unwrap();

        assert_eq!((found.command.line, found.end), (2, End::Failed(2)));
        assert_eq!(found.output, "2\n3\n4\n5\n6\nno such thing");
    }

    #[test]
    fn commands_that_are_unknown_or_never_end_or_succeed_by_mistake_are_unexpected() {
        let end = |shown: &str, fails: &[usize]| unexpected(&typed(fails), shown).map(|it| it.end);

        assert_eq!(end("x\n\u{1e}127\u{1e}\n", &[1]), Some(End::Unknown));
        assert_eq!(end("x\n\u{1e}0\u{1e}\n", &[1]), Some(End::Succeeded));
        assert_eq!(end("sh: syntax error", &[]), Some(End::Never));
    }
}
