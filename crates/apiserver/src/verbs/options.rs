//! What a list or a watch may ask for together, and the token that a list goes on with.
//!
//! **Invariant:** what contradicts itself is refused before anything is read, every contradiction
//! at once and in the order of the real server. A token is good only where a page ended.

use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::{DecodeError, Engine as _};
use serde_json::{Value, json};

use crate::http::Query;
use crate::kinds::errors::{Errors, Path};
use crate::status::{Result, Status};

const VERSION: &str = "meta.k8s.io/v1";

/// Refuses what a list may not ask for.
pub(super) fn check_list(query: &Query) -> Result<()> {
    let mut errors = Errors::new();
    let (path, matching) = (Path::root("resourceVersionMatch"), query.get("resourceVersionMatch"));
    if !matching.is_empty() {
        let revision = query.get("resourceVersion");
        if revision.is_empty() {
            let words = "resourceVersionMatch is forbidden unless resourceVersion is provided";
            errors.forbidden(&path, words);
        }
        check_continue(query, &path, &mut errors);
        if !matches!(matching, "Exact" | "NotOlderThan") {
            errors.unsupported(&path, matching, &["Exact", "NotOlderThan", ""]);
        }
        if matching == "Exact" && revision == "0" {
            let words = "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"";
            errors.forbidden(&path, words);
        }
    }
    if query.all("sendInitialEvents").next().is_some() {
        let words = "sendInitialEvents is forbidden for list";
        errors.forbidden(&Path::root("sendInitialEvents"), words);
    }
    refuse(errors)
}

/// Refuses what a watch may not ask for.
pub(super) fn check_watch(query: &Query) -> Result<()> {
    let mut errors = Errors::new();
    let (path, matching) = (Path::root("resourceVersionMatch"), query.get("resourceVersionMatch"));
    let says = query.all("sendInitialEvents").next().is_some();
    if says && matching != "NotOlderThan" {
        let words = "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan";
        errors.forbidden(&path, words);
    }
    if !matching.is_empty() {
        if !says {
            let words =
                "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided";
            errors.forbidden(&path, words);
        }
        if matching != "NotOlderThan" {
            errors.unsupported(&path, matching, &["NotOlderThan"]);
        }
    }
    // A watch from the beginning that asks for nothing else is served as if it had asked to begin with what is there.
    let begins = !says && matches!(query.get("resourceVersion"), "" | "0");
    if begins || !matching.is_empty() {
        check_continue(query, &path, &mut errors);
    }
    refuse(errors)
}

fn check_continue(query: &Query, path: &Path, errors: &mut Errors) {
    if !query.get("continue").is_empty() {
        let words = "resourceVersionMatch is forbidden when continue is provided";
        errors.forbidden(path, words);
    }
}

fn refuse(errors: Errors) -> Result<()> {
    let errors = errors.into_vec();
    if errors.is_empty() {
        return Ok(());
    }
    Err(Status::invalid_options("ListOptions", &errors))
}

/// Where a list goes on.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// The revision of the first page; a negative one stands for the present.
    pub(super) revision: i64,
    /// The key of the last object of the page before, within what is listed.
    pub(super) after: String,
}

impl Token {
    pub(super) fn write(&self) -> String {
        let start = format!("{}\0", self.after);
        let value = json!({"v": VERSION, "rv": self.revision, "start": start});
        URL_SAFE_NO_PAD.encode(value.to_string())
    }

    /// Reads a token, or says what is wrong with it.
    pub(super) fn read(text: &str) -> Result<Self> {
        Self::parse(text).map_err(|why| {
            Status::bad_request(format!("invalid continue token: continue key is not valid: {why}"))
        })
    }

    fn parse(text: &str) -> std::result::Result<Self, String> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|why| not_base64(&why))?;
        let value: Value = serde_json::from_slice(&bytes).map_err(|why| not_json(&bytes, &why))?;
        let kind = match &value {
            Value::Object(_) | Value::Null => "",
            Value::Array(_) => "array",
            Value::String(_) => "string",
            Value::Bool(_) => "bool",
            Value::Number(_) => "number",
        };
        if !kind.is_empty() {
            return Err(format!(
                "json: cannot unmarshal {kind} into Go value of type storage.continueToken"
            ));
        }
        let version = value["v"].as_str().unwrap_or_default();
        if version != VERSION {
            return Err(format!("server does not recognize this encoded version {version}"));
        }
        let revision = value["rv"].as_i64().unwrap_or_default();
        if revision == 0 {
            return Err(format!("incorrect encoded start resourceVersion (version {VERSION})"));
        }
        let start = value["start"].as_str().unwrap_or_default();
        if start.is_empty() {
            return Err(format!("encoded start key empty (version {VERSION})"));
        }
        if start.split('/').any(|it| matches!(it, "" | "." | "..")) {
            return Err(start.to_owned());
        }
        Ok(Self { revision, after: start.trim_end_matches('\0').to_owned() })
    }
}

fn not_base64(why: &DecodeError) -> String {
    let at = match *why {
        DecodeError::InvalidByte(at, _) | DecodeError::InvalidLastSymbol { offset: at, .. } => at,
        DecodeError::InvalidLength(length) => length.saturating_sub(1),
        DecodeError::InvalidPadding => 0,
    };
    format!("illegal base64 data at input byte {at}")
}

