//! Builds the shared state: the composition root, on one page.

use std::net::{IpAddr, SocketAddr};
use std::ops::Deref;
use std::panic::AssertUnwindSafe;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use axum::serve::ListenerExt as _;
use curriculum::Course;
use futures::FutureExt as _;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::ambient::{Ambient, digest};
use crate::checking::{self, Checking};
use crate::classroom::hub::Hub;
use crate::classroom::join::{close_open_class, ensure_open_class};
use crate::classroom::progress::Maps;
use crate::classroom::readers::Readers;
use crate::cluster::connect::{Connection, Options, Source, connect};
use crate::cluster::{Changes, Cluster, Limits};
use crate::content::Library;
use crate::http::{BuiltSite, Pages, WrongCodes};
use crate::labs::{self, Labs, Publish, Roster};
use crate::settings::{ClusterKind, ClusterSettings, ServeSettings};
use crate::store::Store;
use crate::terminals::Terminals;

/// How long requests may take to end once the server is told to stop.
const DRAIN: Duration = Duration::from_secs(3);
/// How long the printed sign-in link is good for, in milliseconds.
const LINK: i64 = 24 * 60 * 60 * 1000;
/// How long changes of objects are gathered before those who look at them are woken.
const GATHER: Duration = Duration::from_millis(250);
/// How often expired sessions are forgotten.
const HOUSEKEEPING: Duration = Duration::from_hours(1);

/// The shared state. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// What the shared state consists of.
pub struct Parts {
    /// People.
    pub store: Store,
    /// Those who have been here lately.
    pub readers: Readers,
    /// The course as a map.
    pub maps: Maps,
    /// The lesson pages that are kept.
    pub pages: Pages,
    /// Time and chance.
    pub ambient: Ambient,
    /// The cluster.
    pub cluster: Cluster,
    /// The cluster's name, for people.
    pub cluster_name: String,
    /// The labs.
    pub labs: Arc<Labs>,
    /// The checks.
    pub checking: Arc<Checking>,
    /// Who follows which stream.
    pub hub: Hub,
    /// The open terminals.
    pub terminals: Terminals,
    /// What the browser loads.
    pub built: BuiltSite,
    /// The address that people use.
    pub site: Site,
    /// Wrong class codes, by address.
    pub wrong_codes: WrongCodes,
    /// Cancelled when the server is told to stop.
    pub stopping: CancellationToken,
    /// Whether the server stops because a part of it has failed.
    pub broken: AtomicBool,
    course: watch::Receiver<Arc<Course>>,
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("App")
    }
}

impl App {
    /// The course as it is now.
    pub fn course(&self) -> Arc<Course> {
        Arc::clone(&self.course.borrow())
    }

    /// A new one-time sign-in token, if nobody is signed in as an instructor: who lost the cookie gets in again.
    pub async fn first_sign_in(&self) -> anyhow::Result<Option<String>> {
        if self.store.has_instructor(self.ambient.now()).await? {
            return Ok(None);
        }
        let token = self.ambient.secret();
        self.store.add_sign_in_link(&digest(&token), self.ambient.now() + LINK).await?;
        Ok(Some(token))
    }
}

/// A server that is set up, and what keeps it going.
pub struct Running {
    /// The shared state.
    pub app: App,
    connection: Connection,
    tasks: TaskTracker,
}

impl std::fmt::Debug for Running {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Running")
    }
}

/// Opens the store, connects the cluster, and starts what works in the background.
pub async fn start(settings: &ServeSettings, ambient: Ambient) -> anyhow::Result<Running> {
    let library = Library::open(settings.content.as_deref().map(Path::new))?;
    let library = Arc::new(library);
    let course = library.course();
    let store = Store::open(&settings.database_url).await?;
    let installation = store.installation(&ambient.letters(10), ambient.now()).await?;
    match settings.cluster.cluster {
        ClusterKind::Practice => ensure_open_class(&store, &ambient).await?,
        // Labs on a real cluster cost somebody something: nobody gets one without a code.
        ClusterKind::Kubeconfig | ClusterKind::InCluster => {
            close_open_class(&store, &ambient).await?;
        }
    }

    let [for_labs, for_checks, for_pages] = [(); 3].map(|()| Arc::new(Changes::default()));
    let options = Options {
        installation,
        limits: Limits::default(),
        toolbox_image: settings.cluster.toolbox_image.clone(),
        external_server: settings.cluster.cluster_url.clone(),
        readers: [&for_labs, &for_checks, &for_pages].map(Arc::clone).into(),
        clock: Arc::clone(&ambient.clock),
        random: ambient.numbers(),
    };
    let connection = connect(&source(&settings.cluster), options).await?;
    let hub = Hub::default();
    let shared = Shared {
        store: store.clone(),
        cluster: connection.cluster.clone(),
        course: course.clone(),
        publish: {
            let hub = hub.clone();
            Arc::new(move |learner, recorded| hub.announce(learner, recorded))
        },
        roster: Arc::default(),
    };
    let app = App(Arc::new(Parts {
        readers: Readers::new(store.clone()),
        maps: Maps::default(),
        pages: Pages::default(),
        labs: shared.labs(settings, &ambient, for_labs),
        checking: shared.checking(&ambient, for_checks),
        cluster: shared.cluster,
        cluster_name: cluster_name(&settings.cluster),
        store,
        ambient,
        hub,
        terminals: Terminals::default(),
        built: BuiltSite::load(),
        site: Site::new(settings.public_url.clone()),
        wrong_codes: WrongCodes::default(),
        stopping: CancellationToken::new(),
        broken: AtomicBool::default(),
        course,
    }));
    app.labs.resume().await?;
    let tasks = TaskTracker::new();
    spawn_background(&app, &library, for_pages, &tasks);
    Ok(Running { app, connection, tasks })
}

