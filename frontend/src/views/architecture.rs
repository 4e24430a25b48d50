//! The learner's two planes as a picture: workloads with their pods inside, services, everything else as a count.
//!
//! **Invariant:** the picture is as wide as its place, so that its text keeps its size; what does not fit is counted,
//! never cut off.

use maud::{Markup, html};
use wire::{LabObject, LabObjects, Plane};

use super::{Reader, text};
use crate::model::tree;

/// A box of the picture, in pixels.
#[derive(Clone, Debug, PartialEq)]
struct Node<'a> {
    object: &'a LabObject,
    pods: Vec<&'a LabObject>,
    top: u32,
    height: u32,
}

/// One plane's frame with its boxes.
#[derive(Clone, Debug, PartialEq)]
struct Frame<'a> {
    plane: Plane,
    left: u32,
    top: u32,
    width: u32,
    height: u32,
    nodes: Vec<Node<'a>>,
    others: Vec<(String, usize)>,
}

const GAP: u32 = 16;
const PAD: u32 = 14;
const HEAD: u32 = 44;
const CHIP: u32 = 26;
const CHIP_WIDTH: u32 = 92;
const BOX: u32 = 52;
const MOST_PODS: usize = 24;

/// Draws the picture for a place of `width` pixels; `names` are the two namespaces.
pub fn picture(reader: Reader, objects: &LabObjects, names: [&str; 2], width: u32) -> Markup {
    let frames = layout(objects, width);
    let height = frames.iter().map(|frame| frame.top + frame.height).max().unwrap_or(0) + 2;
    let count = |plane| {
        let here = objects.objects.iter().filter(|object| object.plane == plane).count();
        u32::try_from(here).unwrap_or(u32::MAX)
    };
    html! {
        svg class="picture" width=(width) height=(height) viewBox={ "0 0 " (width) " " (height) }
            role="group" aria-label=((reader.texts.picture_about)(count(Plane::Cp), count(Plane::Dp))) {
            @for (frame, name) in frames.iter().zip(names) { (draw_frame(reader, frame, name)) }
        }
    }
}

/// Two frames side by side, or one below the other where they would be too narrow.
fn layout(objects: &LabObjects, width: u32) -> Vec<Frame<'_>> {
    let beside = width >= 460;
    let frame_width = if beside { (width - GAP - 2) / 2 } else { width.saturating_sub(2) };
    let mut frames: Vec<_> = [Plane::Cp, Plane::Dp]
        .into_iter()
        .map(|plane| frame(&objects.objects, plane, frame_width))
        .collect();
    let tallest = frames.iter().map(|frame| frame.height).max().unwrap_or(0);
    if beside {
        frames[1].left = 1 + frame_width + GAP;
        for frame in &mut frames {
            frame.height = tallest.max(200);
        }
    } else {
        frames[1].top = frames[0].top + frames[0].height + GAP;
    }
    frames
}

fn frame(objects: &[LabObject], plane: Plane, width: u32) -> Frame<'_> {
    let inner = width.saturating_sub(4 * PAD);
    let a_row = usize::try_from((inner + 6) / (CHIP_WIDTH + 6)).unwrap_or(1).max(1);
    let mut top = HEAD;
    let mut nodes = Vec::new();
    let mut others: Vec<(String, usize)> = Vec::new();
    for line in tree::lines(objects, plane).iter().filter(|line| line.depth == 0) {
        let object = line.object;
        if !is_drawn(&object.kind) {
            match others.iter_mut().find(|(kind, _)| *kind == object.kind) {
                Some((_, count)) => *count += 1,
                None => others.push((object.kind.clone(), 1)),
            }
            continue;
        }
        let pods: Vec<_> =
            tree::owned(objects, object).into_iter().filter(|it| it.kind == "Pod").collect();
        let rows = u32::try_from(pods.len().min(MOST_PODS).div_ceil(a_row)).unwrap_or(0);
        let height = BOX + rows * (CHIP + 6) + if rows > 0 { 6 } else { 0 };
        nodes.push(Node { object, pods, top, height });
        top += height + 10;
    }
    let height = top + if others.is_empty() { 6 } else { 26 };
    Frame { plane, left: 1, top: 1, width, height: height.max(120), nodes, others }
}

fn is_drawn(kind: &str) -> bool {
    matches!(
        kind,
        "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet" | "Job" | "Pod" | "Service"
    )
}

