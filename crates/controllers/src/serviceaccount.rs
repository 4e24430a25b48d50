//! What every namespace has from the start: the ServiceAccount `default` and the CA certificate.

use std::collections::BTreeMap;
use std::future::Future;

use k8s_openapi::api::core::v1::{ConfigMap, Namespace, ServiceAccount};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde_json::{Value, json};

use crate::api::{self, CONTROLLER_MANAGER};
use crate::cache::{Key, Kind, Lister};
use crate::queue::Queue;
use crate::{Context, Error};

const WORKERS: usize = 8;
const CERTIFICATE: &str = "kube-root-ca.crt";
const DESCRIPTION: (&str, &str) = (
    "kubernetes.io/description",
    "Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.",
);

struct Controller {
    context: Context,
    namespaces: Lister<Namespace>,
    accounts: Lister<ServiceAccount>,
    config_maps: Lister<ConfigMap>,
    certificate: String,
}

/// Runs the controller; it publishes `certificate` unless that is empty.
pub(crate) fn run(
    context: &Context,
    certificate: String,
) -> impl Future<Output = ()> + Send + use<> {
    let controller = Controller {
        context: context.clone(),
        namespaces: context.cache.lister(),
        accounts: context.cache.lister(),
        config_maps: context.cache.lister(),
        certificate,
    };
    let queue = Queue::new("serviceaccount");
    let own = queue.clone();
    controller.namespaces.on_change(move |change| own.add(change.key.clone()));
    let own = queue.clone();
    controller.accounts.on_change(move |change| {
        if change.new.is_none() && &*change.key.name == "default" {
            own.add(Key::new("", &change.key.namespace));
        }
    });
    let own = queue.clone();
    controller.config_maps.on_change(move |change| {
        if &*change.key.name == CERTIFICATE {
            own.add(Key::new("", &change.key.namespace));
        }
    });
    async move {
        controller.context.cache.synced().await;
        queue.work(WORKERS, &controller.context.cancel, |key| controller.sync(key)).await;
    }
}

impl Controller {
    async fn sync(&self, key: Key) -> Result<(), Error> {
        let Some(namespace) = self.namespaces.get(&key) else { return Ok(()) };
        if namespace.metadata.deletion_timestamp.is_some() {
            return Ok(());
        }
        let result = futures::future::try_join(self.account(&key), self.certificate(&key)).await;
        match result {
            Err(error) if error.namespace_is_terminating() || error.is_not_found() => Ok(()),
            other => other.map(|_| ()),
        }
    }

    async fn account(&self, namespace: &Key) -> Result<(), Error> {
        if self.accounts.get(&Key::new(&namespace.name, "default")).is_some() {
            return Ok(());
        }
        let account = ServiceAccount { metadata: meta(namespace, "default"), ..Default::default() };
        self.create(&Kind::of::<ServiceAccount>(), namespace, &account).await
    }

    async fn certificate(&self, namespace: &Key) -> Result<(), Error> {
        if self.certificate.is_empty() {
            return Ok(());
        }
        let data = BTreeMap::from([("ca.crt".to_owned(), self.certificate.clone())]);
        let key = Key::new(&namespace.name, CERTIFICATE);
        let kind = Kind::of::<ConfigMap>();
        match self.config_maps.get(&key) {
            Some(map) if map.data.as_ref() == Some(&data) => Ok(()),
            Some(_) => {
                let patch = json!({"data": data});
                let client = &self.context.client;
                api::merge::<Value>(client, &kind, &key, "", CONTROLLER_MANAGER, &patch).await?;
                Ok(())
            }
            None => {
                let mut metadata = meta(namespace, CERTIFICATE);
                let (name, text) = DESCRIPTION;
                metadata.annotations = Some(BTreeMap::from([(name.to_owned(), text.to_owned())]));
                let map = ConfigMap { metadata, data: Some(data), ..Default::default() };
                self.create(&kind, namespace, &map).await
            }
        }
    }

    async fn create(
        &self,
        kind: &Kind,
        namespace: &Key,
        object: &impl serde::Serialize,
    ) -> Result<(), Error> {
        let client = &self.context.client;
        match api::create::<Value>(client, kind, &namespace.name, CONTROLLER_MANAGER, object).await
        {
            Err(error) if !error.already_exists() => Err(error),
            Ok(_) | Err(_) => Ok(()),
        }
    }
}

fn meta(namespace: &Key, name: &str) -> ObjectMeta {
    ObjectMeta {
        name: Some(name.to_owned()),
        namespace: Some(namespace.name.to_string()),
        ..Default::default()
    }
}
