//! A whole server for a test, and the actors who use it.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use clap::Parser as _;
use futures::StreamExt as _;
use hangar::ambient::Ambient;
use hangar::settings::{Cli, Command, ServeSettings};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Nothing that a test waits for takes longer on the slowest machine.
const PATIENCE: Duration = Duration::from_mins(1);

type Http = Client<HttpConnector, Full<bytes::Bytes>>;

/// A running server.
pub(crate) struct TestApp {
    pub(crate) url: String,
    pub(crate) inner: hangar::app::App,
    skipped: Arc<AtomicI64>,
    folder: Option<TempDir>,
    more: Vec<String>,
    http: Http,
    stop: Option<oneshot::Sender<()>>,
    server: Option<JoinHandle<anyhow::Result<()>>>,
}

#[expect(clippy::disallowed_methods, reason = "a whole server runs in real time")]
fn ambient(skipped: Arc<AtomicI64>) -> Ambient {
    use ring::rand::SecureRandom as _;
    let random = ring::rand::SystemRandom::new();
    Ambient {
        clock: Arc::new(move || {
            jiff::Timestamp::now()
                + Duration::from_millis(skipped.load(Relaxed).try_into().unwrap())
        }),
        random: Arc::new(move |buffer| random.fill(buffer).unwrap()),
    }
}

fn settings(folder: &TempDir, more: &[&str]) -> ServeSettings {
    let database = format!("sqlite://{}", folder.path().join("hangar.db").display());
    let own: &[&str] =
        if more.contains(&"--database-url") { &[] } else { &["--database-url", &database] };
    let cli = Cli::parse_from(["hangar", "serve"].iter().chain(own).chain(more));
    let Command::Serve(settings) = cli.command else { unreachable!("it was asked for") };
    *settings
}

impl TestApp {
    pub(crate) async fn start() -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), &[]).await
    }

    /// A server with more on its command line.
    pub(crate) async fn start_with(more: &[&str]) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), more).await
    }

    #[expect(clippy::disallowed_methods, reason = "a test needs no span")]
    async fn start_in(folder: TempDir, more: &[&str]) -> Self {
        drop(rustls::crypto::ring::default_provider().install_default());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let skipped = Arc::new(AtomicI64::new(0));
        let ambient = ambient(Arc::clone(&skipped));
        let running = hangar::app::start(&settings(&folder, more), ambient).await.unwrap();
        let inner = running.app.clone();
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(async move {
            let until = async { drop(stopped.await) };
            running.serve(listener, until).await
        });
        Self {
            url,
            inner,
            skipped,
            folder: Some(folder),
            more: more.iter().map(ToString::to_string).collect(),
            http: Client::builder(TokioExecutor::new()).build_http(),
            stop: Some(stop),
            server: Some(server),
        }
    }

    /// Stops the server and starts another on the same database.
    pub(crate) async fn restart(mut self) -> Self {
        drop(self.stop.take());
        self.ends().await.unwrap();
        let more: Vec<&str> = self.more.iter().map(String::as_str).collect();
        Self::start_in(self.folder.take().unwrap(), &more).await
    }

    /// Waits until the server has ended; how.
    pub(crate) async fn ends(&mut self) -> anyhow::Result<()> {
        timeout(PATIENCE, self.server.take().unwrap()).await.unwrap().unwrap()
    }

    /// Lets time pass, as the server sees it.
    pub(crate) fn skip(&self, time: Duration) {
        self.skipped.fetch_add(time.as_millis().try_into().unwrap(), Relaxed);
    }

    pub(crate) fn anyone(&self) -> Actor {
        let (url, http) = (self.url.clone(), self.http.clone());
        Actor { origin: Some(url.clone()), url, http, cookie: String::new() }
    }

    pub(crate) fn with_cookie(&self, cookie: &str) -> Actor {
        Actor { cookie: cookie.to_owned(), ..self.anyone() }
    }

    /// Someone who has joined the class that takes everyone.
    pub(crate) async fn join(&self, name: &str) -> Actor {
        let code = if self.inner.cluster.settings().practice {
            "open".to_owned()
        } else {
            // On a real cluster nobody gets a lab without an instructor's code.
            let class = serde_json::json!({"name": "Class", "language": "en", "seats": 20});
            let class = self.instructor().await.post("/api/v1/teach/classes", class).await.json();
            class["code"].as_str().unwrap().to_owned()
        };
        self.join_class(&code, name).await
    }

    pub(crate) async fn join_class(&self, code: &str, name: &str) -> Actor {
        let body = serde_json::json!({"name": name, "language": "en"});
        let path = format!("/api/v1/classes/{code}/join");
        let answer = self.anyone().send(Method::POST, &path, Some(body), &[]).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text);
        self.with_cookie(&answer.cookie())
    }

    /// Someone who has signed in as an instructor.
    pub(crate) async fn instructor(&self) -> Actor {
        let token = self.inner.first_sign_in().await.unwrap().unwrap();
        let body = serde_json::json!({"token": token});
        let answer = self.anyone().post("/api/v1/teach/sign-in", body).await;
        assert_eq!(answer.status, StatusCode::NO_CONTENT);
        self.with_cookie(&answer.cookie())
    }
}

/// Someone with a browser, or with curl.
#[derive(Clone)]
pub(crate) struct Actor {
    url: String,
    http: Http,
    /// What a browser adds to whatever changes something.
    origin: Option<String>,
    pub(crate) cookie: String,
}

