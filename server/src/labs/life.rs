//! Looks after the labs: one pass after the other, each comparing what is wanted with what is found.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use futures::FutureExt as _;
use jiff::Timestamp;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tracing::info_span;

use super::plan::{Failure, Memory, Next, next};
use super::{Error, Labs, files, names};
use crate::causes::chain;
use crate::store::LabRow;
use crate::tasks::Tasks;
use crate::told::{LabStanding, Told};

/// A pass happens at least this often: expiry and retries have no event.
const TICK: Duration = Duration::from_secs(1);
/// How long the requests that remove one lab may take.
const REMOVAL: Duration = Duration::from_secs(5);
/// How often everything of ours on the cluster is held against the store.
const SWEEP_TICKS: u32 = 30;

impl Labs {
    /// Looks after the labs until the tasks are told to stop.
    pub async fn run(self: Arc<Self>, tasks: Tasks) {
        let mut ticks = interval(TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut sweep_in = 0;
        loop {
            tokio::select! {
                () = tasks.stopping().cancelled() => return,
                _ = ticks.tick() => {}
                () = self.wake.notified() => {}
                () = self.something_of_ours_changed() => {}
            }
            let labs = match self.store.labs_not_ended().await {
                Ok(labs) => labs,
                Err(error) => {
                    tracing::error!(
                        error = chain(&error),
                        "The wanted labs cannot be read; trying again"
                    );
                    continue;
                }
            };
            self.begin_catch_ups(&tasks);
            self.pass(&labs, &tasks).await;
            let now = self.sweep_now.swap(false, Ordering::Relaxed);
            if (sweep_in == 0 || now) && self.cluster.index().is_current() {
                self.sweep(&labs).await;
                sweep_in = SWEEP_TICKS;
            }
            sweep_in = sweep_in.saturating_sub(1);
        }
    }

    /// Waits for a change that can move a lab on: its namespaces or its toolbox, not the learner's pods.
    async fn something_of_ours_changed(&self) {
        loop {
            let batch = self.changes.next().await;
            let ours = batch.by_lab.values().any(|changes| {
                changes.whole || changes.objects.iter().any(|change| change.plane.is_none())
            });
            if batch.everything || ours {
                return;
            }
        }
    }

    async fn pass(self: &Arc<Self>, labs: &[LabRow], tasks: &Tasks) {
        let mut doing =
            self.state().memories.values().filter(|memory| memory.doing.is_some()).count();
        let mut place = 0;
        // All before the first: moving a lab on takes a while, and what is listed meanwhile is kept only of labs that are tracked.
        for row in labs {
            self.track(row);
        }
        let mut living = labs.iter().filter(|row| self.found(row).namespaces > 0).count();
        let mut steps = Vec::with_capacity(labs.len());
        for row in labs {
            let memory = self.state().memories.get(&row.id).cloned().unwrap_or_default();
            let step = next(row, &self.found(row), &memory, self.now());
            let mut queued = None;
            match step {
                Next::Create if !self.cluster.index().is_current() => {}
                Next::Create if doing < self.settings.at_once && living < self.settings.most => {
                    doing += 1;
                    living += 1;
                    self.create(row, tasks);
                }
                Next::Create => {
                    place += 1;
                    queued = Some(place);
                }
                Next::Expire | Next::Remove | Next::Close | Next::Wait => {}
            }
            match queued {
                Some(place) => self.state().queue.insert(row.id.clone(), place),
                None => self.state().queue.remove(&row.id),
            };
            steps.push((row, step));
        }
        // Side by side, so that all that is told in a pass shares one durable write.
        let finishing = steps.into_iter().map(async |(row, step)| {
            if let Err(error) = self.finish(row, step).await {
                tracing::warn!(
                    lab.id = row.id,
                    error = chain(&error),
                    "A lab could not be moved on; trying again"
                );
            }
        });
        futures::future::join_all(finishing).await;
    }

    /// The steps that need no turn, and what the learner is told.
    async fn finish(&self, row: &LabRow, step: Next) -> Result<(), Error> {
        let mut row = row.clone();
        match step {
            Next::Expire => {
                self.unwant(&row.id).await?;
                row.wanted = false;
                self.wake.notify_one();
            }
            // Only a complete picture can say that nothing is left.
            Next::Close if self.cluster.index().is_current() => {
                let now = self.now();
                self.store.lab_ended(&row.id, now).await?;
                row.ended_at = Some(now);
            }
            // A cluster that hangs must not make all other labs wait; the next pass tries again.
            Next::Remove => {
                let removed = timeout(REMOVAL, self.cluster.remove(&names(&row))).await;
                removed.unwrap_or_else(|_| {
                    tracing::warn!(lab.id = row.id, "A lab is slow to go; trying again");
                    Ok(())
                })?;
            }
            Next::Close | Next::Create | Next::Wait => {}
        }
        self.tell(&row).await?;
        if row.ended_at.is_some() {
            tracing::info!(lab.id = row.id, learner.id = row.learner_id, "A lab has ended");
            self.forget(&row);
        }
        Ok(())
    }

    /// Tells the learner how the lab stands, when that is news. How an old lab goes is none to whoever has a new one.
    pub(super) async fn tell(&self, row: &LabRow) -> Result<(), Error> {
        let standing = self.stands(row);
        if self.state().told.get(&row.id) == Some(&standing) {
            return Ok(());
        }
        if !row.wanted {
            let newest = self.store.lab_of(&row.learner_id).await?;
            if newest.is_some_and(|newest| newest.id != row.id) {
                return Ok(());
            }
        }
        self.tell_standing(row, standing).await
    }

    async fn tell_standing(&self, row: &LabRow, standing: LabStanding) -> Result<(), Error> {
        let told = Told::Lab(standing.clone());
        let data = serde_json::to_string(&told).expect("facts are plain data");
        self.state().told.insert(row.id.clone(), standing);
        if let Some(recorded) = self.store.tell(&row.learner_id, data).await? {
            (self.publish)(&row.learner_id, &recorded);
        }
        Ok(())
    }

    /// Creates a lab in a task of its own.
    fn create(self: &Arc<Self>, row: &LabRow, tasks: &Tasks) {
        let first = crate::told::Step::Namespaces;
        self.remember(&row.id, |memory| memory.doing = Some(first));
        let (labs, row) = (Arc::clone(self), row.clone());
        let span = info_span!("lab", learner.id = row.learner_id, lab.id = row.id);
        tasks.spawn(span, async move {
            let made = std::panic::AssertUnwindSafe(labs.make(&row)).catch_unwind().await;
            let now = labs.now();
            labs.remember(&row.id, |memory| {
                memory.doing = None;
                match made {
                    Ok(Ok(())) => {
                        memory.failed = None;
                        memory.created_at = Some(now);
                    }
                    Ok(Err(error)) => {
                        let code = problem(&error);
                        tracing::warn!(
                            lab.id = row.id,
                            error = chain(&error),
                            "A lab could not be created; trying again"
                        );
                        memory.failed = Some(Failure::after(memory.failed.as_ref(), code, now));
                    }
                    Err(_) => {
                        memory.failed =
                            Some(Failure::after(memory.failed.as_ref(), "internal", now));
                    }
                }
            });
            labs.wake.notify_one();
        });
    }

    async fn make(&self, row: &LabRow) -> Result<(), Error> {
        let names = names(row);
        let expires = Timestamp::from_millisecond(row.expires_at).unwrap_or_default();
        let language = self.language(&row.learner_id).await;
        let files = files::home(&self.course.borrow(), &names, language);
        self.cluster
            .ensure(&names, expires, &files, |step| {
                self.remember(&row.id, |memory| memory.doing = Some(step));
                self.wake.notify_one();
            })
            .await?;
        Ok(())
    }

    fn remember(&self, lab: &str, change: impl FnOnce(&mut Memory)) {
        change(self.state().memories.entry(lab.to_owned()).or_default());
    }

    /// Removes namespaces of this installation that belong to no lab that is known.
    async fn sweep(&self, labs: &[LabRow]) {
        for (namespace, lab) in self.cluster.index().owned_namespaces() {
            if labs.iter().any(|row| row.id == lab) {
                continue;
            }
            tracing::info!(namespace, lab.id = lab, "Removing a namespace that belongs to no lab");
            if let Err(error) = self.cluster.remove_namespace(&namespace).await {
                tracing::warn!(namespace, %error, "An orphan could not be removed; trying again");
            }
        }
    }
}

fn problem(error: &Error) -> &'static str {
    match error {
        Error::Cluster(error) => error.code(),
        Error::NotReady | Error::Busy | Error::OutOfReach | Error::Store(_) => "internal",
    }
}
