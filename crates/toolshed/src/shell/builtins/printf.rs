//! `printf`.

use super::text::{escape, unescape};
use super::{Shell, Step, Streams, helped, print, refuse};
use crate::shell::expand::MAX_TEXT;

/// The widest field and longest result.
const MAX_WIDTH: usize = 10_000;

/// One `%…` of a format.
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[derive(Default)]
struct Directive {
    left: bool,
    zero: bool,
    plus: bool,
    space: bool,
    alternate: bool,
    width: usize,
    precision: Option<usize>,
    kind: char,
}

/// Prints its arguments by a format, again while arguments are left.
pub(crate) async fn printf(shell: &mut Shell, words: Vec<String>, streams: &Streams) -> Step {
    if helped(&words, streams).await {
        return Ok(0);
    }
    let mut arguments = &words[1..];
    let mut variable = None;
    if let [flag, name, rest @ ..] = arguments
        && flag == "-v"
    {
        variable = Some(name.clone());
        arguments = rest;
    }
    if arguments.first().is_some_and(|word| word == "--") {
        arguments = &arguments[1..];
    }
    let Some((format, mut arguments)) = arguments.split_first() else {
        return refuse(shell, &words, streams, "usage: printf [-v var] format [arguments]").await;
    };
    let mut output = String::new();
    let mut code = 0;
    loop {
        let before = arguments.len();
        match one_round(format, &mut arguments, &mut output) {
            Ok(Round { stopped: true, .. }) => break,
            Ok(Round { complaint: Some(message), .. }) => {
                shell.complain(streams, format!("printf: {message}")).await;
                code = 1;
            }
            Ok(_) => {}
            Err(message) => {
                print(streams, output).await?;
                return refuse(shell, &words, streams, &message).await;
            }
        }
        if arguments.is_empty() || arguments.len() == before || output.len() > MAX_TEXT {
            break;
        }
    }
    match variable {
        Some(name) => shell.set_text(&name, output),
        None => code = code.max(print(streams, output).await?),
    }
    Ok(code)
}

struct Round {
    stopped: bool,
    complaint: Option<String>,
}

fn one_round(
    format: &str,
    arguments: &mut &[String],
    output: &mut String,
) -> Result<Round, String> {
    let mut round = Round { stopped: false, complaint: None };
    let mut rest = format;
    while let Some(at) = rest.find('%') {
        let (literal, stopped) = unescape(&rest[..at], true);
        output.push_str(&literal);
        round.stopped |= stopped;
        rest = &rest[at + 1..];
        if output.len() > MAX_TEXT {
            return Err("result too long: the limit is 1 MiB".to_owned());
        }
        if let Some(after) = rest.strip_prefix('%') {
            output.push('%');
            rest = after;
            continue;
        }
        let directive = directive(&mut rest, arguments)?;
        let argument = match arguments.split_first() {
            Some((first, others)) => {
                *arguments = others;
                Some(first.as_str())
            }
            None => None,
        };
        match render(&directive, argument) {
            Ok((text, stopped)) => {
                output.push_str(&text);
                if stopped {
                    round.stopped = true;
                    return Ok(round);
                }
            }
            Err((text, complaint)) => {
                output.push_str(&text);
                round.complaint = Some(complaint);
            }
        }
    }
    output.push_str(&unescape(rest, true).0);
    Ok(round)
}

fn directive(rest: &mut &str, arguments: &mut &[String]) -> Result<Directive, String> {
    let mut directive = Directive::default();
    let mut characters = rest.chars();
    let mut next = characters.next();
    while let Some(flag @ ('-' | '0' | '+' | ' ' | '#')) = next {
        match flag {
            '-' => directive.left = true,
            '0' => directive.zero = true,
            '+' => directive.plus = true,
            ' ' => directive.space = true,
            _ => directive.alternate = true,
        }
        next = characters.next();
    }
    let mut number = |next: &mut Option<char>, characters: &mut std::str::Chars<'_>| {
        if *next == Some('*') {
            *next = characters.next();
            let first = arguments.first().and_then(|it| it.parse::<i64>().ok());
            *arguments = arguments.get(1..).unwrap_or_default();
            return first.unwrap_or(0);
        }
        let mut value = 0_i64;
        while let Some(digit) = next.and_then(|it| it.to_digit(10)) {
            value = value.saturating_mul(10).saturating_add(i64::from(digit));
            *next = characters.next();
        }
        value
    };
    let width = number(&mut next, &mut characters);
    directive.left |= width < 0;
    directive.width = usize::try_from(width.unsigned_abs()).unwrap_or(0).min(MAX_WIDTH);
    if next == Some('.') {
        next = characters.next();
        let precision = number(&mut next, &mut characters);
        directive.precision = usize::try_from(precision).ok().map(|it| it.min(MAX_WIDTH));
    }
    directive.kind = next.ok_or_else(|| "`%': missing format character".to_owned())?;
    if !"sbqcdiouxXeEfFgG".contains(directive.kind) {
        return Err(format!("`{}': invalid format character", directive.kind));
    }
    *rest = characters.as_str();
    Ok(directive)
}

