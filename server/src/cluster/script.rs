//! Runs a shell script in a lab's toolbox and waits for its end.

use std::time::Duration;

use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::AttachParams;
use tokio::io::AsyncReadExt as _;
use tokio::time::{Instant, timeout_at};

use super::objects::TOOLBOX;
use super::{Cluster, Error, LabNames};

/// How much of a script's output is kept, in bytes.
const KEPT: u64 = 256 * 1024;

/// What a script did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptOutcome {
    /// Standard output and standard error, one after the other.
    pub output: String,
    /// How it ended.
    pub end: ScriptEnd,
}

/// How a script ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScriptEnd {
    /// With exit code 0.
    Well,
    /// With another exit code, or because its connection broke off.
    Failed,
    /// It had not when its time was up: what it had shown until then is there.
    TimeUp,
}

impl Cluster {
    /// Runs `sh -c script` in the lab's toolbox, for at most `patience`.
    pub async fn run_script(
        &self,
        lab: &LabNames,
        script: &str,
        patience: Duration,
    ) -> Result<ScriptOutcome, Error> {
        self.run_script_until(lab, script, patience, std::future::pending()).await
    }

    /// [`Cluster::run_script`], and no longer than until `over` ends.
    pub async fn run_script_until(
        &self,
        lab: &LabNames,
        script: &str,
        patience: Duration,
        over: impl Future<Output = ()>,
    ) -> Result<ScriptOutcome, Error> {
        let deadline = Instant::now() + patience;
        let pods: Api<Pod> = Api::namespaced(self.client().clone(), &lab.toolbox());
        let parameters = AttachParams::default().stdout(true).stderr(true).container(TOOLBOX);
        let exec = pods.exec(TOOLBOX, ["sh", "-c", script], &parameters);
        let mut process = timeout_at(deadline, exec)
            .await
            .map_err(|_| Error::NoShell("the cluster does not answer in time".to_owned()))?
            .map_err(|error| Error::NoShell(error.to_string()))?;
        let (stdout, stderr) = (process.stdout(), process.stderr());
        let status = process.take_status();
        let (mut output, mut errors) = (Vec::new(), Vec::new());
        // A stream that breaks off ends the output; the status tells whether the script succeeded.
        let read_output = async {
            if let Some(stdout) = stdout {
                let _ = stdout.take(KEPT).read_to_end(&mut output).await;
            }
        };
        let read_errors = async {
            if let Some(stderr) = stderr {
                let _ = stderr.take(KEPT).read_to_end(&mut errors).await;
            }
        };
        let ends = async {
            tokio::join!(read_output, read_errors);
            match status {
                Some(status) => status.await,
                None => None,
            }
        };
        let ended = tokio::select! {
            ended = timeout_at(deadline, ends) => ended.ok(),
            () = over => None,
        };
        let end = match ended {
            None => ScriptEnd::TimeUp,
            Some(Some(status)) if status.status.as_deref() == Some("Success") => ScriptEnd::Well,
            Some(_) => ScriptEnd::Failed,
        };
        output.extend_from_slice(&errors);
        Ok(ScriptOutcome { output: String::from_utf8_lossy(&output).into_owned(), end })
    }
}
