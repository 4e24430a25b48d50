//! A PostgreSQL server for the tests: started on loopback, in a folder of its own, removed afterwards.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};

use crate::run::{output, say};
use crate::tools;

/// A running server; dropping it stops it and removes its folder.
pub(crate) struct Postgres {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
}

impl Postgres {
    /// Starts a server on a free port.
    pub(crate) fn start() -> Result<Self> {
        let programs = tools::postgres()?;
        let folder = std::env::temp_dir().join(format!("hangar-postgres-{}", std::process::id()));
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("creating {}", folder.display()))?;
        let mut server = Self { programs, folder, port: 0 };
        if tools::is_root() {
            output(Command::new("chown").arg("postgres").arg(&server.folder))?;
        }
        let data = server.data();
        output(
            server.program("initdb").args(["--auth=trust", "--username=hangar", "-D"]).arg(&data),
        )?;
        // Not before: another program may take a port that is free.
        server.port = free_port()?;
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c max_connections=200",
            server.port
        );
        let log = server.folder.join("log");
        let mut start = server.program("pg_ctl");
        start.arg("-D").arg(&data).arg("-l").arg(log).args(["-w", "-o", &options, "start"]);
        output(start.stdout(Stdio::null()))?;
        say(&format!("PostgreSQL for the tests listens on port {}", server.port));
        Ok(server)
    }

    /// What `HANGAR_TEST_POSTGRES` is set to.
    pub(crate) fn url(&self) -> String {
        format!("postgres://hangar@127.0.0.1:{}/postgres", self.port)
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// One of the server's programs; it refuses to run as root, so root steps down.
    fn program(&self, name: &str) -> Command {
        let program = self.programs.join(name);
        let mut command = if tools::is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir(Path::new("/"));
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let mut stop = self.program("pg_ctl");
        stop.arg("-D").arg(self.data()).args(["-m", "immediate", "stop"]);
        if let Err(error) = output(&mut stop) {
            say(&format!("PostgreSQL could not be stopped: {error:#}"));
        }
        if let Err(error) = std::fs::remove_dir_all(&self.folder) {
            say(&format!("{} could not be removed: {error}", self.folder.display()));
        }
    }
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").context("looking for a free port")?;
    Ok(listener.local_addr().context("reading the port")?.port())
}
