//! Words to text: quotes, tildes, `$…`, `$(…)`, `$((…))` and braces.
//!
//! **Invariant:** a text produced by expansion never exceeds [`MAX_TEXT`].

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;

use brush_parser::ast::{CompoundList, Word};
use brush_parser::word::{
    BraceExpressionMember, BraceExpressionOrText, TildeExpr, WordPiece, WordPieceWithSource,
};
use futures::future::BoxFuture;
use regex::Regex;

use super::fields::{
    Fragment, Fragments, MAX_FIELDS, MAX_FIELDS_BYTES, Mark, bytes, join, join_pattern,
};
use super::{Flow, Shell, Streams, parse};
use crate::share::Pace;
use crate::stream::{Input, pipe};

/// The longest text that one expansion may yield.
pub(crate) const MAX_TEXT: usize = 1024 * 1024;

/// How many words one brace expression may make.
const MAX_BRACES: usize = 10_000;

impl Shell {
    /// The fields that words expand to: braces, `$…`, splitting and file patterns.
    pub(crate) async fn fields(
        &mut self,
        words: &[Word],
        streams: &Streams,
    ) -> Result<Vec<String>, Flow> {
        let mut all = Vec::new();
        let mut total = 0;
        let mut pace = Pace::default();
        for word in words {
            for text in self.braces(&word.value, streams).await? {
                pace.spend(text.len() + 256).await;
                let more = if is_plain(&text) {
                    vec![text]
                } else {
                    let fragments = self.fragments(&text, streams).await?;
                    match self.split(fragments, &mut pace).await {
                        Ok(more) if all.len() + more.len() <= MAX_FIELDS => more,
                        _ => return Err(self.too_many(streams).await),
                    }
                };
                total += bytes(&more);
                if total > MAX_FIELDS_BYTES {
                    return Err(self.too_long(streams).await);
                }
                all.extend(more);
            }
        }
        Ok(all)
    }

    /// The one text that a word expands to where nothing is split, as in an assignment.
    pub(crate) async fn text(&mut self, word: &str, streams: &Streams) -> Result<String, Flow> {
        if is_plain(word) {
            return Ok(word.to_owned());
        }
        Ok(join(&self.fragments(word, streams).await?))
    }

    /// The pattern that a word expands to.
    pub(crate) async fn pattern(&mut self, word: &str, streams: &Streams) -> Result<String, Flow> {
        Ok(join_pattern(&self.fragments(word, streams).await?))
    }

    /// The text of a here-document, or of an arithmetic expression: quotes are literal.
    pub(crate) async fn document(&mut self, text: &str, streams: &Streams) -> Result<String, Flow> {
        if !text.contains(['$', '`', '\\']) {
            return Ok(text.to_owned());
        }
        let mut fragments = Fragments::default();
        let mut pace = Pace::default();
        // Line by line, so that a long document costs no more than its lines; expansions that
        // span lines are gathered first.
        for part in whole_expansions(text) {
            pace.spend(part.len() * 4 + 64).await;
            let Some(pieces) = self.pieces(part, true).await else {
                return Err(self.bad_substitution(part, streams).await);
            };
            self.expand_all(&pieces, true, &mut fragments, streams).await?;
        }
        Ok(join(&fragments.into_list()))
    }

    /// Says that a text has become too long.
    pub(super) async fn expanded_too_far(&self, streams: &Streams) -> Flow {
        self.complain(streams, "expansion too long: the limit is 1 MiB").await;
        Flow::Fail(1)
    }

    async fn bad_substitution(&self, text: &str, streams: &Streams) -> Flow {
        let shown: String = text.trim_end().chars().take(80).collect();
        self.complain(streams, format!("{shown}: bad substitution")).await;
        Flow::Fail(1)
    }

    /// Expands a word to fragments.
    pub(crate) async fn fragments(
        &mut self,
        word: &str,
        streams: &Streams,
    ) -> Result<Vec<Fragment>, Flow> {
        let Some(pieces) = self.pieces(word, false).await else {
            return Err(self.bad_substitution(word, streams).await);
        };
        let mut fragments = Fragments::default();
        self.expand_all(&pieces, false, &mut fragments, streams).await?;
        Ok(fragments.into_list())
    }

