//! The columns that `kubectl get` shows for each kind.
//!
//! **Invariant:** names, types, order and priorities are the real server's; the cells of a kind
//! (see the neighbouring modules) match its columns one to one.

use serde_json::{Value, json};

use super::super::registry::Resource;

/// One column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// The heading, as `kubectl` upper-cases it.
    pub name: &'static str,
    /// `string`, `integer`, `boolean` or `date`.
    pub kind: &'static str,
    /// `name` for the column that names the object.
    pub format: &'static str,
    /// What the column tells.
    pub description: &'static str,
    /// 0 always shown, 1 only with `-o wide`.
    pub priority: i32,
}

impl Column {
    /// The column as it stands in a `Table`.
    pub fn definition(&self) -> Value {
        json!({
            "name": self.name,
            "type": self.kind,
            "format": self.format,
            "description": self.description,
            "priority": self.priority,
        })
    }
}

const NAME: Column = Column {
    name: "Name",
    kind: "string",
    format: "name",
    description: "The object's name, unique within its namespace and kind.",
    priority: 0,
};
const AGE: Column = Column { description: "How long ago the object was created.", ..text("Age") };
const CREATED_AT: Column = Column {
    name: "Created At",
    kind: "date",
    format: "",
    description: "When the object was created.",
    priority: 0,
};

/// The columns of a `Scale`, which is no kind of its own.
pub(super) const SCALE: [Column; 4] = [NAME, integer("Desired"), integer("Available"), AGE];

const fn text(name: &'static str) -> Column {
    Column { name, kind: "string", format: "", description: "", priority: 0 }
}

const fn integer(name: &'static str) -> Column {
    Column { kind: "integer", ..text(name) }
}

const fn boolean(name: &'static str) -> Column {
    Column { kind: "boolean", ..text(name) }
}

const fn wide(name: &'static str) -> Column {
    Column { priority: 1, ..text(name) }
}

/// The columns of a kind; the generic two where it has none of its own.
pub fn columns(resource: &Resource) -> &'static [Column] {
    TABLE
        .iter()
        .find(|it| it.0 == resource.group && it.1 == resource.kind)
        .map_or(&[NAME, CREATED_AT], |it| it.2)
}

