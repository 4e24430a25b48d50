//! `jq` programs cut into words, signs, numbers and texts.

use super::value::Json;

/// The smallest thing that a program is made of.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    Word(String),
    /// `.name`
    Field(String),
    /// `$name`
    Variable(String),
    /// `@name`
    Format(String),
    Number(Json),
    Text(Vec<Piece>),
    Sign(String),
}

/// A piece of a text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece {
    Plain(String),
    /// The program in `\(…)`.
    Inserted(String),
}

impl Token {
    /// As error messages write it.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Word(text) | Self::Sign(text) => format!("'{text}'"),
            Self::Field(name) => format!("'.{name}'"),
            Self::Variable(name) => format!("'${name}'"),
            Self::Format(name) => format!("'@{name}'"),
            Self::Number(number) => format!("'{}'", number.line()),
            Self::Text(_) => "a text".to_owned(),
        }
    }
}

const SIGNS: &[&str] = &[
    "//=", "|=", "+=", "-=", "*=", "/=", "%=", "==", "!=", "<=", ">=", "//", "..", ".", "[", "]",
    "(", ")", "{", "}", "|", ",", ":", ";", "=", "<", ">", "+", "-", "*", "/", "%", "?",
];

/// Cuts a program.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        if let Some(comment) = rest.strip_prefix('#') {
            rest = comment.split_once('\n').map_or("", |it| it.1);
            continue;
        }
        let Some(first) = rest.chars().next() else { return Ok(tokens) };
        let name = |text: &str| {
            let is_in = |c: char| c == '_' || c.is_ascii_alphanumeric();
            text.find(|c| !is_in(c)).unwrap_or(text.len())
        };
        let begins = |c: char| c == '_' || c.is_ascii_alphabetic();
        let after = &rest[first.len_utf8()..];
        match first {
            '"' => {
                let (pieces, end) = pieces(after)?;
                tokens.push(Token::Text(pieces));
                rest = &after[end..];
            }
            '.' if after.starts_with(begins) => {
                let end = name(after);
                tokens.push(Token::Field(after[..end].to_owned()));
                rest = &after[end..];
            }
            '$' if after.starts_with(begins) => {
                let end = name(after);
                tokens.push(Token::Variable(after[..end].to_owned()));
                rest = &after[end..];
            }
            '@' if after.starts_with(begins) => {
                let end = name(after);
                tokens.push(Token::Format(after[..end].to_owned()));
                rest = &after[end..];
            }
            first if begins(first) => {
                let end = name(rest);
                tokens.push(Token::Word(rest[..end].to_owned()));
                rest = &rest[end..];
            }
            first if first.is_ascii_digit() => {
                let (number, end) = number(rest)?;
                tokens.push(Token::Number(number));
                rest = &rest[end..];
            }
            _ => {
                let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) else {
                    return Err(format!("syntax error, unexpected '{first}'"));
                };
                tokens.push(Token::Sign((*sign).to_owned()));
                rest = &rest[sign.len()..];
            }
        }
    }
}

fn number(text: &str) -> Result<(Json, usize), String> {
    let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let mut end = digits(text);
    if text[end..].starts_with('.') && text[end + 1..].starts_with(|c: char| c.is_ascii_digit()) {
        end += 1 + digits(&text[end + 1..]);
    }
    if text[end..].starts_with(['e', 'E']) {
        let sign = usize::from(text[end + 1..].starts_with(['+', '-']));
        let exponent = digits(&text[end + 1 + sign..]);
        if exponent > 0 {
            end += 1 + sign + exponent;
        }
    }
    let number = serde_json::from_str(&text[..end]);
    number.map(|number| (number, end)).map_err(|_| format!("{}: not a number", &text[..end]))
}

/// The pieces of a text after its opening quote, and where it ends.
fn pieces(text: &str) -> Result<(Vec<Piece>, usize), String> {
    let unfinished = || "syntax error, unfinished text".to_owned();
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut letters = text.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => {
                if !plain.is_empty() {
                    pieces.push(Piece::Plain(plain));
                }
                return Ok((pieces, at + 1));
            }
            '\\' => match letters.next().ok_or_else(unfinished)?.1 {
                'n' => plain.push('\n'),
                't' => plain.push('\t'),
                'r' => plain.push('\r'),
                'b' => plain.push('\u{8}'),
                'f' => plain.push('\u{c}'),
                'u' => {
                    let digits: String = letters.by_ref().take(4).map(|it| it.1).collect();
                    let code = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
                    plain.push(code.unwrap_or('\u{fffd}'));
                }
                '(' => {
                    let start = at + 2;
                    let end = start + closing(&text[start..]).ok_or_else(unfinished)?;
                    pieces.push(Piece::Plain(std::mem::take(&mut plain)));
                    pieces.push(Piece::Inserted(text[start..end].to_owned()));
                    while letters.clone().next().is_some_and(|(at, _)| at <= end) {
                        letters.next();
                    }
                }
                other @ ('"' | '\\' | '/') => plain.push(other),
                other => return Err(format!("syntax error, unexpected '\\{other}' in a text")),
            },
            other => plain.push(other),
        }
    }
    Err(unfinished())
}

/// Where the bracket closes that is open at the beginning.
fn closing(text: &str) -> Option<usize> {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for (at, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted && depth == 0 => return Some(at),
            ')' if !quoted => depth -= 1,
            _ => {}
        }
    }
    None
}