/// What labs and checks have in common.
struct Shared {
    store: Store,
    cluster: Cluster,
    course: watch::Receiver<Arc<Course>>,
    publish: Publish,
    roster: Arc<Roster>,
}

impl Shared {
    fn labs(
        &self,
        settings: &ServeSettings,
        ambient: &Ambient,
        changes: Arc<Changes>,
    ) -> Arc<Labs> {
        Arc::new(Labs::new(labs::Parts {
            store: self.store.clone(),
            cluster: self.cluster.clone(),
            changes,
            course: self.course.clone(),
            clock: Arc::clone(&ambient.clock),
            random: ambient.numbers(),
            publish: Arc::clone(&self.publish),
            settings: labs::Settings {
                lifetime: i64::from(settings.lab_minutes) * 60_000,
                extension: 60 * 60_000,
                at_once: usize::try_from(settings.labs_at_once).unwrap_or(16),
                most: usize::try_from(settings.labs_most).unwrap_or(2_000),
            },
            roster: Arc::clone(&self.roster),
        }))
    }

    fn checking(&self, ambient: &Ambient, changes: Arc<Changes>) -> Arc<Checking> {
        Arc::new(Checking::new(checking::Parts {
            store: self.store.clone(),
            cluster: self.cluster.clone(),
            changes,
            course: self.course.clone(),
            clock: Arc::clone(&ambient.clock),
            publish: Arc::clone(&self.publish),
            roster: Arc::clone(&self.roster),
        }))
    }
}

/// Runs what the server cannot do without: when it ends although nobody asked for it, the server stops and says so. Whoever looks
/// after the process starts it again; a server that looks well and checks nothing would help nobody.
async fn supervised(app: App, name: &'static str, work: impl Future<Output = ()> + Send) {
    let ended = AssertUnwindSafe(work).catch_unwind().await;
    if !app.stopping.is_cancelled() {
        tracing::error!(task = name, panicked = ended.is_err(), "A background task has ended");
        app.broken.store(true, Ordering::SeqCst);
        app.stopping.cancel();
    }
}

/// Wakes whoever looks at a lab's objects, a few times a second at most.
async fn tell_of_objects(app: App, changes: Arc<Changes>) {
    let work = async {
        loop {
            for lab in changes.next().await.by_lab.into_keys() {
                app.hub.nudge(&objects_of(&lab));
            }
            tokio::time::sleep(GATHER).await;
        }
    };
    app.stopping.run_until_cancelled(work).await;
}

/// The stream of a lab's objects in the hub.
pub fn objects_of(lab: &str) -> String {
    format!("objects of {lab}")
}

fn spawn_background(
    app: &App,
    library: &Arc<Library>,
    for_pages: Arc<Changes>,
    tasks: &TaskTracker,
) {
    let stopping = &app.stopping;
    app.cluster.watch(stopping, tasks);
    let labs = Arc::clone(&app.labs).run(stopping.clone(), tasks.clone());
    tasks.spawn(supervised(app.clone(), "labs", labs));
    let checking = Arc::clone(&app.checking).run(stopping.clone());
    tasks.spawn(supervised(app.clone(), "checks", checking));
    tasks.spawn(supervised(app.clone(), "objects", tell_of_objects(app.clone(), for_pages)));
    tasks.spawn(Arc::clone(library).watch_folder(stopping.clone()));
    let housekeeper = app.clone();
    tasks.spawn(async move {
        let work = async {
            loop {
                let now = housekeeper.ambient.now();
                if let Err(error) = housekeeper.store.delete_expired(now).await {
                    tracing::warn!(error = format!("{error:#}"), "Old sessions stay for now");
                }
                tokio::time::sleep(HOUSEKEEPING).await;
            }
        };
        housekeeper.stopping.run_until_cancelled(work).await;
    });
}

fn source(settings: &ClusterSettings) -> Source {
    match settings.cluster {
        ClusterKind::Practice => Source::Practice { listen: settings.cluster_listen },
        ClusterKind::Kubeconfig => Source::Kubeconfig {
            file: settings.kubeconfig.clone(),
            context: settings.context.clone(),
        },
        ClusterKind::InCluster => Source::InCluster,
    }
}