    /// The pieces of a word or of a document, if they can be told apart.
    async fn pieces(&self, text: &str, document: bool) -> Option<Vec<WordPieceWithSource>> {
        let own = text.to_owned();
        self.lab.share.apart(text.len() * 16, move || parse::pieces(&own, document)).await
    }

    /// Says that a command has too many words.
    async fn too_many(&self, streams: &Streams) -> Flow {
        self.complain(streams, format!("too many words: the limit is {MAX_FIELDS}")).await;
        Flow::Fail(126)
    }

    pub(super) fn expand_all<'a>(
        &'a mut self,
        pieces: &'a [WordPieceWithSource],
        quoted: bool,
        fragments: &'a mut Fragments,
        streams: &'a Streams,
    ) -> BoxFuture<'a, Result<(), Flow>> {
        Box::pin(async move {
            for piece in pieces {
                self.expand_piece(&piece.piece, quoted, fragments, streams).await?;
                if fragments.bytes() > MAX_TEXT {
                    return Err(self.expanded_too_far(streams).await);
                }
            }
            Ok(())
        })
    }

    async fn expand_piece(
        &mut self,
        piece: &WordPiece,
        quoted: bool,
        fragments: &mut Fragments,
        streams: &Streams,
    ) -> Result<(), Flow> {
        let bare = if quoted { Mark::Quoted } else { Mark::Bare };
        let expanded = if quoted { Mark::Quoted } else { Mark::Expanded };
        let (text, mark) = match piece {
            WordPiece::Text(text) => (text.clone(), bare),
            WordPiece::SingleQuotedText(text) => (text.clone(), Mark::Quoted),
            WordPiece::AnsiCQuotedText(text) => {
                (super::builtins::text::unescape(text, true).0, Mark::Quoted)
            }
            WordPiece::DoubleQuotedSequence(inner)
            | WordPiece::GettextDoubleQuotedSequence(inner) => {
                let before = fragments.len();
                self.expand_all(inner, true, fragments, streams).await?;
                let only_list = fragments.len() == before && is_only_list(inner);
                if !only_list {
                    fragments.push(Fragment::Text(String::new(), Mark::Quoted));
                }
                return Ok(());
            }
            WordPiece::TildeExpansion(tilde) => (self.tilde(tilde), Mark::Quoted),
            WordPiece::ParameterExpansion(expression) => {
                return self.parameter(expression, quoted, fragments, streams).await;
            }
            WordPiece::CommandSubstitution(text) => {
                (self.substitute(text, streams).await?, expanded)
            }
            WordPiece::BackquotedCommandSubstitution(text) => {
                let text = unescape_backquoted(text);
                (self.substitute(&text, streams).await?, expanded)
            }
            WordPiece::EscapeSequence(text) => {
                let literal = text.strip_prefix('\\').unwrap_or(text);
                let literal = if literal == "\n" { "" } else { literal };
                (literal.to_owned(), Mark::Quoted)
            }
            WordPiece::ArithmeticExpression(expression) => {
                (self.number(&expression.value, streams).await?.to_string(), expanded)
            }
        };
        fragments.push(Fragment::Text(text, mark));
        Ok(())
    }

    /// The value of an arithmetic expression whose expansions are still to be done.
    pub(crate) async fn number(&mut self, text: &str, streams: &Streams) -> Result<i64, Flow> {
        let text = Box::pin(self.document(text, streams)).await?;
        match self.arithmetic(&text) {
            Ok(number) => Ok(number),
            Err(message) => {
                self.complain(streams, message).await;
                Err(Flow::Fail(1))
            }
        }
    }

    fn tilde(&self, tilde: &TildeExpr) -> String {
        match tilde {
            TildeExpr::Home => self.get("HOME").unwrap_or_else(|| self.lab.home.clone()),
            TildeExpr::UserHome(user) if *user == self.lab.user => self.lab.home.clone(),
            TildeExpr::UserHome(user) => format!("~{user}"),
            TildeExpr::WorkingDir => self.directory.clone(),
            TildeExpr::OldWorkingDir => self.get("OLDPWD").unwrap_or_else(|| "~-".to_owned()),
            TildeExpr::NthDirFromTopOfDirStack { n, .. }
            | TildeExpr::NthDirFromBottomOfDirStack { n } => format!("~{n}"),
        }
    }

    /// What a command prints, without its last line feeds.
    pub(crate) async fn substitute(
        &mut self,
        text: &str,
        streams: &Streams,
    ) -> Result<String, Flow> {
        let Some(mut shell) = self.fork() else { return Err(self.no_fork(streams).await) };
        let (stdout, mut output) = pipe();
        let inner = Streams { stdout, ..streams.clone() };
        let collect = async move { output.read_to_end(MAX_TEXT).await };
        // `$(< FILE)` is what the file holds.
        let reads = text.trim_start().strip_prefix('<').filter(|it| !it.starts_with(['<', '(']));
        let whole = reads.map(|_| format!("cat {text}"));
        let text = whole.as_deref().unwrap_or(text);
        let run = async move {
            let status = shell.run_text(text, &inner).await;
            drop(inner);
            status
        };
        let (status, bytes) = Box::pin(async { tokio::join!(run, collect) }).await;
        self.substituted = Some(status);
        let Some(mut bytes) = bytes else {
            self.complain(streams, "$(…): output too long: the limit is 1 MiB").await;
            return Err(Flow::Fail(1));
        };
        while bytes.last() == Some(&b'\n') {
            bytes.pop();
        }
        bytes.retain(|&byte| byte != 0);
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    /// What `<(…)` prints, as far as a file may hold it.
    pub(super) async fn process(
        &mut self,
        command: &CompoundList,
        streams: &Streams,
    ) -> Result<Vec<u8>, Flow> {
        let Some(mut shell) = self.fork() else { return Err(self.no_fork(streams).await) };
        let (stdout, mut output) = pipe();
        let inner = Streams { stdout, stdin: Input::empty(), ..streams.clone() };
        let run = async move {
            let step = shell.list(command, &inner).await;
            shell.leave(step, &inner).await
        };
        let collect = async move { output.read_to_end(crate::files::MAX_FILE_BYTES).await };
        let (_, bytes) = Box::pin(async { tokio::join!(run, collect) }).await;
        if let Some(bytes) = bytes {
            Ok(bytes)
        } else {
            self.complain(streams, "<(…): output too long: the limit is 4 MiB").await;
            Err(Flow::Fail(1))
        }
    }

    async fn braces(&self, word: &str, streams: &Streams) -> Result<Vec<String>, Flow> {
        if !word.contains('{') || word.len() > 4_096 {
            return Ok(vec![word.to_owned()]);
        }
        let padded = padded(word);
        let word = padded.as_deref().unwrap_or(word);
        let parsed = catch_unwind(AssertUnwindSafe(|| {
            brush_parser::word::parse_brace_expansions(word, &parse::dialect())
        }));
        let Ok(Ok(Some(parts))) = parsed else { return Ok(vec![word.to_owned()]) };
        if let Some(words) = combine(&parts) {
            Ok(words)
        } else {
            self.complain(streams, "brace expansion: too many words").await;
            Err(Flow::Fail(1))
        }
    }
}

