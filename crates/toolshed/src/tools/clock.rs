//! `date` and `sleep`.

use super::options::Usage;
use crate::shell::builtins::launch::duration;
use crate::tool::{Context, ExitCode};

const DATE: Usage = Usage {
    name: "date",
    flags: "u/utc d/date= I/iso-8601? R/rfc-email",
    help: "Usage: date [OPTION]... [+FORMAT]\nPrint the time, in UTC.\n\n  -d, --date=TEXT   print the time TEXT names (RFC 3339, @SECONDS, now) instead\n  -I[TIMESPEC]      ISO 8601: date, hours, minutes or seconds\n  -R                RFC 5322, as in mail\n  -u                UTC; the lab knows no other zone\n",
    wrong: 1,
};

/// Prints the time.
pub(super) async fn date(context: Context) -> ExitCode {
    let arguments = match DATE.read(&context).await {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    let time = match arguments.value("d") {
        None | Some("now" | "") => (context.clock)(),
        Some(text) => {
            let parsed = match text.strip_prefix('@') {
                Some(seconds) => {
                    seconds.parse().ok().and_then(|it| jiff::Timestamp::from_second(it).ok())
                }
                None => text.parse().ok(),
            };
            let Some(time) = parsed else {
                context.complain(format!("date: invalid date '{text}'")).await;
                return 1;
            };
            time
        }
    };
    let format = match arguments.operands.first() {
        Some(operand) => {
            if let Some(format) = operand.strip_prefix('+') {
                format.to_owned()
            } else {
                context.complain(format!("date: invalid date '{operand}'")).await;
                return 1;
            }
        }
        None if arguments.has("R") => "%a, %d %b %Y %H:%M:%S +0000".to_owned(),
        None => match arguments.value("I") {
            Some("" | "date") => "%Y-%m-%d".to_owned(),
            Some(spec) if spec.starts_with('h') => "%Y-%m-%dT%H+00:00".to_owned(),
            Some(spec) if spec.starts_with('m') => "%Y-%m-%dT%H:%M+00:00".to_owned(),
            Some(_) => "%Y-%m-%dT%H:%M:%S+00:00".to_owned(),
            None => "%a %b %e %H:%M:%S %Z %Y".to_owned(),
        },
    };
    // `%N` and `%3N` are GNU's names for what is `%9f` and `%3f` elsewhere.
    let format = ["1", "2", "3", "4", "5", "6", "7", "8", "9"]
        .iter()
        .fold(format, |format, width| format.replace(&format!("%{width}N"), &format!("%{width}f")));
    let format = format.replace("%N", "%9f");
    let zoned = time.to_zoned(jiff::tz::TimeZone::UTC);
    if let Ok(text) = jiff::fmt::strtime::format(&format, &zoned) {
        if context.print(text + "\n").await.is_ok() { 0 } else { 141 }
    } else {
        context.complain(format!("date: this format is not available here: '{format}'")).await;
        1
    }
}

const SLEEP: Usage = Usage {
    name: "sleep",
    flags: "",
    help: "Usage: sleep NUMBER[SUFFIX]...\nWait for NUMBER seconds; SUFFIX may be s, m, h or d.\n",
    wrong: 1,
};

/// Waits.
pub(super) async fn sleep(context: Context) -> ExitCode {
    let arguments = match SLEEP.read(&context).await {
        Ok(arguments) => arguments,
        Err(code) => return code,
    };
    if arguments.operands.is_empty() {
        return SLEEP.refuse(&context, "missing operand").await;
    }
    let mut total = std::time::Duration::ZERO;
    for operand in &arguments.operands {
        if let Some(time) = duration(operand) {
            total = total.saturating_add(time);
        } else {
            let message = format!("invalid time interval '{operand}'");
            return SLEEP.refuse(&context, &message).await;
        }
    }
    tokio::select! {
        () = tokio::time::sleep(total) => 0,
        () = context.cancelled.cancelled() => 130,
    }
}
