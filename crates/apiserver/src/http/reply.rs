//! Writing answers: JSON from stored bytes, or YAML, tables and metadata when asked.
//!
//! **Invariant:** a list is copied from stored bytes, never parsed, unless another form than JSON
//! is wanted.

use std::io::Write as _;
use std::sync::Arc;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, VARY, WARNING};
use http::{HeaderValue, StatusCode};
use serde_json::{Map, Value, json};

use super::accept::{self, Form};
use super::table;
use crate::core::Core;
use crate::kinds::Resource;
use crate::status::{Result, Status};
use crate::store::{Object, write_fields};
use crate::verbs;

/// Answers of at least this size are compressed for clients that can read it.
const COMPRESS_FROM: usize = 128 << 10;

/// What a verb answers.
pub(crate) struct Reply {
    pub(crate) code: StatusCode,
    pub(crate) content: Content,
    pub(crate) warnings: Vec<String>,
    /// Whether the client reads gzip.
    pub(crate) gzip: bool,
    /// `includeObject` of a table.
    pub(crate) include: table::Include,
}

/// The forms that an answer is made from.
pub(crate) enum Content {
    Object(Arc<Object>),
    Value(Value),
    List(Page),
    /// Already a response: a stream, an upgrade, plain text.
    Response(Response),
}

/// One page of a list.
pub(crate) struct Page {
    pub(crate) objects: Vec<Arc<Object>>,
    pub(crate) revision: u64,
    pub(crate) resume: Option<String>,
    pub(crate) remaining: Option<usize>,
}

impl Page {
    fn metadata(&self) -> Value {
        let mut metadata = Map::new();
        metadata.insert("resourceVersion".to_owned(), self.revision.to_string().into());
        if let Some(resume) = &self.resume {
            metadata.insert("continue".to_owned(), resume.as_str().into());
        }
        if let Some(remaining) = self.remaining {
            metadata.insert("remainingItemCount".to_owned(), remaining.into());
        }
        Value::Object(metadata)
    }
}

impl Reply {
    pub(crate) fn new(code: StatusCode, content: Content) -> Self {
        let include = table::Include::default();
        Self { code, content, warnings: Vec::new(), gzip: false, include }
    }

    pub(crate) fn object(code: StatusCode, object: Arc<Object>) -> Self {
        Self::new(code, Content::Object(object))
    }

    pub(crate) fn value(code: StatusCode, value: Value) -> Self {
        Self::new(code, Content::Value(value))
    }

    pub(crate) fn warn(mut self, warnings: Vec<String>) -> Self {
        self.warnings.extend(warnings);
        self
    }

    pub(crate) fn into_response(
        self,
        core: &Core,
        resource: &'static Resource,
        form: Form,
    ) -> Result<Response> {
        let is_stored_form = std::ptr::eq(verbs::stored(resource), resource);
        let body = match self.content {
            Content::Response(response) => return Ok(response),
            Content::Object(object) => match form {
                Form::Json | Form::Discovery(_) if is_stored_form => object.json(),
                other => shaped(core, resource, object.value(), other, self.include)?,
            },
            Content::Value(value) => shaped(core, resource, value, form, self.include)?,
            Content::List(page) => list(core, resource, &page, form, self.include)?,
        };
        let mut response = bytes(self.code, content_type(form), body, self.gzip)?;
        add_warnings(&mut response, &self.warnings);
        Ok(response)
    }
}

fn add_warnings(response: &mut Response, warnings: &[String]) {
    for warning in warnings {
        if let Ok(value) = HeaderValue::from_bytes(warning_header(warning).as_bytes()) {
            response.headers_mut().append(WARNING, value);
        }
    }
}

fn content_type(form: Form) -> &'static str {
    match form {
        Form::Yaml => "application/yaml",
        Form::Json | Form::Table | Form::Metadata | Form::Discovery(_) => "application/json",
    }
}

fn warning_header(text: &str) -> String {
    let clean: String = text.chars().filter(|it| !it.is_control()).collect();
    format!("299 - \"{}\"", clean.replace('\\', "\\\\").replace('"', "\\\""))
}

/// One object in the wanted form.
fn shaped(
    core: &Core,
    resource: &'static Resource,
    value: Value,
    form: Form,
    include: table::Include,
) -> Result<Bytes> {
    let value = if form == Form::Table { value } else { verbs::to_served(resource, value) };
    // Reviews, statuses and other answers that are no stored kind have no other form.
    let is_kind = value["kind"] == resource.kind;
    match form {
        Form::Table if is_kind => {
            let revision = value["metadata"]["resourceVersion"].clone();
            let metadata = json!({"resourceVersion": revision});
            Ok(to_bytes(&table::table(core, resource, vec![value], &metadata, include, true)))
        }
        Form::Table if value["kind"] == "Scale" => {
            Ok(to_bytes(&table::scale(core, value, include)))
        }
        Form::Metadata if is_kind => Ok(to_bytes(&metadata_only(&value))),
        Form::Yaml => yaml(&value),
        _ => Ok(to_bytes(&value)),
    }
}

