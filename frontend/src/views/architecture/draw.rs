//! The placed picture as SVG. Every box is a button that opens its object.

use maud::{Markup, html};
use wire::{Architecture, LabObjects, Node, NodeState, Plane};

use super::layout::{BOX, CHIP, Frame, Line, PAD, Placed, Stroke, layout};
use crate::views::{Reader, text};

/// Draws the picture for a place of `width` pixels; `names` are the two namespaces. What the graph does not hold is
/// counted at the bottom of its plane.
pub fn picture(
    reader: Reader,
    graph: &Architecture,
    objects: &LabObjects,
    names: [&str; 2],
    width: u32,
) -> Markup {
    let others = [Plane::Cp, Plane::Dp].map(|plane| others(graph, objects, plane));
    let frames = layout(graph, width, [!others[0].is_empty(), !others[1].is_empty()]);
    let height = frames.iter().map(|frame| frame.top + frame.height).max().unwrap_or(0) + 2;
    let count = |plane| {
        let here = objects.objects.iter().filter(|object| object.plane == plane).count();
        u32::try_from(here).unwrap_or(u32::MAX)
    };
    html! {
        svg class="picture" width=(width) height=(height) viewBox={ "0 0 " (width) " " (height) }
            role="group" aria-label=((reader.texts.picture_about)(count(Plane::Cp), count(Plane::Dp))) {
            @for ((frame, name), others) in frames.iter().zip(names).zip(&others) { (draw_frame(reader, frame, name, others)) }
        }
    }
}

/// What the lines mean, where there are any.
pub fn key(reader: Reader, graph: &Architecture) -> Markup {
    if graph.edges.is_empty() {
        return html! {};
    }
    let texts = reader.texts;
    let entries = [
        (Stroke::Open, texts.key_routes),
        (Stroke::Closed, texts.key_closed),
        (Stroke::Owns, texts.key_owns),
    ];
    html! {
        p class="picture-key" {
            @for (stroke, word) in entries {
                span {
                    svg viewBox="0 0 28 10" aria-hidden="true" {
                        (draw_line(&Line { stroke, points: vec![(0, 5), (24, 5)], head: false }))
                        @if stroke != Stroke::Owns { path class={ "head " (class(stroke)) } d="M20 1.5 27 5l-7 3.5z" {} }
                    }
                    (word)
                }
            }
        }
    }
}

/// Kinds that the graph does not hold, with how many there are.
fn others(graph: &Architecture, objects: &LabObjects, plane: Plane) -> Vec<(String, usize)> {
    let mut others: Vec<(String, usize)> = Vec::new();
    let drawn = |uid: &str| graph.nodes.iter().any(|node| node.id == uid);
    for object in objects.objects.iter().filter(|it| it.plane == plane && !drawn(&it.uid)) {
        if matches!(object.kind.as_str(), "Service" | "Deployment" | "ReplicaSet" | "Pod") {
            continue;
        }
        match others.iter_mut().find(|(kind, _)| *kind == object.kind) {
            Some((_, count)) => *count += 1,
            None => others.push((object.kind.clone(), 1)),
        }
    }
    others
}

fn draw_frame(reader: Reader, frame: &Frame<'_>, name: &str, others: &[(String, usize)]) -> Markup {
    let (class, label, corner) = match frame.plane {
        Plane::Cp => ("frame-cp", reader.texts.control_plane, 0),
        Plane::Dp => ("frame-dp", reader.texts.data_plane, 16),
    };
    let room = usize::try_from(frame.width / 8).unwrap_or(0).saturating_sub(label.len() + 4);
    html! {
        g class=(class) transform={ "translate(" (frame.left) " " (frame.top) ")" } {
            rect class="frame-box" width=(frame.width) height=(frame.height) rx=(corner) {}
            @match frame.plane {
                Plane::Cp => rect class="fill-cp" x=(PAD) y="16" width="10" height="10" rx="1" {},
                Plane::Dp => circle class="fill-dp" cx=(PAD + 5) cy="21" r="5" {},
            }
            text class="frame-name" x=(PAD + 17) y="26" { (label) }
            text class="frame-namespace" x=(frame.width - PAD) y="26" text-anchor="end" { (text::fit(name, room.max(6))) }
            @if frame.boxes.is_empty() {
                text class="quiet-text" x=(frame.width / 2) y=(frame.height / 2 + 8) text-anchor="middle" { (reader.texts.no_workload) }
            }
            g { @for line in &frame.lines { (draw_line(line)) } }
            g { @for placed in &frame.boxes { (draw_box(frame.plane, placed)) } }
            @for more in &frame.more {
                text class="quiet-text" x=(more.x) y=(more.y) { ((reader.texts.more)(u32::try_from(more.count).unwrap_or(u32::MAX))) }
            }
            @if !others.is_empty() {
                text class="quiet-text" x=(PAD) y=(frame.height - 12) {
                    @for (index, (kind, count)) in others.iter().enumerate() {
                        @if index > 0 { " · " }
                        (kind) " × " (count)
                    }
                }
            }
        }
    }
}

