//! Where and on what it was measured: without it a figure says nothing.

use std::fs;
use std::process::Command;

use anyhow::Result;

use crate::run::{command, output};

/// The machine, the commit and the moment, as lines of a list.
pub(crate) fn describe() -> Result<Vec<(&'static str, String)>> {
    let changed = output(command("git").args(["status", "--porcelain"]))?;
    let commit = output(command("git").args(["rev-parse", "--short=12", "HEAD"]))?;
    let dirty = if changed.is_empty() { "" } else { ", with changes that are not committed" };
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load: Vec<&str> = load.split_whitespace().take(3).collect();
    Ok(vec![
        ("moment", output(Command::new("date").args(["-u", "+%Y-%m-%d %H:%M UTC"]))?),
        ("commit", format!("{commit}{dirty}")),
        ("processor", processor()),
        ("memory", memory()),
        ("system", output(Command::new("uname").args(["-srm"]))?),
        ("compiler", output(command("rustc").arg("--version"))?),
        ("load average before", load.join(" ")),
    ])
}

fn processor() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name"));
    let model =
        model.and_then(|rest| rest.split_once(':')).map_or("unknown", |(_, name)| name.trim());
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    format!("{model}, {cores} cores")
}

fn memory() -> String {
    let info = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total = info.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    let kilobytes: Option<u64> =
        total.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
    kilobytes.map_or_else(|| "unknown".to_owned(), |size| format!("{} MB", size / 1024))
}
