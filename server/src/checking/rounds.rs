//! The rounds: waits for changes, finds the exercises that they can touch, looks at those.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Duration;

use curriculum::{Course, ExerciseId, Reason};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::Checking;
use super::board::{Board, Found, Scene};
use crate::causes::chain;
use crate::cluster::{Batch, LabChanges, LabObjects};
use crate::labs::{Enrolled, Labs};
use crate::tasks::run_blocking;

/// How long a burst of changes is gathered before the checks are looked at.
const GATHER: Duration = Duration::from_millis(15);
/// How long the cluster may be out of sight before checks become unknown: a watch that is taken up
/// again at once is no reason to alarm anybody. Together with the heart-beat's second and its second
/// and a half of patience this leaves one of the five seconds that are promised for the work.
const GRACE: Duration = Duration::from_millis(1500);

/// After how long results that could not be recorded are looked at again.
const AGAIN: Duration = Duration::from_secs(1);

impl Checking {
    /// Evaluates until `cancelled`.
    pub async fn run(self: Arc<Self>, cancelled: CancellationToken) {
        let mut unseen_since = Some(Instant::now());
        let mut said_unknown = false;
        let mut course = self.course.clone();
        course.borrow_and_update();
        loop {
            let current = self.cluster.index().is_current();
            let grace = unseen_since.filter(|_| !said_unknown).map(|since| since + GRACE);
            let again = self.failed().values().min().copied();
            let batch = tokio::select! {
                () = cancelled.cancelled() => return,
                batch = self.changes.next() => Some(batch),
                // An author has saved: what was true by the old course may not be by the new one.
                Ok(()) = course.changed() => Some(Batch { everything: true, by_lab: HashMap::new() }),
                () = until(again), if again.is_some() => Some(self.due()),
                () = until(grace), if grace.is_some() => None,
            };
            tokio::time::sleep(GATHER).await;
            let more = self.changes.take();
            if self.cluster.index().is_current() {
                let everything = !current || said_unknown || unseen_since.is_some();
                unseen_since = None;
                said_unknown = false;
                let batch = merged(batch, more, everything);
                self.round(batch).await;
            } else {
                let since = *unseen_since.get_or_insert_with(Instant::now);
                if since.elapsed() >= GRACE && !said_unknown {
                    said_unknown = true;
                    self.round(Batch { everything: true, by_lab: HashMap::new() }).await;
                }
            }
        }
    }

    /// Looks at every lab that changed, all of them side by side.
    async fn round(&self, batch: Batch) {
        let course = self.course();
        self.labs_that_are_gone(&batch).await;
        let looks: Vec<(Enrolled, Vec<ExerciseId>)> = {
            let roster = self.roster.read().unwrap_or_else(PoisonError::into_inner);
            if batch.everything {
                roster.values().map(|enrolled| (enrolled.clone(), all(&course))).collect()
            } else {
                let changed = batch.by_lab.keys();
                let known = changed.filter_map(|lab| Some((lab, roster.get(lab)?.clone())));
                known.map(|(lab, enrolled)| (enrolled, affected(&course, &batch, lab))).collect()
            }
        };
        let looks = looks.iter().filter(|(_, exercises)| !exercises.is_empty());
        let looks = looks.map(|(enrolled, exercises)| self.look_at(enrolled, exercises));
        futures::future::join_all(looks).await;
    }

    async fn look_at(&self, enrolled: &Enrolled, exercises: &[ExerciseId]) {
        let looked = async {
            let board = self.board(&enrolled.learner).await?;
            let mut board = board.lock().await;
            self.look(enrolled, &mut board, exercises).await
        };
        if let Err(error) = looked.await {
            // What could not be recorded is not remembered either; the next round finds it again.
            tracing::error!(
                learner.id = enrolled.learner,
                error = chain(&error),
                "Results could not be recorded"
            );
            self.forget(&enrolled.learner);
            // Nobody else waits for it.
            self.failed().insert(enrolled.names.id.clone(), Instant::now() + AGAIN);
        }
    }

    fn failed(&self) -> MutexGuard<'_, HashMap<String, Instant>> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The labs whose results could not be recorded, as far as it is time to try again.
    fn due(&self) -> Batch {
        let now = Instant::now();
        let due = self.failed().extract_if(|_, at| *at <= now).map(|(lab, _)| lab).collect();
        labs(due)
    }

