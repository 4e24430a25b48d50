//! The graph as rows: the same as the picture, for those who rather read.

use maud::{Markup, html};
use wire::{Architecture, Edge, Node, NodeState, Plane, Relation};

use super::draw::address;
use crate::views::Reader;
use crate::views::icon::{self, Sign};
use crate::views::objects::plane_name;

/// One table a plane.
pub fn table(reader: Reader, graph: &Architecture) -> Markup {
    html! { @for plane in [Plane::Cp, Plane::Dp] { (one(reader, graph, plane)) } }
}

fn one(reader: Reader, graph: &Architecture, plane: Plane) -> Markup {
    let texts = reader.texts;
    let nodes: Vec<_> = graph.nodes.iter().filter(|node| node.plane == plane).collect();
    html! {
        section class="objects" {
            table {
                caption { (plane_name(reader, plane)) }
                @if nodes.is_empty() {
                    tbody { tr { td class="quiet" { (texts.no_workload) } } }
                } @else {
                    colgroup { col; col class="col-state"; col class="col-state"; }
                    thead { tr { th scope="col" { (texts.name) } th scope="col" { (texts.state) } th scope="col" { (texts.leads_to) } } }
                    tbody { @for node in nodes { (row(reader, graph, node)) } }
                }
            }
        }
    }
}

fn row(reader: Reader, graph: &Architecture, node: &Node) -> Markup {
    let sign = match node.state {
        NodeState::Ready => Sign::Passed,
        NodeState::Starting => Sign::Working,
        NodeState::Failing => Sign::Failed,
        NodeState::Ending => Sign::Unknown,
        NodeState::Idle => Sign::NotYet,
    };
    html! {
        tr data-key={ "row-" (node.id) } {
            th scope="row" {
                span class="object-kind" { (node.kind) } " "
                button type="button" class="link object-name" data-do="object" data-with=(address(node)) { (node.name) }
            }
            td { span class="health" { (icon::sign(sign)) (node.summary) } }
            td { (ends(reader, graph, node)) }
        }
    }
}

/// What a node leads to, each with what that means.
fn ends(reader: Reader, graph: &Architecture, node: &Node) -> Markup {
    let texts = reader.texts;
    let edges: Vec<&Edge> = graph.edges.iter().filter(|edge| edge.from == node.id).collect();
    let name = |id: &str| graph.nodes.iter().find(|node| node.id == id).map(|it| it.name.as_str());
    html! {
        @if edges.is_empty() { span class="quiet" { "–" } }
        ul class="ends" {
            @for edge in edges {
                @let meaning = match (edge.relation, edge.open) {
                    (Relation::Owns, _) => texts.key_owns,
                    (Relation::Routes, true) => texts.key_routes,
                    (Relation::Routes, false) => texts.key_closed,
                };
                li { span class="quiet" { (meaning) } " " span class="object-name" { (name(&edge.to).unwrap_or(&edge.to)) } }
            }
        }
    }
}
