//! What `-v=6` and more tell of every request, as klog writes it on standard error.
//!
//! ```text
//! 4  what the server said when it refused       7  headers of the request
//! 6  verb, address, status, milliseconds        8  headers and bodies        9  as a curl command
//! ```
//!
//! **Deliberately absent:** what only the real client has: feature gates, cached files of discovery,
//! the dialling of a connection.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::kubectl::failure::ApiError;
use crate::stream::Output;
use crate::tool::Clock;

/// What stands where the number of a process would.
const PROCESS: u32 = 1;

/// The first level that shows requests.
const REQUESTS: i64 = 6;

/// The first level that shows bodies.
const BODIES: i64 = 8;

/// Where to tell it, and how much of it.
pub(crate) struct Log {
    level: i64,
    clock: Clock,
    stderr: Output,
}

/// A request, as it is told.
pub(crate) struct Told<'a> {
    pub(crate) verb: &'a str,
    pub(crate) url: &'a str,
    pub(crate) headers: &'a [(&'static str, String)],
    /// Nothing where there can be none.
    pub(crate) body: Option<&'a [u8]>,
}

impl Log {
    pub(crate) fn new(level: i64, clock: Clock, stderr: Output) -> Self {
        Self { level, clock, stderr }
    }

    /// Tells nothing.
    pub(crate) fn silent(stderr: Output) -> Self {
        Self::new(0, Arc::new(|| Timestamp::UNIX_EPOCH), stderr)
    }

    /// Tells which file the configuration came from.
    pub(crate) async fn configured(&self, path: &str) {
        if self.level >= REQUESTS {
            self.line("loader.go:407", &format!("Config loaded from file:  {path}")).await;
        }
    }

    /// Tells what is about to be asked.
    pub(crate) async fn request(&self, told: &Told<'_>) {
        if let Some(body) = told.body.filter(|_| self.level >= BODIES) {
            self.body("Request Body", body).await;
        }
        let text = match self.level {
            ..=6 => return,
            7 | 8 => {
                let headers = pair("headers", &listed(told.headers));
                format!("\"Request\" verb={:?} url={:?}{headers}", told.verb, told.url)
            }
            _ => format!("\"Request\"{}", pair("curlCommand", &curl(told))),
        };
        self.line("round_trippers.go:527", &text).await;
    }

    /// Tells how the server answered, and after how long.
    pub(crate) async fn response(
        &self,
        told: &Told<'_>,
        status: StatusCode,
        headers: &HeaderMap,
        took: Duration,
    ) {
        if self.level < REQUESTS {
            return;
        }
        let mut text = "\"Response\"".to_owned();
        if !matches!(self.level, 7 | 8) {
            let _ = write!(text, " verb={:?} url={:?}", told.verb, told.url);
        }
        let reason = status.canonical_reason().unwrap_or_default();
        let _ = write!(text, " status=\"{} {reason}\"", status.as_u16());
        if self.level >= BODIES {
            text.push_str(&pair("headers", &answered(headers)));
        }
        let _ = write!(text, " milliseconds={}", took.as_millis());
        if self.level >= 9 {
            let _ = write!(
                text,
                " getConnectionMilliseconds=0 serverProcessingMilliseconds={}",
                took.as_millis()
            );
        }
        self.line("round_trippers.go:632", &text).await;
    }

    /// Tells what the server's answer holds.
    pub(crate) async fn answer(&self, body: &[u8]) {
        if self.level >= BODIES {
            self.body("Response Body", body).await;
        }
    }

    /// Tells the whole of a refusal, of which people are told a sentence.
    pub(crate) async fn refusal(&self, error: &ApiError) {
        if self.level >= 4 {
            let text = format!("server response object: %s[{}]", refusal(error));
            self.line("helpers.go:246", &text).await;
        }
    }

    async fn body(&self, what: &str, body: &[u8]) {
        let text = String::from_utf8_lossy(body);
        let text = pair("body", &self.shortened(&text));
        self.line("helper.go:105", &format!("{what:?}{text}")).await;
    }

    /// Long bodies are cut, less the more one wants to see.
    fn shortened(&self, text: &str) -> String {
        let most = match self.level {
            ..=8 => 1024,
            9 => 10240,
            10.. => text.len(),
        };
        if text.len() <= most {
            return text.to_owned();
        }
        let end = text.floor_char_boundary(most);
        format!("{} [truncated {} chars]", &text[..end], text.len() - end)
    }