    /// What was green in a lab that is gone is not green any more: nobody can look.
    async fn labs_that_are_gone(&self, batch: &Batch) {
        for enrolled in self.take_gone(batch) {
            let exercises = all(&self.course());
            let looked = async {
                let board = self.board(&enrolled.learner).await?;
                let mut board = board.lock().await;
                self.look_with(&enrolled, &mut board, &exercises, Err(Reason::no_lab())).await
            };
            if let Err(error) = looked.await {
                // The learner may be gone as well; then there is nobody to tell.
                tracing::debug!(
                    learner.id = enrolled.learner,
                    error = chain(&error),
                    "The end of a lab was not recorded"
                );
                self.forget(&enrolled.learner);
            }
        }
    }

    /// The labs of this batch that no longer exist, and whose learners have no other.
    fn take_gone(&self, batch: &Batch) -> Vec<Enrolled> {
        let roster = self.roster.read().unwrap_or_else(PoisonError::into_inner);
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let mut gone = Vec::new();
        if batch.everything {
            gone.extend(known.extract_if(|lab, _| !roster.contains_key(lab)).map(|(_, one)| one));
            known.clone_from(&roster);
        }
        for lab in batch.by_lab.keys() {
            match roster.get(lab) {
                Some(enrolled) if !known.contains_key(lab) => {
                    known.insert(lab.clone(), enrolled.clone());
                }
                Some(_) => {}
                None => gone.extend(known.remove(lab)),
            }
        }
        gone.retain(|gone| !roster.values().any(|one| one.learner == gone.learner));
        gone
    }

    /// Looks at some exercises of a learner, records what changed, then announces it.
    pub(super) async fn look(
        &self,
        enrolled: &Enrolled,
        board: &mut Board,
        exercises: &[ExerciseId],
    ) -> Result<(), crate::store::Error> {
        let index = self.cluster.index();
        let seen = index.is_current().then(|| index.objects(&enrolled.names.id));
        let objects = seen.ok_or_else(Reason::cluster_unseen);
        self.look_with(enrolled, board, exercises, objects).await
    }

    async fn look_with(
        &self,
        enrolled: &Enrolled,
        board: &mut Board,
        exercises: &[ExerciseId],
        objects: Result<LabObjects, Reason>,
    ) -> Result<(), crate::store::Error> {
        let turn = self.evaluations.acquire().await;
        let variables = Labs::variables(&enrolled.names);
        let (course, now) = (self.course(), self.now());
        let (mut next, exercises) = (board.clone(), exercises.to_vec());
        let evaluated = run_blocking(move || {
            let scene = Scene { objects: objects.as_ref(), variables: &variables, now };
            let mut found = Found::default();
            for exercise in exercises.iter().filter_map(|id| course.exercise(id)) {
                next.look(exercise, &scene, &mut found);
            }
            (next, found)
        });
        let (next, found) = match evaluated.await {
            Ok(evaluated) => evaluated,
            Err(error) => {
                // One learner's objects must not end the checks of all others.
                tracing::error!(learner.id = enrolled.learner, %error, "An evaluation panicked");
                return Ok(());
            }
        };
        // Whoever only waits for the disk takes no turn: all who wait share one durable write.
        drop(turn);
        if !found.is_empty() {
            let recorded = self.store.record(&enrolled.learner, found.outcome()).await?;
            if let Some(recorded) = recorded {
                (self.publish)(&enrolled.learner, &recorded);
            }
        }
        *board = next;
        Ok(())
    }
}

/// Everything of these labs.
fn labs(labs: Vec<String>) -> Batch {
    let by_lab = labs.into_iter().map(|lab| (lab, LabChanges::whole())).collect();
    Batch { everything: false, by_lab }
}

async fn until(moment: Option<Instant>) {
    match moment {
        Some(moment) => tokio::time::sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

fn merged(first: Option<Batch>, second: Batch, everything: bool) -> Batch {
    let mut batch = first.unwrap_or_default();
    batch.everything |= second.everything || everything;
    for (lab, changes) in second.by_lab {
        batch.by_lab.entry(lab).or_default().extend(changes);
    }
    batch
}

fn all(course: &Course) -> Vec<ExerciseId> {
    course.exercises().map(|(_, exercise)| exercise.id.clone()).collect()
}

/// The exercises that the changes of a lab can touch. A lab that is new is looked at as a whole.
fn affected(course: &Course, batch: &Batch, lab: &str) -> Vec<ExerciseId> {
    let Some(changes) = batch.by_lab.get(lab) else { return Vec::new() };
    if changes.whole {
        return all(course);
    }
    let touched: BTreeSet<ExerciseId> = changes
        .objects
        .iter()
        .filter_map(|change| Some((change, change.plane?)))
        .flat_map(|(change, plane)| course.affected(&change.kind, plane, &change.name))
        .map(|(exercise, _)| exercise.clone())
        .collect();
    touched.into_iter().collect()
}
