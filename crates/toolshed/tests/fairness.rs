//! Lines that take a while: meanwhile others run, and Ctrl-C ends each of them.

mod common;

use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use tokio::time::timeout;
use toolshed::Size;

/// What the lines work on: `$x`, an eighth of a megabyte without a line feed; `big`, a third of a megabyte of short lines.
const SETUP: &str = "x=a; for i in {1..17}; do x=$x$x; done";

/// Lines that look at so much that they would keep a thread to themselves.
const HEAVY: &[&str] = &[
    "sort -r big | tail -n 1",
    "sort -c -n big",
    "uniq -c big | tail -n 1",
    "wc big; wc <<< \"$x\"",
    "echo \"$x\" | tr a b | cut -c 1-5",
    "cut -c 2- big | tail -n 1",
    "tac big | tail -n 1; base64 big | tail -n 1; sha256sum big",
    "echo \"$x\" | sed 's/a/b/g' | cut -c 1-5",
    "sed -n '$p' big",
    "echo \"$x\" | grep -o a | tail -n 1",
    "echo \"$x\" | grep -oE '[a-z]*[0-9]|a' | tail -n 1",
    "grep -cE '(1|2|3)+(4|5)*6' big",
    "for i in {1..20}; do grep -cE '((1{0,40}){0,20}){0,20}x' <<< 11111; done",
    "echo ${x//a/bc} | wc -c; [[ $x == *b*c*d ]]; echo ${x%%b*c}",
    "for i in {1..20}; do case $x in *b*c*d) ;; esac; done",
    "y=$(seq 20000); echo ${#y}; for z in $(seq 15000); do :; done",
    "eval \"cat <<E | wc -c\n$(yes 'line $HOME' | head -n 3000)\nE\"",
    "eval \"{ $(yes : | head -n 4000)\n}\"",
    "cd /tmp; mkdir {1..25}; set -- */../*/../*; echo $#",
    "diff <(seq 2000) <(seq 2000 -1 1) | tail -n 1",
];

#[tokio::test]
async fn while_a_heavy_line_runs_others_get_their_turn() {
    let toolbox = common::toolbox();
    let beats = Arc::new(AtomicU64::new(0));
    let heart = tokio::spawn({
        let beats = Arc::clone(&beats);
        async move {
            loop {
                tokio::task::yield_now().await;
                beats.fetch_add(1, Ordering::Relaxed);
            }
        }
    });
    let mut wrong = String::new();
    for line in HEAVY {
        toolbox.run("seq 60000 > big", Bytes::new()).await;
        let before = beats.load(Ordering::Relaxed);

        let outcome = toolbox.run(&format!("{SETUP}; echo mark; {line}"), Bytes::new()).await;

        let count = beats.load(Ordering::Relaxed) - before;
        let stdout = String::from_utf8_lossy(&outcome.stdout).into_owned();
        if count < 50 || !stdout.starts_with("mark\n") {
            let stderr: String =
                String::from_utf8_lossy(&outcome.stderr).chars().take(200).collect();
            let _ = writeln!(wrong, "{line}: {count} beats; {stderr}");
        }
        toolbox.run("rm -rf /tmp/*", Bytes::new()).await;
    }
    heart.abort();
    assert!(wrong.is_empty(), "{wrong}");
}

#[tokio::test]
async fn control_c_ends_each_of_them() {
    for line in HEAVY {
        let toolbox = common::toolbox();
        toolbox.run("seq 60000 > big", Bytes::new()).await;
        let terminal = toolbox.attach("main", Size { columns: 80, rows: 24 });
        let mut output = terminal.output;
        let mut seen = String::new();
        let typed =
            format!("{SETUP}\recho re''ady; while :; do {line}; done\r").replace('\n', "\r");
        terminal.input.send(typed.into()).await.unwrap();
        let ready = timeout(Duration::from_secs(20), async {
            while !seen.contains("\nready") && !seen.contains("ready\r\n") {
                seen.push_str(&String::from_utf8_lossy(&output.recv().await.unwrap()));
            }
        });
        assert!(ready.await.is_ok(), "{line}: {seen:.2000}");
        let busy = async { while output.recv().await.is_some() {} };
        let _ = timeout(Duration::from_millis(20), busy).await;

        terminal.input.send("\x03".into()).await.unwrap();
        let ended = timeout(Duration::from_secs(20), async {
            seen.clear();
            while !seen.contains("133;D;130") {
                seen.push_str(&String::from_utf8_lossy(&output.recv().await.unwrap()));
            }
        });

        assert!(ended.await.is_ok(), "{line}: {seen:.2000}");
    }
}
