//! Events made safe and rendered; links, and the inline Markdown of check texts and hints.

use pulldown_cmark::{Alignment, CowStr, Event, LinkType, Options, Parser, Tag, TagEnd, html};

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

/// The names of a page's footnotes, in the order in which they are numbered.
pub(super) type Notes = Vec<String>;

/// The events as HTML that is safe and that the page's own policy lets in.
pub(super) fn render<'a>(
    events: impl Iterator<Item = Event<'a>>,
    language: Language,
    notes: &mut Notes,
) -> String {
    let mut rendered = String::new();
    html::push_html(&mut rendered, safe(events, language, notes).into_iter());
    rendered
}

/// Rewrites links, drops raw HTML and aligns columns by class: the library would do it by a `style`, which the policy
/// of the pages refuses.
fn safe<'a>(
    events: impl Iterator<Item = Event<'a>>,
    language: Language,
    notes: &mut Notes,
) -> Vec<Event<'a>> {
    let mut open = Vec::new();
    let mut columns = Columns::default();
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
            // The library numbers them anew in each piece of the page. No heading's anchor has a colon.
            Event::FootnoteReference(name) => {
                let number = number(notes, &name);
                let link = format!("<a href=\"#note:{number}\" role=\"doc-noteref\">{number}</a>");
                safe.push(raw(format!("<sup class=\"footnote-reference\">{link}</sup>")));
            }
            Event::Start(Tag::FootnoteDefinition(name)) => {
                let number = number(notes, &name);
                let label = format!("<sup class=\"footnote-definition-label\">{number}</sup>");
                safe.push(raw(format!(
                    "<div class=\"footnote-definition\" id=\"note:{number}\">{label}"
                )));
            }
            Event::End(TagEnd::FootnoteDefinition) => safe.push(raw("</div>".to_owned())),
            other => safe.push(columns.aligned(other)),
        }
    }
    safe
}

/// The number of a footnote, from 1.
fn number(notes: &mut Notes, name: &str) -> usize {
    let known = notes.iter().position(|one| one == name);
    known.unwrap_or_else(|| {
        notes.push(name.to_owned());
        notes.len() - 1
    }) + 1
}

/// Where the reader is in a table.
#[derive(Default)]
struct Columns {
    alignments: Vec<Alignment>,
    in_head: bool,
    column: usize,
}

impl Columns {
    /// The event; a cell of a column that is aligned becomes a tag with a class.
    fn aligned<'a>(&mut self, event: Event<'a>) -> Event<'a> {
        match event {
            Event::Start(Tag::Table(alignments)) => {
                let plain = vec![Alignment::None; alignments.len()];
                self.alignments = alignments;
                return Event::Start(Tag::Table(plain));
            }
            Event::Start(Tag::TableHead) => (self.in_head, self.column) = (true, 0),
            Event::Start(Tag::TableRow) => (self.in_head, self.column) = (false, 0),
            Event::Start(Tag::TableCell) => {
                let tag = if self.in_head { "th" } else { "td" };
                let class = match self.alignments.get(self.column) {
                    Some(Alignment::Right) => " class=\"to-end\"",
                    Some(Alignment::Center) => " class=\"to-middle\"",
                    Some(Alignment::Left | Alignment::None) | None => "",
                };
                self.column += 1;
                return Event::InlineHtml(format!("<{tag}{class}>").into());
            }
            Event::End(TagEnd::TableCell) => {
                return Event::InlineHtml(if self.in_head { "</th>" } else { "</td>" }.into());
            }
            _ => {}
        }
        event
    }
}

fn raw<'a>(html: String) -> Event<'a> {
    Event::InlineHtml(html.into())
}

/// Renders one sentence of Markdown, without a paragraph around it.
pub fn inline_html(markdown: &str, language: Language) -> String {
    let events = Parser::new_ext(markdown, Options::empty()).filter(|event| {
        !matches!(event, Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph))
    });
    render(events, language, &mut Notes::new()).trim().to_owned()
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
