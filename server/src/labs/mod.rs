//! A lab's life: queue, provision, extend, expire, sweep.
//!
//! Level-triggered: what is wanted is in the store, what is found is in the index, and each pass compares the two. Any step may die at
//! any moment; the next pass goes on from what is there.

mod catch_up;
mod files;
mod life;
mod plan;

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockWriteGuard};
use std::time::Duration;

use curriculum::{Course, Language};
use jiff::Timestamp;
use tokio::sync::{Notify, watch};
use tokio::time::timeout;

use crate::cluster::{self, Changes, Cluster, LabNames};
use crate::store::{LabRow, Recorded, Store};
use crate::told::{CatchingUp, LabStanding};

pub use catch_up::Solution;
pub use files::home;
use plan::{Found, Memory};

pub use crate::ambient::Clock;

/// How long a learner waits for the annotation of her lab's new end.
const ANNOTATING: Duration = Duration::from_secs(2);

/// Random numbers, passed in.
pub type Random = Arc<dyn Fn() -> u64 + Send + Sync>;
/// Wakes those who listen to a learner or a class, after a write is durable.
pub type Publish = Arc<dyn Fn(&str, &Recorded) + Send + Sync>;

/// How labs live.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How long a lab lives, in milliseconds.
    pub lifetime: i64,
    /// How long one *extend* adds, in milliseconds.
    pub extension: i64,
    /// How many labs are created at once.
    pub at_once: usize,
    /// How many labs there may be; who comes later waits.
    pub most: usize,
}

/// What was asked for cannot be done.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The learner has no lab, or it is not ready.
    #[error("the learner has no lab that is ready")]
    NotReady,
    /// The lab is being changed already.
    #[error("the lab is being changed already")]
    Busy,
    /// The cluster cannot be reached from where the learner is.
    #[error("the cluster cannot be reached from where the learner is")]
    OutOfReach,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] crate::store::Error),
    /// The cluster failed.
    #[error(transparent)]
    Cluster(#[from] cluster::Error),
}

/// A lab's learner and names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Enrolled {
    /// Whose lab it is.
    pub learner: String,
    /// Its names.
    pub names: LabNames,
}

/// Which labs there are, for those who only know a lab's id.
pub type Roster = RwLock<HashMap<String, Enrolled>>;

/// The labs of this server.
pub struct Labs {
    pub(crate) store: Store,
    pub(crate) cluster: Cluster,
    changes: Arc<Changes>,
    course: watch::Receiver<Arc<Course>>,
    clock: Clock,
    random: Random,
    publish: Publish,
    settings: Settings,
    roster: Arc<Roster>,
    wake: Notify,
    state: Mutex<State>,
    /// Catch-ups that were asked for and have not begun.
    asked: Mutex<Vec<catch_up::CatchUp>>,
    /// What belongs to no lab is to be looked for without waiting.
    sweep_now: AtomicBool,
}

#[derive(Default)]
struct State {
    memories: HashMap<String, Memory>,
    /// What was told last of each lab, so that only changes are told.
    told: HashMap<String, LabStanding>,
    /// Places in the queue, as the last pass saw them.
    queue: HashMap<String, u32>,
    /// Labs that are being caught up, and those where it broke off last.
    catching_up: HashMap<String, CatchingUp>,
}

/// What [`Labs`] is made of.
pub struct Parts {
    /// The store.
    pub store: Store,
    /// The cluster.
    pub cluster: Cluster,
    /// The index's changes, for this reader alone.
    pub changes: Arc<Changes>,
    /// The course, whose files labs get.
    pub course: watch::Receiver<Arc<Course>>,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub random: Random,
    /// Wakes listeners.
    pub publish: Publish,
    /// Lifetimes and limits.
    pub settings: Settings,
    /// Filled with the labs that there are.
    pub roster: Arc<Roster>,
}

