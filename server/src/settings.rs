//! The command line and its environment twins: every flag `--some-flag` is also `HANGAR_SOME_FLAG`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::builder::BoolishValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

/// A browser-based classroom for Kong Gateway on Kubernetes.
#[derive(Debug, Parser)]
#[command(name = "hangar", version, propagate_version = true, after_help = LOG)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What no flag says.
const LOG: &str = "HANGAR_LOG chooses what is logged, e.g. `warn` or `info,hangar=debug`; logs go to standard error.";

/// What `hangar` can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the classroom
    Serve(Box<ServeSettings>),
    /// Run the practice cluster alone, for kubectl
    Cluster(AloneSettings),
    /// Work on the course
    #[command(subcommand)]
    Content(ContentCommand),
    /// Print a new one-time link by which an instructor signs in
    SignInLink(SiteSettings),
    /// Look whether a server could run here
    #[command(hide = true)]
    Doctor(Later),
    /// Try out a class of so many
    #[command(hide = true)]
    Rehearse(Later),
    /// Save what is remembered about people
    #[command(hide = true)]
    Backup(Later),
    /// Bring back what was saved
    #[command(hide = true)]
    Restore(Later),
    /// Print the completion script of a shell
    Completion {
        /// Which shell
        shell: clap_complete::Shell,
    },
}

/// The arguments of a command that is not there yet.
#[derive(Clone, Debug, Args)]
pub struct Later {
    /// Whatever was said
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    pub rest: Vec<String>,
}

/// The flags by which a server is known: all that `hangar sign-in-link` has to be told of the one that its link leads to.
#[derive(Clone, Debug, Args)]
pub struct SiteSettings {
    /// Where it listens; 0.0.0.0 is every address of this machine
    #[arg(long, env = "HANGAR_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS", value_parser = address)]
    pub listen: SocketAddr,
    /// Where people are remembered: `sqlite://FILE` or `postgres://USER:PASSWORD@HOST/NAME`
    #[arg(
        long,
        env = "HANGAR_DATABASE_URL",
        default_value = "sqlite://hangar.db",
        hide_env_values = true,
        value_name = "URL"
    )]
    pub database_url: String,
    /// The address that people type, when it is not the one listened on, e.g. `https://hangar.example`
    #[arg(long, env = "HANGAR_PUBLIC_URL", value_name = "URL", value_parser = public_url)]
    pub public_url: Option<String>,
}

/// What can be done with a course.
#[derive(Debug, Subcommand)]
pub enum ContentCommand {
    /// Prove every exercise red, green, broken and mended, from each page's own commands
    Check(CheckSettings),
}

/// The flags of `hangar content check`.
#[derive(Clone, Debug, Args)]
pub struct CheckSettings {
    /// The folder with the course, instead of the one that is built in
    #[arg(long, env = "HANGAR_CONTENT", value_name = "FOLDER")]
    pub content: Option<PathBuf>,
    /// Only the pages in this language: en, pt or es
    #[arg(long, env = "HANGAR_LANG", value_name = "LANGUAGE")]
    pub lang: Option<curriculum::Language>,
    /// Only this lesson
    #[arg(long, env = "HANGAR_LESSON", value_name = "SLUG")]
    pub lesson: Option<curriculum::LessonSlug>,
}

/// The flags of `hangar cluster`.
#[derive(Clone, Debug, Args)]
pub struct AloneSettings {
    /// Where to listen
    #[arg(long, env = "HANGAR_LISTEN", default_value = "127.0.0.1:6443", value_name = "ADDRESS", value_parser = address)]
    pub listen: SocketAddr,
    /// Write an administrator's kubeconfig into this file
    #[arg(long, env = "HANGAR_WRITE_KUBECONFIG", value_name = "FILE")]
    pub write_kubeconfig: Option<PathBuf>,
    /// How many nodes there are
    #[arg(
        long,
        env = "HANGAR_NODES",
        default_value_t = 2,
        value_name = "NUMBER",
        value_parser = clap::value_parser!(u8).range(1..=20)
    )]
    pub nodes: u8,
    /// Keep the cluster in this file (not possible yet)
    #[arg(long, env = "HANGAR_STATE", value_name = "FILE")]
    pub state: Option<PathBuf>,
}

