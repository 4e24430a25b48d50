//! The arithmetic of a rollout: how many pods each ReplicaSet should have next.
//!
//! Pure. Everything here is counted in `spec.replicas` (what was asked for) and available pods (what
//! came of it).

use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

/// How many pods a Deployment wants.
pub(super) fn desired(deployment: &Deployment) -> i32 {
    deployment.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1)
}

/// How many pods a ReplicaSet was asked to have.
pub(super) fn size(set: &ReplicaSet) -> i32 {
    set.spec.as_ref().and_then(|spec| spec.replicas).unwrap_or(1)
}

/// How many of a ReplicaSet's pods are available.
pub(super) fn available(set: &ReplicaSet) -> i32 {
    set.status.as_ref().and_then(|status| status.available_replicas).unwrap_or_default()
}

/// Whether the Deployment replaces pods little by little.
pub(super) fn is_rolling(deployment: &Deployment) -> bool {
    let strategy = deployment.spec.as_ref().and_then(|spec| spec.strategy.as_ref());
    strategy.and_then(|strategy| strategy.type_.as_deref()) != Some("Recreate")
}

#[derive(Clone, Copy)]
enum Round {
    Up,
    Down,
}

/// The sum of counts that a learner may have chosen as large as she likes.
pub(super) fn sum(counts: impl IntoIterator<Item = i32>) -> i32 {
    counts.into_iter().fold(0, i32::saturating_add)
}

/// The most pods that may exist during a rollout.
pub(super) fn most(deployment: &Deployment) -> i32 {
    desired(deployment).saturating_add(max_surge(deployment))
}

fn scaled(value: Option<&IntOrString>, of: i32, round: Round) -> i32 {
    match value {
        None => 0,
        Some(IntOrString::Int(count)) => *count,
        Some(IntOrString::String(text)) => {
            let percent: i32 = text.trim_end_matches('%').parse().unwrap_or_default();
            let product = percent.saturating_mul(of);
            match round {
                Round::Up => product.saturating_add(99) / 100,
                Round::Down => product / 100,
            }
        }
    }
}

/// How many pods may be missing, and how many may be too many, during a rollout.
fn fenceposts(deployment: &Deployment) -> (i32, i32) {
    let strategy = deployment.spec.as_ref().and_then(|spec| spec.strategy.as_ref());
    let rolling = strategy.and_then(|strategy| strategy.rolling_update.as_ref());
    let total = desired(deployment);
    let surge = scaled(rolling.and_then(|it| it.max_surge.as_ref()), total, Round::Up);
    let missing = scaled(rolling.and_then(|it| it.max_unavailable.as_ref()), total, Round::Down);
    // Both rounded to nothing would stand still for ever.
    if surge == 0 && missing == 0 { (1, 0) } else { (missing, surge) }
}

/// How many pods may be unavailable.
pub(super) fn max_unavailable(deployment: &Deployment) -> i32 {
    if !is_rolling(deployment) || desired(deployment) == 0 {
        return 0;
    }
    fenceposts(deployment).0.min(desired(deployment))
}

/// How many pods there may be beyond what is wanted.
pub(super) fn max_surge(deployment: &Deployment) -> i32 {
    if is_rolling(deployment) { fenceposts(deployment).1 } else { 0 }
}

/// The size of the new ReplicaSet, given that of all together.
pub(super) fn new_size(deployment: &Deployment, total: i32, current: i32) -> i32 {
    let desired = desired(deployment);
    if !is_rolling(deployment) {
        return desired;
    }
    let most = most(deployment);
    if total >= most {
        return current;
    }
    current + (most - total).min(desired - current)
}

/// The new sizes of the old ReplicaSets (given oldest first), in the same order.
pub(super) fn old_sizes(deployment: &Deployment, old: &[ReplicaSet], new: &ReplicaSet) -> Vec<i32> {
    let mut sizes: Vec<i32> = old.iter().map(size).collect();
    let total = sum(sizes.iter().copied()).saturating_add(size(new));
    let least = desired(deployment) - max_unavailable(deployment);
    let new_unavailable = size(new) - available(new);
    let mut spare = total - least - new_unavailable;
    if spare <= 0 {
        return sizes;
    }
    // Unhealthy pods first: removing them costs no availability.
    for (size, set) in sizes.iter_mut().zip(old) {
        let unhealthy = (*size - available(set)).clamp(0, spare);
        *size -= unhealthy;
        spare -= unhealthy;
    }
    // A status that is late still counts pods that were asked to go: they do not count here.
    let old_available = old.iter().map(|set| available(set).min(size(set)));
    let all_available = sum(old_available).saturating_add(available(new));
    let mut spare = all_available - least;
    for size in &mut sizes {
        let fewer = (*size).min(spare.max(0));
        *size -= fewer;
        spare -= fewer;
    }
    sizes
}

