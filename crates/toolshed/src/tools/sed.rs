//! `sed`: substitution, deletion, printing and their addresses.

use regex::bytes::Regex;

use super::matcher::TooMuch;
use super::options::{Arguments, Usage, lines};
use super::sed_script::{Action, Address, Command, Part, Reader, Substitution};
use crate::files::FileError;
use crate::share::{Pace, Patience, Share};
use crate::stream::{Closed, Input};
use crate::tool::{Context, ExitCode};

const SED: Usage = Usage {
    name: "sed",
    flags: "n/quiet /silent e/expression= f/file= E/regexp-extended r i/in-place? s/separate u/unbuffered",
    help: "Usage: sed [OPTION]... SCRIPT [FILE]...\nEdit lines by a script.\n\n  -E  extended regular expressions   -e SCRIPT  (again and again)\n  -f FILE  the script in FILE        -i  edit files in place\n  -n  print only what p prints\n\nCommands: s/REGEX/TEXT/[gpIN] y/abc/xyz/ d p q = a i c\nAddresses: N  $  /REGEX/  FIRST~STEP  A,B  and ! after them.\n",
    wrong: 1,
};

/// The longest that a line may become.
const MAX_SPACE: usize = 2 * 1024 * 1024;

const TOO_LONG: &str = "pattern space too long: the limit is 2 MiB";

struct Editor<'a> {
    context: &'a Context,
    commands: Vec<Command>,
    quiet: bool,
    number: usize,
    quit: Option<ExitCode>,
}

