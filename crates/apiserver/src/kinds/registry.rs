//! Every built-in kind: what discovery prints and routing matches.
//!
//! **Invariant:** the order is the order of the real server's discovery (groups, then names
//! within a group), because clients resolve an ambiguous short name by the first match.
//!
//! **Deliberately absent:** custom resources, which are data, and kinds that this server would
//! store without giving them their meaning.

/// One built-in resource: its names, its scope and what may be done with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resource {
    /// API group; empty for the core group.
    pub group: &'static str,
    /// API version within the group.
    pub version: &'static str,
    /// The kind of one object.
    pub kind: &'static str,
    /// The name in URLs.
    pub plural: &'static str,
    /// The name that people type for one.
    pub singular: &'static str,
    /// Abbreviations that `kubectl` accepts.
    pub short_names: &'static [&'static str],
    /// Groupings such as `all`.
    pub categories: &'static [&'static str],
    /// Whether objects live in a namespace.
    pub namespaced: bool,
    /// The verbs of discovery, in its order.
    pub verbs: &'static [&'static str],
    /// What hangs below one object's URL.
    pub subresources: &'static [Subresource],
}

/// One subresource of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subresource {
    /// The last part of the URL.
    pub name: &'static str,
    /// Group, version and kind of its body where it is not the parent's own.
    pub body: Option<(&'static str, &'static str, &'static str)>,
    /// The verbs of discovery, in its order.
    pub verbs: &'static [&'static str],
}

impl Resource {
    /// The kind of a list of these objects.
    pub fn list_kind(&self) -> String {
        format!("{}List", self.kind)
    }

    /// `v1` or `apps/v1`, as it stands in `apiVersion`.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_owned()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// `pods` or `deployments.apps`, as messages name a resource.
    pub fn group_resource(&self) -> String {
        if self.group.is_empty() {
            self.plural.to_owned()
        } else {
            format!("{}.{}", self.plural, self.group)
        }
    }

    /// `Pod` or `Deployment.apps`, as validation messages name a kind.
    pub fn group_kind(&self) -> String {
        if self.group.is_empty() {
            self.kind.to_owned()
        } else {
            format!("{}.{}", self.kind, self.group)
        }
    }

    /// Whether the verb is offered on the resource itself.
    pub fn allows(&self, verb: &str) -> bool {
        self.verbs.contains(&verb)
    }

    /// The subresource of that name, if there is one.
    pub fn subresource(&self, name: &str) -> Option<&'static Subresource> {
        self.subresources.iter().find(|it| it.name == name)
    }

    /// Whether status is written apart from the rest.
    pub fn has_status(&self) -> bool {
        self.subresource("status").is_some()
    }

    const fn short(self, short_names: &'static [&'static str]) -> Self {
        Self { short_names, ..self }
    }

    const fn categories(self, categories: &'static [&'static str]) -> Self {
        Self { categories, ..self }
    }

    const fn verbs(self, verbs: &'static [&'static str]) -> Self {
        Self { verbs, ..self }
    }

    const fn with(self, subresources: &'static [Subresource]) -> Self {
        Self { subresources, ..self }
    }
}

/// The resource that a URL names, if it is built in.
pub fn find(group: &str, version: &str, plural: &str) -> Option<&'static Resource> {
    RESOURCES.iter().find(|it| it.group == group && it.version == version && it.plural == plural)
}

/// The resource that stores objects of a kind, if it is built in.
pub fn find_kind(group: &str, version: &str, kind: &str) -> Option<&'static Resource> {
    RESOURCES.iter().find(|it| it.group == group && it.version == version && it.kind == kind)
}

