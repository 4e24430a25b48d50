//! What is typed into a shell for the reader, and when: a block's commands, each when the one before has ended well.
//!
//! ```text
//! Run ─► queue ─► typed at a prompt ─► begun (C) ─► ended (D) ─► the next, or what was left out and why
//! ```
//!
//! **Invariant:** nothing is typed while a command runs, nothing that follows a command that failed, and what the
//! server replays of the past never counts as happening now.
//!
//! **Deliberately absent:** the terminal, the socket and the page, which do what a [`Step`] says.

use std::collections::VecDeque;

use super::commands::{self, Command};
use super::marks::{Mark, Scanner};

/// A command of a block on its way into a shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// The block's id.
    pub block: String,
    /// Its first line in the block, from 0.
    pub line: usize,
    /// What is typed.
    pub text: String,
    /// Whether it is there to fail.
    pub fails: bool,
}

impl Job {
    /// Whether what follows this command is left out when it ends so. Ctrl-C is always meant.
    pub fn stops_after(&self, outcome: Outcome) -> bool {
        match outcome {
            Outcome::Code(0) => false,
            Outcome::Code(code) => !self.fails || code == 130,
            Outcome::Unseen => true,
        }
    }
}

/// The commands of the block with this id; `fails` holds the numbers, from 1, of those that are there to fail.
pub fn jobs(block: &str, text: &str, fails: &str) -> Vec<Job> {
    let fails: Vec<usize> = fails.split(' ').filter_map(|number| number.parse().ok()).collect();
    let job = |(number, command): (usize, Command)| Job {
        block: block.to_owned(),
        line: command.lines.start,
        text: command.text,
        fails: fails.contains(&number),
    };
    (1..).zip(commands::split(text)).map(job).collect()
}

/// How a command came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// With this code.
    Code(i32),
    /// Nobody saw it: the line was cut, or the shell has gone.
    Unseen,
}

/// What is to be done now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// The shell is at its prompt: ask for the next command once the prompt has been drawn.
    Later,
    /// Some command has ended, whoever typed it.
    Happened,
    /// A block's command has ended, and so these are not typed any more: none if it ended well.
    Ended(Job, Outcome, Vec<Job>),
    /// These, in order, are not typed any more.
    LeftOut(Vec<Job>),
}

/// What the shell is doing, as far as its marks say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Shell {
    /// It has not said anything yet.
    #[default]
    Unknown,
    /// It waits for a command.
    Prompt,
    /// It runs one.
    Busy,
}

/// Types the commands of blocks into one shell.
#[derive(Debug, Default)]
pub struct Typist {
    scanner: Scanner,
    shell: Shell,
    queue: VecDeque<Job>,
    running: Option<Job>,
    /// Whether the shell has said that it runs the running command.
    begun: bool,
    connected: bool,
    /// How many bytes are still to come that have happened before.
    replay: u64,
    /// The last code that the replay tells.
    past: Option<i32>,
}

impl Typist {
    /// Takes commands; `false` when the block is on its way already.
    pub fn take(&mut self, jobs: &[Job]) -> bool {
        let same = |one: &Job| jobs.first().is_some_and(|first| first.block == one.block);
        if self.running.as_ref().is_some_and(same) || self.queue.iter().any(same) {
            return false;
        }
        self.queue.extend(jobs.iter().cloned());
        true
    }

    /// Whether something waits to be typed.
    pub fn is_waiting(&self) -> bool {
        !self.queue.is_empty()
    }

    /// Whether something waits that nothing of its own stands before.
    pub fn is_about_to_begin(&self) -> bool {
        self.is_waiting() && self.running.is_none()
    }

    /// The line is there; so many bytes come first that are the past.
    pub fn connected(&mut self, replay: u64) -> Vec<Step> {
        *self = Self {
            queue: std::mem::take(&mut self.queue),
            running: self.running.take(),
            begun: self.begun,
            connected: true,
            replay,
            ..Self::default()
        };
        if replay == 0 { self.settle() } else { Vec::new() }
    }

    /// The line is cut. What waits goes on waiting.
    pub fn cut(&mut self) {
        self.connected = false;
    }

    /// The shell has gone, and will not come back.
    pub fn gone(&mut self) -> Vec<Step> {
        self.connected = false;
        match self.running.take() {
            Some(job) => self.finish(job, Outcome::Unseen),
            None => self.leave_out(),
        }
    }

    /// Forgets what waits.
    pub fn leave_out(&mut self) -> Vec<Step> {
        let left: Vec<_> = self.queue.drain(..).collect();
        if left.is_empty() { Vec::new() } else { vec![Step::LeftOut(left)] }
    }

