//! `kill -9` in the middle of writing: what was acknowledged is there, and nothing twice.
//!
//! The writer is this test program itself, started once more with the name of one test.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use curriculum::CheckState;
use hangar::store::{CheckResult, Outcome, Store};

use super::{class, join, postgres, sqlite};

/// Names the database to the program that writes.
const DATABASE: &str = "HANGAR_TEST_WRITES_TO";
const LEARNERS: usize = 6;

/// Writes results until it is killed; says each one that was acknowledged.
#[tokio::test(flavor = "multi_thread")]
async fn writes_until_it_is_killed() {
    let Ok(url) = std::env::var(DATABASE) else { return };
    let store = Store::open(&url).await.unwrap();
    let writers = (0..LEARNERS).map(|learner| {
        let store = store.clone();
        tokio::spawn(async move {
            let id = format!("learner {learner}");
            for number in store.last_sequence(&id).await.unwrap() + 1.. {
                let result = CheckResult {
                    exercise_id: "exercise".into(),
                    check_id: format!("check {number}"),
                    state: CheckState::Passed,
                    first_passed_at: Some(number),
                    reason: None,
                    changed_at: number,
                };
                let outcome = Outcome { results: vec![result], events: vec![number.to_string()] };
                let recorded = store.record(&id, outcome).await.unwrap().unwrap();
                assert_eq!(recorded.sequence, number);
                let mut out = std::io::stdout().lock();
                writeln!(out, "\nwritten {learner} {number}").unwrap();
            }
        })
    });
    futures::future::join_all(writers).await;
}

/// Lets the writer write until so many results were acknowledged, and kills it; the last of each learner.
fn write_and_kill(url: &str, results: usize) -> HashMap<usize, i64> {
    let mut writer = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "kill::writes_until_it_is_killed", "--nocapture"])
        .env(DATABASE, url)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut acknowledged = HashMap::new();
    let said = BufReader::new(writer.stdout.take().unwrap());
    let mut said = said.lines().map_while(Result::ok);
    let mut note = |line: String| {
        let Some(rest) = line.strip_prefix("written ") else { return false };
        // A line that the kill has cut says nothing.
        let Some((learner, number)) = rest.split_once(' ') else { return false };
        let number: i64 = number.parse().unwrap();
        let last = acknowledged.entry(learner.parse().unwrap()).or_insert(number);
        *last = number.max(*last);
        true
    };
    said.by_ref().filter_map(|line| note(line).then_some(())).take(results).for_each(drop);
    // `kill` is SIGKILL: there is no time for anything.
    writer.kill().unwrap();
    said.for_each(|line| _ = note(line));
    writer.wait().unwrap();
    acknowledged
}

/// Kills again and again, and compares what is there with what was acknowledged.
async fn survives(url: String) {
    let store = Store::open(&url).await.unwrap();
    store.add_class(&class(10), 1).await.unwrap();
    for learner in 0..LEARNERS {
        join(&store, &format!("learner {learner}")).await;
    }
    store.close().await;

    for round in 0..8 {
        let at = url.clone();
        let writing = tokio::task::spawn_blocking(move || write_and_kill(&at, 20 + 17 * round));
        let acknowledged = writing.await.unwrap();
        assert!(!acknowledged.is_empty(), "something was written in round {round}");

        let store = Store::open(&url).await.unwrap();
        for (learner, last) in acknowledged {
            let id = format!("learner {learner}");
            let there = store.last_sequence(&id).await.unwrap();
            assert!(there >= last, "{id}: {last} was acknowledged, {there} is there");
            let results = store.results(&id).await.unwrap();
            let mut numbers: Vec<i64> = results.iter().map(|one| one.changed_at).collect();
            numbers.sort_unstable();
            let all: Vec<i64> = (1..=there).collect();
            assert_eq!(numbers, all, "{id}: each result once, without a gap");
            let events = store.events_after(&id, 0, 100_000).await.unwrap();
            let told: Vec<String> = events.iter().map(|(_, data)| data.clone()).collect();
            let kept = all.len() - told.len();
            let expected: Vec<String> = all[kept..].iter().map(ToString::to_string).collect();
            assert_eq!(told, expected, "{id}: each result was told once, with it");
        }
        store.close().await;
    }
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
