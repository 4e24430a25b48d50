//! Reads what the published documents leave out from the Go declarations of the types.
//!
//! A line reader, not a parser: the declarations of `k8s.io/api` are formatted by one tool and
//! keep one field a line. **Deliberately absent:** everything but structs, named types and their
//! constants.

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};

/// A field of a Go struct, as its JSON encoding sees it.
#[derive(Clone, Debug, Default)]
pub(super) struct Field {
    /// Its JSON name.
    pub(super) json: String,
    /// Its type as written in Go, without a leading `*`.
    pub(super) go_type: String,
    /// Its protobuf number; `2.5` for number 5 of an embedded message that is number 2.
    pub(super) number: String,
    /// The embedded structs between this field and its owner, joined by dots.
    pub(super) embedded: String,
    /// Left out when empty.
    pub(super) omit_empty: bool,
    /// Left out when zero.
    pub(super) omit_zero: bool,
    /// Held by pointer, so that zero and absent differ.
    pub(super) pointer: bool,
}

/// What a field's Go type is called, where that cannot be told from its shape.
#[derive(Debug, Default)]
pub(super) struct TypeName {
    /// The name, as Go's reflection prints it, of a named string, map or list.
    pub(super) named: Option<String>,
    /// The values of its constants, when the type is declared an enumeration.
    pub(super) values: Vec<String>,
    /// A named list: protobuf wraps it in a message with `items`.
    pub(super) wrapped: bool,
}

/// The declarations of one Go package.
#[derive(Default)]
struct Package {
    structs: HashMap<String, Vec<Field>>,
    named: HashMap<String, String>,
    enumerations: Vec<String>,
    constants: Vec<(String, String)>,
    /// Types with a constant whose value is not written where it is declared.
    incomplete: Vec<String>,
}

/// Every package read so far.
pub(super) struct Packages {
    roots: Vec<(String, PathBuf)>,
    read: HashMap<String, Package>,
}

impl Packages {
    /// Packages below `roots`, each with the published prefix of its types.
    pub(super) fn new(roots: Vec<(String, PathBuf)>) -> Self {
        Self { roots, read: HashMap::new() }
    }

    /// The fields of a struct with those of embedded structs; none for another type.
    pub(super) fn fields(&mut self, package: &str, name: &str) -> Result<Vec<Field>> {
        let declared = self.package(package)?.structs.get(name).cloned().unwrap_or_default();
        let mut fields = Vec::new();
        for field in declared {
            if !field.json.is_empty() {
                fields.push(field);
                continue;
            }
            if field.go_type.contains('.') {
                continue; // The type's own kind and version travel outside the message.
            }
            for inner in self.fields(package, &field.go_type)? {
                let join = |outer: &str, inner: &str| match inner {
                    "" => outer.to_owned(),
                    _ => format!("{outer}.{inner}"),
                };
                fields.push(Field {
                    number: join(&field.number, &inner.number),
                    embedded: join(&field.go_type, &inner.embedded),
                    ..inner
                });
            }
        }
        Ok(fields)
    }

    /// What Go calls the type `go_type`, seen from `package`.
    pub(super) fn resolve(&mut self, package: &str, go_type: &str) -> Result<TypeName> {
        let (prefix, base) = split_container(go_type);
        let (home, name) = match base.rsplit_once('.') {
            Some(("v1" | "corev1" | "apiv1", name)) => ("io.k8s.api.core.v1".to_owned(), name),
            Some(("metav1", name)) => ("io.k8s.apimachinery.pkg.apis.meta.v1".to_owned(), name),
            Some(("types", name)) => {
                return Ok(TypeName {
                    named: Some(format!("{prefix}types.{name}")),
                    ..TypeName::default()
                });
            }
            Some(_) => return Ok(TypeName::default()),
            None => (package.to_owned(), base),
        };
        let declared = self.package(&home)?;
        let Some(underlying) = declared.named.get(name) else { return Ok(TypeName::default()) };
        let version = home.rsplit('.').next().unwrap_or_default();
        let mut values: Vec<String> = Vec::new();
        let complete = !declared.incomplete.iter().any(|it| it == name);
        if complete && declared.enumerations.iter().any(|it| it == name) {
            let constants = declared.constants.iter().filter(|(of, _)| of == name);
            values.extend(constants.map(|(_, value)| value.clone()));
            values.sort();
            values.dedup();
        }
        let wrapped = underlying.starts_with("[]");
        Ok(TypeName { named: Some(format!("{prefix}{version}.{name}")), values, wrapped })
    }

    /// Reads a package once.
    fn package(&mut self, name: &str) -> Result<&Package> {
        if !self.read.contains_key(name) {
            let package = read(&self.directory(name)?)?;
            self.read.insert(name.to_owned(), package);
        }
        self.read.get(name).context("a package that was just read")
    }

