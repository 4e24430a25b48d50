//! How long ago, in the few letters that kubectl spends on it.

use jiff::Timestamp;
use serde_json::Value;

/// The time that a field names.
pub(crate) fn time(value: &Value) -> Option<Timestamp> {
    value.as_str()?.parse().ok()
}

/// The age of a timestamp field.
pub(crate) fn since(value: &Value, now: Timestamp) -> String {
    match time(value) {
        Some(then) => human((now.as_millisecond() - then.as_millisecond()).div_euclid(1000)),
        None => "<unknown>".to_owned(),
    }
}

/// Seconds as `12s`, `3m4s`, `5h6m`, `7d`, …
pub(crate) fn human(seconds: i64) -> String {
    let with = |whole: i64, unit: &str, part: i64, small: &str| {
        if part == 0 { format!("{whole}{unit}") } else { format!("{whole}{unit}{part}{small}") }
    };
    if seconds < -1 {
        return "<invalid>".to_owned();
    }
    if seconds < 0 {
        return "0s".to_owned();
    }
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    if seconds < 120 {
        format!("{seconds}s")
    } else if minutes < 10 {
        with(minutes, "m", seconds % 60, "s")
    } else if minutes < 180 {
        format!("{minutes}m")
    } else if hours < 8 {
        with(hours, "h", minutes % 60, "m")
    } else if hours < 48 {
        format!("{hours}h")
    } else if hours < 192 {
        with(days, "d", hours % 24, "h")
    } else if days < 365 * 2 {
        format!("{days}d")
    } else if days < 365 * 8 {
        with(days / 365, "y", days % 365, "d")
    } else {
        format!("{}y", days / 365)
    }
}

/// A timestamp as `Mon, 02 Jan 2006 15:04:05 +0000`.
pub(crate) fn long(value: &Value) -> String {
    time(value).map_or_else(
        || "<unset>".to_owned(),
        |time| time.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string(),
    )
}
