//! Label selectors and label sets, printed.

use serde_json::Value;

use super::super::value::{entries, items, text};

/// `a=b,c in (d,e)`; empty where everything is selected.
pub(super) fn format(selector: &Value) -> String {
    let equal = entries(selector, "matchLabels")
        .map(|(key, value)| (key.clone(), format!("{key}={}", value.as_str().unwrap_or_default())));
    let others = items(selector, "matchExpressions").iter().map(|it| {
        let key = text(it, "key");
        (key.to_owned(), expression(key, it))
    });
    let mut parts: Vec<(String, String)> = equal.chain(others).collect();
    parts.sort_by(|one, other| one.0.cmp(&other.0));
    parts.into_iter().map(|it| it.1).collect::<Vec<_>>().join(",")
}

/// As [`format`], `<none>` where there is none.
pub(super) fn format_or_none(selector: &Value) -> String {
    let printed = format(selector);
    if printed.is_empty() { "<none>".to_owned() } else { printed }
}

/// `a=b,c=d`; `<none>` where there are none.
pub(super) fn labels(labels: &Value) -> String {
    let parts: Vec<String> = labels
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| format!("{key}={}", value.as_str().unwrap_or_default()))
        .collect();
    if parts.is_empty() { "<none>".to_owned() } else { parts.join(",") }
}

fn expression(key: &str, requirement: &Value) -> String {
    let mut values: Vec<&str> =
        items(requirement, "values").iter().filter_map(Value::as_str).collect();
    values.sort_unstable();
    let values = values.join(",");
    match text(requirement, "operator") {
        "In" => format!("{key} in ({values})"),
        "NotIn" => format!("{key} notin ({values})"),
        "DoesNotExist" => format!("!{key}"),
        _ => key.to_owned(),
    }
}
