//! `hangar content check`: proves every exercise, and says what does not hold.

use std::io::Write as _;

use anyhow::bail;
use tokio::time::Instant;

use crate::ambient::{Ambient, Clock};
use crate::content_check::{Proven, Selection, check};
use crate::settings::CheckSettings;

/// Checks the course that the settings name.
pub fn run(settings: &CheckSettings, ambient: &Ambient) -> anyhow::Result<()> {
    let selection = Selection { language: settings.lang, lesson: settings.lesson.clone() };
    let mut proven = 0;
    let tell = |one: &Proven| {
        proven += 1;
        // Where nobody reads, the exit code still tells.
        drop(line(one));
    };
    let virtual_time = || Ambient { clock: virtual_clock(ambient), random: ambient.random.clone() };
    let findings = check(settings.content.as_deref(), &selection, &virtual_time, tell)?;
    let mut out = std::io::stdout().lock();
    if findings.is_empty() {
        if proven == 0 {
            writeln!(out, "nothing to prove: no exercises were chosen; the pages hold together")?;
        } else {
            writeln!(out, "{proven} proofs, every exercise turns red, green, red and green again")?;
        }
        return Ok(());
    }
    for finding in &findings {
        writeln!(out, "{finding}")?;
    }
    let findings = findings.len();
    bail!("{findings} {} in the course", if findings == 1 { "finding" } else { "findings" })
}

fn line(one: &Proven) -> std::io::Result<()> {
    let verdict = if one.findings.is_empty() { "proven" } else { "FAILED" };
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{verdict}  {}  {:<28} red, green, {} sabotages red and mended",
        one.language, one.exercise, one.sabotages
    )
}

/// The wall clock as it was, moved on by the runtime's own time, which a paused runtime can skip.
fn virtual_clock(ambient: &Ambient) -> Clock {
    let began = (ambient.clock)();
    let started = Instant::now();
    std::sync::Arc::new(move || began + started.elapsed())
}
