//! What was measured, as one line of JSON a figure.

use serde_json::{Value, json};

/// Prints a figure: its samples' minimum, median, 99th percentile and maximum.
pub(crate) fn print_samples(figure: &str, mut samples: Vec<f64>) {
    samples.sort_by(f64::total_cmp);
    let last = samples.len().saturating_sub(1);
    // The smallest sample that at least so many of a hundred do not exceed.
    let at = |part: usize| {
        let rank = (samples.len() * part).div_ceil(100).saturating_sub(1);
        samples.get(rank.min(last)).copied()
    };
    print(&json!({
        "figure": figure,
        "samples": samples.len(),
        "min": samples.first(),
        "median": at(50),
        "p99": at(99),
        "max": samples.last(),
    }));
}

/// Prints a figure that was measured once.
pub(crate) fn print_one(figure: &str, value: f64) {
    print_samples(figure, vec![value]);
}

#[expect(clippy::print_stdout, reason = "the figures are this program's output")]
fn print(line: &Value) {
    println!("{line}");
}
