//! `jobs`, `wait`, `fg`, `bg` and `kill`.

use super::{Shell, Step, Streams, print, refuse};

pub(super) async fn list(shell: &mut Shell, _: Vec<String>, streams: &Streams) -> Step {
    let lines: String = {
        let jobs = shell.jobs();
        let last = jobs.list.len();
        jobs.list.iter().enumerate().map(|(at, job)| job.line(at + 1 == last)).collect()
    };
    shell.jobs().take_done();
    print(streams, lines).await
}

pub(super) async fn wait(shell: &mut Shell, words: Vec<String>, streams: &Streams) -> Step {
    let mut code = 0;
    let mut waiting = Vec::new();
    if words.len() == 1 {
        waiting.clone_from(&shell.jobs().list);
    }
    for word in &words[1..] {
        let found = shell.jobs().find(word);
        if let Some(job) = found {
            waiting.push(job);
        } else {
            let message = if word.starts_with('%') {
                format!("{word}: no such job")
            } else {
                format!("pid {word} is not a child of this shell")
            };
            refuse(shell, &words, streams, &message).await?;
            return Ok(127);
        }
    }
    for mut job in waiting {
        let ended = job.wait().await;
        if words.len() > 1 {
            code = ended;
        }
        if !shell.interactive {
            shell.jobs().list.retain(|other| other.pid != job.pid);
        }
    }
    Ok(code)
}

pub(super) async fn foreground(shell: &mut Shell, words: Vec<String>, streams: &Streams) -> Step {
    let name = words.get(1).map_or("%+", String::as_str);
    let found = shell.jobs().find(name);
    let Some(mut job) = found else {
        let message = if words.len() > 1 {
            format!("{name}: no such job")
        } else {
            "current: no such job".to_owned()
        };
        return refuse(shell, &words, streams, &message).await;
    };
    print(streams, format!("{}\n", job.text)).await?;
    // Ctrl-C ends what stands in the foreground: dropping this future kills the job.
    let kill = job.kill.clone().drop_guard();
    let code = job.wait().await;
    kill.disarm();
    shell.jobs().list.retain(|other| other.pid != job.pid);
    Ok(code)
}

pub(super) async fn background(shell: &mut Shell, words: Vec<String>, streams: &Streams) -> Step {
    refuse(shell, &words, streams, "jobs cannot be stopped here, so none needs resuming").await
}

pub(super) async fn kill(shell: &mut Shell, words: Vec<String>, streams: &Streams) -> Step {
    if words.get(1).is_some_and(|word| word == "-l") {
        return print(streams, " 2) SIGINT\t 9) SIGKILL\t15) SIGTERM\n").await;
    }
    let names: Vec<&String> = words[1..].iter().filter(|word| !word.starts_with('-')).collect();
    if names.is_empty() {
        return refuse(shell, &words, streams, "usage: kill [-SIGNAL] JOB | PID ...").await;
    }
    let mut code = 0;
    for name in names {
        let found = shell.jobs().find(name);
        if let Some(job) = found {
            job.kill.cancel();
        } else {
            let message = if name.starts_with('%') {
                format!("{name}: no such job")
            } else if name.parse::<u32>().is_ok() {
                format!("({name}) - No such process")
            } else {
                format!("{name}: arguments must be process or job IDs")
            };
            code = refuse(shell, &words, streams, &message).await?;
        }
    }
    tokio::task::yield_now().await;
    Ok(code)
}