/// Whether a word expands to itself.
fn is_plain(word: &str) -> bool {
    !word.is_empty()
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_./=:,@%+".contains(&byte))
}

/// Whether quotes hold nothing but a list of parameters, which may be no field at all.
fn is_only_list(pieces: &[WordPieceWithSource]) -> bool {
    use brush_parser::word::{Parameter, ParameterExpr, SpecialParameter};
    matches!(
        pieces,
        [WordPieceWithSource {
            piece: WordPiece::ParameterExpansion(ParameterExpr::Parameter {
                parameter: Parameter::Special(SpecialParameter::AllPositionalParameters {
                    concatenate: false
                }) | Parameter::NamedWithAllIndices { concatenate: false, .. },
                ..
            }),
            ..
        }]
    )
}

fn unescape_backquoted(text: &str) -> String {
    let mut plain = String::new();
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let escapes = character == '\\' && matches!(characters.peek(), Some('`' | '\\' | '$'));
        plain.push(if escapes { characters.next().unwrap_or('\\') } else { character });
    }
    plain
}

/// Cuts a document at line feeds that stand outside of `$(…)`, `${…}` and backquotes.
fn whole_expansions(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut depth, mut ticks) = (0, 0_usize, false);
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 1,
            b'$' if matches!(bytes.get(at + 1), Some(b'(' | b'{')) => {
                depth += 1;
                at += 1;
            }
            b'(' | b'{' if depth > 0 => depth += 1,
            b')' | b'}' => depth = depth.saturating_sub(1),
            b'`' => ticks = !ticks,
            b'\n' if depth == 0 && !ticks => {
                parts.push(&text[start..=at]);
                start = at + 1;
            }
            _ => {}
        }
        at += 1;
    }
    if start < text.len() {
        parts.push(&text[start..]);
    }
    parts
}

