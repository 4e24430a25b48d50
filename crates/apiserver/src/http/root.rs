//! Paths that are no resources: health, version, discovery, schemas.

use axum::response::Response;
use http::{Method, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};

use super::accept::Form;
use super::{Call, discovery, reply};
use crate::core::Core;
use crate::schema;
use crate::status::{Result, Status};

/// The version that clients see.
const GIT_VERSION: &str = "v1.36.3";

/// What this server has of the real one's checks. It answers only after the last two are done.
const CHECKS: [&str; 3] = [
    "ping",
    "poststarthook/rbac/bootstrap-roles",
    "poststarthook/scheduling/bootstrap-system-priority-classes",
];

pub(super) fn answer(core: &Core, call: &Call, form: Option<Form>) -> Result<Response> {
    let path = call.target.path.trim_end_matches('/');
    if !matches!(call.method, Method::GET | Method::HEAD) {
        return Err(if discovery::is_known(path) {
            Status::method_not_allowed()
        } else {
            Status::no_such_resource()
        });
    }
    let gzip = reply::reads_gzip(call.header("accept-encoding"));
    let parts: Vec<&str> = path.split('/').skip(1).collect();
    let json = |value: Value| {
        reply::bytes(StatusCode::OK, "application/json", reply::to_bytes(&value), gzip)
    };
    match parts.as_slice() {
        [probe @ ("healthz" | "livez" | "readyz")] => health(call, probe),
        ["healthz" | "livez" | "readyz", check @ ..]
            if CHECKS.contains(&check.join("/").as_str()) =>
        {
            plain("ok".to_owned())
        }
        ["metrics"] => Err(Status::not_implemented("this server keeps no metrics about itself")),
        ["version"] => pretty(&version()),
        ["api" | "apis"] => {
            if let Form::Discovery(_) = reply::form_or_json(form) {
                return discovery::aggregated(parts[0] == "api", gzip);
            }
            json(match parts[0] {
                "api" => discovery::core_versions(call.header("host")),
                _ => discovery::groups(),
            })
        }
        ["apis", group] => json(discovery::group(group).ok_or_else(Status::no_such_resource)?),
        ["api", version] => {
            json(discovery::resources("", version).ok_or_else(Status::no_such_resource)?)
        }
        ["apis", group, version] => {
            json(discovery::resources(group, version).ok_or_else(Status::no_such_resource)?)
        }
        ["openapi", "v2"] => {
            let media = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
            reply::bytes(StatusCode::OK, media, old_schema().into(), false)
        }
        ["openapi", "v3"] => json(schema::openapi::root()),
        ["openapi", "v3", "api", version] => schema_document("", version, gzip),
        ["openapi", "v3", "apis", group, version] => schema_document(group, version, gzip),
        ["openid", "v1", "jwks"] => {
            let keys = reply::to_bytes(&core.keys.jwks());
            reply::bytes(StatusCode::OK, "application/jwk-set+json", keys, false)
        }
        [".well-known", "openid-configuration"] => json(core.keys.configuration()),
        [] | [""] => pretty(&json!({"paths": discovery::paths()})),
        _ => Err(Status::no_such_resource()),
    }
}

/// Whether the server is well, and with `verbose` what was looked at.
fn health(call: &Call, probe: &str) -> Result<Response> {
    if call.query.all("verbose").next().is_none() {
        return plain("ok".to_owned());
    }
    let excluded: Vec<&str> = call.query.all("exclude").collect();
    let line = |check: &str| {
        let left_out = if excluded.contains(&check) { "excluded: " } else { "" };
        format!("[+]{check} {left_out}ok\n")
    };
    let mut told: String = CHECKS.into_iter().map(line).collect();
    let unknown: Vec<String> =
        excluded.iter().filter(|it| !CHECKS.contains(it)).map(|it| format!("{it:?}")).collect();
    if !unknown.is_empty() {
        told.push_str("warn: some health checks cannot be excluded: no matches for ");
        told.push_str(&unknown.join(", "));
        told.push('\n');
    }
    plain(told + probe + " check passed\n")
}

fn plain(text: String) -> Result<Response> {
    reply::bytes(StatusCode::OK, "text/plain; charset=utf-8", text.into(), false)
}

/// The older form of the schemas, in protobuf: a document without definitions.
///
/// kubectl asks for it about kinds that the newer form does not have, and goes on to say in its own
/// words that there is no such kind. Whatever it would check with it, this server checks itself.
fn old_schema() -> Vec<u8> {
    fn field(number: u8, content: &[u8]) -> Vec<u8> {
        let length = u8::try_from(content.len()).expect("these fields are short");
        [&[number << 3 | 2, length], content].concat()
    }
    let info = [field(1, b"Kubernetes"), field(2, GIT_VERSION.as_bytes())].concat();
    [field(1, b"2.0"), field(2, &info), field(8, b"")].concat()
}

fn schema_document(group: &str, version: &str, gzip: bool) -> Result<Response> {
    let document =
        schema::openapi::group_version(group, version).ok_or_else(Status::no_such_resource)?;
    reply::bytes(StatusCode::OK, "application/json", document, gzip)
}

/// Indented, as the real server answers where people look.
fn pretty(value: &impl Serialize) -> Result<Response> {
    let text = serde_json::to_vec_pretty(value).map_err(Status::internal)?;
    reply::bytes(StatusCode::OK, "application/json", text.into(), false)
}

/// What `/version` tells, in the order in which the real server tells it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Release {
    major: &'static str,
    minor: &'static str,
    emulation_major: &'static str,
    emulation_minor: &'static str,
    min_compatibility_major: &'static str,
    min_compatibility_minor: &'static str,
    git_version: &'static str,
    git_commit: &'static str,
    git_tree_state: &'static str,
    build_date: &'static str,
    go_version: &'static str,
    compiler: &'static str,
    platform: String,
}

fn version() -> Release {
    Release {
        major: "1",
        minor: "36",
        emulation_major: "1",
        emulation_minor: "36",
        min_compatibility_major: "1",
        min_compatibility_minor: "35",
        git_version: GIT_VERSION,
        git_commit: "",
        git_tree_state: "clean",
        build_date: "1970-01-01T00:00:00Z",
        go_version: "",
        compiler: "rustc",
        platform: format!("{}/{}", std::env::consts::OS, platform_architecture()),
    }
}

fn platform_architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}
