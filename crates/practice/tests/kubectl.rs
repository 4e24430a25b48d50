//! The real kubectl, the same lines on the practice cluster and on a real control plane.
//!
//! Needs `HANGAR_REAL_KUBECONFIG` (an administrator's kubeconfig of a real control plane with nodes)
//! and `HANGAR_REAL_KUBECTL` (the real binary, 1.36). The lines stand in `tests/kubectl/lines.txt`,
//! those that differ in `tests/kubectl/ledger`, each with the pattern of what differs and its cause.
//! Ages are normalised where they stand (a column, a field), times, addresses, uids and random names
//! everywhere, and so is padding, which kubectl makes itself from what it got.
//!
//! **Invariant:** every difference is either a failure or stands in the ledger, and what stands in
//! the ledger still differs, in those lines of its output and in no other.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on ends")]

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;

use practice::{PracticeCluster, Settings};
use regex::Regex;
use tokio::net::TcpListener;

mod support;

/// Where the lines run.
struct Side {
    kubectl: String,
    kubeconfig: PathBuf,
    namespace: String,
    node: String,
}

/// What a line did, normalised.
#[derive(PartialEq, Eq)]
struct Outcome {
    stdout: String,
    stderr: String,
    code: i32,
}

impl Side {
    async fn new(kubectl: String, kubeconfig: PathBuf, namespace: &str) -> Self {
        let mut side =
            Self { kubectl, kubeconfig, namespace: namespace.to_owned(), node: String::new() };
        let nodes = side.raw(&["get", "nodes", "-o", "name"]).await.stdout;
        let first = nodes.lines().next().expect("the cluster has a node");
        first.trim_start_matches("node/").clone_into(&mut side.node);
        assert_eq!(side.raw(&["create", "namespace", namespace]).await.code, 0);
        side
    }

    async fn raw(&self, arguments: &[&str]) -> Outcome {
        let output = tokio::process::Command::new(&self.kubectl)
            .args(arguments)
            .current_dir(files())
            .env("KUBECONFIG", &self.kubeconfig)
            .stdin(Stdio::null())
            .output()
            .await
            .unwrap();
        Outcome {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            code: output.status.code().unwrap_or(-1),
        }
    }

    async fn run(&self, line: &str, normal: &Normal) -> Outcome {
        let line = line.replace("NODE", &self.node).replace("NAMESPACE", &self.namespace);
        let mut arguments: Vec<&str> = line.split(' ').skip(1).collect();
        if !arguments.contains(&"-n") {
            arguments.extend(["-n", &self.namespace]);
        }
        let outcome = self.raw(&arguments).await;
        let clean = |text: &str| {
            normal.apply(text).replace(&self.namespace, "NAMESPACE").replace(&self.node, "NODE")
        };
        Outcome {
            stdout: clean(&outcome.stdout),
            stderr: clean(&outcome.stderr),
            code: outcome.code,
        }
    }
}

/// The content's own lab files: what learners apply.
fn files() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content/files")
}

fn fixture(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kubectl").join(name);
    std::fs::read_to_string(path).unwrap()
}

