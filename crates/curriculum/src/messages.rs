//! Messages in the reader's language, by Project Fluent.
//!
//! **Invariant:** every language has every message, attribute and variable that English has, or
//! [`Messages::parse`] says what is missing.

use std::collections::{BTreeMap, BTreeSet};

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentError, FluentResource, FluentValue};
use fluent_syntax::ast;

use crate::Language;
use crate::finding::{Finding, line_of, line_with};
use crate::reason::{Parameter, Reason};

/// Every message, in every language.
pub struct Messages {
    bundles: BTreeMap<Language, FluentBundle<FluentResource>>,
}

impl std::fmt::Debug for Messages {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Messages")
    }
}

/// A message that was asked for by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// The message itself.
    pub text: String,
    /// Its attributes, e.g. `next`.
    pub attributes: BTreeMap<String, String>,
}

/// A reason in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Worded {
    /// The whole reason in one sentence.
    pub text: String,
    /// What the check asks for.
    pub expected: Option<String>,
    /// What is there instead.
    pub found: Option<String>,
    /// The likely cause.
    pub cause: Option<String>,
}

impl Messages {
    /// Parses one Fluent file a language and holds them against one another.
    pub fn parse(files: &BTreeMap<Language, (String, String)>) -> Result<Self, Vec<Finding>> {
        let mut findings = Vec::new();
        let mut bundles = BTreeMap::new();
        let mut shapes = BTreeMap::new();
        for language in Language::ALL {
            let Some((file, text)) = files.get(&language) else {
                let name = format!("messages/{language}.ftl");
                findings.push(Finding::at(&name, 0, "this file is missing: write it"));
                continue;
            };
            match FluentResource::try_new(text.clone()) {
                Ok(resource) => {
                    shapes.insert(language, (file, text, shape(&resource)));
                    bundles
                        .insert(language, bundle(language, resource, (file, text), &mut findings));
                }
                Err((_, errors)) => findings.extend(errors.iter().map(|error| {
                    let line = line_of(text, error.pos.start);
                    Finding::at(file, line, format!("this message cannot be read: {}", error.kind))
                })),
            }
        }
        compare(&shapes, &mut findings);
        if findings.is_empty() { Ok(Self { bundles }) } else { Err(findings) }
    }

    /// Whether a message exists.
    pub fn has(&self, id: &str) -> bool {
        self.bundles.values().all(|bundle| bundle.has_message(id))
    }

    /// Words a message. One that does not exist is worded by its own id, so that nothing is hidden.
    pub fn message(
        &self,
        language: Language,
        id: &str,
        parameters: &BTreeMap<String, Parameter>,
    ) -> Message {
        let bundle = self.bundles.get(&language);
        let Some((bundle, message)) =
            bundle.and_then(|bundle| Some((bundle, bundle.get_message(id)?)))
        else {
            return Message { text: id.to_owned(), attributes: BTreeMap::new() };
        };
        let arguments = arguments(parameters);
        let mut errors = Vec::new();
        let mut word = |pattern| {
            bundle.format_pattern(pattern, Some(&arguments), &mut errors).trim().to_owned()
        };
        let text = message.value().map(&mut word).unwrap_or_default();
        let attributes = message
            .attributes()
            .map(|attribute| (attribute.id().to_owned(), word(attribute.value())))
            .collect();
        Message { text, attributes }
    }

    /// Words a reason: `reason-<code>` with its attributes, and `cause-<code>` of its cause.
    pub fn reason(&self, language: Language, reason: &Reason) -> Worded {
        let worded = self.message(language, &format!("reason-{}", reason.code), &reason.parameters);
        let attribute =
            |name: &str| worded.attributes.get(name).filter(|text| !text.is_empty()).cloned();
        let cause = reason.cause.as_ref().map(|cause| {
            self.message(language, &format!("cause-{}", cause.code), &cause.parameters).text
        });
        Worded {
            expected: attribute("expected"),
            found: attribute("found"),
            cause: cause.or_else(|| attribute("cause")),
            text: worded.text,
        }
    }
}

fn bundle(
    language: Language,
    resource: FluentResource,
    (file, text): (&str, &str),
    findings: &mut Vec<Finding>,
) -> FluentBundle<FluentResource> {
    let identifier = match language {
        Language::En => "en",
        Language::Pt => "pt-BR",
        Language::Es => "es-419",
    };
    let identifier = identifier.parse().expect("the three identifiers are well-formed");
    let mut bundle = FluentBundle::new_concurrent(vec![identifier]);
    // The marks that isolate right-to-left text are of no use here and show up when copied.
    bundle.set_use_isolating(false);
    if let Err(errors) = bundle.add_resource(resource) {
        findings.extend(errors.iter().map(|error| refused(file, text, error)));
    }
    bundle
}

