//! Simple commands: assignments, aliases, redirections, and what the first word names.

use std::sync::Arc;

use brush_parser::ast::{
    Assignment, AssignmentName, CommandPrefixOrSuffixItem as Item, CompoundCommand, CompoundList,
    FunctionBody, IoRedirect, ProcessSubstitutionKind, SimpleCommand, Word,
};
use futures::FutureExt;

use super::builtins::{self, text::quote};
use super::fields::{MAX_FIELDS_BYTES, bytes};
use super::memory::{Function, Variable};
use super::{Flow, Lab, MAX_DEPTH, Shell, Step, Streams, parse};
use crate::files::FileError;
use crate::stream::Output;
use crate::tool::{Context, ExitCode, Tool};
use crate::tools;

/// A simple command's parts, before expansion.
#[derive(Default)]
struct Parts<'a> {
    assignments: Vec<&'a Assignment>,
    redirects: Vec<IoRedirect>,
    words: Vec<Argument<'a>>,
}

/// A word of a command: of `export x=…`, an assignment.
enum Argument<'a> {
    Word(&'a Word),
    Assignment(&'a Assignment, &'a Word),
    /// `<(…)`: becomes the name of a file with what the command prints.
    Process(&'a CompoundList),
}

/// The files that `<(…)` made for a command; they go when it has ended.
struct Passed {
    lab: Arc<Lab>,
    paths: Vec<String>,
}

impl Passed {
    fn new(lab: &Arc<Lab>) -> Self {
        Self { lab: Arc::clone(lab), paths: Vec::new() }
    }

    fn keep(&mut self, bytes: Vec<u8>) -> Result<String, FileError> {
        let path = format!("/tmp/.process-{}", self.lab.pid());
        self.lab.files.write(&path, bytes)?;
        self.paths.push(path.clone());
        Ok(path)
    }
}

impl Drop for Passed {
    fn drop(&mut self) {
        for path in &self.paths {
            // The command may have removed it itself.
            let _ = self.lab.files.remove(path, false);
        }
    }
}

impl Shell {
    /// Runs a simple command.
    pub(super) async fn simple(&mut self, command: &SimpleCommand, streams: &Streams) -> Step {
        let command = self.expand_alias(command);
        let Some(parts) = parts(&command) else {
            self.complain(streams, ">(…) is not available here").await;
            return Ok(1);
        };
        self.substituted = None;
        let mut passed = Passed::new(&self.lab);
        let words = self.arguments(&parts.words, &mut passed, streams).await?;
        // What a command is given counts for as long as it runs.
        let Some(_held) = self.lab.meter.hold(bytes(&words)) else {
            return Err(self.too_long(streams).await);
        };
        let streams = match self.redirect(&parts.redirects, streams).await? {
            Ok(streams) => streams,
            Err(code) => return Ok(code),
        };
        if words.is_empty() {
            for assignment in &parts.assignments {
                self.assign(assignment, &streams).await?;
            }
            self.trace(&parts.assignments, &words, &streams).await;
            return Ok(self.substituted.take().unwrap_or(0));
        }
        self.trace(&parts.assignments, &words, &streams).await;
        let mut hidden = Vec::new();
        for assignment in &parts.assignments {
            if let AssignmentName::VariableName(name) = &assignment.name {
                hidden.push((name.clone(), self.variables.get(name).cloned()));
                self.assign(assignment, &streams).await?;
                if let Some(variable) = self.variables.get_mut(name) {
                    variable.exported = true;
                }
            }
        }
        let step = self.dispatch(words, &streams).await;
        for (name, old) in hidden {
            self.restore(name, old);
        }
        let failed = streams.stdout.take_error().or_else(|| streams.stderr.take_error());
        match failed {
            Some(error) => {
                self.complain(&streams, format!("write error: {error}")).await;
                Ok(1)
            }
            None => step,
        }
    }

    /// The words of a command, within the limit of a command line.
    async fn arguments(
        &mut self,
        arguments: &[Argument<'_>],
        passed: &mut Passed,
        streams: &Streams,
    ) -> Result<Vec<String>, Flow> {
        let mut words = Vec::new();
        let mut total = 0;
        for argument in arguments {
            let more = match argument {
                Argument::Word(word) => self.fields(std::slice::from_ref(*word), streams).await?,
                Argument::Assignment(assignment, word) => {
                    self.argument(assignment, word, streams).await?
                }
                Argument::Process(command) => {
                    let bytes = self.process(command, streams).await?;
                    match passed.keep(bytes) {
                        Ok(path) => vec![path],
                        Err(error) => {
                            self.complain(streams, format!("<(…): {error}")).await;
                            return Err(Flow::Fail(1));
                        }
                    }
                }
            };
            total += bytes(&more);
            if total > MAX_FIELDS_BYTES {
                return Err(self.too_long(streams).await);
            }
            words.extend(more);
        }
        Ok(words)
    }

    /// Says that a command line has become too long.
    pub(crate) async fn too_long(&self, streams: &Streams) -> Flow {
        self.complain(streams, "Argument list too long: the limit is 4 MiB").await;
        Flow::Fail(126)
    }

    /// Finds and runs what the first word names.
    pub(crate) async fn dispatch(&mut self, words: Vec<String>, streams: &Streams) -> Step {
        self.tick().await;
        if self.cancelled.is_cancelled() {
            return Err(Flow::Exit(130));
        }
        let name = words[0].clone();
        if let Some(function) = self.functions.get(&name).cloned() {
            return self.call(&function, words, streams).await;
        }
        self.dispatch_plain(words, streams).await
    }

    /// Like `dispatch`, without functions: `command NAME`.
    pub(crate) async fn dispatch_plain(&mut self, words: Vec<String>, streams: &Streams) -> Step {
        let name = words[0].as_str();
        if let Some(builtin) = builtins::find(name) {
            return (builtin.run)(self, words, streams).await;
        }
        let base = ["/bin/", "/usr/bin/", "/usr/local/bin/"]
            .iter()
            .find_map(|prefix| name.strip_prefix(prefix))
            .unwrap_or(name);
        if let Some(tool) = tools::find(base) {
            let arguments = words[1..].to_vec();
            return Ok(self.run_tool(tool, arguments, streams).await);
        }
        if let Some(builtin) = (base != name).then(|| builtins::find(base)).flatten() {
            return (builtin.run)(self, words, streams).await;
        }
        if name.contains('/') {
            return Box::pin(self.run_file(words, streams)).await;
        }
        self.complain(streams, format!("{name}: command not found")).await;
        let _ = streams.stderr.write(tools::hint(name) + "\n").await;
        Ok(127)
    }

    /// Runs a tool; one that breaks is reported and ends nothing else.
    pub(crate) async fn run_tool(
        &mut self,
        tool: Tool,
        args: Vec<String>,
        streams: &Streams,
    ) -> ExitCode {
        let context = Context {
            args,
            variables: self.exported(),
            directory: self.directory.clone(),
            files: self.lab.files.clone(),
            stdin: streams.stdin.clone(),
            stdout: streams.stdout.clone(),
            stderr: streams.stderr.clone(),
            screen: self.screen.clone(),
            cluster: self.lab.cluster.clone(),
            clock: Arc::clone(&self.lab.clock),
            random: Arc::clone(&self.lab.random),
            cancelled: self.cancelled.child_token(),
            share: self.lab.share.clone(),
        };
        let running = std::panic::AssertUnwindSafe(async move { (tool.run)(context).await });
        if let Ok(code) = running.catch_unwind().await {
            code
        } else {
            tracing::error!(tool = tool.name, "A tool panicked");
            let name = tool.name;
            let _ = streams.stderr.write(format!("{name}: internal error\n")).await;
            70
        }
    }

    /// Runs a script file: `./script.sh`.
    async fn run_file(&mut self, words: Vec<String>, streams: &Streams) -> Step {
        let path = self.path(&words[0]);
        let contents = match self.lab.files.open(&path) {
            Ok(contents) => contents,
            Err(error) => {
                self.complain(streams, format!("{}: {error}", words[0])).await;
                return Ok(if error == crate::files::FileError::NotFound { 127 } else { 126 });
            }
        };
        let executable = self.lab.files.metadata(&path).is_ok_and(|it| it.mode & 0o111 != 0);
        if !executable {
            self.complain(streams, format!("{}: Permission denied", words[0])).await;
            return Ok(126);
        }
        let text = String::from_utf8_lossy(&contents).into_owned();
        self.run_script(&text, words, streams).await
    }

    /// Runs a script in a shell of its own, with `words` as `$0` and `$@`.
    pub(crate) async fn run_script(
        &mut self,
        text: &str,
        words: Vec<String>,
        streams: &Streams,
    ) -> Step {
        let Some(shell) = self.fork() else { return Err(self.no_fork(streams).await) };
        let mut words = words.into_iter();
        let mut shell = shell.afresh(words.next().unwrap_or_else(|| "bash".to_owned()));
        shell.positional = Arc::new(words.collect());
        let (text, streams) = (text.to_owned(), streams.clone());
        self.apart(move |_| {
            Box::pin(async move {
                let code = shell.run_text(&text, &streams).await;
                (shell, Ok(code))
            })
        })
        .await
    }

    /// Goes on in a task of its own, so that recursion does not grow this thread's stack.
    ///
    /// Of the shell that comes back, what a command may change is taken over.
    pub(crate) async fn apart(
        &mut self,
        run: impl FnOnce(Shell) -> futures::future::BoxFuture<'static, (Shell, Step)>,
    ) -> Step {
        let pid = self.pid;
        let task = tokio::spawn(run(self.clone()));
        match tokio_util::task::AbortOnDropHandle::new(task).await {
            Ok((shell, step)) => {
                // A script ran in a shell of its own: nothing of it comes back.
                if shell.pid == pid && shell.depth == self.depth {
                    *self = shell;
                }
                step
            }
            Err(_) => Err(Flow::Fail(70)),
        }
    }

    /// Calls a function.
    async fn call(
        &mut self,
        function: &Arc<Function>,
        words: Vec<String>,
        streams: &Streams,
    ) -> Step {
        if self.depth >= MAX_DEPTH {
            let message =
                format!("{}: maximum function nesting level exceeded ({MAX_DEPTH})", words[0]);
            self.complain(streams, message).await;
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            return Err(Flow::Fail(1));
        }
        let positional = std::mem::replace(&mut self.positional, Arc::new(words[1..].to_vec()));
        let loops = std::mem::take(&mut self.loops);
        self.depth += 1;
        self.scopes.push(std::collections::BTreeMap::new());
        let step = if self.depth < self.floor + 2 {
            let (body, redirects) = parts_of(&function.body);
            Box::pin(self.compound(body, redirects, streams)).await
        } else {
            let (function, streams) = (Arc::clone(function), streams.clone());
            self.apart(move |mut shell| {
                Box::pin(async move {
                    let (body, redirects) = parts_of(&function.body);
                    let step = shell.compound(body, redirects, &streams);
                    let step = step.await;
                    (shell, step)
                })
            })
            .await
        };
        for (name, old) in self.scopes.pop().unwrap_or_default() {
            self.restore(name, old);
        }
        self.depth -= 1;
        self.loops = loops;
        self.positional = positional;
        match step {
            Err(Flow::Return(code)) => Ok(code),
            other => other,
        }
    }

    fn restore(&mut self, name: String, old: Option<Variable>) {
        match old {
            Some(variable) => self.variables.insert(name, variable),
            None => self.variables.remove(&name),
        };
    }

    /// Replaces a first word that is an alias by the words it stands for.
    fn expand_alias<'a>(&self, command: &'a SimpleCommand) -> std::borrow::Cow<'a, SimpleCommand> {
        use std::borrow::Cow;
        let mut seen: Vec<String> = Vec::new();
        let mut command = Cow::Borrowed(command);
        while let Some(word) = &command.word_or_name
            && let Some(text) = self.aliases.get(&word.value)
            && !seen.contains(&word.value)
            && let parse::Parsed::Complete(program, _) = parse::parse(text)
            && let [list] = program.complete_commands.as_slice()
            && let [item] = list.0.as_slice()
            && let [brush_parser::ast::Command::Simple(alias)] = item.0.first.seq.as_slice()
        {
            seen.push(word.value.clone());
            let mut alias = alias.clone();
            let mut suffix = alias.suffix.take().map(|suffix| suffix.0).unwrap_or_default();
            suffix.extend(command.suffix.iter().flat_map(|suffix| suffix.0.iter().cloned()));
            alias.suffix = Some(brush_parser::ast::CommandSuffix(suffix));
            if alias.prefix.is_none() {
                alias.prefix.clone_from(&command.prefix);
            }
            command = Cow::Owned(alias);
        }
        command
    }

    async fn trace(&self, assignments: &[&Assignment], words: &[String], streams: &Streams) {
        if !self.options.xtrace {
            return;
        }
        let mut line = String::from("+");
        for assignment in assignments {
            line.push(' ');
            line.push_str(&assignment.to_string());
        }
        for word in words {
            line.push(' ');
            line.push_str(&quote(word));
        }
        line.push('\n');
        let stderr: &Output = &streams.stderr;
        let _ = stderr.write(line).await;
    }
}

