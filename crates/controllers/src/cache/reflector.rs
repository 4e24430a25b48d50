//! Keeps one store equal to the API server: list, then watch from there, and again when that ends.

use std::sync::Arc;
use std::time::Duration;

use futures::TryStreamExt;
use http::Request;
use kube::core::WatchEvent;
use serde::Deserialize;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::Store;
use crate::Error;

/// How many objects one page of a list holds.
const PAGE: u32 = 500;
/// After how long the API server is asked to end a watch, so that a dead one is noticed.
const WATCH_SECONDS: u32 = 290;
const FIRST_BACK_OFF: Duration = Duration::from_millis(100);
const LAST_BACK_OFF: Duration = Duration::from_secs(10);
/// After how long a kind that is not served is asked for again.
const UNSERVED: Duration = Duration::from_mins(5);
/// How the API server is asked for heads only, in a list and in a watch.
const HEAD_LIST: &str =
    "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
const HEAD: &str = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";

#[derive(Deserialize)]
struct Page {
    metadata: PageMeta,
    #[serde(default = "Vec::new", deserialize_with = "null_is_empty")]
    items: Vec<Value>,
}

fn null_is_empty<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<Value>, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageMeta {
    resource_version: Option<String>,
    #[serde(rename = "continue")]
    next: Option<String>,
}

/// Runs until cancelled.
pub(crate) async fn reflect(client: kube::Client, store: Arc<Store>, cancel: CancellationToken) {
    tokio::select! {
        () = cancel.cancelled() => {}
        () = follow(&client, &store) => {}
    }
}

async fn follow(client: &kube::Client, store: &Store) {
    let mut back_off = FIRST_BACK_OFF;
    let mut version = None;
    loop {
        let result = match version.take() {
            None => list(client, store).await,
            Some(from) => watch(client, store, from).await,
        };
        match result {
            Ok(next) => {
                version = next;
                back_off = FIRST_BACK_OFF;
            }
            Err(error) if error.is_not_found() => {
                // This API server does not serve the kind: as good as none of it.
                store.replace(Vec::new());
                tokio::time::sleep(UNSERVED).await;
            }
            Err(error) => {
                let kind = store.kind.plural;
                tracing::warn!(kind, %error, "Cannot follow a kind of object, will list it again");
                tokio::time::sleep(back_off).await;
                back_off = (back_off * 2).min(LAST_BACK_OFF);
            }
        }
    }
}

fn get(store: &Store, heads: &str, query: &str) -> Result<Request<Vec<u8>>, http::Error> {
    let accept = if store.keep() == super::Keep::Head { heads } else { "application/json" };
    Request::get(format!("{}?{query}", store.kind.path(None)))
        .header(http::header::ACCEPT, accept)
        .body(Vec::new())
}

/// Lists everything and returns the version to watch from.
async fn list(client: &kube::Client, store: &Store) -> Result<Option<String>, Error> {
    let mut items = Vec::new();
    let mut next = String::new();
    loop {
        let page: Page =
            client.request(get(store, HEAD_LIST, &format!("limit={PAGE}{next}"))?).await?;
        items.extend(page.items);
        if let Some(token) = page.metadata.next.filter(|token| !token.is_empty()) {
            next = format!("&continue={token}");
        } else {
            store.replace(items);
            return Ok(page.metadata.resource_version);
        }
    }
}

/// Watches until the API server ends it; returns the version to go on from, or `None` to list again.
async fn watch(
    client: &kube::Client,
    store: &Store,
    mut version: String,
) -> Result<Option<String>, Error> {
    let query = format!(
        "watch=true&allowWatchBookmarks=true&resourceVersion={version}&timeoutSeconds={WATCH_SECONDS}"
    );
    let events = client.request_events::<Value>(get(store, HEAD, &query)?).await;
    let events = match events.map_err(Error::from) {
        Err(error) if error.is_gone() => return Ok(None),
        events => events?,
    };
    let mut events = std::pin::pin!(events);
    while let Some(event) = events.try_next().await? {
        match event {
            WatchEvent::Added(object) | WatchEvent::Modified(object) => {
                note(&mut version, &object);
                store.apply(object);
            }
            WatchEvent::Deleted(object) => {
                note(&mut version, &object);
                store.delete(&object);
            }
            WatchEvent::Bookmark(bookmark) => version = bookmark.metadata.resource_version,
            WatchEvent::Error(status) if status.code == 410 => return Ok(None),
            WatchEvent::Error(status) => return Err(kube::Error::Api(status).into()),
        }
    }
    Ok(Some(version))
}

fn note(version: &mut String, object: &Value) {
    if let Some(new) = object["metadata"]["resourceVersion"].as_str() {
        new.clone_into(version);
    }
}
