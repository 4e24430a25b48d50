//! Parses a page into blocks.

use std::collections::BTreeSet;
use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use super::inline::{Destination, Notes, destination, render};
use super::structure::{Marker, Structure, mark, marked};
use super::{Block, Code, CodeUse, Heading, Link, Page, front_matter};
use crate::Language;
use crate::finding::{Finding, line_of};

/// The longest page, in bytes.
const LONGEST: usize = 256 * 1024;

/// Parses one language's page of a lesson.
pub fn parse(file: &str, text: &str, language: Language) -> Result<Page, Vec<Finding>> {
    if text.len() > LONGEST {
        let message = format!("the page has {} bytes; at most {LONGEST} are allowed", text.len());
        return Err(vec![Finding::at(file, 0, message)]);
    }
    // Some editors begin a file with a byte order mark.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
    let (front_matter, body, skipped) =
        front_matter::split(file, &text).map_err(|finding| vec![finding])?;
    let structure = mark(file, body, skipped)?;
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_TASKLISTS;
    let mut reader = Reader {
        file,
        language,
        structure: &structure,
        skipped,
        levels: vec![Vec::new()],
        seen: BTreeSet::new(),
        open: Vec::new(),
        pending: Vec::new(),
        headings: Vec::new(),
        links: Vec::new(),
        notes: Notes::new(),
        findings: Vec::new(),
    };
    reader.read(Parser::new_ext(&structure.text, options).into_offset_iter());
    if !reader.findings.is_empty() {
        return Err(reader.findings);
    }
    Ok(Page {
        front_matter,
        blocks: reader.levels.pop().unwrap_or_default(),
        headings: reader.headings,
        links: reader.links,
        file: file.to_owned(),
    })
}

/// An admonition that is open.
struct Open {
    kind: super::Admonition,
    title: Option<String>,
    /// How deep in lists and quotes it was opened.
    depth: usize,
    line: usize,
}

struct Reader<'a> {
    file: &'a str,
    language: Language,
    structure: &'a Structure,
    skipped: usize,
    /// The blocks read so far, one list an open admonition, the page's own first.
    levels: Vec<Vec<Block>>,
    /// The markers that were met.
    seen: BTreeSet<usize>,
    /// The admonitions that are open.
    open: Vec<Open>,
    /// Events that will become one `Block::Html`.
    pending: Vec<Event<'a>>,
    headings: Vec<Heading>,
    links: Vec<Link>,
    notes: Notes,
    findings: Vec<Finding>,
}

