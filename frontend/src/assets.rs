//! The addresses of styles, scripts and fonts, as the build named them.
//!
//! **Invariant:** a name that the manifest does not know keeps its plain form under `/pkg/`, so that a page can
//! be rendered in a test without a build.

use std::collections::BTreeMap;

/// Where the browser finds each built file: the content of `manifest.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assets(BTreeMap<String, String>);

impl Assets {
    /// Reads `target/site/manifest.json`: plain names to hashed names, e.g. `app.css` to `app.1f2e3d4c.css`.
    pub fn parse(manifest: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(manifest).map(Self)
    }

    /// The address of the file that the sources call `name`.
    pub fn url(&self, name: &str) -> String {
        format!("/pkg/{}", self.0.get(name).map_or(name, String::as_str))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_built_file_is_found_by_its_plain_name() {
        let assets = Assets::parse(r#"{"app.css":"app.1f2e.css"}"#).unwrap();

        assert_eq!(assets.url("app.css"), "/pkg/app.1f2e.css");
        assert_eq!(assets.url("boot.js"), "/pkg/boot.js");
    }
}
