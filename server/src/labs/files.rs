//! The files of a lab's home directory, and the kubeconfig for the learner's own machine.

use std::collections::BTreeMap;

use askama::Template;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use curriculum::{Course, Language, Parameter};

use crate::cluster::{KubeconfigMaterial, LabNames, Way};

/// The kubeconfig inside the lab: the API server by its usual name, the token from the pod's own files.
#[derive(Template)]
#[template(path = "kubeconfig-inside.yaml", escape = "none")]
struct InsideKubeconfig<'a> {
    cp: &'a str,
    dp: &'a str,
}

/// The kubeconfig for outside: the token is in it.
#[derive(Template)]
#[template(path = "kubeconfig-outside.yaml", escape = "none")]
struct OutsideKubeconfig<'a> {
    server: &'a str,
    certified: Option<&'static str>,
    ca: Option<String>,
    cp: &'a str,
    dp: &'a str,
    token: &'a str,
}

/// The variables of a lab's shell.
pub(super) fn variables(names: &LabNames) -> BTreeMap<String, String> {
    BTreeMap::from([
        ("CP_NS".to_owned(), names.cp()),
        ("DP_NS".to_owned(), names.dp()),
        ("LEARNER".to_owned(), names.slug.clone()),
    ])
}

/// Every file of the home directory, by path.
pub fn home(course: &Course, names: &LabNames, language: Language) -> BTreeMap<String, String> {
    let mut files = course.files.clone();
    let (cp, dp) = (names.cp(), names.dp());
    let kubeconfig = InsideKubeconfig { cp: &cp, dp: &dp };
    files.insert(".kube/config".to_owned(), rendered(&kubeconfig));
    let parameters = BTreeMap::from([
        ("cp".to_owned(), Parameter::Text(cp)),
        ("dp".to_owned(), Parameter::Text(dp)),
    ]);
    let banner = course.messages.message(language, "lab-banner", &parameters).text;
    files.insert(".motd".to_owned(), format!("{banner}\n"));
    files
}

/// The kubeconfig for the learner's own machine.
pub(super) fn external_kubeconfig(
    names: &LabNames,
    way: &Way,
    material: &KubeconfigMaterial,
) -> String {
    rendered(&OutsideKubeconfig {
        server: &way.server,
        certified: way.certified,
        ca: material.ca.as_ref().map(|pem| STANDARD.encode(pem)),
        cp: &names.cp(),
        dp: &names.dp(),
        token: &material.token,
    })
}

fn rendered(template: &impl Template) -> String {
    template.render().expect("a template without fallible filters renders")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kubeconfig_has_a_context_for_each_plane() {
        let names = LabNames::new("l", "ada-x");
        let material = KubeconfigMaterial { ca: Some("PEM".to_owned()), token: "t".to_owned() };

        let server = "https://10.0.0.1:6443".to_owned();
        let way = Way { server, certified: Some("localhost") };

        let text = external_kubeconfig(&names, &way, &material);

        assert!(
            text.contains("namespace: \"ada-x-cp\"") && text.contains("namespace: \"ada-x-dp\"")
        );
        assert!(text.contains("certificate-authority-data: \"UEVN\""), "{text}");
        assert!(text.contains("server: \"https://10.0.0.1:6443\""), "{text}");
        assert!(text.contains("tls-server-name: \"localhost\""), "{text}");
    }
}
