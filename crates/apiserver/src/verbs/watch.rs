//! Watches: what is there, what happens to it, and where one stands.
//!
//! ```text
//! start ─► (initial events) ─► cursor ─► wait for the collection ─► read its window ─► filter ─► send
//! ```
//!
//! **Invariant:** a watch sends every change after its cursor once and in order, or ends with an
//! `ERROR` that says that it could not. It holds no queue of its own: a slow client reads from the
//! window, and is told when the window has moved past it.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures::Stream;
use http::{HeaderValue, StatusCode};
use serde_json::{Value, json};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{convert, list, options};
use crate::core::Core;
use crate::http::accept::Form;
use crate::http::{Call, Content, Reply};
use crate::http::{Include, metadata_only, table};
use crate::kinds::Resource;
use crate::seats::Seat;
use crate::selector::Selection;
use crate::status::{Result, Status};
use crate::store::{Event, Gone, Happened, Object};

/// How many watches one server keeps open.
const WATCHERS: usize = 20_000;

/// How many of them one user may have, unless she is an administrator.
const WATCHERS_OF_ONE: usize = 200;

/// How many events are read from the window at once.
const BATCH: usize = 256;

/// How often a client that asked for bookmarks is told where it stands.
const BOOKMARKS: Duration = Duration::from_secs(55);

/// The shortest time after which a watch without a time limit ends.
const SHORTEST: u32 = 1800;

/// Everything one watch knows.
struct Watch {
    core: Arc<Core>,
    resource: &'static Resource,
    selection: Selection,
    form: Form,
    include: Include,
    /// The form of the objects, where it is not the stored one.
    served: Option<&'static Resource>,
    bookmarks: bool,
    cursor: u64,
    columns_sent: bool,
    ends: Instant,
    stop: CancellationToken,
    /// Held for as long as the watch is open.
    _seat: Seat,
}

pub(super) fn watch(
    core: &Arc<Core>,
    call: &Call,
    resource: &'static Resource,
    form: Form,
) -> Result<Reply> {
    if form == Form::Yaml {
        return Err(Status::not_acceptable("application/json, application/json;stream=watch"));
    }
    if core.store.watchers() >= WATCHERS {
        return Err(too_many());
    }
    let seat = core.seats.take(&call.user, WATCHERS_OF_ONE).ok_or_else(too_many)?;
    let seconds = match list::number(call.query.get("timeoutSeconds"))? {
        0 => u64::from(SHORTEST + core.below(SHORTEST)),
        seconds => seconds,
    };
    options::check_watch(&call.query)?;
    let mut watch = Watch {
        core: Arc::clone(core),
        resource,
        selection: list::selection(call, resource)?,
        form,
        include: Include::parse(call.query.get("includeObject")),
        served: call.served,
        bookmarks: call.query.is_true("allowWatchBookmarks"),
        cursor: 0,
        columns_sent: false,
        ends: Instant::now() + Duration::from_secs(seconds.min(7 * 24 * 3600)),
        stop: call.stop.clone(),
        _seat: seat,
    };
    let first = watch.start(call)?;
    let stream = events(watch, first);
    let mut response = Response::new(Body::from_stream(stream));
    let media = HeaderValue::from_static("application/json");
    response.headers_mut().insert(http::header::CONTENT_TYPE, media);
    Ok(Reply::new(StatusCode::OK, Content::Response(response)))
}

/// What a watch sends, from its beginning to its end.
fn events(
    mut watch: Watch,
    first: Vec<u8>,
) -> impl Stream<Item = std::result::Result<Bytes, Infallible>> {
    async_stream::stream! {
        if !first.is_empty() {
            yield Ok::<Bytes, Infallible>(first.into());
        }
        let mut written = watch.core.store.subscribe(watch.resource);
        let mut bookmark = Instant::now() + BOOKMARKS;
        loop {
            let (out, end) = watch.read();
            if !out.is_empty() {
                yield Ok(out.into());
            }
            match end {
                Next::End => break,
                Next::More => continue,
                Next::Wait => {}
            }
            let stop = watch.stop.clone();
            tokio::select! {
                changed = written.changed() => if changed.is_err() { break },
                () = tokio::time::sleep_until(bookmark), if watch.bookmarks => {
                    bookmark = Instant::now() + BOOKMARKS;
                    if let Some(out) = watch.bookmark() {
                        yield Ok(out.into());
                    }
                }
                () = tokio::time::sleep_until(watch.ends) => break,
                () = stop.cancelled() => break,
            }
        }
    }
}

fn too_many() -> Status {
    let message = "too many watches are open, please try again later";
    Status::new(StatusCode::TOO_MANY_REQUESTS, "TooManyRequests", message).retry_after(1)
}

enum Next {
    Wait,
    More,
    End,
}

impl Watch {
    /// Places the cursor, and writes what a client is sent before any change.
    fn start(&mut self, call: &Call) -> Result<Vec<u8>> {
        let wanted = match list::revision(call.query.get("resourceVersion")) {
            Ok(wanted) => wanted,
            // Where a list blames the client, the real server's watch blames itself.
            Err(status) => return Err(Status { code: 500, reason: "", ..status }),
        };
        let streams_list = call.query.is_true("sendInitialEvents");
        let says_no = call.query.get("sendInitialEvents") == "false";
        let mut out = Vec::new();
        if wanted > 0 && !streams_list {
            self.cursor = wanted;
            return Ok(out);
        }
        let snapshot = self.core.store.snapshot(self.resource);
        if wanted > snapshot.revision {
            return Err(Status::revision_in_future(wanted, snapshot.revision));
        }
        self.cursor = snapshot.revision;
        if says_no {
            return Ok(out);
        }
        for object in snapshot.within(&self.selection.namespace.clone()) {
            if self.selection.matches(self.resource, object) {
                self.line(&mut out, "ADDED", object, None);
            }
        }
        if self.bookmarks {
            let annotations = json!({"k8s.io/initial-events-end": "true"});
            self.write_bookmark(&mut out, snapshot.revision, Some(annotations));
        }
        Ok(out)
    }

