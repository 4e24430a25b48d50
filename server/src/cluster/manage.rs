//! Creates, changes and removes a lab's objects. Every call can be repeated: what is there already is left or mended.

use std::fmt::Debug;
use std::sync::Arc;

use curriculum::Plane;
use jiff::Timestamp;
use k8s_openapi::api::authentication::v1::{TokenRequest, TokenRequestSpec};
use k8s_openapi::api::core::v1::{
    ConfigMap, LimitRange, Namespace, Pod, ResourceQuota, ServiceAccount,
};
use k8s_openapi::api::networking::v1::NetworkPolicy;
use k8s_openapi::api::rbac::v1::RoleBinding;
use kube::api::{DeleteParams, Patch, PatchParams, PostParams};
use kube::{Api, Client, ResourceExt as _};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::index::{Index, Toolbox};
use super::learner::{Clients, Identity};
use super::objects::{self, EXPIRES, Limits, Owner, TOOLBOX, ToolboxFiles};
use super::{Error, LabNames, Reach, watch};
use crate::tasks::Tasks;
use crate::told::Step;

/// Who writes: the field manager of every object.
const MANAGER: &str = "hangar";

/// The cluster, as the rest of the server may use it. Cheap to clone.
#[derive(Clone)]
pub struct Cluster {
    client: Client,
    settings: Arc<Settings>,
    index: Arc<Index>,
    pub(super) identity: Identity,
    pub(super) clients: Arc<Clients>,
}

/// How labs are made on this cluster.
#[derive(Debug)]
pub struct Settings {
    /// Names this installation in labels.
    pub installation: String,
    /// What one lab may use.
    pub limits: Limits,
    /// The image of the toolbox; labs have none without it.
    pub toolbox_image: Option<String>,
    /// How learners reach the API server from their own machines.
    pub reach: Reach,
    /// The certificate authority of that address, in PEM, when it is not a public one.
    pub external_ca: Option<String>,
    /// Whether this is the practice cluster; shown to people, asked by nothing else.
    pub practice: bool,
}

/// What a learner's kubeconfig is made of.
#[derive(Clone, Debug)]
pub struct KubeconfigMaterial {
    /// The certificate authority of the API server, in PEM.
    pub ca: Option<String>,
    /// The learner's token.
    pub token: String,
}

impl Debug for Cluster {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Cluster").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Cluster {
    /// A cluster reached by `client`, whose watches feed `index`.
    pub(super) fn new(
        client: Client,
        settings: Settings,
        index: Arc<Index>,
        identity: Identity,
    ) -> Self {
        let clients = Arc::default();
        Self { client, settings: Arc::new(settings), index, identity, clients }
    }

