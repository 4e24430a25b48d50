//! JSON as `jq` has it: keys stay in the order in which they came, and copies share what they hold.

use std::cmp::Ordering;
use std::fmt::Write as _;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// The entries of an object.
pub(super) type Entries = Vec<(Arc<str>, Json)>;

/// A value.
#[derive(Clone, Debug)]
pub(super) enum Json {
    Null,
    Bool(bool),
    Number(f64),
    Text(Arc<str>),
    Array(Arc<Vec<Json>>),
    Object(Arc<Entries>),
}

impl Json {
    pub(super) fn text(text: &str) -> Self {
        Self::Text(text.into())
    }

    pub(super) fn array(items: Vec<Json>) -> Self {
        Self::Array(Arc::new(items))
    }

    pub(super) fn object(entries: Entries) -> Self {
        Self::Object(Arc::new(entries))
    }

    #[expect(clippy::cast_precision_loss, reason = "numbers are floats here, as in jq")]
    pub(super) fn count(count: usize) -> Self {
        Self::Number(count as f64)
    }

    /// Whether it counts as true.
    pub(super) fn holds(&self) -> bool {
        !matches!(self, Self::Null | Self::Bool(false))
    }

    /// What `type` says.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Number(_) => "number",
            Self::Text(_) => "string",
            Self::Array(_) => "array",
            Self::Object(_) => "object",
        }
    }

    /// The value of a key, if it is an object that has it.
    pub(super) fn get(&self, key: &str) -> Option<&Json> {
        match self {
            Self::Object(entries) => entries.iter().find(|it| &*it.0 == key).map(|it| &it.1),
            _ => None,
        }
    }

    /// With its kind, as error messages write it.
    pub(super) fn shown(&self) -> String {
        let text = self.line();
        let short: String = text.chars().take(11).collect();
        let dots = if short.len() < text.len() { "..." } else { "" };
        format!("{} ({short}{dots})", self.kind())
    }

    /// On one line.
    pub(super) fn line(&self) -> String {
        let mut text = String::new();
        self.write(&mut text, None, 0, false);
        text
    }

    /// Over several lines, each level as far in as `indent`; or on one line.
    pub(super) fn pretty(&self, indent: Option<&str>, sorted: bool) -> String {
        let mut text = String::new();
        self.write(&mut text, indent, 0, sorted);
        text
    }

    fn write(&self, text: &mut String, indent: Option<&str>, depth: usize, sorted: bool) {
        let feed = |text: &mut String, depth: usize| {
            if let Some(indent) = indent {
                text.push('\n');
                text.push_str(&indent.repeat(depth));
            }
        };
        match self {
            Self::Null => text.push_str("null"),
            Self::Bool(it) => text.push_str(if *it { "true" } else { "false" }),
            Self::Number(it) => text.push_str(&number(*it)),
            Self::Text(it) => quote(it, text),
            Self::Array(items) if items.is_empty() => text.push_str("[]"),
            Self::Array(items) => {
                text.push('[');
                for (at, item) in items.iter().enumerate() {
                    text.push_str(if at > 0 { "," } else { "" });
                    feed(text, depth + 1);
                    item.write(text, indent, depth + 1, sorted);
                }
                feed(text, depth);
                text.push(']');
            }
            Self::Object(entries) if entries.is_empty() => text.push_str("{}"),
            Self::Object(entries) => {
                text.push('{');
                let mut entries: Vec<&(Arc<str>, Json)> = entries.iter().collect();
                if sorted {
                    entries.sort_by(|a, b| a.0.cmp(&b.0));
                }
                for (at, (key, value)) in entries.into_iter().enumerate() {
                    text.push_str(if at > 0 { "," } else { "" });
                    feed(text, depth + 1);
                    quote(key, text);
                    text.push_str(if indent.is_some() { ": " } else { ":" });
                    value.write(text, indent, depth + 1, sorted);
                }
                feed(text, depth);
                text.push('}');
            }
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::Bool(false) => 1,
            Self::Bool(true) => 2,
            Self::Number(_) => 3,
            Self::Text(_) => 4,
            Self::Array(_) => 5,
            Self::Object(_) => 6,
        }
    }

    /// The order in which `sort` has them.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(a), Self::Number(b)) => a.partial_cmp(b).unwrap_or(Ordering::Less),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Array(a), Self::Array(b)) => {
                let pairs = a.iter().zip(b.iter()).map(|(a, b)| a.order(b));
                pairs.into_iter().find(|it| it.is_ne()).unwrap_or_else(|| a.len().cmp(&b.len()))
            }
            (Self::Object(a), Self::Object(b)) => {
                let keys = |it: &Entries| {
                    let mut keys: Vec<Arc<str>> = it.iter().map(|it| Arc::clone(&it.0)).collect();
                    keys.sort();
                    keys
                };
                let (left, right) = (keys(a), keys(b));
                let same = |key: &Arc<str>| match (self.get(key), other.get(key)) {
                    (Some(a), Some(b)) => a.order(b),
                    _ => Ordering::Equal,
                };
                left.cmp(&right).then_with(|| {
                    left.iter().map(same).find(|it| it.is_ne()).unwrap_or(Ordering::Equal)
                })
            }
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl PartialEq for Json {
    fn eq(&self, other: &Self) -> bool {
        self.order(other).is_eq()
    }
}