/// Edits a stream of lines.
pub(super) async fn sed(context: Context) -> ExitCode {
    let mut arguments = match SED.read(&context).await {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let script = match script(&context, &mut arguments).await {
        Ok(script) => script,
        Err(code) => return code,
    };
    let extended = arguments.has("E") || arguments.has("r");
    let cost = script.len() * 128;
    let read = move || Reader::new(&script, extended).commands();
    let commands = match context.share.apart(cost, read).await {
        Ok(commands) => commands,
        Err(message) => {
            context.complain(format!("sed: -e expression #1: {message}")).await;
            return 1;
        }
    };
    let quiet = arguments.has("n") || arguments.has("silent");
    let mut editor = Editor { context: &context, commands, quiet, number: 0, quit: None };
    let mut code = 0;
    let files = arguments.files();
    for (index, file) in files.iter().enumerate() {
        let in_place = arguments.has("i") && file != "-";
        let input = match context.open(file) {
            Ok(input) => input,
            Err(error) => {
                context.complain(unopened(file, error, in_place)).await;
                code = 2;
                continue;
            }
        };
        let done = if in_place {
            editor.number = 0;
            editor.rewrite(file, input).await
        } else {
            editor.stream(input, index + 1 == files.len()).await
        };
        match done {
            Ok(()) => {}
            Err(Some(message)) => {
                context.complain(format!("sed: {message}")).await;
                return 4;
            }
            Err(None) => return 141,
        }
        if let Some(code) = editor.quit {
            return code;
        }
    }
    code
}

/// The script of `-e`, of the file of `-f`, or else the first operand.
async fn script(context: &Context, arguments: &mut Arguments) -> Result<String, ExitCode> {
    if let Some(file) = arguments.value("f") {
        return match context.contents(file).await {
            Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            Err(error) => {
                context.complain(format!("sed: couldn't open file {file}: {error}")).await;
                Err(1)
            }
        };
    }
    if arguments.has("e") {
        return Ok(arguments.values("e").join("\n"));
    }
    if arguments.operands.is_empty() {
        return Err(SED.refuse(context, "no script specified").await);
    }
    Ok(arguments.operands.remove(0))
}

/// What is said of a file that cannot be read.
fn unopened(file: &str, error: FileError, in_place: bool) -> String {
    match error {
        FileError::IsDirectory if in_place => {
            format!("sed: couldn't edit {file}: not a regular file")
        }
        FileError::IsDirectory => format!("sed: couldn't read {file}: {error}"),
        error => format!("sed: can't read {file}: {error}"),
    }
}

impl Editor<'_> {
    async fn stream(&mut self, mut input: Input, last_file: bool) -> Result<(), Option<String>> {
        // One line ahead, so that `$` is known.
        let mut next = input.read_line().await;
        while let Some(line) = next {
            next = if self.needs_end() { input.read_line().await } else { None };
            let last = last_file && next.is_none() && self.needs_end();
            let edited = self.edit(&line, last).await?;
            self.context.print(edited).await.map_err(|Closed| None)?;
            if self.quit.is_some() {
                return Ok(());
            }
            if !self.needs_end() {
                next = input.read_line().await;
            }
        }
        Ok(())
    }

    /// Whether any command asks for the last line; if none does, lines are not held back.
    fn needs_end(&self) -> bool {
        self.commands.iter().any(|command| {
            matches!(command.first, Some(Address::Last))
                || matches!(command.second, Some(Address::Last))
        })
    }

    async fn rewrite(&mut self, file: &str, mut input: Input) -> Result<(), Option<String>> {
        let all = input.read_to_end(crate::files::MAX_TOTAL_BYTES).await.unwrap_or_default();
        let mut edited = Vec::new();
        let mut pace = Pace::default();
        let mut rest = lines(&all).peekable();
        while let Some(line) = rest.next() {
            if self.quit.is_some() {
                edited.extend_from_slice(line);
                continue;
            }
            edited.extend(self.edit(line, rest.peek().is_none()).await?);
            if edited.len() > crate::files::MAX_TOTAL_BYTES {
                return Err(Some(format!("couldn't edit {file}: No space left on device")));
            }
            pace.spend(line.len() + 64).await;
        }
        let written = self.context.files.write(&self.context.path(file), edited);
        written.map_err(|error| Some(format!("couldn't edit {file}: {error}")))
    }

    /// What a line becomes, unless that is too much.
    async fn edit(&mut self, line: &[u8], last: bool) -> Result<Vec<u8>, Option<String>> {
        self.number += 1;
        let feed = line.ends_with(b"\n");
        let mut becomes = Becomes {
            space: line.strip_suffix(b"\n").unwrap_or(line).to_vec(),
            ..Becomes::default()
        };
        let (number, share) = (self.number, &self.context.share);
        let mut pace = Pace::default();
        for command in &mut self.commands {
            pace.spend(becomes.space.len()).await;
            let space = &mut becomes.space;
            let selected = command.selects(space, number, last, share).await;
            if !selected.map_err(|it| Some(it.to_string()))? {
                continue;
            }
            if becomes.is_too_long() {
                return Err(Some(TOO_LONG.to_owned()));
            }
            let goes_on = becomes.through(command, number, last, share, &mut self.quit).await;
            if !goes_on.map_err(|it| Some(it.to_string()))? {
                break;
            }
        }
        if becomes.is_too_long() {
            return Err(Some(TOO_LONG.to_owned()));
        }
        let Becomes { space, mut printed, mut after, deleted } = becomes;
        if !deleted && !self.quiet {
            printed.extend_from_slice(&space);
            if feed || !after.is_empty() {
                printed.push(b'\n');
            }
        }
        printed.append(&mut after);
        Ok(printed)
    }
}

/// What a line becomes on its way through the commands.
#[derive(Default)]
struct Becomes {
    space: Vec<u8>,
    printed: Vec<u8>,
    after: Vec<u8>,
    deleted: bool,
}

impl Becomes {
    fn is_too_long(&self) -> bool {
        self.space.len().max(self.printed.len()).max(self.after.len()) > MAX_SPACE
    }

