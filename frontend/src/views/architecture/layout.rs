//! Where everything of the picture stands.
//!
//! A group is a Deployment (or a lone `ReplicaSet`, or pods that nobody keeps) with the Services that lead to its pods.
//! It is drawn from top to bottom: Services, then for each keeper its pods and the keeper below them, then the
//! Deployment. Ways of requests come from above along the left edge, ownership from below along the right one.

use wire::{Architecture, Node, Plane, Relation};

/// A box of the picture, in pixels from its frame's corner.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Placed<'a> {
    pub node: &'a Node,
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
}

/// What a line means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stroke {
    /// Requests go along here.
    Open,
    /// Requests would, if the pod were ready.
    Closed,
    /// One keeps the other.
    Owns,
}

/// A line from corner to corner; ways of requests end in an arrow's head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub stroke: Stroke,
    pub points: Vec<(u32, u32)>,
    pub head: bool,
}

/// A text between boxes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct More {
    pub x: u32,
    pub y: u32,
    pub count: usize,
}

/// One plane's frame.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Frame<'a> {
    pub plane: Plane,
    pub left: u32,
    pub top: u32,
    pub width: u32,
    pub height: u32,
    pub boxes: Vec<Placed<'a>>,
    pub lines: Vec<Line>,
    pub more: Vec<More>,
}

pub(super) const GAP: u32 = 16;
pub(super) const PAD: u32 = 14;
pub(super) const BOX: u32 = 46;
pub(super) const CHIP: u32 = 26;
pub(super) const CHIP_WIDTH: u32 = 84;
const HEAD: u32 = 42;
const INDENT: u32 = 22;
const CHIP_GAP: u32 = 6;
const MOST_PODS: usize = 18;

struct Set<'a> {
    keeper: Option<&'a Node>,
    pods: Vec<&'a Node>,
}

struct Group<'a> {
    services: Vec<&'a Node>,
    root: Option<&'a Node>,
    sets: Vec<Set<'a>>,
}

/// Two frames side by side, or one below the other where they would be too narrow. `footers` says whether the frames
/// have a line of their own at the bottom.
pub(super) fn layout(graph: &Architecture, width: u32, footers: [bool; 2]) -> [Frame<'_>; 2] {
    let beside = width >= 460;
    let frame_width = if beside { (width - GAP - 2) / 2 } else { width.saturating_sub(2) };
    let place = |plane, footer| Placing::new(graph, plane, frame_width).frame(footer);
    let [mut control, mut data] = [place(Plane::Cp, footers[0]), place(Plane::Dp, footers[1])];
    if beside {
        data.left = 1 + frame_width + GAP;
        let tallest = control.height.max(data.height).max(200);
        (control.height, data.height) = (tallest, tallest);
    } else {
        data.top = control.top + control.height + GAP;
    }
    [control, data]
}

struct Placing<'a> {
    graph: &'a Architecture,
    frame: Frame<'a>,
    y: u32,
}

impl<'a> Placing<'a> {
    fn new(graph: &'a Architecture, plane: Plane, width: u32) -> Self {
        let frame = Frame {
            plane,
            left: 1,
            top: 1,
            width,
            height: 0,
            boxes: Vec::new(),
            lines: Vec::new(),
            more: Vec::new(),
        };
        Self { graph, frame, y: HEAD }
    }

