//! Amounts as Kubernetes writes them: `100m`, `64Mi`, `2`.

use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

const NANO: i128 = 1_000_000_000;

/// In which family of suffixes an amount was written, and is written again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Decimal,
    Binary,
}

/// An exact amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Amount {
    nanos: i128,
    format: Format,
}

const DECIMAL: [(&str, i128); 10] = [
    ("E", 1_000_000_000_000_000_000 * NANO),
    ("P", 1_000_000_000_000_000 * NANO),
    ("T", 1_000_000_000_000 * NANO),
    ("G", 1_000_000_000 * NANO),
    ("M", 1_000_000 * NANO),
    ("k", 1_000 * NANO),
    ("", NANO),
    ("m", NANO / 1_000),
    ("u", NANO / 1_000_000),
    ("n", 1),
];
const BINARY: [(&str, i128); 6] = [
    ("Ei", (1 << 60) * NANO),
    ("Pi", (1 << 50) * NANO),
    ("Ti", (1 << 40) * NANO),
    ("Gi", (1 << 30) * NANO),
    ("Mi", (1 << 20) * NANO),
    ("Ki", (1 << 10) * NANO),
];

impl Amount {
    /// Nothing.
    pub(crate) const ZERO: Self = Self { nanos: 0, format: Format::Decimal };

    /// A whole number.
    pub(crate) fn whole(count: usize) -> Self {
        Self { nanos: count as i128 * NANO, format: Format::Decimal }
    }

    /// Reads an amount; what cannot be read counts as nothing, since the API server validates.
    pub(crate) fn parse(quantity: &Quantity) -> Self {
        Self::try_parse(&quantity.0).unwrap_or(Self::ZERO)
    }

    fn try_parse(text: &str) -> Option<Self> {
        let binary = BINARY.iter().find(|(suffix, _)| text.ends_with(suffix));
        let (digits, unit, format) = if let Some((suffix, unit)) = binary {
            (text.strip_suffix(suffix)?, *unit, Format::Binary)
        } else {
            let exponent = text.find(['e', 'E']).filter(|at| at + 1 < text.len());
            if let Some(at) = exponent {
                let power: i32 = text[at + 1..].parse().ok()?;
                let unit = scale(NANO, power)?;
                (&text[..at], unit, Format::Decimal)
            } else {
                let named = DECIMAL.iter().find(|(s, _)| !s.is_empty() && text.ends_with(s));
                match named {
                    Some((suffix, unit)) => (text.strip_suffix(suffix)?, *unit, Format::Decimal),
                    None => (text, NANO, Format::Decimal),
                }
            }
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let negative = whole.starts_with('-');
        let magnitude = whole.trim_start_matches(['-', '+']);
        let mut nanos = if magnitude.is_empty() { 0 } else { magnitude.parse::<i128>().ok()? };
        nanos = nanos.checked_mul(unit)?;
        if !fraction.is_empty() {
            let places = u32::try_from(fraction.len()).ok()?;
            let part = fraction.parse::<i128>().ok()?.checked_mul(unit)?;
            nanos += part / 10_i128.checked_pow(places)?;
        }
        Some(Self { nanos: if negative { -nanos } else { nanos }, format })
    }

    /// The sum, written like the first that is not nothing.
    pub(crate) fn plus(self, other: Self) -> Self {
        let format = if self.nanos == 0 { other.format } else { self.format };
        Self { nanos: self.nanos + other.nanos, format }
    }

    /// The difference.
    pub(crate) fn minus(self, other: Self) -> Self {
        self.plus(Self { nanos: -other.nanos, ..other })
    }

    /// The greater.
    pub(crate) fn max(self, other: Self) -> Self {
        if other.nanos > self.nanos { other } else { self }
    }

    /// Whether there is less here than `other`.
    pub(crate) fn is_less_than(self, other: Self) -> bool {
        self.nanos < other.nanos
    }

    /// Whether it is nothing.
    pub(crate) fn is_zero(self) -> bool {
        self.nanos == 0
    }

    /// The share of `whole`, from 0 to 1.
    #[expect(clippy::cast_precision_loss, reason = "a score needs no exactness")]
    pub(crate) fn share_of(self, whole: Self) -> f64 {
        if whole.nanos <= 0 { 1.0 } else { self.nanos as f64 / whole.nanos as f64 }
    }

    /// The next whole number.
    pub(crate) fn rounded_up(self) -> i128 {
        (self.nanos + NANO - 1).div_euclid(NANO)
    }

    /// In its shortest exact form.
    pub(crate) fn quantity(self) -> Quantity {
        let whole = self.nanos % NANO == 0;
        let units: &[(&str, i128)] = match self.format {
            Format::Binary if whole && self.nanos.abs() >= 1024 * NANO => &BINARY,
            Format::Binary | Format::Decimal => &DECIMAL,
        };
        let exact = units.iter().find(|(_, unit)| self.nanos % unit == 0);
        match exact {
            Some((suffix, unit)) if self.nanos != 0 => {
                Quantity(format!("{}{suffix}", self.nanos / unit))
            }
            None if self.format == Format::Binary => Quantity((self.nanos / NANO).to_string()),
            Some(_) | None => Quantity("0".to_owned()),
        }
    }
}

fn scale(nanos: i128, power: i32) -> Option<i128> {
    let factor = 10_i128.checked_pow(power.unsigned_abs())?;
    if power >= 0 { nanos.checked_mul(factor) } else { Some(nanos / factor) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn canonical(text: &str) -> String {
        Amount::parse(&Quantity(text.to_owned())).quantity().0
    }

    #[test]
    fn amounts_are_written_in_their_shortest_exact_form() {
        let pairs = [
            ("100m", "100m"),
            ("0.5", "500m"),
            ("1000m", "1"),
            ("64Mi", "64Mi"),
            ("1024Mi", "1Gi"),
            ("1.5Gi", "1536Mi"),
            ("1e3", "1k"),
            ("0", "0"),
            ("1500", "1500"),
        ];
        for (written, expected) in pairs {
            assert_eq!(canonical(written), expected, "{written}");
        }
    }

    #[test]
    fn a_sum_is_written_like_its_first_part() {
        let sum = Amount::ZERO
            .plus(Amount::parse(&Quantity("16Mi".to_owned())))
            .plus(Amount::parse(&Quantity("16Mi".to_owned())));

        assert_eq!(sum.quantity().0, "32Mi");
    }
}
