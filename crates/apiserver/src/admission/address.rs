//! Addresses and ports of Services.
//!
//! **Invariant:** no two Services have one address or one node port.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use serde_json::{Value, json};

use crate::core::Core;
use crate::kinds::{ErrorKind, FieldError, Resource, service_ports};
use crate::status::{Result, Status};
use crate::verbs::{core_resource, text};

const NODE_PORTS: std::ops::RangeInclusive<u32> = 30_000..=32_767;

/// Gives a Service what its type asks for and it does not have yet.
pub(crate) fn allocate(core: &Core, resource: &Resource, value: &mut Value) -> Result<()> {
    if (resource.group, resource.kind) != ("", "Service") {
        return Ok(());
    }
    let wants_ports = service_ports::ports_wanting_node_port(value);
    let wants_address = service_ports::wants_cluster_ip(value);
    let given = value["spec"]["clusterIP"].as_str().unwrap_or_default().to_owned();
    if !wants_address && wants_ports.is_empty() && (given.is_empty() || given == "None") {
        return Ok(());
    }
    let used = used(core, value);
    if wants_address {
        let address = free_address(core, &used.addresses)?;
        service_ports::set_cluster_ip(value, &address.to_string());
    } else if used.addresses.contains(&given) {
        let name = text(value, "name").to_owned();
        let error = FieldError {
            kind: ErrorKind::Invalid,
            field: "spec.clusterIPs".to_owned(),
            bad_value: Some(json!([given]).to_string()),
            detail: format!("failed to allocate IP {given}: provided IP is already allocated"),
        };
        return Err(Status::invalid(resource, &name, &[error]));
    }
    let mut ports = used.ports;
    for index in wants_ports {
        let port = free_port(core, &ports)?;
        ports.insert(port);
        value["spec"]["ports"][index]["nodePort"] = port.into();
    }
    Ok(())
}

struct Used {
    addresses: BTreeSet<String>,
    ports: BTreeSet<u32>,
}

/// What all other Services have.
fn used(core: &Core, own: &Value) -> Used {
    let mut used = Used { addresses: BTreeSet::new(), ports: BTreeSet::new() };
    for object in core.store.snapshot(core_resource("services")).within("") {
        if *object.name == *text(own, "name") && *object.namespace == *text(own, "namespace") {
            continue;
        }
        let value = object.value();
        if let Some(address) = value["spec"]["clusterIP"].as_str()
            && address != "None"
        {
            used.addresses.insert(address.to_owned());
        }
        let ports = value["spec"]["ports"].as_array().into_iter().flatten();
        let ports = ports.filter_map(|it| it["nodePort"].as_u64());
        used.ports.extend(ports.filter_map(|it| u32::try_from(it).ok()));
    }
    used
}

fn free_address(core: &Core, used: &BTreeSet<String>) -> Result<Ipv4Addr> {
    let (network, length) = core.settings.service_cidr;
    let size = 1_u32.checked_shl(u32::from(32 - length.min(32))).unwrap_or(u32::MAX).max(4);
    let base = u32::from(network);
    // The first 256 addresses (at most) are left for those who ask for one by name.
    let reserved = (size / 16).clamp(1, 256);
    let start = core.below(size - reserved - 1);
    let candidates = (0..size - reserved - 1).map(|step| {
        let offset = reserved + (start + step) % (size - reserved - 1);
        Ipv4Addr::from(base + offset)
    });
    let mut free = candidates.filter(|it| !used.contains(&it.to_string()));
    free.next().ok_or_else(|| Status::internal("failed to allocate a serviceIP: range is full"))
}

fn free_port(core: &Core, used: &BTreeSet<u32>) -> Result<u32> {
    let count = NODE_PORTS.end() - NODE_PORTS.start() + 1;
    let start = core.below(count);
    let mut candidates = (0..count).map(|step| NODE_PORTS.start() + (start + step) % count);
    candidates
        .find(|it| !used.contains(it))
        .ok_or_else(|| Status::internal("failed to allocate a nodePort: range is full"))
}