    fn frame(mut self, footer: bool) -> Frame<'a> {
        for group in groups(self.graph, self.frame.plane) {
            self.group(&group);
            self.y += 14;
        }
        self.frame.height = (self.y + if footer { 16 } else { 0 }).max(120);
        self.frame
    }

    fn group(&mut self, group: &Group<'a>) {
        let width = self.frame.width - 2 * PAD;
        let inset = group.sets.iter().any(|set| !set.pods.is_empty() || set.keeper.is_some());
        let top = self.y;
        for service in &group.services {
            self.wide(service, PAD, width, BOX);
            self.y += 8;
        }
        let right = if group.root.is_some() { INDENT } else { 0 };
        let left = if inset { INDENT } else { 0 };
        let mut keepers = Vec::new();
        for set in &group.sets {
            self.pods(set, &group.services, PAD + left, width - left - right);
            if let Some(keeper) = set.keeper {
                keepers.push(self.y + BOX / 2);
                self.wide(keeper, PAD + left, width - left - right, BOX);
                self.y += 10;
            }
        }
        self.trunk_of_requests(group, top);
        if let Some(root) = group.root {
            let (at, edge) = (PAD + width - 9, PAD + width - right);
            for &middle in &keepers {
                self.line(Stroke::Owns, vec![(edge, middle), (at, middle), (at, self.y)], false);
            }
            self.wide(root, PAD, width, BOX);
        }
    }

    fn wide(&mut self, node: &'a Node, x: u32, width: u32, height: u32) {
        self.frame.boxes.push(Placed { node, x, y: self.y, width, height });
        self.y += height;
    }

    fn line(&mut self, stroke: Stroke, points: Vec<(u32, u32)>, head: bool) {
        self.frame.lines.push(Line { stroke, points, head });
    }

    /// The pods of one keeper in rows, each with the way from above and the one from below.
    fn pods(&mut self, set: &Set<'a>, services: &[&'a Node], x: u32, width: u32) {
        let a_row =
            usize::try_from((width + CHIP_GAP) / (CHIP_WIDTH + CHIP_GAP)).unwrap_or(1).max(1);
        let shown = &set.pods[..set.pods.len().min(MOST_PODS)];
        let rows = shown.chunks(a_row).len();
        let mut feet = Vec::new();
        for row in shown.chunks(a_row) {
            let bus = self.y + if services.is_empty() { 0 } else { 8 };
            self.y = bus + if services.is_empty() { 4 } else { 12 };
            let mut centre = x + CHIP_WIDTH / 2;
            let mut centres = Vec::new();
            for pod in row {
                if let Some(open) = self.route(services, pod) {
                    let stroke = if open { Stroke::Open } else { Stroke::Closed };
                    let trunk = PAD + 7;
                    let points = vec![(trunk, bus), (centre, bus), (centre, self.y)];
                    self.line(stroke, points, true);
                }
                self.frame.boxes.push(Placed {
                    node: pod,
                    x: centre - CHIP_WIDTH / 2,
                    y: self.y,
                    width: CHIP_WIDTH,
                    height: CHIP,
                });
                centres.push(centre);
                centre += CHIP_WIDTH + CHIP_GAP;
            }
            self.y += CHIP;
            feet.push((self.y, centres));
            self.y += 8;
        }
        if set.pods.len() > shown.len() {
            self.y += 12;
            self.frame.more.push(More { x, y: self.y, count: set.pods.len() - shown.len() });
            self.y += 6;
        }
        if set.keeper.is_some() && rows > 0 {
            self.y += 6;
            self.feet(&feet, x);
        }
    }

    /// From the pods down to their keeper, whose box begins at the present height.
    fn feet(&mut self, feet: &[(u32, Vec<u32>)], x: u32) {
        let one = feet.len() == 1;
        for (foot, centres) in feet {
            let bus = foot + 7;
            for &centre in centres {
                let end = if one { centres[0] } else { x - 5 };
                let points = vec![(centre, *foot), (centre, bus), (end, bus)];
                self.line(Stroke::Owns, points, false);
            }
            let down = if one { centres[0] } else { x - 5 };
            let points = if one {
                vec![(down, bus), (down, self.y)]
            } else {
                vec![(down, bus), (down, self.y + BOX / 2), (x, self.y + BOX / 2)]
            };
            self.line(Stroke::Owns, points, false);
        }
    }

    /// Whether one of the Services leads to the pod, and whether requests go through.
    fn route(&self, services: &[&Node], pod: &Node) -> Option<bool> {
        let routes = self.graph.edges.iter().filter(|edge| {
            edge.relation == Relation::Routes
                && edge.to == pod.id
                && services.iter().any(|service| service.id == edge.from)
        });
        routes.map(|edge| edge.open).reduce(|one, other| one || other)
    }

    /// From the Services down the left edge to the lowest row that they lead to.
    fn trunk_of_requests(&mut self, group: &Group<'a>, top: u32) {
        let trunk = PAD + 7;
        let from_trunk = self
            .frame
            .lines
            .iter()
            .filter(|line| line.head && line.points[0].0 == trunk && line.points[0].1 > top);
        let rows: Vec<_> = from_trunk.map(|line| (line.points[0].1, line.stroke)).collect();
        let Some(lowest) = rows.iter().map(|(y, _)| *y).max() else { return };
        let open = rows.iter().any(|(_, stroke)| *stroke == Stroke::Open);
        let services = u32::try_from(group.services.len()).unwrap_or(0);
        let start = top + services * (BOX + 8) - 8;
        let stroke = if open { Stroke::Open } else { Stroke::Closed };
        self.line(stroke, vec![(trunk, start), (trunk, lowest)], false);
        for place in 1..services {
            let below = top + place * (BOX + 8);
            self.line(stroke, vec![(trunk, below - 8), (trunk, below)], false);
        }
    }
}