impl Labs {
    /// Labs that nobody looks after yet: [`Labs::run`] does.
    pub fn new(parts: Parts) -> Self {
        let Parts { store, cluster, changes, course, clock, random, publish, settings, roster } =
            parts;
        Self {
            store,
            cluster,
            changes,
            course,
            clock,
            random,
            publish,
            settings,
            roster,
            wake: Notify::new(),
            state: Mutex::default(),
            asked: Mutex::default(),
            sweep_now: AtomicBool::default(),
        }
    }

    fn now(&self) -> i64 {
        (self.clock)().as_millisecond()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wants a lab for a learner. Idempotent: a lab that is wanted already stays as it is.
    ///
    /// `readable` becomes part of the namespaces' names.
    pub async fn start(&self, learner: &str, readable: &str) -> Result<LabStanding, Error> {
        let existing = self.store.lab_of(learner).await?;
        if let Some(row) = existing.filter(|row| row.wanted) {
            return Ok(self.stands(&row));
        }
        loop {
            let row = self.new_row(learner, readable);
            if self.store.want_lab(&row).await? {
                self.track(&row);
                self.wake.notify_one();
                return Ok(self.stands(&row));
            }
            // Either somebody else started it in this moment, or a slug was met twice.
            if let Some(row) = self.store.lab_of(learner).await?.filter(|row| row.wanted) {
                return Ok(self.stands(&row));
            }
        }
    }

    fn new_row(&self, learner: &str, readable: &str) -> LabRow {
        let id = format!("{:016x}{:016x}", (self.random)(), (self.random)());
        let now = self.now();
        LabRow {
            slug: LabNames::slug(readable, &id),
            id,
            learner_id: learner.to_owned(),
            requested_at: now,
            expires_at: now + self.settings.lifetime,
            wanted: true,
            ended_at: None,
        }
    }

    /// How the learner's lab stands; `none` when there never was one.
    pub async fn standing(&self, learner: &str) -> Result<LabStanding, Error> {
        let row = self.store.lab_of(learner).await?;
        Ok(self.standing_of(row.as_ref()))
    }

    /// How a lab that was read before stands now.
    pub fn standing_of(&self, row: Option<&LabRow>) -> LabStanding {
        row.map(|row| self.stands(row)).unwrap_or_default()
    }

    /// Ends the learner's lab; `false` if there is none to end.
    pub async fn end(&self, learner: &str) -> Result<bool, Error> {
        let Some(row) = self.store.lab_of(learner).await?.filter(|row| row.wanted) else {
            return Ok(false);
        };
        let ended = self.unwant(&row.id).await?;
        self.wake.notify_one();
        Ok(ended)
    }

    async fn unwant(&self, lab: &str) -> Result<bool, Error> {
        let ended = self.store.unwant_lab(lab).await?;
        self.roster().remove(lab);
        Ok(ended)
    }

    /// Adds time to the learner's lab.
    pub async fn extend(&self, learner: &str) -> Result<LabStanding, Error> {
        let row = self.store.lab_of(learner).await?.filter(|row| row.wanted);
        let mut row = row.ok_or(Error::NotReady)?;
        let longest = self.now() + self.settings.lifetime + self.settings.extension;
        row.expires_at = (row.expires_at + self.settings.extension).min(longest);
        self.store.extend_lab(&row.id, row.expires_at).await?;
        let expires = Timestamp::from_millisecond(row.expires_at).unwrap_or_default();
        // The store decides; the annotation is for people who look at the cluster.
        match timeout(ANNOTATING, self.cluster.set_expiry(&names(&row), expires)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                tracing::warn!(lab.id = row.id, %error, "The end of a lab was not annotated");
            }
            Err(_) => tracing::warn!(lab.id = row.id, "The end of a lab was not annotated in time"),
        }
        self.wake.notify_one();
        // The class may end before that.
        self.standing(learner).await
    }

