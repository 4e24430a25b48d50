//! The forms in which kubectl shows objects: `-o …`.

pub(crate) mod columns;
pub(crate) mod json;
pub(crate) mod jsonpath;
pub(crate) mod table;
pub(crate) mod tabs;
pub(crate) mod yaml;

use serde_json::Value;

use crate::kubectl::failure::{Failure, Outcome};
use crate::kubectl::session::Session;
use columns::Columns;
use jsonpath::Template;

/// A chosen form.
#[derive(Clone, Debug)]
pub(crate) enum Format {
    /// Columns, or a sentence about what was done.
    Human,
    /// Columns, all of them.
    Wide,
    Name,
    Json,
    Yaml,
    Path(Template),
    PathAsJson(Template),
    Columns(Columns),
}

const OBJECT_FORMATS: &str = "go-template,go-template-file,json,jsonpath,jsonpath-as-json,\
                              jsonpath-file,kyaml,name,template,templatefile,yaml";
const GET_FORMATS: &str = "custom-columns,custom-columns-file,go-template,go-template-file,json,\
                           jsonpath,jsonpath-as-json,jsonpath-file,kyaml,name,template,\
                           templatefile,wide,yaml";

impl Format {
    /// The form that `-o` names for commands that list.
    pub(crate) fn of_get(session: &Session) -> Outcome<Self> {
        let output = session.flags.text("output");
        let (name, rest) = split(output);
        let headers = !session.flags.on("no-headers");
        match name {
            "wide" if output == name => Ok(Self::Wide),
            "custom-columns" => Columns::parse(rest, headers).map(Self::Columns),
            "custom-columns-file" => {
                let text = file(session, rest)?;
                Columns::parse_file(&text, headers).map(Self::Columns)
            }
            _ => Self::read(session, GET_FORMATS),
        }
    }

    /// The form that `-o` names for commands that change something.
    pub(crate) fn of_change(session: &Session) -> Outcome<Self> {
        Self::read(session, OBJECT_FORMATS)
    }

    fn read(session: &Session, allowed: &str) -> Outcome<Self> {
        let output = session.flags.text("output");
        let (name, rest) = split(output);
        let template = |text: &str| {
            Template::parse(text)
                .map_err(|error| Failure::error(format!("error parsing jsonpath {text}, {error}")))
        };
        match name {
            "" => Ok(Self::Human),
            "name" if output == name => Ok(Self::Name),
            "json" if output == name => Ok(Self::Json),
            "yaml" if output == name => Ok(Self::Yaml),
            "jsonpath" | "jsonpath-as-json" if rest.is_empty() => {
                Err(Failure::error("template format specified but no template given"))
            }
            "jsonpath" => template(rest).map(Self::Path),
            "jsonpath-as-json" => template(rest).map(Self::PathAsJson),
            "jsonpath-file" => template(&file(session, rest)?).map(Self::Path),
            "kyaml" | "go-template" | "go-template-file" | "template" | "templatefile" => {
                Err(Failure::error(format!(
                    "output format {name:?} is not available in this terminal; use json, yaml, \
                     jsonpath or custom-columns"
                )))
            }
            _ => Err(Failure::error(format!(
                "unable to match a printer suitable for the output format {output:?}, allowed \
                 formats are: {allowed}"
            ))),
        }
    }

    /// Whether objects are shown in columns.
    pub(crate) fn is_human(&self) -> bool {
        matches!(self, Self::Human | Self::Wide)
    }

    /// Whether `managedFields` are of no interest in this form.
    pub(crate) fn hides_managed_fields(&self) -> bool {
        matches!(self, Self::Json | Self::Yaml)
    }

    /// Shows an object that was not fetched as a Table.
    pub(crate) fn print(&self, value: &Value) -> Outcome<String> {
        match self {
            Self::Json => Ok(json::pretty(value)),
            Self::Yaml => Ok(yaml::text(value)),
            Self::Path(template) => template.print(value),
            Self::PathAsJson(template) => template.print_json(value),
            Self::Columns(columns) => columns.print(value),
            Self::Human | Self::Wide | Self::Name => Ok(names(value)),
        }
    }
}

fn split(output: &str) -> (&str, &str) {
    output.split_once('=').unwrap_or((output, ""))
}

fn file(session: &Session, path: &str) -> Outcome<String> {
    let found = session.context.files.read(&session.path(path));
    let text = found.ok_or_else(|| {
        Failure::error(format!(
            "error reading --template {path}, open {path}: no such file or directory"
        ))
    })?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// `kind.group/name` of an object, or of every item of a list.
fn names(value: &Value) -> String {
    if let Value::Array(items) = &value["items"] {
        return items.iter().map(names).collect();
    }
    format!("{}\n", name(value))
}

/// `kind.group/name` of an object.
pub(crate) fn name(value: &Value) -> String {
    let kind = value["kind"].as_str().unwrap_or_default().to_lowercase();
    let version = value["apiVersion"].as_str().unwrap_or_default();
    let group = version.split_once('/').map_or("", |(group, _)| group);
    let name = value["metadata"]["name"].as_str().unwrap_or_default();
    if group.is_empty() { format!("{kind}/{name}") } else { format!("{kind}.{group}/{name}") }
}
