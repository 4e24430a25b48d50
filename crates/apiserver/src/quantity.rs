//! Kubernetes quantities: `250m`, `1.5Gi`, `1e3`.
//!
//! **Invariant:** a [`Quantity`] prints in the canonical form of the real server, and keeps the
//! family of suffixes (decimal, binary, exponent) it was written in.
//!
//! **Deliberately absent:** values beyond what 128 bits of nano-units hold; they are refused.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde_json::Value;

/// The finest step that a quantity distinguishes.
const NANO: i128 = 1_000_000_000;

/// An amount of a resource.
#[derive(Debug, Clone, Copy)]
pub struct Quantity {
    nano: i128,
    format: Format,
}

/// The family of suffixes a quantity is printed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Decimal,
    Binary,
    Exponent,
}

/// Why a text is not a quantity; worded as the real server words it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The text has not the shape of a number with a suffix.
    #[error(
        "quantities must match the regular expression \
         '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
    )]
    Shape,
    /// The suffix is unknown.
    #[error("unable to parse quantity's suffix")]
    Suffix,
    /// The number is too large or malformed.
    #[error("unable to parse quantity's numeric part")]
    Number,
}

impl Quantity {
    /// No amount at all.
    pub const ZERO: Self = Self { nano: 0, format: Format::Decimal };

    /// A whole number, as counts are.
    pub const fn whole(value: i64) -> Self {
        Self { nano: value as i128 * NANO, format: Format::Decimal }
    }

    /// A number of bytes, printed with binary suffixes.
    pub const fn bytes(value: i64) -> Self {
        Self { nano: value as i128 * NANO, format: Format::Binary }
    }

    /// The quantity in a JSON field, which may be a string or a bare number.
    pub fn of(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => text.parse().ok(),
            Value::Number(number) => number.to_string().parse().ok(),
            _ => None,
        }
    }

    /// Whole units, rounded up.
    pub fn value(self) -> i64 {
        saturate(divide_up(self.nano, NANO))
    }

    /// Thousandths, rounded up.
    pub fn milli_value(self) -> i64 {
        saturate(divide_up(self.nano, NANO / 1000))
    }

    /// Whether it is nothing.
    pub const fn is_zero(self) -> bool {
        self.nano == 0
    }

    /// Whether it is below nothing.
    pub const fn is_negative(self) -> bool {
        self.nano < 0
    }

    /// The sum; an empty left side takes the right side's way of printing.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        let format = if self.nano == 0 { other.format } else { self.format };
        Self { nano: self.nano.saturating_add(other.nano), format }
    }

    /// The difference; an empty left side takes the right side's way of printing.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        let format = if self.nano == 0 { other.format } else { self.format };
        Self { nano: self.nano.saturating_sub(other.nano), format }
    }

    /// The amount rounded up to thousandths, the finest step of a resource list.
    #[must_use]
    pub fn rounded_to_milli(self) -> Self {
        let step = NANO / 1000;
        Self { nano: divide_up(self.nano, step) * step, ..self }
    }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.nano == other.nano
    }
}

impl Eq for Quantity {}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        self.nano.cmp(&other.nano)
    }
}

impl FromStr for Quantity {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let (negative, rest) = match text.as_bytes().first() {
            None => return Err(Error::Shape),
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            Some(_) => (false, text),
        };
        let end = rest.find(|it: char| !it.is_ascii_digit() && it != '.').unwrap_or(rest.len());
        let (number, suffix) = rest.split_at(end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if fraction.contains('.') || (whole.is_empty() && fraction.is_empty()) {
            return Err(Error::Shape);
        }
        let (scale, format) = parse_suffix(suffix)?;
        let nano = scale.apply(whole, fraction)?;
        Ok(Self { nano: if negative { -nano } else { nano }, format })
    }
}

/// How a suffix multiplies.
#[derive(Clone, Copy)]
enum Scale {
    Ten(i32),
    Two(u32),
}

impl Scale {
    /// The number in nano-units, anything finer rounded up.
    fn apply(self, whole: &str, fraction: &str) -> Result<i128, Error> {
        let digits = format!("{whole}{fraction}");
        let digits = digits.trim_start_matches('0');
        if digits.len() > 36 {
            return Err(Error::Number);
        }
        let mantissa: i128 = if digits.is_empty() { 0 } else { parse(digits)? };
        let places = i32::try_from(fraction.len()).map_err(|_| Error::Number)?;
        match self {
            Self::Ten(power) => shift_ten(mantissa, power + 9 - places),
            Self::Two(power) => {
                let wide = mantissa.checked_mul(1_i128 << power).ok_or(Error::Number)?;
                shift_ten(wide, 9 - places)
            }
        }
    }
}

fn parse(digits: &str) -> Result<i128, Error> {
    digits.parse().map_err(|_| Error::Number)
}

fn shift_ten(value: i128, power: i32) -> Result<i128, Error> {
    if value == 0 {
        return Ok(0);
    }
    let factor = 10_i128.checked_pow(power.unsigned_abs());
    match (power >= 0, factor) {
        (true, Some(factor)) => value.checked_mul(factor).ok_or(Error::Number),
        (true, None) => Err(Error::Number),
        (false, Some(factor)) => Ok(divide_up(value, factor)),
        (false, None) => Ok(1),
    }
}

