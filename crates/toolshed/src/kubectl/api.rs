//! Requests to the API server, seen as they are: status, warnings, raw body.
//!
//! **Deliberately absent:** typed objects. kubectl shows what the server said, unknown fields
//! included, so everything stays JSON.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, Uri};
use http_body_util::BodyExt as _;
use kube::client::Body;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use tokio::time::Instant;

use crate::kubectl::discovery::Known;
use crate::kubectl::failure::{ApiError, Asked, Failure, Outcome};
use crate::kubectl::log::{Log, Told};
use crate::stream::Output;
use crate::tool::Cluster;

/// What a server may answer at most; more is cut off as a failure.
const LARGEST_BODY: usize = 64 << 20;

/// The longest line of a watch.
const LONGEST_LINE: usize = 8 << 20;

/// What is said of a body that is not at its end in time.
const LATE: &str =
    "context deadline exceeded (Client.Timeout or context cancellation while reading body)";

const QUERY: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'*');

/// Who asks, as the real one says it.
const AGENT: &str = "kubectl/v1.36.3 (linux/amd64)";

/// A token, as it is told of.
const MASKED: &str = "Bearer <masked>";

/// The `Accept` header of a plain request.
pub(crate) const JSON: &str = "application/json";

/// The `Accept` header that takes anything.
pub(crate) const ANYTHING: &str = "application/json, */*";

/// The `Accept` header that asks for columns.
pub(crate) const TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io,\
                                application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";

/// A request in the making.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    method: Method,
    path: String,
    query: Vec<(String, String)>,
    accept: &'static str,
    content_type: &'static str,
    body: Vec<u8>,
    resource: String,
    name: String,
    streamed: bool,
}

impl Call {
    pub(crate) fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            query: Vec::new(),
            accept: JSON,
            content_type: JSON,
            body: Vec::new(),
            resource: String::new(),
            name: String::new(),
            streamed: false,
        }
    }

    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    /// A plain request that wants its answer in the same form.
    pub(crate) fn like(&self, path: impl Into<String>) -> Self {
        Self::get(path).accept(self.accept)
    }

    /// With a body that is passed on as it comes, and not told of.
    pub(crate) fn streamed(mut self) -> Self {
        self.streamed = true;
        self
    }

    pub(crate) fn query(mut self, key: &str, value: impl Into<String>) -> Self {
        self.query.push((key.to_owned(), value.into()));
        self
    }

    /// Adds a query parameter unless the value is empty.
    pub(crate) fn query_some(self, key: &str, value: &str) -> Self {
        if value.is_empty() { self } else { self.query(key, value) }
    }

    pub(crate) fn accept(mut self, accept: &'static str) -> Self {
        self.accept = accept;
        self
    }

    pub(crate) fn body(mut self, content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        self.content_type = content_type;
        self.body = body.into();
        self
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.body(JSON, body.to_string())
    }

    /// Says what is asked for, for messages about answers that explain nothing.
    pub(crate) fn about(mut self, resource: &str, name: &str) -> Self {
        resource.clone_into(&mut self.resource);
        name.clone_into(&mut self.name);
        self
    }

    fn uri(&self) -> String {
        let mut uri = self.path.clone();
        let mut query: Vec<_> = self.query.iter().collect();
        query.sort_by(|one, other| one.0.cmp(&other.0));
        for (index, (key, value)) in query.into_iter().enumerate() {
            let join = if index == 0 && !uri.contains('?') { '?' } else { '&' };
            uri.push(join);
            uri.push_str(key);
            uri.push('=');
            uri.extend(utf8_percent_encode(value, QUERY));
        }
        uri
    }
}

/// The API server.
pub(crate) struct Api {
    server: Option<Uri>,
    /// A client can be cloned by one thread at a time only.
    client: Mutex<Option<kube::Client>>,
    stderr: Output,
    warned: Mutex<BTreeSet<String>>,
    /// What earlier runs learnt of the server.
    pub(crate) known: Known,
    /// Headers of impersonation.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// How long one answer may take, to its end.
    pub(crate) limit: Option<Duration>,
    /// Whether the client proves by a token who it is.
    pub(crate) bearer: bool,
    /// Where requests are told of.
    pub(crate) log: Log,
}

