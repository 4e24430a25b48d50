//! A pod's quality of service, derived from what its containers ask for.

use serde_json::Value;

use super::value::items;
use crate::quantity::Quantity;

const COUNTED: [&str; 2] = ["cpu", "memory"];

/// `Guaranteed`, `Burstable` or `BestEffort`.
pub fn quality_of_service(pod: &Value) -> &'static str {
    let spec = &pod["spec"];
    let containers: Vec<&Value> =
        items(spec, "containers").iter().chain(items(spec, "initContainers")).collect();
    let amount = |container: &Value, side: &str, name: &str| {
        Quantity::of(&container["resources"][side][name]).filter(|it| !it.is_zero())
    };
    let asks_nothing = containers.iter().all(|it| {
        COUNTED.iter().all(|name| {
            amount(it, "requests", name).is_none() && amount(it, "limits", name).is_none()
        })
    });
    if asks_nothing {
        return "BestEffort";
    }
    let is_exact = containers.iter().all(|it| {
        COUNTED.iter().all(|name| {
            let limit = amount(it, "limits", name);
            limit.is_some() && limit == amount(it, "requests", name)
        })
    });
    if is_exact { "Guaranteed" } else { "Burstable" }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_class_follows_requests_and_limits() {
        let pod = |resources: Value| json!({"spec": {"containers": [{"resources": resources}]}});

        assert_eq!(quality_of_service(&pod(json!({}))), "BestEffort");
        assert_eq!(quality_of_service(&pod(json!({"requests": {"cpu": "1"}}))), "Burstable");
        let full = json!({"cpu": "1", "memory": "1Gi"});
        assert_eq!(
            quality_of_service(&pod(json!({"requests": full, "limits": full}))),
            "Guaranteed"
        );
    }
}
