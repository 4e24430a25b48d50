//! The command line's flags, read as Go's `pflag` reads them.
//!
//! Flags may stand anywhere, in the forms `--name value`, `--name=value`, `-n value`, `-nvalue`,
//! `-n=value` and combined (`-it`); `--` ends them.

use std::collections::BTreeMap;

use crate::kubectl::failure::{Failure, Outcome};

/// What a flag takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Takes {
    /// Nothing, or `=true` / `=false`; with its default.
    Switch(bool),
    /// A text, with its default.
    Text(&'static str),
    /// A whole number, with its default.
    Number(i64),
    /// A duration such as `30s`, with its default.
    Duration(&'static str),
    /// Nothing or `=text`: what it means when bare, and its default.
    Optional {
        /// The value of a bare flag.
        bare: &'static str,
        /// The value when it is absent.
        default: &'static str,
    },
    /// Texts, comma separated or repeated.
    List,
    /// Texts, repeated, commas being part of them.
    Array,
    /// `key=value` pairs, comma separated or repeated.
    Pairs,
}

impl Takes {
    /// The default, as `--help` shows it.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Switch(on) => on.to_string(),
            Self::Text(text) | Self::Optional { default: text, .. } => format!("'{text}'"),
            Self::Duration(text) => (*text).to_owned(),
            Self::Number(number) => number.to_string(),
            Self::List | Self::Array => "[]".to_owned(),
            Self::Pairs => String::new(),
        }
    }
}

/// One flag that a command knows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flag {
    pub(crate) long: &'static str,
    pub(crate) short: Option<char>,
    pub(crate) takes: Takes,
    pub(crate) about: &'static str,
    /// What to do instead, when the flag is known but does nothing here.
    pub(crate) refused: Option<&'static str>,
}

impl Flag {
    pub(crate) const fn new(long: &'static str, takes: Takes, about: &'static str) -> Self {
        Self { long, short: None, takes, about, refused: None }
    }

    pub(crate) const fn short(
        short: char,
        long: &'static str,
        takes: Takes,
        about: &'static str,
    ) -> Self {
        Self { long, short: Some(short), takes, about, refused: None }
    }

    /// As a flag that is refused by name; `instead` ends the sentence.
    pub(crate) const fn refused(mut self, instead: &'static str) -> Self {
        self.refused = Some(instead);
        self
    }

    /// Whether the next word is this flag's value.
    pub(crate) fn wants_value(&self) -> bool {
        !matches!(self.takes, Takes::Switch(_) | Takes::Optional { .. })
    }

    /// The flag as error messages name it.
    fn shown(&self) -> String {
        match self.short {
            Some(short) => format!("-{short}, --{}", self.long),
            None => format!("--{}", self.long),
        }
    }
}

/// The flags and arguments of one command line.
#[derive(Clone, Debug, Default)]
pub(crate) struct Flags {
    given: BTreeMap<&'static str, Vec<String>>,
    defaults: BTreeMap<&'static str, String>,
    /// The words that are not flags.
    pub(crate) arguments: Vec<String>,
    /// How many arguments stood before `--`, when there was one.
    pub(crate) before_dash: Option<usize>,
}

