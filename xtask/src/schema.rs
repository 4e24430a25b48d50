//! Writes the table of Kubernetes' types that the practice cluster's API server embeds.
//!
//! ```text
//! published OpenAPI v3 ──► required, list types, merge keys, defaults ─┐
//! Go declarations      ──► protobuf numbers, zero values, Go types    ─┴─► kubernetes.txt
//! ```
//!
//! Both sources are facts about names, types and numbers. **Deliberately absent:** every
//! description: no prose of another project is carried over.
//!
//! `run` takes the directory of the Go module `k8s.io/kubernetes` (a module cache or a checkout).

mod golang;
mod shape;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::Value;

use self::golang::Packages;

/// Where the table lives in this repository.
pub(crate) const TABLE: &str = "crates/apiserver/src/schema/kubernetes.txt";

/// The groups whose types the table holds.
const DOCUMENTS: [&str; 18] = [
    "api__v1",
    "apis__apps__v1",
    "apis__autoscaling__v1",
    "apis__autoscaling__v2",
    "apis__batch__v1",
    "apis__networking.k8s.io__v1",
    "apis__policy__v1",
    "apis__rbac.authorization.k8s.io__v1",
    "apis__discovery.k8s.io__v1",
    "apis__coordination.k8s.io__v1",
    "apis__storage.k8s.io__v1",
    "apis__scheduling.k8s.io__v1",
    "apis__certificates.k8s.io__v1",
    "apis__node.k8s.io__v1",
    "apis__events.k8s.io__v1",
    "apis__authentication.k8s.io__v1",
    "apis__authorization.k8s.io__v1",
    "apis__apiextensions.k8s.io__v1",
];

/// Writes the table from the Kubernetes module in `kubernetes`, relative to the repository root.
pub(crate) fn run(kubernetes: &Path) -> Result<()> {
    let table = generate(kubernetes)?;
    fs::write(TABLE, &table).with_context(|| format!("writing {TABLE}"))?;
    Ok(())
}

/// The table's text.
fn generate(kubernetes: &Path) -> Result<String> {
    let schemas = published(kubernetes)?;
    let mut packages = Packages::new(roots(kubernetes)?);
    let mut table = String::new();
    for (name, schema) in &schemas {
        if shape::special(name).is_some() {
            continue;
        }
        write_type(&mut table, name, schema, &mut packages)
            .with_context(|| format!("describing {name}"))?;
    }
    Ok(table)
}

/// Every published schema of the wanted groups, by name.
fn published(kubernetes: &Path) -> Result<BTreeMap<String, Value>> {
    let mut schemas = BTreeMap::new();
    for document in DOCUMENTS {
        let path = kubernetes.join(format!("api/openapi-spec/v3/{document}_openapi.json"));
        let text = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        let document: Value = serde_json::from_slice(&text)?;
        let found = document["components"]["schemas"].as_object().context("no schemas")?;
        for (name, schema) in found {
            schemas.insert(name.clone(), schema.clone());
        }
    }
    Ok(schemas)
}

/// Where the Go sources of the three staging modules are.
fn roots(kubernetes: &Path) -> Result<Vec<(String, PathBuf)>> {
    let staging = kubernetes.join("staging/src/k8s.io");
    let version = kubernetes
        .file_name()
        .and_then(|name| name.to_str()?.strip_prefix("kubernetes@v1.").map(str::to_owned));
    ["api", "apimachinery", "apiextensions-apiserver"]
        .into_iter()
        .map(|module| {
            let checkout = staging.join(module);
            let directory = match &version {
                _ if checkout.is_dir() => checkout,
                Some(version) => kubernetes.with_file_name(format!("{module}@v0.{version}")),
                None => {
                    anyhow::bail!("neither a checkout nor a module cache: {}", kubernetes.display())
                }
            };
            Ok((format!("io.k8s.{module}"), directory))
        })
        .collect()
}

/// Writes one type: a head line, then one line a field.
fn write_type(out: &mut String, name: &str, schema: &Value, packages: &mut Packages) -> Result<()> {
    write!(out, "= {name}")?;
    if let Some(kind) = only_kind(schema, name) {
        write!(out, " {kind}")?;
    }
    if schema["x-kubernetes-map-type"] == "atomic" {
        out.push_str(" atomic");
    }
    out.push('\n');
    let (package, go_name) = name.rsplit_once('.').context("a name without a package")?;
    let fields = packages.fields(package, go_name)?;
    let required: BTreeSet<&str> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (property, schema) in schema["properties"].as_object().into_iter().flatten() {
        let go = fields.iter().find(|field| field.json == *property);
        let type_name = packages.resolve(package, go.map_or("", |go| go.go_type.as_str()))?;
        shape::write_field(
            out,
            property,
            schema,
            required.contains(property.as_str()),
            go,
            &type_name,
        )
        .with_context(|| format!("field {property}"))?;
    }
    Ok(())
}

/// `group/version/Kind` for a type that is one kind; the shared ones belong to the core group.
fn only_kind(schema: &Value, name: &str) -> Option<String> {
    let kinds = schema["x-kubernetes-group-version-kind"].as_array()?;
    let kind = match kinds.as_slice() {
        [one] => one,
        many => many.iter().find(|kind| kind["group"] == "" && name.contains("meta.v1."))?,
    };
    let word = |key: &str| kind[key].as_str().unwrap_or_default();
    Some(format!("{}/{}/{}", word("group"), word("version"), word("kind")))
}