    /// Applies a command; false when it is the last for this line.
    async fn through(
        &mut self,
        command: &Command,
        number: usize,
        last: bool,
        share: &Share,
        quit: &mut Option<ExitCode>,
    ) -> Result<bool, TooMuch> {
        match &command.action {
            Action::Substitute(substitution) => self.substitute(substitution, share).await?,
            Action::Translate(pairs) => {
                let (space, pairs) =
                    (std::mem::take(&mut self.space), std::sync::Arc::clone(pairs));
                let cost = space.len();
                let change = move || {
                    let text = String::from_utf8_lossy(&space);
                    text.chars().map(|it| pairs.get(&it).copied().unwrap_or(it)).collect::<String>()
                };
                self.space = share.apart(cost, change).await.into();
            }
            Action::Delete => {
                self.deleted = true;
                return Ok(false);
            }
            Action::Print => self.print(),
            Action::Number => self.printed.extend_from_slice(format!("{number}\n").as_bytes()),
            Action::Append(text) => self.after.extend_from_slice(text.as_bytes()),
            Action::Insert(text) => self.printed.extend_from_slice(text.as_bytes()),
            Action::Change(text) => {
                if command.second.is_none() || !command.open || last {
                    self.printed.extend_from_slice(text.as_bytes());
                }
                self.deleted = true;
                return Ok(false);
            }
            Action::Quit(code) => {
                *quit = Some(*code);
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn substitute(&mut self, wanted: &Substitution, share: &Share) -> Result<(), TooMuch> {
        let own = wanted.clone();
        let work = move |regex: &Regex, space: &[u8]| substitute(regex, space, &own);
        let space = std::mem::take(&mut self.space);
        let (space, changed) = wanted.matcher.all(share, space, work).await?;
        let changed = changed?;
        let any = changed.is_some();
        self.space = changed.unwrap_or(space);
        if any && wanted.print {
            self.print();
        }
        Ok(())
    }

    fn print(&mut self) {
        self.printed.extend_from_slice(&self.space);
        self.printed.push(b'\n');
    }
}

impl Command {
    async fn selects(
        &mut self,
        space: &mut Vec<u8>,
        number: usize,
        last: bool,
        share: &Share,
    ) -> Result<bool, TooMuch> {
        let selected = match (&self.first, &self.second) {
            (None, _) => true,
            (Some(first), None) => first.holds(space, number, last, share).await?,
            (Some(_), Some(second)) if self.open => {
                self.open = match second {
                    Address::Line(line) => number < *line,
                    second => !second.holds(space, number, last, share).await?,
                };
                true
            }
            (Some(first), Some(second)) => {
                let starts = first.holds(space, number, last, share).await?;
                self.open = starts
                    && !matches!(second, Address::Line(line) if *line <= number)
                    && !(matches!(second, Address::Last) && last);
                starts
            }
        };
        Ok(selected != self.negate)
    }
}

impl Address {
    async fn holds(
        &self,
        space: &mut Vec<u8>,
        number: usize,
        last: bool,
        share: &Share,
    ) -> Result<bool, TooMuch> {
        Ok(match self {
            Self::Line(line) => *line == number,
            Self::Last => last,
            Self::Match(matcher) => {
                let text = std::mem::take(space);
                let found;
                (*space, found) = matcher.once(share, text, Regex::is_match).await?;
                found
            }
            Self::Step(first, 0) => *first == number,
            Self::Step(first, step) => number >= *first && (number - first).is_multiple_of(*step),
        })
    }
}

/// What a text becomes, if anything in it is to be replaced.
fn substitute(
    regex: &Regex,
    space: &[u8],
    wanted: &Substitution,
) -> Result<Option<Vec<u8>>, TooMuch> {
    let patience = Patience::new();
    let mut changed = Vec::new();
    let mut at = 0;
    let mut any = false;
    for (index, groups) in regex.captures_iter(space).enumerate() {
        if index % 256 == 255 && patience.is_over() {
            return Err(TooMuch);
        }
        if index + 1 < wanted.nth {
            continue;
        }
        let Some(whole) = groups.get(0) else { continue };
        changed.extend_from_slice(&space[at..whole.start()]);
        for part in wanted.replacement.iter() {
            match part {
                Part::Text(text) => changed.extend_from_slice(text),
                Part::Group(number) => {
                    changed.extend_from_slice(groups.get(*number).map_or(b"", |it| it.as_bytes()));
                }
            }
        }
        at = whole.end();
        any = true;
        // What is too long already is refused with the next command, or at the end.
        if !wanted.global || changed.len() > MAX_SPACE {
            break;
        }
    }
    changed.extend_from_slice(&space[at..]);
    Ok(any.then_some(changed))
}
