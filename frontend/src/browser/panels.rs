//! The panels beside the terminal: the picture, the tree, and one object in full.
//!
//! **Invariant:** they are read again when the server says that something has changed; a timer only stands in for
//! events that are lost or not sent. Two readings never overlap.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use maud::html;
use web_sys::HtmlElement;
use wire::{Architecture, Lab, LabObjects, LabState, Millis, ObjectDetail, ObjectLink};

use super::http::Body;
use super::{decode, dom, http, reader};
use crate::views::dock::{self, DockStart};
use crate::views::{architecture, object, objects};

/// How often the timer looks, in milliseconds.
const EVERY: i32 = 2000;
/// How long one reading is good for while the server tells of changes, in milliseconds.
const GOOD_FOR: Millis = 20_000;

/// The panels; a handle.
#[derive(Clone)]
pub(super) struct Panels(Rc<Inner>);

struct Inner {
    element: HtmlElement,
    lab: RefCell<Lab>,
    start: DockStart,
    objects: RefCell<Option<LabObjects>>,
    graph: RefCell<Option<Architecture>>,
    /// The object that is shown in full, as the last part of its address.
    shown: RefCell<Option<String>>,
    detail: RefCell<Option<Result<ObjectDetail, String>>>,
    table: Cell<bool>,
    reading: Cell<bool>,
    again: Cell<bool>,
    told: Cell<bool>,
    read_at: Cell<Millis>,
}

impl Panels {
    /// Takes over both panels.
    pub(super) fn attach(element: &HtmlElement, start: DockStart) -> Self {
        let panels = Self(Rc::new(Inner {
            element: element.clone(),
            lab: RefCell::new(start.lab.clone()),
            start,
            objects: RefCell::default(),
            graph: RefCell::default(),
            shown: RefCell::default(),
            detail: RefCell::default(),
            table: Cell::new(false),
            reading: Cell::new(false),
            again: Cell::new(false),
            told: Cell::new(false),
            read_at: Cell::new(0),
        }));
        let timer = panels.clone();
        dom::every(EVERY, move || timer.look());
        panels.read();
        panels
    }

    /// Follows the lab.
    pub(super) fn lab(&self, lab: Lab) {
        if lab.state != LabState::Ready {
            self.0.objects.take();
            self.0.graph.take();
            self.forget();
        }
        self.0.lab.replace(lab);
        self.draw();
        self.read();
    }

    /// The lab, as it is known here.
    pub(super) fn current(&self) -> Lab {
        self.0.lab.borrow().clone()
    }

    /// The server says that an object has changed, and will say so again.
    pub(super) fn told(&self) {
        self.0.told.set(true);
        self.read();
    }

    fn look(&self) {
        let old = dom::now() - self.0.read_at.get() > GOOD_FOR;
        if old || !self.0.told.get() {
            self.read();
        }
    }

    /// Changes between picture and table.
    pub(super) fn switch_table(&self) {
        self.0.table.set(!self.0.table.get());
        self.draw();
    }

    /// Whether the table is shown instead of the picture.
    pub(super) fn is_table(&self) -> bool {
        self.0.table.get()
    }

    /// Shows the object that a check or an owner points at.
    pub(super) fn open_link(&self, link: &ObjectLink) {
        let control = self.0.lab.borrow().cp_namespace.as_deref() == Some(&link.namespace);
        let plane = if control { "cp" } else { "dp" };
        self.open(&format!("{plane}/{}/{}", link.kind, link.name));
    }

    /// Shows one object in full.
    pub(super) fn open(&self, address: &str) {
        *self.0.shown.borrow_mut() = Some(address.to_owned());
        self.0.detail.take();
        self.draw();
        self.focus(".object-back button");
        self.read();
    }

