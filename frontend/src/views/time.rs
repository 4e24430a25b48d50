//! Times as text without a time zone database: ISO 8601 for machines, UTC for a page without a script.

use maud::{Markup, html};
use wire::Millis;

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// Whole minutes from `now` to `then`, to the nearest; never negative, and one while anything is left.
pub fn minutes_between(now: Millis, then: Millis) -> u32 {
    let left = then.saturating_sub(now).max(0);
    let minutes = ((left + MINUTE / 2) / MINUTE).max(i64::from(left > 0));
    u32::try_from(minutes).unwrap_or(u32::MAX)
}

/// `14:02 UTC`.
pub fn utc_clock(at: Millis) -> String {
    let minutes = at.rem_euclid(DAY) / MINUTE;
    format!("{:02}:{:02} UTC", minutes / 60, minutes % 60)
}

/// `2026-11-21T14:02:00Z`.
pub fn iso(at: Millis) -> String {
    let (year, month, day) = civil(at.div_euclid(DAY));
    let seconds = at.rem_euclid(DAY) / 1000;
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hours:02}:{minutes:02}:{seconds:02}Z")
}

/// `2026-11-21T14:02`, the value of an `<input type="datetime-local">`.
pub fn input_value(at: Millis) -> String {
    iso(at).chars().take(16).collect()
}

/// A `<time>` that the browser rewrites in the reader's own time zone.
pub fn date_and_time(at: Millis) -> Markup {
    let iso = iso(at);
    let (date, clock) = (iso.get(..10).unwrap_or_default(), utc_clock(at));
    html! { time datetime=(iso) data-local="" { (date) " " (clock) } }
}

/// The date of a day counted from 1970-01-01, by Howard Hinnant's `civil_from_days`.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leap_day_is_written_as_machines_read_it() {
        assert_eq!(iso(1_709_211_723_000), "2024-02-29T13:02:03Z");
        assert_eq!(input_value(1_709_211_723_000), "2024-02-29T13:02");
        assert_eq!(iso(-1000), "1969-12-31T23:59:59Z");
    }

    #[test]
    fn minutes_are_the_nearest_and_the_past_is_nothing() {
        assert_eq!(minutes_between(0, 60_001), 1);
        assert_eq!(minutes_between(0, 100_000), 2);
        assert_eq!(minutes_between(0, 1), 1);
        assert_eq!(minutes_between(10, 0), 0);
    }
}
