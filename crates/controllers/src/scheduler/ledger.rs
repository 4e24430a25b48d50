//! What each node carries, kept up to date change by change.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Pod;

use crate::owners;
use crate::pods;
use crate::quantity::Amount;
use crate::quota::pod_total;

/// What one node carries.
#[derive(Clone, Debug)]
pub(super) struct Load {
    uses: BTreeMap<String, Use>,
    cpu: Amount,
    memory: Amount,
    by_owner: BTreeMap<String, usize>,
}

#[derive(Clone, Debug)]
struct Use {
    cpu: Amount,
    memory: Amount,
    owner: Option<String>,
}

static NOTHING: Load = Load {
    uses: BTreeMap::new(),
    cpu: Amount::ZERO,
    memory: Amount::ZERO,
    by_owner: BTreeMap::new(),
};

impl Default for Load {
    fn default() -> Self {
        NOTHING.clone()
    }
}

impl Load {
    /// How many pods it carries.
    pub(super) fn pods(&self) -> usize {
        self.uses.len()
    }

    /// The requested processors.
    pub(super) fn cpu(&self) -> Amount {
        self.cpu
    }

    /// The requested memory.
    pub(super) fn memory(&self) -> Amount {
        self.memory
    }

    /// How many of its pods have the same controller.
    pub(super) fn of_owner(&self, owner: Option<&str>) -> usize {
        owner.and_then(|owner| self.by_owner.get(owner)).copied().unwrap_or_default()
    }

    fn add(&mut self, uid: String, used: Use) {
        self.remove(&uid);
        self.cpu = self.cpu.plus(used.cpu);
        self.memory = self.memory.plus(used.memory);
        if let Some(owner) = &used.owner {
            *self.by_owner.entry(owner.clone()).or_default() += 1;
        }
        self.uses.insert(uid, used);
    }

    fn remove(&mut self, uid: &str) {
        let Some(used) = self.uses.remove(uid) else { return };
        self.cpu = self.cpu.minus(used.cpu);
        self.memory = self.memory.minus(used.memory);
        if let Some(owner) = used.owner
            && let Some(count) = self.by_owner.get_mut(&owner)
        {
            *count -= 1;
            if *count == 0 {
                self.by_owner.remove(&owner);
            }
        }
    }
}

/// The controller of a pod, by which pods are spread.
pub(super) fn owner(pod: &Pod) -> Option<&str> {
    owners::controller_of(&pod.metadata).map(|owner| owner.uid.as_str())
}

/// All nodes' loads.
#[derive(Default)]
pub(super) struct Ledger {
    loads: BTreeMap<String, Load>,
    places: BTreeMap<String, String>,
}

impl Ledger {
    /// What a node carries.
    pub(super) fn load(&self, node: &str) -> &Load {
        self.loads.get(node).unwrap_or(&NOTHING)
    }

    /// A pod is, or will be, on a node.
    pub(super) fn place(&mut self, pod: &Pod, node: &str) {
        let Some(uid) = pod.metadata.uid.clone() else { return };
        self.forget(&uid);
        let used = Use {
            cpu: pod_total(pod, "cpu", false),
            memory: pod_total(pod, "memory", false),
            owner: owner(pod).map(str::to_owned),
        };
        self.loads.entry(node.to_owned()).or_default().add(uid.clone(), used);
        self.places.insert(uid, node.to_owned());
    }

    /// A pod is nowhere any more; `true` if it was somewhere.
    pub(super) fn forget(&mut self, uid: &str) -> bool {
        let Some(node) = self.places.remove(uid) else { return false };
        if let Some(load) = self.loads.get_mut(&node) {
            load.remove(uid);
        }
        true
    }

    /// Takes in a pod as a watch shows it; `true` if room has become free.
    pub(super) fn note(&mut self, pod: &Pod, gone: bool) -> bool {
        let uid = pod.metadata.uid.as_deref().unwrap_or_default();
        if gone || pods::has_ended(pod) {
            return self.forget(uid);
        }
        if let Some(node) = pods::node(pod) {
            self.place(pod, node);
        }
        false
    }
}