/// Takes out what differs from run to run and from cluster to cluster.
struct Normal(Vec<(Regex, &'static str)>);

impl Normal {
    fn new() -> Self {
        let rules = [
            // What the client library logs about the length of its watches.
            (r"(?m)^[IWE]\d{4} .*\n", ""),
            // Whether the last change had a new cause depends on which second it fell into.
            (r"(?m)^( *annotations:\n)? +endpoints\S+/last-change-trigger-time: .*\n", ""),
            (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "UID"),
            (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME"),
            (r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000", "DATE"),
            (r#"esourceVersion("?: ?)"\d+""#, r#"esourceVersion$1"N""#),
            (r"\b(echo|full|lost)-[0-9a-z]{6,10}-[a-z0-9]{5}\b", "$1-POD"),
            (r"\b(echo|full|lost)-[0-9a-f]{6,10}\b", "$1-SET"),
            (r"pod-template-hash(: |=)[0-9a-f]+", "pod-template-hash${1}HASH"),
            (r"nodeName: \S+", "nodeName: NODE"),
            (r"\b10\.\d+\.\d+\.\d+\b", "ADDRESS"),
            (r"https://127\.0\.0\.1:\d+", "SERVER"),
            (r"0/\d nodes|: \d (node\(s\)|Preemption)", "N"),
            // Ages in prose; those in tables are found by their column.
            (r"(?m)\b\d+(s|m\d+s|m)( ago\b|$| +\S+-controller )", "AGE$2"),
            (r" +", " "),
            (r"(?m) $", ""),
        ];
        Self(rules.map(|(rule, with)| (Regex::new(rule).unwrap(), with)).into())
    }

    fn apply(&self, text: &str) -> String {
        let text = without_ages(text);
        let all = self.0.iter();
        all.fold(text, |text, (rule, with)| rule.replace_all(&text, *with).into_owned())
    }
}

/// Replaces what stands below a heading `AGE` or `LAST SEEN`, as far as the table goes.
fn without_ages(text: &str) -> String {
    let mut columns: Vec<usize> = Vec::new();
    let mut clean = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        if line.starts_with("NAME ") || line.starts_with("NAMESPACE ") || line.starts_with("LAST") {
            columns = ["AGE", "LAST SEEN"].iter().filter_map(|it| line.find(it)).collect();
        } else if line.trim().is_empty() {
            columns.clear();
        } else if let Some(written) = with_ages(line, &columns) {
            clean.push_str(&written);
            continue;
        }
        clean.push_str(line);
    }
    clean
}

/// The line with `AGE` for the words that begin at the columns.
fn with_ages(line: &str, columns: &[usize]) -> Option<String> {
    columns.iter().try_fold(line.to_owned(), |line, &column| {
        let rest = line.get(column..)?;
        let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
        Some(format!("{}AGE{}", &line[..column], &rest[length..]))
    })
}

/// A line that is known to differ: what of its output differs, and why.
struct Known {
    line: String,
    pattern: Regex,
}

/// `LINE  # PATTERN  # CAUSE`, with two spaces before each mark.
fn ledger() -> Vec<Known> {
    let entry = |text: &str| {
        let (line, rest) = text.split_once("  # ")?;
        let (pattern, _) = rest.split_once("  # ").expect("an entry has a pattern and a cause");
        Some(Known { line: line.to_owned(), pattern: Regex::new(pattern).unwrap() })
    };
    fixture("ledger").lines().filter_map(entry).collect()
}

impl Outcome {
    /// The outcome without the lines that are known to differ.
    fn without(&self, pattern: &Regex) -> Self {
        let rest = |text: &str| {
            text.split_inclusive('\n').filter(|it| !pattern.is_match(it.trim_end())).collect()
        };
        Self { stdout: rest(&self.stdout), stderr: rest(&self.stderr), code: self.code }
    }
}

fn needed(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!("{name} is not set: `cargo xtask test --real` starts what this needs and sets it")
    })
}

fn shown(line: &str, real: &Outcome, ours: &Outcome) -> String {
    let side = |name: &str, it: &Outcome| {
        format!("--- {name}, exit code {}\n{}{}\n", it.code, it.stdout, it.stderr)
    };
    format!("===== {line}\n{}{}", side("real", real), side("ours", ours))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::disallowed_methods, reason = "the real kubectl goes by the real time")]
async fn the_real_kubectl_cannot_tell_the_practice_cluster_from_a_real_one() {
    let kubectl = needed("HANGAR_REAL_KUBECTL");
    let settings = Settings::new(Arc::new(jiff::Timestamp::now), support::random());
    let cluster = PracticeCluster::start(settings).await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    cluster.serve_tls(listener, &[]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let own = folder.path().join("kubeconfig");
    std::fs::write(&own, cluster.admin_kubeconfig(&url)).unwrap();
    let namespace = format!("lines-{}", jiff::Timestamp::now().as_second());
    let ours = Side::new(kubectl.clone(), own, &namespace).await;
    let real = Side::new(kubectl, needed("HANGAR_REAL_KUBECONFIG").into(), &namespace).await;

    let (normal, text, ledger) = (Normal::new(), fixture("lines.txt"), ledger());
    let (mut wrong, mut stale, mut compared) = (Vec::new(), Vec::new(), 0);
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (waits, command) = match line.strip_prefix("! ") {
            Some(command) => (true, command),
            None => (false, line),
        };
        let (left, right) = tokio::join!(real.run(command, &normal), ours.run(command, &normal));
        if waits {
            assert_eq!((left.code, right.code), (0, 0), "{}", shown(command, &left, &right));
            continue;
        }
        compared += 1;
        let known = ledger.iter().find(|it| it.line == command);
        match (left == right, known) {
            (false, None) => wrong.push(shown(command, &left, &right)),
            (false, Some(known)) => {
                let (left, right) = (left.without(&known.pattern), right.without(&known.pattern));
                if left.stdout != right.stdout || left.stderr != right.stderr {
                    wrong.push(shown(command, &left, &right));
                }
            }
            (true, Some(_)) => stale.push(command.to_owned()),
            (true, None) => {}
        }
    }
    let left = real.raw(&["delete", "namespace", &namespace, "--wait=false"]).await;
    assert_eq!(left.code, 0, "{}", left.stderr);
    assert!(stale.is_empty(), "take these out of the ledger, they are equal now: {stale:#?}");
    assert!(wrong.is_empty(), "{} of {compared} lines differ\n{}", wrong.len(), wrong.join("\n"));
}
