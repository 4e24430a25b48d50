//! The bench that proofs are done on: a practice cluster and, for each proof, a lab of its own.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use curriculum::{
    Check, CheckId, Exercise, Language, Reason, Verdict, View, evaluate, record_baseline,
};
use serde_json::Value;
use tokio::time::{Instant, interval, sleep};

use super::{Shared, patience};
use crate::ambient::Ambient;
use crate::cluster::connect::{Connection, Options, Source, connect};
use crate::cluster::{Cluster, LabNames, Limits, ScriptEnd};
use crate::labs::{Labs, home};
use crate::tasks::Tasks;
use crate::typing::{self, Command, End, Unexpected};

/// How long anything may take, in the lab's own time.
pub(super) const PATIENCE: Duration = Duration::from_mins(3);
/// How long the machine itself may work on a block, whatever the lab's clock says.
pub(super) const BUSY: Duration = Duration::from_secs(30);
/// How often the checks are looked at.
const BEAT: Duration = Duration::from_millis(250);
/// How long a verdict must stand to count.
const STEADY: Duration = Duration::from_secs(5);

/// A practice cluster with room for many labs.
pub(super) struct Bench {
    pub(super) course: Shared,
    connection: Connection,
    ambient: Ambient,
    tasks: Tasks,
}

/// One lab.
pub(super) struct Lab<'a> {
    bench: &'a Bench,
    names: LabNames,
    variables: BTreeMap<String, String>,
    baseline: Option<Value>,
}

impl Bench {
    pub(super) async fn start(course: Shared, ambient: Ambient) -> anyhow::Result<Self> {
        let options = Options {
            installation: "content-check".to_owned(),
            limits: Limits::default(),
            toolbox_image: None,
            external_server: None,
            readers: Vec::new(),
            clock: Arc::clone(&ambient.clock),
            random: ambient.numbers(),
        };
        let source = Source::Practice { listen: ([127, 0, 0, 1], 0).into() };
        let connection = connect(&source, options).await?;
        let tasks = Tasks::default();
        connection.cluster.watch(&tasks);
        // A paused clock jumps to the next timer while a request is on its way; this timer keeps the
        // jumps so short that no time-out is met by mistake.
        tasks.keep("clock", async {
            let mut ticks = interval(Duration::from_millis(1));
            loop {
                ticks.tick().await;
            }
        });
        Ok(Self { course, connection, ambient, tasks })
    }

    pub(super) async fn close(self) {
        self.tasks.stopping().cancel();
        self.connection.close().await;
    }

    fn cluster(&self) -> &Cluster {
        &self.connection.cluster
    }

    /// Makes a lab and waits for its toolbox.
    pub(super) async fn lab(&self, language: Language) -> anyhow::Result<Lab<'_>> {
        let id = self.ambient.id();
        let names = LabNames::new(&id, &LabNames::slug("author", &id));
        let cluster = self.cluster();
        cluster.index().track(&names);
        let files = home(&self.course, &names, language);
        let expires = (self.ambient.clock)() + Duration::from_hours(24);
        cluster.ensure(&names, expires, &files, |_| {}).await?;
        let deadline = Instant::now() + PATIENCE;
        while !cluster.index().toolbox_is_ready(&id) {
            if Instant::now() > deadline {
                bail!("the lab's toolbox does not become ready");
            }
            sleep(BEAT).await;
        }
        let variables = Labs::variables(&names);
        Ok(Lab { bench: self, names, variables, baseline: None })
    }
}

