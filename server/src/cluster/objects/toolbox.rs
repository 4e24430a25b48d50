//! The toolbox: the pod where the learner's shell runs, with the lab's files.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{
    Capabilities, ConfigMap, ConfigMapVolumeSource, Container, EmptyDirVolumeSource, EnvVar,
    KeyToPath, Pod, PodSecurityContext, PodSpec, ResourceRequirements, SeccompProfile,
    SecurityContext, Volume, VolumeMount,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use super::Owner;
use super::access::LEARNER;

/// The name of the pod, its container and its ConfigMap.
pub(in crate::cluster) const TOOLBOX: &str = "toolbox";
/// Where the files are mounted; the image copies them into the home directory when it starts.
const MOUNTED: &str = "/etc/hangar/home";
/// The learner's home directory.
const HOME: &str = "/home/learner";

/// The files of a lab's home directory, by path.
pub(in crate::cluster) type ToolboxFiles = BTreeMap<String, String>;

/// The key of a path: ConfigMap keys know no slashes.
fn key(path: &str) -> String {
    path.replace('/', "__")
}

/// The lab's files.
pub(in crate::cluster) fn files(owner: Owner<'_>, files: &ToolboxFiles) -> ConfigMap {
    let data = files.iter().map(|(path, text)| (key(path), text.clone())).collect();
    ConfigMap {
        metadata: owner.metadata(&owner.names.toolbox(), TOOLBOX),
        data: Some(data),
        ..ConfigMap::default()
    }
}

/// The pod, hardened as Pod Security `restricted` asks.
pub(in crate::cluster) fn toolbox(owner: Owner<'_>, image: &str, files: &ToolboxFiles) -> Pod {
    let names = owner.names;
    let variable = |name: &str, value: &str| EnvVar {
        name: name.to_owned(),
        value: Some(value.to_owned()),
        value_from: None,
    };
    let container = Container {
        name: TOOLBOX.to_owned(),
        image: Some(image.to_owned()),
        env: Some(vec![
            variable("HOME", HOME),
            variable("KUBECONFIG", &format!("{HOME}/.kube/config")),
            variable("CP_NS", &names.cp()),
            variable("DP_NS", &names.dp()),
            variable("LEARNER", &names.slug),
        ]),
        resources: Some(resources()),
        security_context: Some(SecurityContext {
            allow_privilege_escalation: Some(false),
            read_only_root_filesystem: Some(true),
            capabilities: Some(Capabilities { drop: Some(vec!["ALL".to_owned()]), add: None }),
            ..SecurityContext::default()
        }),
        volume_mounts: Some(vec![mount("files", MOUNTED, true), mount("home", HOME, false)]),
        ..Container::default()
    };
    Pod {
        metadata: owner.metadata(&names.toolbox(), TOOLBOX),
        spec: Some(PodSpec {
            service_account_name: Some(LEARNER.to_owned()),
            enable_service_links: Some(false),
            termination_grace_period_seconds: Some(1),
            security_context: Some(PodSecurityContext {
                run_as_non_root: Some(true),
                run_as_user: Some(10_001),
                run_as_group: Some(10_001),
                fs_group: Some(10_001),
                seccomp_profile: Some(SeccompProfile {
                    type_: "RuntimeDefault".to_owned(),
                    localhost_profile: None,
                }),
                ..PodSecurityContext::default()
            }),
            containers: vec![container],
            volumes: Some(volumes(files)),
            ..PodSpec::default()
        }),
        ..Pod::default()
    }
}

fn mount(name: &str, path: &str, read_only: bool) -> VolumeMount {
    VolumeMount {
        name: name.to_owned(),
        mount_path: path.to_owned(),
        read_only: Some(read_only),
        ..VolumeMount::default()
    }
}

fn resources() -> ResourceRequirements {
    let quantities = |cpu: &str, memory: &str| {
        Some(BTreeMap::from([
            ("cpu".to_owned(), Quantity(cpu.to_owned())),
            ("memory".to_owned(), Quantity(memory.to_owned())),
        ]))
    };
    ResourceRequirements {
        requests: quantities("20m", "64Mi"),
        limits: quantities("500m", "256Mi"),
        ..ResourceRequirements::default()
    }
}

fn volumes(files: &ToolboxFiles) -> Vec<Volume> {
    let items = files
        .keys()
        .map(|path| KeyToPath { key: key(path), path: path.clone(), mode: None })
        .collect();
    vec![
        Volume {
            name: "files".to_owned(),
            config_map: Some(ConfigMapVolumeSource {
                name: TOOLBOX.to_owned(),
                items: Some(items),
                ..ConfigMapVolumeSource::default()
            }),
            ..Volume::default()
        },
        Volume {
            name: "home".to_owned(),
            empty_dir: Some(EmptyDirVolumeSource {
                size_limit: Some(Quantity("64Mi".to_owned())),
                medium: None,
            }),
            ..Volume::default()
        },
    ]
}