fn arguments(parameters: &BTreeMap<String, Parameter>) -> FluentArgs<'_> {
    parameters
        .iter()
        .map(|(name, value)| {
            let value = match value {
                Parameter::Number(number) => FluentValue::from(*number),
                Parameter::Text(text) => FluentValue::from(text.as_str()),
            };
            (name.as_str(), value)
        })
        .collect()
}

/// Each message and attribute with the variables that it mentions.
type Shape = BTreeMap<String, BTreeSet<String>>;

fn shape(resource: &FluentResource) -> Shape {
    let mut shape = Shape::new();
    for entry in resource.entries() {
        let ast::Entry::Message(message) = entry else { continue };
        let id = message.id.name.to_owned();
        if let Some(value) = &message.value {
            shape.insert(id.clone(), variables(value));
        }
        for attribute in &message.attributes {
            shape.insert(format!("{id}.{}", attribute.id.name), variables(&attribute.value));
        }
    }
    shape
}

fn variables(pattern: &ast::Pattern<&str>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for element in &pattern.elements {
        if let ast::PatternElement::Placeable { expression } = element {
            in_expression(expression, &mut found);
        }
    }
    found
}

fn in_expression(expression: &ast::Expression<&str>, found: &mut BTreeSet<String>) {
    match expression {
        ast::Expression::Inline(inline) => in_inline(inline, found),
        ast::Expression::Select { selector, variants } => {
            in_inline(selector, found);
            for variant in variants {
                found.extend(variables(&variant.value));
            }
        }
    }
}

fn in_inline(inline: &ast::InlineExpression<&str>, found: &mut BTreeSet<String>) {
    match inline {
        ast::InlineExpression::VariableReference { id } => {
            found.insert(id.name.to_owned());
        }
        ast::InlineExpression::Placeable { expression } => in_expression(expression, found),
        ast::InlineExpression::FunctionReference { arguments, .. } => {
            for argument in &arguments.positional {
                in_inline(argument, found);
            }
        }
        ast::InlineExpression::StringLiteral { .. }
        | ast::InlineExpression::NumberLiteral { .. }
        | ast::InlineExpression::MessageReference { .. }
        | ast::InlineExpression::TermReference { .. } => {}
    }
}

/// Why a message is not taken.
fn refused(file: &str, text: &str, error: &FluentError) -> Finding {
    let FluentError::Overriding { id, .. } = error else {
        return Finding::at(file, 1, format!("this file cannot be used: {error}"));
    };
    let mut places = text.lines().zip(1..).filter(|(line, _)| defines(line, id));
    let first = places.next().map_or(1, |(_, line)| line);
    let again = places.next().map_or(first, |(_, line)| line);
    Finding::at(file, again, format!("the message `{id}` stands in line {first} already: keep one"))
}

/// Whether a line begins a message.
fn defines(line: &str, id: &str) -> bool {
    line.strip_prefix(id).is_some_and(|rest| rest.trim_start().starts_with('='))
}

/// The line where a message or an attribute of it (`id.attribute`) begins.
fn line_of_message(text: &str, id: &str) -> usize {
    let (message, attribute) = id.split_once('.').unwrap_or((id, ""));
    let start = text.lines().position(|line| defines(line, message)).unwrap_or(0);
    if attribute.is_empty() {
        return start + 1;
    }
    let rest: String = text.split_inclusive('\n').skip(start).collect();
    start + line_with(&rest, &format!(".{attribute}"), "")
}

/// Variables as one writes them.
fn listed(variables: &BTreeSet<String>) -> String {
    let names: Vec<String> = variables.iter().map(|name| format!("`${name}`")).collect();
    if names.is_empty() { "no variable".to_owned() } else { names.join(", ") }
}

fn compare(shapes: &BTreeMap<Language, (&String, &String, Shape)>, findings: &mut Vec<Finding>) {
    let Some((english_file, english_text, english)) = shapes.get(&Language::En) else { return };
    for (file, text, shape) in shapes.values() {
        for (id, variables) in english {
            let there = format!("{english_file}:{}", line_of_message(english_text, id));
            match shape.get(id) {
                None => {
                    let message = format!("the message `{id}` of {there} is missing: translate it");
                    findings.push(Finding::at(file, text.lines().count().max(1), message));
                }
                Some(own) if own != variables => {
                    let message = format!(
                        "the message `{id}` uses {}, in {there} it uses {}: use the same",
                        listed(own),
                        listed(variables)
                    );
                    findings.push(Finding::at(file, line_of_message(text, id), message));
                }
                Some(_) => {}
            }
        }
        for id in shape.keys().filter(|id| !english.contains_key(*id)) {
            let message =
                format!("the message `{id}` is not in {english_file}: remove it or add it");
            findings.push(Finding::at(file, line_of_message(text, id), message));
        }
    }
}