impl<'a> Reader<'a> {
    fn read(&mut self, events: impl Iterator<Item = (Event<'a>, Range<usize>)>) {
        let mut events = events.peekable();
        let mut depth = 0_usize;
        while let Some((event, range)) = events.next() {
            let line = self.skipped + line_of(&self.structure.text, range.start);
            match event {
                Event::Start(Tag::CodeBlock(kind)) => {
                    let text = text_until(&mut events, TagEnd::CodeBlock);
                    if !is_closed(&kind, &self.structure.text[range]) {
                        let message = "this block is never closed within its list or quote: add the closing marks, as far in as the first";
                        self.refuse(line, message);
                    }
                    self.code(&kind, &text, line, depth);
                }
                Event::Start(Tag::HtmlBlock) | Event::End(TagEnd::HtmlBlock) => {}
                Event::Html(html) => {
                    if let Some(marker) = marked(&html) {
                        self.marker(marker, line, depth);
                    }
                }
                Event::Start(Tag::Paragraph) if depth == 0 => {
                    let inner = inner(&mut events, TagEnd::Paragraph);
                    self.paragraph(inner, line);
                }
                Event::Start(Tag::Heading { level, id, .. }) => {
                    let end = TagEnd::Heading(level);
                    let inner = inner(&mut events, end);
                    self.heading(level, id, inner, line);
                }
                Event::TaskListMarker(_) => {
                    let message = "a box to tick cannot be kept: write a plain list, or an exercise with checks";
                    self.refuse(line, message);
                }
                Event::Start(tag) => {
                    depth += 1;
                    self.note_link(&tag, line);
                    self.pending.push(Event::Start(tag));
                }
                Event::End(tag) => {
                    depth = depth.saturating_sub(1);
                    self.pending.push(Event::End(tag));
                }
                other => self.pending.push(other),
            }
        }
        self.flush();
        for (index, (_, line)) in self.structure.markers.iter().enumerate() {
            if !self.seen.contains(&index) {
                self.refuse(*line, "this `:::` is too far in to be one: move it to the left");
            }
        }
    }

    fn push(&mut self, block: Block) {
        self.flush();
        if let Some(level) = self.levels.last_mut() {
            level.push(block);
        }
    }

    fn flush(&mut self) {
        let pending = std::mem::take(&mut self.pending);
        if pending.is_empty() {
            return;
        }
        let rendered = render(pending.into_iter(), self.language, &mut self.notes);
        let rendered = rendered.trim();
        if let (false, Some(level)) = (rendered.is_empty(), self.levels.last_mut()) {
            match level.last_mut() {
                Some(Block::Html(before)) => {
                    before.push('\n');
                    before.push_str(rendered);
                }
                _ => level.push(Block::Html(rendered.to_owned())),
            }
        }
    }

    fn refuse(&mut self, line: usize, message: impl Into<String>) {
        self.findings.push(Finding::at(self.file, line, message));
    }

    fn marker(&mut self, index: usize, line: usize, depth: usize) {
        self.seen.insert(index);
        match self.structure.markers.get(index).map(|(marker, _)| marker.clone()) {
            Some(Marker::Exercise(id)) => self.push(Block::Exercise { id, line }),
            Some(Marker::Open(kind, title)) => {
                self.flush();
                self.open.push(Open { kind, title, depth, line });
                self.levels.push(Vec::new());
            }
            Some(Marker::Close) => {
                self.flush();
                if let (Some(open), Some(blocks)) = (self.open.pop(), self.levels.pop()) {
                    if open.depth != depth {
                        let message =
                            "this `:::` must stand as far in as the line that opens its admonition";
                        self.refuse(line, message);
                    }
                    let Open { kind, title, line, .. } = open;
                    self.push(Block::Admonition { kind, title, blocks, line });
                }
            }
            None => {}
        }
    }

    fn paragraph(&mut self, inner: Vec<Event<'a>>, line: usize) {
        if let [Event::Start(Tag::Image { dest_url, .. }), words @ .., Event::End(TagEnd::Image)] =
            inner.as_slice()
        {
            let (file, alt) = (dest_url.to_string(), plain(words));
            if std::path::Path::new(&file).extension().is_none_or(|extension| extension != "svg") {
                self.refuse(
                    line,
                    format!("`{file}` is no SVG: draw it, so that it can be translated"),
                );
            }
            if alt.is_empty() {
                self.refuse(
                    line,
                    format!("`{file}` has no description: say in words what it shows"),
                );
            }
            self.push(Block::Figure { file, alt, line });
            return;
        }
        for event in &inner {
            if let Event::Start(tag) = event {
                self.note_link(tag, line);
            }
        }
        self.pending.push(Event::Start(Tag::Paragraph));
        self.pending.extend(inner);
        self.pending.push(Event::End(TagEnd::Paragraph));
    }

    fn note_link(&mut self, tag: &Tag<'_>, line: usize) {
        match tag {
            Tag::Link { dest_url, .. } => {
                if matches!(destination(dest_url, self.language), Destination::Refused) {
                    self.refuse(
                        line,
                        format!(
                            "the link leads to `{dest_url}`: use https://…, #anchor or lesson:slug"
                        ),
                    );
                }
                self.links.push(Link { target: dest_url.to_string(), line });
            }
            Tag::Image { dest_url, .. } => {
                let message = format!("the image `{dest_url}` must be a paragraph of its own");
                self.refuse(line, message);
            }
            _ => {}
        }
    }

    fn heading(
        &mut self,
        level: HeadingLevel,
        id: Option<CowStr<'a>>,
        inner: Vec<Event<'a>>,
        line: usize,
    ) {
        let text = plain(&inner);
        if level == HeadingLevel::H1 {
            self.refuse(line, "the title stands in the front matter: start headings with `##`");
        }
        let id = id.map_or_else(|| anchor(&text), |id| id.to_string());
        if self.headings.iter().any(|heading| heading.id == id) {
            self.refuse(line, format!("the anchor `{id}` stands twice: name one with {{#other}}"));
        }
        self.headings.push(Heading { level: level as u8, id: id.clone(), text, line });
        let tag =
            Tag::Heading { level, id: Some(id.into()), classes: Vec::new(), attrs: Vec::new() };
        self.pending.push(Event::Start(tag));
        self.pending.extend(inner);
        self.pending.push(Event::End(TagEnd::Heading(level)));
    }

    fn code(&mut self, kind: &CodeBlockKind<'_>, text: &str, line: usize, depth: usize) {
        let info = match kind {
            CodeBlockKind::Fenced(info) => info.as_ref(),
            CodeBlockKind::Indented => "",
        };
        match code(info, text, line) {
            Ok(code) if depth > 0 && matches!(code.purpose, CodeUse::Run { .. }) => {
                self.refuse(line, "a block with run= cannot stand in a list or quote: move it out");
            }
            // Within a list the HTML before it stays open: pieces of a page are put together as text.
            Ok(code) => self.push(Block::Code(code)),
            Err(message) => self.refuse(line, message),
        }
    }
}

/// The events up to the end tag, which is consumed.
fn inner<'a>(
    events: &mut impl Iterator<Item = (Event<'a>, Range<usize>)>,
    end: TagEnd,
) -> Vec<Event<'a>> {
    events.map(|(event, _)| event).take_while(|event| *event != Event::End(end)).collect()
}

