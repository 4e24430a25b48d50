//! Admission: what may enter a namespace, and what is added on the way in.
//!
//! The real order, which callers keep because it decides which message a learner sees:
//!
//! ```text
//! pods::complete, LimitRange defaults ─► prepare, validate ─► LimitRange bounds, PodSecurity, quota
//! ```
//!
//! **Deliberately absent:** looking anything up; the caller passes in the namespace's labels, its
//! limit ranges and its quotas.

pub mod limit_range;
pub mod pod_security;
pub mod pods;
pub mod quota;
mod resources;