fn parts_of(body: &FunctionBody) -> (&CompoundCommand, &[IoRedirect]) {
    (&body.0, body.1.as_ref().map(|list| list.0.as_slice()).unwrap_or_default())
}

fn parts(command: &SimpleCommand) -> Option<Parts<'_>> {
    let mut parts = Parts::default();
    let prefix = command.prefix.iter().flat_map(|prefix| prefix.0.iter());
    for item in prefix {
        match item {
            Item::AssignmentWord(assignment, _) => parts.assignments.push(assignment),
            Item::IoRedirect(redirect) => parts.redirects.push(redirect.clone()),
            Item::Word(word) => parts.words.push(Argument::Word(word)),
            Item::ProcessSubstitution(ProcessSubstitutionKind::Read, command) => {
                parts.words.push(Argument::Process(&command.list));
            }
            Item::ProcessSubstitution(ProcessSubstitutionKind::Write, _) => return None,
        }
    }
    parts.words.extend(command.word_or_name.as_ref().map(Argument::Word));
    for item in command.suffix.iter().flat_map(|suffix| suffix.0.iter()) {
        match item {
            Item::AssignmentWord(assignment, word) => {
                parts.words.push(Argument::Assignment(assignment, word));
            }
            Item::IoRedirect(redirect) => parts.redirects.push(redirect.clone()),
            Item::Word(word) => parts.words.push(Argument::Word(word)),
            Item::ProcessSubstitution(ProcessSubstitutionKind::Read, command) => {
                parts.words.push(Argument::Process(&command.list));
            }
            Item::ProcessSubstitution(ProcessSubstitutionKind::Write, _) => return None,
        }
    }
    Some(parts)
}
