//! The lab's kubeconfig file: contexts and the default namespace.
//!
//! **Deliberately absent:** connecting to what it names. The lab's one cluster is given from
//! outside; the file chooses a context and with it a namespace, nothing else.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::{Value, json};

use crate::files::{Files, absolute};
use crate::kubectl::discovery::{array, string};
use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::print::yaml;
use crate::kubectl::yaml as reader;
use crate::tool::Context;

const IN_CLUSTER_NAMESPACE: &str = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

/// The configuration that is in force.
#[derive(Clone, Debug, Default)]
pub(crate) struct Config {
    /// Where it was read from, or would be written to.
    pub(crate) path: String,
    /// The file's contents; empty when there is none.
    pub(crate) value: Value,
    /// Whether the file exists.
    pub(crate) exists: bool,
    in_cluster: Option<String>,
    /// The file that a flag names and that is not there.
    missing: Option<String>,
}

impl Config {
    /// Reads the file that the flag, `$KUBECONFIG` or the home directory names.
    pub(crate) fn load(context: &Context, flag: &str) -> Outcome<Self> {
        Self::read(&context.files, &context.variables, &context.directory, flag)
    }

    /// As [`Config::load`], from the parts of a context.
    pub(crate) fn read(
        files: &Files,
        variables: &BTreeMap<String, String>,
        directory: &str,
        flag: &str,
    ) -> Outcome<Self> {
        let variable = |name: &str| variables.get(name).map_or("", String::as_str);
        let path = if !flag.is_empty() {
            flag.to_owned()
        } else if let Some(first) = variable("KUBECONFIG").split(':').find(|one| !one.is_empty()) {
            first.to_owned()
        } else {
            format!("{}/.kube/config", variable("HOME").trim_end_matches('/'))
        };
        let path = absolute(directory, &path);
        let in_cluster = namespace_file(files);
        let Some(text) = files.read(&path) else {
            let (value, missing) = (empty(), (!flag.is_empty()).then(|| flag.to_owned()));
            return Ok(Self { path, value, exists: false, in_cluster, missing });
        };
        let value = parse(&path, &text)?;
        Ok(Self { path, value, exists: true, in_cluster, missing: None })
    }

    /// Refuses a file that is named and not there, as every command but those about the file does.
    pub(crate) fn present(self) -> Outcome<Self> {
        match &self.missing {
            Some(flag) => Err(Failure::error(format!("stat {flag}: no such file or directory"))),
            None => Ok(self),
        }
    }

    /// Whether the user of a context has a token.
    pub(crate) fn bearer(&self, context: &str) -> bool {
        let name = if context.is_empty() { self.current() } else { context };
        let user = self.context(name).map(|context| &context["user"]);
        let mut users = array(&self.value["users"]).iter();
        users.any(|one| Some(&one["name"]) == user && one["user"]["token"].is_string())
    }

    /// The name of the context in force.
    pub(crate) fn current(&self) -> &str {
        self.value["current-context"].as_str().unwrap_or_default()
    }

    /// A context by name.
    pub(crate) fn context(&self, name: &str) -> Option<&Value> {
        array(&self.value["contexts"])
            .iter()
            .find(|one| one["name"] == name)
            .map(|one| &one["context"])
    }

    /// The namespace when nobody says another.
    pub(crate) fn namespace(&self, context: &str) -> Outcome<String> {
        let name = if context.is_empty() { self.current() } else { context };
        let found = self.context(name);
        if found.is_none() && !context.is_empty() {
            return Err(Failure::Said(format!(
                "Error in configuration: context was not found for specified context: {context}"
            )));
        }
        let chosen = found.map(|context| string(&context["namespace"])).unwrap_or_default();
        if !chosen.is_empty() {
            return Ok(chosen);
        }
        let fallback = if self.exists { None } else { self.in_cluster.clone() };
        Ok(fallback.unwrap_or_else(|| "default".to_owned()))
    }

    /// Writes the file back.
    pub(crate) fn save(&self, files: &Files) -> Outcome {
        let folder = crate::files::parent(&self.path);
        files
            .make_directory(folder, true)
            .and_then(|()| files.write(&self.path, Bytes::from(yaml::text(&self.value))))
            .map_err(|error| Failure::error(format!("open {}: {error}", self.path)))
    }
}

fn empty() -> Value {
    json!({"apiVersion": "v1", "kind": "Config", "clusters": null, "contexts": null,
           "current-context": "", "users": null})
}

fn parse(path: &str, text: &[u8]) -> Outcome<Value> {
    let text = String::from_utf8_lossy(text);
    let mut documents = reader::documents(&text)
        .map_err(|error| Failure::error(format!("error loading config file {path:?}: {error}")))?;
    Ok(if documents.is_empty() { empty() } else { documents.swap_remove(0) })
}

fn namespace_file(files: &Files) -> Option<String> {
    let text = files.read(IN_CLUSTER_NAMESPACE)?;
    let name = String::from_utf8_lossy(&text).trim().to_owned();
    (!name.is_empty()).then_some(name)
}
