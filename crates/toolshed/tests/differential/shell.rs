//! The same scripts in our shell and in bash, each with its own kubectl and tools.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use bytes::Bytes;
use toolshed::{Settings, Toolbox};

use super::{Outcome, Rig, install, now};

/// What stands for the end of a line in a script, so that a script is one line of its group.
const BREAK: &str = " ⏎ ";

impl Rig {
    /// A real bash with the real kubectl.
    pub(super) async fn real_script(&self, line: &str, namespace: &str) -> Outcome {
        let config = self.kubeconfig_of(namespace);
        let programs = Path::new(&self.kubectl).parent().unwrap().to_string_lossy().into_owned();
        let path = format!("{programs}:{}", std::env::var("PATH").unwrap());
        let output = tokio::process::Command::new("timeout")
            .args(["30", "bash", "-c", &line.replace(BREAK, "\n"), "bash"])
            .current_dir(self.directory.path())
            .env("PATH", path)
            .env("KUBECONFIG", config)
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::null())
            .output()
            .await
            .unwrap();
        output.into()
    }

    /// Our shell, with all its tools.
    pub(super) async fn our_script(&self, line: &str, namespace: &str) -> Outcome {
        let toolbox = Toolbox::new(Settings {
            variables: BTreeMap::new(),
            files: BTreeMap::new(),
            home: "/home/learner".to_owned(),
            user: "learner".to_owned(),
            hostname: "toolbox".to_owned(),
            cluster: Some(self.cluster.clone()),
            clock: Arc::new(now),
            random: Arc::new(|| 4),
            banner: String::new(),
        });
        let files = toolbox.files();
        install(files, self.directory.path(), "/home/learner");
        let text = std::fs::read_to_string(self.kubeconfig_of(namespace)).unwrap();
        files.install("/home/learner/.kube/config", Bytes::from(text), "/home/learner");
        let script = line.replace(BREAK, "\n");
        let done = toolbox.run(&script, Bytes::new()).await;
        Outcome {
            stdout: String::from_utf8_lossy(&done.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&done.stderr).into_owned(),
            code: i32::from(done.code),
        }
    }
}