/// The groups of one plane, in the order of the graph.
fn groups(graph: &Architecture, plane: Plane) -> Vec<Group<'_>> {
    let here: Vec<&Node> = graph.nodes.iter().filter(|node| node.plane == plane).collect();
    let owned = |node: &Node| {
        graph.edges.iter().any(|edge| edge.relation == Relation::Owns && edge.to == node.id)
    };
    let kept = |keeper: &Node, kind: &str| -> Vec<&Node> {
        let keeps = |node: &&&Node| {
            node.kind == kind
                && graph.edges.iter().any(|edge| {
                    edge.relation == Relation::Owns && edge.from == keeper.id && edge.to == node.id
                })
        };
        here.iter().filter(keeps).copied().collect()
    };
    let set = |keeper| Set { keeper: Some(keeper), pods: kept(keeper, "Pod") };
    let mut groups = Vec::new();
    for &root in here.iter().filter(|node| !owned(node)) {
        match root.kind.as_str() {
            "Deployment" => {
                let sets: Vec<_> = kept(root, "ReplicaSet").into_iter().map(set).collect();
                let many = sets.len() > 1;
                // A ReplicaSet of an earlier revision keeps nothing, and is kept only to go back.
                let works = |set: &Set<'_>| {
                    !many
                        || !set.pods.is_empty()
                        || set.keeper.and_then(|it| it.replicas).is_some_and(|it| it.wanted > 0)
                };
                let sets = sets.into_iter().filter(works).collect();
                groups.push(Group { services: Vec::new(), root: Some(root), sets });
            }
            "ReplicaSet" => {
                groups.push(Group { services: Vec::new(), root: None, sets: vec![set(root)] });
            }
            _ => {}
        }
    }
    let lone: Vec<_> = here.iter().filter(|it| it.kind == "Pod" && !owned(it)).copied().collect();
    if !lone.is_empty() {
        let sets = vec![Set { keeper: None, pods: lone }];
        groups.push(Group { services: Vec::new(), root: None, sets });
    }
    attach_services(graph, &here, &mut groups);
    groups
}

