//! The volumes of a pod: what is in them, and keeping that up to date.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::core::v1::{
    ConfigMap, Container, DownwardAPIVolumeFile, KeyToPath, Pod, Secret, Service, Volume as Spec,
    VolumeProjection,
};
use serde_json::{Value, json};

use super::Kubelet;
use super::environment::{self, Place, Sources};
use super::state::PodState;
use crate::cache::{Key, Kind};
use crate::events::{Type, reference};
use crate::runtime::{Mount, Volume};
use crate::{Error, api};

const FIRST_RETRY: Duration = Duration::from_millis(500);
const LAST_RETRY: Duration = Duration::from_secs(122);
/// How long a token lives unless the pod says otherwise, in seconds.
const TOKEN_SECONDS: i64 = 3607;

/// The mounted volumes of a pod, by name.
#[derive(Clone, Default)]
pub(super) struct Volumes {
    by_name: BTreeMap<String, Volume>,
}

/// A token that is part of a projected volume, and when it must be asked for again.
struct Token {
    text: String,
    renew: Timestamp,
}

/// What resolving found.
struct Contents {
    files: BTreeMap<String, Bytes>,
    /// When the contents go stale by themselves.
    renew: Option<Timestamp>,
}

impl Contents {
    fn fixed(files: BTreeMap<String, Bytes>) -> Self {
        Self { files, renew: None }
    }
}

impl Sources for (&Kubelet, &str) {
    fn config_map(&self, name: &str) -> Option<ConfigMap> {
        self.0.config_maps.get(&Key::new(self.1, name))
    }

    fn secret(&self, name: &str) -> Option<Secret> {
        self.0.secrets.get(&Key::new(self.1, name))
    }

    fn services(&self) -> Vec<Service> {
        let mut all = self.0.services.in_namespace(self.1);
        if self.1 != "default" {
            all.extend(self.0.services.get(&Key::new("default", "kubernetes")));
        }
        all
    }
}

impl Volumes {
    /// Mounts every volume of the pod, trying again until each can be.
    pub(super) async fn mount(
        kubelet: &Kubelet,
        state: &PodState,
        pod: &Pod,
        place: &Place,
    ) -> Self {
        let mut volumes = Self::default();
        let specs = pod.spec.as_ref().and_then(|spec| spec.volumes.as_deref());
        let mut retry = FIRST_RETRY;
        for spec in specs.unwrap_or_default() {
            loop {
                match contents(kubelet, pod, spec, place).await {
                    Ok(contents) => {
                        volumes.by_name.insert(spec.name.clone(), Volume::new(contents.files));
                        break;
                    }
                    Err(reason) => {
                        let message = format!(
                            "MountVolume.SetUp failed for volume \"{}\" : {reason}",
                            spec.name
                        );
                        let about = reference(&Kind::of::<Pod>(), &pod.metadata);
                        let recorder = kubelet.recorder(state.node);
                        recorder.tell(&about, Type::Warning, "FailedMount", message);
                        let mut changes = state.volume_changes();
                        tokio::select! {
                            () = tokio::time::sleep(retry) => {}
                            _ = changes.changed() => {}
                        }
                        retry = (retry * 2).min(LAST_RETRY);
                    }
                }
            }
        }
        volumes
    }

    /// Keeps the contents equal to the `ConfigMaps` and Secrets, and tokens fresh.
    pub(super) async fn keep(
        &self,
        kubelet: &Arc<Kubelet>,
        state: &PodState,
        pod: &Pod,
        place: &Place,
    ) {
        let specs: Vec<&Spec> = pod
            .spec
            .iter()
            .flat_map(|spec| spec.volumes.iter().flatten())
            .filter(|spec| {
                spec.config_map.is_some() || spec.secret.is_some() || spec.projected.is_some()
            })
            .collect();
        if specs.is_empty() {
            return std::future::pending().await;
        }
        let mut changes = state.volume_changes();
        loop {
            let mut renew: Option<Timestamp> = None;
            for spec in &specs {
                let Ok(contents) = contents(kubelet, pod, spec, place).await else { continue };
                if let Some(at) = contents.renew {
                    renew = Some(renew.map_or(at, |other| other.min(at)));
                }
                if let Some(volume) = self.by_name.get(&spec.name) {
                    volume.replace(contents.files);
                }
            }
            let left = renew.map(|at| at.duration_since((kubelet.context.clock)()));
            let left = left.map(|left| Duration::try_from(left).unwrap_or_default());
            tokio::select! {
                _ = changes.changed() => {}
                () = sleep(left) => {}
            }
        }
    }

