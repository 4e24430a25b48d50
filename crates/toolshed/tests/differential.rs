//! The same command lines through our kubectl and the real one, on the same real API server.
//!
//! Needs `HANGAR_REAL_KUBECONFIG` (an administrator's kubeconfig of a real control plane) and
//! `HANGAR_REAL_KUBECTL` (the real binary, 1.36). Every line runs in a namespace of its own for each
//! side, so that lines that change something see the same world; names of namespaces, ages, uids and
//! times are normalised before comparing.
//!
//! Groups whose name ends in `-shell` hold scripts, which our shell and bash run with all their tools;
//! ` ⏎ ` stands for the end of a line in them.
//!
//! Lines that are known to differ stand in `tests/differential/ledger`, each with the pattern of what
//! differs and its cause; any other difference fails, also in such a line.
//!
//! `DIFF_ONLY=word` runs the groups whose name contains the word; each group is a file in
//! `tests/differential/`: one command line a line, `#` comments.

#![expect(clippy::unwrap_used, reason = "a comparison that cannot go on ends")]

#[path = "differential/flags.rs"]
mod flags;
#[path = "differential/shell.rs"]
mod shell;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use regex::Regex;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use toolshed::files::Files;
use toolshed::stream;
use toolshed::tool::{Cluster, Context};

struct Outcome {
    stdout: String,
    stderr: String,
    code: i32,
}

impl From<Output> for Outcome {
    fn from(output: Output) -> Self {
        Self {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            code: output.status.code().unwrap_or(-1),
        }
    }
}

struct Rig {
    kubeconfig: String,
    kubectl: String,
    cluster: Cluster,
    /// Where the commands run, with the files that they name.
    directory: tempfile::TempDir,
    /// Where the kubeconfigs are.
    folder: tempfile::TempDir,
}

fn needed(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!(
            "{name} is not set; start a real control plane (e2e/real-cluster/up DIR) and set \
             HANGAR_REAL_KUBECONFIG=DIR/admin.kubeconfig and HANGAR_REAL_KUBECTL=…/kubectl"
        )
    })
}

impl Rig {
    async fn start() -> Self {
        let kubeconfig = needed("HANGAR_REAL_KUBECONFIG");
        let kubectl = needed("HANGAR_REAL_KUBECTL");
        let parsed = kube::config::Kubeconfig::read_from(&kubeconfig).unwrap();
        let options = kube::config::KubeConfigOptions::default();
        let config = kube::Config::from_custom_kubeconfig(parsed, &options).await.unwrap();
        let server = config.cluster_url.clone();
        let client = kube::Client::try_from(config).unwrap();
        let directory = tempfile::tempdir().unwrap();
        copy(&fixtures().join("files"), directory.path());
        let folder = tempfile::tempdir().unwrap();
        Self { kubeconfig, kubectl, cluster: Cluster::new(server, client), directory, folder }
    }

    /// The file of a kubeconfig whose namespace is this one.
    fn kubeconfig_of(&self, namespace: &str) -> PathBuf {
        let config = self.folder.path().join(format!("{namespace}.kubeconfig"));
        let text = std::fs::read_to_string(&self.kubeconfig).unwrap();
        let context = format!("context: {{namespace: {namespace}, ");
        std::fs::write(&config, text.replace("context: {", &context)).unwrap();
        config
    }

    /// The real kubectl, through a real shell.
    async fn real(&self, line: &str, namespace: &str) -> Outcome {
        let config = self.kubeconfig_of(namespace);
        let line =
            line.replacen("kubectl", "\"$KUBECTL\"", 1).replace("| kubectl", "| \"$KUBECTL\"");
        let output = tokio::process::Command::new("timeout")
            .args(["20", "sh", "-c", &line])
            .current_dir(self.directory.path())
            .env("KUBECTL", &self.kubectl)
            .env("KUBECONFIG", config)
            .stdin(Stdio::null())
            .output()
            .await
            .unwrap();
        output.into()
    }

