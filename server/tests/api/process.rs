//! The program as an operator meets it: what stops it at the start, how it stops, and what a `kill -9` leaves.

use std::path::Path;
use std::process::Command;

use http::StatusCode;
use serde_json::{Value, json};
use sqlx::{Connection as _, Executor as _};
use tempfile::TempDir;

use crate::app::Actor;
use crate::faults::Beside;
use crate::program::{Program, command};

/// Runs until it refuses to start; what it says.
fn refusal(folder: &Path, listen: &str, more: &[&str]) -> String {
    let output = command(folder, listen, more).output().unwrap();
    assert!(!output.status.success(), "it must not start");
    let said = String::from_utf8(output.stderr).unwrap();
    said.lines().find(|line| line.starts_with("hangar: ")).unwrap_or(&said).to_owned()
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn a_port_that_is_in_use_is_named_with_the_way_out() {
    let folder = folder();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();

    let said = refusal(folder.path(), &address, &[]);

    assert!(said.contains(&format!("cannot listen on {address}")), "{said}");
    assert!(said.contains("--listen"), "{said}");
    assert!(!folder.path().join("hangar.db").exists(), "nothing is touched");
}

#[tokio::test]
async fn a_second_server_on_one_file_is_refused_and_a_link_is_made_beside_the_first() {
    let folder = folder();
    let program = Program::start(folder.path());

    let said = refusal(folder.path(), "127.0.0.1:0", &[]);
    assert!(
        said.contains("another hangar serves from") && said.contains("--database-url"),
        "{said}"
    );

    let url = format!("sqlite://{}", folder.path().join("hangar.db").display());
    let mut link = Command::new(env!("CARGO_BIN_EXE_hangar"));
    let listen = program.url.trim_start_matches("http://");
    link.args(["sign-in-link", "--database-url", &url, "--listen", listen]);
    let printed = String::from_utf8(link.output().unwrap().stdout).unwrap();
    let (address, token) = printed.trim().split_once("?token=").unwrap();
    assert!(address.ends_with(&format!("{}/teach/sign-in", program.url)), "{printed}");
    let anyone = Actor::at(&program.url, "");
    let signed_in = anyone.post("/api/v1/teach/sign-in", json!({"token": token})).await;
    assert_eq!(signed_in.status, StatusCode::NO_CONTENT);
}

#[test]
fn a_link_for_a_database_that_is_not_there_makes_none() {
    let folder = folder();
    let file = folder.path().join("nothing.db");
    let mut link = Command::new(env!("CARGO_BIN_EXE_hangar"));
    let output =
        link.arg("sign-in-link").env("HANGAR_DATABASE_URL", format!("sqlite://{}", file.display()));
    let output = output.output().unwrap();

    assert!(!output.status.success() && !file.exists());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("nothing.db cannot be opened: look whether it is there"), "{said}");
}

#[test]
fn what_is_not_there_yet_says_so() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_hangar"));
    let output = command.args(["rehearse", "--labs", "40"]).output().unwrap();

    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("`hangar rehearse` is not there yet"), "{said}");
}

#[tokio::test]
async fn a_database_that_another_program_locks_is_named_with_the_way_out() {
    let folder = folder();
    let url = format!("sqlite://{}?mode=rwc", folder.path().join("hangar.db").display());
    let mut other = sqlx::SqliteConnection::connect(&url).await.unwrap();
    other.execute("CREATE TABLE theirs (id TEXT); BEGIN EXCLUSIVE").await.unwrap();

    let said = refusal(folder.path(), "127.0.0.1:0", &[]);

    assert!(said.contains("locked by another program"), "{said}");
    other.execute("ROLLBACK").await.unwrap();
}

#[test]
fn a_database_that_may_not_be_written_is_named_with_the_way_out() {
    let folder = folder();
    // The file is there, and it may only be read: as on a volume that is mounted so.
    std::fs::write(folder.path().join("hangar.db"), "").unwrap();
    let url = format!("sqlite://{}?mode=ro", folder.path().join("hangar.db").display());

    let said = refusal(folder.path(), "127.0.0.1:0", &["--database-url", &url]);

    assert!(said.contains("read-only") && said.contains("write access"), "{said}");
}

#[tokio::test]
async fn a_database_of_a_newer_version_is_left_alone() {
    let folder = folder();
    let url = format!("sqlite://{}?mode=rwc", folder.path().join("hangar.db").display());
    let mut other = sqlx::SqliteConnection::connect(&url).await.unwrap();
    other.execute("CREATE TABLE schema_version (version BIGINT PRIMARY KEY)").await.unwrap();
    other.execute("INSERT INTO schema_version VALUES (999)").await.unwrap();
    other.close().await.unwrap();

    let said = refusal(folder.path(), "127.0.0.1:0", &[]);

    assert!(said.contains("version 999") && said.contains("run the newer hangar"), "{said}");
}

#[test]
fn a_kubeconfig_that_is_not_there_is_named() {
    let folder = folder();
    let more = ["--cluster", "kubeconfig", "--kubeconfig", "/nowhere/kubeconfig"];

    let said = refusal(folder.path(), "127.0.0.1:0", &more);

    assert!(said.contains("configuration cannot be used"), "{said}");
    assert!(said.contains("/nowhere/kubeconfig"), "{said}");
}

