//! What Kubernetes' types look like, and the algorithms that need to know it.
//!
//! ```text
//! kubernetes.txt ──► table ──► decode        JSON and YAML bodies, strict as the real server
//!  (generated)             ├─► protobuf      bodies that kubectl sends
//!                          ├─► strategic     strategic merge patches
//!                          ├─► apply         server-side apply, managed fields
//!                          └─► openapi       /openapi/v3
//! ```
//!
//! Pure functions over `serde_json::Value`: no I/O, no clock, no locks. **Deliberately absent:**
//! defaulting and validation (`kinds`), and every description of a field.
//!
//! To move to the next Kubernetes minor: fetch the Go module `k8s.io/kubernetes` at that version
//! with its modules `api`, `apimachinery` and `apiextensions-apiserver` (building the real cluster
//! under `e2e/` does), run `cargo xtask schema DIR` with its directory, read the
//! difference of `kubernetes.txt`, and run this crate's tests. The format of a line of that file
//! is described where it is read, in [`table`].

pub mod apply;
pub mod decode;
pub mod node;
pub mod normal;
pub mod openapi;
mod order;
#[cfg(test)]
mod properties;
pub mod protobuf;
pub mod scalar;
pub mod strategic;
pub mod table;
pub mod yaml;

pub use apply::{Writer, record_update, server_side_apply};
pub use decode::{Decoded, Expected, Format, Style, body, configuration, patched};
pub use normal::normalize;
pub use strategic::merge as strategic_merge;
pub use table::{Field, ListType, Shape, Type, custom, named, type_of, types};
