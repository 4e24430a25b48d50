//! Programs, lists and pipelines.

use brush_parser::ast::{
    AndOr, AndOrList, Command, CompoundList, Pipeline, Program, SeparatorOperator,
};
use futures::future::BoxFuture;

use super::memory::Function;
use super::parse::{Parsed, Reader, TREE};
use super::{Flow, Shell, Step, Streams, Value};
use crate::stream::pipe;
use crate::tool::ExitCode;

impl Shell {
    /// Runs a script to its end, as `bash -c` does, with its EXIT trap.
    pub(crate) async fn run_text(&mut self, text: &str, streams: &Streams) -> ExitCode {
        let step = self.run_lines(text, streams).await;
        self.leave(step, streams).await
    }

    /// Ends a shell: runs the EXIT trap and settles the exit code.
    pub(crate) async fn leave(&mut self, step: Step, streams: &Streams) -> ExitCode {
        let mut code = step.unwrap_or_else(Flow::code);
        self.status = code;
        if let Some(trap) = self.traps.remove("EXIT")
            && let Err(Flow::Exit(other)) = Box::pin(self.run_lines(&trap, streams)).await
        {
            code = other;
        }
        code
    }

    /// Runs text command by command; a mistake in one does not undo those before it.
    pub(crate) async fn run_lines(&mut self, text: &str, streams: &Streams) -> Step {
        let mut reader = Reader::new(text);
        let mut line = 1;
        let mut code = 0;
        let share = self.lab.share.clone();
        while let Some((taken, parsed)) = reader.next(&share).await {
            let message = match parsed {
                Parsed::Complete(program, tokens) => {
                    // What runs at the same time is counted together.
                    let Some(_held) = share.hold(tokens * TREE) else {
                        self.complain(streams, "Cannot allocate memory").await;
                        return Err(Flow::Fail(254));
                    };
                    if !program.complete_commands.is_empty() {
                        code = self.program(&program, streams).await?;
                    }
                    line += taken.matches('\n').count();
                    continue;
                }
                Parsed::Incomplete(missing) => missing.message(),
                Parsed::Wrong(message) => message,
            };
            let _ = streams.stderr.write(format!("{}: line {line}: {message}\n", self.name)).await;
            self.status = 2;
            return Err(Flow::Fail(2));
        }
        Ok(code)
    }

    /// Runs parsed commands.
    pub(crate) async fn program(&mut self, program: &Program, streams: &Streams) -> Step {
        let mut code = 0;
        for list in &program.complete_commands {
            code = self.list(list, streams).await?;
        }
        Ok(code)
    }

