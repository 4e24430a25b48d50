//! The WebAssembly entry of the frontend.
