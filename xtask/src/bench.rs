//! The numbers that Hangar promises: measured, held against their targets, written to a file.
//!
//! ```text
//! build --release ─► e2e/bench (times, memory, bytes, ratios) ┐
//!                    e2e/lighthouse (what a browser says)     ├─ one line of JSON a figure ─► target/bench/REPORT.md
//! ```
//!
//! **Deliberately absent:** measuring itself. A figure whose target is missed fails the command, after the report has been written.

mod machine;
mod report;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use clap::{Args, ValueEnum};

use crate::run::{self, cargo, command, output, root, say, target};
use crate::{serve, tools};
use report::Figure;

/// What to measure.
#[derive(Args)]
pub(crate) struct Wanted {
    /// Only these; all by default
    #[arg(value_enum)]
    measurements: Vec<Measurement>,
    /// Fewer samples, for a first look
    #[arg(long)]
    quick: bool,
    /// Measure this binary instead of building one
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
    /// Also put the report where it is committed: e2e/bench/RESULTS.md
    #[arg(long)]
    keep: bool,
}

/// What can be measured by itself.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Measurement {
    /// Process start until ready, and the memory of an idle server
    ColdStart,
    /// Click on Start lab until the shell's prompt
    Prompt,
    /// Change at the API server until the browser's event, with 200 labs
    Event,
    /// 1,000 labs in one process
    Memory,
    /// Bytes of the pages and of the WebAssembly
    Weight,
    /// Lesson pages a second, beside a server that only sends bytes
    Page,
    /// What Lighthouse says of the course and a lesson in each language
    Lighthouse,
}

/// The programs that measure.
struct Programs {
    hangar: PathBuf,
    bench: PathBuf,
    raw: PathBuf,
}

impl Programs {
    fn build(given: Option<&Path>) -> Result<Self> {
        let hangar = match given {
            Some(binary) => binary
                .canonicalize()
                .with_context(|| format!("there is no binary {}", binary.display()))?,
            None => serve::build(true)?,
        };
        let packages = ["--package", "bench", "--package", "raw-static"];
        run::run(cargo().args(["build", "--release"]).args(packages))?;
        let folder = target()?.join("release");
        Ok(Self { hangar, bench: folder.join("bench"), raw: folder.join("raw-static") })
    }
}

/// `cargo xtask bench`.
pub(crate) fn run(wanted: &Wanted) -> Result<()> {
    let programs = Programs::build(wanted.binary.as_deref())?;
    let machine = machine::describe()?;
    let mut figures = Vec::new();
    for measurement in Measurement::value_variants() {
        if wanted.measurements.is_empty() || wanted.measurements.contains(measurement) {
            let lines = measure(*measurement, &programs, wanted.quick)?;
            figures.extend(report::parse(&lines)?);
        }
    }
    let text = report::markdown(&machine, &figures, wanted.quick);
    write(&target()?.join("bench/REPORT.md"), &text)?;
    if wanted.keep {
        write(&root().join("e2e/bench/RESULTS.md"), &text)?;
    }
    let missed: Vec<&str> =
        figures.iter().filter(|one| one.is_missed()).map(Figure::what).collect();
    ensure!(missed.is_empty(), "missed: {}", missed.join("; "));
    Ok(())
}

fn measure(measurement: Measurement, programs: &Programs, quick: bool) -> Result<String> {
    let often = |usual: &'static str, quickly: &'static str| if quick { quickly } else { usual };
    let mut bench = command(&programs.bench);
    bench.arg("--binary").arg(&programs.hangar);
    match measurement {
        Measurement::ColdStart => bench.args(["cold-start", "--starts", often("15", "5")]),
        Measurement::Prompt => bench.args(["prompt", "--labs", often("100", "20")]),
        Measurement::Event => {
            bench.args(["event", "--labs", often("200", "50"), "--changes", often("400", "80")])
        }
        Measurement::Memory => bench.args(["memory", "--labs", often("1000", "200")]),
        Measurement::Weight => bench.arg("weight"),
        Measurement::Page => bench
            .args(["page", "--pairs", often("9", "3"), "--seconds", often("4", "2"), "--raw"])
            .arg(&programs.raw)
            .arg("--wrk")
            .arg(tools::wrk()?),
        Measurement::Lighthouse => return lighthouse(&programs.hangar, often("3", "1")),
    };
    measured(&mut bench)
}

/// What it prints are figures; what it complains of is for whoever looks on.
fn measured(command: &mut std::process::Command) -> Result<String> {
    say(&run::words(command));
    output(command.stderr(std::process::Stdio::inherit()))
}

/// Installs Lighthouse and asks it.
fn lighthouse(hangar: &Path, runs: &str) -> Result<String> {
    let node = tools::node()?;
    let chromium = tools::chromium()?;
    let folder = root().join("e2e/lighthouse");
    if !folder.join("package-lock.json").is_file() {
        bail!("{} has no package-lock.json", folder.display());
    }
    node.install(&folder)?;
    let mut ask = node.command();
    ask.args(["audit.mjs", runs]).current_dir(&folder);
    measured(ask.env("HANGAR_BINARY", hangar).env("HANGAR_CHROMIUM", chromium))
}

fn write(file: &Path, text: &str) -> Result<()> {
    let folder = file.parent().expect("a report lies in a folder");
    std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    std::fs::write(file, text).with_context(|| format!("writing {}", file.display()))?;
    say(&format!("wrote {}", file.display()));
    Ok(())
}