type Rendered = Result<(String, bool), (String, String)>;

fn render(directive: &Directive, argument: Option<&str>) -> Rendered {
    let text = argument.unwrap_or_default();
    let cut = |text: &str| match directive.precision {
        Some(most) => text.chars().take(most).collect(),
        None => text.to_owned(),
    };
    match directive.kind {
        's' => Ok((directive.pad(&cut(text), false), false)),
        'q' => Ok((directive.pad(&escape(text), false), false)),
        'b' => {
            let (plain, stopped) = unescape(text, false);
            Ok((directive.pad(&cut(&plain), false), stopped))
        }
        'c' => Ok((directive.pad(&text.chars().take(1).collect::<String>(), false), false)),
        'e' | 'E' | 'f' | 'F' | 'g' | 'G' => {
            let parsed = if text.is_empty() { Ok(0.0) } else { text.trim().parse::<f64>() };
            let number = parsed.clone().unwrap_or(0.0);
            let shown =
                directive.pad(&directive.sign(float(directive, number), number >= 0.0), true);
            parsed.map(|_| (shown.clone(), false)).map_err(|_| (shown, invalid(text)))
        }
        _ => {
            let (number, complaint) = integer(text);
            let shown = match directive.kind {
                'o' => format!("{}{number:o}", if directive.alternate { "0" } else { "" }),
                'x' => format!("{}{number:x}", if directive.alternate { "0x" } else { "" }),
                'X' => format!("{}{number:X}", if directive.alternate { "0X" } else { "" }),
                'u' => format!("{}", number.cast_unsigned()),
                _ => directive.sign(number.to_string(), number >= 0),
            };
            let shown = match directive.precision {
                Some(least) => {
                    let (sign, digits) = shown.split_at(usize::from(shown.starts_with('-')));
                    format!("{sign}{digits:0>least$}")
                }
                None => shown,
            };
            let shown = directive.pad(&shown, directive.precision.is_none());
            complaint.map_or(Ok((shown.clone(), false)), |complaint| Err((shown, complaint)))
        }
    }
}

fn invalid(text: &str) -> String {
    format!("{text}: invalid number")
}

fn integer(text: &str) -> (i64, Option<String>) {
    let text = text.trim();
    if let Some(character) = text.strip_prefix(['\'', '"']) {
        return (character.chars().next().map_or(0, |it| i64::from(it as u32)), None);
    }
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let digits = digits.strip_prefix('+').unwrap_or(digits);
    let parsed = if digits.is_empty() {
        return (0, (!text.is_empty()).then(|| invalid(text)));
    } else if let Some(hex) = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        i64::from_str_radix(hex, 16)
    } else if digits.len() > 1 && digits.starts_with('0') {
        i64::from_str_radix(digits, 8)
    } else {
        digits.parse()
    };
    if let Ok(number) = parsed {
        (sign * number, None)
    } else {
        let head: String = digits.chars().take_while(char::is_ascii_digit).collect();
        (sign * head.parse::<i64>().unwrap_or(0), Some(invalid(text)))
    }
}

fn float(directive: &Directive, number: f64) -> String {
    let precision = directive.precision.unwrap_or(6).min(60);
    let scientific = |precision: usize| {
        let text = format!("{number:.precision$e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let exponent: i32 = exponent.parse().unwrap_or(0);
        let sign = if exponent < 0 { '-' } else { '+' };
        format!("{mantissa}e{sign}{:02}", exponent.abs())
    };
    let text = match directive.kind.to_ascii_lowercase() {
        'e' => scientific(precision),
        'g' => {
            let significant = precision.max(1);
            let shown = scientific(significant - 1);
            let exponent = shown.split_once('e').and_then(|it| it.1.parse::<i32>().ok());
            let exponent = exponent.unwrap_or(0);
            let decimals = i32::try_from(significant).unwrap_or(60) - 1 - exponent;
            let text = match usize::try_from(decimals) {
                Ok(decimals) if exponent >= -4 => format!("{number:.decimals$}"),
                _ => shown,
            };
            if text.contains('.') && !text.contains('e') {
                text.trim_end_matches('0').trim_end_matches('.').to_owned()
            } else {
                text
            }
        }
        _ => format!("{number:.precision$}"),
    };
    if directive.kind.is_ascii_uppercase() { text.to_uppercase() } else { text }
}

impl Directive {
    fn sign(&self, text: String, positive: bool) -> String {
        match (positive, self.plus, self.space) {
            (true, true, _) => format!("+{text}"),
            (true, false, true) => format!(" {text}"),
            _ => text,
        }
    }

    fn pad(&self, text: &str, number: bool) -> String {
        let missing = self.width.saturating_sub(text.chars().count());
        if self.left {
            return format!("{text}{}", " ".repeat(missing));
        }
        if self.zero && number {
            let (sign, digits) = text.split_at(usize::from(text.starts_with(['-', '+', ' '])));
            return format!("{sign}{}{digits}", "0".repeat(missing));
        }
        format!("{}{text}", " ".repeat(missing))
    }
}