fn parse_suffix(suffix: &str) -> Result<(Scale, Format), Error> {
    let binary = |power| Ok((Scale::Two(power), Format::Binary));
    let decimal = |power| Ok((Scale::Ten(power), Format::Decimal));
    match suffix {
        "Ki" => binary(10),
        "Mi" => binary(20),
        "Gi" => binary(30),
        "Ti" => binary(40),
        "Pi" => binary(50),
        "Ei" => binary(60),
        "n" => decimal(-9),
        "u" => decimal(-6),
        "m" => decimal(-3),
        "" => decimal(0),
        "k" => decimal(3),
        "M" => decimal(6),
        "G" => decimal(9),
        "T" => decimal(12),
        "P" => decimal(15),
        "E" => decimal(18),
        _ => parse_exponent(suffix),
    }
}

fn parse_exponent(suffix: &str) -> Result<(Scale, Format), Error> {
    let Some(power) = suffix.strip_prefix(['e', 'E']) else {
        return Err(if is_suffix_like(suffix) { Error::Suffix } else { Error::Shape });
    };
    let power = power
        .parse::<i16>()
        .map_err(|_| if is_suffix_like(suffix) { Error::Suffix } else { Error::Shape })?;
    Ok((Scale::Ten(i32::from(power)), Format::Exponent))
}

/// Whether the text could stand after the number at all.
fn is_suffix_like(suffix: &str) -> bool {
    let letters = suffix.trim_start_matches(|it| "eEinumkKMGTP".contains(it));
    let digits = letters.strip_prefix(['-', '+']).unwrap_or(letters);
    digits.bytes().all(|it| it.is_ascii_digit())
}

impl fmt::Display for Quantity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_small = self.nano > -1024 * NANO && self.nano < 1024 * NANO;
        match self.format {
            Format::Binary if !is_small && self.nano % NANO == 0 => {
                let (number, suffix) = base_1024(self.nano / NANO);
                write!(out, "{number}{suffix}")
            }
            Format::Binary | Format::Decimal => {
                let (number, power) = base_1000(self.nano);
                let suffix = match power {
                    -9 => "n",
                    -6 => "u",
                    -3 => "m",
                    0 => "",
                    3 => "k",
                    6 => "M",
                    9 => "G",
                    12 => "T",
                    15 => "P",
                    18 => "E",
                    _ => return write!(out, "{number}e{power}"),
                };
                write!(out, "{number}{suffix}")
            }
            Format::Exponent => match base_1000(self.nano) {
                (number, 0) => write!(out, "{number}"),
                (number, power) => write!(out, "{number}e{power}"),
            },
        }
    }
}

fn base_1024(mut number: i128) -> (i128, &'static str) {
    let suffixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    let mut step = 0;
    while number != 0 && number % 1024 == 0 && step + 1 < suffixes.len() {
        number /= 1024;
        step += 1;
    }
    (number, suffixes[step])
}

fn base_1000(mut number: i128) -> (i128, i32) {
    if number == 0 {
        return (0, 0);
    }
    let mut power = -9;
    while number % 1000 == 0 && power < 18 {
        number /= 1000;
        power += 3;
    }
    (number, power)
}

fn divide_up(value: i128, by: i128) -> i128 {
    let quotient = value / by;
    match value % by {
        0 => quotient,
        rest if rest > 0 => quotient + 1,
        _ => quotient - 1,
    }
}

fn saturate(value: i128) -> i64 {
    i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> String {
        text.parse::<Quantity>().unwrap().to_string()
    }

    #[test]
    fn quantities_print_in_canonical_form() {
        let cases = [
            ("0.5", "500m"),
            ("1000m", "1"),
            ("1.5Gi", "1536Mi"),
            ("1024Mi", "1Gi"),
            ("1000Mi", "1000Mi"),
            ("100", "100"),
            ("1000", "1k"),
            ("1e3", "1e3"),
            ("0", "0"),
            ("0Mi", "0"),
            ("0.1", "100m"),
            ("128974848", "128974848"),
            ("0.5Mi", "512Ki"),
            ("0.5Ki", "512"),
            ("1E", "1E"),
            ("12e6", "12e6"),
            ("-1", "-1"),
            ("0.0000000001", "1n"),
            ("1.2Ki", "1228800m"),
        ];
        for (written, printed) in cases {
            assert_eq!(canonical(written), printed, "{written}");
        }
    }

    #[test]
    fn what_is_not_a_quantity_is_refused_with_the_reason() {
        assert_eq!("abc".parse::<Quantity>(), Err(Error::Shape));
        assert_eq!("".parse::<Quantity>(), Err(Error::Shape));
        assert_eq!("1 Gi".parse::<Quantity>(), Err(Error::Shape));
        assert_eq!("1.2.3".parse::<Quantity>(), Err(Error::Shape));
        assert_eq!("1GB".parse::<Quantity>(), Err(Error::Shape));
        assert_eq!("1mi".parse::<Quantity>(), Err(Error::Suffix));
    }

    #[test]
    fn sums_keep_the_way_of_printing() {
        let memory: Quantity = "64Mi".parse().unwrap();

        assert_eq!(Quantity::ZERO.plus(memory).plus(memory).to_string(), "128Mi");
        assert_eq!(memory.minus(memory).to_string(), "0");
    }

    #[test]
    fn amounts_round_up() {
        let small: Quantity = "1500u".parse().unwrap();

        assert_eq!(small.milli_value(), 2);
        assert_eq!(small.value(), 1);
        assert_eq!(small.rounded_to_milli().to_string(), "2m");
    }
}