/// The flags of `hangar serve`.
#[derive(Clone, Debug, Args)]
pub struct ServeSettings {
    /// What the server is known by.
    #[command(flatten)]
    pub site: SiteSettings,
    /// The folder with the course, instead of the one that is built in
    #[arg(long, env = "HANGAR_CONTENT", value_name = "FOLDER")]
    pub content: Option<PathBuf>,
    /// How long a lab lives, in minutes: 5 to 10080
    #[arg(
        long,
        env = "HANGAR_LAB_MINUTES",
        default_value_t = 240,
        value_name = "MINUTES",
        value_parser = clap::value_parser!(u32).range(5..=10_080)
    )]
    pub lab_minutes: u32,
    /// How many labs are prepared at the same time
    #[arg(
        long,
        env = "HANGAR_LABS_AT_ONCE",
        default_value_t = 16,
        value_name = "NUMBER",
        value_parser = clap::value_parser!(u32).range(1..=1000)
    )]
    pub labs_at_once: u32,
    /// How many labs there may be at the same time; who comes later waits with a place in the queue
    #[arg(
        long,
        env = "HANGAR_LABS_MOST",
        default_value_t = 2_000,
        value_name = "NUMBER",
        value_parser = clap::value_parser!(u32).range(1..=100_000)
    )]
    pub labs_most: u32,
    /// Write logs as JSON, one object a line
    #[arg(long, env = "HANGAR_LOG_JSON", value_parser = BoolishValueParser::new())]
    pub log_json: bool,
    /// The cluster.
    #[command(flatten)]
    pub cluster: ClusterSettings,
}

/// The flags that choose the cluster.
#[derive(Clone, Debug, Args)]
pub struct ClusterSettings {
    /// Which cluster holds the labs
    #[arg(long, env = "HANGAR_CLUSTER", value_enum, default_value = "practice")]
    pub cluster: ClusterKind,
    /// The kubeconfig of `--cluster kubeconfig`; by default what kubectl would use
    #[arg(long, env = "HANGAR_KUBECONFIG", value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// The context in that kubeconfig
    #[arg(long, env = "HANGAR_CONTEXT", value_name = "NAME")]
    pub context: Option<String>,
    /// How learners reach the cluster's API server from their own machines
    #[arg(long, env = "HANGAR_CLUSTER_URL", value_name = "URL")]
    pub cluster_url: Option<String>,
    /// The image in which the terminal's shell runs; the practice cluster has its own, on another cluster labs have no terminal without it
    #[arg(long, env = "HANGAR_TOOLBOX_IMAGE", value_name = "IMAGE")]
    pub toolbox_image: Option<String>,
    /// Where the practice cluster listens for learners' own kubectl; port 0 is any that is free
    #[arg(
        long,
        env = "HANGAR_CLUSTER_LISTEN",
        default_value = "127.0.0.1:0",
        value_name = "ADDRESS",
        value_parser = address
    )]
    pub cluster_listen: SocketAddr,
    /// The folder with the token and the authority of `--cluster in-cluster`; Kubernetes puts it where the default says
    #[arg(
        long,
        env = "HANGAR_SERVICE_ACCOUNT",
        default_value = "/var/run/secrets/kubernetes.io/serviceaccount",
        hide = true,
        value_name = "FOLDER"
    )]
    pub service_account: PathBuf,
}

/// Which cluster holds the labs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ClusterKind {
    /// The practice cluster inside this process
    Practice,
    /// The one that a kubeconfig names
    Kubeconfig,
    /// The one that this process runs in
    InCluster,
}

fn address(text: &str) -> Result<SocketAddr, String> {
    let local = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    local.as_deref().unwrap_or(text).parse().map_err(|_| {
        "give an IP address and a port, e.g. 127.0.0.1:8080, or 0.0.0.0:8080 for every address of this machine"
            .to_owned()
    })
}

fn public_url(text: &str) -> Result<String, String> {
    let trimmed = text.trim_end_matches('/');
    let rest = trimmed.strip_prefix("https://").or_else(|| trimmed.strip_prefix("http://"));
    match rest {
        Some(host) if !host.is_empty() && !host.contains('/') => Ok(trimmed.to_ascii_lowercase()),
        Some(_) => Err("give only scheme, host and port, without a path".to_owned()),
        None => Err("begin with https:// or http://".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn every_flag_has_its_environment_twin() {
        let command = Cli::command();
        let mut waiting: Vec<_> = command.get_subcommands().collect();
        while let Some(subcommand) = waiting.pop() {
            waiting.extend(subcommand.get_subcommands());
            for argument in subcommand.get_arguments() {
                let Some(long) = argument.get_long() else { continue };
                if ["help", "version"].contains(&long) {
                    continue;
                }
                let twin = format!("HANGAR_{}", long.to_uppercase().replace('-', "_"));
                assert_eq!(argument.get_env().and_then(|env| env.to_str()), Some(twin.as_str()));
                assert!(argument.get_help().is_some(), "{twin} is not explained");
            }
        }
    }

    #[test]
    fn an_address_is_a_number_and_a_port() {
        assert_eq!(address("[::1]:80").unwrap().port(), 80);
        assert_eq!(address("localhost:80").unwrap().to_string(), "127.0.0.1:80");
        for wrong in ["8080", ":8080", "example.org:8080", "127.0.0.1"] {
            assert!(address(wrong).unwrap_err().contains("e.g. 127.0.0.1:8080"), "{wrong}");
        }
    }

    #[test]
    fn a_public_url_has_no_path() {
        assert_eq!(public_url("https://Hangar.example/").unwrap(), "https://hangar.example");
        assert!(public_url("https://hangar.example/course").is_err());
        assert!(public_url("hangar.example").is_err());
    }
}
