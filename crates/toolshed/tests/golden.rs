//! Scripts whose output and exit code were recorded from bash 5.2 and GNU coreutils, and from jq 1.6.
//!
//! In `golden/bash.txt` and `golden/jq.txt`, lines that begin with `### ` are a script, the lines after them its
//! standard output (a last `\` alone stands for a missing line feed), and `##> ` its exit code.

mod common;

use bytes::Bytes;
use std::fmt::Write as _;

struct Case {
    script: String,
    stdout: String,
    code: u8,
}

fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    let (mut script, mut stdout) = (String::new(), String::new());
    let recorded = [include_str!("golden/bash.txt"), include_str!("golden/jq.txt")];
    for line in recorded.iter().flat_map(|text| text.lines()) {
        if let Some(text) = line.strip_prefix("### ") {
            script.push_str(text);
            script.push('\n');
        } else if let Some(code) = line.strip_prefix("##> ") {
            let stdout = std::mem::take(&mut stdout).replace("\\\n", "");
            let script = std::mem::take(&mut script);
            cases.push(Case {
                script,
                stdout,
                code: code.parse().expect("the file holds numbers"),
            });
        } else {
            stdout.push_str(line);
            stdout.push('\n');
        }
    }
    cases
}

#[tokio::test(start_paused = true)]
async fn scripts_print_what_bash_prints() {
    let mut wrong = String::new();
    for case in cases() {
        let toolbox = common::toolbox();
        let outcome = toolbox.run(&case.script, Bytes::new()).await;

        let stdout = String::from_utf8_lossy(&outcome.stdout).into_owned();
        let stdout_differs = stdout.trim_end_matches('\n') != case.stdout.trim_end_matches('\n');
        if stdout_differs || outcome.code != case.code {
            let stderr = String::from_utf8_lossy(&outcome.stderr).into_owned();
            let _ = write!(
                wrong,
                "{}--- bash ({}):\n{}--- here ({}):\n{stdout}--- complaints:\n{stderr}\n",
                case.script, case.code, case.stdout, outcome.code
            );
        }
    }

    assert!(wrong.is_empty(), "{wrong}");
}
