//! Tools that do not exist here yet, each refused by name and with what to do instead.

use crate::tool::{Context, ExitCode, Tool};

/// Writes a table entry for a tool that is refused with a message.
macro_rules! refused {
    ($name:literal, $message:literal) => {
        Tool {
            name: $name,
            about: "not available here",
            run: |context| Box::pin(refuse(context, concat!($name, ": ", $message))),
            complete: None,
        }
    };
}

/// The refused tools.
pub(super) const REFUSED: &[Tool] = &[
    refused!("apt", "nothing can be installed in the lab's terminal; `help` lists what exists"),
    refused!("apt-get", "nothing can be installed in the lab's terminal; `help` lists what exists"),
    refused!("awk", "not available here; use cut, sed, grep, jq or kubectl -o custom-columns=…"),
    refused!(
        "aws",
        "the practice cluster has no AWS account; a later lesson explains what it does"
    ),
    refused!("column", "not available here; kubectl's own columns are -o custom-columns=…"),
    refused!("comm", "not available here; use diff, or sort and uniq"),
    refused!("curl", "comes with a later lesson; the practice cluster's pods cannot be called yet"),
    refused!("deck", "comes with a later lesson, together with Kong Gateway"),
    refused!("docker", "the practice cluster runs no container engine; use kubectl"),
    refused!(
        "eksctl",
        "the practice cluster has no AWS account; a later lesson explains what it does"
    ),
    refused!("fold", "not available here; use cut -c"),
    refused!("getopts", "not available here; use case and shift"),
    refused!("helm", "comes with a later lesson; use kubectl until then"),
    refused!("emacs", "not available here; `nano FILE` is"),
    refused!("openssl", "comes with a later lesson, together with certificates"),
    refused!("paste", "not available here; use tr or xargs"),
    refused!("ping", "nothing outside of the lab can be reached"),
    refused!("popd", "not available here; `cd -` goes back"),
    refused!("pushd", "not available here; `cd -` goes back"),
    refused!("ssh", "nothing outside of the lab can be reached"),
    refused!("stat", "not available here; use ls -l"),
    refused!("sudo", "there is no other user to become; run the command without sudo"),
    refused!("tmux", "this terminal keeps its sessions by itself; open another tab instead"),
    refused!("wget", "comes with a later lesson; the practice cluster's pods cannot be called yet"),
    refused!("xxd", "not available here; use base64, or cat -A"),
    refused!("yq", "not available here; use kubectl -o json with jq"),
];

async fn refuse(context: Context, message: &str) -> ExitCode {
    context.complain(message).await;
    127
}

/// Whether a tool exists only to be refused.
pub(crate) fn is_refused(name: &str) -> bool {
    REFUSED.iter().any(|tool| tool.name == name)
}

/// One line that helps with a name that nothing has.
pub(crate) fn hint(name: &str) -> String {
    let near = crate::shell::builtins::control::names()
        .into_iter()
        .filter(|known| !is_refused(known) && known.len() > 1)
        .map(|known| (distance(name, known), known))
        .filter(|(distance, known)| *distance <= 1 + known.len() / 5)
        .min();
    match near {
        Some((_, near)) => format!("Did you mean `{near}'? `help' lists what exists here."),
        None => "`help' lists what exists here.".to_owned(),
    }
}

/// How many letters differ, with two neighbours in the wrong order counting once.
fn distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().take(40).collect();
    let right: Vec<char> = right.chars().collect();
    let mut rows = vec![(0..=right.len()).collect::<Vec<usize>>()];
    for i in 1..=left.len() {
        let mut row = vec![i];
        for j in 1..=right.len() {
            let change = usize::from(left[i - 1] != right[j - 1]);
            let mut best =
                (rows[i - 1][j] + 1).min(row[j - 1] + 1).min(rows[i - 1][j - 1] + change);
            if i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[left.len()][right.len()]
}