    /// Waits until the controllers have nothing left to do in these namespaces: nothing has changed for a while, and every
    /// quota counts the pods that there are.
    async fn settles(&self, namespaces: &[&str]) {
        let (beat, quiet) = (Duration::from_millis(100), Duration::from_millis(600));
        let deadline = Instant::now() + Duration::from_secs(30);
        let (mut seen, mut since) = (Vec::new(), Instant::now());
        while Instant::now() < deadline {
            let mut now = Vec::new();
            let mut counted = true;
            for namespace in namespaces {
                counted &= self.look(namespace, &mut now).await;
            }
            if now != seen || !counted {
                (seen, since) = (now, Instant::now());
            } else if since.elapsed() >= quiet {
                return;
            }
            tokio::time::sleep(beat).await;
        }
        panic!("the controllers do not come to rest in {namespaces:?}");
    }

    /// Notes every object that controllers write; `true` if the quotas have counted the pods.
    async fn look(&self, namespace: &str, seen: &mut Vec<String>) -> bool {
        let kinds = [
            ("", "Pod"),
            ("", "Event"),
            ("", "ResourceQuota"),
            ("apps", "Deployment"),
            ("apps", "ReplicaSet"),
            ("discovery.k8s.io", "EndpointSlice"),
        ];
        let (mut pods, mut counts) = (0, Vec::new());
        for (group, kind) in kinds {
            let kind = kube::core::GroupVersionKind::gvk(group, "v1", kind);
            let resource = kube::core::ApiResource::from_gvk(&kind);
            let client = self.cluster.client.clone();
            let api = kube::Api::<kube::core::DynamicObject>::namespaced_with(
                client, namespace, &resource,
            );
            for object in api.list(&kube::api::ListParams::default()).await.unwrap() {
                match kind.kind.as_str() {
                    "Pod" => pods += 1,
                    "ResourceQuota" => {
                        let used = object.data.pointer("/status/used/pods");
                        counts.extend(used.and_then(|used| used.as_str()).map(str::to_owned));
                    }
                    _ => {}
                }
                let version = object.metadata.resource_version.unwrap_or_default();
                seen.push(format!("{} {version}", object.metadata.uid.unwrap_or_default()));
            }
        }
        counts.iter().all(|count| *count == pods.to_string())
    }

    /// Ours, in process. `cat FILE |` before it feeds its standard input.
    async fn ours(&self, line: &str, namespace: &str) -> Outcome {
        let clock: toolshed::tool::Clock = Arc::new(now);
        let files = Files::new(clock.clone(), "/home/learner");
        install(&files, self.directory.path(), "/home/learner");
        let text = std::fs::read_to_string(self.kubeconfig_of(namespace)).unwrap();
        files.install("/home/learner/.kube/config", Bytes::from(text), "/home/learner");
        let (input, line) = match line.split_once(" | ") {
            Some((source, line)) => {
                let path = source.strip_prefix("cat ").expect("only `cat FILE |` is known");
                (files.read(&format!("/home/learner/{path}")), line)
            }
            None => (None, line),
        };
        let (stdin_writer, stdin) = stream::pipe();
        if let Some(input) = input {
            stdin_writer.write(input).await.unwrap();
        }
        drop(stdin_writer);
        let (stdout, stdout_reader) = stream::pipe();
        let (stderr, stderr_reader) = stream::pipe();
        let mut variables = BTreeMap::from([("HOME".to_owned(), "/home/learner".to_owned())]);
        let mut words = split(line).into_iter();
        for word in words.by_ref().take_while(|word| word != "kubectl") {
            let (name, value) = word.split_once('=').expect("only variables stand before kubectl");
            variables.insert(name.to_owned(), value.to_owned());
        }
        let context = Context {
            args: words.collect(),
            variables,
            directory: "/home/learner".to_owned(),
            files,
            stdin,
            stdout,
            stderr,
            screen: None,
            cluster: Some(self.cluster.clone()),
            clock,
            random: Arc::new(|| 4),
            cancelled: CancellationToken::new(),
            share: toolshed::share::Share::default(),
        };
        let read = |mut reader: stream::Input| async move {
            let mut all = Vec::new();
            while let Some(chunk) = reader.read().await {
                all.extend_from_slice(&chunk);
            }
            String::from_utf8_lossy(&all).into_owned()
        };
        let run = async {
            let limit = Duration::from_secs(20);
            tokio::time::timeout(limit, (toolshed::kubectl::TOOL.run)(context)).await.unwrap_or(124)
        };
        let (code, stdout, stderr) = tokio::join!(run, read(stdout_reader), read(stderr_reader));
        Outcome { stdout, stderr, code: i32::from(code) }
    }
}

