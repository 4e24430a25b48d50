//! The figures that are times and memory.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use futures::StreamExt as _;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::Api;
use kube::api::{DeleteParams, PostParams};
use serde_json::json;
use tokio::time::{Instant, sleep};

use crate::learner::{Events, Learner};
use crate::samples::{print_one, print_samples};
use crate::server::Server;

/// How many learners join at the same time when many are wanted.
const SIDE_BY_SIDE: usize = 16;
/// How many learners take turns in changing something.
const TURNS: usize = 20;
/// How many terminals are opened to see what one holds.
const TERMINALS: usize = 200;
/// How long a server is left alone before its memory is read.
const REST: Duration = Duration::from_secs(5);

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

/// From the start of the process until it says that it is ready, and what it holds after a rest.
pub(crate) async fn cold_start(binary: &Path, starts: usize) -> Result<()> {
    let (mut times, mut idle) = (Vec::new(), Vec::new());
    for run in 0..starts {
        let began = Instant::now();
        let server = Server::start(binary).await?;
        server.until_ready().await?;
        times.push(milliseconds(began.elapsed()));
        if run < 3 {
            sleep(REST).await;
            idle.push(server.resident()?);
        }
    }
    print_samples("cold-start-ms", times);
    print_samples("idle-mb", idle);
    Ok(())
}

/// From the click to the prompt, one lab after the other.
pub(crate) async fn prompt(binary: &Path, labs: usize) -> Result<()> {
    let server = Server::start(binary).await?;
    server.until_ready().await?;
    let (mut ready, mut prompts) = (Vec::new(), Vec::new());
    for number in 0..labs {
        let learner = Learner::join(&server.url, &format!("Learner {number}")).await?;
        let mut events = learner.events().await?;
        let clicked = Instant::now();
        learner.start_lab().await?;
        learner.until_ready(&mut events).await?;
        ready.push(milliseconds(clicked.elapsed()));
        learner.until_prompt().await?;
        prompts.push(milliseconds(clicked.elapsed()));
    }
    print_samples("click-to-ready-ms", ready);
    print_samples("click-to-prompt-ms", prompts);
    Ok(())
}

/// Many learners with a ready lab each, all of them listening.
async fn class(server: &Server, labs: usize) -> Result<Vec<(Learner, Events)>> {
    let learners = (0..labs).map(async |number| -> Result<(Learner, Events)> {
        let learner = Learner::join(&server.url, &format!("Learner {number}")).await?;
        let mut events = learner.events().await?;
        learner.start_lab().await?;
        learner.until_ready(&mut events).await?;
        Ok((learner, events))
    });
    let joined: Vec<_> = futures::stream::iter(learners).buffered(SIDE_BY_SIDE).collect().await;
    joined.into_iter().collect()
}

/// The learner's own objects of her control plane, as her own machine reaches them.
async fn config_maps(learner: &Learner) -> Result<Api<ConfigMap>> {
    let kubeconfig = learner.get("/api/v1/lab/kubeconfig").await?;
    let kubeconfig = kube::config::Kubeconfig::from_yaml(&kubeconfig)?;
    let options = kube::config::KubeConfigOptions::default();
    let config = kube::Config::from_custom_kubeconfig(kubeconfig, &options).await?;
    let namespace = config.default_namespace.clone();
    Ok(Api::namespaced(kube::Client::try_from(config)?, &namespace))
}

/// From a learner's call of the API server to the event in her browser, while many labs exist and listen.
pub(crate) async fn event(binary: &Path, labs: usize, changes: usize) -> Result<()> {
    let server = Server::start(binary).await?;
    server.until_ready().await?;
    let mut learners = class(&server, labs).await?;
    let turns = learners.len().min(TURNS);
    let mut active = Vec::new();
    for (learner, _) in learners.iter().take(turns) {
        active.push(config_maps(learner).await?);
    }
    let hello: ConfigMap = serde_json::from_value(
        json!({"metadata": {"name": "hello"}, "data": {"plane": "control"}}),
    )?;
    let mut samples = Vec::new();
    for number in 0..changes.next_multiple_of(2 * turns) {
        let api = &active[number % turns];
        let (_, events) = learners.get_mut(number % turns).context("at least one lab is needed")?;
        let creating = (number / turns).is_multiple_of(2);
        let began = Instant::now();
        if creating {
            api.create(&PostParams::default(), &hello).await?;
        } else {
            api.delete("hello", &DeleteParams::default()).await?;
        }
        let wanted = if creating { "passed" } else { "not-yet" };
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

/// What an idle lab holds, and how long many take.
pub(crate) async fn memory(binary: &Path, labs: u32) -> Result<()> {
    let server = Server::start(binary).await?;
    server.until_ready().await?;
    sleep(REST).await;
    let before = server.resident()?;
    let began = Instant::now();
    let learners = class(&server, usize::try_from(labs)?).await?;
    let took = began.elapsed();
    let mut terminals = Vec::new();
    for (learner, events) in learners {
        drop(events);
        terminals.extend((terminals.len() < TERMINALS).then_some(learner));
    }
    sleep(REST).await;
    let after = server.resident()?;
    for learner in &terminals {
        learner.until_prompt().await?;
    }
    sleep(REST).await;
    let each = (server.resident()? - after) / f64::from(u32::try_from(terminals.len())?);
    print_one("kb-per-idle-terminal", each * 1_000.0);
    print_one("labs", f64::from(labs));
    print_one("mb-per-lab", (after - before) / f64::from(labs));
    print_one("total-mb", after);
    print_one("created-in-s", took.as_secs_f64());
    Ok(())
}
