//! Runs a shell script in a lab's toolbox and waits for its end.

use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use kube::api::AttachParams;
use tokio::io::AsyncReadExt as _;

use super::objects::TOOLBOX;
use super::{Cluster, Error, LabNames};

/// How much of a script's output is kept, in bytes.
const KEPT: u64 = 256 * 1024;

/// What a script did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScriptOutcome {
    /// Standard output and standard error, one after the other.
    pub output: String,
    /// Whether it ended with exit code 0.
    pub succeeded: bool,
}

impl Cluster {
    /// Runs `sh -c script` in the lab's toolbox.
    pub async fn run_script(&self, lab: &LabNames, script: &str) -> Result<ScriptOutcome, Error> {
        let pods: Api<Pod> = Api::namespaced(self.client().clone(), &lab.toolbox());
        let parameters = AttachParams::default().stdout(true).stderr(true).container(TOOLBOX);
        let mut process = pods
            .exec(TOOLBOX, ["sh", "-c", script], &parameters)
            .await
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
        tokio::join!(read_output, read_errors);
        let status = match status {
            Some(status) => status.await,
            None => None,
        };
        let succeeded = status.is_some_and(|status| status.status.as_deref() == Some("Success"));
        output.extend_from_slice(&errors);
        Ok(ScriptOutcome { output: String::from_utf8_lossy(&output).into_owned(), succeeded })
    }
}