    /// The mounts of a container.
    pub(super) fn mounts(&self, container: &Container) -> Vec<Mount> {
        container
            .volume_mounts
            .iter()
            .flatten()
            .filter_map(|mount| {
                let volume = self.by_name.get(&mount.name)?.clone();
                Some(Mount {
                    path: mount.mount_path.clone(),
                    sub_path: mount.sub_path.clone().filter(|path| !path.is_empty()),
                    read_only: mount.read_only == Some(true),
                    volume,
                })
            })
            .collect()
    }
}

async fn sleep(left: Option<Duration>) {
    match left {
        Some(left) => tokio::time::sleep(left).await,
        None => std::future::pending().await,
    }
}

async fn contents(
    kubelet: &Kubelet,
    pod: &Pod,
    spec: &Spec,
    place: &Place,
) -> Result<Contents, String> {
    let namespace = pod.metadata.namespace.as_deref().unwrap_or_default();
    let sources = (kubelet, namespace);
    if spec.empty_dir.is_some() {
        return Ok(Contents::fixed(BTreeMap::new()));
    }
    if let Some(map) = &spec.config_map {
        let optional = map.optional == Some(true);
        let files = config_map(&sources, namespace, &map.name, map.items.as_deref(), optional)?;
        return Ok(Contents::fixed(files));
    }
    if let Some(secret_spec) = &spec.secret {
        let name = secret_spec.secret_name.as_deref().unwrap_or_default();
        let optional = secret_spec.optional == Some(true);
        let items = secret_spec.items.as_deref();
        return secret(&sources, namespace, name, items, optional).map(Contents::fixed);
    }
    if let Some(downward) = &spec.downward_api {
        let items = downward.items.as_deref().unwrap_or_default();
        return self::downward(pod, place, items).map(Contents::fixed);
    }
    if let Some(projected) = &spec.projected {
        let mut all = Contents::fixed(BTreeMap::new());
        for source in projected.sources.iter().flatten() {
            let part = projection(kubelet, pod, source, place).await?;
            all.files.extend(part.files);
            all.renew = all.renew.into_iter().chain(part.renew).min();
        }
        return Ok(all);
    }
    Err("the nodes of the practice cluster have no such kind of volume".to_owned())
}

async fn projection(
    kubelet: &Kubelet,
    pod: &Pod,
    source: &VolumeProjection,
    place: &Place,
) -> Result<Contents, String> {
    let namespace = pod.metadata.namespace.as_deref().unwrap_or_default();
    let sources = (kubelet, namespace);
    if let Some(token) = &source.service_account_token {
        let account = pod.spec.as_ref().and_then(|spec| spec.service_account_name.clone());
        let account = account.unwrap_or_else(|| "default".to_owned());
        let seconds = token.expiration_seconds.unwrap_or(TOKEN_SECONDS);
        let audience = token.audience.as_deref();
        let Token { text, renew } = request_token(kubelet, pod, &account, audience, seconds)
            .await
            .map_err(|error| format!("failed to fetch token: {}", error.message()))?;
        let files = BTreeMap::from([(token.path.clone(), Bytes::from(text))]);
        return Ok(Contents { files, renew: Some(renew) });
    }
    if let Some(map) = &source.config_map {
        let optional = map.optional == Some(true);
        return config_map(&sources, namespace, &map.name, map.items.as_deref(), optional)
            .map(Contents::fixed);
    }
    if let Some(map) = &source.secret {
        let optional = map.optional == Some(true);
        return secret(&sources, namespace, &map.name, map.items.as_deref(), optional)
            .map(Contents::fixed);
    }
    if let Some(items) = &source.downward_api {
        return downward(pod, place, items.items.as_deref().unwrap_or_default())
            .map(Contents::fixed);
    }
    Err("unsupported kind of projected volume".to_owned())
}