fn class(stroke: Stroke) -> &'static str {
    match stroke {
        Stroke::Open => "way open",
        Stroke::Closed => "way closed",
        Stroke::Owns => "way owns",
    }
}

fn draw_line(line: &Line) -> Markup {
    let points: Vec<_> = line.points.iter().map(|(x, y)| format!("{x},{y}")).collect();
    let end = line.points.last().filter(|_| line.head);
    html! {
        polyline class=(class(line.stroke)) points=(points.join(" ")) {}
        @if let Some((x, y)) = end {
            path class={ "head " (class(line.stroke)) } d={ "M" (x - 3) " " (y - 6) "h6l-3 6z" } {}
        }
    }
}

fn draw_box(plane: Plane, placed: &Placed<'_>) -> Markup {
    let node = placed.node;
    let small = placed.height == CHIP;
    let corner = match (plane, small) {
        (Plane::Cp, _) => 1,
        (Plane::Dp, true) => 13,
        (Plane::Dp, false) => 10,
    };
    let (label, words) = if small { chip(node) } else { words(placed) };
    html! {
        g class={ "node " (tone(node.state)) @if small { " chip" } } data-key=(node.id)
            transform={ "translate(" (placed.x) " " (placed.y) ")" }
            role="button" tabindex="0" data-do="object" data-with=(address(node)) aria-label=(label) {
            title { (label) }
            rect class="node-box" width=(placed.width) height=(placed.height) rx=(corner) {}
            (words)
        }
    }
}

/// Which object a box opens, as the last part of its address.
pub(super) fn address(node: &Node) -> String {
    let plane = match node.plane {
        Plane::Cp => "cp",
        Plane::Dp => "dp",
    };
    format!("{plane}/{}/{}", node.kind, node.name)
}

/// A pod: the end of its name, by which pods differ. Its label says the rest.
fn chip(node: &Node) -> (String, Markup) {
    let tail = text::fit(node.name.rsplit('-').next().unwrap_or(&node.name), 8);
    let mut label = format!("{tail} {} {}: {}", node.kind, node.name, node.summary);
    if let Some(machine) = &node.machine {
        label = format!("{label}, {machine}");
    }
    let words = html! {
        (mark(node.state, 14, 13))
        text class="chip-name" x="26" y="17" { (tail) }
    };
    (label, words)
}

/// Two lines. The label begins as they are read, and names in full what was cut.
fn words(placed: &Placed<'_>) -> (String, Markup) {
    let node = placed.node;
    let room = usize::try_from((placed.width - 36) / 8).unwrap_or(8).max(8);
    debug_assert_eq!(placed.height, BOX, "what is not a chip has two lines");
    let name = text::fit(&node.name, room);
    let left = (room + 4).saturating_sub(node.kind.len()).max(8);
    let summary = text::fit(&node.summary, left);
    let cut = name != node.name || summary != node.summary;
    let mut label = format!("{name} {} · {summary}", node.kind);
    if cut {
        label = format!("{label} ({}: {})", node.name, node.summary);
    }
    let words = html! {
        text class="node-name" x="12" y="19" { (name) }
        " "
        text class="node-summary" x="12" y="36" { (node.kind) " · " (summary) }
        (mark(node.state, placed.width - 16, 16))
    };
    (label, words)
}

fn tone(state: NodeState) -> &'static str {
    match state {
        NodeState::Ready => "good",
        NodeState::Starting => "starting",
        NodeState::Failing => "bad",
        NodeState::Ending => "ending",
        NodeState::Idle => "plain",
    }
}

/// The state as a shape: a disc, a dashed ring, a ring with a cross, a cross.
fn mark(state: NodeState, x: u32, y: u32) -> Markup {
    html! {
        @match state {
            NodeState::Ready => circle class="mark-good" cx=(x) cy=(y) r="4.5" {},
            NodeState::Starting => circle class="mark-starting" cx=(x) cy=(y) r="4" {},
            NodeState::Failing => {
                circle class="mark-bad" cx=(x) cy=(y) r="4.5" {}
                path class="mark-bad" d={ "M" (x - 2) " " (y - 2) "l4 4m0-4-4 4" } {}
            }
            NodeState::Ending => path class="mark-ending" d={ "M" (x - 3) " " (y - 3) "l6 6m0-6-6 6" } {},
            NodeState::Idle => {}
        }
    }
}
