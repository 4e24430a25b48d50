//! Who may talk to whom: a lab to itself, and to the cluster's DNS.

use std::collections::BTreeMap;

use k8s_openapi::api::networking::v1::{
    NetworkPolicy, NetworkPolicyEgressRule, NetworkPolicyIngressRule, NetworkPolicyPeer,
    NetworkPolicyPort, NetworkPolicySpec,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::{LAB, Owner};

/// The ports of API servers: by custom, and on EKS.
const API_PORTS: [i32; 2] = [443, 6443];

/// Everything within the lab and DNS, nothing else.
pub(in crate::cluster) fn lab_policy(owner: Owner<'_>, namespace: &str) -> NetworkPolicy {
    policy(
        owner,
        namespace,
        vec![NetworkPolicyIngressRule { from: Some(vec![lab(owner)]), ports: None }],
        vec![NetworkPolicyEgressRule { to: Some(vec![lab(owner)]), ports: None }, dns()],
    )
}

/// The toolbox talks to its lab, to DNS and to the API server; nobody talks to it.
pub(in crate::cluster) fn toolbox_policy(owner: Owner<'_>, namespace: &str) -> NetworkPolicy {
    let api = NetworkPolicyEgressRule {
        to: None,
        ports: Some(API_PORTS.iter().map(|number| port("TCP", *number)).collect()),
    };
    let lab = NetworkPolicyEgressRule { to: Some(vec![lab(owner)]), ports: None };
    policy(owner, namespace, Vec::new(), vec![lab, dns(), api])
}

fn policy(
    owner: Owner<'_>,
    namespace: &str,
    ingress: Vec<NetworkPolicyIngressRule>,
    egress: Vec<NetworkPolicyEgressRule>,
) -> NetworkPolicy {
    NetworkPolicy {
        metadata: owner.metadata(namespace, "lab"),
        spec: Some(NetworkPolicySpec {
            pod_selector: Some(LabelSelector::default()),
            policy_types: Some(vec!["Ingress".to_owned(), "Egress".to_owned()]),
            ingress: Some(ingress),
            egress: Some(egress),
        }),
    }
}

fn lab(owner: Owner<'_>) -> NetworkPolicyPeer {
    labelled(LAB, &owner.names.id)
}

fn labelled(key: &str, value: &str) -> NetworkPolicyPeer {
    let labels = BTreeMap::from([(key.to_owned(), value.to_owned())]);
    NetworkPolicyPeer {
        namespace_selector: Some(LabelSelector {
            match_labels: Some(labels),
            ..LabelSelector::default()
        }),
        ..NetworkPolicyPeer::default()
    }
}

fn dns() -> NetworkPolicyEgressRule {
    NetworkPolicyEgressRule {
        to: Some(vec![labelled("kubernetes.io/metadata.name", "kube-system")]),
        ports: Some(vec![port("UDP", 53), port("TCP", 53)]),
    }
}

fn port(protocol: &str, number: i32) -> NetworkPolicyPort {
    NetworkPolicyPort {
        protocol: Some(protocol.to_owned()),
        port: Some(IntOrString::Int(number)),
        end_port: None,
    }
}
