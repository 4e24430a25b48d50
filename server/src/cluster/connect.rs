//! Practice cluster, kubeconfig or in-cluster: the way to a client, and the only file that names the practice crates.
//!
//! Whatever the way, what comes out is the same [`Cluster`]. In the practice cluster, too, the server works with the minimal rights of
//! `deploy/rbac/hangar.yaml`; the administrator's are used once, to install that file.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use k8s_openapi::api::authentication::v1::{TokenRequest, TokenRequestSpec};
use k8s_openapi::api::core::v1::ServiceAccount;
use kube::api::{DynamicObject, PostParams};
use kube::config::{AuthInfo, KubeConfigOptions, Kubeconfig};
use kube::discovery::ApiResource;
use kube::{Api, Client, Config, ResourceExt as _};
use practice::PracticeCluster;
use tokio::net::TcpListener;

use super::changes::Changes;
use super::index::Index;
use super::learner::Identity;
use super::manage::{Cluster, Settings};
use super::objects::Limits;
use super::{Error, InCluster, Reach, watch};
use crate::causes::chain;
use crate::labs::{Clock, Random};

/// What the operator installs on any cluster.
const RBAC: &str = include_str!("../../../deploy/rbac/hangar.yaml");
/// The server's own account.
const ACCOUNT: (&str, &str) = ("hangar-system", "hangar-server");
/// How long the server's token in the practice cluster is good for: longer than any process lives.
const TOKEN_SECONDS: i64 = 10 * 365 * 24 * 3600;

/// Where the labs are to be.
#[derive(Clone, Debug)]
pub enum Source {
    /// In this process; `listen` is where learners' own kubectl reaches it.
    Practice {
        /// The address, `127.0.0.1:0` for any free port.
        listen: SocketAddr,
    },
    /// Where a kubeconfig says.
    Kubeconfig {
        /// The file; what kubectl would read, when absent.
        file: Option<PathBuf>,
        /// The context; the current one, when absent.
        context: Option<String>,
    },
    /// In the cluster that this process runs in.
    InCluster(InCluster),
}

/// How labs are to be made.
pub struct Options {
    /// Names this installation.
    pub installation: String,
    /// What one lab may use.
    pub limits: Limits,
    /// The image of the toolbox; none means the practice cluster's own, and no toolbox elsewhere.
    pub toolbox_image: Option<String>,
    /// The API server as learners reach it, when it is not the one that this process uses.
    pub external_server: Option<String>,
    /// Who wants to hear of changes.
    pub readers: Vec<Arc<Changes>>,
    /// The time.
    pub clock: Clock,
    /// Randomness.
    pub random: Random,
}

/// A cluster, and what keeps it alive.
pub struct Connection {
    /// The cluster.
    pub cluster: Cluster,
    practice: Option<PracticeCluster>,
}

impl Connection {
    /// Ends what was started for this connection.
    pub async fn close(self) {
        if let Some(practice) = self.practice {
            practice.shutdown().await;
        }
    }
}

/// Makes the way to the cluster. A real one need not answer yet: the watches go on trying.
pub async fn connect(source: &Source, options: Options) -> Result<Connection, Error> {
    match source {
        Source::Practice { listen } => {
            practice_cluster(*listen, options).await.map_err(Error::Practice)
        }
        Source::Kubeconfig { file, context } => {
            let config = from_kubeconfig(file.as_ref(), context.as_ref()).await?;
            let authority = config.root_cert.iter().flatten().map(|one| pem(one)).collect();
            let authority = Some(authority).filter(|pem: &String| !pem.is_empty());
            real_cluster(config, authority, options)
        }
        Source::InCluster(pod) => {
            let (config, authority) = pod.config()?;
            real_cluster(config, Some(authority), options)
        }
    }
}

async fn from_kubeconfig(
    file: Option<&PathBuf>,
    context: Option<&String>,
) -> Result<Config, Error> {
    let wrong = |error: &(dyn std::error::Error + 'static)| {
        let advice = "name its file with --kubeconfig, and a context in it with --context";
        Error::Configuration(format!("{}: {advice}", chain(error)))
    };
    let kubeconfig = match file {
        Some(file) => Kubeconfig::read_from(file),
        None => Kubeconfig::read(),
    };
    let kubeconfig = kubeconfig.map_err(|error| wrong(&error))?;
    let options = KubeConfigOptions { context: context.cloned(), ..KubeConfigOptions::default() };
    Config::from_custom_kubeconfig(kubeconfig, &options).await.map_err(|error| wrong(&error))
}

/// `ca` is the authority of the API server in PEM, when it is not a public one.
fn real_cluster(config: Config, ca: Option<String>, options: Options) -> Result<Connection, Error> {
    let server = config.cluster_url.to_string().trim_end_matches('/').to_owned();
    let client = real_client(config.clone())?;
    let identity: Identity = Arc::new(move |token| {
        let mut config = config.clone();
        // Nothing of the server's own identity goes with the learner's token.
        config.auth_info = AuthInfo { token: Some(token.into()), ..AuthInfo::default() };
        real_client(config)
    });
    let reach = Reach::At(options.external_server.clone().unwrap_or(server));
    let address = Address { reach, ca, practice: false };
    Ok(Connection { cluster: cluster(client, options, address, identity), practice: None })
}

