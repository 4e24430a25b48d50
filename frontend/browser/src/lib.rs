//! The WebAssembly entry of the frontend: `boot.js` calls [`hydrate`], then one function for each island.

#[cfg(target_arch = "wasm32")]
use frontend as _;

/// Readies the runtime of the islands.
#[cfg(target_arch = "wasm32")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
