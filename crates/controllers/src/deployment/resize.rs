//! Moving sizes without moving revisions: scaling, and everything while a rollout is paused.

use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet};

use super::revision;
use super::rolling::{self, Share, desired, size};
use super::rollout::{Rollout, Sets};
use crate::Error;

impl Rollout {
    /// The wanted size has changed, or the rollout is paused: sizes move, revisions do not.
    pub(super) async fn rescale(
        &self,
        deployment: &Deployment,
        sets: &mut Sets,
    ) -> Result<(), Error> {
        let wanted = desired(deployment);
        let mut all: Vec<&mut ReplicaSet> = sets.old.iter_mut().chain(&mut sets.new).collect();
        let active = all.iter().filter(|set| size(set) > 0).count();
        if active <= 1 {
            // The one that is active, or else the newest.
            let index = all.iter().position(|set| size(set) > 0).or(all.len().checked_sub(1));
            if let Some(index) = index {
                self.resize(deployment, all[index], wanted).await?;
            }
            return Ok(());
        }
        let saturated = sets.new.as_ref().is_some_and(|set| {
            size(set) == wanted
                && revision::number(set, revision::DESIRED) == Some(i64::from(wanted))
                && rolling::available(set) == wanted
        });
        if saturated {
            for set in sets.old.iter_mut().filter(|set| size(set) > 0) {
                self.resize(deployment, set, 0).await?;
            }
            return Ok(());
        }
        if !rolling::is_rolling(deployment) {
            return Ok(());
        }
        let replicas = deployment.status.as_ref().and_then(|status| status.replicas);
        let mut active: Vec<&mut ReplicaSet> =
            sets.old.iter_mut().chain(&mut sets.new).filter(|set| size(set) > 0).collect();
        let shares: Vec<Share> = (0..)
            .zip(&active)
            .map(|(age, set)| Share {
                size: size(set),
                most_before: revision::number(set, revision::MOST)
                    .and_then(|most| i32::try_from(most).ok())
                    .filter(|most| *most > 0)
                    .or(replicas)
                    .unwrap_or_default(),
                age,
            })
            .collect();
        for (set, to) in active.iter_mut().zip(rolling::proportional(deployment, &shares)) {
            self.resize(deployment, set, to).await?;
        }
        Ok(())
    }
}
