//! A server on a loopback port, and the people who use it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use apiserver::{ApiServer, Settings, StaticToken};
use http::{Method, Request};
use kube::config::AuthInfo;
use kube::{Client, Config};
use serde_json::{Value, json};
use tokio_util::sync::{CancellationToken, DropGuard};

/// A running server, which stops when it is dropped.
pub(crate) struct Server {
    pub(crate) address: std::net::SocketAddr,
    pub(crate) stop: CancellationToken,
    _guard: DropGuard,
}

/// One user's way to the server.
#[derive(Clone)]
pub(crate) struct Actor(pub(crate) Client);

/// An answer: its code and its body.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) code: u16,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn message(&self) -> &str {
        self.body["message"].as_str().unwrap_or_default()
    }

    pub(crate) fn reason(&self) -> &str {
        self.body["reason"].as_str().unwrap_or_default()
    }
}

impl Server {
    /// A server with the namespace `lab`, its account, and the users `admin` and `ada`.
    pub(crate) async fn start() -> Self {
        let counter = AtomicU64::new(1);
        let random = move |bytes: &mut [u8]| {
            for byte in bytes {
                let step = counter.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
                *byte = (step ^ (step >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9).to_be_bytes()[0];
            }
        };
        let start: jiff::Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let began = tokio::time::Instant::now();
        let clock = move || start + jiff::SignedDuration::try_from(began.elapsed()).unwrap();
        let mut settings = Settings::new(Arc::new(clock), Arc::new(random));
        settings.tokens = vec![token("admin", &["system:masters"]), token("ada", &[])];
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let served = ApiServer::new(settings);
        let (forgetful, until) = (served.clone(), stop.clone());
        tokio::spawn(async move { forgetful.forget(until).await });
        let until = stop.clone();
        tokio::spawn(async move { served.serve(listener, until).await });
        let server = Self { address, _guard: stop.clone().drop_guard(), stop };
        let admin = server.admin();
        admin.create("/api/v1/namespaces", &json!({"metadata": {"name": "lab"}})).await;
        let account = json!({"metadata": {"name": "default"}});
        admin.create("/api/v1/namespaces/lab/serviceaccounts", &account).await;
        server
    }

    /// Sends one request of the administrator's without any client, and reads all of the answer.
    pub(crate) async fn raw(&self, line: &str) -> String {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
        let mut stream = tokio::net::TcpStream::connect(self.address).await.unwrap();
        let head = "host: x\r\nauthorization: Bearer admin\r\nconnection: close";
        let request = if line.contains(" HTTP/1.1") {
            format!("{line}\r\n{head}\r\n\r\n")
        } else {
            format!("{line} HTTP/1.1\r\n{head}\r\n\r\n")
        };
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        text
    }

    pub(crate) fn admin(&self) -> Actor {
        self.actor("admin")
    }

    pub(crate) fn actor(&self, token: &str) -> Actor {
        let mut config = Config::new(format!("http://{}", self.address).parse().unwrap());
        config.auth_info = AuthInfo { token: Some(token.to_owned().into()), ..AuthInfo::default() };
        Actor(Client::try_from(config).unwrap())
    }
}

fn token(user: &str, groups: &[&str]) -> StaticToken {
    StaticToken {
        token: user.to_owned(),
        user: user.to_owned(),
        groups: groups.iter().map(|it| (*it).to_owned()).collect(),
    }
}

impl Actor {
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        media: &str,
        body: Vec<u8>,
    ) -> Answer {
        use http_body_util::BodyExt as _;
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("content-type", media)
            .header("accept", "application/json")
            .body(kube::client::Body::from(body))
            .unwrap();
        let response = self.0.send(request).await.unwrap();
        let code = response.status().as_u16();
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let text = || Value::String(String::from_utf8_lossy(&bytes).into_owned());
        let body = serde_json::from_slice(&bytes).unwrap_or_else(|_| text());
        Answer { code, body }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(Method::GET, path, "application/json", Vec::new()).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::POST, path, "application/json", body.to_string().into()).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Answer {
        self.send(Method::PUT, path, "application/json", body.to_string().into()).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send(Method::DELETE, path, "application/json", Vec::new()).await
    }

    pub(crate) async fn patch(&self, path: &str, kind: &str, body: &Value) -> Answer {
        let media = format!("application/{kind}");
        self.send(Method::PATCH, path, &media, body.to_string().into()).await
    }

    /// Creates an object that must be accepted.
    pub(crate) async fn create(&self, path: &str, body: &Value) -> Value {
        let answer = self.post(path, body).await;
        assert_eq!(answer.code, 201, "{}", answer.body);
        answer.body
    }
}

/// A pod with one container.
pub(crate) fn pod(name: &str) -> Value {
    json!({
        "metadata": {"name": name, "labels": {"app": name}},
        "spec": {"containers": [{"name": "main", "image": "nginx:1.27"}]},
    })
}

/// A deployment of one such pod.
pub(crate) fn deployment(name: &str) -> Value {
    json!({
        "metadata": {"name": name},
        "spec": {
            "replicas": 1,
            "selector": {"matchLabels": {"app": name}},
            "template": {
                "metadata": {"labels": {"app": name}},
                "spec": {"containers": [{"name": "main", "image": "nginx:1.27"}]},
            },
        },
    })
}

pub(crate) const PODS: &str = "/api/v1/namespaces/lab/pods";
pub(crate) const CONFIG_MAPS: &str = "/api/v1/namespaces/lab/configmaps";
pub(crate) const DEPLOYMENTS: &str = "/apis/apps/v1/namespaces/lab/deployments";
