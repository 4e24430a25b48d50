//! A description in the making: indented lines whose cells are separated by tabs.

use serde_json::Value;

use crate::kubectl::age;
use crate::kubectl::discovery::array;
use crate::kubectl::print::columns::go_words;
use crate::kubectl::print::jsonpath::word;
use crate::kubectl::print::tabs::Tabs;

/// The longest annotation that stays on its line.
const LONGEST_ANNOTATION: usize = 140;

/// The lines so far.
#[derive(Default)]
pub(crate) struct Page {
    out: String,
    done: String,
}

impl Page {
    /// A line, `level` steps in.
    pub(crate) fn line(&mut self, level: usize, text: impl AsRef<str>) {
        self.out.extend(std::iter::repeat_n("  ", level));
        self.out.push_str(text.as_ref());
        self.out.push('\n');
    }

    /// `Name:<tab>value`.
    pub(crate) fn field(&mut self, level: usize, name: &str, value: impl AsRef<str>) {
        self.line(level, format!("{name}:\t{}", value.as_ref()));
    }

    /// Ends the columns so far.
    pub(crate) fn flush(&mut self) {
        self.done.push_str(&Tabs::describe().render(&self.out));
        self.out.clear();
    }

    /// The finished text.
    pub(crate) fn finish(mut self) -> String {
        self.flush();
        self.done
    }

    /// The text with its tabs.
    pub(crate) fn unaligned(self) -> String {
        self.done + &self.out
    }

    /// Name, namespace, labels and annotations.
    pub(crate) fn head(&mut self, object: &Value) {
        let metadata = &object["metadata"];
        self.field(0, "Name", word(&metadata["name"]));
        if metadata["namespace"].is_string() {
            self.field(0, "Namespace", word(&metadata["namespace"]));
        }
        self.labels("Labels", &metadata["labels"]);
        self.annotations("Annotations", &metadata["annotations"]);
    }

    /// `key=value`, one a line.
    pub(crate) fn labels(&mut self, title: &str, labels: &Value) {
        let keys = sorted(labels);
        if keys.is_empty() {
            self.line(0, format!("{title}:\t<none>"));
        }
        for (index, key) in keys.iter().enumerate() {
            let title = if index == 0 { format!("{title}:") } else { String::new() };
            self.line(0, format!("{title}\t{key}={}", word(&labels[key.as_str()])));
        }
    }

    /// `key: value`, one a line; what kubectl itself keeps there is left out.
    pub(crate) fn annotations(&mut self, title: &str, annotations: &Value) {
        let mut keys = sorted(annotations);
        keys.retain(|key| key != "kubectl.kubernetes.io/last-applied-configuration");
        if keys.is_empty() {
            self.line(0, format!("{title}:\t<none>"));
        }
        for (index, key) in keys.iter().enumerate() {
            let title = if index == 0 { format!("{title}:") } else { String::new() };
            let value = word(&annotations[key.as_str()]);
            let value = value.strip_suffix('\n').unwrap_or(&value);
            if value.len() + key.len() + 2 <= LONGEST_ANNOTATION && !value.contains('\n') {
                self.line(0, format!("{title}\t{key}: {value}"));
                continue;
            }
            self.line(0, format!("{title}\t{key}:"));
            for line in value.split('\n') {
                self.line(0, format!("\t  {}", shorten(line, LONGEST_ANNOTATION - 2)));
            }
        }
    }

    /// A list of conditions with reasons.
    pub(crate) fn conditions(&mut self, conditions: &Value) {
        if array(conditions).is_empty() {
            return;
        }
        self.line(0, "Conditions:\n  Type\tStatus\tReason");
        self.line(1, "----\t------\t------");
        for one in array(conditions) {
            let text = |key: &str| word(&one[key]);
            self.line(1, format!("{} \t{}\t{}", text("type"), text("status"), text("reason")));
        }
    }

    /// The events section.
    pub(crate) fn events(&mut self, events: Option<&[Value]>, now: jiff::Timestamp) {
        let Some(events) = events else { return };
        if events.is_empty() {
            self.line(0, "Events:\t<none>");
            return;
        }
        self.flush();
        self.line(0, "Events:\n  Type\tReason\tAge\tFrom\tMessage");
        self.line(1, "----\t------\t----\t----\t-------");
        for event in events {
            let message = word(&event["message"]).trim().to_owned();
            let part = word(&event["involvedObject"]["fieldPath"]);
            let message = if part.is_empty() { message } else { format!("{part}: {message}") };
            let (kind, reason) = (word(&event["type"]), word(&event["reason"]));
            let (age, from) = (event_age(event, now), source(event));
            self.line(1, format!("{kind}\t{reason}\t{age}\t{from}\t{message}"));
        }
    }
}