    /// Back to the tree, to where the object stands in it.
    pub(super) fn close(&self) {
        let shown = self.0.shown.borrow().clone();
        self.forget();
        self.draw();
        if let Some(shown) = shown {
            self.focus(&format!(r#"[data-do="object"][data-with="{shown}"]"#));
        }
    }

    fn forget(&self) {
        self.0.shown.take();
        self.0.detail.take();
    }

    fn focus(&self, selector: &str) {
        let panel = dom::find(&self.0.element, "#panel-objects");
        if let Some(found) = panel.and_then(|panel| dom::find(&panel, selector)) {
            let _ = found.focus();
        }
    }

    fn is_ready(&self) -> bool {
        self.0.lab.borrow().state == LabState::Ready
    }

    /// Reads everything, if it can be seen; what is asked for meanwhile is done right after.
    pub(super) fn read(&self) {
        if !self.is_ready() || !dom::is_visible() {
            return;
        }
        if self.0.reading.replace(true) {
            return self.0.again.set(true);
        }
        let panels = self.clone();
        leptos::task::spawn_local(async move {
            panels.read_once().await;
            panels.0.reading.set(false);
            if panels.0.again.replace(false) {
                panels.read();
            }
        });
    }

    async fn read_once(&self) {
        self.0.read_at.set(dom::now());
        let of = self.current().cp_namespace;
        let objects = "/api/v1/lab/objects";
        let objects = http::ask(reader(), "GET", objects, Body::None, decode::objects).await;
        let graph = "/api/v1/lab/architecture";
        let graph = http::ask(reader(), "GET", graph, Body::None, decode::architecture).await;
        let Ok(objects) = objects else { return };
        if !self.is_ready() || self.current().cp_namespace != of {
            // They are those of a lab that has gone since.
            return;
        }
        // The tree is worth showing without its picture.
        let known = || self.0.graph.borrow().clone();
        let empty = Architecture { revision: 0, nodes: Vec::new(), edges: Vec::new() };
        let graph = graph.unwrap_or_else(|_| known().unwrap_or(empty));
        let shown = self.0.shown.borrow().clone();
        let mut changed = self.0.objects.borrow().as_ref() != Some(&objects);
        changed |= self.0.graph.borrow().as_ref() != Some(&graph);
        *self.0.objects.borrow_mut() = Some(objects);
        *self.0.graph.borrow_mut() = Some(graph);
        if let Some(shown) = shown {
            let detail = self.read_shown(&shown).await;
            if self.0.shown.borrow().as_ref() == Some(&shown) {
                changed |= self.0.detail.borrow().as_ref() != Some(&detail);
                *self.0.detail.borrow_mut() = Some(detail);
            }
        }
        if changed {
            self.draw();
        }
    }

    /// Reads the object that is shown. What has left the tree since it was opened is gone, and not asked for again.
    async fn read_shown(&self, shown: &str) -> Result<ObjectDetail, String> {
        let listed = {
            let objects = self.0.objects.borrow();
            let all = objects.as_ref().map(|it| it.objects.as_slice()).unwrap_or_default();
            all.iter().any(|object| objects::address(object) == shown)
        };
        if !listed && self.0.detail.borrow().is_some() {
            return Err(reader().texts.gone.to_owned());
        }
        let address = format!("/api/v1/lab/objects/{shown}");
        http::ask(reader(), "GET", &address, Body::None, decode::detail).await
    }

    /// Draws both panels.
    pub(super) fn draw(&self) {
        let inner = &self.0;
        let Some(picture) = dom::find(&inner.element, "#panel-architecture") else { return };
        let Some(tree) = dom::find(&inner.element, "#panel-objects") else { return };
        let (lab, reader) = (inner.lab.borrow(), reader());
        let (objects, graph) = (inner.objects.borrow(), inner.graph.borrow());
        let (Some(objects), Some(graph)) = (objects.as_ref(), graph.as_ref()) else {
            let view = || {
                if self.is_ready() {
                    html! {}
                } else {
                    dock::empty(reader, &lab, inner.start.joined, &inner.start.path)
                }
            };
            dom::draw(&picture, view());
            return dom::draw(&tree, view());
        };
        if inner.shown.borrow().is_some() {
            dom::draw(&tree, object::detail(reader, inner.detail.borrow().as_ref()));
        } else {
            dom::draw(&tree, objects::tables(reader, objects));
        }
        if inner.table.get() {
            return dom::draw(&picture, architecture::table(reader, graph));
        }
        let width = u32::try_from(picture.client_width()).unwrap_or(0).saturating_sub(28);
        if width < 120 {
            return;
        }
        let name = |namespace: &Option<String>| namespace.clone().unwrap_or_default();
        let (control, data) = (name(&lab.cp_namespace), name(&lab.dp_namespace));
        let scene = architecture::picture(reader, graph, objects, [&control, &data], width);
        dom::draw(
            &picture,
            html! { div class="scene" { (scene) (architecture::key(reader, graph)) } },
        );
    }
}
