//! Brings a lab to the start of an exercise, in place: what the learner made goes, what the exercise builds on is made.
//!
//! ```text
//! asked for ─► refused, with nothing changed │ noted ─► emptied ─► one solution after the other, each step told
//! ```
//!
//! **Invariant:** a lab is caught up once at a time, and what is told of it ends: done, or broken off with a reason.
//! It may die at any moment; asked for again, it begins anew and comes to the same end.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use curriculum::ExerciseId;
use tracing::info_span;
use wire::StepState;

use super::{Error, Labs};
use crate::causes::chain;
use crate::cluster::{self, LabNames, OwnObject, ScriptEnd};
use crate::tasks::Tasks;
use crate::told::{Broken, CatchingUp, Stage};
use crate::typing::{self, Command};

/// How long the commands of one exercise may take.
const PATIENCE: Duration = Duration::from_mins(2);
/// How long the shell may take to say that it is there.
const LOOK: Duration = Duration::from_secs(10);

/// How an exercise is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Solution {
    /// Which exercise.
    pub exercise: ExerciseId,
    /// What is typed.
    pub commands: Vec<Command>,
}

/// A catch-up that was asked for.
pub(super) struct CatchUp {
    learner: String,
    names: LabNames,
    solutions: Vec<Solution>,
}

impl Labs {
    /// What the learner has made in her two namespaces.
    pub async fn own_objects(&self, learner: &str) -> Result<Vec<OwnObject>, Error> {
        let names = self.ready(learner).await?;
        Ok(self.cluster.as_learner(&names).await?.own_objects().await?)
    }

    /// Whether something can be typed in the learner's lab.
    pub async fn has_shell(&self, learner: &str) -> Result<(), Error> {
        let names = self.ready(learner).await?;
        let outcome = self.cluster.run_script(&names, ":", LOOK).await?;
        let refused = match outcome.end {
            ScriptEnd::Well => return Ok(()),
            ScriptEnd::Failed => outcome.output,
            ScriptEnd::TimeUp => "it does not answer".to_owned(),
        };
        Err(cluster::Error::NoShell(refused).into())
    }

    /// Begins to clear the learner's namespaces, and to type each of `solutions` into the lab's shell. How it goes is told.
    ///
    /// Where it cannot be done it is refused before anything is changed.
    pub async fn catch_up(
        &self,
        learner: &str,
        exercise: &ExerciseId,
        solutions: Vec<Solution>,
    ) -> Result<(), Error> {
        let names = self.ready(learner).await?;
        if !solutions.is_empty() {
            self.has_shell(learner).await?;
        }
        let solved = solutions.iter().map(|one| Stage::Solve(one.exercise.clone()));
        let stages = [Stage::Clear].into_iter().chain(solved);
        let mut steps: Vec<(Stage, StepState)> =
            stages.map(|stage| (stage, StepState::Waiting)).collect();
        steps[0].1 = StepState::Running;
        let way = CatchingUp { exercise: exercise.clone(), steps, broken: None };
        if !self.set_out(&names.id, way) {
            return Err(Error::Busy);
        }
        // What was noted when exercises were started speaks of objects that go now.
        if let Err(error) = self.store.delete_attempts(learner).await {
            self.state().catching_up.remove(&names.id);
            return Err(error.into());
        }
        let one = CatchUp { learner: learner.to_owned(), names, solutions };
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(one);
        self.wake.notify_one();
        Ok(())
    }

    /// Notes that a lab is on its way; `false` if it is already.
    fn set_out(&self, lab: &str, way: CatchingUp) -> bool {
        let mut state = self.state();
        let busy = state.catching_up.get(lab).is_some_and(|way| way.broken.is_none());
        if !busy {
            state.catching_up.insert(lab.to_owned(), way);
        }
        !busy
    }

