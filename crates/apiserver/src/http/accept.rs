//! Which form of an answer a client wants.

/// The forms that an object or a list can be sent in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Json,
    Yaml,
    Table,
    /// `PartialObjectMetadata`, or a list of them.
    Metadata,
    /// The aggregated discovery document, by its version.
    Discovery(&'static str),
}

/// What the real server offers; named when nothing fits.
pub(crate) const OFFERED: &str = "application/json, application/yaml, \
                                  application/json;stream=watch";

/// The first acceptable form that this server can write, or `None`.
pub(crate) fn choose(accept: &str) -> Option<Form> {
    if accept.trim().is_empty() {
        return Some(Form::Json);
    }
    accept.split(',').find_map(clause)
}

fn clause(text: &str) -> Option<Form> {
    let mut parts = text.split(';').map(str::trim);
    let media = parts.next().unwrap_or_default();
    let parameters: Vec<(&str, &str)> = parts
        .filter_map(|it| it.split_once('='))
        .map(|(key, value)| (key.trim(), value.trim()))
        .collect();
    let get = |key: &str| parameters.iter().find(|(it, _)| *it == key).map(|(_, value)| *value);
    match media {
        "application/json" | "application/*" | "*/*" => match get("as") {
            None => Some(Form::Json),
            Some("Table") if matches!(get("v"), Some("v1")) => Some(Form::Table),
            Some("PartialObjectMetadata" | "PartialObjectMetadataList")
                if get("v") == Some("v1") =>
            {
                Some(Form::Metadata)
            }
            Some("APIGroupDiscoveryList") => match get("v") {
                Some("v2") => Some(Form::Discovery("v2")),
                _ => None,
            },
            Some(_) => None,
        },
        "application/yaml" => get("as").is_none().then_some(Form::Yaml),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_form_that_can_be_written_is_chosen() {
        let kubectl = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

        assert_eq!(choose(kubectl), Some(Form::Table));
        assert_eq!(
            choose("application/vnd.kubernetes.protobuf,application/json"),
            Some(Form::Json)
        );
        assert_eq!(choose("application/yaml"), Some(Form::Yaml));
        assert_eq!(choose("text/html"), None);
    }
}
