//! A container that behaves: how it ends, and what runs in it meanwhile.

use std::sync::Mutex;
use std::sync::PoisonError;

use controllers::runtime::{Container, Exec, ExecError, Exit, Signal};
use futures::future::BoxFuture;
use tokio::sync::watch;

use super::network::Listening;

/// What a process does when it is asked to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OnTerminate {
    /// It ends with this code.
    Exit(i32),
}

/// What a program ends with that is killed.
const KILLED: i32 = 137;

/// Runs commands in a container.
pub(super) trait Commands: Send + Sync {
    /// Runs one.
    fn run(&self, exec: Exec) -> BoxFuture<'static, Result<i32, ExecError>>;
}

/// An image without any program but its own.
pub(super) struct NoPrograms;

impl Commands for NoPrograms {
    fn run(&self, exec: Exec) -> BoxFuture<'static, Result<i32, ExecError>> {
        let program = exec.command.first().cloned().unwrap_or_default();
        let place = if program.contains('/') { "no such file or directory" } else { "" };
        let reason = if place.is_empty() {
            format!("exec: \"{program}\": executable file not found in $PATH")
        } else {
            format!("exec: \"{program}\": stat {program}: {place}")
        };
        let message = format!(
            "failed to exec in container: failed to start exec: OCI runtime exec failed: exec \
             failed: unable to start container process: {reason}"
        );
        Box::pin(std::future::ready(Err(ExecError { message })))
    }
}

/// The container.
pub(super) struct Process {
    exit: watch::Sender<Option<Exit>>,
    on_terminate: OnTerminate,
    commands: Box<dyn Commands>,
    listening: Mutex<Option<Listening>>,
}

impl Process {
    /// A process that runs until it is told to end.
    pub(super) fn new(
        on_terminate: OnTerminate,
        commands: impl Commands + 'static,
        listening: Option<Listening>,
    ) -> Self {
        Self {
            exit: watch::Sender::new(None),
            on_terminate,
            commands: Box::new(commands),
            listening: Mutex::new(listening),
        }
    }

    /// Ends it, if it has not ended.
    pub(super) fn end(&self, code: i32) {
        self.listening.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.exit.send_if_modified(|exit| {
            let first = exit.is_none();
            exit.get_or_insert(Exit::code(code));
            first
        });
    }
}

impl Container for Process {
    fn exited(&self) -> BoxFuture<'static, Exit> {
        let mut exit = self.exit.subscribe();
        Box::pin(async move {
            match exit.wait_for(Option::is_some).await {
                Ok(exit) => (*exit).unwrap_or(Exit::code(KILLED)),
                // The process was dropped with its node.
                Err(_) => Exit::code(KILLED),
            }
        })
    }

    fn signal(&self, signal: Signal) {
        match (signal, self.on_terminate) {
            (Signal::Kill, _) => self.end(KILLED),
            (Signal::Terminate, OnTerminate::Exit(code)) => self.end(code),
        }
    }

    fn exec(&self, exec: Exec) -> BoxFuture<'static, Result<i32, ExecError>> {
        let (run, exited) = (self.commands.run(exec), self.exited());
        Box::pin(async move {
            tokio::select! {
                biased;
                result = run => result,
                // What runs beside the container's program is killed with it.
                _ = exited => Ok(KILLED),
            }
        })
    }
}
