//! The query of a request.

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::selector::fields;

/// The parameters of a request, in their order.
#[derive(Debug, Clone, Default)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    pub(crate) fn parse(text: &str) -> Self {
        let decode = |part: &str| {
            percent_decode_str(&part.replace('+', " ")).decode_utf8_lossy().into_owned()
        };
        let pairs = text.split('&').filter(|it| !it.is_empty()).map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key), decode(value))
        });
        Self(pairs.collect())
    }

    /// The first value of a parameter; empty if there is none.
    pub(crate) fn get(&self, key: &str) -> &str {
        self.0.iter().find(|(it, _)| it == key).map_or("", |(_, value)| value)
    }

    /// Whether a parameter says yes.
    pub(crate) fn is_true(&self, key: &str) -> bool {
        let found = self.0.iter().find(|(it, _)| it == key);
        found.is_some_and(|(_, value)| !matches!(value.as_str(), "false" | "0"))
    }

    /// All values of a parameter.
    pub(crate) fn all<'a>(&'a self, key: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(it, _)| it == key).map(|(_, value)| value.as_str())
    }

    /// Leaves out a parameter.
    pub(crate) fn remove(&mut self, key: &str) {
        self.0.retain(|(it, _)| it != key);
    }

    /// The query as it stands in a URL.
    pub(crate) fn to_text(&self) -> String {
        self.written(|key| key)
    }

    /// The same with the names that a kubelet has for the parameters of `exec`.
    pub(crate) fn to_kubelet_text(&self) -> String {
        self.written(|key| match key {
            "stdin" => "input",
            "stdout" => "output",
            "stderr" => "error",
            other => other,
        })
    }

    fn written<'a>(&'a self, rename: impl Fn(&'a str) -> &'a str) -> String {
        let encode = |text| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let pairs = self.0.iter();
        let pairs = pairs.map(|(key, value)| format!("{}={}", encode(rename(key)), encode(value)));
        pairs.collect::<Vec<_>>().join("&")
    }

    /// The name that the field selector asks for, if it asks for one.
    pub(super) fn selected_name(&self) -> Option<String> {
        let selector = fields::Selector::parse(self.get("fieldSelector")).ok()?;
        selector.name().map(str::to_owned)
    }
}
