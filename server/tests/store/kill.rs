//! `kill -9` in the middle of writing: what was acknowledged is there, nothing twice, and nothing by halves.
//!
//! The writer is this test program itself, started once more with the name of one test.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use curriculum::CheckState;
use hangar::store::{CheckResult, Outcome, Store, sql};

use super::{class, join, postgres, sqlite};

/// Names the database to the program that writes.
const DATABASE: &str = "HANGAR_TEST_WRITES_TO";
const LEARNERS: usize = 6;
const FIRST: &str = "learner 0";
/// How many results are recorded together: so many that a transaction takes a while.
const TOGETHER: i64 = 60;
/// How long a reason is in a write that stays open: so long that SQLite has written pages of it before it is committed.
const LONG: usize = 100_000;
/// How often it is killed, each time a little later after a write began.
const KILLS: u64 = 20;

/// Writes results until it is killed; says each one that was acknowledged.
#[tokio::test(flavor = "multi_thread")]
async fn writes_until_it_is_killed() {
    let Ok(url) = std::env::var(DATABASE) else { return };
    let store = Store::open(&url).await.unwrap();
    let writers = (0..LEARNERS).map(|learner| {
        let store = store.clone();
        async move {
            let id = format!("learner {learner}");
            for number in store.last_sequence(&id).await.unwrap() + 1.. {
                say("begun", learner, number);
                let recorded = store.record(&id, whole(number)).await.unwrap().unwrap();
                assert_eq!(recorded.sequence, number);
                say("written", learner, number);
            }
        }
    });
    futures::future::join_all(writers).await;
}

/// A write: results that belong together and the event that tells of them.
fn whole(number: i64) -> Outcome {
    let result = |part| CheckResult {
        exercise_id: "exercise".into(),
        check_id: format!("check {number} {part}"),
        state: CheckState::Passed,
        first_passed_at: Some(number),
        reason: None,
        changed_at: number,
    };
    let results = (0..TOGETHER).map(result).collect();
    Outcome { results, events: vec![number.to_string()] }
}

/// Does half of a write of the first learner, says so, and stays in the middle until it is killed.
#[tokio::test(flavor = "multi_thread")]
async fn stays_in_a_transaction_until_it_is_killed() {
    let Ok(url) = std::env::var(DATABASE) else { return };
    let store = Store::open(&url).await.unwrap();
    let number = store.last_sequence(FIRST).await.unwrap() + 1;
    let half = store.write_of(FIRST, move |connection| {
        Box::pin(async move {
            let lock = sql("UPDATE learner SET last_sequence = last_sequence + 1 WHERE id = $1");
            connection.execute(lock.bind(FIRST)).await?;
            for part in 0..TOGETHER {
                let insert = sql("INSERT INTO result (learner_id, exercise_id, check_id, state,
                                                      reason, changed_at)
                     VALUES ($1, 'exercise', $2, 'passed', $3, $4)")
                .bind(FIRST)
                .bind(format!("check {number} {part}"))
                .bind("x".repeat(LONG))
                .bind(number);
                connection.execute(insert).await?;
            }
            say("half", 0, number);
            std::future::pending::<Result<(), hangar::store::Error>>().await
        })
    });
    half.await.unwrap();
}

fn say(word: &str, learner: usize, number: i64) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\n{word} {learner} {number}").unwrap();
}

/// The last number of each learner.
type Last = HashMap<usize, i64>;

/// What a writer said before it was killed.
#[derive(Default)]
struct Said {
    begun: Last,
    written: Last,
}

impl Said {
    /// Whether the line told of a write that is durable.
    fn note(&mut self, line: &str) -> bool {
        let mut words = line.split(' ');
        let (last, durable) = match words.next() {
            Some("begun") => (&mut self.begun, false),
            Some("written") => (&mut self.written, true),
            Some(_) | None => return false,
        };
        // A line that the kill has cut says nothing.
        let learner = words.next().and_then(|word| word.parse().ok());
        let number = words.next().and_then(|word| word.parse().ok());
        let (Some(learner), Some(number)) = (learner, number) else { return false };
        last.insert(learner, number);
        durable
    }
}