fn draw_frame(reader: Reader, frame: &Frame<'_>, name: &str) -> Markup {
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
            @if frame.nodes.is_empty() {
                text class="quiet-text" x=(frame.width / 2) y=(frame.height / 2 + 8) text-anchor="middle" { (reader.texts.no_workload) }
            }
            @for node in &frame.nodes { (draw_node(reader, frame, node)) }
            @if !frame.others.is_empty() {
                text class="quiet-text" x=(PAD) y=(frame.height - 12) {
                    @for (index, (kind, count)) in frame.others.iter().enumerate() {
                        @if index > 0 { " · " }
                        (kind) " × " (count)
                    }
                }
            }
        }
    }
}

fn draw_node(reader: Reader, frame: &Frame<'_>, node: &Node<'_>) -> Markup {
    let width = frame.width - 2 * PAD;
    let corner = if frame.plane == Plane::Cp { 1 } else { 10 };
    let room = usize::try_from((width - 40) / 8).unwrap_or(8);
    let object = node.object;
    html! {
        g class={ "node " (tone(object)) } data-key=(object.uid) transform={ "translate(" (PAD) " " (node.top) ")" }
            role="button" tabindex="0" data-do="show-object" data-with=(object.uid)
            aria-label={ (object.kind) " " (object.name) ": " (object.summary) } {
            rect class="node-box" width=(width) height=(node.height) rx=(corner) {}
            text class="node-name" x="12" y="21" { (text::fit(&object.name, room)) }
            text class="node-summary" x="12" y="39" { (object.kind) " · " (text::fit(&object.summary, room + 4)) }
            (health_mark(object, width - 16, 16))
            @for (index, pod) in node.pods.iter().take(MOST_PODS).enumerate() { (chip(pod, index, width, corner)) }
            @if node.pods.len() > MOST_PODS {
                text class="quiet-text" x=(width - 12) y="39" text-anchor="end" {
                    ((reader.texts.more)(u32::try_from(node.pods.len() - MOST_PODS).unwrap_or(u32::MAX)))
                }
            }
        }
    }
}

fn chip(pod: &LabObject, index: usize, width: u32, corner: u32) -> Markup {
    let a_row = ((width - 2 * PAD + 6) / (CHIP_WIDTH + 6)).max(1);
    let index = u32::try_from(index).unwrap_or(0);
    let (left, top) = (12 + index % a_row * (CHIP_WIDTH + 6), BOX + index / a_row * (CHIP + 6));
    let tail = pod.name.rsplit('-').next().unwrap_or(&pod.name);
    html! {
        g class={ "chip " (tone(pod)) } data-key=(pod.uid) transform={ "translate(" (left) " " (top) ")" } {
            title { (pod.name) ": " (pod.summary) }
            rect class="chip-box" width=(CHIP_WIDTH) height=(CHIP) rx=(corner.min(13)) {}
            (health_mark(pod, 13, 13))
            text class="chip-name" x="24" y="17" { (text::fit(tail, 9)) }
        }
    }
}

fn tone(object: &LabObject) -> &'static str {
    match object.healthy {
        Some(true) => "good",
        Some(false) => "bad",
        None => "plain",
    }
}

fn health_mark(object: &LabObject, x: u32, y: u32) -> Markup {
    html! {
        @match object.healthy {
            Some(true) => circle class="mark-good" cx=(x) cy=(y) r="4.5" {},
            Some(false) => circle class="mark-bad" cx=(x) cy=(y) r="3.8" {},
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::tree::tests::object;

    fn echo(pods: usize) -> LabObjects {
        let mut objects = vec![
            object("Deployment", "echo", None),
            object("ReplicaSet", "echo-1", Some("Deployment/echo")),
            object("ConfigMap", "settings", None),
        ];
        objects.extend(
            (0..pods).map(|it| object("Pod", &format!("p-{it}"), Some("ReplicaSet/echo-1"))),
        );
        LabObjects { revision: 1, objects }
    }

    #[test]
    fn pods_make_their_workload_taller_and_nothing_overlaps() {
        let (few, many) = (echo(2), echo(12));

        let (small, large) = (layout(&few, 560), layout(&many, 560));

        assert!(large[1].nodes[0].height > small[1].nodes[0].height);
        assert_eq!(small[1].others, [("ConfigMap".to_owned(), 1)]);
        assert!(small[0].left + small[0].width < small[1].left);
    }

    #[test]
    fn a_narrow_place_puts_one_plane_below_the_other() {
        let objects = echo(3);

        let frames = layout(&objects, 340);

        assert_eq!(frames[0].left, frames[1].left);
        assert!(frames[0].top + frames[0].height < frames[1].top);
    }
}