/// What `hangar content check` says about the built-in course with one file changed.
fn findings(file: &str, from: &str, to: &str) -> String {
    let folder = crate::changes::course_with(file, from, to);
    let mut check = Command::new(env!("CARGO_BIN_EXE_hangar"));
    let output = check.args(["content", "check", "--content"]).arg(folder.path()).output().unwrap();
    assert!(!output.status.success(), "a broken course is not accepted");
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

const EXERCISE: &str = "lessons/03-kubernetes-architecture/exercises/scheduler-says-no.yaml";

#[test]
fn malformed_yaml_is_named_by_file_line_and_caret() {
    let said = findings(EXERCISE, "steps: [break, fix]", "steps: [break, fix");

    assert!(said.contains(EXERCISE), "{said}");
    assert!(
        said.lines().any(|line| line.trim_start().trim_start_matches('|').trim().starts_with('^')),
        "{said}"
    );
}

#[test]
fn malformed_cel_is_named_by_file_line_and_caret() {
    let said = findings(EXERCISE, "    that: ", "    that: ) ");

    let text = std::fs::read_to_string(Path::new("../content").join(EXERCISE)).unwrap();
    let line = text.lines().position(|line| line.starts_with("    that: ")).unwrap() + 1;
    assert!(said.contains(&format!("{EXERCISE}:{line}")), "{said}");
    assert!(
        said.lines().any(|line| line.trim_start().trim_start_matches('|').trim().starts_with('^')),
        "{said}"
    );
}

#[tokio::test]
async fn told_to_stop_in_the_middle_of_everything_it_ends_in_time_and_loses_nothing() {
    let folder = folder();
    let mut program = Program::start(folder.path());
    let ada = program.join("open", "Ada").await;
    let mut events = ada.events(None).await;
    // A lab is being made, a stream is open, a request is on its way.
    ada.post("/api/v1/lab", Value::Null).await;
    ada.post("/api/v1/help", json!({"note": "Here"})).await;

    program.signal("-TERM");

    while events.next().await.is_some() {}
    assert!(program.ends().await.success());
    let again = Program::start(folder.path());
    let ada = Actor::at(&again.url, &ada.cookie);
    assert_eq!(ada.get("/api/v1/help").await.json()["note"], "Here");
}

#[tokio::test]
async fn a_lab_goes_on_after_kill_9_in_the_middle_of_its_making() {
    let folder = folder();
    let mut program = Program::start(folder.path());
    let ada = program.join("open", "Ada").await;
    let lab = ada.post("/api/v1/lab", Value::Null).await;
    assert_eq!(lab.status, StatusCode::ACCEPTED);

    program.signal("-KILL");
    program.ends().await;

    let again = Program::start(folder.path());
    let ada = Actor::at(&again.url, &ada.cookie);
    let ready = ada.start_lab().await;
    assert_eq!(ready["cp_namespace"], lab.json()["cp_namespace"], "it is the same lab");
}

#[tokio::test]
async fn what_was_told_is_still_true_after_kill_9() {
    let folder = folder();
    let mut program = Program::start(folder.path());
    let ada = program.join("open", "Ada").await;
    let lab = ada.start_lab().await;
    let mut events = ada.events(None).await;
    for plane in ["cp", "dp"] {
        let namespace = lab[format!("{plane}_namespace")].as_str().unwrap();
        let word = if plane == "cp" { "control" } else { "data" };
        crate::labs::say_hello(&ada, namespace, word).await;
    }
    let told = events.until(|event| event.name == "check" && event.data["state"] == "passed").await;

    // Others may be on their way; what was told is durable.
    program.signal("-KILL");
    program.ends().await;

    let again = Program::start(folder.path());
    let ada = Actor::at(&again.url, &ada.cookie);
    let exercise = ada.get("/api/v1/exercises/your-two-namespaces").await.json();
    let checks = exercise["checks"].as_array().unwrap();
    let check = checks.iter().find(|check| check["id"] == told.data["check"]).unwrap();
    assert_eq!(check["first_passed_at"], told.data["first_passed_at"]);
    // Its number goes on where it was, so that the stream resumes.
    let next = ada.post("/api/v1/help", Value::Null).await;
    assert_eq!(next.status, StatusCode::OK);
    let last = told.id.unwrap();
    let mut rest = ada.events(Some(last)).await;
    assert!(rest.next().await.unwrap().id.is_none_or(|id| id > last));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_pod_is_given_is_all_that_a_server_in_its_cluster_needs() {
    let beside = Beside::start().await;
    let folder = folder();
    let token = beside.server_token().await;

    let program = Program::start_in_a_pod(folder.path(), &beside.url, &token, &beside.authority());

    let ada = program.learner("Ada").await;
    let lab = ada.start_lab().await;
    let mut events = ada.events(None).await;
    crate::labs::say_hello(&ada, lab["cp_namespace"].as_str().unwrap(), "control").await;
    events.until(|event| event.name == "check" && event.data["state"] == "passed").await;
    drop(program);
    beside.stop().await;
}