#[expect(clippy::disallowed_methods, reason = "the real server lives in real time")]
fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/differential")
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            std::fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn install(files: &Files, from: &Path, to: &str) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let path = format!("{to}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            install(files, &entry.path(), &path);
        } else {
            let contents = Bytes::from(std::fs::read(entry.path()).unwrap());
            files.install(&path, contents, "/home/learner");
        }
    }
}

/// A line that is known to differ: what of its output differs, and why.
struct Known {
    line: String,
    pattern: Regex,
    cause: String,
}

impl Known {
    /// The text without the lines that are known to differ.
    fn without(&self, text: &str) -> String {
        text.split_inclusive('\n').filter(|it| !self.pattern.is_match(it.trim_end())).collect()
    }
}

/// `LINE  # PATTERN  # CAUSE`, with two spaces before each mark.
fn ledger() -> Vec<Known> {
    let text = std::fs::read_to_string(fixtures().join("ledger")).unwrap();
    let entry = |text: &str| {
        let (line, rest) = text.split_once("  # ")?;
        let (pattern, cause) = rest.split_once("  # ").expect("an entry has a pattern and a cause");
        let (line, cause) = (line.trim().to_owned(), cause.to_owned());
        Some(Known { line, pattern: Regex::new(pattern).unwrap(), cause })
    };
    text.lines().filter_map(entry).collect()
}

/// Words as a shell splits them: quotes and backslashes.
fn split(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote, mut any) = (Vec::new(), String::new(), None, false);
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match (quote, letter) {
            (Some(open), letter) if letter == open => quote = None,
            (Some('"') | None, '\\') => word.extend(letters.next()),
            (None, '\'' | '"') => {
                quote = Some(letter);
                any = true;
            }
            (None, ' ') => {
                if any || !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                any = false;
            }
            (_, letter) => word.push(letter),
        }
    }
    if any || !word.is_empty() {
        words.push(word);
    }
    words
}

fn normalise(text: &str, namespace: &str, rules: &[(Regex, &str)]) -> String {
    let mut text = text.replace(namespace, "NAMESPACE");
    let minutes = Regex::new(r"( )\d+(d\d+h|d|h\d+m|h|m)( |$)").unwrap();
    let is_table = |line: &str| !line.contains([':', '=']) && !line.contains("cpu");
    text = text
        .split_inclusive('\n')
        .map(|line| match line.strip_suffix('\n').filter(|line| is_table(line)) {
            Some(line) => minutes.replace_all(line, "${1}AGE$3").into_owned() + "\n",
            None => line.to_owned(),
        })
        .collect();
    for (rule, with) in rules {
        text = rule.replace_all(&text, *with).into_owned();
    }
    text
}