/// Group, kind, columns.
const TABLE: &[(&str, &str, &[Column])] = &[
    ("", "ConfigMap", &[NAME, text("Data"), AGE]),
    ("", "Endpoints", &[NAME, text("Endpoints"), AGE]),
    (
        "",
        "Event",
        &[
            text("Last Seen"),
            text("Type"),
            text("Reason"),
            text("Object"),
            wide("Subobject"),
            wide("Source"),
            text("Message"),
            wide("First Seen"),
            wide("Count"),
            Column { priority: 1, ..NAME },
        ],
    ),
    (
        "events.k8s.io",
        "Event",
        &[
            text("Last Seen"),
            text("Type"),
            text("Reason"),
            text("Object"),
            wide("Subobject"),
            wide("Source"),
            text("Message"),
            wide("First Seen"),
            wide("Count"),
            Column { priority: 1, ..NAME },
        ],
    ),
    ("", "Namespace", &[NAME, text("Status"), AGE]),
    (
        "",
        "Node",
        &[
            NAME,
            text("Status"),
            text("Roles"),
            AGE,
            text("Version"),
            wide("Internal-IP"),
            wide("External-IP"),
            wide("OS-Image"),
            wide("Kernel-Version"),
            wide("Container-Runtime"),
        ],
    ),
    (
        "",
        "PersistentVolumeClaim",
        &[
            NAME,
            text("Status"),
            text("Volume"),
            text("Capacity"),
            text("Access Modes"),
            text("StorageClass"),
            text("VolumeAttributesClass"),
            AGE,
            wide("VolumeMode"),
        ],
    ),
    (
        "",
        "PersistentVolume",
        &[
            NAME,
            text("Capacity"),
            text("Access Modes"),
            text("Reclaim Policy"),
            text("Status"),
            text("Claim"),
            text("StorageClass"),
            text("VolumeAttributesClass"),
            text("Reason"),
            AGE,
            wide("VolumeMode"),
        ],
    ),
    (
        "",
        "Pod",
        &[
            NAME,
            text("Ready"),
            text("Status"),
            text("Restarts"),
            AGE,
            wide("IP"),
            wide("Node"),
            wide("Nominated Node"),
            wide("Readiness Gates"),
        ],
    ),
    ("", "PodTemplate", &[NAME, text("Containers"), text("Images"), text("Pod Labels")]),
    (
        "",
        "ReplicationController",
        &[
            NAME,
            integer("Desired"),
            integer("Current"),
            integer("Ready"),
            AGE,
            wide("Containers"),
            wide("Images"),
            wide("Selector"),
        ],
    ),
    ("", "ResourceQuota", &[NAME, text("Request"), text("Limit"), AGE]),
    ("", "Secret", &[NAME, text("Type"), text("Data"), AGE]),
    ("", "ServiceAccount", &[NAME, AGE]),
    (
        "",
        "Service",
        &[
            NAME,
            text("Type"),
            text("Cluster-IP"),
            text("External-IP"),
            text("Port(s)"),
            AGE,
            wide("Selector"),
        ],
    ),
    ("apps", "ControllerRevision", &[NAME, text("Controller"), text("Revision"), AGE]),
    (
        "apps",
        "DaemonSet",
        &[
            NAME,
            integer("Desired"),
            integer("Current"),
            integer("Ready"),
            integer("Up-to-date"),
            integer("Available"),
            text("Node Selector"),
            AGE,
            wide("Containers"),
            wide("Images"),
            wide("Selector"),
        ],
    ),
    (
        "apps",
        "Deployment",
        &[
            NAME,
            text("Ready"),
            text("Up-to-date"),
            text("Available"),
            AGE,
            wide("Containers"),
            wide("Images"),
            wide("Selector"),
        ],
    ),
    (
        "apps",
        "ReplicaSet",
        &[
            NAME,
            integer("Desired"),
            integer("Current"),
            integer("Ready"),
            AGE,
            wide("Containers"),
            wide("Images"),
            wide("Selector"),
        ],
    ),
    ("apps", "StatefulSet", &[NAME, text("Ready"), AGE, wide("Containers"), wide("Images")]),
    (
        "autoscaling",
        "HorizontalPodAutoscaler",
        &[
            NAME,
            text("Reference"),
            text("Targets"),
            text("MinPods"),
            text("MaxPods"),
            text("Replicas"),
            AGE,
        ],
    ),
    (
        "batch",
        "CronJob",
        &[
            NAME,
            text("Schedule"),
            text("Timezone"),
            boolean("Suspend"),
            integer("Active"),
            text("Last Schedule"),
            AGE,
            wide("Containers"),
            wide("Images"),
            wide("Selector"),
        ],
    ),
    (
        "batch",
        "Job",
        &[
            NAME,
            text("Status"),
            text("Completions"),
            text("Duration"),
            AGE,
            wide("Containers"),
            wide("Images"),
            wide("Selector"),
        ],
    ),
    ("networking.k8s.io", "IngressClass", &[NAME, text("Controller"), text("Parameters"), AGE]),
    (
        "networking.k8s.io",
        "Ingress",
        &[NAME, text("Class"), text("Hosts"), text("Address"), text("Ports"), AGE],
    ),
    ("networking.k8s.io", "NetworkPolicy", &[NAME, text("Pod-Selector"), AGE]),
    (
        "policy",
        "PodDisruptionBudget",
        &[
            NAME,
            text("Min Available"),
            text("Max Unavailable"),
            integer("Allowed Disruptions"),
            AGE,
        ],
    ),
    (
        "rbac.authorization.k8s.io",
        "RoleBinding",
        &[NAME, text("Role"), AGE, wide("Users"), wide("Groups"), wide("ServiceAccounts")],
    ),
    (
        "rbac.authorization.k8s.io",
        "ClusterRoleBinding",
        &[NAME, text("Role"), AGE, wide("Users"), wide("Groups"), wide("ServiceAccounts")],
    ),
    (
        "storage.k8s.io",
        "StorageClass",
        &[
            NAME,
            text("Provisioner"),
            text("ReclaimPolicy"),
            text("VolumeBindingMode"),
            text("AllowVolumeExpansion"),
            AGE,
        ],
    ),
    (
        "scheduling.k8s.io",
        "PriorityClass",
        &[NAME, integer("Value"), boolean("Global-Default"), AGE, text("PreemptionPolicy")],
    ),
    ("coordination.k8s.io", "Lease", &[NAME, text("Holder"), AGE]),
    (
        "discovery.k8s.io",
        "EndpointSlice",
        &[NAME, text("AddressType"), text("Ports"), text("Endpoints"), AGE],
    ),
];
