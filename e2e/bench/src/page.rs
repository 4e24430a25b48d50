//! The lesson page: how much travels, and how many a second, beside a server that only sends bytes.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use futures::future::try_join_all;
use tokio::process::Child;
use tokio::time::{sleep, timeout};

use crate::learner::{Learner, status, transferred};
use crate::samples::print_samples;
use crate::server::{LOAD_CORE, SERVER_CORE, Server, on_core, processor_time};

const LESSON: &str = "/en/lessons/kubernetes-architecture";
/// What a page names and the browser loads before any island wakes.
const LOADED_AT_ONCE: [&str; 3] = [
    "<link rel=\"stylesheet\" href=\"",
    "<link rel=\"icon\" href=\"",
    "<script type=\"module\" src=\"",
];
/// How many learners ask in turn, each with a page of her own.
const LEARNERS: usize = 16;
/// How many connections ask at the same time.
const CONNECTIONS: u32 = 16;
const KILOBYTE: f64 = 1_000.0;

/// What is measured how often.
pub(crate) struct Rounds {
    /// How many pairs of one measurement each.
    pub(crate) pairs: usize,
    /// How long one measurement takes.
    pub(crate) seconds: u32,
}

/// What the pages weigh, as text and as they travel.
pub(crate) async fn weight(binary: &Path) -> Result<()> {
    let server = Server::start(binary).await?;
    server.until_ready().await?;
    let learner = Learner::join(&server.url, "Ada").await?;
    let (mut raw, mut travelled, mut before_islands) = (Vec::new(), Vec::new(), Vec::new());
    for language in ["en", "pt", "es"] {
        for page in ["", "lessons/hybrid-mode-intro", "lessons/kubernetes-architecture"] {
            let url = format!("{}/{language}/{page}", server.url);
            let plain = transferred(&url, learner.cookie(), "identity").await?;
            let packed = transferred(&url, learner.cookie(), "br, gzip").await?;
            let html = String::from_utf8_lossy(&plain);
            let mut total = packed.len();
            for address in attributes(&html, &LOADED_AT_ONCE) {
                let url = format!("{}{address}", server.url);
                total += transferred(&url, "", "br, gzip").await?.len();
            }
            raw.push(plain.len());
            travelled.push(packed.len());
            before_islands.push(total);
        }
    }
    print_samples("page-html-raw-kb", kilobytes(&raw));
    print_samples("page-html-transferred-kb", kilobytes(&travelled));
    print_samples("page-before-islands-kb", kilobytes(&before_islands));
    let page = learner.get(LESSON).await?;
    let wasm = attributes(&page, &["data-wasm=\""]);
    let wasm = wasm.first().context("the page names no WebAssembly")?;
    let wasm = transferred(&format!("{}{wasm}", server.url), "", "br").await?;
    print_samples("wasm-br-kb", kilobytes(&[wasm.len()]));
    Ok(())
}

fn kilobytes(sizes: &[usize]) -> Vec<f64> {
    sizes
        .iter()
        .map(|size| f64::from(u32::try_from(*size).unwrap_or(u32::MAX)) / KILOBYTE)
        .collect()
}

/// What stands between each of `starts` and the next quotation mark.
fn attributes(html: &str, starts: &[&str]) -> Vec<String> {
    let values = starts.iter().flat_map(|start| html.split(*start).skip(1));
    values.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())).collect()
}

/// A process that ends with its owner.
struct Raw {
    process: Child,
    url: String,
}

impl Raw {
    /// Answers everything with the bytes of a file.
    async fn start(program: &Path, file: &Path) -> Result<Self> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let address = format!("127.0.0.1:{port}");
        let process = on_core(SERVER_CORE, program)
            .arg(file)
            .arg(&address)
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("starting {}", program.display()))?;
        let url = format!("http://{address}/");
        let listening = async {
            while !status(&url).await.is_ok_and(|status| status == 200) {
                sleep(Duration::from_millis(10)).await;
            }
        };
        timeout(Duration::from_secs(5), listening).await.context("the baseline does not answer")?;
        Ok(Self { process, url })
    }
}

