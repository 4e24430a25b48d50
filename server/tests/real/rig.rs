//! The real control plane, the server over it, and a learner with her own terminal.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use curriculum::{CheckState, Exercise};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;
use tokio::sync::{Mutex, MutexGuard, OnceCell};
use tokio::time::{Instant, sleep, timeout};

use crate::app::{Actor, TestApp};

/// Nothing that is waited for takes longer on the slowest machine.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);
/// How often a state that has no event is looked at.
const BEAT: Duration = Duration::from_millis(50);

static TURN: Mutex<()> = Mutex::const_new(());

/// The control plane, while it is this test's turn.
pub(crate) struct Rig {
    /// Where the control plane keeps its state.
    pub(crate) folder: PathBuf,
    kubectl: PathBuf,
    own: TempDir,
    /// The class of this test, once somebody wanted to join.
    class: OnceCell<String>,
    _turn: MutexGuard<'static, ()>,
}

fn needed(name: &str) -> PathBuf {
    let value = std::env::var_os(name).unwrap_or_else(|| {
        panic!(
            "{name} is not set; start a real control plane (e2e/real-cluster/up DIR) and set \
             HANGAR_REAL_KUBECONFIG=DIR/admin.kubeconfig and HANGAR_REAL_KUBECTL=…/kubectl"
        )
    });
    PathBuf::from(value)
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

impl Rig {
    /// Waits for this test's turn, and installs what an operator would.
    pub(crate) async fn take() -> Self {
        let turn = TURN.lock().await;
        let folder = needed("HANGAR_REAL_KUBECONFIG").parent().unwrap().to_owned();
        let kubectl = needed("HANGAR_REAL_KUBECTL");
        let rig = Self {
            folder,
            kubectl,
            own: tempfile::tempdir().unwrap(),
            class: OnceCell::new(),
            _turn: turn,
        };
        rig.install_rights().await;
        rig
    }

    /// What an operator does first.
    pub(crate) async fn install_rights(&self) {
        let rbac = repository().join("deploy/rbac/hangar.yaml");
        self.admin().done(&format!("kubectl apply -f {}", rbac.display())).await;
    }

    /// Whoever may do everything.
    pub(crate) fn admin(&self) -> Person {
        self.person(self.folder.join("admin.kubeconfig"))
    }

    /// A token of the server's own account.
    pub(crate) async fn server_token(&self) -> String {
        let account = "kubectl -n hangar-system create token hangar-server --duration=1h";
        self.admin().done(account).await.trim().to_owned()
    }

    /// Where the API server is, and its certificate authority in PEM.
    pub(crate) fn address(&self) -> (String, String) {
        let admin = std::fs::read_to_string(self.folder.join("admin.kubeconfig")).unwrap();
        let server = admin.split_once("server: \"").unwrap().1.split_once('"').unwrap().0;
        let authority = std::fs::read_to_string(self.folder.join("pki/ca.crt")).unwrap();
        (server.to_owned(), authority)
    }

    /// The server's own account, by a kubeconfig with its token.
    pub(crate) async fn server(&self) -> Person {
        let token = self.server_token().await;
        let admin = std::fs::read_to_string(self.folder.join("admin.kubeconfig")).unwrap();
        let users = admin.lines().find(|line| line.starts_with("users:")).unwrap();
        let user = format!("users: [{{name: admin, user: {{token: {token}}}}}]");
        let file = self.own.path().join("server.kubeconfig");
        std::fs::write(&file, admin.replace(users, &user)).unwrap();
        self.person(file)
    }

    fn person(&self, kubeconfig: PathBuf) -> Person {
        Person {
            kubeconfig,
            kubectl: self.kubectl.clone(),
            home: self.own.path().to_owned(),
            variables: Vec::new(),
        }
    }

    /// `hangar serve --cluster kubeconfig` with the server's own account.
    pub(crate) async fn serve(&self) -> TestApp {
        let kubeconfig = self.server().await.kubeconfig;
        let file = kubeconfig.display().to_string();
        let image = ["--toolbox-image", "toolbox.example/shell:1"];
        let flags = [["--cluster", "kubeconfig"], ["--kubeconfig", &file], image].concat();
        TestApp::start_with(&flags).await
    }

    /// Somebody who has joined, started a lab, and downloaded its kubeconfig and files.
    pub(crate) async fn learner(&self, app: &TestApp, name: &str) -> Learner {
        self.settles(self.joins(app, name).await, name).await
    }

    /// Starts the lab of somebody who has joined, and downloads its kubeconfig and files.
    pub(crate) async fn settles(&self, browser: Actor, name: &str) -> Learner {
        let lab = browser.start_lab().await;
        let answer = browser.get("/api/v1/lab/kubeconfig").await;
        assert!(answer.status.is_success(), "{}", answer.text);
        let file = self.own.path().join(format!("{name}.kubeconfig"));
        std::fs::write(&file, &answer.text).unwrap();
        let mut terminal = self.person(file);
        for (variable, field) in [("CP_NS", "cp_namespace"), ("DP_NS", "dp_namespace")] {
            let namespace = lab[field].as_str().unwrap().to_owned();
            terminal.variables.push((variable.to_owned(), namespace));
        }
        let (_, cp) = terminal.variables[0].clone();
        let toolbox = format!("{}-box", cp.strip_suffix("-cp").unwrap());
        terminal.variables.push(("BOX".to_owned(), toolbox));
        self.labs();
        Learner { browser, terminal }
    }

    /// Somebody who has joined the class of this test.
    pub(crate) async fn joins(&self, app: &TestApp, name: &str) -> Actor {
        let class = async || {
            let class = json!({"name": "Class", "language": "en", "seats": 20});
            let made = app.instructor().await.post("/api/v1/teach/classes", class).await.json();
            made["code"].as_str().unwrap().to_owned()
        };
        app.join_class(self.class.get_or_init(class).await, name).await
    }

    /// The files that the pages show, copied by hand into `labs/`.
    fn labs(&self) {
        let (from, to) = (repository().join("content/files/labs"), self.own.path().join("labs"));
        std::fs::create_dir_all(&to).unwrap();
        for file in std::fs::read_dir(from).unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), to.join(file.file_name())).unwrap();
        }
    }
}

