//! What to do next with a lab, and how it stands: pure decisions from what is wanted and what is found.

use wire::{LabState, StepState};

use crate::cluster::Toolbox;
use crate::store::LabRow;
use crate::told::{LabStanding, Step};

/// How long a toolbox may take to come up before the lab is called ready without it, in milliseconds.
const TOOLBOX_PATIENCE: i64 = 20_000;

/// What the cluster shows of a lab.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// How many of its namespaces exist.
    pub namespaces: usize,
    /// How many of them are being deleted.
    pub terminating: usize,
    /// Its toolbox.
    pub toolbox: Toolbox,
    /// Why the cluster is out of sight, as a stable word.
    pub unseen: Option<&'static str>,
}

impl Found {
    fn toolbox_is_ready(&self) -> bool {
        self.toolbox == Toolbox::Ready
    }

    /// Every namespace is there to stay.
    fn whole(&self) -> bool {
        self.namespaces == 3 && self.terminating == 0
    }
}

/// What this process remembers of a lab; all of it can be lost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Memory {
    /// The step that is being done right now.
    pub doing: Option<Step>,
    /// When everything had been created.
    pub created_at: Option<i64>,
    /// Why the last try failed, and when to try again.
    pub failed: Option<Failure>,
}

/// A try that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    /// A stable word for why.
    pub code: String,
    /// How many tries failed in a row.
    pub tries: u32,
    /// When to try again.
    pub retry_at: i64,
}

impl Failure {
    /// The next failure after `before`: again in 1 s, 2 s, 4 s … 60 s.
    pub(super) fn after(before: Option<&Self>, code: &str, now: i64) -> Self {
        let tries = before.map_or(1, |failure| failure.tries.saturating_add(1));
        let seconds = 1_i64 << (tries - 1).min(6);
        Self { code: code.to_owned(), tries, retry_at: now + seconds.min(60) * 1_000 }
    }
}

/// What to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// Create what is missing.
    Create,
    /// Its time is over: stop wanting it.
    Expire,
    /// Remove its namespaces.
    Remove,
    /// Nothing is left: note that it has ended.
    Close,
    /// Nothing now.
    Wait,
}

/// Decides what to do next with a lab.
pub(super) fn next(row: &LabRow, found: &Found, memory: &Memory, now: i64) -> Next {
    let removing = found.terminating == found.namespaces;
    match (row.wanted, memory.doing.is_some()) {
        (true, _) if row.expires_at <= now => Next::Expire,
        (true | false, true) => Next::Wait,
        (true, false) => {
            let recently =
                memory.created_at.is_some_and(|created| created + TOOLBOX_PATIENCE > now);
            let complete = found.whole()
                && match found.toolbox {
                    Toolbox::Ready => true,
                    Toolbox::Waits | Toolbox::Unwanted => memory.created_at.is_some(),
                    Toolbox::Absent | Toolbox::Over => recently,
                };
            let resting = memory.failed.as_ref().is_some_and(|failure| failure.retry_at > now);
            if complete || resting || found.terminating > 0 { Next::Wait } else { Next::Create }
        }
        (false, false) if found.namespaces == 0 => Next::Close,
        (false, false) if removing => Next::Wait,
        (false, false) => Next::Remove,
    }
}

/// Says how a lab stands. `queue` is its place among those that wait for a turn.
pub(super) fn standing(
    row: &LabRow,
    found: &Found,
    memory: &Memory,
    queue: Option<u32>,
    now: i64,
) -> LabStanding {
    let mut standing = LabStanding {
        expires_at: row.wanted.then_some(row.expires_at),
        cp_namespace: row.wanted.then(|| format!("{}-cp", row.slug)),
        dp_namespace: row.wanted.then(|| format!("{}-dp", row.slug)),
        ..LabStanding::default()
    };
    standing.state = state(row, found, memory, queue, now);
    standing.queue = queue.filter(|_| standing.state == LabState::Queued);
    standing.steps = steps(standing.state, found, memory);
    if standing.state == LabState::Failed {
        let failed = memory.failed.as_ref().map(|failure| failure.code.clone());
        standing.problem = found.unseen.map(str::to_owned).or(failed);
    }
    standing
}