/// What the server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {}", self.text))
    }

    pub(crate) fn cookie(&self) -> String {
        let value = self.headers["set-cookie"].to_str().unwrap();
        value.split(';').next().unwrap().to_owned()
    }
}

impl Actor {
    /// Someone with this cookie, at a server that is a process of its own.
    pub(crate) fn at(url: &str, cookie: &str) -> Self {
        let http = Client::builder(TokioExecutor::new()).build_http();
        Self { url: url.to_owned(), http, origin: Some(url.to_owned()), cookie: cookie.to_owned() }
    }

    /// The same person with a tool that adds nothing.
    pub(crate) fn with_a_tool(&self) -> Self {
        Self { origin: None, ..self.clone() }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, None, &[]).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body), &[]).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, None, &[]).await
    }

    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Answer {
        read(self.open(method, path, body, headers).await).await
    }

    /// Sends a form, as a page without scripts does.
    pub(crate) async fn submit(&self, method: Method, path: &str, fields: &str) -> Answer {
        let form = ("application/x-www-form-urlencoded", fields.to_owned());
        read(self.request(method, path, Some(form), &[]).await).await
    }

    async fn open(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Response<hyper::body::Incoming> {
        let body = body.map(|body| ("application/json", body.to_string()));
        self.request(method, path, body, headers).await
    }

    /// `body` is what is sent, with its type.
    async fn request(
        &self,
        method: Method,
        path: &str,
        body: Option<(&str, String)>,
        headers: &[(&str, &str)],
    ) -> Response<hyper::body::Incoming> {
        let origin = self.origin.as_ref().filter(|_| method != Method::GET);
        let mut request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header("cookie", &self.cookie);
        if let Some(origin) = origin {
            request = request.header("origin", origin);
        }
        if let Some((kind, _)) = &body {
            request = request.header("content-type", *kind);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let bytes = body.map(|(_, text)| text).unwrap_or_default();
        let request = request.body(Full::from(bytes)).unwrap();
        timeout(PATIENCE, self.http.request(request)).await.unwrap().unwrap()
    }

    /// Follows the events, from after a number or with the whole picture first.
    pub(crate) async fn events(&self, after: Option<i64>) -> Events {
        let number = after.map(|number| number.to_string()).unwrap_or_default();
        let header = [("last-event-id", number.as_str())];
        let headers = if after.is_some() { &header[..] } else { &[] };
        let response = self.open(Method::GET, "/api/v1/events?lang=en", None, headers).await;
        assert_eq!(response.status(), StatusCode::OK);
        Events { body: response.into_body().into_data_stream().boxed(), read: String::new() }
    }

    /// Starts a lab and waits until it is ready.
    pub(crate) async fn start_lab(&self) -> Value {
        let mut events = self.events(None).await;
        let answer = self.post("/api/v1/lab", Value::Null).await;
        assert!(answer.status.is_success(), "{}", answer.text);
        events.until(|event| event.name == "lab" && event.data["state"] == "ready").await.data
    }

    /// The learner's own way to the cluster.
    pub(crate) async fn cluster(&self) -> kube::Client {
        let text = self.get("/api/v1/lab/kubeconfig").await.text;
        let kubeconfig = kube::config::Kubeconfig::from_yaml(&text).unwrap();
        let options = kube::config::KubeConfigOptions::default();
        let config = kube::Config::from_custom_kubeconfig(kubeconfig, &options).await.unwrap();
        kube::Client::try_from(config).unwrap()
    }
}

/// Reads an answer to its end.
async fn read(response: Response<hyper::body::Incoming>) -> Answer {
    let (head, body) = response.into_parts();
    let bytes = timeout(PATIENCE, body.collect()).await.unwrap().unwrap().to_bytes();
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    Answer { status: head.status, headers: head.headers, text }
}

/// One server-sent event.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) id: Option<i64>,
    pub(crate) name: String,
    pub(crate) data: Value,
}

/// A stream of them.
pub(crate) struct Events {
    body: futures::stream::BoxStream<'static, Result<bytes::Bytes, hyper::Error>>,
    read: String,
}

impl Events {
    pub(crate) async fn next(&mut self) -> Option<Event> {
        loop {
            while let Some((block, rest)) = self.read.split_once("\n\n") {
                let event = parse(block);
                self.read = String::from(rest);
                if event.is_some() {
                    return event;
                }
            }
            let bytes = timeout(PATIENCE, self.body.next()).await.expect("an event in time")?;
            self.read.push_str(std::str::from_utf8(&bytes.ok()?).unwrap());
        }
    }

    /// Reads until an event that is waited for.
    pub(crate) async fn until(&mut self, wanted: impl Fn(&Event) -> bool) -> Event {
        let found = async {
            loop {
                let event = self.next().await.expect("the stream goes on");
                if wanted(&event) {
                    return event;
                }
            }
        };
        timeout(PATIENCE, found).await.expect("what is waited for comes in time")
    }
}

fn parse(block: &str) -> Option<Event> {
    let field = |name: &str| {
        block.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
    };
    Some(Event {
        id: field("id").and_then(|id| id.parse().ok()),
        name: field("event")?.to_owned(),
        data: serde_json::from_str(field("data")?).unwrap(),
    })
}
