//! Adding up what a pod asks for.

use std::collections::BTreeMap;

use serde_json::Value;

use super::super::value::{entries, items, text};
use crate::quantity::Quantity;

/// Amounts by resource name.
pub(super) type Amounts = BTreeMap<String, Quantity>;

/// The amounts in a resource list.
pub(super) fn amounts(holder: &Value, key: &str) -> Amounts {
    entries(holder, key)
        .filter_map(|(name, value)| Some((name.clone(), Quantity::of(value)?)))
        .collect()
}

/// What a pod asks for in all (`side` is `requests` or `limits`): its containers together, or
/// more where an init container alone needs more.
pub(super) fn of_pod(spec: &Value, side: &str) -> Amounts {
    let mut total = Amounts::new();
    for container in items(spec, "containers") {
        add(&mut total, &amounts(&container["resources"], side));
    }
    let mut sidecars = Amounts::new();
    let mut peak = Amounts::new();
    for container in items(spec, "initContainers") {
        let own = amounts(&container["resources"], side);
        if text(container, "restartPolicy") == "Always" {
            add(&mut total, &own);
            add(&mut sidecars, &own);
            raise(&mut peak, &sidecars);
        } else {
            let mut together = own;
            add(&mut together, &sidecars);
            raise(&mut peak, &together);
        }
    }
    raise(&mut total, &peak);
    for (name, amount) in amounts(&spec["resources"], side) {
        if matches!(name.as_str(), "cpu" | "memory") {
            total.insert(name, amount);
        }
    }
    if side == "requests" {
        add(&mut total, &amounts(spec, "overhead"));
    }
    total
}

/// Adds every amount of `more`.
pub(super) fn add(total: &mut Amounts, more: &Amounts) {
    for (name, amount) in more {
        let sum = total.get(name).map_or(*amount, |it| it.plus(*amount));
        total.insert(name.clone(), sum);
    }
}

fn raise(total: &mut Amounts, other: &Amounts) {
    for (name, amount) in other {
        if total.get(name).is_none_or(|it| it < amount) {
            total.insert(name.clone(), *amount);
        }
    }
}

/// `a=1,b=2`.
pub(super) fn print(amounts: &Amounts) -> String {
    amounts.iter().map(|(name, it)| format!("{name}={it}")).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn init_containers_count_only_where_they_need_more() {
        let spec = json!({
            "containers": [{"resources": {"requests": {"cpu": "100m", "memory": "1Gi"}}}],
            "initContainers": [{"resources": {"requests": {"cpu": "1", "memory": "10Mi"}}}],
        });

        assert_eq!(print(&of_pod(&spec, "requests")), "cpu=1,memory=1Gi");
    }
}
