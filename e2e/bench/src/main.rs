//! Measures a Hangar from outside, as a browser would meet it, and prints one line of JSON a figure.
//!
//! **Deliberately absent:** targets and verdicts; `cargo xtask bench` holds the figures against them.

mod figures;
mod learner;
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
    /// From the start of the process to the first answer, and what it holds then
    ColdStart,
    /// From the click on Start lab to the shell's prompt
    Prompt {
        /// How many labs, one after the other
        #[arg(long, default_value_t = 60)]
        labs: usize,
    },
    /// From a change at the API server to the browser's event
    Event {
        /// How many labs there are meanwhile
        #[arg(long, default_value_t = 200)]
        labs: usize,
        /// How many changes
        #[arg(long, default_value_t = 100)]
        changes: usize,
    },
    /// What an idle lab holds in memory
    Memory {
        /// How many labs
        #[arg(long, default_value_t = 1000)]
        labs: u32,
    },
    /// Saves the lesson page as a signed-in learner sees it, and prints her cookie
    Page {
        /// The address of a running server
        #[arg(long)]
        url: String,
        /// Where to put the page
        #[arg(long)]
        file: PathBuf,
    },
}

#[tokio::main]
async fn main() -> Result<()> {
    let Arguments { binary, figure } = Arguments::parse();
    match figure {
        Figure::ColdStart => figures::cold_start(&binary).await,
        Figure::Prompt { labs } => figures::prompt(&binary, labs).await,
        Figure::Event { labs, changes } => figures::event(&binary, labs, changes).await,
        Figure::Memory { labs } => figures::memory(&binary, labs).await,
        Figure::Page { url, file } => figures::page(&url, &file).await,
    }
}
