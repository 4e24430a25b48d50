//! A lab's objects as people see them: the tree, the live picture, one object in full.
//!
//! Pure: from what the cluster shows to what the browser gets, worded.
//!
//! **Deliberately absent:** exercises and checks.

mod detail;
mod picture;
mod summary;

pub use detail::{detail, events};
pub use picture::architecture;
pub use summary::tree;

use serde_json::Value;

/// The text at a place, or nothing.
fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The list at a place, or an empty one.
fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The owner that controls an object.
fn controller(object: &Value) -> Option<&Value> {
    list(&object["metadata"]["ownerReferences"]).iter().find(|owner| owner["controller"] == true)
}

/// The command that shows an object.
fn command(namespace: &str, kind: &str, name: &str) -> String {
    format!("kubectl -n {namespace} get {} {name} -o yaml", kind.to_lowercase())
}

fn wire_plane(plane: curriculum::Plane) -> wire::Plane {
    match plane {
        curriculum::Plane::Cp => wire::Plane::Cp,
        curriculum::Plane::Dp => wire::Plane::Dp,
    }
}

fn millis(time: &Value) -> Option<wire::Millis> {
    time.as_str()?.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond)
}
