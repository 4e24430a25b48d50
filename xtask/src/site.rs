//! Builds what the browser loads: `target/site/manifest.json` and `target/site/pkg/*`.
//!
//! ```text
//! browser ─cargo─► wasm ─bindgen─► app.js, app_bg.wasm ┐
//! style/*.css ─────────────────► app.css               ├─ content hash in the name ─► pkg/ + .br + .gz
//! scripts/*.js, vendored xterm, fonts ─────────────────┘
//! ```
//!
//! **Invariant:** a file's name holds the hash of its content, references inside included, so that everything in
//! `pkg/` may be cached for ever.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use sha2::{Digest, Sha256};

/// The style sheets, in the order in which they are joined.
const STYLES: [&str; 9] =
    ["tokens", "base", "frame", "lesson", "exercise", "dock", "pages", "teach", "media"];

/// Vendored files with the names that scripts and styles use.
const VENDORED: [(&str, &str); 8] = [
    ("static/fonts/hangar-mono-latin.woff2", "hangar-mono-latin.woff2"),
    ("static/fonts/hangar-mono-latin-ext.woff2", "hangar-mono-latin-ext.woff2"),
    ("static/vendor/xterm/xterm.mjs", "xterm.js"),
    ("static/vendor/xterm/addon-fit.mjs", "addon-fit.js"),
    ("static/vendor/xterm/addon-web-links.mjs", "addon-web-links.js"),
    ("static/vendor/xterm/addon-search.mjs", "addon-search.js"),
    ("static/vendor/xterm/addon-webgl.mjs", "addon-webgl.js"),
    ("static/vendor/xterm/xterm.css", "xterm.css"),
];

/// Builds the site. Without `release` the WebAssembly is built quickly and nothing is compressed.
pub(crate) fn build(release: bool) -> Result<()> {
    let metadata = cargo_metadata::MetadataCommand::new().no_deps().exec()?;
    let root = metadata.workspace_root.into_std_path_buf();
    let target = metadata.target_directory.into_std_path_buf();
    let work = target.join("site-work");
    bind(&wasm(&root, &target, release)?, &work, release)?;

    // The server embeds it from there, wherever cargo builds.
    let site = root.join("target/site");
    let mut pkg = Pkg::default();
    for (path, name) in VENDORED {
        pkg.add(name, read(&root.join(path))?);
    }
    let scripts = root.join("frontend/src/scripts");
    pkg.add("terminal.css", read(&scripts.join("terminal.css"))?);
    pkg.add("terminal.js", read(&scripts.join("terminal.js"))?);
    pkg.add("language.js", read(&scripts.join("language.js"))?);
    pkg.add("boot.js", read(&scripts.join("boot.js"))?);
    pkg.add("teach.js", read(&scripts.join("teach.js"))?);
    pkg.add("app.css", style(&root.join("frontend/src/style"))?);
    pkg.add("app.js", read(&work.join("app.js"))?);
    pkg.add("app_bg.wasm", read(&work.join("app_bg.wasm"))?);
    pkg.write(&site, release)
}

/// Compiles the entry crate in a target directory of its own, so that it never waits for the server's build.
fn wasm(root: &Path, target: &Path, release: bool) -> Result<PathBuf> {
    let profile = if release { "wasm-release" } else { "wasm-dev" };
    let own_target = target.join("wasm");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["build", "--package", "browser", "--target", "wasm32-unknown-unknown"])
        .args(["--profile", profile])
        .arg("--target-dir")
        .arg(&own_target)
        .current_dir(root)
        .status()
        .context("cannot start cargo")?;
    ensure!(
        status.success(),
        "the WebAssembly does not build; if its target is missing: rustup target add wasm32-unknown-unknown"
    );
    Ok(own_target.join("wasm32-unknown-unknown").join(profile).join("browser.wasm"))
}

fn bind(input: &Path, work: &Path, release: bool) -> Result<()> {
    let mut bindgen = wasm_bindgen_cli_support::Bindgen::new();
    bindgen
        .input_path(input)
        .web(true)?
        .typescript(false)
        .omit_default_module_path(true)
        .remove_name_section(release)
        .remove_producers_section(release)
        .out_name("app");
    bindgen.generate(work).context("wasm-bindgen failed")
}

fn style(folder: &Path) -> Result<Vec<u8>> {
    let mut joined = Vec::new();
    for name in STYLES {
        joined.extend(read(&folder.join(name).with_extension("css"))?);
    }
    Ok(joined)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// The built files under their plain names, with the names that they will have.
#[derive(Default)]
struct Pkg {
    names: BTreeMap<String, String>,
    files: BTreeMap<String, Vec<u8>>,
}

impl Pkg {
    /// Adds a file. References to files added before, written as `./name`, take their final names.
    fn add(&mut self, name: &str, content: Vec<u8>) {
        let content = match String::from_utf8(content) {
            Ok(text) => self.linked(text).into_bytes(),
            Err(binary) => binary.into_bytes(),
        };
        let digest = Sha256::digest(&content);
        let mut hash = String::new();
        for byte in &digest[..6] {
            write!(hash, "{byte:02x}").expect("writing to a string cannot fail");
        }
        let (stem, extension) = name.split_once('.').unwrap_or((name, ""));
        let hashed = format!("{stem}.{hash}.{extension}");
        self.names.insert(name.to_owned(), hashed.clone());
        self.files.insert(hashed, content);
    }

    fn linked(&self, text: String) -> String {
        self.names.iter().fold(text, |text, (name, hashed)| {
            ["\"", "'", ")"].iter().fold(text, |text, end| {
                text.replace(&format!("./{name}{end}"), &format!("./{hashed}{end}"))
            })
        })
    }

    /// Writes everything beside the old site, then takes its place.
    fn write(&self, site: &Path, compress: bool) -> Result<()> {
        let fresh = site.with_extension("new");
        let _ = fs::remove_dir_all(&fresh);
        fs::create_dir_all(fresh.join("pkg"))?;
        for (name, content) in &self.files {
            let path = fresh.join("pkg").join(name);
            fs::write(&path, content)?;
            let is_font = Path::new(name).extension().is_some_and(|it| it == "woff2");
            if compress && !is_font {
                fs::write(path.with_added_extension("br"), brotli_of(content)?)?;
                fs::write(path.with_added_extension("gz"), gzip_of(content)?)?;
            }
        }
        fs::write(fresh.join("manifest.json"), serde_json::to_vec_pretty(&self.names)?)?;
        let _ = fs::remove_dir_all(site);
        fs::rename(&fresh, site).context("cannot move the new site to its place")
    }
}

fn brotli_of(content: &[u8]) -> Result<Vec<u8>> {
    let mut compressed = Vec::new();
    let parameters =
        brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 22, ..Default::default() };
    brotli::BrotliCompress(&mut &content[..], &mut compressed, &parameters)?;
    Ok(compressed)
}

fn gzip_of(content: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    encoder.write_all(content)?;
    Ok(encoder.finish()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_follows_the_name_of_its_file() {
        let mut pkg = Pkg::default();

        pkg.add("xterm.js", b"export {}".to_vec());
        pkg.add("terminal.js", b"import { Terminal } from './xterm.js';".to_vec());

        let terminal = &pkg.files[&pkg.names["terminal.js"]];
        let expected = format!("import {{ Terminal }} from './{}';", pkg.names["xterm.js"]);
        assert_eq!(String::from_utf8_lossy(terminal), expected);
    }
}
