//! What Kubernetes gives to every pod: where the API server is, and the token and authority with which the pod may ask it.
//!
//! kube reads these files from one fixed place, which only a pod has; this reads them from any, so that it can be proven outside of one.
//! The files change while the server runs: kube reads the token and the authority again by itself.

use std::net::IpAddr;
use std::path::PathBuf;

use kube::Config;
use kube::config::AuthInfo;

use super::Error;

/// What a pod is given.
#[derive(Clone, Debug)]
pub struct InCluster {
    /// The folder with the service account's `token` and `ca.crt`.
    pub account: PathBuf,
    /// `KUBERNETES_SERVICE_HOST`.
    pub host: Option<String>,
    /// `KUBERNETES_SERVICE_PORT`.
    pub port: Option<String>,
}

impl InCluster {
    /// The way to the API server, and its certificate authority in PEM.
    pub(super) fn config(&self) -> Result<(Config, String), Error> {
        let url = self.url()?;
        let authority = self.read("ca.crt")?;
        self.read("token")?;
        let mut config = Config::new(url);
        config.root_cert_file = Some(self.account.join("ca.crt"));
        let token = self.account.join("token").display().to_string();
        config.auth_info = AuthInfo { token_file: Some(token), ..AuthInfo::default() };
        Ok((config, authority))
    }

    fn url(&self) -> Result<http::Uri, Error> {
        let (Some(host), Some(port)) = (&self.host, &self.port) else {
            return Err(refused("KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set"));
        };
        let host = match host.parse() {
            Ok(IpAddr::V6(address)) => format!("[{address}]"),
            Ok(IpAddr::V4(_)) | Err(_) => host.clone(),
        };
        let url = format!("https://{host}:{port}");
        url.parse().map_err(|error| refused(&format!("{url} is no address: {error}")))
    }

    fn read(&self, name: &str) -> Result<String, Error> {
        let file = self.account.join(name);
        std::fs::read_to_string(&file)
            .map_err(|error| refused(&format!("{} cannot be read: {error}", file.display())))
    }
}

fn refused(why: &str) -> Error {
    Error::Configuration(format!(
        "{why}: run this in a pod with the service account of deploy/rbac/hangar.yaml, or choose --cluster kubeconfig"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pod(host: &str) -> (tempfile::TempDir, InCluster) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.crt"), "authority").unwrap();
        std::fs::write(folder.path().join("token"), "secret").unwrap();
        let account = folder.path().to_owned();
        let (host, port) = (Some(host.to_owned()), Some("443".to_owned()));
        (folder, InCluster { account, host, port })
    }

    #[test]
    fn the_address_may_be_of_any_family() {
        for (host, url) in [
            ("10.0.0.1", "https://10.0.0.1:443/"),
            ("fd00::1", "https://[fd00::1]:443/"),
            ("kubernetes.default.svc", "https://kubernetes.default.svc:443/"),
        ] {
            let (_folder, pod) = pod(host);

            assert_eq!(pod.config().unwrap().0.cluster_url.to_string(), url);
        }
    }

    #[test]
    fn what_is_missing_is_named_with_the_way_out() {
        let (folder, whole) = pod("10.0.0.1");
        let outside = InCluster { host: None, ..whole.clone() };
        std::fs::remove_file(folder.path().join("token")).unwrap();

        for (pod, missing) in [(outside, "KUBERNETES_SERVICE_HOST"), (whole, "token")] {
            let said = pod.config().unwrap_err().to_string();
            assert!(said.contains(missing) && said.contains("--cluster kubeconfig"), "{said}");
        }
    }
}
