//! The practice cluster: API server, controllers, nodes and shell in one process.