fn rules() -> Vec<(Regex, &'static str)> {
    [
        // What -v tells: when, by which process, from which line of the program.
        (r"^I\d{4} \d\d:\d\d:\d\d\.\d{6} +\d+ \S+\] ", "LOG "),
        // Only the real client has these, or keeps what it asked in files.
        (r#"^LOG "(Feature gate|Starting client certificate|HTTP Trace).*\n"#, ""),
        (r"^LOG (returning cached|Unable to decode server response into a Table).*\n", ""),
        (r#"^LOG "Response" verb="GET" url="[^"]*/(api|api/v1|apis|openapi/v3[^"]*)(\?[^"]*)?" .*\n"#, ""),
        (r"(Config loaded from file:  ).*", "${1}CONFIG"),
        (r"[mM]illiseconds=\d+", "milliseconds=N"),
        (r" dnsLookupm\S+ dialm\S+ tlsHandshakem\S+", " getConnectionmilliseconds=N"),
        (r"User-Agent: .*", "User-Agent: AGENT"),
        (r"(curl -v -X\w+ ) -H .* (\S+)$", "${1}HEADERS ${2}"),
        (r"(Content-Length: )\d+", "${1}LENGTH"),
        (r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT", "LONG-TIME"),
        (r#"(resourceVersion\\":\\")\d+"#, "${1}VERSION"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", "TIME"),
        (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000 UTC", "TIME"),
        (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ \+0000", "TIME"),
        (r"/tmp/kubectl-edit-\d+", "/tmp/kubectl-edit"),
        (r"/tmp/(LIVE|MERGED)-\d+/", "/tmp/${1}/"),
        (r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000", "LONG-TIME"),
        (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "UID"),
        (r#"(resourceVersion"?: ?)"?\d*"?"#, "${1}VERSION"),
        (r"version to be x, was \d+", "version to be x, was VERSION"),
        (r"it's not in /\S+", "it's not in CONFIG"),
        (r"open /\S+/gone.crt", "open FOLDER/gone.crt"),
        (r"-[0-9a-f]{8,10}\b", "-HASH"),
        (r"-[bcdfghjklmnpqrstvwxz2456789]{5}\b", "-RANDOM"),
        (r"pod-template-hash([=:] *)[0-9a-f]+", "pod-template-hash${1}HASH"),
        (r"\b10\.\d+\.\d+\.\d+\b", "ADDRESS"),
        // Ages stand by themselves; the minutes of a table are told from amounts of CPU below.
        (r"(^|[ \t(])(\d+y)?(\d+d)?(\d+h)?(\d+m)?\d+s\b", "${1}AGE"),
        (r"[ ]+\n", "\n"),
        (r"[ ]{2,}", "  "),
    ]
    .into_iter()
    .map(|(rule, with)| (Regex::new(&format!("(?m){rule}")).unwrap(), with))
    .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_line_answers_as_the_real_one_does() {
    let rig = Rig::start().await;
    let rules = rules();
    let only = std::env::var("DIFF_ONLY").unwrap_or_default();
    let mut groups: Vec<PathBuf> = std::fs::read_dir(fixtures())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "txt"))
        .filter(|path| path.to_string_lossy().contains(&only))
        .collect();
    groups.sort();
    let ledger = ledger();
    let (mut lines, mut known, mut different) = (0, 0, Vec::new());
    for group in groups {
        let name = group.file_stem().unwrap().to_string_lossy().into_owned();
        let (real, ours) = (format!("diff-{name}-real"), format!("diff-{name}-ours"));
        for namespace in [&real, &ours] {
            rig.real(&format!("kubectl delete ns {namespace} --ignore-not-found"), "default").await;
            rig.real(&format!("kubectl create ns {namespace}"), "default").await;
            rig.real("kubectl wait --for=create sa/default --timeout=20s", namespace).await;
        }
        for line in std::fs::read_to_string(&group).unwrap().lines() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            lines += 1;
            let (first, second) =
                (line.replace("NAMESPACE", &real), line.replace("NAMESPACE", &ours));
            let (a, b) = if name.ends_with("-shell") {
                (rig.real_script(&first, &real).await, rig.our_script(&second, &ours).await)
            } else {
                (rig.real(&first, &real).await, rig.ours(&second, &ours).await)
            };
            let shown = |outcome: &Outcome, namespace: &str| {
                format!(
                    "{}--- stderr\n{}--- exit {}\n",
                    normalise(&outcome.stdout, namespace, &rules),
                    normalise(&outcome.stderr, namespace, &rules),
                    outcome.code
                )
            };
            let (a, b) = (shown(&a, &real), shown(&b, &ours));
            match (a == b, ledger.iter().find(|it| it.line == line)) {
                (true, None) => {}
                (false, Some(entry)) if entry.without(&a) == entry.without(&b) => known += 1,
                (true, Some(entry)) => different.push(format!(
                    "$ {line}\nno longer differs; strike it from the ledger ({})\n",
                    entry.cause
                )),
                (false, _) => different.push(format!("$ {line}\n=== real\n{a}=== ours\n{b}")),
            }
            rig.settles(&[&real, &ours]).await;
        }
        for namespace in [&real, &ours] {
            rig.real(&format!("kubectl delete ns {namespace} --wait=false"), "default").await;
        }
    }
    eprintln!("{lines} lines, {known} differ as the ledger says, {} otherwise", different.len());
    assert!(
        different.is_empty(),
        "{} of {lines} lines are not as the ledger says\n\n{}",
        different.len(),
        different.join("\n")
    );
}
