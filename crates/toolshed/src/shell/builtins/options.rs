//! `set` and `shopt`.

use std::sync::Arc;

use super::{Shell, Step, Streams, helped, print, refuse, variables};

/// Changes options and arguments.
pub(super) async fn set(shell: &mut Shell, words: Vec<String>, streams: &Streams) -> Step {
    if helped(&words, streams).await {
        return Ok(0);
    }
    if words.len() == 1 {
        return variables::list(shell, streams).await;
    }
    let mut at = 1;
    while let Some(word) = words.get(at) {
        let on = word.starts_with('-');
        if word == "--" {
            shell.positional = Arc::new(words[at + 1..].to_vec());
            return Ok(0);
        }
        if word.len() < 2 || !word.starts_with(['-', '+']) {
            shell.positional = Arc::new(words[at..].to_vec());
            return Ok(0);
        }
        for flag in word[1..].chars() {
            let name = match flag {
                'e' => "errexit",
                'u' => "nounset",
                'x' => "xtrace",
                'f' => "noglob",
                'o' => {
                    at += 1;
                    match words.get(at) {
                        Some(name) => name,
                        None => return list(shell, streams).await,
                    }
                }
                other => {
                    let message = format!("-{other}: invalid option, or not available here");
                    return refuse(shell, &words, streams, &message).await;
                }
            };
            if !shell.set_option(name, on) {
                let message = format!("{name}: invalid option name, or not available here");
                return refuse(shell, &words, streams, &message).await;
            }
        }
        at += 1;
    }
    Ok(0)
}

async fn list(shell: &Shell, streams: &Streams) -> Step {
    let options = &shell.options;
    let rows = [
        ("errexit", options.errexit),
        ("noglob", options.noglob),
        ("nounset", options.nounset),
        ("pipefail", options.pipefail),
        ("xtrace", options.xtrace),
    ];
    let lines: String = rows
        .iter()
        .map(|(name, on)| format!("{name:<15}\t{}\n", if *on { "on" } else { "off" }))
        .collect::<Vec<_>>()
        .concat();
    print(streams, lines).await
}

pub(super) async fn shopt(shell: &mut Shell, words: Vec<String>, streams: &Streams) -> Step {
    refuse(shell, &words, streams, "optional behaviour cannot be changed here").await
}

impl Shell {
    fn set_option(&mut self, name: &str, on: bool) -> bool {
        match name {
            "errexit" => self.options.errexit = on,
            "nounset" => self.options.nounset = on,
            "xtrace" => self.options.xtrace = on,
            "noglob" => self.options.noglob = on,
            "pipefail" => self.options.pipefail = on,
            _ => return false,
        }
        true
    }

    /// What `$-` holds.
    pub(crate) fn option_letters(&self) -> String {
        let options = &self.options;
        let letters = [
            ('e', options.errexit),
            ('f', options.noglob),
            ('h', true),
            ('i', self.interactive),
            ('u', options.nounset),
            ('x', options.xtrace),
            ('B', true),
        ];
        letters.iter().filter(|(_, on)| *on).map(|(letter, _)| letter).collect()
    }
}

/// Says which permissions new files lack; that cannot be changed.
pub(super) async fn umask(shell: &mut Shell, words: Vec<String>, streams: &Streams) -> Step {
    if words.len() == 1 {
        return print(streams, "0022\n").await;
    }
    refuse(shell, &words, streams, "the permissions of new files cannot be changed here").await
}
