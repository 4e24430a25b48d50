//! Background jobs: `&`, `jobs`, `wait`, `fg`, `kill %1`.

use brush_parser::ast::AndOrList;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{Shell, Step, Streams};
use crate::stream::Input;
use crate::tool::ExitCode;

/// How many jobs may run in the background at a time.
const MAX_JOBS: usize = 32;

/// A command in the background.
#[derive(Clone)]
pub(crate) struct Job {
    pub(crate) number: usize,
    pub(crate) pid: u32,
    pub(crate) text: String,
    pub(crate) done: watch::Receiver<Option<ExitCode>>,
    pub(crate) kill: CancellationToken,
}

/// The jobs of one shell.
#[derive(Default)]
pub(crate) struct Jobs {
    pub(crate) list: Vec<Job>,
}

impl Jobs {
    /// The job that `%1`, `%%`, `%+` or a process id names.
    pub(crate) fn find(&self, name: &str) -> Option<Job> {
        match name.strip_prefix('%') {
            Some("" | "%" | "+") => self.list.last().cloned(),
            Some("-") => self.list.iter().rev().nth(1).cloned(),
            Some(number) => {
                let number: usize = number.parse().ok()?;
                self.list.iter().find(|job| job.number == number).cloned()
            }
            None => {
                let pid: u32 = name.parse().ok()?;
                self.list.iter().find(|job| job.pid == pid).cloned()
            }
        }
    }

    /// Takes the jobs that have ended.
    pub(crate) fn take_done(&mut self) -> Vec<Job> {
        let (done, running) = self.list.drain(..).partition(|job| job.done.borrow().is_some());
        self.list = running;
        done
    }

    /// Ends all jobs.
    pub(crate) fn kill_all(&mut self) {
        for job in self.list.drain(..) {
            job.kill.cancel();
        }
    }
}

impl Job {
    /// A line as `jobs` prints it.
    pub(crate) fn line(&self, current: bool) -> String {
        let state = match *self.done.borrow() {
            None => "Running".to_owned(),
            Some(0) => "Done".to_owned(),
            Some(143) => "Terminated".to_owned(),
            Some(code) => format!("Exit {code}"),
        };
        let mark = if current { '+' } else { ' ' };
        let end = if self.done.borrow().is_none() { " &" } else { "" };
        format!("[{}]{mark}  {state:<24}{}{end}\n", self.number, self.text)
    }

    /// Waits until the job has ended.
    pub(crate) async fn wait(&mut self) -> ExitCode {
        match self.done.wait_for(Option::is_some).await {
            Ok(code) => code.unwrap_or(0),
            Err(_) => 143,
        }
    }
}

impl Shell {
    /// Starts a list in the background.
    pub(super) async fn start_job(&mut self, list: &AndOrList, streams: &Streams) -> Step {
        let full = {
            let mut jobs = self.jobs();
            if !self.interactive {
                jobs.list.retain(|job| job.done.borrow().is_none());
            }
            jobs.list.len() >= MAX_JOBS
        };
        let Some(mut shell) = (!full).then(|| self.fork()).flatten() else {
            return Err(self.no_fork(streams).await);
        };
        // A job survives Ctrl-C; it ends with the session or by `kill`.
        let kill = CancellationToken::new();
        shell.cancelled = kill.clone();
        shell.jobs = std::sync::Arc::default();
        shell.pid = self.lab.pid();
        let (finished, done) = watch::channel(None);
        let number = self.jobs().list.last().map_or(1, |job| job.number + 1);
        let pid = shell.pid;
        let text: String = list.to_string().chars().take(200).collect();
        let job = Job { number, pid, text, done, kill: kill.clone() };
        self.jobs().list.push(job);
        self.last_background = Some(pid);
        let streams = Streams { stdin: Input::empty(), ..streams.clone() };
        if self.interactive {
            let _ = streams.stderr.write(format!("[{number}] {pid}\n")).await;
        }
        let list = list.clone();
        tokio::spawn(async move {
            let run = async {
                let step = shell.and_or(&list, &streams).await;
                shell.leave(step, &streams).await
            };
            let code = tokio::select! {
                biased;
                () = kill.cancelled() => 143,
                code = run => code,
            };
            shell.jobs().kill_all();
            finished.send_replace(Some(code));
        });
        Ok(0)
    }
}