fn list(
    core: &Core,
    resource: &'static Resource,
    page: &Page,
    form: Form,
    include: table::Include,
) -> Result<Bytes> {
    let metadata = page.metadata();
    let values = || page.objects.iter().map(|it| it.value());
    let is_stored_form = std::ptr::eq(verbs::stored(resource), resource);
    let served = || values().map(|it| verbs::to_served(resource, it));
    match form {
        Form::Json | Form::Discovery(_) if is_stored_form => {
            Ok(plain_list(resource, page, &metadata))
        }
        Form::Json | Form::Discovery(_) => {
            let items: Vec<Value> = served().collect();
            Ok(to_bytes(&json!({
                "kind": resource.list_kind(),
                "apiVersion": resource.api_version(),
                "metadata": metadata,
                "items": items,
            })))
        }
        Form::Table => {
            let values = values().collect();
            Ok(to_bytes(&table::table(core, resource, values, &metadata, include, true)))
        }
        Form::Metadata => {
            let items: Vec<Value> = values().map(|it| metadata_only(&it)).collect();
            Ok(to_bytes(&json!({
                "kind": "PartialObjectMetadataList",
                "apiVersion": "meta.k8s.io/v1",
                "metadata": metadata,
                "items": items,
            })))
        }
        Form::Yaml => {
            let items: Vec<Value> = served().collect();
            yaml(&json!({
                "apiVersion": resource.api_version(),
                "items": items,
                "kind": resource.list_kind(),
                "metadata": metadata,
            }))
        }
    }
}

/// A list as JSON, copied from stored bytes.
fn plain_list(resource: &Resource, page: &Page, metadata: &Value) -> Bytes {
    let size: usize = page.objects.iter().map(|it| it.json_without_type().len() + 2).sum();
    let mut out = Vec::with_capacity(size + 256);
    let head = format!(
        r#"{{"kind":"{}","apiVersion":"{}","metadata":{metadata},"items":["#,
        resource.list_kind(),
        resource.api_version()
    );
    out.extend_from_slice(head.as_bytes());
    for (index, object) in page.objects.iter().enumerate() {
        out.extend_from_slice(if index == 0 { b"{" } else { b",{" });
        out.extend_from_slice(object.json_without_type());
    }
    out.extend_from_slice(b"]}\n");
    out.into()
}

/// Only what stands in `metadata`.
pub(crate) fn metadata_only(value: &Value) -> Value {
    json!({
        "kind": "PartialObjectMetadata",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": value["metadata"],
    })
}

/// A value as the real server writes it: what it is comes first, and its line is ended.
pub(crate) fn to_bytes(value: &Value) -> Bytes {
    let mut out = Vec::with_capacity(256);
    match value {
        Value::Object(map) => {
            out.push(b'{');
            write_fields(&mut out, map, &["kind", "apiVersion", "metadata"], &[]);
            out.push(b'}');
        }
        other => serde_json::to_writer(&mut out, other).expect("a JSON value is always written"),
    }
    out.push(b'\n');
    out.into()
}

fn yaml(value: &Value) -> Result<Bytes> {
    let text = serde_saphyr::to_string(value).map_err(Status::internal)?;
    Ok(text.into_bytes().into())
}

/// A response with a body, compressed where it is large and the client reads gzip.
pub(crate) fn bytes(
    code: StatusCode,
    content_type: &'static str,
    body: Bytes,
    gzip: bool,
) -> Result<Response> {
    let compress = gzip && body.len() >= COMPRESS_FROM;
    let body = if compress { compressed(&body)? } else { body };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = code;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    if compress {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        headers.insert(VARY, HeaderValue::from_static("Accept-Encoding"));
    }
    Ok(response)
}

fn compressed(body: &[u8]) -> Result<Bytes> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 4), Compression::fast());
    encoder.write_all(body).map_err(Status::internal)?;
    Ok(encoder.finish().map_err(Status::internal)?.into())
}

/// A refusal as a response.
pub(super) fn status(status: &Status, form: Form) -> Response {
    let value = status.to_json();
    let body = match form {
        Form::Yaml => yaml(&value).unwrap_or_else(|_| to_bytes(&value)),
        _ => to_bytes(&value),
    };
    let code = StatusCode::from_u16(status.code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = code;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type(form)));
    if let Some(seconds) = status.details.get("retryAfterSeconds")
        && let Ok(value) = HeaderValue::from_str(&seconds.to_string())
    {
        headers.insert(http::header::RETRY_AFTER, value);
    }
    add_warnings(&mut response, &status.warnings);
    response
}

/// Whether the header says that the client reads gzip.
pub(crate) fn reads_gzip(accept_encoding: &str) -> bool {
    accept_encoding.split(',').any(|it| it.trim().split(';').next() == Some("gzip"))
}

/// The form for a request whose header nobody can satisfy.
pub(crate) fn form_or_json(form: Option<accept::Form>) -> Form {
    form.unwrap_or(Form::Json)
}
