//! A server process of its own for each figure, on processor cores of its own where there are enough.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::{sleep, timeout};

/// How long a server may take to say that it listens.
const PATIENCE: Duration = Duration::from_secs(20);

/// Where servers run while something else puts load on them.
pub(crate) const SERVER_CORE: usize = 0;
/// Where the load comes from.
pub(crate) const LOAD_CORE: usize = 1;

/// A command that is held to one core, where there are two and `taskset` is installed.
pub(crate) fn on_core(core: usize, program: &Path) -> Command {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    if cores < 2 || !Path::new("/usr/bin/taskset").exists() {
        return Command::new(program);
    }
    let mut command = Command::new("/usr/bin/taskset");
    command.arg("-c").arg(core.to_string()).arg(program);
    command
}

/// A running server; dropping it ends it.
pub(crate) struct Server {
    process: Child,
    folder: PathBuf,
    /// Where it listens.
    pub(crate) url: String,
}

impl Server {
    /// Starts a server and waits for its address.
    pub(crate) async fn start(binary: &Path) -> Result<Self> {
        Self::run(Command::new(binary), binary).await
    }

    /// Starts a server that leaves the other cores to the load.
    pub(crate) async fn start_apart(binary: &Path) -> Result<Self> {
        Self::run(on_core(SERVER_CORE, binary), binary).await
    }

    async fn run(mut command: Command, binary: &Path) -> Result<Self> {
        let folder = folder()?;
        let database = format!("sqlite://{}", folder.join("hangar.db").display());
        let mut process = command
            .args(["serve", "--listen", "127.0.0.1:0", "--database-url", &database])
            .current_dir(&folder)
            .env("HANGAR_LOG", "warn")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("starting {}", binary.display()))?;
        let stdout = process.stdout.take().context("the server has no output")?;
        let url = timeout(PATIENCE, address(BufReader::new(stdout))).await??;
        Ok(Self { process, folder, url })
    }

    /// A folder of its own, removed with the server.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Waits until the server says that learners can work.
    pub(crate) async fn until_ready(&self) -> Result<()> {
        let asked = async {
            while crate::learner::status(&format!("{}/readyz", self.url)).await? != 200 {
                sleep(Duration::from_millis(1)).await;
            }
            Ok(())
        };
        timeout(PATIENCE, asked).await.context("the server did not become ready")?
    }

    /// The process.
    pub(crate) fn id(&self) -> Option<u32> {
        self.process.id()
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

/// How long a process has been on a processor, in seconds, all its threads together.
pub(crate) fn processor_time(process: Option<u32>) -> Result<f64> {
    /// What Linux tells user space that a tick is, whatever the kernel uses itself.
    const TICKS_PER_SECOND: f64 = 100.0;
    let id = process.context("the process has ended")?;
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat"))?;
    // The name of the program, in parentheses, may hold spaces.
    let (_, fields) = stat.rsplit_once(')').context("the process's status cannot be read")?;
    let mut ticks = fields.split_whitespace().skip(11).map(str::parse::<u32>);
    let (user, system) =
        (ticks.next().context("no user time")??, ticks.next().context("no system time")??);
    Ok((f64::from(user) + f64::from(system)) / TICKS_PER_SECOND)
}

/// A new folder in the system's place for passing things.
fn folder() -> Result<PathBuf> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("hangar-bench-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("making the folder {}", folder.display()))?;
    Ok(folder)
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