/// Somebody with a shell and the real kubectl.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) kubeconfig: PathBuf,
    kubectl: PathBuf,
    home: PathBuf,
    variables: Vec<(String, String)>,
}

/// What a command line left behind.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) shown: String,
    pub(crate) complaints: String,
    pub(crate) code: i32,
}

impl Person {
    /// Types command lines into a shell.
    pub(crate) async fn types(&self, commands: &str) -> Outcome {
        let tools = self.kubectl.parent().unwrap().display();
        let path = format!("{tools}:{}", std::env::var("PATH").unwrap_or_default());
        let output = Command::new("sh")
            .args(["-c", commands])
            .current_dir(&self.home)
            .env("PATH", path)
            .env("KUBECONFIG", &self.kubeconfig)
            .envs(self.variables.clone())
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output();
        let output = timeout(PATIENCE, output).await.expect("commands end in time").unwrap();
        Outcome {
            shown: String::from_utf8_lossy(&output.stdout).into_owned(),
            complaints: String::from_utf8_lossy(&output.stderr).into_owned(),
            code: output.status.code().unwrap_or(-1),
        }
    }

    /// Types command lines that must end well.
    pub(crate) async fn done(&self, commands: &str) -> String {
        let outcome = self.types(commands).await;
        assert_eq!(outcome.code, 0, "{commands}: {outcome:?}");
        outcome.shown
    }

    /// The value of a variable of the lab.
    pub(crate) fn variable(&self, name: &str) -> &str {
        &self.variables.iter().find(|(one, _)| one == name).unwrap().1
    }
}

/// Somebody who learns: a browser and a terminal of her own.
pub(crate) struct Learner {
    pub(crate) browser: Actor,
    pub(crate) terminal: Person,
}

impl Learner {
    /// Ends her lab.
    pub(crate) async fn leaves(&self) {
        end_lab(&self.browser).await;
    }

    /// An exercise as its card shows it.
    pub(crate) async fn card(&self, exercise: &Exercise) -> Value {
        let answer = self.browser.get(&format!("/api/v1/exercises/{}", exercise.id)).await;
        assert!(answer.status.is_success(), "{}", answer.text);
        answer.json()
    }

    /// Waits until the checks of a step stand as wanted; those in `red` with a reason in words.
    pub(crate) async fn sees(&self, exercise: &Exercise, step: &str, red: &[&str]) {
        let wanted = |check: &Value| {
            let id = check["id"].as_str().unwrap();
            if red.contains(&id) {
                let words = check["reason"]["text"].as_str().unwrap_or_default();
                check["state"] == word(CheckState::NotYet) && !words.is_empty()
            } else {
                check["state"] == word(CheckState::Passed)
            }
        };
        let deadline = Instant::now() + PATIENCE;
        loop {
            let card = self.card(exercise).await;
            let mut checks = card["checks"].as_array().unwrap().iter();
            if checks.all(|check| check["step"] != step || wanted(check)) {
                return;
            }
            assert!(Instant::now() < deadline, "red should be {red:?}: {card:#}");
            sleep(BEAT).await;
        }
    }
}

/// Ends a lab and waits until nothing of it is left.
pub(crate) async fn end_lab(browser: &Actor) {
    assert!(browser.delete("/api/v1/lab").await.status.is_success());
    let mut events = browser.events(None).await;
    events.until(|event| event.name == "lab" && event.data["state"] == "ended").await;
}

/// How a state is written.
pub(crate) fn word(state: CheckState) -> Value {
    serde_json::to_value(state).unwrap()
}