impl Api {
    pub(crate) fn new(cluster: Option<Cluster>, stderr: Output, log: Log) -> Self {
        let (server, client, known) = match cluster {
            Some(Cluster { server, client, known }) => (Some(server), Some(client), known),
            None => (None, None, Known::default()),
        };
        let client = Mutex::new(client);
        let (warned, headers) = (Mutex::default(), Vec::new());
        let (limit, bearer) = (None, false);
        Self { server, client, stderr, warned, known, headers, limit, bearer, log }
    }

    /// The address as people see it.
    pub(crate) fn server(&self) -> String {
        let Some(server) = &self.server else { return "http://localhost:8080".to_owned() };
        server.to_string().trim_end_matches('/').to_owned()
    }

    fn host(&self) -> String {
        let Some(server) = &self.server else { return "localhost:8080".to_owned() };
        server.authority().map_or_else(String::new, ToString::to_string)
    }

    /// The client, for upgraded connections.
    pub(crate) fn client(&self) -> Outcome<kube::Client> {
        let client = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        client.clone().ok_or_else(|| self.refused())
    }

    fn refused(&self) -> Failure {
        Failure::Said(format!(
            "The connection to the server {} was refused - did you specify the right host or port?",
            self.host()
        ))
    }

    /// Sends, and hands out the answer when it is a success.
    async fn open(&self, call: Call, deadline: Option<Instant>) -> Outcome<Response<Body>> {
        let client = self.client()?;
        let uri = call.uri();
        let mut headers = self.headers_of(&call);
        let mut request = Request::builder().method(call.method.clone()).uri(&uri);
        for (name, value) in &headers {
            request = request.header(*name, value.as_str());
        }
        if self.bearer {
            headers.push(("authorization", MASKED.to_owned()));
        }
        let request = request
            .body(Body::from(call.body.clone()))
            .map_err(|error| Failure::error(error.to_string()))?;
        let url = format!("{}{uri}", self.server());
        let (verb, body) = (call.method.as_str(), Some(call.body.as_slice()));
        let told = Told { verb, url: &url, headers: &headers, body };
        self.log.request(&told).await;
        let start = Instant::now();
        let sent = within(deadline, client.send(request)).await.ok_or_else(|| {
            Failure::Said(
                "Unable to connect to the server: net/http: request canceled (Client.Timeout \
                 exceeded while awaiting headers)"
                    .to_owned(),
            )
        })?;
        let response = sent.map_err(|error| self.unreachable(&error))?;
        self.log.response(&told, response.status(), response.headers(), start.elapsed()).await;
        self.warn(&response.headers().clone()).await?;
        if response.status().is_success() {
            return Ok(response);
        }
        let code = response.status().as_u16();
        let body = collect(response, deadline).await?;
        self.log.answer(&body).await;
        let asked = Asked { method: verb, resource: &call.resource, name: &call.name };
        Err(Failure::Api(Box::new(ApiError::read(code, &body, &asked))))
    }

    /// What a request for an upgraded connection says of itself.
    pub(crate) fn upgrading(&self) -> Vec<(&'static str, String)> {
        let protocol = ("sec-websocket-protocol", "v5.channel.k8s.io".to_owned());
        let mut headers = vec![protocol, ("user-agent", AGENT.to_owned())];
        if self.bearer {
            headers.push(("authorization", MASKED.to_owned()));
        }
        headers
    }

    fn headers_of(&self, call: &Call) -> Vec<(&'static str, String)> {
        let mut headers =
            vec![("accept", call.accept.to_owned()), ("user-agent", AGENT.to_owned())];
        if !call.body.is_empty() {
            headers.push(("content-type", call.content_type.to_owned()));
        }
        headers.extend(self.headers.iter().cloned());
        headers
    }

    /// Sends, and collects the body of a success.
    pub(crate) async fn bytes(&self, call: Call) -> Outcome<Bytes> {
        let deadline = self.deadline();
        let streamed = call.streamed;
        let body = collect(self.open(call, deadline).await?, deadline).await?;
        if !streamed {
            self.log.answer(&body).await;
        }
        Ok(body)
    }

    /// Sends, and reads the body of a success as JSON.
    pub(crate) async fn value(&self, call: Call) -> Outcome<Value> {
        let body = self.bytes(call).await?;
        serde_json::from_slice(&body)
            .map_err(|error| Failure::error(format!("couldn't read the server's answer: {error}")))
    }

    /// Sends, and hands out the lines of a body that goes on.
    pub(crate) async fn lines(&self, call: Call) -> Outcome<Lines> {
        let deadline = self.deadline();
        let response = self.open(call, deadline).await?;
        Ok(Lines { body: response.into_body(), buffer: Vec::new(), ended: false, deadline })
    }

