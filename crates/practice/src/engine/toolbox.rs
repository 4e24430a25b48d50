//! `hangar/toolbox`: a lab's terminal. The container *is* a [`Toolbox`]; nothing is run.
//!
//! **Invariant:** it reaches the cluster only with the token that is mounted into its container, and
//! reads that anew for each request, so that a renewed token is used and a lost one is missed.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use controllers::runtime::{Container, Exec, ExecError, Launch, Mount, Volume};
use controllers::{Clock, Random};
use futures::future::BoxFuture;
use http::Uri;
use toolshed::stream::{Input, Output, pipe};
use toolshed::tool::Cluster;
use toolshed::{Attachment, Settings, Size, Toolbox};

use super::Clients;
use super::process::{Commands, OnTerminate, Process};

const TOKEN_MOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
/// What the image copies into the home directory when it starts.
const SKELETON: &str = "/etc/hangar/home";
const HOME: &str = "/home/learner";
const SERVER: &str = "https://kubernetes.default.svc";
/// What ends a program by the signal to terminate.
const TERMINATED: i32 = 143;
/// What a shell answers when a command line cannot be understood.
const USAGE: i32 = 2;

/// The longest script that a shell reads from its standard input.
const LONGEST_SCRIPT: usize = 1024 * 1024;

/// Starts it.
pub(super) fn start(
    launch: Launch,
    clock: &Clock,
    random: &Random,
    clients: &Clients,
) -> Arc<dyn Container> {
    let home = launch.variables.iter().find(|(name, _)| name == "HOME");
    let home = home.map_or_else(|| HOME.to_owned(), |(_, value)| value.clone());
    let cluster = token_volume(&launch.mounts).map(|volume| {
        let client = clients(Arc::new(move || {
            let token = volume.read("token").unwrap_or_default();
            String::from_utf8_lossy(&token).into_owned()
        }));
        Cluster::new(Uri::from_static(SERVER), client)
    });
    let files = files(&launch.mounts, &home);
    let banner = files.get("/etc/motd").or_else(|| files.get(&format!("{home}/.motd")));
    let banner = banner.map(|text| String::from_utf8_lossy(text).into_owned()).unwrap_or_default();
    let toolbox = Toolbox::new(Settings {
        variables: launch.variables.into_iter().collect(),
        files,
        home,
        user: "learner".to_owned(),
        hostname: launch.pod.name,
        cluster,
        clock: clock.clone(),
        random: random.clone(),
        banner,
    });
    Arc::new(Process::new(OnTerminate::Exit(TERMINATED), Shell { toolbox }, None))
}

fn token_volume(mounts: &[Mount]) -> Option<Volume> {
    mounts.iter().find(|mount| mount.path == TOKEN_MOUNT).map(|mount| mount.volume.clone())
}

/// The mounted files by absolute path, those of the skeleton in the home directory.
fn files(mounts: &[Mount], home: &str) -> BTreeMap<String, Bytes> {
    let mut files = BTreeMap::new();
    for mount in mounts {
        for (name, contents) in mount.volume.files() {
            let path = match &mount.sub_path {
                Some(sub_path) if *sub_path == name => mount.path.clone(),
                Some(sub_path) => match name.strip_prefix(&format!("{sub_path}/")) {
                    Some(rest) => format!("{}/{rest}", mount.path),
                    None => continue,
                },
                None => format!("{}/{name}", mount.path),
            };
            if let Some(rest) = path.strip_prefix(SKELETON) {
                files.insert(format!("{home}{rest}"), contents.clone());
            }
            files.insert(path, contents);
        }
    }
    files
}

struct Shell {
    toolbox: Arc<Toolbox>,
}

impl Commands for Shell {
    fn run(&self, exec: Exec) -> BoxFuture<'static, Result<i32, ExecError>> {
        let toolbox = Arc::clone(&self.toolbox);
        Box::pin(async move {
            match session(&exec.command) {
                Some(name) if exec.tty => Ok(attach(&toolbox, &name, exec).await),
                Some(_) => {
                    let text = Bytes::from("open terminal failed: not a terminal\n");
                    let _ = exec.stdout.send(text).await;
                    Ok(1)
                }
                None if exec.tty => Ok(interact(&toolbox, exec).await),
                None => Ok(run(&toolbox, exec).await),
            }
        })
    }
}

