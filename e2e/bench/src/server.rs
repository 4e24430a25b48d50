//! A server process of its own for each figure.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// How long a server may take to say that it listens.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running server; dropping it ends it.
pub(crate) struct Server {
    process: Child,
    folder: PathBuf,
    /// Where it listens.
    pub(crate) url: String,
}

impl Server {
    /// Starts a server and waits for its address.
    pub(crate) async fn start(binary: &Path, run: usize) -> Result<Self> {
        let folder =
            std::env::temp_dir().join(format!("hangar-bench-{}-{run}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let database = format!("sqlite://{}", folder.join("hangar.db").display());
        let mut process = Command::new(binary)
            .args(["serve", "--listen", "127.0.0.1:0", "--database-url", &database])
            .args(["--labs-at-once", "64"])
            .current_dir(&folder)
            .env("RUST_LOG", "warn")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("starting {}", binary.display()))?;
        let stdout = process.stdout.take().context("the server has no output")?;
        let url = timeout(PATIENCE, address(BufReader::new(stdout))).await??;
        Ok(Self { process, folder, url })
    }

    /// Resident memory in megabytes.
    pub(crate) fn resident(&self) -> Result<f64> {
        let id = self.process.id().context("the server has ended")?;
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().nth(1));
        let kilobytes: u32 = kilobytes.context("no VmRSS in the process's status")?.parse()?;
        Ok(f64::from(kilobytes) * 1.024e-3)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The folder is in the system's own place for such things; what cannot be removed is.
        let _ = self.process.start_kill();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

async fn address(output: BufReader<tokio::process::ChildStdout>) -> Result<String> {
    let mut lines = output.lines();
    while let Some(line) = lines.next_line().await? {
        if let Some(start) = line.find("http://127.0.0.1:") {
            let rest = &line[start..];
            let end = rest[7..].find(|one: char| one == '/' || one.is_whitespace());
            let url = rest[..end.map_or(rest.len(), |end| end + 7)].to_owned();
            // Whoever prints must go on being read.
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return Ok(url);
        }
    }
    bail!("the server ended without saying where it listens")
}