/// Distributes a change of the wanted size over the active ReplicaSets in proportion.
///
/// `sets` holds the size of each, the most that its Deployment had when it was last sized, and its
/// place in age. Returns the new sizes in the given order.
pub(super) fn proportional(deployment: &Deployment, sets: &[Share]) -> Vec<i32> {
    let desired = desired(deployment);
    let most = if desired > 0 { most(deployment) } else { 0 };
    let total = sum(sets.iter().map(|share| share.size));
    let to_add = most - total;
    let mut order: Vec<usize> = (0..sets.len()).collect();
    // Larger first; among equals the newer when growing, the older when shrinking.
    order.sort_by_key(|&index| {
        let Share { size, age, .. } = sets[index];
        (-size, if to_add > 0 { -age } else { age })
    });
    let mut sizes: Vec<i32> = sets.iter().map(|share| share.size).collect();
    if to_add == 0 {
        return sizes;
    }
    let mut added = 0;
    for &index in &order {
        let share = &sets[index];
        let fraction = share.fraction(most);
        let left = to_add - added;
        let part = if to_add > 0 { fraction.min(left) } else { fraction.max(left) };
        sizes[index] += part;
        added += part;
    }
    if let Some(&largest) = order.first() {
        sizes[largest] = (sizes[largest] + to_add - added).max(0);
    }
    sizes
}

/// One ReplicaSet's part in a Deployment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Share {
    pub(super) size: i32,
    /// The most pods that the Deployment allowed when this size was chosen.
    pub(super) most_before: i32,
    /// Its place from oldest (0) to newest.
    pub(super) age: i32,
}

impl Share {
    fn fraction(&self, most: i32) -> i32 {
        if most == 0 {
            return -self.size;
        }
        if self.size == 0 || self.most_before == 0 {
            return 0;
        }
        let exact = f64::from(self.size) * f64::from(most) / f64::from(self.most_before);
        #[expect(clippy::cast_possible_truncation, reason = "the conversion saturates")]
        let rounded = exact.round() as i32;
        rounded - self.size
    }
}

#[cfg(test)]
mod tests {
    use k8s_openapi::api::apps::v1::{
        DeploymentSpec, DeploymentStrategy, ReplicaSetSpec, ReplicaSetStatus,
        RollingUpdateDeployment,
    };

    use super::*;

    fn deployment(replicas: i32) -> Deployment {
        let rolling = RollingUpdateDeployment {
            max_surge: Some(IntOrString::String("25%".to_owned())),
            max_unavailable: Some(IntOrString::String("25%".to_owned())),
        };
        let strategy = DeploymentStrategy {
            type_: Some("RollingUpdate".to_owned()),
            rolling_update: Some(rolling),
        };
        let spec = DeploymentSpec {
            replicas: Some(replicas),
            strategy: Some(strategy),
            ..Default::default()
        };
        Deployment { spec: Some(spec), ..Default::default() }
    }

    fn set(size: i32, available: i32) -> ReplicaSet {
        let spec = ReplicaSetSpec { replicas: Some(size), ..Default::default() };
        let status = ReplicaSetStatus { available_replicas: Some(available), ..Default::default() };
        ReplicaSet { spec: Some(spec), status: Some(status), ..Default::default() }
    }

    #[test]
    fn surge_rounds_up_and_unavailability_down() {
        let two = deployment(2);

        assert_eq!((max_surge(&two), max_unavailable(&two)), (1, 0));
    }

    #[test]
    fn the_new_set_grows_only_as_far_as_the_surge_allows() {
        assert_eq!(new_size(&deployment(4), 4, 0), 1);
        assert_eq!(new_size(&deployment(4), 5, 1), 1);
    }

    #[test]
    fn old_pods_go_only_when_enough_others_are_available() {
        let four = deployment(4);

        assert_eq!(old_sizes(&four, &[set(4, 4)], &set(1, 0)), [3]);
        assert_eq!(old_sizes(&four, &[set(3, 3)], &set(2, 0)), [3]);
        assert_eq!(old_sizes(&four, &[set(3, 3)], &set(2, 2)), [1]);
    }

    #[test]
    fn pods_that_are_on_their_way_out_do_not_count_as_available() {
        assert_eq!(old_sizes(&deployment(4), &[set(3, 4)], &set(2, 1)), [2]);
    }

    #[test]
    fn unhealthy_old_pods_go_first() {
        assert_eq!(old_sizes(&deployment(4), &[set(2, 0), set(3, 3)], &set(0, 0)), [0, 3]);
    }

    #[test]
    fn no_number_that_a_manifest_may_hold_overflows() {
        let mut huge = deployment(i32::MAX);
        let shares = [
            Share { size: i32::MAX, most_before: 1, age: 0 },
            Share { size: i32::MAX, most_before: i32::MAX, age: 1 },
        ];

        assert_eq!(new_size(&huge, 0, 0), i32::MAX);
        assert_eq!(proportional(&huge, &shares).len(), 2);
        assert_eq!(old_sizes(&huge, &[set(i32::MAX, i32::MAX)], &set(i32::MAX, 0)).len(), 1);
        let spec = huge.spec.as_mut().unwrap();
        let strategy = spec.strategy.as_mut().unwrap().rolling_update.as_mut().unwrap();
        strategy.max_surge = Some(IntOrString::Int(i32::MAX));
        assert_eq!(most(&huge), i32::MAX);
    }

    #[test]
    fn scaling_amid_a_rollout_keeps_the_proportion() {
        let shares = [
            Share { size: 8, most_before: 13, age: 0 },
            Share { size: 5, most_before: 13, age: 1 },
        ];

        assert_eq!(proportional(&deployment(15), &shares), [12, 7]);
    }
}
