//! Controllers, scheduler and virtual kubelet, as clients of any API server.
