//! Both namespaces as a tree in a table: owner above owned, the state in words.

use maud::{Markup, html};
use wire::{LabObject, LabObjects, Plane};

use super::Reader;
use super::icon::{self, Sign};
use crate::model::tree;

/// The two tables.
pub fn tables(reader: Reader, objects: &LabObjects) -> Markup {
    html! {
        (table(reader, objects, Plane::Cp))
        (table(reader, objects, Plane::Dp))
    }
}

/// A plane's name with its sign.
pub fn plane_name(reader: Reader, plane: Plane) -> Markup {
    let (class, name) = match plane {
        Plane::Cp => ("plane cp", reader.texts.control_plane),
        Plane::Dp => ("plane dp", reader.texts.data_plane),
    };
    html! { span class=(class) { (icon::plane(plane)) (name) } }
}

fn table(reader: Reader, objects: &LabObjects, plane: Plane) -> Markup {
    let texts = reader.texts;
    let lines = tree::lines(&objects.objects, plane);
    let key = match plane {
        Plane::Cp => "cp",
        Plane::Dp => "dp",
    };
    html! {
        section class="objects" data-key=(key) {
            table {
                caption { (plane_name(reader, plane)) }
                @if lines.is_empty() {
                    tbody { tr { td class="quiet" { (texts.nothing_here) } } }
                } @else {
                    colgroup { col; col class="col-state"; col class="col-command"; }
                    thead class="sr-only" {
                        tr {
                            th scope="col" { (texts.kind) ", " (texts.name) }
                            th scope="col" class="col-state" { (texts.state) }
                            th scope="col" class="col-command" { (texts.command) }
                        }
                    }
                    tbody { @for line in &lines { (row(reader, line)) } }
                }
            }
        }
    }
}

fn row(reader: Reader, line: &tree::Line<'_>) -> Markup {
    let object = line.object;
    html! {
        tr data-key=(object.uid) {
            th scope="row" class={ "depth-" (line.depth.min(4)) } {
                span class="object-kind" { (object.kind) } " "
                button type="button" class="link object-name" data-do="object" data-with=(address(object)) { (object.name) }
            }
            td { (health(reader, object)) }
            td class="object-command" {
                button class="icon-button" type="button" data-do="copy" data-with=(object.command)
                    title=(object.command) aria-label={ (reader.texts.copy_command) ": " (object.command) } {
                    (icon::stroke(icon::COPY))
                }
            }
        }
    }
}

/// Which object a name opens, as the last part of its address.
pub fn address(object: &LabObject) -> String {
    let plane = match object.plane {
        Plane::Cp => "cp",
        Plane::Dp => "dp",
    };
    format!("{plane}/{}/{}", object.kind, object.name)
}

/// The state in words, with its sign.
pub fn health(reader: Reader, object: &LabObject) -> Markup {
    let texts = reader.texts;
    html! {
        span class="health" {
            @match object.healthy {
                Some(true) => { (icon::sign(Sign::Passed)) span class="sr-only" { (texts.healthy) ": " } }
                Some(false) => { (icon::sign(Sign::Broken)) span class="sr-only" { (texts.unhealthy) ": " } }
                None => {}
            }
            (object.summary)
        }
    }
}