/// A number as `jq` writes it.
pub(super) fn number(it: f64) -> String {
    if it.is_nan() {
        return "null".to_owned();
    }
    let it = it.clamp(f64::MIN, f64::MAX);
    if it.fract() == 0.0 && it.abs() < 1e17 {
        return format!("{it:.0}");
    }
    if it.abs() >= 1e17 || it.abs() < 1e-5 {
        let text = format!("{it:e}");
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (sign, exponent) = match exponent.strip_prefix('-') {
            Some(exponent) => ('-', exponent),
            None => ('+', exponent),
        };
        return format!("{digits}e{sign}{exponent:0>2}");
    }
    it.to_string()
}

fn quote(it: &str, text: &mut String) {
    text.push('"');
    for letter in it.chars() {
        match letter {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\t' => text.push_str("\\t"),
            '\r' => text.push_str("\\r"),
            '\u{8}' => text.push_str("\\b"),
            '\u{c}' => text.push_str("\\f"),
            control if control < ' ' || control == '\u{7f}' => {
                let _ = write!(text, "\\u{:04x}", control as u32);
            }
            other => text.push(other),
        }
    }
    text.push('"');
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reads)
    }
}

struct Reads;

impl<'de> Visitor<'de> for Reads {
    type Value = Json;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Json, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, it: bool) -> Result<Json, E> {
        Ok(Json::Bool(it))
    }

    #[expect(clippy::cast_precision_loss, reason = "numbers are floats here, as in jq")]
    fn visit_i64<E>(self, it: i64) -> Result<Json, E> {
        Ok(Json::Number(it as f64))
    }

    #[expect(clippy::cast_precision_loss, reason = "numbers are floats here, as in jq")]
    fn visit_u64<E>(self, it: u64) -> Result<Json, E> {
        Ok(Json::Number(it as f64))
    }

    fn visit_f64<E>(self, it: f64) -> Result<Json, E> {
        Ok(Json::Number(it))
    }

    fn visit_str<E>(self, it: &str) -> Result<Json, E> {
        Ok(Json::text(it))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Json, A::Error> {
        let mut all = Vec::new();
        while let Some(item) = items.next_element()? {
            all.push(item);
        }
        Ok(Json::array(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Json, A::Error> {
        let mut all: Entries = Vec::new();
        let mut places = std::collections::HashMap::new();
        while let Some((key, value)) = entries.next_entry::<String, Json>()? {
            let key: Arc<str> = key.into();
            // Of a key that comes twice, the last counts.
            if let Some(at) = places.get(&key) {
                let entry: &mut (Arc<str>, Json) = &mut all[*at];
                entry.1 = value;
            } else {
                places.insert(Arc::clone(&key), all.len());
                all.push((key, value));
            }
        }
        Ok(Json::object(all))
    }
}