/// The word with `{01..10}` written out, for the parser does not keep the noughts.
fn padded(word: &str) -> Option<String> {
    static SEQUENCE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"\{(-?\d{1,9})\.\.(-?\d{1,9})\}").expect("the expression is constant")
    });
    let is_padded = |text: &str| {
        let digits = text.trim_start_matches('-');
        digits.len() > 1 && digits.starts_with('0')
    };
    let mut found = false;
    let written = SEQUENCE.replace_all(word, |groups: &regex::Captures<'_>| {
        let (first, last) = (&groups[1], &groups[2]);
        let ends = first.parse::<i64>().ok().zip(last.parse::<i64>().ok());
        let few = ends.filter(|(start, end)| start.abs_diff(*end) < 1_000);
        let (Some((start, end)), true) = (few, is_padded(first) || is_padded(last)) else {
            return groups[0].to_owned();
        };
        found = true;
        let width = first.len().max(last.len());
        let number = |step: i64| {
            format!("{:0width$}", if start <= end { start + step } else { start - step })
        };
        let all: Vec<String> = (0..=(end - start).abs()).map(number).collect();
        if all.len() == 1 { all.concat() } else { format!("{{{}}}", all.join(",")) }
    });
    found.then(|| written.into_owned())
}

fn combine(parts: &[BraceExpressionOrText]) -> Option<Vec<String>> {
    let mut words = vec![String::new()];
    for part in parts {
        let choices = match part {
            BraceExpressionOrText::Text(text) => vec![text.clone()],
            BraceExpressionOrText::Expr(members) => {
                let mut choices = Vec::new();
                for member in members {
                    choices.extend(member_words(member)?);
                }
                choices
            }
        };
        if words.len().checked_mul(choices.len())? > MAX_BRACES
            || bytes(&words) * choices.len() + bytes(&choices) * words.len() > MAX_FIELDS_BYTES
        {
            return None;
        }
        words = words
            .iter()
            .flat_map(|word| choices.iter().map(move |choice| format!("{word}{choice}")))
            .collect();
    }
    Some(words)
}

fn member_words(member: &BraceExpressionMember) -> Option<Vec<String>> {
    let sequence = |start: i64, end: i64, increment: i64| {
        let step = increment.checked_abs().filter(|&step| step != 0).unwrap_or(1);
        let count = start.abs_diff(end) / step.unsigned_abs();
        let count = i64::try_from(count).ok().filter(|&count| count < 10_000)?;
        let sign = if start <= end { step } else { -step };
        Some((0..=count).map(move |index| start + index * sign))
    };
    match member {
        BraceExpressionMember::Child(parts) => combine(parts),
        BraceExpressionMember::NumberSequence { start, end, increment } => {
            Some(sequence(*start, *end, *increment)?.map(|number| number.to_string()).collect())
        }
        BraceExpressionMember::CharSequence { start, end, increment } => {
            let numbers = sequence(i64::from(*start as u32), i64::from(*end as u32), *increment)?;
            let characters =
                numbers.filter_map(|number| char::from_u32(u32::try_from(number).ok()?));
            Some(characters.map(String::from).collect())
        }
    }
}
