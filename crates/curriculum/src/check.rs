//! A check: what it looks at, and what must be true of it.

use serde::Deserialize;

use crate::CheckId;
use crate::expression::Expression;
use crate::view::{KINDS_FOR_CAUSES, Kind, Plane};

/// One thing that must be true.
#[derive(Debug)]
pub struct Check {
    /// Its id within the exercise.
    pub id: CheckId,
    /// The step that it belongs to.
    pub step: String,
    /// What it looks at.
    pub target: Target,
    /// What must be true, in CEL.
    pub that: Expression,
    /// The author's own diagnoses; the first that applies is the reason. Without one it is derived.
    pub otherwise: Vec<Otherwise>,
}

/// What a check looks at, as written.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// One object, bound to `self`; `null` when there is none.
    Get(GetTarget),
    /// Objects, bound to `items`.
    List(ListTarget),
    /// Two objects, bound to `a` and `b`.
    Pair([GetTarget; 2]),
}

/// One object by name.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GetTarget {
    /// The kind.
    pub kind: Kind,
    /// Whose namespace.
    pub plane: Plane,
    /// The name.
    pub name: String,
}

/// The objects of a kind.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListTarget {
    /// The kind.
    pub kind: Kind,
    /// Whose namespace.
    pub plane: Plane,
    /// A label selector; empty means every object.
    #[serde(default)]
    pub select: String,
}

/// An author's diagnosis.
#[derive(Debug)]
pub struct Otherwise {
    /// When it applies, in CEL; always, when absent.
    pub when: Option<Expression>,
    /// Names the message `reason-<say>`.
    pub say: String,
    /// Values for the message's variables, in CEL.
    pub with: Vec<(String, Expression)>,
}

/// What an evaluation reads: when one of these changes, the check is evaluated anew.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Read {
    /// The kind.
    pub kind: Kind,
    /// Whose namespace.
    pub plane: Plane,
    /// Which of them.
    pub scope: Scope,
}

/// Which objects of a kind are read.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// The one with this name.
    Name(String),
    /// All of them.
    All,
}

impl Check {
    /// What an evaluation of this check may read, causes included, without doubles.
    pub fn reads(&self) -> Vec<Read> {
        let mut reads = match &self.target {
            Target::Get(get) => vec![get.read()],
            Target::List(list) => {
                vec![Read { kind: list.kind.clone(), plane: list.plane, scope: Scope::All }]
            }
            Target::Pair(pair) => pair.iter().map(GetTarget::read).collect(),
        };
        let planes: Vec<Plane> = reads.iter().map(|read| read.plane).collect();
        if reads.iter().any(|read| has_causes(&read.kind)) {
            for plane in planes {
                reads.extend(KINDS_FOR_CAUSES.iter().map(|kind| Read {
                    kind: kind.clone(),
                    plane,
                    scope: Scope::All,
                }));
            }
        }
        reads.sort();
        reads.dedup();
        reads
    }
}

impl GetTarget {
    fn read(&self) -> Read {
        Read { kind: self.kind.clone(), plane: self.plane, scope: Scope::Name(self.name.clone()) }
    }
}

/// Whether objects of this kind can be held back by other objects.
fn has_causes(kind: &Kind) -> bool {
    matches!(kind.kind, "Deployment" | "ReplicaSet" | "Pod" | "Service" | "EndpointSlice")
}