    /// How many warnings the server has given.
    pub(crate) fn warnings(&self) -> usize {
        self.warned.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn deadline(&self) -> Option<Instant> {
        self.limit.map(|limit| Instant::now() + limit)
    }

    fn unreachable(&self, error: &kube::Error) -> Failure {
        let mut deepest: &dyn std::error::Error = error;
        while let Some(source) = deepest.source() {
            deepest = source;
        }
        let words = deepest.to_string();
        if words.to_lowercase().contains("connection refused") {
            return self.refused();
        }
        Failure::Said(format!("Unable to connect to the server: {words}"))
    }

    /// Shows the server's warnings, each once.
    async fn warn(&self, headers: &HeaderMap) -> Outcome {
        for header in headers.get_all("warning") {
            let Some(text) = header.to_str().ok().and_then(warning_text) else { continue };
            let fresh = {
                let mut warned = self.warned.lock().unwrap_or_else(PoisonError::into_inner);
                warned.insert(text.clone())
            };
            if fresh {
                let word = if self.stderr.is_terminal() {
                    "\u{1b}[33;1mWarning:\u{1b}[0m"
                } else {
                    "Warning:"
                };
                let line = format!("{word} {text}\n");
                self.stderr.write(line).await.map_err(|_| Failure::Exit(141))?;
            }
        }
        Ok(())
    }
}

/// What comes in time, if there is a deadline.
async fn within<T>(deadline: Option<Instant>, work: impl Future<Output = T>) -> Option<T> {
    match deadline {
        Some(deadline) => tokio::time::timeout_at(deadline, work).await.ok(),
        None => Some(work.await),
    }
}

/// The text of a `Warning: 299 - "text"` header.
fn warning_text(header: &str) -> Option<String> {
    let quoted = header.strip_prefix("299 ")?.split_once('"')?.1;
    let mut text = String::new();
    let mut letters = quoted.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => text.extend(letters.next()),
            '"' => break,
            letter => text.push(letter),
        }
    }
    Some(text)
}

async fn collect(response: Response<Body>, deadline: Option<Instant>) -> Outcome<Bytes> {
    let broken = |cause: &str| {
        Failure::error(format!(
            "unexpected error when reading response body. Please retry. Original error: {cause}"
        ))
    };
    let limited = http_body_util::Limited::new(response.into_body(), LARGEST_BODY);
    let collected = within(deadline, limited.collect()).await.ok_or_else(|| broken(LATE))?;
    Ok(collected.map_err(|error| broken(&error.to_string()))?.to_bytes())
}

/// The lines of a body, as they come.
pub(crate) struct Lines {
    body: Body,
    buffer: Vec<u8>,
    ended: bool,
    /// When the person has waited long enough: a watch ends then, anything else fails.
    deadline: Option<Instant>,
}

impl Lines {
    /// The next line without its end, or `None` when the server is done.
    pub(crate) async fn next(&mut self) -> Outcome<Option<Vec<u8>>> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let rest = self.buffer.split_off(end + 1);
                let mut line = std::mem::replace(&mut self.buffer, rest);
                line.pop();
                return Ok(Some(line));
            }
            if self.ended || self.buffer.len() > LONGEST_LINE {
                let rest = std::mem::take(&mut self.buffer);
                return Ok((!rest.is_empty()).then_some(rest));
            }
            match self.chunk().await? {
                Some(chunk) => self.buffer.extend_from_slice(&chunk),
                None => self.ended = true,
            }
        }
    }

    /// The next bytes as they come.
    pub(crate) async fn chunk(&mut self) -> Outcome<Option<Bytes>> {
        loop {
            let frame = within(self.deadline, self.body.frame()).await;
            let Some(frame) = frame.ok_or_else(|| Failure::error(LATE))? else { return Ok(None) };
            let frame = frame.map_err(|error| Failure::error(error.to_string()))?;
            if let Ok(data) = frame.into_data() {
                return Ok(Some(data));
            }
        }
    }

    /// The next event of a watch, or `None` when the server is done or the time is up.
    pub(crate) async fn event(&mut self) -> Outcome<Option<Value>> {
        let line = match self.next().await {
            Err(_) if self.deadline.is_some_and(|end| Instant::now() >= end) => return Ok(None),
            line => line?,
        };
        let Some(line) = line else { return Ok(None) };
        serde_json::from_slice(&line)
            .map(Some)
            .map_err(|error| Failure::error(format!("unable to decode an event: {error}")))
    }
}
