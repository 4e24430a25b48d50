//! Brings a lab to the start of an exercise, in place: what the learner made goes, what the exercise builds on is made.
//!
//! It may die at any moment; asked for again, it begins anew and comes to the same end.

use std::sync::PoisonError;
use std::time::Duration;

use tokio::time::timeout;

use super::{Error, Labs};
use crate::cluster::OwnObject;

/// How long the commands of one exercise may take.
const PATIENCE: Duration = Duration::from_mins(2);

/// Held while a lab is being changed; dropping it lets the next one in.
struct Claim<'a> {
    labs: &'a Labs,
    lab: String,
}

impl Drop for Claim<'_> {
    fn drop(&mut self) {
        let mut busy = self.labs.busy.lock().unwrap_or_else(PoisonError::into_inner);
        busy.remove(&self.lab);
    }
}

impl Labs {
    /// What the learner has made in her two namespaces.
    pub async fn own_objects(&self, learner: &str) -> Result<Vec<OwnObject>, Error> {
        let names = self.ready(learner).await?;
        Ok(self.cluster.as_learner(&names).await?.own_objects().await?)
    }

    /// Clears the learner's namespaces, and then types each of `solutions` into the lab's shell.
    pub async fn catch_up(&self, learner: &str, solutions: &[String]) -> Result<(), Error> {
        let names = self.ready(learner).await?;
        let _claim = self.claim(&names.id).ok_or(Error::Busy)?;
        // What was noted when exercises were started speaks of objects that go now.
        self.store.delete_attempts(learner).await?;
        self.cluster.as_learner(&names).await?.clear().await?;
        for commands in solutions {
            let run = self.cluster.run_script(&names, commands);
            let outcome = timeout(PATIENCE, run).await.map_err(|_| Error::Unsolved)??;
            if !outcome.succeeded {
                return Err(Error::Unsolved);
            }
        }
        tracing::info!(lab.id = names.id, solutions = solutions.len(), "A lab was caught up");
        Ok(())
    }

    fn claim(&self, lab: &str) -> Option<Claim<'_>> {
        let mut busy = self.busy.lock().unwrap_or_else(PoisonError::into_inner);
        busy.insert(lab.to_owned()).then(|| Claim { labs: self, lab: lab.to_owned() })
    }
}
