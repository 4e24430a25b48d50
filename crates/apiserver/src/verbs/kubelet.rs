//! What the kubelet answers: logs, and the connections of `exec`.
//!
//! **Invariant:** bytes are passed on as they come, in both directions; nothing of the protocol
//! that is spoken inside is known here.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use http::{HeaderName, Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use super::object;
use crate::access;
use crate::core::Core;
use crate::http::{Call, Content, Reply, Target};
use crate::status::{Result, Status};
use crate::store::Object;

/// How much of a kubelet's refusal is read.
const REFUSAL: usize = 64 << 10;

/// `pods/log`.
pub(super) async fn log(core: &Core, call: &Call) -> Result<Reply> {
    let pod = object::load(core, call, object::core_resource("pods"))?;
    let value = pod.value();
    let container = container(&value, &pod, call.query.get("container"))?;
    let node = value["spec"]["nodeName"].as_str().unwrap_or_default();
    if node.is_empty() {
        // A pod without a node has written nothing yet.
        let mut empty = text(String::new());
        *empty.status_mut() = StatusCode::NO_CONTENT;
        return Ok(Reply::new(StatusCode::NO_CONTENT, Content::Response(empty)));
    }
    let mut query = call.query.clone();
    query.remove("container");
    let path =
        format!("/containerLogs/{}/{}/{container}?{}", pod.namespace, pod.name, query.to_text());
    let response = ask(core, call, http::Method::GET, &path).await?;
    if !response.status().is_success() {
        return Err(refusal(response).await);
    }
    Ok(Reply::new(StatusCode::OK, Content::Response(response)))
}

/// What the kubelet answers instead of a log, as a refusal of this server.
async fn refusal(response: Response) -> Status {
    let code = response.status();
    let text = match axum::body::to_bytes(response.into_body(), REFUSAL).await {
        Ok(text) => String::from_utf8_lossy(&text).into_owned(),
        Err(error) => error.to_string(),
    };
    match code {
        StatusCode::BAD_REQUEST => Status::bad_request(text),
        StatusCode::NOT_FOUND => Status::no_such_resource(),
        _ => Status::internal(text),
    }
}

fn text(body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    let media = http::HeaderValue::from_static("text/plain");
    response.headers_mut().insert(http::header::CONTENT_TYPE, media);
    response
}

/// `pods/exec`: joins the client's connection with one to the kubelet.
pub(super) async fn stream(core: &Arc<Core>, mut call: Call) -> Result<Reply> {
    if call.headers.get(http::header::UPGRADE).is_some_and(|it| it != "websocket") {
        return Err(Status::not_implemented(
            "this server opens streams as WebSockets only, not as SPDY",
        ));
    }
    if call.target.verb == "get" {
        // A WebSocket opens with GET; what it opens is no reading, so `create` is needed too.
        let target = Target { verb: "create", ..call.target.clone() };
        access::authorize(core, &call.user, &target)?;
    }
    let pod = object::load(core, &call, object::core_resource("pods"))?;
    let value = pod.value();
    let node = value["spec"]["nodeName"].as_str().unwrap_or_default();
    if node.is_empty() {
        return Err(Status::bad_request(format!("pod {} does not have a host assigned", pod.name)));
    }
    let container = container(&value, &pod, call.query.get("container"))?;
    if let Some(phase @ ("Succeeded" | "Failed")) = value["status"]["phase"].as_str() {
        return Err(Status::bad_request(format!(
            "cannot exec into a container in a completed pod; current phase is {phase}"
        )));
    }
    let mut query = call.query.clone();
    query.remove("container");
    let query = query.to_kubelet_text();
    let path = format!("/exec/{}/{}/{container}?{query}", pod.namespace, pod.name);
    let client = call.upgrade.take();
    let response = ask(core, &call, call.method.clone(), &path).await?;
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        return Ok(Reply::new(StatusCode::OK, Content::Response(response)));
    }
    let Some(client) = client else {
        return Err(Status::bad_request("Upgrade request required"));
    };
    let (mut parts, body) = response.into_parts();
    let kubelet = parts.extensions.remove::<hyper::upgrade::OnUpgrade>();
    drop(body);
    if let Some(kubelet) = kubelet {
        tokio::spawn(join(client, kubelet, call.stop.clone()));
    }
    let response = Response::from_parts(parts, Body::empty());
    Ok(Reply::new(StatusCode::OK, Content::Response(response)))
}

