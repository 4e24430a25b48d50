//! Drawings: one SVG for all languages, with the words of each beside it.
//!
//! `images/loop.svg` holds `{{key}}` where words go; `images/loop.yaml` holds `en:`, `pt:`, `es:` with those keys.
//! What comes out holds only elements and attributes from a list, so that a drawing cannot run anything or load anything.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::Language;
use crate::finding::{Finding, yaml};

/// A drawing in every language.
pub(crate) type Drawing = BTreeMap<Language, String>;

const ELEMENTS: &[&str] = &[
    "svg", "title", "desc", "g", "defs", "marker", "path", "rect", "circle", "ellipse", "line",
    "polyline", "polygon", "text", "tspan", "symbol", "clipPath", "pattern",
];

const ATTRIBUTES: &[&str] = &[
    "viewBox",
    "role",
    "class",
    "id",
    "x",
    "y",
    "x1",
    "x2",
    "y1",
    "y2",
    "cx",
    "cy",
    "r",
    "rx",
    "ry",
    "d",
    "points",
    "width",
    "height",
    "transform",
    "fill",
    "stroke",
    "stroke-width",
    "stroke-dasharray",
    "stroke-linecap",
    "stroke-linejoin",
    "fill-opacity",
    "stroke-opacity",
    "opacity",
    "text-anchor",
    "dominant-baseline",
    "font-size",
    "font-weight",
    "font-family",
    "letter-spacing",
    "marker-end",
    "marker-start",
    "markerWidth",
    "markerHeight",
    "refX",
    "refY",
    "orient",
    "dx",
    "dy",
    "aria-hidden",
    "aria-labelledby",
    "clip-path",
    "preserveAspectRatio",
    "markerUnits",
    "patternUnits",
];

/// Fills a drawing with each language's words; `prefix` makes its ids unique on a page.
pub(crate) fn draw(
    (file, svg): (&str, &str),
    (words_file, words): (&str, &str),
    prefix: &str,
) -> Result<Drawing, Vec<Finding>> {
    let words: BTreeMap<Language, BTreeMap<String, String>> =
        yaml(words_file, words).map_err(|finding| vec![finding])?;
    let mut findings = Vec::new();
    let document = roxmltree::Document::parse(svg).map_err(|error| {
        let place = error.pos();
        vec![Finding::at_column(
            file,
            (place.row as usize, place.col as usize),
            format!("this drawing cannot be read: {error}"),
            svg,
        )]
    })?;
    let mut drawing = Drawing::new();
    for language in Language::ALL {
        let Some(words) = words.get(&language) else {
            let message = format!("the words in `{language}` are missing");
            findings.push(Finding::at(words_file, 0, message));
            continue;
        };
        let mut out = String::with_capacity(svg.len());
        let mut writer = Writer { file, svg, words, prefix, findings: &mut findings };
        if !is_named(document.root_element()) {
            writer.refuse(document.root_element(), NAMELESS.to_owned());
        }
        writer.element(document.root_element(), &mut out);
        drawing.insert(language, out);
    }
    findings.sort();
    findings.dedup();
    if findings.is_empty() { Ok(drawing) } else { Err(findings) }
}

struct Writer<'a> {
    file: &'a str,
    svg: &'a str,
    words: &'a BTreeMap<String, String>,
    prefix: &'a str,
    findings: &'a mut Vec<Finding>,
}