    /// Starts the watches; without any one of them the picture would be wrong.
    pub fn watch(&self, tasks: &Tasks) {
        watch::start(&self.client, &self.index, &self.settings.installation, tasks);
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// What is known of the labs.
    pub fn index(&self) -> &Arc<Index> {
        &self.index
    }

    /// How labs are made here.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Makes everything that a lab needs, telling each step when it begins.
    pub async fn ensure(
        &self,
        lab: &LabNames,
        expires: Timestamp,
        files: &ToolboxFiles,
        begins: impl Fn(Step) + Send + Sync,
    ) -> Result<(), Error> {
        let owner = Owner { names: lab, installation: &self.settings.installation };
        let planes = [(Some("cp"), lab.cp()), (Some("dp"), lab.dp())];
        begins(Step::Namespaces);
        let expires = expires.to_string();
        let all = planes.iter().cloned().chain([(None, lab.toolbox())]);
        for (plane, name) in all {
            let namespace = objects::namespace(owner, &name, plane, &expires);
            self.ensure_one(Api::<Namespace>::all(self.client.clone()), &namespace).await?;
        }
        begins(Step::Rules);
        for (_, name) in &planes {
            let quota = objects::resource_quota(owner, name, &self.settings.limits);
            self.ensure_one(self.api::<ResourceQuota>(name), &quota).await?;
            let limits = objects::limit_range(owner, name);
            self.ensure_one(self.api::<LimitRange>(name), &limits).await?;
            let policy = objects::lab_policy(owner, name);
            self.ensure_one(self.api::<NetworkPolicy>(name), &policy).await?;
        }
        let policy = objects::toolbox_policy(owner, &lab.toolbox());
        self.ensure_one(self.api::<NetworkPolicy>(&lab.toolbox()), &policy).await?;
        begins(Step::Access);
        let account = objects::learner_account(owner);
        self.ensure_one(self.api::<ServiceAccount>(&lab.toolbox()), &account).await?;
        for (_, name) in &planes {
            let binding = objects::role_binding(owner, name);
            self.ensure_one(self.api::<RoleBinding>(name), &binding).await?;
        }
        if let Some(image) = &self.settings.toolbox_image {
            begins(Step::Toolbox);
            self.ensure_toolbox(owner, image, files).await?;
        }
        begins(Step::Ready);
        Ok(())
    }

    async fn ensure_toolbox(
        &self,
        owner: Owner<'_>,
        image: &str,
        files: &ToolboxFiles,
    ) -> Result<(), Error> {
        let lab = owner.names;
        let config = objects::files(owner, files);
        self.ensure_one(self.api::<ConfigMap>(&lab.toolbox()), &config).await?;
        let pods = self.api::<Pod>(&lab.toolbox());
        if self.index.toolbox(&lab.id) == Toolbox::Over {
            // Not found is as good as deleted; anything else shows when it is created.
            drop(pods.delete(TOOLBOX, &DeleteParams::default()).await);
        }
        self.create(&pods, &objects::toolbox(owner, image, files)).await?;
        Ok(())
    }

    /// How the lab's toolbox is.
    pub fn toolbox(&self, lab: &str) -> Toolbox {
        match self.settings.toolbox_image {
            Some(_) => self.index.toolbox(lab),
            None => Toolbox::Unwanted,
        }
    }

    fn api<K>(&self, namespace: &str) -> Api<K>
    where
        K: kube::Resource<Scope = k8s_openapi::NamespaceResourceScope, DynamicType = ()>,
    {
        Api::namespaced(self.client.clone(), namespace)
    }

    /// Creates an object, or mends the one that is there.
    async fn ensure_one<K>(&self, api: Api<K>, object: &K) -> Result<(), Error>
    where
        K: kube::Resource<DynamicType = ()> + Serialize + DeserializeOwned + Clone + Debug,
    {
        if self.create(&api, object).await? {
            return Ok(());
        }
        let name = object.name_any();
        let parameters = PatchParams::apply(MANAGER).force();
        api.patch(&name, &parameters, &Patch::Apply(object))
            .await
            .map_err(|error| Error::api(format!("applying {} {name}", K::kind(&())), error))?;
        Ok(())
    }

    /// Creates an object; `false` if there is one of that name.
    async fn create<K>(&self, api: &Api<K>, object: &K) -> Result<bool, Error>
    where
        K: kube::Resource<DynamicType = ()> + Serialize + DeserializeOwned + Clone + Debug,
    {
        let parameters =
            PostParams { field_manager: Some(MANAGER.to_owned()), ..PostParams::default() };
        match api.create(&parameters, object).await {
            Ok(_) => Ok(true),
            Err(kube::Error::Api(status)) if status.reason == "AlreadyExists" => Ok(false),
            Err(error) => {
                let action = format!("creating {} {}", K::kind(&()), object.name_any());
                Err(Error::api(action, error))
            }
        }
    }

    /// Writes the moment of a lab's end where an operator sees it.
    pub async fn set_expiry(&self, lab: &LabNames, expires: Timestamp) -> Result<(), Error> {
        let namespaces: Api<Namespace> = Api::all(self.client.clone());
        let change = json!({"metadata": {"annotations": {EXPIRES: expires.to_string()}}});
        let parameters =
            PatchParams { field_manager: Some(MANAGER.to_owned()), ..PatchParams::default() };
        for name in lab.namespaces() {
            namespaces
                .patch(&name, &parameters, &Patch::Merge(&change))
                .await
                .map_err(|error| Error::api(format!("annotating Namespace {name}"), error))?;
        }
        Ok(())
    }

    /// Removes a lab's namespaces, and with them everything in them.
    pub async fn remove(&self, lab: &LabNames) -> Result<(), Error> {
        for name in lab.namespaces() {
            self.remove_namespace(&name).await?;
        }
        Ok(())
    }

    /// Removes one namespace; one that is gone already is fine.
    pub async fn remove_namespace(&self, name: &str) -> Result<(), Error> {
        let namespaces: Api<Namespace> = Api::all(self.client.clone());
        match namespaces.delete(name, &DeleteParams::background()).await {
            Ok(_) => Ok(()),
            // 404: gone; 409: it is being deleted already.
            Err(kube::Error::Api(status)) if matches!(status.code, 404 | 409) => Ok(()),
            Err(error) => Err(Error::api(format!("deleting Namespace {name}"), error)),
        }
    }

    /// A short-lived token with which the learner works from her own machine.
    pub async fn kubeconfig(
        &self,
        lab: &LabNames,
        seconds: i64,
    ) -> Result<KubeconfigMaterial, Error> {
        let accounts: Api<ServiceAccount> = self.api(&lab.toolbox());
        let request = TokenRequest {
            spec: Some(TokenRequestSpec {
                expiration_seconds: Some(seconds.clamp(600, 86_400)),
                ..TokenRequestSpec::default()
            }),
            ..TokenRequest::default()
        };
        let answer = accounts
            .create_token_request("learner", &PostParams::default(), &request)
            .await
            .map_err(|error| Error::api("requesting a token for the learner", error))?;
        let token = answer.status.and_then(|status| status.token).filter(|token| !token.is_empty());
        let token = token.ok_or_else(|| {
            Error::Configuration("the API server gave no token for the learner".to_owned())
        })?;
        Ok(KubeconfigMaterial { ca: self.settings.external_ca.clone(), token })
    }

    /// The namespace of a plane.
    pub fn namespace(lab: &LabNames, plane: Plane) -> String {
        match plane {
            Plane::Cp => lab.cp(),
            Plane::Dp => lab.dp(),
        }
    }
}
