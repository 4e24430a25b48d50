//! What only one object of the cluster may have: addresses and node ports of Services.
//!
//! **Invariant:** a claim is held exactly as long as an object that names it is stored, because
//! objects and claims change in one commit.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::kinds::Resource;

/// One thing that is had by one object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Claim {
    /// A cluster address, in the form in which the Service carries it.
    Address(String),
    /// A port on every node.
    Port(u32),
}

/// All claims, each with the key of its holder.
#[derive(Debug, Default)]
pub(super) struct Claims(BTreeMap<Claim, Arc<str>>);

impl Claims {
    /// Whether somebody else than `key` holds a claim.
    pub(super) fn is_held(&self, claim: &Claim, key: &str) -> bool {
        self.0.get(claim).is_some_and(|holder| **holder != *key)
    }

    /// Whether an object may have everything that it names.
    pub(super) fn admit(&self, resource: &Resource, key: &str, value: &Value) -> bool {
        of(resource, value).iter().all(|claim| !self.is_held(claim, key))
    }

    /// An object has taken the place of another, or of none, or has gone.
    pub(super) fn renew(
        &mut self,
        resource: &Resource,
        key: &Arc<str>,
        old: Option<&Value>,
        new: Option<&Value>,
    ) {
        for claim in old.map(|it| of(resource, it)).unwrap_or_default() {
            if !self.is_held(&claim, key) {
                self.0.remove(&claim);
            }
        }
        for claim in new.map(|it| of(resource, it)).unwrap_or_default() {
            self.0.insert(claim, Arc::clone(key));
        }
    }
}

/// Whether objects of this resource have anything that only one may have.
pub(super) fn concern(resource: &Resource) -> bool {
    (resource.group, resource.kind) == ("", "Service")
}

fn of(resource: &Resource, value: &Value) -> Vec<Claim> {
    if !concern(resource) {
        return Vec::new();
    }
    let address = value["spec"]["clusterIP"].as_str().filter(|it| !matches!(*it, "" | "None"));
    let ports = value["spec"]["ports"].as_array().into_iter().flatten();
    let numbers = ports.filter_map(|it| u32::try_from(it["nodePort"].as_u64()?).ok());
    let address = address.map(|it| Claim::Address(it.to_owned()));
    address.into_iter().chain(numbers.filter(|it| *it != 0).map(Claim::Port)).collect()
}
