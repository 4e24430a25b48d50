//! Addresses and ports of Services.
//!
//! **Invariant:** no two Services have one address or one node port: what is chosen here is held to
//! in the commit, so that of two that chose the same one has to choose again.

use std::net::Ipv4Addr;

use serde_json::{Value, json};

use crate::core::Core;
use crate::kinds::{ErrorKind, FieldError, Resource, service_ports};
use crate::status::{Result, Status};
use crate::store::Claim;
use crate::verbs::text;

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
    let taken = taken(core, value);
    if wants_address {
        let address = free_address(core, &taken)?;
        service_ports::set_cluster_ip(value, &address.to_string());
    } else if let Some(why) = refuse_address(core, &given, &taken) {
        let shown = json!([given]).to_string();
        let why = format!("failed to allocate IP {given}: {why}");
        return Err(invalid(resource, value, "spec.clusterIPs", shown, why));
    }
    refuse_ports(resource, value, &taken)?;
    let mut chosen = Vec::new();
    for index in wants_ports {
        let port = free_port(core, |port| chosen.contains(&port) || taken(&Claim::Port(port)))?;
        chosen.push(port);
        value["spec"]["ports"][index]["nodePort"] = port.into();
    }
    Ok(())
}

/// Whether another Service has something already.
fn taken<'a>(core: &'a Core, value: &Value) -> impl Fn(&Claim) -> bool + use<'a> {
    let (namespace, name) = (text(value, "namespace").to_owned(), text(value, "name").to_owned());
    move |claim| core.store.is_taken(claim, &namespace, &name)
}

fn invalid(resource: &Resource, value: &Value, field: &str, shown: String, why: String) -> Status {
    let error = FieldError {
        kind: ErrorKind::Invalid,
        field: field.to_owned(),
        bad_value: Some(shown),
        detail: why,
    };
    Status::invalid(resource, text(value, "name"), &[error])
}

/// Why an address that was asked for by name cannot be had.
fn refuse_address(
    core: &Core,
    given: &str,
    taken: impl Fn(&Claim) -> bool,
) -> Option<&'static str> {
    let Ok(address) = given.parse::<Ipv4Addr>() else {
        // Validation says what is wrong with it.
        return None;
    };
    let (network, length) = core.settings.service_cidr;
    let shift = u32::from(32 - length.min(32));
    let prefix = |it: Ipv4Addr| u32::from(it).checked_shr(shift).unwrap_or(0);
    if prefix(address) != prefix(network) {
        return Some("the provided network does not match the current range");
    }
    taken(&Claim::Address(given.to_owned())).then_some("provided IP is already allocated")
}

/// Refuses node ports that were asked for by number and cannot be had.
fn refuse_ports(resource: &Resource, value: &Value, taken: impl Fn(&Claim) -> bool) -> Result<()> {
    let ports = value["spec"]["ports"].as_array().into_iter().flatten().enumerate();
    for (index, port) in ports {
        let number = port["nodePort"].as_u64().and_then(|it| u32::try_from(it).ok());
        let Some(number) = number.filter(|it| *it != 0) else { continue };
        let why = if !NODE_PORTS.contains(&number) {
            format!(
                "provided port is not in the valid range. The range of valid ports is {}-{}",
                NODE_PORTS.start(),
                NODE_PORTS.end()
            )
        } else if taken(&Claim::Port(number)) {
            "provided port is already allocated".to_owned()
        } else {
            continue;
        };
        let field = format!("spec.ports[{index}].nodePort");
        return Err(invalid(resource, value, &field, number.to_string(), why));
    }
    Ok(())
}

fn free_address(core: &Core, taken: impl Fn(&Claim) -> bool) -> Result<Ipv4Addr> {
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
    let mut free = candidates.filter(|it| !taken(&Claim::Address(it.to_string())));
    free.next().ok_or_else(|| Status::internal("failed to allocate a serviceIP: range is full"))
}

fn free_port(core: &Core, taken: impl Fn(u32) -> bool) -> Result<u32> {
    let count = NODE_PORTS.end() - NODE_PORTS.start() + 1;
    let start = core.below(count);
    let mut candidates = (0..count).map(|step| NODE_PORTS.start() + (start + step) % count);
    candidates
        .find(|it| !taken(*it))
        .ok_or_else(|| Status::internal("failed to allocate a nodePort: range is full"))
}