/// Whether a fenced block ends with its closing marks, and not because what it stands in ends.
fn is_closed(kind: &CodeBlockKind<'_>, source: &str) -> bool {
    let last = source.trim_end().rsplit_once('\n').map_or("", |(_, last)| last);
    let marks = last.trim_matches([' ', '>', '\t']);
    matches!(kind, CodeBlockKind::Indented)
        || (marks.len() >= 3 && marks.trim_matches(['`', '~']).is_empty())
}

fn text_until<'a>(
    events: &mut impl Iterator<Item = (Event<'a>, Range<usize>)>,
    end: TagEnd,
) -> String {
    plain(&inner(events, end))
}

/// The words of some events, without markup.
fn plain(events: &[Event<'_>]) -> String {
    let mut text = String::new();
    for event in events {
        match event {
            Event::Text(words) | Event::Code(words) => text.push_str(words),
            Event::SoftBreak | Event::HardBreak => text.push(' '),
            _ => {}
        }
    }
    text
}

/// An anchor made from a heading's words.
fn anchor(text: &str) -> String {
    let words: BTreeSet<char> = " -/.".chars().collect();
    let mut anchor = String::new();
    for character in text.to_lowercase().chars() {
        if character.is_alphanumeric() {
            anchor.push(character);
        } else if words.contains(&character) && !anchor.ends_with('-') && !anchor.is_empty() {
            anchor.push('-');
        }
    }
    anchor.trim_end_matches('-').to_owned()
}

fn code(info: &str, text: &str, line: usize) -> Result<Code, String> {
    let mut words = info.split_whitespace();
    let language = words.next().unwrap_or("text").to_owned();
    let mut purpose = if language == "output" { CodeUse::Output } else { CodeUse::Show };
    for word in words {
        match word.split_once('=') {
            None if word == "show" => purpose = CodeUse::Show,
            None if word == "output" => purpose = CodeUse::Output,
            Some(("run", id)) => {
                let exercise = id.parse().map_err(|error| format!("{error}"))?;
                purpose = CodeUse::Run { exercise, step: None, fails: Vec::new() };
            }
            Some(("step", name)) => match &mut purpose {
                CodeUse::Run { step, .. } => *step = Some(name.to_owned()),
                _ => return Err("step= needs run= before it".to_owned()),
            },
            Some(("fails", numbers)) => match &mut purpose {
                CodeUse::Run { fails, .. } => *fails = commands(numbers)?,
                _ => return Err("fails= needs run= before it".to_owned()),
            },
            Some(("file", path)) => purpose = CodeUse::File(path.to_owned()),
            _ => {
                return Err(format!(
                    "`{word}` says nothing about a block: use run=, step=, fails=, show, output or file="
                ));
            }
        }
    }
    Ok(Code { language, purpose, text: text.trim_end_matches('\n').to_owned(), line })
}

/// The numbers of `fails=`: commands of the block, counted from 1.
fn commands(numbers: &str) -> Result<Vec<usize>, String> {
    let parsed = numbers.split(',').map(|number| number.parse().ok().filter(|number| *number > 0));
    parsed.collect::<Option<_>>().ok_or_else(|| {
        format!("`fails={numbers}` must name commands of the block, from 1: fails=2 or fails=1,3")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(body: &str) -> Result<Page, Vec<Finding>> {
        parse("en.md", &format!("---\ntitle: T\n---\n{body}"), Language::En)
    }

    #[test]
    fn blocks_keep_their_order_and_purpose() {
        let page = page("Hi *you*.\n\n```bash run=two-namespaces\nls\n```\n\n:::exercise two-namespaces\n\n:::tip Look\nInner\n:::\n").unwrap();

        assert_eq!(page.blocks.len(), 4);
        assert_eq!(page.blocks[0], Block::Html("<p>Hi <em>you</em>.</p>".to_owned()));
        let Block::Code(code) = &page.blocks[1] else { panic!("{:?}", page.blocks) };
        assert_eq!((code.text.as_str(), code.line), ("ls", 6));
        assert!(
            matches!(&page.blocks[2], Block::Exercise { id, line: 10 } if id.as_str() == "two-namespaces")
        );
        assert!(
            matches!(&page.blocks[3], Block::Admonition { title: Some(title), .. } if title == "Look")
        );
    }

    #[test]
    fn a_block_says_which_of_its_commands_are_meant_to_fail() {
        let body = |word: &str| format!("```bash run=two-namespaces {word}\nls\n```\n");
        let page = page(&body("fails=1,3")).unwrap();
        let Block::Code(code) = &page.blocks[0] else { panic!("{:?}", page.blocks) };
        assert!(matches!(&code.purpose, CodeUse::Run { fails, .. } if *fails == [1, 3]));

        for wrong in ["fails=", "fails=0", "fails=one"] {
            let findings = self::page(&body(wrong)).unwrap_err();
            assert_eq!(findings[0].line, 4, "{wrong}");
            assert!(findings[0].message.contains("from 1"), "{}", findings[0].message);
        }
    }

    #[test]
    fn a_block_in_a_list_has_its_frame_and_leaves_the_list_whole() {
        let page =
            page("1. first\n\n   ```bash show\n   ls\n   ```\n\n   then\n2. last\n").unwrap();

        let [Block::Html(before), Block::Code(code), Block::Html(after)] = page.blocks.as_slice()
        else {
            panic!("{:?}", page.blocks)
        };
        assert_eq!((code.text.as_str(), code.line), ("ls", 6));
        assert_eq!(before, "<ol>\n<li>\n<p>first</p>");
        assert!(after.starts_with("<p>then</p>\n</li>") && after.ends_with("</ol>"), "{after}");
    }

    #[test]
    fn a_block_that_its_list_or_quote_ends_is_refused() {
        for unclosed in
            ["- a\n  ```\n  ls\n\nswallowed?\n\n```\nb\n```\n```\n", "> ```\n> ls\n\nnext\n"]
        {
            let findings = page(unclosed).unwrap_err();
            assert!(findings[0].message.contains("never closed"), "{findings:?}");
        }
        for closed in
            ["> ```\n> ls\n> ```\n", "- ~~~\n  ls\n  ~~~\n", "    indented\n", "```\n```\n"]
        {
            assert!(page(closed).is_ok(), "{closed}");
        }
    }

    #[test]
    fn an_admonition_ends_in_the_list_where_it_begins() {
        let within = page("- a\n\n  :::tip\n  b\n  :::\n\n- c\n").unwrap();
        assert!(
            matches!(within.blocks.as_slice(), [Block::Html(_), Block::Admonition { .. }, Block::Html(after)]
            if after.starts_with("</li>"))
        );
        assert!(
            page("a\n\n    :::tip\n    b\n    :::\n").unwrap_err()[0]
                .message
                .contains("too far in")
        );

        let findings = page("- a\n\n  :::tip\n  b\n\n:::\n").unwrap_err();
        assert_eq!(findings[0].line, 9);
    }

    #[test]
    fn footnotes_are_numbered_through_the_whole_page() {
        let page = page("a[^x]\n\n```\nls\n```\n\nb[^y]\n\n[^y]: why\n\n[^x]: ex\n").unwrap();

        let [Block::Html(before), _, Block::Html(after)] = page.blocks.as_slice() else {
            panic!("{:?}", page.blocks)
        };
        assert!(before.contains("<a href=\"#note:1\" role=\"doc-noteref\">1</a>"), "{before}");
        assert!(after.contains("<a href=\"#note:2\" role=\"doc-noteref\">2</a>"), "{after}");
        let (_, first) = after.split_once("id=\"note:1\"").unwrap();
        assert!(first.contains(">1</sup>") && first.contains("<p>ex"), "{after}");
    }

    #[test]
    fn a_box_to_tick_is_refused_and_a_byte_order_mark_is_not() {
        let findings = page("a\n\n- [ ] b\n").unwrap_err();
        assert_eq!(findings[0].line, 6);
        assert!(findings[0].message.contains("plain list"), "{findings:?}");

        let page =
            parse("en.md", "\u{feff}---\r\ntitle: T\r\n---\r\nHi\r\n", Language::En).unwrap();
        assert_eq!(page.blocks, [Block::Html("<p>Hi</p>".to_owned())]);
    }

    #[test]
    fn raw_html_is_dropped() {
        let page =
            page("a <b onclick=x>c</b>\n\n<script>alert(1)</script>\n\n<!-- note -->\n").unwrap();

        assert_eq!(page.blocks, [Block::Html("<p>a c</p>".to_owned())]);
    }

    #[test]
    fn a_column_is_aligned_by_a_class() {
        let page = page("|a|b|c|\n|:--|--:|:-:|\n|1|`2`|[3](#x)|\n\n|d|\n|-|\n|4|\n").unwrap();

        let [Block::Html(html)] = page.blocks.as_slice() else { panic!("{:?}", page.blocks) };
        let head = r#"<th>a</th><th class="to-end">b</th><th class="to-middle">c</th>"#;
        let body = r##"<td>1</td><td class="to-end"><code>2</code></td><td class="to-middle"><a href="#x">3</a></td>"##;
        assert!(html.contains(head) && html.contains(body), "{html}");
        assert!(html.contains("<th>d</th>") && html.contains("<td>4</td>"), "{html}");
    }

    #[test]
    fn nothing_that_can_be_written_needs_more_than_the_policy_of_the_pages_allows() {
        let everything = "## A {#a .b style=x onclick=y}\n\n|a|b|\n|:-:|--:|\n|1|2|\n\n7. one\n8. two\n\n\
            > *q* ~~s~~ [l](https://x.org \"t\") n[^1]\n\n[^1]: note\n\n- a\n\n      code\n\n---\n";

        let page = page(everything).unwrap();

        let [Block::Html(html), Block::Code(_), Block::Html(_)] = page.blocks.as_slice() else {
            panic!("{:?}", page.blocks)
        };
        assert!(!html.contains("style") && !html.contains(" on"), "{html}");
        assert!(html.contains("<ol start=\"7\">") && html.contains("<del>"), "{html}");
    }

    #[test]
    fn headings_get_anchors_and_must_differ() {
        let first = page("## The loop {#loop}\n\n## Who acts?\n").unwrap();
        assert_eq!(first.headings[0].id, "loop");
        assert_eq!(first.headings[1].id, "who-acts");

        let findings = page("## A\n\n## A\n").unwrap_err();
        assert_eq!(findings[0].line, 6);
    }

    #[test]
    fn a_link_to_nowhere_is_refused_with_its_line() {
        let findings = page("x\n\n[a](ftp://x)\n").unwrap_err();

        assert_eq!(findings[0].line, 6);
    }

    #[test]
    fn a_picture_alone_is_a_figure() {
        let page = page("![Two planes](images/planes.svg)\n").unwrap();

        assert!(
            matches!(&page.blocks[0], Block::Figure { file, alt, .. } if file == "images/planes.svg" && alt == "Two planes")
        );
    }
}