async fn join(
    client: hyper::upgrade::OnUpgrade,
    kubelet: hyper::upgrade::OnUpgrade,
    stop: tokio_util::sync::CancellationToken,
) {
    let (Ok(client), Ok(kubelet)) = tokio::join!(client, kubelet) else { return };
    let (mut client, mut kubelet) = (TokioIo::new(client), TokioIo::new(kubelet));
    tokio::select! {
        _ = tokio::io::copy_bidirectional(&mut client, &mut kubelet) => {}
        () = stop.cancelled() => {}
    }
}

/// Sends a request to the kubelet, with the headers of the client's that concern it.
async fn ask(core: &Core, call: &Call, method: http::Method, path: &str) -> Result<Response> {
    let address = core.settings.kubelet.ok_or_else(no_kubelet)?;
    let failed =
        |error: &dyn std::fmt::Display| Status::internal(format!("error dialing backend: {error}"));
    let stream = TcpStream::connect(address).await.map_err(|it| failed(&it))?;
    let _ = stream.set_nodelay(true);
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|it| failed(&it))?;
    tokio::spawn(async move {
        if let Err(error) = connection.with_upgrades().await {
            tracing::debug!(%error, "A connection to a kubelet ended early");
        }
    });
    let request = request(core, call, method, path, address)?;
    let response = sender.send_request(request).await.map_err(|it| failed(&it))?;
    Ok(response.map(Body::new))
}

fn request(
    core: &Core,
    call: &Call,
    method: http::Method,
    path: &str,
    address: SocketAddr,
) -> Result<Request<Body>> {
    let mut request = Request::builder().method(method).uri(path);
    let passed = |name: &HeaderName| {
        let name = name.as_str();
        matches!(name, "connection" | "upgrade" | "accept")
            || name.starts_with("sec-websocket-")
            || name.starts_with("x-stream-protocol")
    };
    for (name, value) in &call.headers {
        if passed(name) {
            request = request.header(name, value);
        }
    }
    if !core.settings.kubelet_token.is_empty() {
        let token = format!("Bearer {}", core.settings.kubelet_token);
        request = request.header(http::header::AUTHORIZATION, token);
    }
    request
        .header(http::header::HOST, address.to_string())
        .body(Body::empty())
        .map_err(Status::internal)
}

fn no_kubelet() -> Status {
    Status::unavailable("no kubelet is reachable: the nodes of this cluster run nothing")
}

/// The container that is meant, in the words of the real server if it is not clear.
fn container(value: &Value, pod: &Object, wanted: &str) -> Result<String> {
    let names = |field: &str| -> Vec<&str> {
        let items = value["spec"][field].as_array().into_iter().flatten();
        items.filter_map(|it| it["name"].as_str()).collect()
    };
    let (containers, init) = (names("containers"), names("initContainers"));
    if wanted.is_empty() {
        if let [only] = containers.as_slice() {
            return Ok((*only).to_owned());
        }
        let mut choose = format!(
            "a container name must be specified for pod {}, choose one of: [{}]",
            pod.name,
            containers.join(" ")
        );
        if !init.is_empty() {
            choose = format!("{choose} or one of the init containers: [{}]", init.join(" "));
        }
        return Err(Status::bad_request(choose));
    }
    let ephemeral = names("ephemeralContainers");
    if [containers, init, ephemeral].iter().any(|it| it.contains(&wanted)) {
        return Ok(wanted.to_owned());
    }
    Err(Status::bad_request(format!("container {wanted} is not valid for pod {}", pod.name)))
}