    /// Reads what is new, and says how to go on.
    fn read(&mut self) -> (Vec<u8>, Next) {
        let mut out = Vec::new();
        match self.core.store.events_after(self.resource, self.cursor, BATCH) {
            Ok(events) => {
                let more = events.len() == BATCH;
                for event in &events {
                    self.cursor = event.object.revision;
                    self.event(&mut out, event);
                }
                (out, if more { Next::More } else { Next::Wait })
            }
            Err(Gone { oldest }) => {
                let message = format!("too old resource version: {} ({oldest})", self.cursor);
                let status = Status::expired(message).to_json();
                out.extend_from_slice(br#"{"type":"ERROR","object":"#);
                out.extend_from_slice(status.to_string().as_bytes());
                out.extend_from_slice(b"}\n");
                (out, Next::End)
            }
        }
    }

    /// Writes a change as this watch sees it: an object may enter or leave what is selected.
    fn event(&mut self, out: &mut Vec<u8>, event: &Event) {
        let is = event.happened != Happened::Deleted
            && self.selection.matches(self.resource, &event.object);
        let was =
            event.previous.as_ref().is_some_and(|it| self.selection.matches(self.resource, it));
        match (was, is) {
            (false, false) => {}
            (false, true) => self.line(out, "ADDED", &event.object, None),
            (true, true) => self.line(out, "MODIFIED", &event.object, None),
            (true, false) if event.happened == Happened::Deleted => {
                self.line(out, "DELETED", &event.object, None);
            }
            (true, false) => {
                // It left the selection: the client is shown the state that it knew.
                let known = event.previous.as_deref().unwrap_or(&event.object);
                self.line(out, "DELETED", known, Some(event.object.revision));
            }
        }
    }

    fn line(&mut self, out: &mut Vec<u8>, kind: &str, object: &Object, revision: Option<u64>) {
        out.extend_from_slice(br#"{"type":""#);
        out.extend_from_slice(kind.as_bytes());
        out.extend_from_slice(br#"","object":"#);
        let shaped = matches!(self.form, Form::Table | Form::Metadata) || self.served.is_some();
        if shaped || revision.is_some() {
            let mut value = object.value();
            if let Some(revision) = revision {
                value["metadata"]["resourceVersion"] = revision.to_string().into();
            }
            out.extend_from_slice(self.shape(value).trim_ascii_end());
        } else {
            // One event is one line.
            out.extend_from_slice(object.json().trim_ascii_end());
        }
        out.extend_from_slice(b"}\n");
    }

    fn shape(&mut self, value: Value) -> Bytes {
        let value = match self.form {
            Form::Table => {
                let columns = !std::mem::replace(&mut self.columns_sent, true);
                let metadata =
                    json!({"resourceVersion": value["metadata"]["resourceVersion"].clone()});
                table(&self.core, self.resource, vec![value], &metadata, self.include, columns)
            }
            Form::Metadata => metadata_only(&value),
            Form::Json | Form::Yaml | Form::Discovery(_) => match self.served {
                Some(served) => convert::to_served(served, value),
                None => value,
            },
        };
        value.to_string().into()
    }

    /// Tells a quiet client where it stands, unless something is waiting to be read.
    fn bookmark(&mut self) -> Option<Vec<u8>> {
        let revision = self.core.store.quiet_since(self.resource, self.cursor)?;
        self.cursor = revision;
        let mut out = Vec::new();
        self.write_bookmark(&mut out, revision, None);
        Some(out)
    }

    fn write_bookmark(&mut self, out: &mut Vec<u8>, revision: u64, annotations: Option<Value>) {
        let mut metadata =
            json!({"resourceVersion": revision.to_string(), "creationTimestamp": null});
        if let Some(annotations) = annotations {
            metadata["annotations"] = annotations;
        }
        let mut object = json!({"metadata": metadata});
        match self.form {
            Form::Table => {
                let columns = !std::mem::replace(&mut self.columns_sent, true);
                let bookmark = json!({
                    "kind": self.resource.kind,
                    "apiVersion": self.resource.api_version(),
                    "metadata": metadata,
                });
                let meta = json!({"resourceVersion": revision.to_string()});
                object =
                    table(&self.core, self.resource, vec![bookmark], &meta, self.include, columns);
            }
            Form::Metadata => {
                object["kind"] = "PartialObjectMetadata".into();
                object["apiVersion"] = "meta.k8s.io/v1".into();
            }
            Form::Json | Form::Yaml | Form::Discovery(_) => {
                let served = self.served.unwrap_or(self.resource);
                object["kind"] = served.kind.into();
                object["apiVersion"] = served.api_version().into();
            }
        }
        let line = json!({"type": "BOOKMARK", "object": object});
        out.extend_from_slice(line.to_string().as_bytes());
        out.push(b'\n');
    }
}