fn not_json(bytes: &[u8], why: &serde_json::Error) -> String {
    match bytes.first() {
        Some(&first) if !why.is_eof() => {
            format!("invalid character '{}' looking for beginning of value", char::from(first))
        }
        _ => "unexpected end of JSON input".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(query: &str, check: fn(&Query) -> Result<()>) -> String {
        check(&Query::parse(query)).err().map(|it| it.message).unwrap_or_default()
    }

    /// Each line as a real server 1.36 answered it; nothing stands for no refusal.
    #[test]
    fn what_a_list_may_not_ask_for_is_refused_in_the_real_words() {
        let unless = "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless \
                      resourceVersion is provided";
        let goes_on = "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when \
                       continue is provided";
        let exact = "resourceVersionMatch: Forbidden: resourceVersionMatch \"exact\" is forbidden \
                     for resourceVersion \"0\"";
        let foo = "resourceVersionMatch: Unsupported value: \"Foo\": supported values: \"Exact\", \
                   \"NotOlderThan\", \"\"";
        let table: &[(&str, &[&str])] = &[
            ("", &[]),
            ("resourceVersion=0", &[]),
            ("resourceVersion=0&continue=x", &[]),
            ("resourceVersion=5&resourceVersionMatch=Exact", &[]),
            ("resourceVersion=0&resourceVersionMatch=NotOlderThan", &[]),
            ("resourceVersionMatch=Exact", &[unless]),
            ("resourceVersionMatch=NotOlderThan&continue=x", &[unless, goes_on]),
            ("resourceVersionMatch=Foo", &[unless, foo]),
            ("resourceVersion=5&resourceVersionMatch=Exact&continue=x", &[goes_on]),
            ("resourceVersion=0&resourceVersionMatch=Exact", &[exact]),
            ("resourceVersion=0&resourceVersionMatch=Exact&continue=x", &[goes_on, exact]),
            ("resourceVersion=5&resourceVersionMatch=Foo&continue=x", &[goes_on, foo]),
            (
                "sendInitialEvents=false",
                &["sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list"],
            ),
        ];

        for (query, errors) in table {
            assert_eq!(message(query, check_list), sentence(errors), "{query}");
        }
    }

    /// As above.
    #[test]
    fn what_a_watch_may_not_ask_for_is_refused_in_the_real_words() {
        let requires = "resourceVersionMatch: Forbidden: sendInitialEvents requires setting \
                        resourceVersionMatch to NotOlderThan";
        let unless = "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch \
                      unless sendInitialEvents is provided";
        let exact = "resourceVersionMatch: Unsupported value: \"Exact\": supported values: \
                     \"NotOlderThan\"";
        let goes_on = "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when \
                       continue is provided";
        let table: &[(&str, &[&str])] = &[
            ("", &[]),
            ("resourceVersionMatch=NotOlderThan&sendInitialEvents=false", &[]),
            ("continue=x", &[goes_on]),
            ("resourceVersion=0&continue=x", &[goes_on]),
            ("resourceVersion=5&continue=x", &[]),
            ("sendInitialEvents=false&continue=x", &[requires]),
            ("sendInitialEvents=false", &[requires]),
            ("resourceVersionMatch=NotOlderThan", &[unless]),
            ("resourceVersionMatch=Exact", &[unless, exact]),
            ("resourceVersionMatch=Exact&sendInitialEvents=true", &[requires, exact]),
            ("resourceVersionMatch=Exact&continue=x", &[unless, exact, goes_on]),
        ];

        for (query, errors) in table {
            assert_eq!(message(query, check_watch), sentence(errors), "{query}");
        }
    }

    fn sentence(errors: &[&str]) -> String {
        let about = "ListOptions.meta.k8s.io \"\" is invalid: ";
        match errors {
            [] => String::new(),
            [one] => format!("{about}{one}"),
            many => format!("{about}[{}]", many.join(", ")),
        }
    }

    #[test]
    fn a_broken_token_is_told_what_is_wrong_with_it() {
        let encoded = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let table = [
            ("bad!".to_owned(), "illegal base64 data at input byte 3"),
            ("abcde".to_owned(), "illegal base64 data at input byte 4"),
            ("abcd".to_owned(), "invalid character 'i' looking for beginning of value"),
            (encoded(r#"{"v":"meta"#), "unexpected end of JSON input"),
            (
                encoded("[]"),
                "json: cannot unmarshal array into Go value of type storage.continueToken",
            ),
            (encoded("{}"), "server does not recognize this encoded version "),
            (
                encoded(r#"{"v":"meta.k8s.io/v1"}"#),
                "incorrect encoded start resourceVersion (version meta.k8s.io/v1)",
            ),
            (
                encoded(r#"{"v":"meta.k8s.io/v1","rv":5}"#),
                "encoded start key empty (version meta.k8s.io/v1)",
            ),
            (encoded(r#"{"v":"meta.k8s.io/v1","rv":5,"start":"../x"}"#), "../x"),
        ];

        for (text, why) in table {
            assert_eq!(Token::parse(&text), Err(why.to_owned()), "{text}");
        }
    }

    #[test]
    fn a_token_that_was_written_is_read() {
        let token = Token { revision: 7, after: "ada/web".to_owned() };

        assert_eq!(Token::read(&token.write()), Ok(token));
    }
}