fn source(event: &Value) -> String {
    match event["source"]["component"].as_str() {
        Some(component) if !component.is_empty() => component.to_owned(),
        _ => word(&event["reportingComponent"]),
    }
}

/// How long ago an event happened, and how often.
pub(crate) fn event_age(event: &Value, now: jiff::Timestamp) -> String {
    let first = if event["eventTime"].is_string() {
        age::since(&event["eventTime"], now)
    } else {
        age::since(&event["firstTimestamp"], now)
    };
    if let Some(count) = event["series"]["count"].as_i64() {
        let last = age::since(&event["series"]["lastObservedTime"], now);
        return format!("{last} (x{count} over {first})");
    }
    match event["count"].as_i64() {
        Some(count) if count > 1 => {
            format!("{} (x{count} over {first})", age::since(&event["lastTimestamp"], now))
        }
        _ => first,
    }
}

/// The keys of an object in order.
pub(crate) fn sorted(value: &Value) -> Vec<String> {
    let mut keys: Vec<String> =
        value.as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect();
    keys.sort();
    keys
}

fn shorten(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let end = (0..=most).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    format!("{}...", &text[..end])
}

/// A text, or `<none>`.
pub(crate) fn or_none(text: &str) -> &str {
    if text.is_empty() { "<none>" } else { text }
}

/// A whole number, or 0.
pub(crate) fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or_default()
}

/// A label selector in one line.
pub(crate) fn selector(selector: &Value) -> String {
    let mut parts: Vec<String> = sorted(&selector["matchLabels"])
        .iter()
        .map(|key| format!("{key}={}", word(&selector["matchLabels"][key.as_str()])))
        .collect();
    for one in array(&selector["matchExpressions"]) {
        let key = word(&one["key"]);
        let values: Vec<String> = array(&one["values"]).iter().map(word).collect();
        let values = values.join(",");
        parts.push(match one["operator"].as_str() {
            Some("In") => format!("{key} in ({values})"),
            Some("NotIn") => format!("{key} notin ({values})"),
            Some("Exists") => key,
            _ => format!("!{key}"),
        });
    }
    or_none(&parts.join(",")).to_owned()
}

/// `Kind/name` of the controller.
pub(crate) fn controller(object: &Value) -> Option<String> {
    let owner = array(&object["metadata"]["ownerReferences"])
        .iter()
        .find(|owner| owner["controller"] == true)?;
    Some(format!("{}/{}", word(&owner["kind"]), word(&owner["name"])))
}

/// Any object, field by field.
pub(crate) fn generic(page: &mut Page, level: usize, value: &Value, path: &str) {
    const SKIPPED: &[&str] = &[
        ".metadata.managedFields",
        ".metadata.name",
        ".metadata.namespace",
        ".metadata.labels",
        ".metadata.annotations",
    ];
    for key in sorted(value) {
        let inner = format!("{path}.{key}");
        if SKIPPED.contains(&inner.as_str()) {
            continue;
        }
        let label = label(&key);
        match &value[key.as_str()] {
            object @ Value::Object(_) => {
                page.line(level, format!("{label}:"));
                generic(page, level + 1, object, &inner);
            }
            Value::Array(items) => {
                page.line(level, format!("{label}:"));
                for item in items {
                    if item.is_object() {
                        generic(page, level + 1, item, &inner);
                    } else {
                        page.line(level + 1, go_words(item));
                    }
                }
            }
            other => page.field(level, &label, go_words(other)),
        }
    }
}

/// `creationTimestamp` as `Creation Timestamp`.
fn label(field: &str) -> String {
    if field.chars().any(|c| !c.is_alphabetic() && c != '-') {
        return field.to_owned();
    }
    let letters: Vec<char> = field.chars().collect();
    let mut words: Vec<String> = Vec::new();
    for (at, letter) in letters.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| letters[at]);
        let after = letters.get(at + 1);
        let starts = letter.is_uppercase()
            && (before.is_some_and(|c| !c.is_uppercase())
                || (before.is_some() && after.is_some_and(|c| c.is_lowercase())));
        if starts || words.is_empty() {
            words.push(String::new());
        }
        if let Some(last) = words.last_mut() {
            last.push(*letter);
        }
    }
    let shown: Vec<String> = words
        .iter()
        .map(|part| {
            let upper = part.to_uppercase();
            if ["API", "URL", "UID", "GUID"].contains(&upper.as_str()) {
                return upper;
            }
            let mut letters = part.chars();
            letters.next().map_or_else(String::new, |first| {
                first.to_uppercase().collect::<String>() + letters.as_str()
            })
        })
        .collect();
    shown.join(" ")
}