fn cluster_name(settings: &ClusterSettings) -> String {
    match settings.cluster {
        ClusterKind::Practice => "Practice cluster".to_owned(),
        ClusterKind::Kubeconfig => {
            settings.context.clone().unwrap_or_else(|| "Kubernetes".to_owned())
        }
        ClusterKind::InCluster => "Kubernetes".to_owned(),
    }
}

impl Running {
    /// Serves until `stop` is ready, then drains within a few seconds and closes everything.
    pub async fn serve(
        self,
        listener: TcpListener,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> anyhow::Result<()> {
        let Self { app, connection, tasks } = self;
        let listener = listener.tap_io(|stream| {
            // Without it small answers wait for the acknowledgement of the last one.
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%error, "A connection stays without TCP_NODELAY");
            }
        });
        let router = crate::http::router(app.clone());
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let stopping = app.stopping.clone();
        let signal = {
            let stopping = stopping.clone();
            async move {
                stop.await;
                tracing::info!("Stopping: new requests are refused, open ones may end");
                stopping.cancel();
            }
        };
        let server = axum::serve(listener, service).with_graceful_shutdown(signal);
        let mut server = tokio::spawn(server.into_future());
        tokio::select! {
            ended = &mut server => ended.context("the server task failed")??,
            () = async { stopping.cancelled().await; tokio::time::sleep(DRAIN).await } => {
                tracing::warn!("Some requests did not end in time and are cut");
                server.abort();
            }
        }
        app.stopping.cancel();
        let broken = app.broken.load(Ordering::SeqCst);
        tasks.close();
        // What does not end in time ends with the process; the store is closed in any case.
        drop(tokio::time::timeout(Duration::from_millis(500), tasks.wait()).await);
        drop(tokio::time::timeout(Duration::from_secs(1), app.store.close()).await);
        drop(tokio::time::timeout(Duration::from_millis(500), connection.close()).await);
        anyhow::ensure!(!broken, "a background task has ended: the log above says which");
        Ok(())
    }
}

/// The address that people use.
#[derive(Clone, Debug, Default)]
pub struct Site {
    public: Option<String>,
}

impl Site {
    /// A site with a public address, or one that is reached where it listens.
    pub fn new(public: Option<String>) -> Self {
        Self { public }
    }

    /// Whether browsers reach it by HTTPS.
    pub fn is_https(&self) -> bool {
        self.public.as_ref().is_some_and(|url| url.starts_with("https://"))
    }

    /// The address in front of every path, as someone who asked `host` should see it.
    pub fn address(&self, host: &str) -> String {
        self.public.clone().unwrap_or_else(|| format!("http://{host}"))
    }

    /// Whether `host` is a name of ours. Without a public address only `localhost` and plain addresses are: any other
    /// name may be one that somebody else points at this machine.
    pub fn answers_to(&self, host: &str) -> bool {
        match &self.public {
            Some(url) => {
                url.split_once("://").is_some_and(|(_, own)| own == host) || is_local(host)
            }
            None => is_local(host) || is_address(host),
        }
    }

    /// Whether a page of `origin`, asking `host`, is one of ours.
    pub fn is_origin(&self, origin: &str, host: &str) -> bool {
        let public = self.public.as_deref() == Some(origin);
        let direct = (self.public.is_none() || is_local(host))
            && self.answers_to(host)
            && origin.strip_prefix("http://") == Some(host);
        public || direct
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    }
}

fn is_local(host: &str) -> bool {
    let name = without_port(host);
    name == "localhost" || name == "127.0.0.1" || name == "[::1]"
}

fn is_address(host: &str) -> bool {
    let name = without_port(host).trim_start_matches('[').trim_end_matches(']');
    name.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_public_address_only_plain_addresses_are_ours() {
        let site = Site::default();

        assert!(site.is_origin("http://127.0.0.1:8080", "127.0.0.1:8080"));
        assert!(site.is_origin("http://192.168.1.20:8080", "192.168.1.20:8080"));
        for (origin, host) in [
            ("null", "127.0.0.1:8080"),
            ("http://127.0.0.1:9090", "127.0.0.1:8080"),
            ("http://evil.example", "evil.example"),
            ("http://127.0.0.1:8080.evil.example", "127.0.0.1:8080"),
            ("https://127.0.0.1:8080", "127.0.0.1:8080"),
        ] {
            assert!(!site.is_origin(origin, host), "{origin} {host}");
        }
    }

    #[test]
    fn with_a_public_address_only_that_is_ours() {
        let site = Site::new(Some("https://hangar.example".to_owned()));

        assert!(site.is_origin("https://hangar.example", "hangar.example"));
        for origin in [
            "http://hangar.example",
            "https://hangar.example.evil.com",
            "https://evilhangar.example",
            "https://hangar.example:8443",
        ] {
            assert!(!site.is_origin(origin, "hangar.example"), "{origin}");
        }
    }
}