async fn request_token(
    kubelet: &Kubelet,
    pod: &Pod,
    account: &str,
    audience: Option<&str>,
    seconds: i64,
) -> Result<Token, Error> {
    let namespace = pod.metadata.namespace.as_deref().unwrap_or_default();
    let request = json!({
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenRequest",
        "spec": {
            "audiences": audience.map(|audience| vec![audience]),
            "expirationSeconds": seconds,
            "boundObjectRef": {
                "apiVersion": "v1", "kind": "Pod",
                "name": pod.metadata.name, "uid": pod.metadata.uid,
            },
        },
    });
    let kind = Kind::of::<k8s_openapi::api::core::v1::ServiceAccount>();
    let key = Key::new(namespace, account);
    let client = &kubelet.context.client;
    let answer: Value = api::post(client, &kind, &key, "token", &request).await?;
    let text = answer["status"]["token"].as_str().unwrap_or_default().to_owned();
    // Renewed when four fifths of its life are over, as the real one does.
    let renew = (kubelet.context.clock)() + SignedDuration::from_secs(seconds * 4 / 5);
    Ok(Token { text, renew })
}

fn config_map(
    sources: &dyn Sources,
    namespace: &str,
    name: &str,
    items: Option<&[KeyToPath]>,
    optional: bool,
) -> Result<BTreeMap<String, Bytes>, String> {
    let Some(map) = sources.config_map(name) else {
        return if optional {
            Ok(BTreeMap::new())
        } else {
            Err(format!("configmap \"{name}\" not found"))
        };
    };
    let text = map.data.unwrap_or_default().into_iter().map(|(key, it)| (key, it.into_bytes()));
    let binary = map.binary_data.unwrap_or_default().into_iter().map(|(key, it)| (key, it.0));
    let all = text.chain(binary).map(|(key, bytes)| (key, Bytes::from(bytes))).collect();
    select(all, items, optional, "configmap", namespace, name)
}

fn secret(
    sources: &dyn Sources,
    namespace: &str,
    name: &str,
    items: Option<&[KeyToPath]>,
    optional: bool,
) -> Result<BTreeMap<String, Bytes>, String> {
    let Some(secret) = sources.secret(name) else {
        return if optional {
            Ok(BTreeMap::new())
        } else {
            Err(format!("secret \"{name}\" not found"))
        };
    };
    let data = secret.data.unwrap_or_default();
    let all = data.into_iter().map(|(key, bytes)| (key, Bytes::from(bytes.0))).collect();
    select(all, items, optional, "secret", namespace, name)
}

fn select(
    mut all: BTreeMap<String, Bytes>,
    items: Option<&[KeyToPath]>,
    optional: bool,
    what: &str,
    namespace: &str,
    name: &str,
) -> Result<BTreeMap<String, Bytes>, String> {
    let Some(items) = items else { return Ok(all) };
    let mut files = BTreeMap::new();
    for KeyToPath { key, path, .. } in items {
        match all.remove(key) {
            Some(bytes) => _ = files.insert(path.clone(), bytes),
            None if optional => {}
            None => {
                return Err(match what {
                    "secret" => format!("references non-existent secret key: {key}"),
                    _ => format!(
                        "configmap references non-existent config key: {key} in {namespace}/{name}"
                    ),
                });
            }
        }
    }
    Ok(files)
}

fn downward(
    pod: &Pod,
    place: &Place,
    items: &[DownwardAPIVolumeFile],
) -> Result<BTreeMap<String, Bytes>, String> {
    let mut files = BTreeMap::new();
    for item in items {
        let text = if let Some(field) = &item.field_ref {
            environment::field_value(pod, place, &field.field_path)?
        } else if let Some(resource) = &item.resource_field_ref {
            let containers = pod.spec.iter().flat_map(|spec| &spec.containers);
            let name = resource.container_name.as_deref().unwrap_or_default();
            let container = containers.into_iter().find(|it| it.name == name);
            container
                .map(|container| environment::resource_value(container, &resource.resource))
                .ok_or_else(|| format!("container {name} not found"))?
        } else {
            continue;
        };
        files.insert(item.path.clone(), Bytes::from(text));
    }
    Ok(files)
}