fn state(row: &LabRow, found: &Found, memory: &Memory, queue: Option<u32>, now: i64) -> LabState {
    if !row.wanted {
        return if row.ended_at.is_some() { LabState::Ended } else { LabState::Ending };
    }
    let patience = if found.toolbox == Toolbox::Unwanted { 0 } else { TOOLBOX_PATIENCE };
    let patience_is_over = memory.created_at.is_some_and(|created| created + patience <= now);
    if found.whole() && (found.toolbox_is_ready() || patience_is_over) {
        LabState::Ready
    } else if memory.doing.is_none() && (memory.failed.is_some() || found.unseen.is_some()) {
        LabState::Failed
    } else if queue.is_some() {
        LabState::Queued
    } else {
        LabState::Preparing
    }
}

fn steps(state: LabState, found: &Found, memory: &Memory) -> Vec<(Step, StepState)> {
    let reached = |step: Step| Step::ALL.iter().position(|one| *one == step);
    let doing = match state {
        LabState::None | LabState::Ended | LabState::Ending => return Vec::new(),
        LabState::Ready => Step::ALL.len(),
        LabState::Queued => 0,
        LabState::Preparing | LabState::Failed => memory
            .doing
            .and_then(reached)
            .unwrap_or(if memory.created_at.is_some() { Step::ALL.len() - 1 } else { 0 }),
    };
    let late = !matches!(found.toolbox, Toolbox::Ready | Toolbox::Unwanted);
    let step_state = |index: usize, step: Step| match index.cmp(&doing) {
        std::cmp::Ordering::Less if step == Step::Ready && late => StepState::Failed,
        std::cmp::Ordering::Less => StepState::Done,
        std::cmp::Ordering::Equal if state == LabState::Failed => StepState::Failed,
        std::cmp::Ordering::Equal if state == LabState::Preparing => StepState::Running,
        std::cmp::Ordering::Equal | std::cmp::Ordering::Greater => StepState::Waiting,
    };
    let all = Step::ALL.iter().enumerate().map(|(index, step)| (*step, step_state(index, *step)));
    all.filter(|(step, _)| *step != Step::Toolbox || found.toolbox != Toolbox::Unwanted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(wanted: bool) -> LabRow {
        LabRow {
            id: "l".to_owned(),
            learner_id: "p".to_owned(),
            slug: "ada-x".to_owned(),
            requested_at: 0,
            expires_at: 100_000,
            wanted,
            ended_at: None,
        }
    }

    fn found(namespaces: usize, terminating: usize, toolbox_ready: bool) -> Found {
        let toolbox = if toolbox_ready { Toolbox::Ready } else { Toolbox::Waits };
        Found { namespaces, terminating, toolbox, unseen: None }
    }

    #[test]
    fn a_wanted_lab_is_created_and_then_left_alone() {
        let nothing = Memory::default();
        let created = Memory { created_at: Some(1), ..Memory::default() };

        assert_eq!(next(&row(true), &found(0, 0, false), &nothing, 0), Next::Create);
        assert_eq!(next(&row(true), &found(3, 0, false), &created, 0), Next::Wait);
        assert_eq!(next(&row(true), &found(3, 0, true), &nothing, 0), Next::Wait);
    }

    #[test]
    fn what_somebody_else_removed_is_created_again() {
        let created = Memory { created_at: Some(1), ..Memory::default() };

        assert_eq!(next(&row(true), &found(2, 1, true), &created, 0), Next::Wait);
        assert_eq!(next(&row(true), &found(2, 0, true), &created, 0), Next::Create);
    }

    #[test]
    fn a_toolbox_that_has_gone_is_made_again() {
        let created = Memory { created_at: Some(0), ..Memory::default() };
        let without = |toolbox| Found { toolbox, ..found(3, 0, false) };

        for gone in [Toolbox::Absent, Toolbox::Over] {
            let found = without(gone);
            assert_eq!(next(&row(true), &found, &created, 1_000), Next::Wait);
            assert_eq!(next(&row(true), &found, &created, TOOLBOX_PATIENCE), Next::Create);
        }
        let waits = without(Toolbox::Waits);
        assert_eq!(next(&row(true), &waits, &created, TOOLBOX_PATIENCE), Next::Wait);
    }

    #[test]
    fn a_lab_that_is_not_wanted_is_removed_and_closed() {
        let nothing = Memory::default();

        assert_eq!(next(&row(true), &found(3, 0, true), &nothing, 100_000), Next::Expire);
        assert_eq!(next(&row(false), &found(3, 0, true), &nothing, 0), Next::Remove);
        assert_eq!(next(&row(false), &found(3, 3, true), &nothing, 0), Next::Wait);
        assert_eq!(next(&row(false), &found(0, 0, false), &nothing, 0), Next::Close);
    }

    #[test]
    fn a_failure_rests_longer_each_time() {
        let first = Failure::after(None, "refused", 0);
        let second = Failure::after(Some(&first), "refused", 0);
        let many = (0..20).fold(second.clone(), |last, _| Failure::after(Some(&last), "x", 0));

        assert_eq!((first.retry_at, second.retry_at, many.retry_at), (1_000, 2_000, 60_000));
    }

    #[test]
    fn the_standing_tells_the_step_and_the_place() {
        let doing = Memory { doing: Some(Step::Access), ..Memory::default() };
        let preparing = standing(&row(true), &found(3, 0, false), &doing, None, 0);
        assert_eq!(preparing.state, LabState::Preparing);
        assert_eq!(preparing.steps[1].1, StepState::Done);
        assert_eq!(preparing.steps[2].1, StepState::Running);

        let queued = standing(&row(true), &Found::default(), &Memory::default(), Some(4), 0);
        assert_eq!((queued.state, queued.queue), (LabState::Queued, Some(4)));
    }

    #[test]
    fn a_lab_that_waits_for_a_cluster_out_of_sight_says_so() {
        let unseen = Found { unseen: Some("unreachable"), ..Found::default() };
        let ready = Found { unseen: Some("unreachable"), ..found(3, 0, true) };

        let waits = standing(&row(true), &unseen, &Memory::default(), None, 0);
        let goes_on = standing(&row(true), &ready, &Memory::default(), None, 0);

        assert_eq!(
            (waits.state, waits.problem.as_deref()),
            (LabState::Failed, Some("unreachable"))
        );
        assert_eq!((goes_on.state, goes_on.problem), (LabState::Ready, None));
    }

    #[test]
    fn where_no_toolbox_is_wanted_a_lab_is_ready_at_once_and_names_no_step_for_it() {
        let found = Found { toolbox: Toolbox::Unwanted, ..found(3, 0, false) };
        let created = Memory { created_at: Some(1_000), ..Memory::default() };

        let made = standing(&row(true), &found, &created, None, 1_000);

        assert_eq!(made.state, LabState::Ready);
        assert!(
            made.steps
                .iter()
                .all(|(step, state)| { *step != Step::Toolbox && *state == StepState::Done })
        );
        assert_eq!(next(&row(true), &found, &created, 1_000), Next::Wait);
        assert_eq!(next(&row(true), &found, &Memory::default(), 1_000), Next::Create);
    }

    #[test]
    fn a_lab_without_a_toolbox_is_ready_after_a_while_and_says_so() {
        let created = Memory { created_at: Some(0), ..Memory::default() };

        let early = standing(&row(true), &found(3, 0, false), &created, None, 1_000);
        let late = standing(&row(true), &found(3, 0, false), &created, None, TOOLBOX_PATIENCE);

        assert_eq!(early.state, LabState::Preparing);
        assert_eq!(late.state, LabState::Ready);
        assert_eq!(late.steps[4].1, StepState::Failed);
    }
}
