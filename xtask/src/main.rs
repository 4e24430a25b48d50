//! One entry for people and CI: serve, build, test, ci, bench, tidy and what they need.
//!
//! ```text
//! serve  = site + server, then run          test = tools + site + unit + API + content + browser
//! build  = site + one binary                ci   = format + tidy + clippy + deny + test + test --real
//! bench  = build --release, then measure    tidy = what clippy cannot check
//! ```

mod bench;
mod browser;
mod ci;
mod postgres;
mod real;
mod run;
mod schema;
mod serve;
mod site;
mod test;
mod tidy;
mod tools;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Builds, runs and tests Hangar.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
struct Arguments {
    #[command(subcommand)]
    command: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Builds everything and runs the classroom; further arguments go to `hangar serve`
    Serve {
        /// Optimise, as for people who only want to use it
        #[arg(long)]
        release: bool,
        /// Arguments of `hangar serve`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
    /// Builds the self-contained binary
    Build {
        /// Optimise and embed the optimised site: leaves target/release/hangar
        #[arg(long)]
        release: bool,
    },
    /// Installs what the tests need and runs them
    Test {
        /// The slower proofs, beside a real Kubernetes control plane
        #[arg(long)]
        real: bool,
    },
    /// Everything that must hold before a change lands
    Ci,
    /// Measures the numbers that are promised and writes them to target/bench/REPORT.md
    Bench(bench::Wanted),
    /// Checks what clippy cannot: module docs, file lengths, crate edges, the one home of SQL
    Tidy,
    /// Builds only what the browser loads
    Site {
        /// Optimise for size
        #[arg(long)]
        release: bool,
    },
    /// Writes the table of Kubernetes' types anew from a checkout of k8s.io/kubernetes
    Schema {
        /// The folder of the Go module
        kubernetes: PathBuf,
    },
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Task::Serve { release, arguments } => serve::serve(release, &arguments),
        Task::Build { release } => serve::build(release).map(|_| ()),
        Task::Test { real: false } => test::run(),
        Task::Test { real: true } => real::run(),
        Task::Ci => ci::run(),
        Task::Bench(wanted) => bench::run(&wanted),
        Task::Tidy => tidy::run(),
        Task::Site { release } => site::build(release),
        Task::Schema { kubernetes } => schema::run(&kubernetes),
    };
    report(done)
}

fn report(done: Result<()>) -> ExitCode {
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            run::say(&format!("failed: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
