//! `cd`, `pwd`, `history` and `help`.

use super::control::names;
use super::{Shell, Step, Streams, find, helped, print, refuse};
use crate::files::FileError;
use crate::tools;

pub(super) async fn cd(shell: &mut Shell, words: Vec<String>, streams: &Streams) -> Step {
    if helped(&words, streams).await {
        return Ok(0);
    }
    let arguments: Vec<&str> =
        words[1..].iter().map(String::as_str).filter(|it| *it != "--").collect();
    let target = match arguments.as_slice() {
        [] => match shell.get("HOME") {
            Some(home) => home,
            None => return refuse(shell, &words, streams, "HOME not set").await,
        },
        ["-"] => match shell.get("OLDPWD") {
            Some(old) => old,
            None => return refuse(shell, &words, streams, "OLDPWD not set").await,
        },
        [target] => (*target).to_owned(),
        _ => return refuse(shell, &words, streams, "too many arguments").await,
    };
    let path = shell.path(&target);
    let error = match shell.lab.files.metadata(&path) {
        Ok(metadata) if metadata.kind == crate::files::Kind::Directory => None,
        Ok(_) => Some(FileError::NotDirectory),
        Err(error) => Some(error),
    };
    if let Some(error) = error {
        return refuse(shell, &words, streams, &format!("{target}: {error}")).await;
    }
    let old = std::mem::replace(&mut shell.directory, path.clone());
    shell.set_text("OLDPWD", old);
    shell.set_text("PWD", path.clone());
    if arguments == ["-"] {
        return print(streams, format!("{path}\n")).await;
    }
    Ok(0)
}

pub(super) async fn pwd(shell: &mut Shell, _: Vec<String>, streams: &Streams) -> Step {
    print(streams, format!("{}\n", shell.directory)).await
}

pub(super) async fn history(shell: &mut Shell, words: Vec<String>, streams: &Streams) -> Step {
    let lines = shell.lab.remembered();
    let count = match words.get(1).map(String::as_str) {
        None => lines.len(),
        Some("-c") => {
            shell.lab.forget();
            return Ok(0);
        }
        Some(word) => {
            if let Ok(count) = word.parse() {
                count
            } else {
                let message = format!("{word}: numeric argument required");
                return refuse(shell, &words, streams, &message).await;
            }
        }
    };
    let skipped = lines.len().saturating_sub(count);
    let numbered = lines.iter().enumerate().skip(skipped);
    let text: String =
        numbered.map(|(at, line)| format!("{:5}  {line}\n", at + 1)).collect::<Vec<_>>().concat();
    print(streams, text).await
}

pub(super) async fn help(shell: &mut Shell, words: Vec<String>, streams: &Streams) -> Step {
    if let Some(name) = words.get(1) {
        if let Some(builtin) = find(name) {
            return print(streams, format!("{}\n", builtin.about)).await;
        }
        if let Some(tool) = tools::find(name) {
            return print(streams, format!("{name}: {}\nTry '{name} --help'.\n", tool.about)).await;
        }
        return refuse(shell, &words, streams, &format!("no help topics match `{name}'.")).await;
    }
    let mut text = String::from(
        "This is the lab's shell. It works like bash and runs inside the lab; nothing outside can \
         be reached.\n\nWhat exists here (NAME --help tells more):\n\n",
    );
    let width = shell.size().map_or(80, |size| usize::from(size.0)).max(20);
    let mut column = 0;
    for name in names().into_iter().filter(|name| !tools::is_refused(name)) {
        if column + name.len() + 2 > width {
            text.push('\n');
            column = 0;
        }
        text.push_str(name);
        text.push_str("  ");
        column += name.len() + 2;
    }
    text.push_str("\n\nKeys: Tab completes, Up and Down recall, Ctrl-R searches, Ctrl-C stops.\n");
    print(streams, text).await
}

impl crate::shell::Lab {
    fn forget(&self) {
        self.history.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clear();
    }
}