    /// The directory of a published package name: dots are slashes below the module.
    fn directory(&self, name: &str) -> Result<PathBuf> {
        let (prefix, root) = self
            .roots
            .iter()
            .find(|(prefix, _)| {
                name.strip_prefix(prefix.as_str()).is_some_and(|it| it.starts_with('.'))
            })
            .with_context(|| format!("no module holds {name}"))?;
        Ok(name[prefix.len() + 1..].split('.').fold(root.clone(), |path, part| path.join(part)))
    }
}

/// `[]` and `map[string]` in front of a type, with Go's names, and what follows.
fn split_container(go_type: &str) -> (String, &str) {
    if let Some(inner) = go_type.strip_prefix("[]") {
        let (prefix, base) = split_container(inner);
        return (format!("[]{prefix}"), base);
    }
    if let Some((key, value)) = go_type.strip_prefix("map[").and_then(|rest| rest.split_once(']')) {
        let (prefix, base) = split_container(value);
        return (format!("map[{key}]{prefix}"), base);
    }
    (String::new(), go_type.trim_start_matches('*'))
}

/// Reads the hand-written files of a package.
fn read(directory: &PathBuf) -> Result<Package> {
    let mut package = Package::default();
    let entries =
        fs::read_dir(directory).with_context(|| format!("reading {}", directory.display()))?;
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let written = path.extension().is_some_and(|extension| extension == "go")
            && !name.ends_with("_test.go")
            && !name.ends_with(".pb.go")
            && !name.starts_with("zz_generated");
        if written {
            read_source(&mut package, &fs::read_to_string(&path)?);
        }
    }
    Ok(package)
}

/// Collects structs, named types and constants from one file.
fn read_source(package: &mut Package, source: &str) {
    let mut open: Option<(String, Vec<Field>)> = None;
    let mut enumeration = false;
    for line in source.lines() {
        if let Some((_, fields)) = &mut open {
            if line.starts_with('}') {
                package.structs.extend(open.take());
            } else {
                fields.extend(read_field(line));
            }
            continue;
        }
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["//", "+enum", ..] => enumeration = true,
            ["//", ..] => {}
            ["type", name, "struct", "{"] => open = Some(((*name).to_owned(), Vec::new())),
            ["type", name, underlying, ..] => {
                package.named.insert((*name).to_owned(), (*underlying).to_owned());
                if enumeration {
                    package.enumerations.push((*name).to_owned());
                }
                enumeration = false;
            }
            [_, of, "=", value, ..] if value.starts_with('"') => {
                let value = value.trim_matches('"').to_owned();
                package.constants.push(((*of).to_owned(), value));
            }
            ["const", _, of, "=", value, ..] if value.starts_with('"') => {
                let value = value.trim_matches('"').to_owned();
                package.constants.push(((*of).to_owned(), value));
            }
            [_, "=", conversion] | ["const", _, "=", conversion] => {
                if let Some((of, value)) = conversion.split_once("(\"") {
                    let value = value.trim_end_matches("\")").to_owned();
                    package.constants.push((of.to_owned(), value));
                } else if let Some((of, _)) = conversion.split_once('(') {
                    // Its value is declared elsewhere: half an enumeration would be wrong.
                    package.incomplete.push(of.to_owned());
                }
            }
            _ => enumeration = false,
        }
    }
}

/// Reads one line of a struct; none for comments and untagged fields.
fn read_field(line: &str) -> Option<Field> {
    let line = line.trim();
    if line.starts_with("//") {
        return None;
    }
    let (declaration, tags) = line.split_once('`')?;
    let mut words = declaration.split_whitespace();
    let first = words.next()?;
    let written = words.next().unwrap_or(first);
    let mut json = tag(tags, "json")?.split(',');
    let name = json.next()?.to_owned();
    let options: Vec<&str> = json.collect();
    let inline = options.contains(&"inline") || name.is_empty();
    let number = tag(tags, "protobuf").and_then(|tag| tag.split(',').nth(1)).unwrap_or_default();
    Some(Field {
        json: if inline { String::new() } else { name },
        go_type: written.trim_start_matches('*').to_owned(),
        number: number.to_owned(),
        embedded: String::new(),
        omit_empty: options.contains(&"omitempty"),
        omit_zero: options.contains(&"omitzero"),
        pointer: written.starts_with('*'),
    })
}

/// The value of one key of a struct tag.
fn tag<'a>(tags: &'a str, key: &str) -> Option<&'a str> {
    let start = tags.find(&format!("{key}:\""))? + key.len() + 2;
    tags[start..].split('"').next()
}