    /// The command to type now, if it is time for one.
    pub fn turn(&mut self) -> Option<Job> {
        let free = self.connected && self.replay == 0 && self.shell != Shell::Busy;
        if !free || self.running.is_some() {
            return None;
        }
        self.running = self.queue.pop_front();
        self.begun = false;
        self.running.clone()
    }

    /// Follows what the shell shows.
    pub fn read(&mut self, bytes: &[u8]) -> Vec<Step> {
        let past = usize::try_from(self.replay).unwrap_or(usize::MAX).min(bytes.len());
        let (past, live) = bytes.split_at(past);
        let mut steps = Vec::new();
        if !past.is_empty() {
            for mark in self.scanner.scan(past) {
                self.remember(mark);
            }
            self.replay -= past.len() as u64;
            if self.replay == 0 {
                steps = self.settle();
            }
        }
        for mark in self.scanner.scan(live) {
            steps.extend(self.follow(mark));
        }
        steps
    }

    /// A mark of the past only says where the shell stands now.
    fn remember(&mut self, mark: Mark) {
        match mark {
            Mark::Prompt => {}
            Mark::Input => self.shell = Shell::Prompt,
            Mark::Started => {
                self.shell = Shell::Busy;
                self.past = None;
            }
            Mark::Ended(code) => {
                self.shell = Shell::Unknown;
                self.past = code.or(self.past);
            }
        }
    }

    /// After the past: what has become of the command that ran when the line was cut.
    fn settle(&mut self) -> Vec<Step> {
        if self.shell == Shell::Busy {
            self.begun |= self.running.is_some();
            return Vec::new();
        }
        match (self.running.take(), self.past.filter(|_| self.begun)) {
            (Some(job), Some(code)) => self.finish(job, Outcome::Code(code)),
            (Some(job), None) => self.finish(job, Outcome::Unseen),
            (None, _) if self.shell == Shell::Prompt => vec![Step::Later],
            (None, _) => Vec::new(),
        }
    }

    fn follow(&mut self, mark: Mark) -> Vec<Step> {
        match mark {
            Mark::Prompt => Vec::new(),
            Mark::Input => {
                self.shell = Shell::Prompt;
                vec![Step::Later]
            }
            Mark::Started => {
                self.shell = Shell::Busy;
                self.begun = self.running.is_some();
                Vec::new()
            }
            Mark::Ended(code) => {
                self.shell = Shell::Unknown;
                let mut steps = vec![Step::Happened];
                if let Some(job) = self.running.take_if(|_| self.begun) {
                    steps.extend(self.finish(job, Outcome::Code(code.unwrap_or(0))));
                }
                steps
            }
        }
    }