    /// The names of the learner's lab, when it is ready.
    pub async fn ready(&self, learner: &str) -> Result<LabNames, Error> {
        let row = self.store.lab_of(learner).await?.ok_or(Error::NotReady)?;
        let ready = self.stands(&row).state == wire::LabState::Ready;
        if ready { Ok(names(&row)) } else { Err(Error::NotReady) }
    }

    /// A kubeconfig for the learner's own machine, from which she reaches the classroom at `host`.
    pub async fn kubeconfig(&self, learner: &str, host: &str) -> Result<String, Error> {
        let row = self.store.lab_of(learner).await?.ok_or(Error::NotReady)?;
        if self.stands(&row).state != wire::LabState::Ready {
            return Err(Error::NotReady);
        }
        let way = self.cluster.settings().reach.way(host).ok_or(Error::OutOfReach)?;
        let seconds = (row.expires_at - self.now()) / 1_000;
        let material = self.cluster.kubeconfig(&names(&row), seconds).await?;
        Ok(files::external_kubeconfig(&names(&row), &way, &material))
    }

    /// The variables of a lab's shell, filled in on pages.
    pub fn variables(names: &LabNames) -> std::collections::BTreeMap<String, String> {
        files::variables(names)
    }

    fn stands(&self, row: &LabRow) -> LabStanding {
        let found = self.found(row);
        let state = self.state();
        let memory = state.memories.get(&row.id).cloned().unwrap_or_default();
        let queue = state.queue.get(&row.id).copied();
        let catching_up = state.catching_up.get(&row.id).filter(|_| row.wanted).cloned();
        drop(state);
        let standing = plan::standing(row, &found, &memory, queue, self.now());
        LabStanding { catching_up, ..standing }
    }

    fn found(&self, row: &LabRow) -> Found {
        let index = self.cluster.index();
        let (namespaces, terminating) = index.count_namespaces(&row.id);
        Found {
            namespaces,
            terminating,
            toolbox: self.cluster.toolbox(&row.id),
            unseen: index.unseen().map(cluster::Unseen::code),
        }
    }

    /// Takes up the labs of the last run. Before the watches begin: what they list of a lab that nobody tracks is not kept.
    pub async fn resume(&self) -> Result<(), Error> {
        for row in self.store.labs_not_ended().await? {
            self.track(&row);
        }
        Ok(())
    }

    fn track(&self, row: &LabRow) {
        let roster = self.roster.read().unwrap_or_else(PoisonError::into_inner);
        let tracked = roster.contains_key(&row.id);
        drop(roster);
        if tracked {
            return;
        }
        let names = names(row);
        self.cluster.index().track(&names);
        // What is being removed must not be taken for the learner's lab: she may have a new one.
        if row.wanted {
            let enrolled = Enrolled { learner: row.learner_id.clone(), names };
            self.roster().insert(row.id.clone(), enrolled);
        }
    }

    fn roster(&self) -> RwLockWriteGuard<'_, HashMap<String, Enrolled>> {
        self.roster.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets a learner with all that is stored about her; what is left of her labs is swept.
    pub async fn forget_learner(&self, learner: &str) -> Result<(), Error> {
        let labs = self.store.labs_not_ended().await?;
        self.store.delete_learner(learner).await?;
        for row in labs.iter().filter(|row| row.learner_id == learner) {
            self.forget(row);
        }
        self.sweep_now.store(true, Ordering::Relaxed);
        self.wake.notify_one();
        Ok(())
    }

    fn forget(&self, row: &LabRow) {
        self.cluster.index().forget(&names(row));
        self.roster().remove(&row.id);
        let mut state = self.state();
        state.memories.remove(&row.id);
        state.told.remove(&row.id);
        state.queue.remove(&row.id);
        state.catching_up.remove(&row.id);
    }

    async fn language(&self, learner: &str) -> Language {
        let found = self.store.learner(learner).await.ok().flatten();
        found.map(|learner| learner.language).unwrap_or_default()
    }
}

fn names(row: &LabRow) -> LabNames {
    LabNames::new(&row.id, &row.slug)
}
