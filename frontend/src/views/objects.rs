//! Both namespaces as a tree in a table: owner above owned, the state in words.

use maud::{Markup, html};
use wire::{LabObject, LabObjects, Plane};

use super::Reader;
use super::icon::{self, Sign};
use crate::model::tree;

/// The two tables. `selected` is the uid of the object that a check points at.
pub fn tables(reader: Reader, objects: &LabObjects, selected: Option<&str>) -> Markup {
    html! {
        (table(reader, objects, Plane::Cp, selected))
        (table(reader, objects, Plane::Dp, selected))
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

fn table(reader: Reader, objects: &LabObjects, plane: Plane, selected: Option<&str>) -> Markup {
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
                    thead class="sr-only" {
                        tr {
                            th scope="col" { (texts.kind) ", " (texts.name) }
                            th scope="col" { (texts.state) }
                            th scope="col" { (texts.command) }
                        }
                    }
                    tbody { @for line in &lines { (row(reader, line, selected)) } }
                }
            }
        }
    }
}

fn row(reader: Reader, line: &tree::Line<'_>, selected: Option<&str>) -> Markup {
    let object = line.object;
    let chosen = selected == Some(object.uid.as_str());
    html! {
        tr data-key=(object.uid) id={ "object-" (object.uid) } aria-current=[chosen.then_some("true")] tabindex=[chosen.then_some("-1")] {
            th scope="row" class={ "depth-" (line.depth.min(4)) } {
                span class="object-kind" { (object.kind) } " " span class="object-name" { (object.name) }
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
