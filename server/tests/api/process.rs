//! The program as an operator meets it: what stops it at the start, how it stops, and what a `kill -9` leaves.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};
use sqlx::{Connection as _, Executor as _};
use tempfile::TempDir;
use tokio::time::Instant;

use crate::app::Actor;

/// How long a server may take to stop.
const DRAIN: Duration = Duration::from_secs(5);

fn command(folder: &Path, listen: &str, more: &[&str]) -> Command {
    let database = format!("sqlite://{}", folder.join("hangar.db").display());
    let mut command = Command::new(env!("CARGO_BIN_EXE_hangar"));
    command.env("HANGAR_DATABASE_URL", database).args(["serve", "--listen", listen]).args(more);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Runs until it refuses to start; what it says.
fn refusal(folder: &Path, listen: &str, more: &[&str]) -> String {
    let output = command(folder, listen, more).output().unwrap();
    assert!(!output.status.success(), "it must not start");
    let said = String::from_utf8(output.stderr).unwrap();
    said.lines().find(|line| line.starts_with("hangar: ")).unwrap_or(&said).to_owned()
}

/// The program, serving.
struct Program {
    child: Child,
    url: String,
}

impl Program {
    fn start(folder: &Path) -> Self {
        let mut child = command(folder, "127.0.0.1:0", &[]).spawn().unwrap();
        let mut line = String::new();
        let mut said = BufReader::new(child.stdout.take().unwrap());
        said.read_line(&mut line).unwrap();
        let url = line.trim().strip_prefix("Hangar is at ").unwrap_or_else(|| {
            let mut error = String::new();
            child.stderr.take().unwrap().read_to_string(&mut error).unwrap();
            panic!("it does not start: {line} {error}")
        });
        let url = url.trim_end_matches('/').to_owned();
        // Nobody reads on; a pipe that is full would stop the program.
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        let mut errors = child.stderr.take().unwrap();
        std::thread::spawn(move || std::io::copy(&mut errors, &mut std::io::sink()));
        Self { child, url }
    }

    fn signal(&self, signal: &str) {
        let told = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        assert!(told.unwrap().success());
    }

    /// Waits for its end, at most as long as it may take.
    async fn ends(&mut self) -> std::process::ExitStatus {
        let asked = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(asked.elapsed() < DRAIN, "it still runs after {DRAIN:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

async fn join(url: &str) -> Actor {
    let body = json!({"name": "Ada", "language": "en"});
    let anyone = Actor::at(url, "");
    let answer = anyone.post("/api/v1/classes/open/join", body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
    Actor::at(url, &answer.cookie())
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
async fn a_database_that_another_program_locks_is_named_with_the_way_out() {
    let folder = folder();
    let url = format!("sqlite://{}?mode=rwc", folder.path().join("hangar.db").display());
    let mut other = sqlx::SqliteConnection::connect(&url).await.unwrap();
    other.execute("CREATE TABLE theirs (id TEXT); BEGIN EXCLUSIVE").await.unwrap();

    let path = folder.path().to_owned();
    let said = tokio::task::spawn_blocking(move || refusal(&path, "127.0.0.1:0", &[]));

    let said = said.await.unwrap();
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

    let path = folder.path().to_owned();
    let said = tokio::task::spawn_blocking(move || refusal(&path, "127.0.0.1:0", &[]));

    let said = said.await.unwrap();
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
    let ada = join(&program.url).await;
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
    let ada = join(&program.url).await;
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
    let ada = join(&program.url).await;
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
