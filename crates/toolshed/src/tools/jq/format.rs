//! `@base64`, `@csv` and the other ways to write a value.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::evaluate::Stop;
use super::value::{Json, number};

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A text as it is, any other value as JSON.
pub(super) fn text(value: &Json) -> String {
    match value {
        Json::Text(text) => text.to_string(),
        other => other.line(),
    }
}

/// A value as a format has it.
pub(super) fn format(name: &str, value: &Json) -> Result<String, Stop> {
    match name {
        "text" => Ok(text(value)),
        "json" => Ok(value.line()),
        "base64" => Ok(STANDARD.encode(text(value))),
        "base64d" => {
            let encoded = text(value);
            let decoded =
                STANDARD.decode(encoded.trim_end_matches('=').to_owned() + padding(&encoded));
            match decoded {
                Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
                Err(_) => Err(Stop::error(format!("{} is not valid base64 data", value.shown()))),
            }
        }
        "uri" => Ok(utf8_percent_encode(&text(value), UNRESERVED).to_string()),
        "html" => Ok(text(value)
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('\'', "&#39;")
            .replace('"', "&quot;")),
        "csv" => row(value, "csv", ",", |it| format!("\"{}\"", it.replace('"', "\"\""))),
        "tsv" => row(value, "tsv", "\t", |it| {
            it.replace('\\', "\\\\").replace('\t', "\\t").replace('\n', "\\n").replace('\r', "\\r")
        }),
        "sh" => shell(value),
        other => Err(Stop::End(format!("{other} is not a valid format"))),
    }
}

fn padding(encoded: &str) -> &'static str {
    match encoded.trim_end_matches('=').len() % 4 {
        2 => "==",
        3 => "=",
        _ => "",
    }
}

fn row(
    value: &Json,
    format: &str,
    separator: &str,
    quote: impl Fn(&str) -> String,
) -> Result<String, Stop> {
    let Json::Array(items) = value else {
        let shown = value.shown();
        return Err(Stop::error(format!(
            "{shown} cannot be {format}-formatted, only an array can be"
        )));
    };
    let cell = |item: &Json| match item {
        Json::Text(text) => Ok(quote(text)),
        Json::Number(it) => Ok(number(*it)),
        Json::Bool(it) => Ok(it.to_string()),
        Json::Null => Ok(String::new()),
        other => {
            let message = format!("{} is not valid in a {format} row", other.shown());
            Err(Stop::error(message))
        }
    };
    Ok(items.iter().map(cell).collect::<Result<Vec<_>, _>>()?.join(separator))
}

fn shell(value: &Json) -> Result<String, Stop> {
    let word = |item: &Json| match item {
        Json::Text(text) => Ok(format!("'{}'", text.replace('\'', "'\\''"))),
        Json::Array(_) | Json::Object(_) => {
            Err(Stop::error(format!("{} can not be escaped for shell", item.shown())))
        }
        other => Ok(other.line()),
    };
    match value {
        Json::Array(items) => Ok(items.iter().map(word).collect::<Result<Vec<_>, _>>()?.join(" ")),
        other => word(other),
    }
}
