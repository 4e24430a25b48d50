//! Text to syntax tree: whether it is a command, the beginning of one, or a mistake.
//!
//! **Invariant:** whatever the text, this returns. The parser below recurses, so text that nests
//! too deep is refused before it is parsed.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::share::Share;
use brush_parser::word::WordPieceWithSource;
use brush_parser::{ParseError, ParserOptions, TokenizerError, ast};

/// The longest command, here-documents included.
pub(crate) const MAX_COMMAND: usize = 1024 * 1024;

/// How deep brackets and quotes may nest in one command.
const MAX_NESTING: usize = 24;

/// How many compound commands one command may hold.
const MAX_KEYWORDS: usize = 400;

/// How many words and operators one command may have: each becomes more than a kilobyte of tree.
const MAX_TOKENS: usize = 20_000;

/// What a word or operator takes as a tree, at most.
pub(crate) const TREE: usize = 1_500;

/// How many expansions and quotes one word may have; the parser remembers its last words.
const MAX_EXPANSIONS: usize = 5_000;

/// What a text is to the shell.
pub(crate) enum Parsed {
    /// Ready to run, made of so many words and operators.
    Complete(ast::Program, usize),
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
    let parts = text.bytes().filter(|byte| byte.is_ascii_whitespace() || *byte == b';').count();
    if parts > 3 * MAX_TOKENS && !text.contains("<<") && !text.contains(['\'', '"']) {
        return Parsed::Wrong(format!("command too long: the limit is {MAX_TOKENS} words"));
    }
    if is_too_deep(text) {
        return Parsed::Wrong("syntax error: nested too deeply".to_owned());
    }
    let (dialect, unreadable) = (dialect(), "syntax error: cannot read this command");
    let tokens = catch_unwind(AssertUnwindSafe(|| {
        brush_parser::uncached_tokenize_str(text, &dialect.tokenizer_options())
    }));
    let tokens = match tokens {
        Ok(Ok(tokens)) => tokens,
        Ok(Err(error)) => return explain_token(&error),
        Err(_) => return Parsed::Wrong(unreadable.to_owned()),
    };
    if tokens.len() > MAX_TOKENS {
        return Parsed::Wrong(format!("command too long: the limit is {MAX_TOKENS} words"));
    }
    match catch_unwind(AssertUnwindSafe(|| brush_parser::parse_tokens(&tokens, &dialect))) {
        Ok(Ok(_)) if text.ends_with("\\\n") && !text.ends_with("\\\\\n") => {
            Parsed::Incomplete(Missing::More)
        }
        Ok(Ok(program)) => Parsed::Complete(program, tokens.len()),
        Ok(Err(error)) => explain(text, &error),
        Err(_) => Parsed::Wrong(unreadable.to_owned()),
    }
}

/// The pieces of a word, or of a here-document, if they can be told apart.
pub(crate) fn pieces(text: &str, document: bool) -> Option<Vec<WordPieceWithSource>> {
    let marks = text.bytes().filter(|byte| b"$`\\\"'".contains(byte)).count();
    if marks > MAX_EXPANSIONS {
        return None;
    }
    let parsed = catch_unwind(|| {
        if document {
            brush_parser::word::parse_heredoc(text, &dialect())
        } else {
            brush_parser::word::parse(text, &dialect())
        }
    });
    parsed.ok()?.ok()
}

fn explain(text: &str, error: &ParseError) -> Parsed {
    match error {
        ParseError::ParsingAtEndOfInput => Parsed::Incomplete(Missing::More),
        ParseError::ParsingNear(position) => {
            let line = text.lines().nth(position.line.saturating_sub(1)).unwrap_or_default();
            let rest: String = line.chars().skip(position.column.saturating_sub(1)).collect();
            let before: String = line.chars().take(position.column.saturating_sub(1)).collect();
            if is_select(&before, &rest) {
                return Parsed::Wrong("select is not available here; use read and case".to_owned());
            }
            let token = token_at(&rest);
            Parsed::Wrong(format!("syntax error near unexpected token `{token}'"))
        }
        ParseError::Tokenizing { inner, .. } => explain_token(inner),
    }
}

/// Whether a line breaks off right after the `select` of `select NAME …`.
fn is_select(before: &str, rest: &str) -> bool {
    let named = rest.starts_with(|first: char| first.is_alphabetic() || first == '_');
    let Some(before) = before.trim_end().strip_suffix("select").filter(|_| named) else {
        return false;
    };
    let apart = before.trim_end();
    if apart.is_empty() || apart.ends_with([';', '&', '|', '(', ')']) {
        return true;
    }
    let words = ["{", "!", "if", "then", "elif", "else", "while", "until", "do", "time"];
    apart.len() < before.len()
        && apart.split_whitespace().next_back().is_some_and(|word| words.contains(&word))
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
    ///
    /// A long command is not tried again with each of its lines, but whenever it has grown by a
    /// quarter, so that reading it takes no more than some times its length.
    pub(crate) async fn next(&mut self, share: &Share) -> Option<(&'a str, Parsed)> {
        if self.rest.is_empty() {
            return None;
        }
        let mut end = 0;
        let mut tag: Option<String> = None;
        // Where the last attempt ended; up to where smaller steps are taken, and how small.
        let (mut tried, mut careful, mut small) = (0_usize, 0, 0);
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
            let step = tried.saturating_sub(512) / 4;
            let step = if tried < careful { step.min(small) } else { step };
            if tag.is_none() && !last && end < tried + step {
                continue;
            }
            let text = &self.rest[..end];
            let own = text.to_owned();
            match share.apart(text.len() * 16, move || parse(&own)).await {
                Parsed::Incomplete(missing) if !last => {
                    tried = end;
                    tag = match missing {
                        Missing::HereDocument(tag) => Some(tag),
                        Missing::Closing(_) | Missing::More => None,
                    };
                }
                // The mistake may stand after a command that is complete without it.
                Parsed::Wrong(_) | Parsed::Incomplete(_) if self.lines(tried, end) > 1 => {
                    small = (end - tried) / 4;
                    (careful, end, tag) = (end, tried, None);
                }
                parsed => {
                    self.rest = &self.rest[end..];
                    return Some((text, parsed));
                }
            }
        }
    }

    fn lines(&self, from: usize, to: usize) -> usize {
        self.rest[from..to].lines().count()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn select_is_refused_by_name() {
        let parsed = parse("select x in a b; do echo $x; done");

        let Parsed::Wrong(words) = parsed else { panic!("it is not refused") };
        assert_eq!(words, "select is not available here; use read and case");
    }

    #[test]
    fn select_is_blamed_only_where_it_begins_a_command() {
        let blamed = |text: &str| match parse(text) {
            Parsed::Wrong(words) => words.starts_with("select is not available"),
            Parsed::Complete(..) | Parsed::Incomplete(_) => panic!("{text:?} is no mistake"),
        };

        for text in
            ["true; select x in a; do :; done", "if true; then select x in a; do :; done; fi"]
        {
            assert!(blamed(text), "{text}");
        }
        for text in ["echo select )", "select )", "echo then-select )", "jq select(.a) )"] {
            assert!(!blamed(text), "{text}");
        }
    }
}
