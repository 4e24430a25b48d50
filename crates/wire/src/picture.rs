//! The live picture of a lab: nodes, and what leads from one to another. `GET /api/v1/lab/architecture`.

use serde::{Deserialize, Serialize};

use crate::Plane;

/// Both planes as a graph.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Architecture {
    /// Changes whenever an object does.
    pub revision: u64,
    /// What there is: owners before what they own, Services first.
    pub nodes: Vec<Node>,
    /// What leads where; both ends are in `nodes`.
    pub edges: Vec<Edge>,
}

/// One object in the picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Node {
    /// The object's uid.
    pub id: String,
    /// Which plane's namespace it is in.
    pub plane: Plane,
    /// The kind: `Service`, `Deployment`, `ReplicaSet` or `Pod`.
    pub kind: String,
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
    /// How it is.
    pub state: NodeState,
    /// The same in a few words of the reader's language, e.g. `2 of 2 ready`.
    pub summary: String,
    /// How many it keeps, for what keeps copies.
    pub replicas: Option<Replicas>,
    /// The machine that a Pod runs on.
    pub machine: Option<String>,
}

/// How a node of the picture is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum NodeState {
    /// As it should be.
    Ready,
    /// On its way.
    Starting,
    /// Something is wrong.
    Failing,
    /// Being deleted.
    Ending,
    /// There is nothing to be right or wrong.
    Idle,
}

/// How many copies.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Replicas {
    /// That are ready.
    pub ready: u32,
    /// That are wanted.
    pub wanted: u32,
}

/// What leads from one node to another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Edge {
    /// The id of the node that it starts from.
    pub from: String,
    /// The id of the node that it leads to.
    pub to: String,
    /// What it means.
    pub relation: Relation,
    /// For `routes`: whether requests take this way now; the Pod is ready.
    pub open: bool,
    /// For `routes`: the `EndpointSlice` that says so.
    pub via: Option<String>,
}

/// What an edge means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Relation {
    /// Deployment → `ReplicaSet` → Pod: the first made the second and keeps it.
    Owns,
    /// Service → Pod: requests to the first reach the second.
    Routes,
}
