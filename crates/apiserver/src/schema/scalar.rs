//! Scalars that have a syntax of their own: instants, bytes, quantities.
//!
//! Each function takes the text as it was sent and gives it in the form the real server stores,
//! or the real server's complaint.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;

use crate::quantity::Quantity;

/// How Go writes the layout that instants must have.
const LAYOUT: &str = "2006-01-02T15:04:05Z07:00";

/// An instant in UTC, by the second.
pub fn time(text: &str) -> Result<String, String> {
    Ok(instant(text)?.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// An instant in UTC, by the microsecond.
pub fn micro_time(text: &str) -> Result<String, String> {
    Ok(instant(text)?.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string())
}

/// Seconds and nanoseconds since 1970 as protobuf carries them, by the second.
pub(super) fn time_of(seconds: i64) -> Option<String> {
    let instant = Timestamp::from_second(seconds).ok()?;
    Some(instant.strftime("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// The same by the microsecond.
pub(super) fn micro_time_of(seconds: i64, nanoseconds: i32) -> Option<String> {
    let instant = Timestamp::new(seconds, nanoseconds).ok()?;
    Some(instant.strftime("%Y-%m-%dT%H:%M:%S.%6fZ").to_string())
}

fn instant(text: &str) -> Result<Timestamp, String> {
    let quoted = serde_json::Value::from(text);
    let fail = |rest: &str, element: &str| {
        let rest = serde_json::Value::from(rest);
        format!("parsing time {quoted} as \"{LAYOUT}\": cannot parse {rest} as \"{element}\"")
    };
    let mut rest = text;
    for (element, digits) in [
        ("2006", 4),
        ("-", 0),
        ("01", 2),
        ("-", 0),
        ("02", 2),
        ("T", 0),
        ("15", 2),
        (":", 0),
        ("04", 2),
        (":", 0),
        ("05", 2),
    ] {
        let length = if digits == 0 { 1 } else { digits };
        let part = rest.as_bytes().get(..length).ok_or_else(|| fail(rest, element))?;
        let fits = match digits {
            0 => part == element.as_bytes(),
            _ => part.iter().all(u8::is_ascii_digit),
        };
        if !fits {
            return Err(fail(rest, element));
        }
        rest = &rest[length..];
    }
    let zone = rest
        .strip_prefix('.')
        .map_or(rest, |fraction| fraction.trim_start_matches(|it: char| it.is_ascii_digit()));
    let extra = match zone.as_bytes() {
        [b'Z', ..] => &zone[1..],
        [b'+' | b'-', a, b, b':', c, d, ..]
            if [a, b, c, d].iter().all(|it| it.is_ascii_digit()) =>
        {
            &zone[6..]
        }
        _ => return Err(fail(zone, "Z07:00")),
    };
    let number = |range: std::ops::Range<usize>| text[range].parse::<u32>().unwrap_or_default();
    let wrong = [
        ("month", !(1..=12).contains(&number(5..7))),
        ("hour", number(11..13) > 23),
        ("minute", number(14..16) > 59),
        ("second", number(17..19) > 59),
        ("day", true),
    ];
    if !extra.is_empty() {
        return Err(format!(
            "parsing time {quoted}: extra text: {}",
            serde_json::Value::from(extra)
        ));
    }
    text.parse().map_err(|_| {
        let what = wrong.iter().find(|(_, wrong)| *wrong).map_or("day", |(what, _)| what);
        format!("parsing time {quoted}: {what} out of range")
    })
}

/// Base64 in its canonical form; line breaks are skipped.
pub fn bytes(text: &str) -> Result<String, String> {
    let kept: String = text.chars().filter(|it| !matches!(it, '\r' | '\n')).collect();
    if let Ok(decoded) = LENIENT.decode(&kept) {
        return Ok(STANDARD.encode(decoded));
    }
    Err(format!("illegal base64 data at input byte {}", corrupt_at(text.as_bytes())))
}

/// Accepts non-zero bits after the last byte, as Go does.
const LENIENT: base64::engine::GeneralPurpose = base64::engine::GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    base64::engine::GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

/// The place that Go's decoder names: the foreign character, or the start of a short group.
fn corrupt_at(text: &[u8]) -> usize {
    let mut in_group = 0;
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'\r' | b'\n' => {}
            b'=' if in_group == 2 => {
                let next = text[at + 1..].iter().position(|it| !matches!(it, b'\r' | b'\n'));
                return next.map_or(text.len(), |next| match text[at + 1 + next] {
                    b'=' => at + 2 + next,
                    _ => at + 1 + next,
                });
            }
            b'=' if in_group == 3 => return at + 1,
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => {
                in_group = (in_group + 1) % 4;
            }
            _ => return at,
        }
    }
    text.len() - in_group
}

/// A quantity in its canonical form.
pub fn quantity(text: &str) -> Result<String, String> {
    text.parse::<Quantity>().map(|it| it.to_string()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_stored_in_utc() {
        assert_eq!(time("2026-01-02T03:04:05.9+01:00").unwrap(), "2026-01-02T02:04:05Z");
        assert_eq!(micro_time("2026-01-02T03:04:05Z").unwrap(), "2026-01-02T03:04:05.000000Z");
    }

    #[test]
    fn a_bad_instant_is_explained_as_go_explains_it() {
        assert_eq!(
            time("yesterday").unwrap_err(),
            "parsing time \"yesterday\" as \"2006-01-02T15:04:05Z07:00\": \
             cannot parse \"yesterday\" as \"2006\""
        );
        assert!(time("2026-02-03").unwrap_err().ends_with("cannot parse \"\" as \"T\""));
    }

    #[test]
    fn the_offending_byte_of_base64_is_named() {
        for (text, at) in [("***", 0), ("YQ", 0), ("plain text", 5), ("YWFhYWE", 4), ("YQ==x", 4)] {
            let expected = format!("illegal base64 data at input byte {at}");
            assert_eq!(bytes(text).unwrap_err(), expected, "{text}");
        }
        assert_eq!(bytes("YQ\n==").unwrap(), "YQ==");
    }
}