/// Puts each Service above the first group that it leads to, or by itself.
fn attach_services<'a>(graph: &Architecture, here: &[&'a Node], groups: &mut Vec<Group<'a>>) {
    for &service in here.iter().filter(|node| node.kind == "Service") {
        let leads_to = |pod: &Node| {
            graph.edges.iter().any(|edge| {
                edge.relation == Relation::Routes && edge.from == service.id && edge.to == pod.id
            })
        };
        let found = groups
            .iter_mut()
            .find(|group| group.sets.iter().flat_map(|set| &set.pods).any(|pod| leads_to(pod)));
        match found {
            Some(group) => group.services.push(service),
            None => {
                groups.push(Group { services: vec![service], root: None, sets: Vec::new() });
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use wire::{Edge, NodeState, Replicas};

    pub(crate) fn node(kind: &str, name: &str) -> Node {
        Node {
            id: name.to_owned(),
            plane: Plane::Dp,
            kind: kind.to_owned(),
            namespace: "ada-dp".to_owned(),
            name: name.to_owned(),
            state: NodeState::Ready,
            summary: "ready".to_owned(),
            replicas: (kind != "Pod").then_some(Replicas { ready: 1, wanted: 1 }),
            machine: None,
        }
    }

    pub(crate) fn edge(relation: Relation, from: &str, to: &str) -> Edge {
        Edge { from: from.to_owned(), to: to.to_owned(), relation, open: true, via: None }
    }

    /// A Deployment `web` with so many pods, and a Service `web-svc` before them.
    pub(crate) fn web(pods: usize) -> Architecture {
        let mut graph = Architecture {
            revision: 1,
            nodes: vec![
                node("Service", "web-svc"),
                node("Deployment", "web"),
                node("ReplicaSet", "web-1"),
            ],
            edges: vec![edge(Relation::Owns, "web", "web-1")],
        };
        for name in (0..pods).map(|number| format!("web-1-{number}")) {
            graph.edges.push(edge(Relation::Owns, "web-1", &name));
            graph.edges.push(edge(Relation::Routes, "web-svc", &name));
            graph.nodes.push(node("Pod", &name));
        }
        graph
    }

    #[test]
    fn pods_make_their_group_taller_and_no_boxes_overlap() {
        for width in [320, 560, 900] {
            for pods in [1, 2, 5, 12] {
                let graph = web(pods);

                let [control, data] = layout(&graph, width, [false, false]);

                assert_eq!(data.boxes.len(), pods + 3, "every node has its box");
                for (at, one) in data.boxes.iter().enumerate() {
                    assert!(one.x + one.width <= data.width && one.y + one.height <= data.height);
                    for other in &data.boxes[at + 1..] {
                        let apart = one.x + one.width <= other.x
                            || other.x + other.width <= one.x
                            || one.y + one.height <= other.y
                            || other.y + other.height <= one.y;
                        assert!(apart, "{} covers {}", one.node.name, other.node.name);
                    }
                }
                assert!(control.boxes.is_empty());
            }
        }
    }

    #[test]
    fn a_service_has_a_way_to_each_of_its_pods() {
        let mut graph = web(3);
        graph.edges.last_mut().unwrap().open = false;

        let [_, data] = layout(&graph, 560, [false, false]);

        let heads = |stroke| data.lines.iter().filter(|it| it.head && it.stroke == stroke).count();
        assert_eq!((heads(Stroke::Open), heads(Stroke::Closed)), (2, 1));
    }

    #[test]
    fn what_is_too_much_is_counted() {
        let graph = web(40);

        let [_, data] = layout(&graph, 560, [false, false]);

        assert_eq!(data.more.iter().map(|more| more.count).sum::<usize>(), 40 - MOST_PODS);
    }

    #[test]
    fn a_replica_set_of_an_earlier_revision_is_left_out() {
        let mut graph = web(1);
        let mut old = node("ReplicaSet", "web-0");
        old.replicas = Some(Replicas { ready: 0, wanted: 0 });
        graph.nodes.push(old);
        graph.edges.push(edge(Relation::Owns, "web", "web-0"));

        let [_, data] = layout(&graph, 560, [false, false]);

        assert!(data.boxes.iter().all(|placed| placed.node.name != "web-0"));
    }

    #[test]
    fn a_narrow_place_puts_one_plane_below_the_other() {
        let graph = web(3);

        let [control, data] = layout(&graph, 340, [false, false]);

        assert_eq!(control.left, data.left);
        assert!(control.top + control.height < data.top);
    }
}