/// The signed-in lesson page beside a server that sends the same bytes, in turns.
pub(crate) async fn page(binary: &Path, raw: &Path, wrk: &Path, rounds: &Rounds) -> Result<()> {
    let server = Server::start_apart(binary).await?;
    server.until_ready().await?;
    let learners = try_join_all((0..LEARNERS).map(|number| ready(&server, number))).await?;
    let file = server.folder().join("page.html");
    std::fs::write(&file, learners[0].get(LESSON).await?)?;
    let baseline = Raw::start(raw, &file).await?;
    let script = server.folder().join("learners.lua");
    std::fs::write(&script, turns(&learners)?)?;
    let lesson = format!("{}{LESSON}", server.url);
    for url in [&lesson, &baseline.url] {
        load(wrk, &script, url, 1).await?;
    }
    let mut figures: [Vec<f64>; 6] = Default::default();
    for _ in 0..rounds.pairs {
        let before = [processor_time(server.id())?, processor_time(baseline.process.id())?];
        let our = load(wrk, &script, &lesson, rounds.seconds).await?;
        let their = load(wrk, &script, &baseline.url, rounds.seconds).await?;
        let our_time = (processor_time(server.id())? - before[0]) / our.requests;
        let their_time = (processor_time(baseline.process.id())? - before[1]) / their.requests;
        let samples = [
            our.per_second / their.per_second,
            our.per_second,
            their.per_second,
            their_time / our_time,
            our_time * 1e6,
            their_time * 1e6,
        ];
        for (figure, sample) in figures.iter_mut().zip(samples) {
            figure.push(sample);
        }
    }
    let names =
        ["page-ratio", "page-per-s", "raw-per-s", "page-cpu-ratio", "page-cpu-us", "raw-cpu-us"];
    for (name, samples) in names.into_iter().zip(figures) {
        print_samples(name, samples);
    }
    Ok(())
}

/// A learner with a lab that is ready.
async fn ready(server: &Server, number: usize) -> Result<Learner> {
    let learner = Learner::join(&server.url, &format!("Learner {number}")).await?;
    let mut events = learner.events().await?;
    learner.start_lab().await?;
    learner.until_ready(&mut events).await?;
    Ok(learner)
}

/// A script for wrk in which the learners take turns.
fn turns(learners: &[Learner]) -> Result<String> {
    let mut script = String::from("local requests = {}\nlocal turn = 0\nlocal cookies = {\n");
    for learner in learners {
        writeln!(script, "  {:?},", format!("{}; language=en", learner.cookie()))?;
    }
    script.push_str(
        "}\nfunction init()\n  for at, cookie in ipairs(cookies) do\n    \
         wrk.headers[\"Cookie\"] = cookie\n    requests[at] = wrk.format()\n  end\nend\n\
         function request()\n  turn = turn % #requests + 1\n  return requests[turn]\nend\n",
    );
    Ok(script)
}

/// What came back under load.
struct Answers {
    requests: f64,
    per_second: f64,
}

async fn load(wrk: &Path, script: &Path, url: &str, seconds: u32) -> Result<Answers> {
    let output = on_core(LOAD_CORE, wrk)
        .args(["-t1", &format!("-c{CONNECTIONS}"), &format!("-d{seconds}s"), "-s"])
        .arg(script)
        .arg(url)
        .output()
        .await
        .context("starting wrk")?;
    let text = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() || text.contains("Non-2xx") || text.contains("Socket errors") {
        bail!("wrk against {url}: {text}{}", String::from_utf8_lossy(&output.stderr));
    }
    let requests = text.lines().find_map(|line| line.split_once(" requests in"));
    let rate = text.lines().find_map(|line| line.strip_prefix("Requests/sec:"));
    let (Some((requests, _)), Some(rate)) = (requests, rate) else {
        bail!("wrk says no rate: {text}");
    };
    Ok(Answers { requests: requests.trim().parse()?, per_second: rate.trim().parse()? })
}
