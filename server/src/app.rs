//! Builds the shared state: the composition root, on one page.

use std::net::{IpAddr, SocketAddr};
use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use curriculum::Course;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::info_span;

use crate::ambient::{Ambient, digest};
use crate::causes::chain;
use crate::checking::{self, Checking};
use crate::classroom::hub::Hub;
use crate::classroom::join::{close_open_class, ensure_open_class};
use crate::classroom::progress::Maps;
use crate::classroom::readers::Readers;
use crate::cluster::connect::{Connection, Options, Source, connect};
use crate::cluster::{Changes, Cluster, InCluster, Limits};
use crate::content::Library;
use crate::http::{BuiltSite, Open, Pages, WrongCodes};
use crate::labs::{self, Labs, Publish, Roster};
use crate::listen;
use crate::settings::{ClusterKind, ClusterSettings, ServeSettings};
use crate::store::Store;
use crate::tasks::Tasks;
use crate::terminals::Terminals;

/// How long a printed sign-in link is good for, in milliseconds.
pub const LINK: i64 = 24 * 60 * 60 * 1000;
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
    /// The cluster's name, for people; `None` for the practice cluster, which is called otherwise in each language.
    pub cluster_name: Option<String>,
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
    /// Streams and terminals that are open, by person and address.
    pub open: Open,
    /// Cancelled when the server is told to stop.
    pub stopping: CancellationToken,
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
    /// What works in the background.
    pub tasks: Tasks,
    connection: Connection,
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
    let store = Store::open_to_serve(&settings.site.database_url).await?;
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
    let tasks = Tasks::default();
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
        site: Site::new(settings.site.public_url.clone()),
        wrong_codes: WrongCodes::default(),
        open: Open::default(),
        stopping: tasks.stopping().clone(),
        course,
    }));
    app.labs.resume().await?;
    spawn_background(&app, &library, for_pages, &tasks);
    Ok(Running { app, tasks, connection })
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

/// Wakes whoever looks at a lab's objects, a few times a second at most.
async fn tell_of_objects(app: App, changes: Arc<Changes>) {
    loop {
        for lab in changes.next().await.by_lab.into_keys() {
            app.hub.nudge(&objects_of(&lab));
        }
        tokio::time::sleep(GATHER).await;
    }
}

/// Forgets sessions that have expired.
async fn keep_house(app: App) {
    loop {
        if let Err(error) = app.store.delete_expired(app.ambient.now()).await {
            tracing::warn!(error = chain(&error), "Old sessions stay for now");
        }
        tokio::time::sleep(HOUSEKEEPING).await;
    }
}

/// The stream of a lab's objects in the hub.
pub fn objects_of(lab: &str) -> String {
    format!("objects of {lab}")
}

fn spawn_background(app: &App, library: &Arc<Library>, for_pages: Arc<Changes>, tasks: &Tasks) {
    let store = app.store.clone();
    tasks.keep("database", async move { store.closed().await });
    let store = app.store.clone();
    tasks.keep("database health", async move { store.watch_health().await });
    app.cluster.watch(tasks);
    tasks.keep("labs", Arc::clone(&app.labs).run(tasks.clone()));
    tasks.keep("checks", Arc::clone(&app.checking).run(tasks.stopping().clone()));
    tasks.keep("objects", tell_of_objects(app.clone(), for_pages));
    tasks.keep("housekeeping", keep_house(app.clone()));
    let saves = Arc::clone(library).watch_folder(tasks.stopping().clone());
    tasks.spawn(info_span!("content folder"), saves);
}

fn source(settings: &ClusterSettings) -> Source {
    match settings.cluster {
        ClusterKind::Practice => Source::Practice { listen: settings.cluster_listen },
        ClusterKind::Kubeconfig => Source::Kubeconfig {
            file: settings.kubeconfig.clone(),
            context: settings.context.clone(),
        },
        ClusterKind::InCluster => Source::InCluster(InCluster {
            account: settings.service_account.clone(),
            host: std::env::var("KUBERNETES_SERVICE_HOST").ok(),
            port: std::env::var("KUBERNETES_SERVICE_PORT").ok(),
        }),
    }
}

fn cluster_name(settings: &ClusterSettings) -> Option<String> {
    let context = match settings.cluster {
        ClusterKind::Practice => return None,
        ClusterKind::Kubeconfig => settings.context.clone(),
        ClusterKind::InCluster => None,
    };
    Some(context.unwrap_or_else(|| "Kubernetes".to_owned()))
}

impl Running {
    /// Serves until `stop` is ready, then drains within a few seconds and closes everything.
    pub async fn serve(
        self,
        listener: TcpListener,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> anyhow::Result<()> {
        let Self { app, connection, tasks } = self;
        let stopping = tasks.stopping().clone();
        tasks.spawn(info_span!("stop"), async move {
            if stopping.run_until_cancelled(stop).await.is_some() {
                tracing::info!("Stopping: new requests are refused, open ones may end");
                stopping.cancel();
            }
        });
        listen::serve(listener, crate::http::router(app.clone()), app.stopping.clone()).await;
        // What does not end in time ends with the process; the store is closed in any case.
        tasks.end(Duration::from_millis(500)).await;
        drop(tokio::time::timeout(Duration::from_secs(1), app.store.close()).await);
        drop(tokio::time::timeout(Duration::from_millis(500), connection.close()).await);
        if let Some(name) = tasks.broken() {
            bail!(
                "the background task {name:?} ended by itself, and the server with it: the log says why. Nothing that was \
                 saved is lost; start the server again, and report this if it comes back"
            );
        }
        Ok(())
    }
}

/// What a browser on this machine calls the address; one that stands for every interface leads nowhere there.
pub fn here(address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        format!("localhost:{}", address.port())
    } else {
        address.to_string()
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
    fn an_address_for_every_interface_is_printed_as_one_to_open() {
        let printed = |listen: &str| here(listen.parse().unwrap());
        assert_eq!(printed("0.0.0.0:8080"), "localhost:8080");
        assert_eq!(printed("[::]:8080"), "localhost:8080");
        assert_eq!(printed("127.0.0.1:8080"), "127.0.0.1:8080");
    }

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
