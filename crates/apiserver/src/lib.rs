//! The Kubernetes API, in memory, over HTTP.
