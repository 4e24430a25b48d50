//! A learner over HTTP: joins, starts a lab, listens, types.

use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use bytes::Bytes;
use futures::StreamExt as _;
use http::{Method, Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(30);

type Http = Client<HttpConnector, Full<Bytes>>;

/// A client whose connections send what they have at once.
fn http() -> Http {
    let mut connector = HttpConnector::new();
    connector.set_nodelay(true);
    Client::builder(TokioExecutor::new()).build(connector)
}

/// The status that an address answers with.
pub(crate) async fn status(url: &str) -> Result<u16> {
    let request = Request::get(url).body(Full::default())?;
    Ok(http().request(request).await?.status().as_u16())
}

/// A body as it travels, in the best encoding of those that are accepted.
pub(crate) async fn transferred(url: &str, cookie: &str, accepted: &str) -> Result<Bytes> {
    let request = Request::get(url)
        .header(header::COOKIE, cookie)
        .header(header::ACCEPT_ENCODING, accepted)
        .body(Full::default())?;
    let answer = timeout(PATIENCE, http().request(request)).await.context("no answer came")??;
    if !answer.status().is_success() {
        bail!("{url}: {}", answer.status());
    }
    Ok(answer.into_body().collect().await?.to_bytes())
}

/// One learner with a session.
pub(crate) struct Learner {
    url: String,
    cookie: String,
    client: Http,
}

/// A stream of server-sent events.
pub(crate) struct Events {
    body: Incoming,
    waiting: String,
}

impl Events {
    /// The data of the next event of this name.
    pub(crate) async fn next(&mut self, name: &str) -> Result<Value> {
        timeout(PATIENCE, self.next_patiently(name)).await.context("no event came")?
    }

    async fn next_patiently(&mut self, name: &str) -> Result<Value> {
        loop {
            while let Some(end) = self.waiting.find("\n\n") {
                let event: String = self.waiting.drain(..end + 2).collect();
                let field = |field: &str| {
                    event.lines().find_map(|line| line.strip_prefix(field)).map(str::trim)
                };
                if field("event:") == Some(name) {
                    return Ok(serde_json::from_str(field("data:").unwrap_or("null"))?);
                }
            }
            let Some(frame) = self.body.frame().await else { bail!("the stream of events ended") };
            if let Ok(data) = frame?.into_data() {
                self.waiting.push_str(&String::from_utf8_lossy(&data));
            }
        }
    }
}

impl Learner {
    /// Joins the class that is always open.
    pub(crate) async fn join(url: &str, name: &str) -> Result<Self> {
        let mut learner = Self { url: url.to_owned(), cookie: String::new(), client: http() };
        let body = json!({"name": name, "language": "en"});
        let answer = learner.send(Method::POST, "/api/v1/classes/open/join", Some(&body)).await?;
        let cookie = answer.headers().get(header::SET_COOKIE).context("no cookie was set")?;
        let cookie = cookie.to_str()?.split(';').next().unwrap_or_default().to_owned();
        learner.cookie = cookie;
        Ok(learner)
    }

    /// The session cookie, as the browser sends it.
    pub(crate) fn cookie(&self) -> &str {
        &self.cookie
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<http::Response<Incoming>> {
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header(header::ORIGIN, &self.url)
            .header(header::COOKIE, &self.cookie);
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        let bytes = body.map(Value::to_string).unwrap_or_default();
        let answer = self.client.request(request.body(Full::new(Bytes::from(bytes)))?);
        let answer = timeout(PATIENCE, answer).await.context("no answer came")??;
        if !answer.status().is_success() {
            let status = answer.status();
            let text = answer.into_body().collect().await?.to_bytes();
            bail!("{path}: {status}: {}", String::from_utf8_lossy(&text));
        }
        Ok(answer)
    }

    /// A body as text.
    pub(crate) async fn get(&self, path: &str) -> Result<String> {
        let body = self.send(Method::GET, path, None).await?.into_body().collect().await?;
        Ok(String::from_utf8_lossy(&body.to_bytes()).into_owned())
    }

    /// Opens the stream of events.
    pub(crate) async fn events(&self) -> Result<Events> {
        let answer = self.send(Method::GET, "/api/v1/events?lang=en", None).await?;
        Ok(Events { body: answer.into_body(), waiting: String::new() })
    }

    /// Clicks *Start lab*.
    pub(crate) async fn start_lab(&self) -> Result<()> {
        self.send(Method::POST, "/api/v1/lab", None).await.map(drop)
    }

    /// How the lab stands.
    pub(crate) async fn lab(&self) -> Result<Value> {
        Ok(serde_json::from_str(&self.get("/api/v1/lab").await?)?)
    }

    /// Waits until the lab is ready.
    pub(crate) async fn until_ready(&self, events: &mut Events) -> Result<()> {
        while self.lab().await?["state"] != "ready" {
            events.next("lab").await?;
        }
        Ok(())
    }

    /// Opens the terminal and waits for the prompt.
    pub(crate) async fn until_prompt(&self) -> Result<()> {
        let address = self.url.replacen("http", "ws", 1) + "/api/v1/lab/terminal?session=1";
        let mut request = address.into_client_request()?;
        request.headers_mut().insert(header::ORIGIN, self.url.parse()?);
        request.headers_mut().insert(header::COOKIE, self.cookie.parse()?);
        let (mut socket, _) = tokio_tungstenite::connect_async(request).await?;
        let resize = json!({"type": "resize", "cols": 80, "rows": 24}).to_string();
        futures::SinkExt::send(&mut socket, Message::text(resize)).await?;
        let mut seen = Vec::new();
        let prompt = async {
            while let Some(message) = socket.next().await {
                match message? {
                    Message::Binary(bytes) => seen.extend_from_slice(&bytes),
                    Message::Text(text) if text.contains("unavailable") => bail!("{text}"),
                    Message::Close(_) => bail!("the terminal was closed"),
                    _ => {}
                }
                // The shell marks the end of its prompt: OSC 133;B.
                if seen.windows(7).any(|window| window == b"\x1b]133;B") {
                    return Ok(());
                }
            }
            bail!("the terminal ended without a prompt")
        };
        timeout(PATIENCE, prompt).await.context("no prompt came")?
    }
}
