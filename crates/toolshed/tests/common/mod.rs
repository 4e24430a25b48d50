//! A toolbox with or without a cluster, and a terminal that remembers what it was shown.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use toolshed::tool::Cluster;
use toolshed::{Settings, Toolbox};

/// A toolbox without a cluster.
pub(crate) fn toolbox() -> Arc<Toolbox> {
    toolbox_on(None)
}

/// A toolbox whose clock follows the runtime's.
pub(crate) fn toolbox_on(cluster: Option<Cluster>) -> Arc<Toolbox> {
    let start = tokio::time::Instant::now();
    let random = AtomicU64::new(7);
    let files = BTreeMap::from([("/home/learner/labs/echo.yaml".to_owned(), "kind: Pod\n".into())]);
    Toolbox::new(Settings {
        variables: BTreeMap::from([("CP_NS".to_owned(), "ada-cp".to_owned())]),
        files,
        home: "/home/learner".to_owned(),
        user: "ada".to_owned(),
        hostname: "toolbox".to_owned(),
        cluster,
        clock: Arc::new(move || Timestamp::UNIX_EPOCH + start.elapsed()),
        random: Arc::new(move || random.fetch_add(31, Ordering::Relaxed)),
        banner: "Welcome\n".to_owned(),
    })
}
