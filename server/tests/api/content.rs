//! What `hangar content check` says about pages and exercises that do not do what they say.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::changes::{change, course_with};

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

fn says(course: &TempDir) -> String {
    let mut check = Command::new(env!("CARGO_BIN_EXE_hangar"));
    let check = check.args(["content", "check", "--lang", "en", "--content"]).arg(course.path());
    let output = check.output().unwrap();
    assert!(!output.status.success(), "a broken course is not accepted");
    String::from_utf8_lossy(&output.stdout).into_owned()
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
