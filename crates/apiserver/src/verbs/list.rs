//! Lists: selected, in pages, at a revision.
//!
//! **Invariant:** all pages of one list are of the same revision, or the client is told that it
//! expired.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::StatusCode;
use serde_json::{Value, json};

use super::object;
use crate::core::Core;
use crate::http::{Call, Content, Page, Reply};
use crate::kinds::Resource;
use crate::selector::Selection;
use crate::status::{Result, Status};
use crate::store::Snapshot;

const TOO_OLD: &str = "The provided continue parameter is too old to display a consistent list result. You can start \
     a new list without the continue parameter, or use the continue token in this response to \
     retrieve the remainder of the results. Continuing with the provided token results in an \
     inconsistent list - objects that were created, modified, or deleted between the time the first \
     chunk was returned and now may show up in the list.";

pub(super) fn list(core: &Core, call: &Call, resource: &'static Resource) -> Result<Reply> {
    let page = read(core, call, resource)?;
    Ok(Reply::new(StatusCode::OK, Content::List(page)))
}

pub(super) fn selection(call: &Call, resource: &Resource) -> Result<Selection> {
    Selection::parse(
        resource,
        object::namespace_of(resource, &call.target),
        call.query.get("labelSelector"),
        call.query.get("fieldSelector"),
    )
}

fn read(core: &Core, call: &Call, resource: &'static Resource) -> Result<Page> {
    let selection = selection(call, resource)?;
    let limit = number(call.query.get("limit"))?;
    let token = call.query.get("continue");
    let (snapshot, after) = if token.is_empty() {
        (fresh(core, call, resource)?, None)
    } else {
        resumed(core, resource, token)?
    };
    let limit = if limit == 0 { usize::MAX } else { usize::try_from(limit).unwrap_or(usize::MAX) };
    let mut page =
        Page { objects: Vec::new(), revision: snapshot.revision, resume: None, remaining: None };
    let mut last = None;
    let mut matching = snapshot
        .iter(&selection.namespace, after.as_deref())
        .filter(|(_, it)| selection.matches(resource, it));
    for (key, object) in matching.by_ref().take(limit) {
        page.objects.push(object.clone());
        last = Some(key);
    }
    if let Some(last) = last
        && page.objects.len() == limit
    {
        let left = matching.count();
        if left > 0 {
            page.resume = Some(resume_token(snapshot.revision, last));
            let selects = !call.query.get("labelSelector").is_empty()
                || !call.query.get("fieldSelector").is_empty();
            page.remaining = (!selects).then_some(left);
            core.store.keep(resource, &snapshot);
        }
    }
    Ok(page)
}

/// A list at no revision in particular, or at the one that is asked for.
fn fresh(core: &Core, call: &Call, resource: &Resource) -> Result<Snapshot> {
    let wanted = revision(call.query.get("resourceVersion"))?;
    let matching = call.query.get("resourceVersionMatch");
    if !matches!(matching, "" | "Exact" | "NotOlderThan") {
        return Err(Status::bad_request(format!(
            "resourceVersionMatch: Unsupported value: {matching:?}: supported values: \"Exact\", \
             \"NotOlderThan\""
        )));
    }
    let snapshot = core.store.snapshot(resource);
    if wanted > snapshot.revision {
        return Err(Status::revision_in_future(wanted, snapshot.revision));
    }
    if matching == "Exact" && wanted != snapshot.revision {
        return core.store.snapshot_at(resource, wanted).ok_or_else(|| {
            Status::expired("The resourceVersion for the provided list is too old.")
        });
    }
    Ok(snapshot)
}

/// The snapshot of the first page, and the key to go on after.
fn resumed(core: &Core, resource: &Resource, token: &str) -> Result<(Snapshot, Option<String>)> {
    let bad = || {
        Status::bad_request(
            "invalid continue token: continue key is not valid: encoded value has been modified",
        )
    };
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| bad())?;
    let value: Value = serde_json::from_slice(&bytes).map_err(|_| bad())?;
    let after = value["start"].as_str().ok_or_else(bad)?;
    let after = after.trim_end_matches('\0').to_owned();
    let wanted = value["rv"].as_i64().ok_or_else(bad)?;
    // A negative revision stands for the present: an inconsistent list was agreed to.
    let Ok(wanted) = u64::try_from(wanted) else {
        return Ok((core.store.snapshot(resource), Some(after)));
    };
    if let Some(snapshot) = core.store.snapshot_at(resource, wanted) {
        return Ok((snapshot, Some(after)));
    }
    let mut status = Status::expired(TOO_OLD);
    let value = json!({"v": "meta.k8s.io/v1", "rv": -1, "start": format!("{after}\0")});
    status.resume = Some(URL_SAFE_NO_PAD.encode(value.to_string()));
    Err(status)
}

fn resume_token(revision: u64, last: &str) -> String {
    let value = json!({"v": "meta.k8s.io/v1", "rv": revision, "start": format!("{last}\0")});
    URL_SAFE_NO_PAD.encode(value.to_string())
}

/// A revision in a query; nothing and `0` mean any.
pub(super) fn revision(text: &str) -> Result<u64> {
    if text.is_empty() {
        return Ok(0);
    }
    text.parse().map_err(|_| {
        Status::bad_request(format!(
            "invalid resource version: resourceVersion: Invalid value: {text:?}: strconv.ParseUint: parsing {text:?}: \
             invalid syntax"
        ))
    })
}

fn number(text: &str) -> Result<u64> {
    if text.is_empty() {
        return Ok(0);
    }
    let number: i64 = text.parse().map_err(|_| {
        Status::bad_request(format!("strconv.ParseInt: parsing {text:?}: invalid syntax"))
    })?;
    Ok(u64::try_from(number).unwrap_or_default())
}