fn real_client(config: Config) -> Result<Client, Error> {
    Client::try_from(config)
        .map_err(|error| Error::Configuration(format!("no client can be made: {error}")))
}

fn pem(certificate: &[u8]) -> String {
    let text = STANDARD.encode(certificate);
    let mut pem = String::from("-----BEGIN CERTIFICATE-----\n");
    for line in text.as_bytes().chunks(64) {
        pem.push_str(&String::from_utf8_lossy(line));
        pem.push('\n');
    }
    pem.push_str("-----END CERTIFICATE-----\n");
    pem
}

/// The API server as learners reach it.
struct Address {
    reach: Reach,
    ca: Option<String>,
    practice: bool,
}

fn cluster(client: Client, options: Options, address: Address, identity: Identity) -> Cluster {
    let index = Arc::new(Index::new(watch::watches(), options.readers));
    let own_toolbox = address.practice.then(|| crate::TOOLBOX_IMAGE.to_owned());
    let settings = Settings {
        installation: options.installation,
        limits: options.limits,
        toolbox_image: options.toolbox_image.or(own_toolbox),
        reach: address.reach,
        external_ca: address.ca,
        practice: address.practice,
    };
    Cluster::new(client, settings, index, identity)
}

async fn practice_cluster(listen: SocketAddr, options: Options) -> anyhow::Result<Connection> {
    let (clock, random) = (Arc::clone(&options.clock), Arc::clone(&options.random));
    let practice = PracticeCluster::start(practice::Settings::new(clock, random)).await?;
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("the practice cluster cannot listen on {listen}"))?;
    let address = listener.local_addr().context("reading the practice cluster's address")?;
    let outside = options.external_server.as_deref().and_then(host_of);
    let names: Vec<String> = outside.into_iter().chain([address.ip().to_string()]).collect();
    practice.serve_tls(listener, &names)?;
    install_rbac(&practice.client()).await?;
    let token = server_token(&practice.client()).await?;
    let client = practice.client_with_token(token);
    let address = Address {
        reach: options.external_server.clone().map_or(Reach::Listening(address), Reach::At),
        ca: Some(practice.ca_certificate().to_owned()),
        practice: true,
    };
    let clients = practice.clients();
    let identity: Identity = Arc::new(move |token| Ok(clients(token)));
    let cluster = cluster(client, options, address, identity);
    Ok(Connection { cluster, practice: Some(practice) })
}

/// The host of a URL: learners' kubectl holds the certificate against it.
fn host_of(url: &str) -> Option<String> {
    let uri: http::Uri = url.parse().ok()?;
    Some(uri.host()?.trim_matches(['[', ']']).to_owned())
}

/// The practice cluster alone, for an administrator.
pub struct Alone {
    practice: PracticeCluster,
}

impl Alone {
    /// Starts a practice cluster and serves it over TLS.
    pub async fn start(
        listener: TcpListener,
        clock: Clock,
        random: Random,
        nodes: u8,
    ) -> anyhow::Result<Self> {
        let settings = practice::Settings { nodes, ..practice::Settings::new(clock, random) };
        let practice = PracticeCluster::start(settings).await?;
        let address = listener.local_addr().context("reading the cluster's address")?;
        practice.serve_tls(listener, &[address.ip().to_string()])?;
        Ok(Self { practice })
    }

    /// An administrator's kubeconfig.
    pub fn kubeconfig(&self, url: &str) -> String {
        self.practice.admin_kubeconfig(url)
    }

    /// Ends it.
    pub async fn stop(self) {
        self.practice.shutdown().await;
    }
}

/// Creates what an operator would apply.
async fn install_rbac(administrator: &Client) -> anyhow::Result<()> {
    for document in RBAC.split("\n---\n") {
        let object: DynamicObject =
            serde_saphyr::from_str(document).context("deploy/rbac/hangar.yaml cannot be read")?;
        let types = object.types.as_ref().context("an object of deploy/rbac has no kind")?;
        let (group, version) =
            types.api_version.split_once('/').unwrap_or(("", &types.api_version));
        let resource = ApiResource {
            group: group.to_owned(),
            version: version.to_owned(),
            api_version: types.api_version.clone(),
            kind: types.kind.clone(),
            plural: format!("{}s", types.kind.to_lowercase()),
        };
        let api: Api<DynamicObject> = match object.namespace() {
            Some(namespace) => Api::namespaced_with(administrator.clone(), &namespace, &resource),
            None => Api::all_with(administrator.clone(), &resource),
        };
        let name = object.name_any();
        api.create(&PostParams::default(), &object)
            .await
            .with_context(|| format!("creating {} {name}", types.kind))?;
    }
    Ok(())
}

async fn server_token(administrator: &Client) -> anyhow::Result<String> {
    let (namespace, account) = ACCOUNT;
    let accounts: Api<ServiceAccount> = Api::namespaced(administrator.clone(), namespace);
    let request = TokenRequest {
        spec: Some(TokenRequestSpec {
            expiration_seconds: Some(TOKEN_SECONDS),
            ..TokenRequestSpec::default()
        }),
        ..TokenRequest::default()
    };
    let answer = accounts
        .create_token_request(account, &PostParams::default(), &request)
        .await
        .context("requesting the server's own token")?;
    answer
        .status
        .and_then(|status| status.token)
        .context("the token request was answered without a token")
}