/// The session that `tmux new-session -A -s NAME` names.
fn session(command: &[String]) -> Option<String> {
    let words: Vec<&str> = command.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["tmux", "new-session", "-A", "-s", name] => Some((*name).to_owned()),
        _ => None,
    }
}

/// Joins a terminal to a session until the session ends or the terminal hangs up.
async fn attach(toolbox: &Toolbox, name: &str, exec: Exec) -> i32 {
    let first = now(*exec.size.borrow());
    relay(toolbox.attach(name, first), exec).await
}

/// Joins a terminal to a command, or a shell, that ends when the terminal hangs up.
async fn interact(toolbox: &Toolbox, exec: Exec) -> i32 {
    let first = now(*exec.size.borrow());
    let words: Vec<&str> = exec.command.iter().map(String::as_str).collect();
    let attachment = match words.as_slice() {
        [] => return USAGE,
        [shell, "-i" | "-l"] | [shell] if is_shell(shell) => toolbox.attach_alone(first, None),
        _ => toolbox.attach_alone(first, Some(&line(&exec.command))),
    };
    relay(attachment, exec).await
}

fn now((columns, rows): (u16, u16)) -> Size {
    Size { columns, rows }
}

async fn relay(mut attachment: Attachment, exec: Exec) -> i32 {
    let Exec { mut stdin, stdout, mut size, .. } = exec;
    let mut size_open = true;
    loop {
        tokio::select! {
            shown = attachment.output.recv() => match shown {
                Some(shown) => if stdout.send(shown).await.is_err() { return 0 },
                None => return i32::from(attachment.exit_code().unwrap_or_default()),
            },
            typed = receive(&mut stdin) => match typed {
                // What is typed must not wait behind what is shown.
                Some(typed) => if attachment.input.send(typed).await.is_err() { stdin = None },
                None => stdin = None,
            },
            changed = size.changed(), if size_open => match changed {
                Ok(()) => {
                    let new = now(*size.borrow_and_update());
                    attachment.resize(new).await;
                }
                Err(_) => size_open = false,
            },
        }
    }
}

async fn receive(stdin: &mut Option<tokio::sync::mpsc::Receiver<Bytes>>) -> Option<Bytes> {
    match stdin {
        Some(stdin) => stdin.recv().await,
        None => std::future::pending().await,
    }
}

/// Runs any other command in a shell of its own.
async fn run(toolbox: &Toolbox, exec: Exec) -> i32 {
    let Exec { command, stdin, stdout, stderr, .. } = exec;
    let script = match command.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [shell, "-c", script] if is_shell(shell) => (*script).to_owned(),
        // A shell without a script reads its commands from standard input.
        [shell] if is_shell(shell) => String::new(),
        [] => return USAGE,
        _ => line(&command),
    };
    let (script, input) = match (script.is_empty(), stdin) {
        (true, Some(mut typed)) => {
            let mut all = Vec::new();
            while let Some(chunk) = typed.recv().await {
                if all.len() + chunk.len() > LONGEST_SCRIPT {
                    return USAGE;
                }
                all.extend_from_slice(&chunk);
            }
            (String::from_utf8_lossy(&all).into_owned(), Input::empty())
        }
        (_, Some(typed)) => (script, feed(typed)),
        (_, None) => (script, Input::empty()),
    };
    let (out, shown) = pipe();
    let (error, told) = pipe();
    let errors = stderr.unwrap_or_else(|| stdout.clone());
    let ran = toolbox.run_streams(&script, input, out, error);
    let (code, (), ()) = tokio::join!(ran, forward(shown, stdout), forward(told, errors));
    i32::from(code)
}

/// A pipe that is fed from a channel, for as long as somebody reads it.
fn feed(mut typed: tokio::sync::mpsc::Receiver<Bytes>) -> Input {
    let (writer, input): (Output, Input) = pipe();
    tokio::spawn(async move {
        while let Some(chunk) = typed.recv().await {
            if writer.write(chunk).await.is_err() {
                return;
            }
        }
    });
    input
}

async fn forward(mut from: Input, to: tokio::sync::mpsc::Sender<Bytes>) {
    while let Some(chunk) = from.read().await {
        if to.send(chunk).await.is_err() {
            return;
        }
    }
}

fn is_shell(program: &str) -> bool {
    matches!(program, "sh" | "bash" | "/bin/sh" | "/bin/bash")
}

/// A command line that the shell reads as these words.
fn line(command: &[String]) -> String {
    command.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" ")
}

fn quote(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=@%+,".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}
