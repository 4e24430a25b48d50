//! One object in full: who owns it, what happened to it, its YAML, and the command that shows the same.

use maud::{Markup, html};
use wire::{ObjectDetail, ObjectEvent, ObjectLink};

use super::objects::plane_name;
use super::{Reader, icon, time};

/// The object; a problem stands in its place when it cannot be read.
pub fn detail(reader: Reader, detail: Option<&Result<ObjectDetail, String>>) -> Markup {
    let texts = reader.texts;
    html! {
        section class="object" data-key="object" {
            p class="object-back" {
                button type="button" class="link" data-do="object-list" { "← " (texts.all_objects) }
            }
            @match detail {
                Some(Ok(detail)) => (whole(reader, detail)),
                Some(Err(problem)) => p class="quiet" role="status" { (problem) },
                None => {}
            }
        }
    }
}

fn whole(reader: Reader, detail: &ObjectDetail) -> Markup {
    let texts = reader.texts;
    let object = &detail.object;
    html! {
        h2 class="object-title" { span class="object-kind" { (object.kind) } " " span class="object-name" { (object.name) } }
        p class="object-facts" {
            (plane_name(reader, detail.plane)) code { (object.namespace) }
        }
        @if !detail.owners.is_empty() {
            p class="object-owners" {
                (texts.owned_by) " "
                @for (index, owner) in detail.owners.iter().enumerate() {
                    @if index > 0 { " ← " }
                    (link(owner))
                }
            }
        }
        (command(reader, &detail.command))
        h3 { (texts.events) }
        @if detail.events.is_empty() { p class="quiet" { (texts.events_none) } } @else {
            ol class="object-events" { @for event in &detail.events { (one_event(reader, event)) } }
        }
        div class="object-yaml-head" {
            h3 { "YAML" }
            button type="button" class="icon-button" data-do="copy" data-with=(detail.yaml) aria-label=(texts.copy_yaml) title=(texts.copy_yaml) {
                (icon::stroke(icon::COPY))
            }
        }
        @if detail.redacted { p class="quiet" { (texts.redacted) } }
        pre class="object-yaml" tabindex="0" { code { (detail.yaml) } }
    }
}

fn link(owner: &ObjectLink) -> Markup {
    html! {
        button type="button" class="link" data-do="object-link"
            data-with={ (owner.kind) "/" (owner.namespace) "/" (owner.name) } {
            (owner.kind) " " (owner.name)
        }
    }
}

/// A command with the button that copies it.
fn command(reader: Reader, command: &str) -> Markup {
    let label = reader.texts.copy_command;
    html! {
        div class="object-shows" {
            code { (command) }
            button type="button" class="icon-button" data-do="copy" data-with=(command) aria-label=(label) title=(label) {
                (icon::stroke(icon::COPY))
            }
        }
    }
}

fn one_event(reader: Reader, event: &ObjectEvent) -> Markup {
    let class = if event.warning { "warning" } else { "normal" };
    html! {
        li class=(class) {
            p {
                b { @if event.warning { (icon::sign(icon::Sign::Failed)) } (event.reason) }
                span class="quiet num" {
                    @if let Some(at) = event.at { time datetime=(time::iso(at)) { ((reader.clock)(at, reader.language)) } }
                    @if event.count > 1 { " · " ((reader.texts.times)(event.count)) }
                }
            }
            p { (event.message) }
        }
    }
}