    async fn line(&self, place: &str, text: &str) {
        let now = (self.clock)().strftime("%m%d %H:%M:%S%.6f").to_string();
        // Who has gone need not know.
        let _ = self.stderr.write(format!("I{now} {PROCESS:7} {place}] {text}\n")).await;
    }
}

/// ` key="text"`, or ` key=<` and indented lines if there are several.
fn pair(key: &str, text: &str) -> String {
    if !text.contains('\n') {
        return format!(" {key}={text:?}");
    }
    let lines: String = text.lines().flat_map(|line| ["\t", line, "\n"]).collect();
    format!(" {key}=<\n{lines} >")
}

/// `Name: value` a line, by name.
fn listed(headers: &[(&'static str, String)]) -> String {
    let mut lines: Vec<String> =
        headers.iter().map(|(name, value)| format!("{}: {value}\n", titled(name))).collect();
    lines.sort();
    lines.concat()
}

fn answered(headers: &HeaderMap) -> String {
    let line = |(name, value): (&http::HeaderName, &http::HeaderValue)| {
        format!("{}: {}\n", titled(name.as_str()), String::from_utf8_lossy(value.as_bytes()))
    };
    let mut lines: Vec<String> = headers.iter().map(line).collect();
    lines.sort();
    lines.concat()
}

/// `content-type` as `Content-Type`.
fn titled(name: &str) -> String {
    let mut start = true;
    name.chars()
        .map(|letter| {
            let shown = if start { letter.to_ascii_uppercase() } else { letter };
            start = letter == '-';
            shown
        })
        .collect()
}

fn curl(told: &Told<'_>) -> String {
    let header = |(name, value): &(&'static str, String)| {
        format!(" -H {:?}", format!("{}: {value}", titled(name)))
    };
    let headers: String = told.headers.iter().map(header).collect();
    format!("curl -v -X{} {headers} '{}'\n", told.verb, told.url)
}

/// A refusal as the API server's `Status`, its fields in their usual order.
fn refusal(error: &ApiError) -> String {
    let status = &error.status;
    let order =
        ["kind", "apiVersion", "metadata", "status", "message", "reason", "details", "code"];
    let mut lines = Vec::new();
    for key in order {
        let value = match key {
            "message" => json!(error.message),
            "metadata" => json!({}),
            "details" => error.details.clone(),
            _ => status[key].clone(),
        };
        if value.is_null() {
            continue;
        }
        let value = if key == "details" { details(&value) } else { value.to_string() };
        lines.push(format!("  {key:?}: {value}"));
    }
    format!("{{\n{}\n}}", lines.join(",\n"))
}

fn details(value: &Value) -> String {
    let order = ["name", "group", "kind", "uid", "causes", "retryAfterSeconds"];
    let shown = order.iter().filter(|key| !value[**key].is_null()).map(|key| {
        let text =
            if *key == "causes" { causes(&value["causes"]) } else { value[*key].to_string() };
        format!("    {key:?}: {text}")
    });
    let lines: Vec<String> = shown.collect();
    if lines.is_empty() { "{}".to_owned() } else { format!("{{\n{}\n  }}", lines.join(",\n")) }
}

fn causes(value: &Value) -> String {
    let cause = |cause: &Value| {
        let shown = ["reason", "message", "field"].into_iter().filter(|key| !cause[*key].is_null());
        let lines: Vec<String> =
            shown.map(|key| format!("        {key:?}: {}", cause[key])).collect();
        format!("      {{\n{}\n      }}", lines.join(",\n"))
    };
    let all: Vec<String> = value.as_array().into_iter().flatten().map(cause).collect();
    format!("[\n{}\n    ]", all.join(",\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_is_quoted_and_several_are_indented() {
        assert_eq!(pair("body", "{\"a\":1}"), r#" body="{\"a\":1}""#);
        assert_eq!(pair("body", "a\nb\n"), " body=<\n\ta\n\tb\n >");
        assert_eq!(pair("body", ""), " body=\"\"");
    }

    #[test]
    fn headers_are_written_as_people_know_them() {
        assert_eq!(titled("x-kubernetes-pf-uid"), "X-Kubernetes-Pf-Uid");
    }
}