const ALL_VERBS: &[&str] =
    &["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
const NAMESPACE_VERBS: &[&str] = &["create", "delete", "get", "list", "patch", "update", "watch"];
const CREATE_ONLY: &[&str] = &["create"];
const UPDATE_ONLY: &[&str] = &["update"];
const GET_ONLY: &[&str] = &["get"];
const READ_WRITE: &[&str] = &["get", "patch", "update"];
const CONNECT: &[&str] = &["create", "get"];
const PROXY: &[&str] = &["create", "delete", "get", "patch", "update"];

const STATUS_SUBRESOURCE: Subresource = sub("status", None, READ_WRITE);
const STATUS: &[Subresource] = &[STATUS_SUBRESOURCE];
const SCALE_AND_STATUS: &[Subresource] =
    &[sub("scale", Some(("autoscaling", "v1", "Scale")), READ_WRITE), STATUS_SUBRESOURCE];
const ALL: &[&str] = &["all"];

const fn sub(
    name: &'static str,
    body: Option<(&'static str, &'static str, &'static str)>,
    verbs: &'static [&'static str],
) -> Subresource {
    Subresource { name, body, verbs }
}

const fn namespaced(
    group: &'static str,
    version: &'static str,
    kind: &'static str,
    plural: &'static str,
    singular: &'static str,
) -> Resource {
    Resource {
        group,
        version,
        kind,
        plural,
        singular,
        short_names: &[],
        categories: &[],
        namespaced: true,
        verbs: ALL_VERBS,
        subresources: &[],
    }
}

const fn cluster(
    group: &'static str,
    version: &'static str,
    kind: &'static str,
    plural: &'static str,
    singular: &'static str,
) -> Resource {
    Resource { namespaced: false, ..namespaced(group, version, kind, plural, singular) }
}

/// Every built-in resource, in discovery's order.
pub const RESOURCES: &[Resource] = &[
    // core/v1
    namespaced("", "v1", "Binding", "bindings", "binding").verbs(CREATE_ONLY),
    namespaced("", "v1", "ConfigMap", "configmaps", "configmap").short(&["cm"]),
    namespaced("", "v1", "Endpoints", "endpoints", "endpoints").short(&["ep"]),
    namespaced("", "v1", "Event", "events", "event").short(&["ev"]),
    namespaced("", "v1", "LimitRange", "limitranges", "limitrange").short(&["limits"]),
    cluster("", "v1", "Namespace", "namespaces", "namespace")
        .verbs(NAMESPACE_VERBS)
        .short(&["ns"])
        .with(&[sub("finalize", None, UPDATE_ONLY), STATUS_SUBRESOURCE]),
    cluster("", "v1", "Node", "nodes", "node")
        .short(&["no"])
        .with(&[sub("proxy", Some(("", "v1", "NodeProxyOptions")), PROXY), STATUS_SUBRESOURCE]),
    namespaced(
        "",
        "v1",
        "PersistentVolumeClaim",
        "persistentvolumeclaims",
        "persistentvolumeclaim",
    )
    .short(&["pvc"])
    .with(STATUS),
    cluster("", "v1", "PersistentVolume", "persistentvolumes", "persistentvolume")
        .short(&["pv"])
        .with(STATUS),
    namespaced("", "v1", "Pod", "pods", "pod").short(&["po"]).categories(ALL).with(&[
        sub("attach", Some(("", "v1", "PodAttachOptions")), CONNECT),
        sub("binding", Some(("", "v1", "Binding")), CREATE_ONLY),
        sub("ephemeralcontainers", None, READ_WRITE),
        sub("eviction", Some(("policy", "v1", "Eviction")), CREATE_ONLY),
        sub("exec", Some(("", "v1", "PodExecOptions")), CONNECT),
        sub("log", None, GET_ONLY),
        sub("portforward", Some(("", "v1", "PodPortForwardOptions")), CONNECT),
        sub("proxy", Some(("", "v1", "PodProxyOptions")), PROXY),
        sub("resize", None, READ_WRITE),
        STATUS_SUBRESOURCE,
    ]),
    namespaced("", "v1", "PodTemplate", "podtemplates", "podtemplate"),
    namespaced(
        "",
        "v1",
        "ReplicationController",
        "replicationcontrollers",
        "replicationcontroller",
    )
    .short(&["rc"])
    .categories(ALL)
    .with(SCALE_AND_STATUS),
    namespaced("", "v1", "ResourceQuota", "resourcequotas", "resourcequota")
        .short(&["quota"])
        .with(STATUS),
    namespaced("", "v1", "Secret", "secrets", "secret"),
    namespaced("", "v1", "ServiceAccount", "serviceaccounts", "serviceaccount")
        .short(&["sa"])
        .with(&[sub("token", Some(("authentication.k8s.io", "v1", "TokenRequest")), CREATE_ONLY)]),
    namespaced("", "v1", "Service", "services", "service")
        .short(&["svc"])
        .categories(ALL)
        .with(&[sub("proxy", Some(("", "v1", "ServiceProxyOptions")), PROXY), STATUS_SUBRESOURCE]),
    // apps/v1
    namespaced("apps", "v1", "ControllerRevision", "controllerrevisions", "controllerrevision"),
    namespaced("apps", "v1", "DaemonSet", "daemonsets", "daemonset")
        .short(&["ds"])
        .categories(ALL)
        .with(STATUS),
    namespaced("apps", "v1", "Deployment", "deployments", "deployment")
        .short(&["deploy"])
        .categories(ALL)
        .with(SCALE_AND_STATUS),
    namespaced("apps", "v1", "ReplicaSet", "replicasets", "replicaset")
        .short(&["rs"])
        .categories(ALL)
        .with(SCALE_AND_STATUS),
    namespaced("apps", "v1", "StatefulSet", "statefulsets", "statefulset")
        .short(&["sts"])
        .categories(ALL)
        .with(SCALE_AND_STATUS),
    // events.k8s.io/v1
    namespaced("events.k8s.io", "v1", "Event", "events", "event").short(&["ev"]),
    // authentication.k8s.io/v1
    cluster(
        "authentication.k8s.io",
        "v1",
        "SelfSubjectReview",
        "selfsubjectreviews",
        "selfsubjectreview",
    )
    .verbs(CREATE_ONLY),
    cluster("authentication.k8s.io", "v1", "TokenReview", "tokenreviews", "tokenreview")
        .verbs(CREATE_ONLY),
    // authorization.k8s.io/v1
    namespaced(
        "authorization.k8s.io",
        "v1",
        "LocalSubjectAccessReview",
        "localsubjectaccessreviews",
        "localsubjectaccessreview",
    )
    .verbs(CREATE_ONLY),
    cluster(
        "authorization.k8s.io",
        "v1",
        "SelfSubjectAccessReview",
        "selfsubjectaccessreviews",
        "selfsubjectaccessreview",
    )
    .verbs(CREATE_ONLY),
    cluster(
        "authorization.k8s.io",
        "v1",
        "SelfSubjectRulesReview",
        "selfsubjectrulesreviews",
        "selfsubjectrulesreview",
    )
    .verbs(CREATE_ONLY),
    cluster(
        "authorization.k8s.io",
        "v1",
        "SubjectAccessReview",
        "subjectaccessreviews",
        "subjectaccessreview",
    )
    .verbs(CREATE_ONLY),
    // autoscaling/v2
    namespaced(
        "autoscaling",
        "v2",
        "HorizontalPodAutoscaler",
        "horizontalpodautoscalers",
        "horizontalpodautoscaler",
    )
    .short(&["hpa"])
    .categories(ALL)
    .with(STATUS),
    // autoscaling/v1
    namespaced(
        "autoscaling",
        "v1",
        "HorizontalPodAutoscaler",
        "horizontalpodautoscalers",
        "horizontalpodautoscaler",
    )
    .short(&["hpa"])
    .categories(ALL)
    .with(STATUS),
    // batch/v1
    namespaced("batch", "v1", "CronJob", "cronjobs", "cronjob")
        .short(&["cj"])
        .categories(ALL)
        .with(STATUS),
    namespaced("batch", "v1", "Job", "jobs", "job").categories(ALL).with(STATUS),
    // certificates.k8s.io/v1
    cluster(
        "certificates.k8s.io",
        "v1",
        "CertificateSigningRequest",
        "certificatesigningrequests",
        "certificatesigningrequest",
    )
    .short(&["csr"])
    .with(&[sub("approval", None, READ_WRITE), STATUS_SUBRESOURCE]),
    // networking.k8s.io/v1
    cluster("networking.k8s.io", "v1", "IngressClass", "ingressclasses", "ingressclass"),
    namespaced("networking.k8s.io", "v1", "Ingress", "ingresses", "ingress")
        .short(&["ing"])
        .with(STATUS),
    namespaced("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies", "networkpolicy")
        .short(&["netpol"]),
    // policy/v1
    namespaced(
        "policy",
        "v1",
        "PodDisruptionBudget",
        "poddisruptionbudgets",
        "poddisruptionbudget",
    )
    .short(&["pdb"])
    .with(STATUS),
    // rbac.authorization.k8s.io/v1
    cluster(
        "rbac.authorization.k8s.io",
        "v1",
        "ClusterRoleBinding",
        "clusterrolebindings",
        "clusterrolebinding",
    ),
    cluster("rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles", "clusterrole"),
    namespaced("rbac.authorization.k8s.io", "v1", "RoleBinding", "rolebindings", "rolebinding"),
    namespaced("rbac.authorization.k8s.io", "v1", "Role", "roles", "role"),
    // storage.k8s.io/v1
    cluster("storage.k8s.io", "v1", "CSIDriver", "csidrivers", "csidriver"),
    cluster("storage.k8s.io", "v1", "CSINode", "csinodes", "csinode"),
    cluster("storage.k8s.io", "v1", "StorageClass", "storageclasses", "storageclass")
        .short(&["sc"]),
    cluster("storage.k8s.io", "v1", "VolumeAttachment", "volumeattachments", "volumeattachment")
        .with(STATUS),
    // apiextensions.k8s.io/v1
    cluster(
        "apiextensions.k8s.io",
        "v1",
        "CustomResourceDefinition",
        "customresourcedefinitions",
        "customresourcedefinition",
    )
    .short(&["crd", "crds"])
    .categories(&["api-extensions"])
    .with(STATUS),
    // scheduling.k8s.io/v1
    cluster("scheduling.k8s.io", "v1", "PriorityClass", "priorityclasses", "priorityclass")
        .short(&["pc"]),
    // coordination.k8s.io/v1
    namespaced("coordination.k8s.io", "v1", "Lease", "leases", "lease"),
    // node.k8s.io/v1
    cluster("node.k8s.io", "v1", "RuntimeClass", "runtimeclasses", "runtimeclass"),
    // discovery.k8s.io/v1
    namespaced("discovery.k8s.io", "v1", "EndpointSlice", "endpointslices", "endpointslice"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resource_is_found_by_url_and_by_kind() {
        let deployments = find("apps", "v1", "deployments").expect("it is built in");

        assert_eq!(deployments, find_kind("apps", "v1", "Deployment").expect("it is built in"));
        assert_eq!(deployments.group_kind(), "Deployment.apps");
        assert_eq!(deployments.short_names, ["deploy"]);
        assert_eq!(deployments.list_kind(), "DeploymentList");
    }

    #[test]
    fn no_resource_is_listed_twice() {
        for (index, one) in RESOURCES.iter().enumerate() {
            let later = &RESOURCES[index + 1..];
            assert!(!later.iter().any(|it| it.api_version() == one.api_version()
                && (it.plural == one.plural || it.kind == one.kind)));
        }
    }

    #[test]
    fn a_pod_is_evicted_with_a_body_of_another_group() {
        let pods = find("", "v1", "pods").expect("it is built in");

        let eviction = pods.subresource("eviction").expect("pods have it");

        assert_eq!(eviction.body, Some(("policy", "v1", "Eviction")));
        assert_eq!(eviction.verbs, ["create"]);
    }
}