    /// Runs commands that are separated by `;` and `&`.
    pub(super) fn list<'a>(
        &'a mut self,
        list: &'a CompoundList,
        streams: &'a Streams,
    ) -> BoxFuture<'a, Step> {
        Box::pin(async move {
            let mut code = 0;
            for item in &list.0 {
                code = match item.1 {
                    SeparatorOperator::Async => self.start_job(&item.0, streams).await?,
                    SeparatorOperator::Sequence => self.and_or(&item.0, streams).await?,
                };
                self.status = code;
            }
            Ok(code)
        })
    }

    /// Runs pipelines that are joined by `&&` and `||`.
    pub(super) async fn and_or(&mut self, list: &AndOrList, streams: &Streams) -> Step {
        let count = list.additional.len();
        let mut code = self.question(count > 0, &list.first, streams).await?;
        for (index, next) in list.additional.iter().enumerate() {
            let (wanted, pipeline) = match next {
                AndOr::And(pipeline) => (code == 0, pipeline),
                AndOr::Or(pipeline) => (code != 0, pipeline),
            };
            if wanted {
                self.status = code;
                code = self.question(index + 1 < count, pipeline, streams).await?;
            }
        }
        Ok(code)
    }

    /// Runs a pipeline whose failure ends a shell under `set -e`, unless it is a question.
    async fn question(&mut self, asking: bool, pipeline: &Pipeline, streams: &Streams) -> Step {
        let asking = asking || pipeline.bang;
        self.asking += usize::from(asking);
        let step = self.pipeline(pipeline, streams).await;
        self.asking -= usize::from(asking);
        let code = step?;
        self.status = code;
        if code != 0 && !asking && self.asking == 0 && self.options.errexit {
            return Err(Flow::Exit(code));
        }
        Ok(code)
    }

    async fn pipeline(&mut self, pipeline: &Pipeline, streams: &Streams) -> Step {
        let started = tokio::time::Instant::now();
        let step = match pipeline.seq.as_slice() {
            [] => Ok(0),
            [only] => self.command(only, streams).await,
            stages => self.stages(stages, streams).await,
        };
        if pipeline.timed.is_some() {
            let seconds = started.elapsed().as_secs_f64();
            let minutes = (seconds / 60.0).floor();
            let real = format!("{minutes}m{:.3}s", seconds - minutes * 60.0);
            let report = format!("\nreal\t{real}\nuser\t0m0.000s\nsys\t0m0.000s\n");
            let _ = streams.stderr.write(report).await;
        }
        match step {
            Ok(code) if pipeline.bang => Ok(u8::from(code == 0)),
            other => other,
        }
    }

    /// Runs the commands of a pipe side by side, each in a subshell.
    async fn stages(&mut self, stages: &[Command], streams: &Streams) -> Step {
        let mut running = Vec::new();
        let mut stdin = Some(streams.stdin.clone());
        for (index, stage) in stages.iter().enumerate() {
            let Some(mut shell) = self.fork() else { return Err(self.no_fork(streams).await) };
            let mut own = streams.clone();
            if let Some(stdin) = stdin.take() {
                own.stdin = stdin;
            }
            if index + 1 < stages.len() {
                let (output, input) = pipe();
                own.stdout = output;
                stdin = Some(input);
            }
            running.push(Box::pin(async move {
                let step = shell.command(stage, &own).await;
                shell.leave(step, &own).await
            }));
        }
        let codes = futures::future::join_all(running).await;
        let statuses = (0..).zip(codes.iter().map(ToString::to_string)).collect();
        // A lab that is full does without it.
        let _ = self.set("PIPESTATUS", Value::Array(statuses));
        let last = codes.last().copied().unwrap_or(0);
        if self.options.pipefail {
            return Ok(codes.iter().rev().copied().find(|&code| code != 0).unwrap_or(0));
        }
        Ok(last)
    }

    /// Runs one command of any kind.
    pub(super) fn command<'a>(
        &'a mut self,
        command: &'a Command,
        streams: &'a Streams,
    ) -> BoxFuture<'a, Step> {
        Box::pin(async move {
            match command {
                Command::Simple(simple) => self.simple(simple, streams).await,
                Command::Compound(compound, redirects) => {
                    let redirects = redirects.as_ref().map(|it| it.0.as_slice());
                    self.compound(compound, redirects.unwrap_or_default(), streams).await
                }
                Command::Function(function) => {
                    let name = function.fname.value.clone();
                    let room = self.functions.len() < 1_000;
                    let kept = room.then(|| Function::new(&function.body, &self.lab.meter));
                    let Some(kept) = kept.flatten() else {
                        self.complain(streams, format!("{name}: too many functions")).await;
                        return Ok(1);
                    };
                    self.functions.insert(name, kept);
                    Ok(0)
                }
                Command::ExtendedTest(test, redirects) => {
                    let redirects = redirects.as_ref().map(|it| it.0.as_slice());
                    match self.redirect(redirects.unwrap_or_default(), streams).await? {
                        Ok(streams) => self.extended_test(&test.expr, &streams).await,
                        Err(code) => Ok(code),
                    }
                }
            }
        })
    }
}

impl Flow {
    /// The exit code that a shell ends with.
    pub(crate) fn code(self) -> ExitCode {
        match self {
            Self::Exit(code) | Self::Fail(code) | Self::Return(code) => code,
            Self::Break(_) | Self::Continue(_) => 0,
        }
    }
}