impl Flags {
    /// Reads `words` by the flags in `known`.
    pub(crate) fn parse(words: &[String], known: &[&'static [Flag]]) -> Outcome<Self> {
        let mut flags = Self::default();
        for flag in known.iter().copied().flatten() {
            flags.defaults.entry(flag.long).or_insert_with(|| default(flag));
        }
        let mut words = words.iter();
        while let Some(word) = words.next() {
            if word == "--" {
                flags.before_dash = Some(flags.arguments.len());
                flags.arguments.extend(words.cloned());
                break;
            }
            if let Some(long) = word.strip_prefix("--") {
                flags.long(long, known, &mut words)?;
            } else if word.len() > 1 && word.starts_with('-') {
                flags.shorts(&word[1..], known, &mut words)?;
            } else {
                flags.arguments.push(word.clone());
            }
        }
        Ok(flags)
    }

    fn long(
        &mut self,
        word: &str,
        known: &[&'static [Flag]],
        rest: &mut std::slice::Iter<'_, String>,
    ) -> Outcome {
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (word, None),
        };
        if name.is_empty() || name.starts_with('-') {
            return Err(Failure::error(format!("bad flag syntax: --{word}")));
        }
        if name == "help" {
            self.given.insert("help", vec!["true".to_owned()]);
            return Ok(());
        }
        let Some(flag) = known.iter().copied().flatten().find(|flag| flag.long == name) else {
            return Err(Failure::error(format!("unknown flag: --{name}")));
        };
        let value = match (value, flag.takes) {
            (Some(value), _) => value,
            (None, Takes::Switch(_)) => "true".to_owned(),
            (None, Takes::Optional { bare, .. }) => bare.to_owned(),
            (None, _) => match rest.next() {
                Some(value) => value.clone(),
                None => {
                    return Err(Failure::error(format!("flag needs an argument: --{name}")));
                }
            },
        };
        self.set(flag, value)
    }

    fn shorts(
        &mut self,
        word: &str,
        known: &[&'static [Flag]],
        rest: &mut std::slice::Iter<'_, String>,
    ) -> Outcome {
        for (at, letter) in word.char_indices() {
            let after = &word[at + letter.len_utf8()..];
            if letter == 'h' {
                self.given.insert("help", vec!["true".to_owned()]);
                continue;
            }
            let found = known.iter().copied().flatten().find(|flag| flag.short == Some(letter));
            let Some(flag) = found else {
                let words = format!("unknown shorthand flag: '{letter}' in -{word}");
                return Err(Failure::error(words));
            };
            if let Some(value) = after.strip_prefix('=') {
                return self.set(flag, value.to_owned());
            }
            match flag.takes {
                Takes::Switch(_) => self.set(flag, "true".to_owned())?,
                Takes::Optional { bare, .. } => self.set(flag, bare.to_owned())?,
                _ if !after.is_empty() => return self.set(flag, after.to_owned()),
                _ => match rest.next() {
                    Some(value) => return self.set(flag, value.clone()),
                    None => {
                        return Err(Failure::error(format!(
                            "flag needs an argument: '{letter}' in -{word}"
                        )));
                    }
                },
            }
        }
        Ok(())
    }

    fn set(&mut self, flag: &Flag, value: String) -> Outcome {
        let invalid = |why: &str| {
            Failure::error(format!("invalid argument {value:?} for {:?} flag: {why}", flag.shown()))
        };
        let value = match flag.takes {
            Takes::Switch(_) => match value.as_str() {
                "1" | "t" | "T" | "true" | "TRUE" | "True" => "true".to_owned(),
                "0" | "f" | "F" | "false" | "FALSE" | "False" => "false".to_owned(),
                _ => {
                    let why = format!("strconv.ParseBool: parsing {value:?}: invalid syntax");
                    return Err(invalid(&why));
                }
            },
            Takes::Number(_) if value.parse::<i64>().is_err() => {
                let why = format!("strconv.ParseInt: parsing {value:?}: invalid syntax");
                return Err(invalid(&why));
            }
            Takes::Duration(_) if duration(&value).is_none() => {
                let why = if value.ends_with(|last: char| last.is_ascii_digit()) {
                    format!("time: missing unit in duration {value:?}")
                } else {
                    format!("time: invalid duration {value:?}")
                };
                return Err(invalid(&why));
            }
            _ => value,
        };
        let values = self.given.entry(flag.long).or_default();
        match flag.takes {
            Takes::List | Takes::Pairs if value.is_empty() => {}
            Takes::List | Takes::Pairs => values.extend(value.split(',').map(str::to_owned)),
            Takes::Array => values.push(value),
            _ => *values = vec![value],
        }
        Ok(())
    }

    /// Refuses what is known but not available here; to ask for what is so anyway is no harm.
    pub(crate) fn refuse(&self, known: &[&'static [Flag]]) -> Outcome {
        for (name, values) in &self.given {
            let flag = known.iter().copied().flatten().find(|flag| flag.long == *name);
            let Some((flag, instead)) = flag.and_then(|flag| Some((flag, flag.refused?))) else {
                continue;
            };
            if *values != [default(flag)] {
                let words = format!("--{name} is not available here: {instead}");
                return Err(Failure::error(words));
            }
        }
        Ok(())
    }

    /// Whether the flag was given.
    pub(crate) fn changed(&self, name: &str) -> bool {
        self.given.contains_key(name)
    }

    /// The flag's text; empty when it is absent and has no default.
    pub(crate) fn text(&self, name: &str) -> &str {
        let given = self.given.get(name).and_then(|values| values.last());
        given.or_else(|| self.defaults.get(name)).map_or("", String::as_str)
    }

    /// Whether the switch is on.
    pub(crate) fn on(&self, name: &str) -> bool {
        self.text(name) == "true"
    }

    /// The flag's number.
    pub(crate) fn number(&self, name: &str) -> i64 {
        self.text(name).parse().unwrap_or_default()
    }

    /// The flag's duration in seconds.
    pub(crate) fn seconds(&self, name: &str) -> f64 {
        duration(self.text(name)).unwrap_or_default().clamp(-1.0, 1e9)
    }

    /// All values of a flag that may be repeated.
    pub(crate) fn list(&self, name: &str) -> &[String] {
        self.given.get(name).map_or(&[], Vec::as_slice)
    }
}

fn default(flag: &Flag) -> String {
    match flag.takes {
        Takes::Switch(on) => on.to_string(),
        Takes::Text(text) | Takes::Duration(text) => text.to_owned(),
        Takes::Number(number) => number.to_string(),
        Takes::Optional { default, .. } => default.to_owned(),
        Takes::List | Takes::Array | Takes::Pairs => String::new(),
    }
}

/// Seconds in a Go duration such as `1h2m3.5s`.
pub(crate) fn duration(text: &str) -> Option<f64> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0.0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        let unit = match &rest[..end] {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" => 1e-6,
            "ns" => 1e-9,
            _ => return None,
        };
        total += number * unit;
        rest = &rest[end..];
    }
    Some(sign * total)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[Flag] = &[
        Flag::short('n', "namespace", Takes::Text(""), ""),
        Flag::short('i', "stdin", Takes::Switch(false), ""),
        Flag::short('t', "tty", Takes::Switch(false), ""),
        Flag::new("tail", Takes::Number(-1), ""),
    ];

    fn parse(line: &str) -> Outcome<Flags> {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        Flags::parse(&words, &[KNOWN])
    }

    #[test]
    fn flags_stand_anywhere_and_combine() {
        let flags = parse("pods -it -nkong web --tail=3 -- ls -l").unwrap();

        assert_eq!(flags.arguments, ["pods", "web", "ls", "-l"]);
        assert_eq!(flags.before_dash, Some(2));
        assert_eq!(flags.text("namespace"), "kong");
        assert!(flags.on("stdin") && flags.on("tty"));
        assert_eq!(flags.number("tail"), 3);
    }

    #[test]
    fn wrong_flags_are_named() {
        assert_eq!(parse("--nope").unwrap_err().words(), "error: unknown flag: --nope\n");
        assert_eq!(
            parse("-in").unwrap_err().words(),
            "error: flag needs an argument: 'n' in -in\n"
        );
        assert_eq!(
            parse("--tail=x").unwrap_err().words(),
            "error: invalid argument \"x\" for \"--tail\" flag: strconv.ParseInt: parsing \"x\": \
             invalid syntax\n"
        );
    }
}
