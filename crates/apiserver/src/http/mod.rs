//! From HTTP to verbs and back.
//!
//! ```text
//! request ─► who ─► target ─► may they ─► verb ─► reply ─► form that was asked for
//! ```
//!
//! **Invariant:** every answer that is not a success is a `Status`; a panic becomes one too.

pub(crate) mod accept;
mod discovery;
mod path;
mod query;
mod reply;
mod root;
mod table;

use std::any::Any;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderMap, Method};
use hyper::upgrade::OnUpgrade;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;

pub(crate) use self::path::Target;
pub(crate) use self::query::Query;
pub(crate) use self::reply::{Content, Page, Reply, metadata_only};
pub(crate) use self::table::{Include, table};
use crate::access::{self, User};
use crate::core::Core;
use crate::kinds::{self, Resource};
use crate::status::{Result, Status};
use crate::verbs;

/// The largest request body: 3 MiB, as on a real server.
pub(crate) const BODY_LIMIT: usize = 3 << 20;

/// One request, understood as far as its URL and headers go.
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) target: Target,
    pub(crate) query: Query,
    pub(crate) headers: HeaderMap,
    pub(crate) user: User,
    pub(crate) body: Bytes,
    /// The form in which objects are sent and read, where it is not the stored one.
    pub(crate) served: Option<&'static Resource>,
    /// The connection, where the client asked to speak another protocol on it.
    pub(crate) upgrade: Option<OnUpgrade>,
    /// Ends long answers when the server stops.
    pub(crate) stop: CancellationToken,
}

impl Call {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|it| it.to_str().ok()).unwrap_or_default()
    }

    /// The field manager, given or derived from the program's name as the real server does.
    pub(crate) fn field_manager(&self) -> String {
        let given = self.query.get("fieldManager");
        if !given.is_empty() {
            return given.to_owned();
        }
        let agent = self.header("user-agent");
        let program = agent.split('/').next().unwrap_or_default();
        let printable: String = program.chars().filter(|it| !it.is_control()).take(128).collect();
        if printable.is_empty() { "unknown".to_owned() } else { printable }
    }
}

#[derive(Clone)]
struct Served {
    core: Arc<Core>,
    stop: CancellationToken,
}

pub(crate) fn router(core: Arc<Core>) -> Router {
    let stop = core.stopping.clone();
    router_until(core, stop)
}

/// The router of one listener, whose watches end when it stops.
pub(crate) fn router_until(core: Arc<Core>, stop: CancellationToken) -> Router {
    Router::new()
        .fallback(answer)
        .with_state(Served { core, stop })
        .layer(CatchPanicLayer::custom(panicked))
}

#[expect(clippy::needless_pass_by_value, reason = "the layer hands the cause over")]
fn panicked(cause: Box<dyn Any + Send + 'static>) -> http::Response<Body> {
    let text = cause
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| cause.downcast_ref::<&str>().copied())
        .unwrap_or("unknown");
    tracing::error!(panic = text, "A request panicked");
    reply::status(&Status::internal("the request could not be handled"), accept::Form::Json)
}

async fn answer(State(served): State<Served>, request: Request) -> Response {
    let core = served.core;
    let audit = core.uid();
    let accept = request.headers().get(http::header::ACCEPT);
    let form = accept::choose(accept.and_then(|it| it.to_str().ok()).unwrap_or_default());
    let mut response = match handle(&core, served.stop, request, form).await {
        Ok(response) => response,
        Err(status) => {
            let status_form = match form {
                Some(accept::Form::Yaml) => accept::Form::Yaml,
                _ => accept::Form::Json,
            };
            reply::status(&status, status_form)
        }
    };
    let headers = response.headers_mut();
    if let Ok(value) = audit.parse() {
        headers.insert("audit-id", value);
    }
    headers
        .entry(http::header::CACHE_CONTROL)
        .or_insert(http::HeaderValue::from_static("no-cache, private"));
    response
}

async fn handle(
    core: &Arc<Core>,
    stop: CancellationToken,
    mut request: Request,
    form: Option<accept::Form>,
) -> Result<Response> {
    let user = access::authenticate(core, request.headers())?;
    let query = Query::parse(request.uri().query().unwrap_or_default());
    let target = Target::parse(request.method(), request.uri().path(), &query);
    let user = access::impersonation::take_on(core, user, request.headers())?;
    access::authorize(core, &user, &target)?;
    let upgrade = request.extensions_mut().remove::<OnUpgrade>();
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, BODY_LIMIT).await.map_err(|_| Status::too_large())?;
    let mut call = Call {
        method: parts.method,
        target,
        query,
        headers: parts.headers,
        user,
        body,
        served: None,
        upgrade,
        stop,
    };
    if !call.target.is_resource {
        return root::answer(core, &call, form);
    }
    let form = form.ok_or_else(|| Status::not_acceptable(accept::OFFERED))?;
    let served = served_resource(&call.target)?;
    let resource = verbs::stored(served);
    call.served = (!std::ptr::eq(resource, served)).then_some(served);
    let gzip = reply::reads_gzip(call.header("accept-encoding"));
    let include = table::Include::parse(call.query.get("includeObject"));
    let mut reply = verbs::run(core, call, resource, form).await?;
    reply.warnings.splice(0..0, kinds::deprecation(resource).map(str::to_owned));
    reply.gzip = gzip;
    reply.include = include;
    reply.into_response(core, served, form)
}

/// The resource of a target, if it is served in its version and scope.
fn served_resource(target: &Target) -> Result<&'static Resource> {
    let resource = kinds::find(&target.group, &target.version, &target.plural)
        .ok_or_else(Status::no_such_resource)?;
    let in_namespace = !target.namespace.is_empty() && target.plural != "namespaces";
    if in_namespace && !resource.namespaced {
        return Err(Status::no_such_resource());
    }
    if resource.namespaced && target.namespace.is_empty() && !target.name.is_empty() {
        let names_one = !matches!(target.verb, "list" | "watch" | "deletecollection");
        if names_one {
            return Err(Status::no_such_resource());
        }
    }
    Ok(resource)
}
