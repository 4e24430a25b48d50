//! The figures held against what was promised, as a table.

use std::fmt::Write as _;

use anyhow::{Context as _, Result};
use serde::Deserialize;

/// Which of a figure's samples counts.
#[derive(Clone, Copy)]
enum Counts {
    Least,
    Median,
    P99,
    Most,
}

/// What was promised of it.
#[derive(Clone, Copy)]
enum Target {
    AtMost(f64),
    AtLeast(f64),
    /// Nothing: it is there to be known.
    Told,
}

/// A figure that is known here: its name, its words, its unit, which sample counts, its target.
struct Promise(&'static str, &'static str, &'static str, Counts, Target);

const PROMISES: &[Promise] = &[
    Promise(
        "cold-start-ms",
        "Cold start: process to `/readyz`",
        "ms",
        Counts::Median,
        Target::AtMost(300.0),
    ),
    Promise("idle-mb", "Idle server, resident", "MB", Counts::Most, Target::AtMost(60.0)),
    Promise("click-to-ready-ms", "Click to ready, practice lab", "ms", Counts::P99, Target::Told),
    Promise(
        "click-to-prompt-ms",
        "Click to prompt, practice lab",
        "ms",
        Counts::P99,
        Target::AtMost(100.0),
    ),
    Promise(
        "event-to-sse-ms",
        "API call to SSE event, 200 labs",
        "ms",
        Counts::P99,
        Target::AtMost(100.0),
    ),
    Promise(
        "labs",
        "Practice labs in one process",
        "labs",
        Counts::Median,
        Target::AtLeast(1000.0),
    ),
    Promise(
        "mb-per-lab",
        "Memory of an idle practice lab",
        "MB",
        Counts::Median,
        Target::AtMost(1.0),
    ),
    Promise(
        "kb-per-idle-terminal",
        "Memory of an idle terminal",
        "kB",
        Counts::Median,
        Target::AtMost(256.0),
    ),
    Promise("total-mb", "The process with all of them", "MB", Counts::Median, Target::Told),
    Promise("created-in-s", "All of them created, 16 at a time", "s", Counts::Median, Target::Told),
    Promise(
        "page-html-raw-kb",
        "Course and lesson pages, HTML as text",
        "kB",
        Counts::Most,
        Target::Told,
    ),
    Promise(
        "page-html-transferred-kb",
        "Course and lesson pages, HTML as it travels",
        "kB",
        Counts::Most,
        Target::Told,
    ),
    Promise(
        "page-before-islands-kb",
        "The same with styles, icon and script, as they travel",
        "kB",
        Counts::Most,
        Target::AtMost(50.0),
    ),
    Promise("wasm-br-kb", "WebAssembly, brotli", "kB", Counts::Median, Target::AtMost(100.0)),
    Promise(
        "page-ratio",
        "Signed-in lesson page, of raw axum with the same bytes",
        "×",
        Counts::Median,
        Target::AtLeast(0.5),
    ),
    Promise("page-per-s", "Signed-in lesson pages on one core", "/s", Counts::Median, Target::Told),
    Promise("raw-per-s", "Raw axum on one core", "/s", Counts::Median, Target::Told),
    Promise(
        "page-cpu-ratio",
        "The same by processor time: what neighbours take does not count",
        "×",
        Counts::Median,
        Target::Told,
    ),
    Promise(
        "page-cpu-us",
        "Processor time of a signed-in lesson page",
        "µs",
        Counts::Median,
        Target::Told,
    ),
    Promise("raw-cpu-us", "Processor time of raw axum", "µs", Counts::Median, Target::Told),
    Promise(
        "lighthouse-performance",
        "Lighthouse: performance",
        "",
        Counts::Least,
        Target::AtLeast(100.0),
    ),
    Promise(
        "lighthouse-accessibility",
        "Lighthouse: accessibility",
        "",
        Counts::Least,
        Target::AtLeast(100.0),
    ),
    Promise(
        "lighthouse-best-practices",
        "Lighthouse: best practices",
        "",
        Counts::Least,
        Target::AtLeast(100.0),
    ),
    Promise(
        "lighthouse-seo",
        "Lighthouse: search engines",
        "",
        Counts::Least,
        Target::AtLeast(100.0),
    ),
    Promise(
        "lighthouse-lcp-ms",
        "Largest paint on a slow phone, as Lighthouse models it",
        "ms",
        Counts::Most,
        Target::Told,
    ),
];

/// What was measured of a figure.
#[derive(Deserialize)]
struct Measured {
    figure: String,
    /// How many samples there were.
    samples: u32,
    min: f64,
    median: f64,
    p99: f64,
    max: f64,
}

/// A figure with its promise.
pub(crate) struct Figure {
    promise: &'static Promise,
    measured: Measured,
}

/// Reads one line of JSON a figure.
pub(crate) fn parse(lines: &str) -> Result<Vec<Figure>> {
    lines.lines().map(figure).collect()
}

fn figure(line: &str) -> Result<Figure> {
    let measured: Measured =
        serde_json::from_str(line).with_context(|| format!("this is no figure: {line}"))?;
    let promise = PROMISES.iter().find(|promise| promise.0 == measured.figure);
    let promise =
        promise.with_context(|| format!("the figure {} is not known", measured.figure))?;
    Ok(Figure { promise, measured })
}

impl Figure {
    /// What it is, in words.
    pub(crate) fn what(&self) -> &'static str {
        self.promise.1
    }

    /// Whether it falls short of its target.
    pub(crate) fn is_missed(&self) -> bool {
        let counted = self.counted().1;
        match self.promise.4 {
            Target::AtMost(most) => counted > most,
            Target::AtLeast(least) => counted < least,
            Target::Told => false,
        }
    }

    fn counted(&self) -> (&'static str, f64) {
        let Measured { min, median, p99, max, .. } = self.measured;
        match self.promise.3 {
            Counts::Least => ("least", min),
            Counts::Median => ("median", median),
            Counts::P99 => ("p99", p99),
            Counts::Most => ("most", max),
        }
    }

    fn row(&self) -> String {
        let Promise(_, what, unit, _, target) = self.promise;
        let Measured { samples, min, median, p99, max, .. } = self.measured;
        let (which, counted) = self.counted();
        let (target, verdict) = match target {
            Target::AtMost(most) => (format!("≤ {most} {unit}"), self.verdict()),
            Target::AtLeast(least) => (format!("≥ {least} {unit}"), self.verdict()),
            Target::Told => (String::new(), ""),
        };
        let (which, spread) = if samples == 1 {
            ("once", String::new())
        } else {
            let all = [min, median, p99, max].map(short);
            (which, format!("{} / {} / {} / {} of {samples}", all[0], all[1], all[2], all[3]))
        };
        let counted = short(counted);
        format!(
            "| {what} | **{counted} {unit}** ({which}) | {spread} | {} | {verdict} |",
            target.trim()
        )
    }

    fn verdict(&self) -> &'static str {
        if self.is_missed() { "**missed**" } else { "met" }
    }
}

