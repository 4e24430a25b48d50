//! Short texts with inline code, and names that must fit into a place.

use maud::{Markup, html};

/// A sentence in which backticks mark code and asterisks mark emphasis. Everything is escaped.
pub fn inline(text: &str) -> Markup {
    html! {
        @for (index, part) in text.split('`').enumerate() {
            @if index % 2 == 1 { code { (part) } } @else { (emphasis(part)) }
        }
    }
}

fn emphasis(text: &str) -> Markup {
    let parts: Vec<_> = text.split('*').collect();
    html! {
        // An asterisk without its twin is meant as one.
        @if parts.len() % 2 == 0 { (text) } @else {
            @for (index, part) in parts.iter().enumerate() {
                @if index % 2 == 1 { em { (part) } } @else { (part) }
            }
        }
    }
}

/// At most `room` characters; what is left out of the middle becomes an ellipsis, since names differ at the end.
pub fn fit(name: &str, room: usize) -> String {
    let length = name.chars().count();
    if length <= room || room < 4 {
        return name.to_owned();
    }
    let tail = (room - 1) / 2;
    let head = room - 1 - tail;
    let start: String = name.chars().take(head).collect();
    let end: String = name.chars().skip(length - tail).collect();
    format!("{start}…{end}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_marked_and_markup_is_escaped() {
        let html = inline("Set `replicas: 2` & <b>wait</b>").into_string();

        assert_eq!(html, "Set <code>replicas: 2</code> &amp; &lt;b&gt;wait&lt;/b&gt;");
    }

    #[test]
    fn emphasis_needs_both_its_asterisks() {
        assert_eq!(inline("press *Start*").into_string(), "press <em>Start</em>");
        assert_eq!(inline("2 * 3, `a*b`").into_string(), "2 * 3, <code>a*b</code>");
    }

    #[test]
    fn a_long_name_keeps_both_its_ends() {
        assert_eq!(fit("echo-6c9d7b5f9-4nq8z", 11), "echo-…4nq8z");
        assert_eq!(fit("echo", 11), "echo");
    }
}
