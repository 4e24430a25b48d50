//! Pages and islands: what people see.
//!
//! ```text
//! server ─► pages (view-model in, HTML out) ─► components, views
//! browser ─► islands (state in, the same views out) ─► views
//! ```
//!
//! **Invariant:** a view is a pure function of its state and the texts of one language. The server and
//! the browser call the same function, so that what was served and what is live cannot differ.
//!
//! **Deliberately absent:** routing, sessions and storage (the server), and the words of lessons and
//! reasons, which arrive ready to be shown.

#[cfg(not(target_arch = "wasm32"))]
pub mod assets;
#[cfg(target_arch = "wasm32")]
mod browser;
#[cfg(not(target_arch = "wasm32"))]
mod components;
#[cfg(target_arch = "wasm32")]
pub use browser::follow;

pub mod forms;
pub mod i18n;
pub mod islands;
pub mod model;
#[cfg(not(target_arch = "wasm32"))]
pub mod pages;
pub mod views;
