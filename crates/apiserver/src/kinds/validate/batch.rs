//! The rules for jobs and cron jobs.

use serde_json::{Value, json};

use super::super::errors::{Errors, Path};
use super::super::value::text;
use super::{metadata, non_negative, one_of, pod};

const COUNTS: [&str; 7] = [
    "parallelism",
    "completions",
    "activeDeadlineSeconds",
    "backoffLimit",
    "ttlSecondsAfterFinished",
    "backoffLimitPerIndex",
    "maxFailedIndexes",
];

/// A job.
pub(super) fn job(object: &Value, old: Option<&Value>, errors: &mut Errors) {
    let (spec, path) = (&object["spec"], Path::root("spec"));
    if spec["manualSelector"] != true {
        let uid = text(&object["metadata"], "uid");
        let wanted = json!({"matchLabels": {"batch.kubernetes.io/controller-uid": uid}});
        if spec["selector"] != wanted {
            let words = "`selector` not auto-generated";
            errors.invalid(&path.child("selector"), spec["selector"].clone(), words);
        }
    }
    job_spec(spec, &path, errors);
    metadata::selector(&spec["selector"], &path.child("selector"), errors);
    let labels = &spec["template"]["metadata"]["labels"];
    if !metadata::selects(&spec["selector"], labels) {
        let path = path.child("template").child("metadata").child("labels");
        let words = "`selector` does not match template `labels`";
        errors.invalid(&path, labels.clone(), words);
    }
    let Some(old) = old else { return };
    for key in ["selector", "completionMode", "podFailurePolicy", "backoffLimitPerIndex"] {
        metadata::immutable(spec, &old["spec"], key, &path, errors);
    }
    if spec["completionMode"] != "Indexed" || spec["completions"] != spec["parallelism"] {
        metadata::immutable(spec, &old["spec"], "completions", &path, errors);
    }
    if old["spec"]["suspend"] != true {
        metadata::immutable(spec, &old["spec"], "template", &path, errors);
    }
}

fn job_spec(spec: &Value, path: &Path, errors: &mut Errors) {
    for key in COUNTS {
        non_negative(spec, key, path, errors);
    }
    one_of(spec, "completionMode", &["NonIndexed", "Indexed"], path, errors);
    if text(spec, "completionMode") == "Indexed" && spec["completions"].is_null() {
        errors.required(&path.child("completions"), "when completion mode is Indexed");
    }
    if text(spec, "completionMode") == "NonIndexed" {
        for key in ["backoffLimitPerIndex", "maxFailedIndexes"] {
            if !spec[key].is_null() {
                let words = "requires indexed completion mode";
                errors.invalid(&path.child(key), spec[key].clone(), words);
            }
        }
    }
    job_template(spec, path, errors);
}

fn job_template(spec: &Value, path: &Path, errors: &mut Errors) {
    let path = path.child("template");
    pod::template(&spec["template"], &path, errors);
    let policy = text(&spec["template"]["spec"], "restartPolicy");
    let path = path.child("spec").child("restartPolicy");
    match policy {
        "OnFailure" | "Never" => {}
        "Always" | "" => errors.required(&path, "valid values: \"OnFailure\", \"Never\""),
        other => errors.unsupported(&path, other, &["OnFailure", "Never"]),
    }
}