impl Writer<'_> {
    fn refuse(&mut self, node: roxmltree::Node<'_, '_>, message: String) {
        let place = node.document().text_pos_at(node.range().start);
        let place = (place.row as usize, place.col as usize);
        self.findings.push(Finding::at_column(self.file, place, message, self.svg));
    }

    fn element(&mut self, node: roxmltree::Node<'_, '_>, out: &mut String) {
        let name = node.tag_name().name();
        if !ELEMENTS.contains(&name) {
            self.refuse(node, format!("<{name}> is not allowed in drawings"));
            return;
        }
        out.push('<');
        out.push_str(name);
        for attribute in node.attributes() {
            let (key, value) = (attribute.name(), attribute.value());
            if !ATTRIBUTES.contains(&key) || may_load(value) {
                self.refuse(
                    node,
                    format!("the attribute {key}=\"{value}\" is not allowed in drawings"),
                );
                continue;
            }
            let value = self.unique(key, value);
            write!(out, " {key}=\"{}\"", escaped(&value)).expect("a String takes all");
        }
        if !node.has_children() {
            out.push_str("/>");
            return;
        }
        out.push('>');
        for child in node.children() {
            if child.is_element() {
                self.element(child, out);
            } else if let Some(text) = child.text() {
                let text = self.filled(child, text);
                out.push_str(&escaped(&text));
            }
        }
        write!(out, "</{name}>").expect("a String takes all");
    }

    /// Ids are made unique, so that two drawings on a page do not meet.
    fn unique(&self, key: &str, value: &str) -> String {
        match key {
            "id" | "aria-labelledby" => {
                let ids: Vec<String> =
                    value.split_whitespace().map(|id| format!("{}-{id}", self.prefix)).collect();
                ids.join(" ")
            }
            _ => value.replace("url(#", &format!("url(#{}-", self.prefix)),
        }
    }

    fn filled(&mut self, node: roxmltree::Node<'_, '_>, text: &str) -> String {
        let mut filled = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            filled.push_str(before);
            let Some((key, after)) = after.split_once("}}") else {
                self.refuse(node, "`{{` is never closed".to_owned());
                return filled;
            };
            match self.words.get(key.trim()) {
                Some(words) => filled.push_str(words),
                None => self.refuse(
                    node,
                    format!("no words for `{}`: add them in the YAML beside it", key.trim()),
                ),
            }
            rest = after;
        }
        filled.push_str(rest);
        filled
    }
}

/// What a drawing without a name of its own is told.
const NAMELESS: &str = "a screen reader cannot name this drawing: give <svg> role=\"img\" and aria-labelledby=\"t d\", and begin it \
                        with <title id=\"t\">{{title}}</title> and <desc id=\"d\">{{description}}</desc>";

/// Whether the drawing is an image whose name and description are within it.
fn is_named(root: roxmltree::Node<'_, '_>) -> bool {
    let named: Vec<&str> =
        root.attribute("aria-labelledby").unwrap_or_default().split(' ').collect();
    let says = |name: &str| {
        let mut parts = root.children().filter(|child| child.tag_name().name() == name);
        parts.any(|part| part.attribute("id").is_some_and(|id| named.contains(&id)))
    };
    root.attribute("role") == Some("img") && says("title") && says("desc")
}

/// Whether a value could make the browser load something: any `url(` that does not lead to an id, and any backslash, by
/// which `url(` can be written in other letters.
fn may_load(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    lower.contains('\\') || lower.split("url(").skip(1).any(|rest| !rest.starts_with('#'))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: &str = "en: {a: <One>}\npt: {a: Um}\nes: {a: Uno}\n";

    #[test]
    fn words_are_filled_in_and_escaped() {
        let svg = r#"<svg role="img" aria-labelledby="t d"><title id="t">{{a}}</title><desc id="d"/></svg>"#;

        let drawing = draw(("a.svg", svg), ("a.yaml", WORDS), "a").unwrap();

        assert_eq!(
            drawing[&Language::En],
            r#"<svg role="img" aria-labelledby="a-t a-d"><title id="a-t">&lt;One&gt;</title><desc id="a-d"/></svg>"#
        );
    }

    #[test]
    fn a_drawing_without_a_name_is_refused() {
        for svg in [
            r#"<svg role="img"><title id="t">{{a}}</title><desc id="d"/></svg>"#,
            r#"<svg role="img" aria-labelledby="t d"><title id="t">{{a}}</title></svg>"#,
            r#"<svg aria-labelledby="t d"><title id="t">{{a}}</title><desc id="d"/></svg>"#,
        ] {
            let findings = draw(("a.svg", svg), ("a.yaml", WORDS), "a").unwrap_err();

            assert_eq!(findings.len(), 1, "{findings:?}");
            assert!(findings[0].message.contains("screen reader"), "{}", findings[0].message);
        }
    }

    #[test]
    fn what_could_run_or_load_is_refused() {
        for hostile in [
            "<script>x</script>",
            "<g onload=\"x\"/>",
            "<foreignObject/>",
            "<use href=\"https://example.org\"/>",
            "<rect fill=\"url(https://example.org)\"/>",
            "<rect fill=\"URL(https://example.org)\"/>",
            "<rect fill=\"url(#a) url(https://example.org)\"/>",
            r#"<rect fill="\75rl(https://example.org)"/>"#,
        ] {
            let svg = format!(
                r#"<svg role="img" aria-labelledby="t d"><title id="t"/><desc id="d"/>{hostile}</svg>"#
            );

            let findings = draw(("a.svg", &svg), ("a.yaml", WORDS), "a").unwrap_err();

            assert!(findings[0].message.contains("is not allowed"), "{svg}");
        }
    }
}
