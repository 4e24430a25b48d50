//! Lines that would take a real machine down: each ends by itself or by Ctrl-C, within bounds.

mod common;

use std::fmt::Write as _;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::Mutex;
use tokio::time::timeout;

/// One test after the other: what they take is measured of the whole process.
static TURN: Mutex<()> = Mutex::const_new(());

/// What the whole process may take at its worst, in KiB.
const MOST: usize = 400 * 1024;

fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM")).unwrap_or("x 0");
    line.split_whitespace().nth(1).and_then(|it| it.parse().ok()).unwrap_or(0)
}

/// Half a megabyte in `$x`.
const LARGE: &str = "x=a; for i in {1..19}; do x=$x$x; done; ";

#[tokio::test]
async fn no_line_takes_more_than_its_share() {
    let _turn = TURN.lock().await;
    let cases = [
        ("echo ${x//a/$x}", "expansion too long: the limit is 1 MiB"),
        ("y=(\"$x\" \"$x\"); echo \"${y[@]//a/bb}\"", "expansion too long: the limit is 1 MiB"),
        (
            "eval \"cat <<E\n$(yes '$x' | head -n 2000)\nE\"",
            "expansion too long: the limit is 1 MiB",
        ),
        ("echo $((1+${x}))", "expression recursion level exceeded"),
        ("echo \"$x\"{1,2,3,4,5,6,7,8,9} | wc -c", "Argument list too long"),
        ("printf \"$(yes '%10000s' | head -n 100000)\" | wc -c", "printf: result too long"),
        ("echo aaaaaa | sed \"s/a/$x/g\" | wc -c", "pattern space too long"),
        ("echo $x | sed 's/a/aaaa/g; s/a/aaaa/g; s/a/aaaa/g' | wc -c", "pattern space too long"),
        (
            "for i in $(seq 4000); do declare v$i=\"$x\" || break; done",
            "the limit of a lab is 16 MiB",
        ),
        ("while a+=(\"$x\"); do :; done", "the limit of a lab is 16 MiB"),
        ("f() { set -- \"$@\" \"$x\"; f \"$@\"; }; f", "expansion too long"),
        ("echo {1..100}{1..100}{1..100}", "brace expansion: too many words"),
        ("echo {1..9999}$(printf '%0400d' 0 | tr 0 x)", ""),
        ("yes > /tmp/file", "File too large"),
        ("yes > /tmp/a; while cat /tmp/a >> /tmp/b; do :; done; echo $?", "File too large"),
        ("head -c 10G /dev/zero | wc -c", ""),
        ("f() { f; }; f", "maximum function nesting level exceeded"),
        ("f() { (f); }; f", "maximum function nesting level exceeded"),
        (":(){ :|:; }; :", ""),
        ("y=${x%a*b*c}; z=${x%%b*a}; w=${x#*b*c}; echo done", ""),
        ("echo $x | tr \"$(printf 'a-z%.0s' {1..2000})\" b | wc -c", ""),
        ("echo ${x:0:400000} | xargs -Ia echo $x", "xargs: argument line too long"),
        (r"x=${x:0:200000}; mkdir -p /tmp/${x//a/a\/} 2>&1 | tail -c 30 >&2", "File name too long"),
        ("cd /tmp; mkdir {1..100}; echo */../*/../*/../*/../*", "too many words"),
        ("for i in {1..3}; do cat <<< $x$x >> /tmp/f; done; sort /tmp/f{,,,,,,,,,,,,,,,,,,}", ""),
        ("cat <<< $x$x$x$x > /tmp/f; for i in {1..150}; do sort /tmp/f & done; wait", ""),
        ("eval \"( $(yes : | head -n 200000)\n)\"", "command too long"),
        ("eval \"( $(yes : | head -n 9000)\n)\"", ""),
        (
            "y=${x//a/'$a'}; for i in 1 2 3 4 5; do eval \"y=\\\"$i${y:0:60000}\\\"\"; done",
            "bad substitution",
        ),
        (
            "y=$(yes ':;' | head -n 4000); for i in {1..9}; do eval \"{ sleep 3; $y }\" & done; wait",
            "Cannot allocate memory",
        ),
        ("sed \"$(yes 's/a{1,900}/b/;' | head -n 2000)\" <<< b", "too many commands"),
        ("grep -E '((a{1,100}){1,100}){1,100}' <<< $x", "too large regular expression"),
        ("jq -n '[range(1e9)]'", "jq: error: this takes too"),
        ("jq -n '[limit(3; repeat(1))]'", "repeat/1 is not defined"),
        ("jq -n 'reduce range(1e4) as $i (0; [.])'", "nests too deep"),
        ("jq -n '\"x\" * 1e9'", "jq: error: this takes too much memory"),
        ("jq -n \"$(yes '[' | head -n 3000)\"", "nests too deep"),
        ("yes | head -n 200000 | jq -R .", "more than 100000 lines"),
        ("IFS=$x; for y in ${x}b; do :; done", ""),
        ("eval \"$(printf 'f%s() { echo %s; }\n' $(seq 4000))\"", ""),
        (
            "for i in $(seq 40); do eval \"f$i() { : '${x:0:200000}'; }\"; done",
            "too many functions",
        ),
    ];
    let mut wrong = String::new();
    for (line, wanted) in cases {
        let toolbox = common::toolbox();
        let script = format!("{LARGE}{line}");

        let run = toolbox.run(&script, Bytes::new());
        let outcome = timeout(Duration::from_mins(1), run).await;

        let Ok(outcome) = outcome else {
            let _ = writeln!(wrong, "{line}: does not end");
            continue;
        };
        let stderr: String = String::from_utf8_lossy(&outcome.stderr).chars().take(300).collect();
        if !stderr.contains(wanted) {
            let _ = writeln!(wrong, "{line}: {stderr}");
        }
        if peak() > MOST {
            let _ = writeln!(wrong, "{line}: {} KiB", peak());
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[tokio::test]
async fn a_lab_at_its_worst_leaves_room_for_others() {
    let _turn = TURN.lock().await;
    let toolbox = common::toolbox();
    let other = common::toolbox();
    let busy = tokio::spawn(async move {
        toolbox.run("(:(){ :|:& };:); while :; do :; done", Bytes::new()).await
    });
    tokio::time::sleep(Duration::from_millis(500)).await;

    let run = other.run("seq 3 | sort -r | head -1", Bytes::new());
    let outcome = timeout(Duration::from_secs(20), run).await.expect("the other one gets its turn");

    assert_eq!(outcome.stdout, b"3\n");
    assert!(!busy.is_finished(), "it was busy all the while");
    busy.abort();
}
