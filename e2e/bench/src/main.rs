//! Measures a Hangar from outside, as a browser would meet it, and prints one line of JSON a figure.
//!
//! **Deliberately absent:** targets and verdicts; `cargo xtask bench` holds the figures against them.

mod figures;
mod learner;
mod page;
mod samples;
mod server;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// Measures a Hangar from outside.
#[derive(Parser)]
struct Arguments {
    /// The `hangar` binary
    #[arg(long)]
    binary: PathBuf,
    #[command(subcommand)]
    figure: Figure,
}

#[derive(Subcommand)]
enum Figure {
    /// From the start of the process until it is ready, and what it holds then
    ColdStart {
        /// How many starts
        #[arg(long, default_value_t = 15)]
        starts: usize,
    },
    /// From the click on Start lab to the shell's prompt
    Prompt {
        /// How many labs, one after the other
        #[arg(long, default_value_t = 100)]
        labs: usize,
    },
    /// From a change at the API server to the browser's event
    Event {
        /// How many labs there are meanwhile
        #[arg(long, default_value_t = 200)]
        labs: usize,
        /// How many changes
        #[arg(long, default_value_t = 200)]
        changes: usize,
    },
    /// What an idle lab holds in memory
    Memory {
        /// How many labs
        #[arg(long, default_value_t = 1000)]
        labs: u32,
    },
    /// What the pages and the WebAssembly weigh
    Weight,
    /// The signed-in lesson page beside a server that sends the same bytes
    Page {
        /// The `raw-static` binary
        #[arg(long)]
        raw: PathBuf,
        /// The `wrk` binary
        #[arg(long)]
        wrk: PathBuf,
        /// How many pairs of measurements
        #[arg(long, default_value_t = 9)]
        pairs: usize,
        /// How long each takes
        #[arg(long, default_value_t = 4)]
        seconds: u32,
    },
}

#[tokio::main]
async fn main() -> Result<()> {
    let Arguments { binary, figure } = Arguments::parse();
    match figure {
        Figure::ColdStart { starts } => figures::cold_start(&binary, starts).await,
        Figure::Prompt { labs } => figures::prompt(&binary, labs).await,
        Figure::Event { labs, changes } => figures::event(&binary, labs, changes).await,
        Figure::Memory { labs } => figures::memory(&binary, labs).await,
        Figure::Weight => page::weight(&binary).await,
        Figure::Page { raw, wrk, pairs, seconds } => {
            page::page(&binary, &raw, &wrk, &page::Rounds { pairs, seconds }).await
        }
    }
}