/// Three digits are as much as can be believed.
fn short(value: f64) -> String {
    let digits = if value.abs() >= 100.0 {
        0
    } else if value.abs() >= 10.0 {
        1
    } else {
        2
    };
    format!("{value:.digits$}")
}

/// The whole report.
pub(crate) fn markdown(
    machine: &[(&'static str, String)],
    figures: &[Figure],
    quick: bool,
) -> String {
    let mut text = String::from("# Measured by `cargo xtask bench`\n\n");
    let line = "writing to a String cannot fail";
    if quick {
        text.push_str("A quick look with few samples; targets are judged all the same.\n\n");
    }
    for (name, value) in machine {
        writeln!(text, "- {name}: {value}").expect(line);
    }
    text.push_str(
        "\n| what | figure | least / median / p99 / most | target | |\n|---|---|---|---|---|\n",
    );
    for figure in figures {
        writeln!(text, "{}", figure.row()).expect(line);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIGURE: &str =
        r#"{"figure":"page-ratio","samples":9,"min":0.4,"median":0.6,"p99":0.7,"max":0.7}"#;

    #[test]
    fn a_figure_is_held_against_the_sample_that_counts() {
        let figures = parse(FIGURE).unwrap();

        assert!(!figures[0].is_missed());
        assert!(parse(&FIGURE.replace("0.6", "0.4")).unwrap()[0].is_missed());
    }

    #[test]
    fn the_report_shows_figure_spread_target_and_verdict() {
        let text = markdown(&[("commit", "abc".to_owned())], &parse(FIGURE).unwrap(), false);

        assert!(text.contains("- commit: abc"), "{text}");
        assert!(
            text.contains(
                "| **0.60 ×** (median) | 0.40 / 0.60 / 0.70 / 0.70 of 9 | ≥ 0.5 × | met |"
            ),
            "{text}"
        );
    }

    #[test]
    fn what_is_not_known_is_refused() {
        assert!(parse(r#"{"figure":"x","samples":1,"min":1,"median":1,"p99":1,"max":1}"#).is_err());
    }
}
