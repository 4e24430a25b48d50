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
            let proofs = if proven == 1 { "proof" } else { "proofs" };
            writeln!(
                out,
                "{proven} {proofs}: every exercise turns red, green, red and green again"
            )?;
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
    writeln!(std::io::stdout().lock(), "{}", words(one))
}

/// What became of an exercise, on one line.
fn words(one: &Proven) -> String {
    let (language, exercise) = (one.language, &one.exercise);
    if let Some(finding) = one.findings.first() {
        let place = format!("{}:{}", finding.file, finding.line);
        return format!("FAILED  {language}  {exercise:<28} {place}");
    }
    let done = match one.sabotages {
        0 => "red, green".to_owned(),
        1 => "red, green, 1 sabotage red and mended".to_owned(),
        more => format!("red, green, {more} sabotages red and mended"),
    };
    format!("proven  {language}  {exercise:<28} {done}")
}

/// The wall clock as it was, moved on by the runtime's own time, which a paused runtime can skip.
fn virtual_clock(ambient: &Ambient) -> Clock {
    let began = (ambient.clock)();
    let started = Instant::now();
    std::sync::Arc::new(move || began + started.elapsed())
}

#[cfg(test)]
mod tests {
    use super::*;
    use curriculum::{Finding, Language};

    #[test]
    fn what_failed_does_not_say_that_it_was_green() {
        let proven = |sabotages, findings| {
            let exercise = "one-name".to_owned();
            words(&Proven { exercise, language: Language::Pt, sabotages, findings })
        };

        assert!(proven(1, Vec::new()).ends_with("1 sabotage red and mended"));
        assert!(proven(0, Vec::new()).ends_with("red, green"));
        let failed = proven(2, vec![Finding::at("pt.md", 7, "no")]);
        assert!(failed.starts_with("FAILED  pt  one-name") && failed.ends_with(" pt.md:7"));
        assert!(!failed.contains("green"), "{failed}");
    }
}