/// This test program, with one of its tests alone.
fn program(test: &str, url: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(DATABASE, url)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Lets the writer write until so many writes were acknowledged, and kills it in the middle of the next ones.
fn write_and_kill(url: &str, durable: usize, later: Duration) -> Said {
    let mut writer = program("kill::writes_until_it_is_killed", url);
    let mut said = Said::default();
    let lines = BufReader::new(writer.stdout.take().unwrap());
    let mut lines = lines.lines().map_while(Result::ok);
    lines.by_ref().filter(|line| said.note(line)).take(durable).for_each(drop);
    // The learners write all the time: whenever it is, it is in the middle.
    std::thread::sleep(later);
    // `kill` is SIGKILL: there is no time for anything.
    writer.kill().unwrap();
    lines.for_each(|line| _ = said.note(&line));
    writer.wait().unwrap();
    said
}

/// Kills again and again, and compares what is there with what was acknowledged.
async fn survives(url: String) {
    let store = Store::open(&url).await.unwrap();
    store.add_class(&class(10), 1).await.unwrap();
    for learner in 0..LEARNERS {
        join(&store, &format!("learner {learner}")).await;
    }
    store.close().await;

    let mut cut_off = 0;
    for kill in 0..KILLS {
        let said = write_and_kill(&url, 12, Duration::from_micros(700 * kill));
        assert!(!said.written.is_empty(), "something was written before kill {kill}");

        let store = Store::open(&url).await.unwrap();
        for learner in 0..LEARNERS {
            let there = whole_writes(&store, &format!("learner {learner}")).await;
            let last = said.written.get(&learner).copied().unwrap_or_default();
            assert!(there >= last, "{learner}: {last} was acknowledged, {there} is there");
            let begun = said.begun.get(&learner).copied().unwrap_or_default();
            cut_off += u32::from(begun > there);
        }
        store.close().await;
    }
    assert!(cut_off > 0, "no kill fell into a write, which proves nothing");
}

/// Kills in the middle of a transaction that has written much, and writes on.
async fn is_not_held_up_by_half_a_write(url: String) {
    let store = Store::open(&url).await.unwrap();
    store.add_class(&class(10), 1).await.unwrap();
    join(&store, FIRST).await;
    store.close().await;
    for number in 1..=3 {
        let store = Store::open(&url).await.unwrap();
        store.record(FIRST, whole(number)).await.unwrap().unwrap();
        store.close().await;
        kill_in_a_transaction(&url);
        if let Some(file) = url.strip_prefix("sqlite://") {
            let written = std::fs::metadata(format!("{file}-wal")).unwrap().len();
            assert!(written > LONG as u64, "only {written} bytes of the half were written");
        }

        let store = Store::open(&url).await.unwrap();

        assert_eq!(whole_writes(&store, FIRST).await, number, "half a write is seen");
        store.close().await;
    }
}

fn kill_in_a_transaction(url: &str) {
    let mut writer = program("kill::stays_in_a_transaction_until_it_is_killed", url);
    let lines = BufReader::new(writer.stdout.take().unwrap());
    let half = lines.lines().map_while(Result::ok).any(|line| line.starts_with("half "));
    assert!(half, "it ended before it had done half of a write");
    writer.kill().unwrap();
    writer.wait().unwrap();
}

/// How many writes of a learner are there; each is there as a whole, once, and was told once.
async fn whole_writes(store: &Store, id: &str) -> i64 {
    let there = store.last_sequence(id).await.unwrap();
    let results = store.results(id).await.unwrap();
    let mut numbers: Vec<i64> = results.iter().map(|one| one.changed_at).collect();
    numbers.sort_unstable();
    let all = (1..=there).flat_map(|number| (0..TOGETHER).map(move |_| number));
    assert!(numbers.into_iter().eq(all), "{id}: each write whole and once, without a gap");
    let events = store.events_after(id, 0, 100_000).await.unwrap();
    let told: Vec<String> = events.into_iter().map(|(_, data)| data).collect();
    let first = there + 1 - i64::try_from(told.len()).unwrap();
    let expected: Vec<String> = (first..=there).map(|number| number.to_string()).collect();
    assert_eq!(told, expected, "{id}: each write was told once, with it");
    there
}

#[tokio::test]
async fn what_sqlite_acknowledged_is_there_after_kill_9_and_nothing_twice() {
    let fresh = sqlite();
    survives(fresh.url.clone()).await;
}

#[tokio::test]
async fn what_postgres_acknowledged_is_there_after_kill_9_and_nothing_twice() {
    let fresh = postgres().await;
    survives(fresh.url.clone()).await;
}

#[tokio::test]
async fn nothing_of_an_open_transaction_of_sqlite_is_there_after_kill_9() {
    let fresh = sqlite();
    is_not_held_up_by_half_a_write(fresh.url.clone()).await;
}

#[tokio::test]
async fn nothing_of_an_open_transaction_of_postgres_is_there_after_kill_9() {
    let fresh = postgres().await;
    is_not_held_up_by_half_a_write(fresh.url.clone()).await;
}
