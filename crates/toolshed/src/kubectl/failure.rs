//! What went wrong, and how kubectl words it.
//!
//! **Invariant:** every way to fail is one of these; only [`Failure::words`] turns them into text.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::tool::ExitCode;

/// What a step of a command returns.
pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// A reason to stop.
#[derive(Clone, Debug)]
pub(crate) enum Failure {
    /// Everything has been said already.
    Exit(ExitCode),
    /// A sentence that follows `error: `.
    Error(String),
    /// Complete words, printed as they are.
    Said(String),
    /// The API server refused.
    Api(Box<ApiError>),
    /// Several independent reasons, one a line.
    Many(Vec<Failure>),
}

/// A `Status` of the API server.
#[derive(Clone, Debug, Default)]
pub(crate) struct ApiError {
    pub(crate) reason: String,
    pub(crate) message: String,
    pub(crate) details: Value,
    /// The answer as it came; `null` when it was no `Status`.
    pub(crate) status: Value,
}

impl Failure {
    pub(crate) fn error(words: impl Into<String>) -> Self {
        Self::Error(words.into())
    }

    /// Whether the server said that the object does not exist.
    pub(crate) fn is_not_found(&self) -> bool {
        self.has_reason("NotFound")
    }

    /// Whether the server gave this reason.
    pub(crate) fn has_reason(&self, reason: &str) -> bool {
        matches!(self, Self::Api(error) if error.reason == reason)
    }

    /// One failure out of several, or none.
    pub(crate) fn all(mut failures: Vec<Self>) -> Outcome {
        match failures.len() {
            0 => Ok(()),
            1 => Err(failures.remove(0)),
            _ => Err(Self::Many(failures)),
        }
    }

    /// The exit code.
    pub(crate) fn code(&self) -> ExitCode {
        match self {
            Self::Exit(code) => *code,
            Self::Many(failures) => failures
                .iter()
                .find_map(|failure| match failure {
                    Self::Exit(code) => Some(*code),
                    _ => None,
                })
                .unwrap_or(1),
            Self::Error(_) | Self::Said(_) | Self::Api(_) => 1,
        }
    }

    /// What is printed on standard error.
    pub(crate) fn words(&self) -> String {
        let mut words = match self {
            Self::Exit(_) => return String::new(),
            Self::Error(words) if words.starts_with("error: ") => words.clone(),
            Self::Error(words) => format!("error: {words}"),
            Self::Said(words) => words.clone(),
            Self::Api(error) if error.reason == "Invalid" => error.invalid(),
            Self::Api(error) => error.standard(),
            Self::Many(failures) => lines(failures),
        };
        if !words.is_empty() && !words.ends_with('\n') {
            words.push('\n');
        }
        words
    }

    /// The words without a prefix, as inside a longer message.
    pub(crate) fn bare(&self) -> String {
        match self {
            Self::Exit(_) => String::new(),
            Self::Error(words) | Self::Said(words) => words.clone(),
            Self::Api(error) => error.standard(),
            Self::Many(failures) => lines(failures),
        }
    }

    /// The server's own sentence, as Go's `err.Error()` gives it.
    pub(crate) fn cause(&self) -> String {
        match self {
            Self::Api(error) => error.message.clone(),
            other => other.bare(),
        }
    }
}

fn lines(failures: &[Failure]) -> String {
    let words: Vec<String> = failures.iter().map(Failure::bare).collect();
    words.into_iter().filter(|words| !words.is_empty()).collect::<Vec<_>>().join("\n")
}

impl ApiError {
    /// Reads an answer that is not a success.
    pub(crate) fn read(code: u16, body: &[u8], request: &Asked<'_>) -> Self {
        let status: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
        if status["kind"] == "Status" {
            let text = |key: &str| status[key].as_str().unwrap_or_default().to_owned();
            let (reason, message) = (text("reason"), text("message"));
            let mut error = Self { reason, message, details: status["details"].clone(), status };
            if error.message.is_empty() {
                "unknown".clone_into(&mut error.message);
            }
            return error;
        }
        Self::generic(code, body, request)
    }

