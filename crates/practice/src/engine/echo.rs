//! `kong/go-echo`: says on which pod it runs.

use std::sync::Arc;

use bytes::Bytes;
use controllers::Clock;
use controllers::runtime::{Container, Launch, Log, StartError};

use super::network::{Network, Request, Response, Service};
use super::process::{NoPrograms, OnTerminate, Process};

/// What a Go program ends with when a signal ends it.
const GO_TERMINATED: i32 = 2;

struct Echo {
    message: String,
    log: Log,
    clock: Clock,
}

/// Starts it.
pub(super) fn start(
    launch: &Launch,
    clock: &Clock,
    network: &Arc<Network>,
) -> Result<Arc<dyn Container>, StartError> {
    if let Some(program) = launch.command.first()
        && program != "/tcp-echo"
    {
        // The image holds one program and nothing else.
        let reason = if program.contains('/') {
            format!("exec: \"{program}\": stat {program}: no such file or directory")
        } else {
            format!("exec: \"{program}\": executable file not found in $PATH")
        };
        return Err(StartError {
            message: format!(
                "failed to create containerd task: failed to create shim task: OCI runtime create \
                 failed: runc create failed: unable to start container process: error during \
                 container init: {reason}"
            ),
        });
    }
    let variable = |name: &str| {
        let found = launch.variables.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    };
    let port = |name: &str, default: u16| {
        variable(name).and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    let mut message = String::new();
    for (name, before) in [
        ("NODE_NAME", "Welcome, you are connected to node "),
        ("POD_NAME", "Running on Pod "),
        ("POD_NAMESPACE", "In namespace "),
        ("POD_IP", "With IP address "),
        ("SERVICE_ACCOUNT", "Service account "),
    ] {
        if let Some(value) = variable(name) {
            message.extend([before, value, ".\n"]);
        }
    }
    let (tcp, udp, http) =
        (port("TCP_PORT", 1025), port("UDP_PORT", 1026), port("HTTP_PORT", 1027));
    let echo = Echo { message, log: launch.log.clone(), clock: clock.clone() };
    echo.say(&format!("Listening on UDP port {udp}"));
    echo.say(&format!("Listening on HTTP port {http}"));
    echo.say(&format!("Listening on TCP port {tcp}"));
    let service: Arc<dyn Service> = Arc::new(echo);
    let process = match network.listen(launch.pod.ip, &[http, tcp], &service) {
        Ok(listening) => {
            Process::new(OnTerminate::Exit(GO_TERMINATED), NoPrograms, Some(listening))
        }
        Err(taken) => {
            let text = format!("panic: listen tcp :{taken}: bind: address already in use");
            launch.log.error(&text);
            let process = Process::new(OnTerminate::Exit(GO_TERMINATED), NoPrograms, None);
            process.end(GO_TERMINATED);
            process
        }
    };
    Ok(Arc::new(process))
}

impl Echo {
    /// Logs as Go's logger does: to standard error, with the time before it.
    fn say(&self, text: &str) {
        let time = (self.clock)().strftime("%Y/%m/%d %H:%M:%S").to_string();
        self.log.error(&format!("{time} {text}"));
    }
}

impl Service for Echo {
    fn answer(&self, request: Request) -> Response {
        let Request { method, path, headers } = request;
        let mut text = self.message.clone();
        let query = path.split_once('?').map_or("", |(_, query)| query);
        if query.split('&').any(|pair| pair == "details=true") {
            let host = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("host"));
            let host = host.map_or("", |(_, value)| value.as_str());
            let details = format!(
                "\nHTTP request details\n---------------------\nProtocol: HTTP/1.1\n\
                 Host: {host}\nMethod: {method}\nURL: {path}\n"
            );
            text.push_str(&details);
        }
        text.push('\n');
        self.say("HTTP connection open.");
        self.say("HTTP connection closed.");
        Response { status: 200, body: Bytes::from(text) }
    }
}
