//! Label and field selectors: parsing, and whether an object matches.

pub(crate) mod fields;
pub(crate) mod labels;

use crate::kinds::Resource;
use crate::status::{Result, Status};
use crate::store::Object;

/// What a list or a watch selects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Selection {
    /// Empty for all namespaces.
    pub(crate) namespace: String,
    pub(crate) labels: labels::Selector,
    pub(crate) fields: fields::Selector,
}

impl Selection {
    /// Reads both selectors of a request; messages are those of the real server.
    pub(crate) fn parse(
        resource: &Resource,
        namespace: &str,
        label_selector: &str,
        field_selector: &str,
    ) -> Result<Self> {
        let labels = labels::Selector::parse(label_selector).map_err(Status::bad_request)?;
        let fields = fields::Selector::parse(field_selector).map_err(Status::bad_request)?;
        if let Some(unknown) = fields.unsupported(resource) {
            return Err(Status::bad_request(unknown));
        }
        Ok(Self { namespace: namespace.to_owned(), labels, fields })
    }

    pub(crate) fn matches(&self, resource: &Resource, object: &Object) -> bool {
        (self.namespace.is_empty() || *self.namespace == *object.namespace)
            && self.labels.matches(&object.labels)
            && self.fields.matches(resource, object)
    }
}
