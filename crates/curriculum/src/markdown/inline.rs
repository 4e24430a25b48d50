//! Links, and the inline Markdown of check texts and hints.

use pulldown_cmark::{CowStr, Event, LinkType, Options, Parser, Tag, TagEnd, html};

use crate::Language;

/// Where a link may lead.
pub(super) enum Destination {
    /// A word of one of the planes: `cp:` or `dp:`.
    Plane(&'static str),
    /// Somewhere else, as an `href`.
    Href(String),
    /// Nowhere that is allowed.
    Refused,
}

pub(super) fn destination(target: &str, language: Language) -> Destination {
    match target {
        "cp:" => Destination::Plane("cp"),
        "dp:" => Destination::Plane("dp"),
        _ if target.starts_with("https://") || target.starts_with('#') => {
            Destination::Href(target.to_owned())
        }
        _ => match target.strip_prefix("lesson:") {
            Some(slug) => Destination::Href(format!("/{language}/lessons/{slug}")),
            None => Destination::Refused,
        },
    }
}

/// Rewrites links and drops raw HTML, so that what is rendered is safe.
pub(super) fn safe<'a>(
    events: impl Iterator<Item = Event<'a>>,
    language: Language,
) -> Vec<Event<'a>> {
    let mut open = Vec::new();
    let mut safe = Vec::new();
    for event in events {
        match event {
            // A picture within a line is not part of the dialect; its words stay.
            Event::Html(_)
            | Event::InlineHtml(_)
            | Event::Start(Tag::Image { .. })
            | Event::End(TagEnd::Image) => {}
            Event::Start(Tag::Link { dest_url, title, .. }) => {
                let (start, end) = match destination(&dest_url, language) {
                    Destination::Plane(plane) => {
                        (raw(format!("<span class=\"plane {plane}\">")), raw("</span>".to_owned()))
                    }
                    Destination::Href(href) => {
                        let tag = Tag::Link {
                            link_type: LinkType::Inline,
                            dest_url: href.into(),
                            title,
                            id: CowStr::Borrowed(""),
                        };
                        (Event::Start(tag), Event::End(TagEnd::Link))
                    }
                    Destination::Refused => (Event::Text("".into()), Event::Text("".into())),
                };
                safe.push(start);
                open.push(end);
            }
            Event::End(TagEnd::Link) => safe.extend(open.pop()),
            other => safe.push(other),
        }
    }
    safe
}

fn raw<'a>(html: String) -> Event<'a> {
    Event::InlineHtml(html.into())
}

/// Renders one sentence of Markdown, without a paragraph around it.
pub fn inline_html(markdown: &str, language: Language) -> String {
    let events = Parser::new_ext(markdown, Options::empty()).filter(|event| {
        !matches!(event, Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph))
    });
    let mut rendered = String::new();
    html::push_html(&mut rendered, safe(events, language).into_iter());
    rendered.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_markdown_renders_no_markup_of_its_own() {
        let hostile = [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "[a](javascript:alert(1))",
            "![a](javascript:alert(1))",
            "[a](data:text/html,x)",
            "<https://example.org/\"onmouseover=alert(1)>",
        ];

        for markdown in hostile {
            let html = inline_html(markdown, Language::En);
            assert!(!html.contains("<script") && !html.contains("<img"), "{html}");
            assert!(!html.contains("javascript:") && !html.contains("data:"), "{html}");
            assert!(!html.contains(" on"), "{html}");
        }
    }

    #[test]
    fn the_words_of_the_planes_are_marked() {
        assert_eq!(
            inline_html("The [control plane](cp:) `x`", Language::En),
            "The <span class=\"plane cp\">control plane</span> <code>x</code>"
        );
    }
}
