//! The WebAssembly entry of the frontend: `boot.js` calls [`hydrate`], one function for each island, then [`follow`].

/// Readies the runtime of the islands.
#[cfg(target_arch = "wasm32")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}

/// Opens the server's events to the islands, all of which listen by now.
#[cfg(target_arch = "wasm32")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn follow() {
    frontend::follow();
}
