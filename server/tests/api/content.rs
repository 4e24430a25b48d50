//! What `hangar content check` says about pages and exercises that do not do what they say.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::app::{Event, TestApp};
use crate::changes::{change, course_with};
use crate::labs::say_hello;

const HYBRID: &str = "lessons/01-hybrid-mode-intro";
const KUBERNETES: &str = "lessons/03-kubernetes-architecture";

/// The built-in course; what is executed on pages is the same in every language, so it is changed in all of them.
fn course() -> TempDir {
    course_with("course.yaml", "", "")
}

fn change_pages(course: &TempDir, lesson: &str, from: &str, to: &str) {
    for language in ["en", "pt", "es"] {
        change(course, &format!("{lesson}/{language}.md"), from, to);
    }
}

fn line_of(course: &Path, file: &str, text: &str) -> usize {
    let lines = fs::read_to_string(course.join(file)).unwrap();
    lines.lines().position(|line| line.contains(text)).unwrap() + 1
}

/// What a check of the English pages says of a broken course, with more on its command line.
fn says_with(course: &TempDir, more: &[&str]) -> String {
    let mut check = Command::new(env!("CARGO_BIN_EXE_hangar"));
    let check = check.args(["content", "check", "--lang", "en", "--content"]).arg(course.path());
    let output = check.args(more).output().unwrap();
    assert!(!output.status.success(), "a broken course is not accepted");
    // What cannot be loaded is said where errors are.
    [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat()
}

fn says(course: &TempDir) -> String {
    says_with(course, &[])
}

#[test]
fn a_command_that_ends_otherwise_than_the_page_says_is_named_by_file_and_line() {
    let course = course();
    let (can_i, nodes) = ("kubectl auth can-i get pods", "kubectl get nodes");
    change_pages(&course, HYBRID, " fails=2", "");
    change_pages(&course, KUBERNETES, nodes, "kubectll get nodes");
    change_pages(&course, KUBERNETES, "step=fix", "step=fix fails=3");

    let said = says(&course);

    let line = line_of(course.path(), &format!("{HYBRID}/en.md"), can_i);
    let failed = format!("{HYBRID}/en.md:{line}: `{can_i} -n kube-system` ends with exit code 1");
    assert!(said.contains(&failed) && said.contains("fails=2"), "{said}");
    assert!(said.contains("shows at last:\n    no"), "{said}");
    let line = line_of(course.path(), &format!("{KUBERNETES}/en.md"), "kubectll get nodes");
    let unknown = format!("{KUBERNETES}/en.md:{line}: `kubectll get nodes` asks for a command");
    assert!(said.contains(&unknown), "{said}");
    assert!(said.contains("ends well, although the fence says fails=3"), "{said}");
}

#[test]
fn a_command_that_does_not_end_is_named_with_what_it_showed() {
    let course = course();
    let nodes = "kubectl get nodes";
    change_pages(&course, KUBERNETES, " fails=1", "");
    change_pages(&course, KUBERNETES, nodes, "echo waiting; sleep 3600");

    let said = says_with(&course, &["--lesson", "kubernetes-architecture"]);

    let line = line_of(course.path(), &format!("{KUBERNETES}/en.md"), "sleep 3600");
    let unended = format!(
        "{KUBERNETES}/en.md:{line}: `echo waiting; sleep 3600` still runs when the 3 minutes are over"
    );
    assert!(said.contains(&unended), "{said}");
    assert!(said.contains("it shows at last:\n    waiting"), "{said}");
}

#[test]
fn what_an_exercise_builds_on_must_be_done_and_a_check_must_be_red_at_first() {
    let course = course();
    let exercises = format!("{KUBERNETES}/exercises");
    change_pages(&course, HYBRID, "configmap hello --from", "configmap hallo --from");
    let after = "after: [your-two-namespaces]\nsteps:";
    change(&course, &format!("{exercises}/scheduler-says-no.yaml"), "steps:", after);
    let early = "that: self == null || self.status.readyReplicas == 2";
    let file = format!("{exercises}/desired-state-loop.yaml");
    change(&course, &file, "that: self.status.readyReplicas == 2", early);

    let said = says(&course);

    let builds_on = "`scheduler-says-no` builds on `your-two-namespaces`, which cannot be done";
    assert!(said.contains(builds_on) && said.contains("never turns green"), "{said}");
    assert!(said.contains("`two-ready` must be red before anything is done"), "{said}");
}

#[test]
fn a_fence_cannot_name_a_command_that_its_block_does_not_have() {
    let course = course();
    change_pages(&course, HYBRID, "fails=2", "fails=3");

    let said = says(&course);

    assert!(said.contains("fails=3: the block has fewer commands"), "{said}");
}

#[test]
fn a_check_that_holds_by_pressing_start_proves_nothing() {
    let course = course();
    let file = format!("{KUBERNETES}/exercises/desired-state-loop.yaml");
    let by_start = "that: baseline.pods.size() >= 2";
    change(&course, &file, "that: self.status.readyReplicas == 2", by_start);

    let said = says_with(&course, &["--lesson", "kubernetes-architecture"]);

    assert!(said.contains("`two-ready` must be red right after *Start*"), "{said}");
}

#[test]
fn a_lesson_that_is_not_there_is_not_proven() {
    let said = says_with(&course(), &["--lesson", "kubernetes-architektur"]);

    assert!(said.contains("no lesson `kubernetes-architektur`"), "{said}");
    assert!(said.contains("`kubernetes-architecture`"), "the lessons that are there: {said}");
}

#[test]
fn pages_and_exercises_that_promise_what_cannot_be_are_named() {
    let course = course();
    let exercise = format!("{KUBERNETES}/exercises/desired-state-loop.yaml");
    change(&course, &exercise, "that: self.status.readyReplicas == 2", "that: self.status");
    let said = says(&course);
    assert!(said.contains("must be true or false"), "{said}");

    let course = self::course();
    let exercise = format!("{KUBERNETES}/exercises/scheduler-says-no.yaml");
    change(&course, &exercise, "list: {kind: Pod, plane", "list: {kind: Event, plane");
    let said = says(&course);
    assert!(said.contains("\"Event\" is not a kind that checks can read"), "{said}");

    let course = self::course();
    let link = "\n[mais](https://kubernetes.io/docs/concepts/)\n\n## ";
    change(&course, &format!("{HYBRID}/pt.md"), "\n## ", link);
    let said = says(&course);
    let number = line_of(course.path(), &format!("{HYBRID}/pt.md"), "[mais]");
    let found = format!("{HYBRID}/pt.md:{number}: {HYBRID}/en.md does not link to");
    assert!(said.contains(&found), "{said}");
}

#[tokio::test]
async fn an_exercise_that_is_saved_is_looked_at_at_once() {
    let course = course();
    let more = ["--content", course.path().to_str().unwrap()];
    let app = TestApp::start_with(&more).await;
    let ada = app.join("Ada").await;
    let lab = ada.start_lab().await;
    let mut events = ada.events(None).await;
    say_hello(&ada, lab["cp_namespace"].as_str().unwrap(), "control").await;
    let is = |state: &'static str| {
        move |event: &Event| event.data["check"] == "cp-hello" && event.data["state"] == state
    };
    events.until(is("passed")).await;

    let exercise = format!("{HYBRID}/exercises/your-two-namespaces.yaml");
    change(
        &course,
        &exercise,
        "that: self.data.plane == 'control'",
        "that: self.data.plane == 'x'",
    );

    events.until(is("not-yet")).await;
}
