//! Lists: selected, in pages, at a revision.
//!
//! **Invariant:** all pages of one list are of the same revision, or the client is told that it
//! expired.

use http::StatusCode;

use super::object;
use super::options::{self, Token};
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
    number(call.query.get("timeoutSeconds"))?;
    options::check_list(&call.query)?;
    let (snapshot, after) = match call.query.get("continue") {
        "" => (fresh(core, call, resource, limit)?, None),
        token => resumed(core, call, resource, token)?,
    };
    // Whoever is content with any revision is answered from a cache there, which knows no pages.
    let limit = match (limit, call.query.get("resourceVersion")) {
        (0, _) | (_, "0") => usize::MAX,
        (limit, _) => usize::try_from(limit).unwrap_or(usize::MAX),
    };
    let prefix = match selection.namespace.as_ref() {
        "" => String::new(),
        namespace => format!("{namespace}/"),
    };
    let mut page =
        Page { objects: Vec::new(), revision: snapshot.revision, resume: None, remaining: None };
    let mut last = None;
    let after = after.map(|it| format!("{prefix}{it}"));
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
            let after = last.strip_prefix(prefix.as_str()).unwrap_or(last).to_owned();
            let revision = i64::try_from(snapshot.revision).unwrap_or(i64::MAX);
            page.resume = Some(Token { revision, after }.write());
            let selects = !call.query.get("labelSelector").is_empty()
                || !call.query.get("fieldSelector").is_empty();
            page.remaining = (!selects).then_some(left);
        }
    }
    Ok(page)
}

/// A list at no revision in particular, or at the one that is asked for.
fn fresh(core: &Core, call: &Call, resource: &Resource, limit: u64) -> Result<Snapshot> {
    let wanted = revision(call.query.get("resourceVersion"))?;
    let matching = call.query.get("resourceVersionMatch");
    let snapshot = core.store.snapshot(resource);
    if wanted > snapshot.revision {
        return Err(Status::revision_in_future(wanted, snapshot.revision));
    }
    // Pages of a revision that is named are pages of just that one, as they have always been.
    let exact = matching == "Exact" || (matching.is_empty() && wanted > 0 && limit > 0);
    if exact && wanted != snapshot.revision {
        return core.store.snapshot_at(resource, wanted).ok_or_else(|| {
            Status::expired("The resourceVersion for the provided list is too old.")
        });
    }
    Ok(snapshot)
}

/// The snapshot of the first page, and the key to go on after.
fn resumed(
    core: &Core,
    call: &Call,
    resource: &Resource,
    token: &str,
) -> Result<(Snapshot, Option<String>)> {
    let token = Token::read(token)?;
    if !matches!(call.query.get("resourceVersion"), "" | "0") {
        let message = "specifying resource version is not allowed when using continue";
        return Err(Status::bad_request(message));
    }
    // A negative revision stands for the present: an inconsistent list was agreed to.
    let Ok(wanted) = u64::try_from(token.revision) else {
        return Ok((core.store.snapshot(resource), Some(token.after)));
    };
    let current = core.store.revision();
    if wanted > current {
        return Err(Status::revision_in_future(wanted, current));
    }
    if let Some(snapshot) = core.store.snapshot_at(resource, wanted) {
        return Ok((snapshot, Some(token.after)));
    }
    let mut status = Status::expired(TOO_OLD);
    status.resume = Some(Token { revision: -1, ..token }.write());
    Err(status)
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

/// A number in a query; nothing is zero, and so is less than that.
pub(super) fn number(text: &str) -> Result<u64> {
    if text.is_empty() {
        return Ok(0);
    }
    let number: i64 = text.parse().map_err(|_| {
        Status::bad_request(format!("strconv.ParseInt: parsing {text:?}: invalid syntax"))
    })?;
    Ok(u64::try_from(number).unwrap_or_default())
}