    /// What a client makes of an answer without a `Status`.
    fn generic(code: u16, body: &[u8], request: &Asked<'_>) -> Self {
        let (reason, message) = match code {
            401 => ("Unauthorized", "the server has asked for the client to provide credentials"),
            403 => ("Forbidden", "unknown"),
            404 => ("NotFound", "the server could not find the requested resource"),
            405 => (
                "MethodNotAllowed",
                "the server does not allow this method on the requested resource",
            ),
            409 => ("Conflict", "the server reported a conflict"),
            410 => ("Expired", "the provided resource version is too old"),
            415 => ("UnsupportedMediaType", "the body of the request was in an unknown format"),
            422 => ("Invalid", "the server rejected our request due to an error in our request"),
            429 => (
                "TooManyRequests",
                "the server has received too many requests and has asked us to try again later",
            ),
            503 => ("ServiceUnavailable", "the server is currently unable to handle the request"),
            504 => ("Timeout", "the server was unable to return a response in the time allotted"),
            500.. => (
                "InternalError",
                "an error on the server has prevented the request from succeeding",
            ),
            _ => ("BadRequest", "the server rejected our request for an unknown reason"),
        };
        let body = String::from_utf8_lossy(body);
        let mut message = message.to_owned();
        if !body.trim().is_empty() && (code == 403 || code >= 500) {
            if code == 403 {
                body.trim().clone_into(&mut message);
            } else {
                let _ = write!(message, " ({:?})", body.trim());
            }
        }
        if !request.name.is_empty() || !request.resource.is_empty() {
            let name =
                if request.name.is_empty() { String::new() } else { format!(" {}", request.name) };
            let verb = request.method.to_lowercase();
            message = format!("{message} ({verb} {}{name})", request.resource);
        }
        let (details, status) = (Value::Null, generic(code, reason, &message));
        Self { reason: reason.to_owned(), message, details, status }
    }

    fn standard(&self) -> String {
        match self.reason.as_str() {
            "Unauthorized" => {
                format!("error: You must be logged in to the server ({})", self.message)
            }
            "" => format!("Error from server: {}", self.message),
            reason => format!("Error from server ({reason}): {}", self.message),
        }
    }

    fn invalid(&self) -> String {
        if !self.details.is_object() {
            return format!("The request is invalid: {}", self.message);
        }
        let text = |key: &str| self.details[key].as_str().unwrap_or_default();
        let causes = self.details["causes"].as_array().cloned().unwrap_or_default();
        let mut words = "The request is invalid".to_owned();
        if !text("kind").is_empty() || !text("name").is_empty() {
            words = format!("The {} {:?} is invalid", text("kind"), text("name"));
        } else if causes.is_empty() && !self.message.is_empty() {
            let _ = write!(words, ": {}", self.message);
        }
        let mut seen = BTreeSet::new();
        let lines: Vec<String> = causes
            .iter()
            .map(|cause| {
                let text = |key: &str| cause[key].as_str().unwrap_or_default();
                format!("{}: {}", text("field"), text("message"))
            })
            .filter(|line| seen.insert(line.clone()))
            .collect();
        match lines.as_slice() {
            [] => words,
            [line] => format!("{words}: {line}\n"),
            lines => {
                let mut all = format!("{words}: \n");
                for line in lines {
                    let _ = writeln!(all, "* {line}");
                }
                all
            }
        }
    }
}

/// The `Status` that stands for an answer without one.
fn generic(code: u16, reason: &str, message: &str) -> Value {
    json!({"status": "Failure", "message": message, "reason": reason, "code": code})
}

/// What was asked for, for messages about answers that explain nothing.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Asked<'a> {
    pub(crate) method: &'a str,
    pub(crate) resource: &'a str,
    pub(crate) name: &'a str,
}