/// A cron job.
pub(super) fn cron_job(object: &Value, errors: &mut Errors) {
    let (spec, path) = (&object["spec"], Path::root("spec"));
    let schedule = text(spec, "schedule");
    let schedule_path = path.child("schedule");
    if schedule.is_empty() {
        errors.required(&schedule_path, "");
    } else if schedule.contains("TZ") {
        let words = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead";
        errors.invalid(&schedule_path, schedule, words);
    } else if let Err(words) = parse_schedule(schedule) {
        errors.invalid(&schedule_path, schedule, words);
    }
    non_negative(spec, "startingDeadlineSeconds", &path, errors);
    one_of(spec, "concurrencyPolicy", &["Allow", "Forbid", "Replace"], &path, errors);
    let job = &spec["jobTemplate"]["spec"];
    let job_path = path.child("jobTemplate").child("spec");
    for key in COUNTS {
        non_negative(job, key, &job_path, errors);
    }
    super::one_of_if_set(job, "completionMode", &["NonIndexed", "Indexed"], &job_path, errors);
    job_template(job, &job_path, errors);
    non_negative(spec, "successfulJobsHistoryLimit", &path, errors);
    non_negative(spec, "failedJobsHistoryLimit", &path, errors);
    let name = text(&object["metadata"], "name");
    if name.len() > 52 {
        let path = Path::root("metadata").child("name");
        errors.invalid(&path, name, "must be no more than 52 characters");
    }
}

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/// Reads a schedule; fails with the words of the real server's parser.
fn parse_schedule(schedule: &str) -> Result<(), String> {
    if schedule.starts_with('@') {
        return parse_descriptor(schedule);
    }
    let fields: Vec<&str> = schedule.split_whitespace().collect();
    let [minute, hour, day, month, weekday] = fields.as_slice() else {
        let found = fields.len();
        return Err(format!("expected exactly 5 fields, found {found}: [{}]", fields.join(" ")));
    };
    parse_field(minute, 0, 59, &[])?;
    parse_field(hour, 0, 23, &[])?;
    parse_field(day, 1, 31, &[])?;
    parse_field(month, 1, 12, &MONTHS)?;
    parse_field(weekday, 0, 6, &DAYS)
}

fn parse_descriptor(schedule: &str) -> Result<(), String> {
    let known = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];
    if known.contains(&schedule) || schedule.starts_with("@every ") {
        return Ok(());
    }
    Err(format!("unrecognized descriptor: {schedule}"))
}

fn parse_field(field: &str, least: u32, most: u32, words: &[&str]) -> Result<(), String> {
    field.split(',').filter(|it| !it.is_empty()).try_for_each(|it| range(it, least, most, words))
}

fn range(expression: &str, least: u32, most: u32, words: &[&str]) -> Result<(), String> {
    let (span, step) = match expression.split('/').collect::<Vec<_>>().as_slice() {
        [span] => (*span, None),
        [span, step] => (*span, Some(number(step)?)),
        _ => return Err(format!("too many slashes: {expression}")),
    };
    let value = |text: &str| match words.iter().position(|it| it.eq_ignore_ascii_case(text)) {
        Some(index) => Ok(u32::try_from(index).unwrap_or_default() + least),
        None => number(text),
    };
    let (start, end) = match span.split('-').collect::<Vec<_>>().as_slice() {
        ["*" | "?"] => (least, most),
        [one] if step.is_some() => (value(one)?, most),
        [one] => (value(one)?, value(one)?),
        [start, end] => (value(start)?, value(end)?),
        _ => return Err(format!("too many hyphens: {expression}")),
    };
    if start < least {
        return Err(format!("beginning of range ({start}) below minimum ({least}): {expression}"));
    }
    if end > most {
        return Err(format!("end of range ({end}) above maximum ({most}): {expression}"));
    }
    if start > end {
        return Err(format!(
            "beginning of range ({start}) beyond end of range ({end}): {expression}"
        ));
    }
    if step == Some(0) {
        return Err(format!("step of range should be a positive number: {expression}"));
    }
    Ok(())
}

fn number(text: &str) -> Result<u32, String> {
    match text.parse::<i64>() {
        Ok(it) if it < 0 => Err(format!("negative number ({it}) not allowed: {text}")),
        Ok(it) => u32::try_from(it).map_err(|_| format!("number too large: {text}")),
        Err(_) => Err(format!(
            "failed to parse int from {text}: strconv.Atoi: parsing {}: invalid syntax",
            super::super::errors::quoted(text)
        )),
    }
}