    /// Does what was asked for, each lab in a task of its own.
    pub(super) fn begin_catch_ups(self: &Arc<Self>, tasks: &Tasks) {
        let asked = std::mem::take(&mut *self.asked.lock().unwrap_or_else(PoisonError::into_inner));
        for one in asked {
            let lab = one.names.id.clone();
            let way = Way { labs: Arc::clone(self), lab, over: AtomicBool::default() };
            let span = info_span!("catch-up", learner.id = one.learner, lab.id = one.names.id);
            tasks.spawn(span, async move {
                let ended = way.go(&one).await;
                let solved = one.solutions.len();
                match &ended {
                    Ok(()) => tracing::info!(lab.id = way.lab, solved, "A lab was caught up"),
                    Err(why) => tracing::warn!(lab.id = way.lab, ?why, "A catch-up broke off"),
                }
                way.end(ended.err());
                way.tell(&one.learner).await;
            });
        }
    }
}

/// A lab on its way. Dropping it before its end says that it was interrupted.
struct Way {
    labs: Arc<Labs>,
    lab: String,
    /// What becomes of the lab now is another's business.
    over: AtomicBool,
}

impl Way {
    async fn go(&self, one: &CatchUp) -> Result<(), Broken> {
        self.tell(&one.learner).await;
        let learner = self.labs.cluster.as_learner(&one.names).await.map_err(broken)?;
        learner.clear().await.map_err(broken)?;
        for (solution, step) in one.solutions.iter().zip(1..) {
            self.reach(step);
            self.tell(&one.learner).await;
            self.solve(&one.names, solution).await?;
        }
        Ok(())
    }

    async fn solve(&self, names: &LabNames, solution: &Solution) -> Result<(), Broken> {
        let script = typing::script(&solution.commands);
        let run = self.labs.cluster.run_script(names, &script, PATIENCE);
        let outcome = run.await.map_err(broken)?;
        if outcome.end == ScriptEnd::TimeUp {
            return Err(Broken::Slow);
        }
        match typing::unexpected(&solution.commands, &outcome.output) {
            None => Ok(()),
            Some(found) => {
                Err(Broken::Command { command: found.command.text.clone(), output: found.output })
            }
        }
    }

    /// Notes that the steps before this one are done.
    fn reach(&self, step: usize) {
        if let Some(way) = self.labs.state().catching_up.get_mut(&self.lab) {
            way.steps.iter_mut().take(step).for_each(|(_, state)| *state = StepState::Done);
            way.steps.iter_mut().skip(step).take(1).for_each(|(_, s)| *s = StepState::Running);
        }
    }

    /// Notes the end, once: nothing is left to say of one that was good.
    fn end(&self, why: Option<Broken>) {
        if self.over.swap(true, Ordering::Relaxed) {
            return;
        }
        let mut state = self.labs.state();
        let Some(why) = why else {
            state.catching_up.remove(&self.lab);
            return;
        };
        let Some(way) = state.catching_up.get_mut(&self.lab) else { return };
        for (_, step) in &mut way.steps {
            if *step == StepState::Running {
                *step = StepState::Failed;
            }
        }
        way.broken = Some(why);
    }

    /// Tells the learner how far it is. Where that fails, the next pass does it.
    async fn tell(&self, learner: &str) {
        let row = self.labs.store.lab_of(learner).await.ok().flatten();
        if let Some(row) = row.filter(|row| row.id == self.lab)
            && let Err(error) = self.labs.tell(&row).await
        {
            tracing::warn!(
                lab.id = self.lab,
                error = chain(&error),
                "How a catch-up goes could not be told"
            );
        }
    }
}

impl Drop for Way {
    fn drop(&mut self) {
        self.end(Some(Broken::Interrupted));
        self.labs.wake.notify_one();
    }
}

fn broken(error: cluster::Error) -> Broken {
    match error {
        cluster::Error::Unfinished { left } => Broken::Stuck { left },
        error => {
            tracing::warn!(error = chain(&error), "The cluster refused a part of a catch-up");
            Broken::Cluster
        }
    }
}
