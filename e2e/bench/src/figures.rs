//! The figures.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use futures::StreamExt as _;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;
use kube::api::{DeleteParams, PostParams};
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::learner::Learner;
use crate::server::Server;

/// How many starts are measured.
const STARTS: usize = 15;
/// How many learners join at the same time when many are wanted.
const SIDE_BY_SIDE: usize = 16;

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

/// Prints a figure: its samples' minimum, median, 99th percentile and maximum.
fn print_samples(name: &str, mut samples: Vec<f64>) {
    samples.sort_by(f64::total_cmp);
    let at =
        |part: usize| samples.get((samples.len() * part / 100).min(samples.len() - 1)).copied();
    print(&json!({
        "figure": name,
        "samples": samples.len(),
        "min": samples.first(),
        "median": at(50),
        "p99": at(99),
        "max": samples.last(),
    }));
}

#[expect(clippy::print_stdout, reason = "the figures are this program's output")]
fn print(line: &serde_json::Value) {
    println!("{line}");
}

/// From the start of the process to the first answer, and what it holds five seconds later.
pub(crate) async fn cold_start(binary: &Path) -> Result<()> {
    let (mut starts, mut idle) = (Vec::new(), Vec::new());
    for run in 0..STARTS {
        let began = Instant::now();
        let server = Server::start(binary, run).await?;
        starts.push(milliseconds(began.elapsed()));
        if run < 3 {
            sleep(Duration::from_secs(5)).await;
            idle.push(server.resident()?);
        }
    }
    print_samples("cold-start-ms", starts);
    print_samples("idle-mb", idle);
    Ok(())
}

/// From the click to the prompt, one lab after the other.
pub(crate) async fn prompt(binary: &Path, labs: usize) -> Result<()> {
    let server = Server::start(binary, 0).await?;
    let mut samples = Vec::new();
    for number in 0..labs {
        let learner = Learner::join(&server.url, &format!("Learner {number}")).await?;
        let mut events = learner.events().await?;
        let clicked = Instant::now();
        learner.start_lab().await?;
        learner.until_ready(&mut events).await?;
        learner.until_prompt().await?;
        samples.push(milliseconds(clicked.elapsed()));
    }
    print_samples("click-to-prompt-ms", samples);
    Ok(())
}

/// Many learners with a ready lab each.
async fn class(server: &Server, labs: usize) -> Result<Vec<Learner>> {
    let learners = (0..labs).map(async |number| -> Result<Learner> {
        let learner = Learner::join(&server.url, &format!("Learner {number}")).await?;
        let mut events = learner.events().await?;
        learner.start_lab().await?;
        learner.until_ready(&mut events).await?;
        Ok(learner)
    });
    let joined: Vec<_> = futures::stream::iter(learners).buffered(SIDE_BY_SIDE).collect().await;
    joined.into_iter().collect()
}

/// From the API server's answer to the event at the learner, while many labs exist.
pub(crate) async fn event(binary: &Path, labs: usize, changes: usize) -> Result<()> {
    let server = Server::start(binary, 0).await?;
    let learners = class(&server, labs).await?;
    let learner = learners.last().context("at least one lab is needed")?;
    let kubeconfig = learner.get("/api/v1/lab/kubeconfig").await?;
    let kubeconfig = kube::config::Kubeconfig::from_yaml(&kubeconfig)?;
    let options = kube::config::KubeConfigOptions::default();
    let config = kube::Config::from_custom_kubeconfig(kubeconfig, &options).await?;
    let namespace = config.default_namespace.clone();
    let api: Api<ConfigMap> = Api::namespaced(kube::Client::try_from(config)?, &namespace);
    let hello: ConfigMap = serde_json::from_value(
        json!({"metadata": {"name": "hello"}, "data": {"plane": "control"}}),
    )?;
    let mut events = learner.events().await?;
    let mut samples = Vec::new();
    for number in 0..changes {
        let began = Instant::now();
        if number % 2 == 0 {
            api.create(&PostParams::default(), &hello).await?;
        } else {
            api.delete("hello", &DeleteParams::default()).await?;
        }
        let wanted = if number % 2 == 0 { "passed" } else { "not-yet" };
        loop {
            let event = events.next("check").await?;
            if event["check"] == "cp-hello" && event["state"] == wanted {
                break;
            }
        }
        samples.push(milliseconds(began.elapsed()));
    }
    print_samples("event-to-sse-ms", samples);
    Ok(())
}

/// What an idle lab holds.
pub(crate) async fn memory(binary: &Path, labs: u32) -> Result<()> {
    let server = Server::start(binary, 0).await?;
    sleep(Duration::from_secs(3)).await;
    let before = server.resident()?;
    let began = Instant::now();
    drop(class(&server, usize::try_from(labs)?).await?);
    let took = began.elapsed();
    sleep(Duration::from_secs(5)).await;
    let after = server.resident()?;
    let each = (after - before) / f64::from(labs);
    print(
        &json!({"figure": "mb-per-lab", "labs": labs, "median": each, "total-mb": after, "created-in-s": took.as_secs_f64()}),
    );
    Ok(())
}

/// Saves the lesson page of a signed-in learner, and prints her cookie.
pub(crate) async fn page(url: &str, file: &Path) -> Result<()> {
    let learner = Learner::join(url, "Ada").await?;
    let page = learner.get("/en/lessons/kubernetes-architecture").await?;
    std::fs::write(file, &page)?;
    print(&json!({"figure": "page", "bytes": page.len(), "cookie": learner.cookie()}));
    Ok(())
}
