//! Simple commands: assignments, aliases, redirections, and what the first word names.

use std::sync::Arc;

use brush_parser::ast::{
    Assignment, AssignmentName, AssignmentValue, CommandPrefixOrSuffixItem as Item,
    CompoundCommand, FunctionBody, IoRedirect, SimpleCommand, Word,
};
use futures::FutureExt;

use super::builtins::{self, text::quote};
use super::fields::{MAX_FIELDS_BYTES, bytes};
use super::memory::{Function, Variable};
use super::{Flow, MAX_DEPTH, Shell, Step, Streams, Value, parse};
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
}

impl Shell {
    /// Runs a simple command.
    pub(super) async fn simple(&mut self, command: &SimpleCommand, streams: &Streams) -> Step {
        let command = self.expand_alias(command);
        let Some(parts) = parts(&command) else {
            self.complain(streams, "process substitution is not available here").await;
            return Ok(1);
        };
        self.substituted = None;
        let words = self.arguments(&parts.words, streams).await?;
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

    /// One argument that looks like an assignment: of `export` and its like it is not split.
    async fn argument(
        &mut self,
        assignment: &Assignment,
        word: &Word,
        streams: &Streams,
    ) -> Result<Vec<String>, Flow> {
        match (&assignment.name, &assignment.value) {
            (AssignmentName::VariableName(name), AssignmentValue::Scalar(value)) => {
                let value = self.text(&value.value, streams).await?;
                let operator = if assignment.append { "+=" } else { "=" };
                Ok(vec![format!("{name}{operator}{value}")])
            }
            (AssignmentName::VariableName(name), AssignmentValue::Array(_)) => {
                self.assign(assignment, streams).await?;
                Ok(vec![name.clone()])
            }
            (AssignmentName::ArrayElementName(..), _) => {
                self.fields(std::slice::from_ref(word), streams).await
            }
        }
    }

    /// Does one assignment.
    async fn assign(&mut self, assignment: &Assignment, streams: &Streams) -> Result<(), Flow> {
        let result = match (&assignment.name, &assignment.value) {
            (AssignmentName::VariableName(name), AssignmentValue::Scalar(word)) => {
                let mut text = self.text(&word.value, streams).await?;
                if assignment.append {
                    text = self.get(name).unwrap_or_default() + &text;
                }
                if text.len() > super::expand::MAX_TEXT {
                    Err(format!("{name}: value too long: the limit is 1 MiB"))
                } else {
                    self.set(name, Value::Text(text))
                }
            }
            (AssignmentName::ArrayElementName(name, index), AssignmentValue::Scalar(word)) => {
                let index = self.number(index, streams).await?;
                let mut text = self.text(&word.value, streams).await?;
                if assignment.append {
                    text = self.element(name, index).unwrap_or_default() + &text;
                }
                self.set_element(name, index, text)
            }
            (AssignmentName::VariableName(name), AssignmentValue::Array(items)) => {
                self.assign_array(name, items, assignment.append, streams).await?
            }
            (AssignmentName::ArrayElementName(name, _), AssignmentValue::Array(_)) => {
                Err(format!("{name}: cannot assign list to array member"))
            }
        };
        match result {
            Ok(()) => Ok(()),
            Err(message) => {
                self.complain(streams, message).await;
                Err(Flow::Fail(1))
            }
        }
    }

    async fn assign_array(
        &mut self,
        name: &str,
        items: &[(Option<Word>, Word)],
        append: bool,
        streams: &Streams,
    ) -> Result<Result<(), String>, Flow> {
        let mut array = match self.variables.get(name).map(Variable::value) {
            Some(Value::Array(old)) if append => old.clone(),
            Some(Value::Text(old)) if append => [(0, old.clone())].into(),
            _ => std::collections::BTreeMap::new(),
        };
        let mut next = array.keys().next_back().map_or(0, |last| last + 1);
        let mut total = 0;
        for (index, word) in items {
            if total > MAX_FIELDS_BYTES {
                return Err(self.too_long(streams).await);
            }
            match index {
                Some(index) => {
                    next = self.number(&index.value, streams).await?;
                    let text = self.text(&word.value, streams).await?;
                    total += text.len();
                    array.insert(next, text);
                    next += 1;
                }
                None => {
                    let fields = self.fields(std::slice::from_ref(word), streams).await?;
                    total += bytes(&fields);
                    for field in fields {
                        array.insert(next, field);
                        next += 1;
                    }
                }
            }
        }
        Ok(self.set(name, Value::Array(array)))
    }

    /// Replaces a first word that is an alias by the words it stands for.
    fn expand_alias<'a>(&self, command: &'a SimpleCommand) -> std::borrow::Cow<'a, SimpleCommand> {
        use std::borrow::Cow;
        let mut seen: Vec<String> = Vec::new();
        let mut command = Cow::Borrowed(command);
        while let Some(word) = &command.word_or_name
            && let Some(text) = self.aliases.get(&word.value)
            && !seen.contains(&word.value)
            && let parse::Parsed::Complete(program) = parse::parse(text)
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
            Item::ProcessSubstitution(..) => return None,
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
            Item::ProcessSubstitution(..) => return None,
        }
    }
    Some(parts)
}