impl Lab<'_> {
    /// Types commands into the lab's shell; what is returned is the first that does not end as it is meant to.
    pub(super) async fn run<'c>(
        &self,
        commands: &'c [Command],
    ) -> anyhow::Result<Option<Unexpected<'c>>> {
        self.run_within(commands, BUSY).await
    }

    async fn run_within<'c>(
        &self,
        commands: &'c [Command],
        busy: Duration,
    ) -> anyhow::Result<Option<Unexpected<'c>>> {
        let script = typing::script(commands);
        let mut was_busy = false;
        let over = async {
            patience::runs_out(busy).await;
            was_busy = true;
        };
        let cluster = self.bench.cluster();
        let outcome = cluster.run_script_until(&self.names, &script, PATIENCE, over).await?;
        let unexpected = typing::unexpected(commands, &outcome.output);
        Ok(match (unexpected, outcome.end) {
            (Some(found), ScriptEnd::TimeUp) if found.end == End::Never => {
                let end = if was_busy { End::Busy } else { End::TimeUp };
                Some(Unexpected { end, ..found })
            }
            (unexpected, _) => unexpected,
        })
    }

    /// Presses *Start*.
    pub(super) fn start(&mut self, exercise: &Exercise) -> Result<(), Reason> {
        let objects = self.bench.cluster().index().objects(&self.names.id);
        self.baseline = Some(record_baseline(exercise, &objects)?);
        Ok(())
    }

    /// Forgets what was noted at *Start*: another exercise begins.
    pub(super) fn put_away(&mut self) {
        self.baseline = None;
    }

    /// What each check says now.
    fn verdicts<'c>(
        &self,
        checks: impl Iterator<Item = &'c Check>,
    ) -> BTreeMap<&'c CheckId, Verdict> {
        let objects = self.bench.cluster().index().objects(&self.names.id);
        let view = View {
            objects: &objects,
            variables: &self.variables,
            baseline: self.baseline.as_ref(),
            now: (self.bench.ambient.clock)().as_second(),
        };
        checks.map(|check| (&check.id, evaluate(check, &view))).collect()
    }

    /// Waits until exactly the checks in `red` do not hold, and still do not a moment later. What each says in the end is returned
    /// when they never come to that.
    pub(super) async fn settle<'c>(
        &self,
        checks: &[&'c Check],
        red: &[&CheckId],
    ) -> Result<(), BTreeMap<&'c CheckId, Verdict>> {
        let deadline = Instant::now() + PATIENCE;
        let mut since = None;
        loop {
            let verdicts = self.verdicts(checks.iter().copied());
            let as_wanted = verdicts
                .iter()
                .all(|(id, verdict)| (*verdict == Verdict::Passed) != red.contains(id));
            since = if as_wanted { since.or_else(|| Some(Instant::now())) } else { None };
            if since.is_some_and(|since| since.elapsed() >= STEADY) {
                return Ok(());
            }
            if Instant::now() > deadline {
                return Err(verdicts);
            }
            sleep(BEAT).await;
        }
    }
}

impl Drop for Lab<'_> {
    fn drop(&mut self) {
        // The namespaces go with the cluster; what the index keeps of them can go now.
        self.bench.cluster().index().forget(&self.names);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU8, Ordering};

    use super::*;
    use crate::content::load;

    fn ambient() -> Ambient {
        let (started, began) = (Instant::now(), jiff::Timestamp::constant(1_800_000_000, 0));
        let next = AtomicU8::new(0);
        let random = move |bytes: &mut [u8]| {
            bytes.fill_with(|| next.fetch_add(37, Ordering::Relaxed));
        };
        Ambient { clock: Arc::new(move || began + started.elapsed()), random: Arc::new(random) }
    }

    #[tokio::test(start_paused = true)]
    async fn a_loop_that_never_rests_is_ended_and_leaves_the_clock_to_the_next_block() {
        let course = Arc::new(load(None).unwrap());
        let bench = Bench::start(course, ambient()).await.unwrap();
        let lab = bench.lab(Language::En).await.unwrap();

        for endless in ["while :; do :; done", "yes > /dev/null"] {
            let commands = typing::succeeding(endless);
            let found = lab.run_within(&commands, Duration::ZERO).await.unwrap().unwrap();
            assert_eq!((found.end, found.command.text.as_str()), (End::Busy, endless));
        }
        let waiting = typing::succeeding("sleep 100");
        let next = lab.run(&waiting).await.unwrap();

        assert_eq!(next, None);
        drop(lab);
        bench.close().await;
    }
}
