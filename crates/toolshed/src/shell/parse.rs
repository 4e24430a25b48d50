//! Text to syntax tree: whether it is a command, the beginning of one, or a mistake.
//!
//! **Invariant:** whatever the text, this returns. The parser below recurses, so text that nests
//! too deep is refused before it is parsed.

use std::panic::{AssertUnwindSafe, catch_unwind};

use brush_parser::{ParseError, Parser, ParserOptions, TokenizerError, ast};

/// The longest command, here-documents included.
pub(crate) const MAX_COMMAND: usize = 1024 * 1024;

/// How deep brackets and quotes may nest in one command.
const MAX_NESTING: usize = 24;

/// How many compound commands one command may hold.
const MAX_KEYWORDS: usize = 400;

/// What a text is to the shell.
pub(crate) enum Parsed {
    /// Ready to run.
    Complete(ast::Program),
    /// More lines are needed; of a here-document, the line that ends it.
    Incomplete(Missing),
    /// A mistake, worded for the person.
    Wrong(String),
}

/// What an incomplete command waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    /// The end of a here-document.
    HereDocument(String),
    /// A closing quote or bracket.
    Closing(&'static str),
    /// Anything else.
    More,
}

/// The dialect: bash.
pub(crate) fn dialect() -> ParserOptions {
    ParserOptions::default()
}

/// Parses a whole text.
pub(crate) fn parse(text: &str) -> Parsed {
    if text.len() > MAX_COMMAND {
        return Parsed::Wrong("command too long: the limit is 1 MiB".to_owned());
    }
    if is_too_deep(text) {
        return Parsed::Wrong("syntax error: nested too deeply".to_owned());
    }
    let parsed =
        catch_unwind(AssertUnwindSafe(|| Parser::new(text.as_bytes(), &dialect()).parse_program()));
    match parsed {
        Ok(Ok(program)) if text.ends_with("\\\n") && !text.ends_with("\\\\\n") => {
            let _ = program;
            Parsed::Incomplete(Missing::More)
        }
        Ok(Ok(program)) => Parsed::Complete(program),
        Ok(Err(error)) => explain(text, &error),
        Err(_) => Parsed::Wrong("syntax error: cannot read this command".to_owned()),
    }
}

fn explain(text: &str, error: &ParseError) -> Parsed {
    match error {
        ParseError::ParsingAtEndOfInput => Parsed::Incomplete(Missing::More),
        ParseError::ParsingNear(position) => {
            let line = text.lines().nth(position.line.saturating_sub(1)).unwrap_or_default();
            let rest: String = line.chars().skip(position.column.saturating_sub(1)).collect();
            let token = token_at(&rest);
            Parsed::Wrong(format!("syntax error near unexpected token `{token}'"))
        }
        ParseError::Tokenizing { inner, .. } => explain_token(inner),
    }
}

fn explain_token(error: &TokenizerError) -> Parsed {
    let closing = match error {
        TokenizerError::UnterminatedHereDocuments(tags, _) => {
            let tag = tags.split(", ").next().unwrap_or_default();
            let tag = tag.trim_matches(['"', '\'']).replace('\\', "");
            return Parsed::Incomplete(Missing::HereDocument(tag));
        }
        TokenizerError::UnterminatedSingleQuote(_) | TokenizerError::UnterminatedAnsiCQuote(_) => {
            "'"
        }
        TokenizerError::UnterminatedDoubleQuote(_) => "\"",
        TokenizerError::UnterminatedBackquote(_) => "`",
        TokenizerError::UnterminatedCommandSubstitution
        | TokenizerError::UnterminatedExtendedGlob(_)
        | TokenizerError::UnterminatedExpansion => ")",
        TokenizerError::UnterminatedVariable => "}",
        other if other.is_incomplete() => return Parsed::Incomplete(Missing::More),
        other => return Parsed::Wrong(format!("syntax error: {other}")),
    };
    Parsed::Incomplete(Missing::Closing(closing))
}

fn token_at(rest: &str) -> String {
    let operator = |c: char| "|&;()<>".contains(c);
    match rest.chars().next() {
        None => "newline".to_owned(),
        Some(first) if operator(first) => {
            rest.chars().take_while(|&c| c == first).take(2).collect()
        }
        Some(_) => rest.chars().take_while(|&c| !c.is_whitespace() && !operator(c)).collect(),
    }
}

/// Whether the text nests deeper than the parser's stack should be asked to follow.
fn is_too_deep(text: &str) -> bool {
    let mut depth = 0_usize;
    let mut deepest = 0;
    let mut ticks = 0;
    for byte in text.bytes() {
        match byte {
            b'(' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b')' | b'}' => depth = depth.saturating_sub(1),
            b'`' => ticks += 1,
            _ => {}
        }
    }
    let opens = |word: &str| matches!(word, "if" | "while" | "until" | "for" | "case" | "!" | "[[");
    let words = text.split(|c: char| c.is_whitespace() || c == ';').filter(|word| opens(word));
    deepest > MAX_NESTING || ticks > 200 || words.count() > MAX_KEYWORDS
}

/// The complete commands at the head of `lines`, taken one by one as bash reads a script.
pub(crate) struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    /// Reads a script.
    pub(crate) fn new(text: &'a str) -> Self {
        Self { rest: text }
    }

    /// The next complete command and its text, or `None` at the end.
    pub(crate) fn next(&mut self) -> Option<(&'a str, Parsed)> {
        if self.rest.is_empty() {
            return None;
        }
        let mut end = 0;
        let mut tag: Option<String> = None;
        loop {
            let line_end = self.rest[end..].find('\n').map_or(self.rest.len(), |at| end + at + 1);
            let line = self.rest[end..line_end].trim_end_matches('\n');
            end = line_end;
            let last = end == self.rest.len();
            if let Some(wanted) = &tag
                && line.trim_start_matches('\t') != wanted
                && !last
            {
                continue;
            }
            let text = &self.rest[..end];
            match parse(text) {
                Parsed::Incomplete(missing) if !last => {
                    tag = match missing {
                        Missing::HereDocument(tag) => Some(tag),
                        Missing::Closing(_) | Missing::More => None,
                    };
                }
                parsed => {
                    self.rest = &self.rest[end..];
                    return Some((text, parsed));
                }
            }
        }
    }
}

impl Missing {
    /// What a script is told that ends too early.
    pub(crate) fn message(&self) -> String {
        match self {
            Self::Closing(closing) => {
                format!("unexpected EOF while looking for matching `{closing}'")
            }
            Self::HereDocument(tag) => {
                format!("here-document delimited by end-of-file (wanted `{tag}')")
            }
            Self::More => "syntax error: unexpected end of file".to_owned(),
        }
    }
}
