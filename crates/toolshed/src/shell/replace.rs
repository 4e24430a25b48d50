//! What `${x#…}`, `${x%…}` and `${x/…/…}` make of a text.

use brush_parser::word::SubstringMatchKind;

use super::expand::MAX_TEXT;
use super::pattern;

/// A text without what matches at its beginning.
pub(super) fn remove_prefix(text: &str, wanted: &str, largest: bool) -> String {
    if let Some(literal) = pattern::literal(wanted) {
        return text.strip_prefix(&literal).unwrap_or(text).to_owned();
    }
    let regex = pattern::compile(&format!("^{}", pattern::source(wanted, !largest)));
    let end = regex.and_then(|regex| regex.find(text)).map_or(0, |found| found.end());
    text[end..].to_owned()
}

/// A text without what matches at its end.
pub(super) fn remove_suffix(text: &str, wanted: &str, largest: bool) -> String {
    if let Some(literal) = pattern::literal(wanted) {
        return text.strip_suffix(&literal).unwrap_or(text).to_owned();
    }
    // The leftmost match is the largest; to find the smallest, everything before it is matched, too.
    let before = if largest { "" } else { "^(?s:.*)" };
    let source = format!("{before}(?P<end>{})$", pattern::source(wanted, false));
    let regex = pattern::compile(&source);
    let found = regex.and_then(|regex| Some(regex.captures(text)?.name("end")?.start()));
    text[..found.unwrap_or(text.len())].to_owned()
}

/// Replaces what matches; nothing when the result is too long.
pub(super) fn replace(
    text: &str,
    wanted: &str,
    replacement: &str,
    kind: &SubstringMatchKind,
) -> Option<String> {
    if wanted.is_empty() {
        return Some(text.to_owned());
    }
    let source = pattern::source(wanted, false);
    let (source, most) = match kind {
        SubstringMatchKind::Prefix => (format!("^{source}"), 1),
        SubstringMatchKind::Suffix => (format!("{source}$"), 1),
        SubstringMatchKind::FirstOccurrence => (source, 1),
        SubstringMatchKind::Anywhere => (source, usize::MAX),
    };
    let Some(regex) = pattern::compile(&source) else { return Some(text.to_owned()) };
    let mut changed = String::new();
    let mut rest = 0;
    for found in regex.find_iter(text).take(most) {
        changed.push_str(&text[rest..found.start()]);
        changed.push_str(replacement);
        rest = found.end();
        if changed.len() > MAX_TEXT {
            return None;
        }
    }
    changed.push_str(&text[rest..]);
    Some(changed)
}
