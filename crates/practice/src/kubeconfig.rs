//! Kubeconfig files.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

/// A kubeconfig with one user, as JSON, which is YAML too.
pub(crate) fn write(server: &str, ca_certificate: &str, user: &str, token: &str) -> String {
    let config = json!({
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{
            "name": "hangar-practice",
            "cluster": {
                "server": server,
                "certificate-authority-data": STANDARD.encode(ca_certificate),
            },
        }],
        "users": [{"name": user, "user": {"token": token}}],
        "contexts": [{
            "name": "hangar-practice",
            "context": {"cluster": "hangar-practice", "user": user},
        }],
        "current-context": "hangar-practice",
    });
    format!("{config:#}\n")
}
