//! The program itself, as a process of its own.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use http::StatusCode;
use serde_json::json;
use tokio::time::Instant;

use crate::app::Actor;

/// How long a server may take to stop on a busy machine: three times what it allows itself.
const DRAIN: Duration = Duration::from_secs(15);
/// How long it may take to say where it is.
const GREETING: Duration = Duration::from_mins(1);

/// `hangar serve`, with its database in `folder`.
pub(crate) fn command(folder: &Path, listen: &str, more: &[&str]) -> Command {
    let database = format!("sqlite://{}", folder.join("hangar.db").display());
    let mut command = Command::new(env!("CARGO_BIN_EXE_hangar"));
    command.env("HANGAR_DATABASE_URL", database).args(["serve", "--listen", listen]).args(more);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The program, serving.
pub(crate) struct Program {
    child: Child,
    said: Receiver<String>,
    pub(crate) url: String,
}

impl Program {
    pub(crate) fn start(folder: &Path) -> Self {
        Self::run(command(folder, "127.0.0.1:0", &[]))
    }

    /// Starts it with what a pod is given, and nothing else that leads to a cluster.
    pub(crate) fn start_in_a_pod(
        folder: &Path,
        server: &str,
        token: &str,
        authority: &str,
    ) -> Self {
        std::fs::write(folder.join("token"), token).unwrap();
        std::fs::write(folder.join("ca.crt"), authority).unwrap();
        let (host, port) = server.strip_prefix("https://").unwrap().rsplit_once(':').unwrap();
        let mut pod = command(folder, "127.0.0.1:0", &["--cluster", "in-cluster"]);
        pod.env("HANGAR_SERVICE_ACCOUNT", folder)
            .env("KUBERNETES_SERVICE_HOST", host)
            .env("KUBERNETES_SERVICE_PORT", port)
            .env_remove("KUBECONFIG");
        Self::run(pod)
    }

    #[expect(clippy::disallowed_methods, reason = "a test needs no span")]
    fn run(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let (tell, said) = channel();
        let out = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            // Read on although nobody listens: a pipe that is full would stop the program.
            out.lines().map_while(Result::ok).for_each(|line| drop(tell.send(line)));
        });
        let mut errors = child.stderr.take().unwrap();
        let Ok(first) = said.recv_timeout(GREETING) else {
            let mut error = String::new();
            errors.read_to_string(&mut error).unwrap();
            panic!("it does not start: {error}")
        };
        std::thread::spawn(move || std::io::copy(&mut errors, &mut std::io::sink()));
        let url = first.trim_end_matches('/').strip_prefix("Hangar is at ").unwrap().to_owned();
        Self { child, said, url }
    }

    /// Someone who has joined a class that the instructor of the printed link has made.
    pub(crate) async fn learner(&self, name: &str) -> Actor {
        let link = self.said.recv_timeout(GREETING).unwrap();
        let token = link.split_once("token=").unwrap().1;
        let anyone = Actor::at(&self.url, "");
        let signed_in = anyone.post("/api/v1/teach/sign-in", json!({"token": token})).await;
        let teacher = Actor::at(&self.url, &signed_in.cookie());
        let class = json!({"name": "Class", "language": "en", "seats": 2});
        let class = teacher.post("/api/v1/teach/classes", class).await.json();
        self.join(class["code"].as_str().unwrap(), name).await
    }

    /// Someone who has joined a class.
    pub(crate) async fn join(&self, code: &str, name: &str) -> Actor {
        let body = json!({"name": name, "language": "en"});
        let path = format!("/api/v1/classes/{code}/join");
        let answer = Actor::at(&self.url, "").post(&path, body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        Actor::at(&self.url, &answer.cookie())
    }

    pub(crate) fn signal(&self, signal: &str) {
        let told = Command::new("kill").args([signal, &self.child.id().to_string()]).status();
        assert!(told.unwrap().success());
    }

    /// Waits for its end, at most as long as it may take.
    pub(crate) async fn ends(&mut self) -> ExitStatus {
        let asked = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(asked.elapsed() < DRAIN, "it still runs after {DRAIN:?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