    fn finish(&mut self, job: Job, outcome: Outcome) -> Vec<Step> {
        self.begun = false;
        if job.stops_after(outcome) {
            return vec![Step::Ended(job, outcome, self.queue.drain(..).collect())];
        }
        let ended = Step::Ended(job, outcome, Vec::new());
        if self.shell == Shell::Prompt { vec![ended, Step::Later] } else { vec![ended] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROMPT: &[u8] = b"\x1b]133;A\x07ada ~ $ \x1b]133;B\x07";
    const STARTED: &[u8] = b"\x1b]133;C;cmdline_url=ls\x07";

    fn ended(code: i32) -> Vec<u8> {
        format!("\x1b]133;D;{code}\x07").into_bytes()
    }

    fn job(block: &str, line: usize) -> Job {
        Job { block: block.to_owned(), line, text: format!("command {line}"), fails: false }
    }

    fn block(name: &str) -> Vec<Job> {
        (0..3).map(|line| job(name, line)).collect()
    }

    /// At the prompt of a shell, with a block of three commands waiting.
    fn typist() -> Typist {
        let mut typist = Typist::default();
        assert!(typist.take(&block("a")));
        assert_eq!(typist.connected(0), []);
        assert_eq!(typist.read(PROMPT), [Step::Later]);
        typist
    }

    /// The same, with the first command running.
    fn running() -> Typist {
        let mut typist = typist();
        assert_eq!(typist.turn(), Some(job("a", 0)));
        assert_eq!(typist.read(STARTED), []);
        typist
    }

    #[test]
    fn a_command_is_typed_when_the_one_before_has_ended_well() {
        let mut typist = running();

        assert_eq!(typist.turn(), None);
        let steps = typist.read(&[&ended(0), PROMPT].concat());

        assert_eq!(
            steps,
            [Step::Happened, Step::Ended(job("a", 0), Outcome::Code(0), vec![]), Step::Later]
        );
        assert_eq!(typist.turn(), Some(job("a", 1)));
    }

    #[test]
    fn what_follows_a_command_that_failed_is_left_out() {
        let mut typist = running();
        assert!(typist.take(&[job("b", 0)]));

        let steps = typist.read(&[&ended(1), PROMPT].concat());

        let left = vec![job("a", 1), job("a", 2), job("b", 0)];
        let failed = Step::Ended(job("a", 0), Outcome::Code(1), left);
        assert_eq!(steps, [Step::Happened, failed, Step::Later]);
        assert_eq!(typist.turn(), None);
    }

    #[test]
    fn a_command_that_is_there_to_fail_stops_nothing_but_ctrl_c_does() {
        let jobs = jobs("a", "# two\nls /nowhere\nls", "1");
        let found: Vec<_> = jobs.iter().map(|job| (job.line, job.fails)).collect();
        assert_eq!(found, [(1, true), (2, false)]);
        let mut typist = Typist::default();
        typist.connected(0);
        assert!(typist.take(&jobs));
        assert_eq!(typist.turn().as_ref(), Some(&jobs[0]));

        typist.read(&[STARTED, &ended(2), PROMPT].concat());

        assert_eq!(typist.turn().as_ref(), Some(&jobs[1]));
        assert!(jobs[0].stops_after(Outcome::Code(130)));
    }

    #[test]
    fn a_block_that_is_on_its_way_is_not_taken_twice() {
        let mut typist = running();

        assert!(!typist.take(&block("a")));
        assert!(typist.take(&block("b")));
    }

    #[test]
    fn a_command_of_the_readers_own_is_waited_for_and_ends_no_block() {
        let mut typist = Typist::default();
        typist.connected(0);
        typist.read(&[PROMPT, STARTED].concat());
        assert!(typist.take(&block("a")));

        assert_eq!(typist.turn(), None);
        assert_eq!(typist.read(&[&ended(1), PROMPT].concat()), [Step::Happened, Step::Later]);
        assert_eq!(typist.turn(), Some(job("a", 0)));
        // An empty line that was entered just before.
        assert_eq!(typist.read(b"\x1b]133;D\x07"), [Step::Happened]);
    }

    #[test]
    fn the_past_types_nothing_and_ends_nothing() {
        let mut typist = running();
        typist.cut();
        let past = [PROMPT, STARTED, &ended(0), PROMPT, STARTED].concat();

        assert_eq!(typist.connected(past.len() as u64), []);
        for chunk in past.chunks(7) {
            assert_eq!(typist.read(chunk), []);
        }

        assert_eq!(typist.turn(), None);
        let steps = typist.read(&ended(0));
        assert_eq!(steps, [Step::Happened, Step::Ended(job("a", 0), Outcome::Code(0), vec![])]);
    }

    #[test]
    fn a_command_that_ended_while_the_line_was_cut_is_known_from_the_past() {
        let mut typist = running();
        typist.cut();
        let past = [PROMPT, STARTED, &ended(0), PROMPT].concat();

        typist.connected(past.len() as u64);
        let steps = typist.read(&past);

        assert_eq!(steps, [Step::Ended(job("a", 0), Outcome::Code(0), vec![]), Step::Later]);
    }

    #[test]
    fn a_command_of_which_nobody_knows_whether_it_was_typed_is_not_typed_again() {
        let mut typist = typist();
        assert_eq!(typist.turn(), Some(job("a", 0)));
        typist.cut();

        typist.connected(PROMPT.len() as u64);
        let steps = typist.read(PROMPT);

        let left = vec![job("a", 1), job("a", 2)];
        assert_eq!(steps, [Step::Ended(job("a", 0), Outcome::Unseen, left)]);
    }

    #[test]
    fn a_mark_that_begins_in_the_past_and_ends_now_counts_as_now() {
        let mut typist = Typist::default();
        assert!(typist.take(&block("a")));
        let (past, live) = PROMPT.split_at(PROMPT.len() - 3);

        typist.connected(past.len() as u64);

        assert_eq!(typist.read(past), []);
        assert_eq!(typist.read(live), [Step::Later]);
    }

    #[test]
    fn what_waits_for_a_shell_that_goes_is_left_out() {
        let mut typist = running();

        let steps = typist.gone();

        let left = vec![job("a", 1), job("a", 2)];
        assert_eq!(steps, [Step::Ended(job("a", 0), Outcome::Unseen, left)]);
        assert_eq!(typist.gone(), []);
    }
}
