//! The dock: which tab is shown, how large it is, the tree and the picture of the lab's objects.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use maud::html;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent, PointerEvent};
use wire::{Event, Lab, LabObjects, LabState, ObjectLink, Plane};

use super::shells::Shells;
use super::store::Happening;
use super::{decode, dom, http, store};
use crate::views::dock::{self, Tab};
use crate::views::{Reader, architecture, objects};

const EVERY: i32 = 2000;

#[derive(Clone)]
pub(super) struct Live {
    element: HtmlElement,
    reader: Reader,
    state: Rc<State>,
}

struct State {
    lab: RefCell<Lab>,
    joined: bool,
    path: String,
    objects: RefCell<Option<LabObjects>>,
    selected: RefCell<Option<String>>,
    wanted: RefCell<Option<ObjectLink>>,
    table: Cell<bool>,
    reading: Cell<bool>,
}

/// Takes over the dock.
pub(crate) fn attach(element: &HtmlElement, reader: Reader) {
    let Some(start) = dom::state(element, decode::dock) else { return };
    let state = State {
        lab: RefCell::new(start.lab.clone()),
        joined: start.joined,
        path: start.path.clone(),
        objects: RefCell::default(),
        selected: RefCell::default(),
        wanted: RefCell::default(),
        table: Cell::new(false),
        reading: Cell::new(false),
    };
    let live = Live { element: element.clone(), reader, state: Rc::new(state) };
    let shells = Shells::attach(element, reader, start.lab.state == LabState::Ready);
    listen(&live, &shells);
    let (click, keys, timer, size) = (live.clone(), live.clone(), live.clone(), live.clone());
    dom::on_do(element, "click", move |action, with, target, _| {
        click.click(action, with, target);
    });
    dom::on(element, "keydown", move |event| {
        if let Some(event) = event.dyn_ref::<KeyboardEvent>() {
            keys.key(event);
        }
    });
    dom::every(EVERY, move || timer.read());
    dom::on(&dom::window(), "resize", move |_| size.draw());
    for separator in dom::all(element, "[data-resize]") {
        resize_by_pointer(&live, &separator);
    }
    live.read();
}

fn listen(live: &Live, shells: &Shells) {
    let (live, shells) = (live.clone(), shells.clone());
    store::listen(move |happening| match happening {
        Happening::Server(Event::Lab(lab)) => {
            let before = live.state.lab.replace(lab.clone()).state;
            if lab.state != LabState::Ready {
                live.state.objects.take();
            }
            live.draw();
            live.read();
            let state = &live.state;
            let empty = dock::empty(live.reader, lab, state.joined, &state.path);
            shells.lab(lab.state, before, empty);
        }
        Happening::Server(Event::Check(_)) | Happening::CommandEnded | Happening::Reconnected => {
            live.read();
        }
        Happening::Show(link) => {
            *live.state.wanted.borrow_mut() = Some(link.clone());
            live.show(Tab::Objects);
            live.select();
            live.read();
        }
        Happening::Run(block, commands) => {
            live.show(Tab::Terminal);
            shells.run(block, commands);
        }
        Happening::Server(_) | Happening::Connected(_) | Happening::LabProblem(_) => {}
    });
}

impl Live {
    fn is_ready(&self) -> bool {
        self.state.lab.borrow().state == LabState::Ready
    }

    /// Reads the objects, if they can be seen and are not being read already.
    fn read(&self) {
        if !self.is_ready() || !dom::is_visible() || self.state.reading.replace(true) {
            return;
        }
        let live = self.clone();
        leptos::task::spawn_local(async move {
            let read = http::ask(live.reader, "GET", "/api/v1/lab/objects", decode::objects).await;
            live.state.reading.set(false);
            if let Ok(read) = read {
                let same = live.state.objects.borrow().as_ref().is_some_and(|it| *it == read);
                *live.state.objects.borrow_mut() = Some(read);
                if !same {
                    live.draw();
                }
                live.select();
            }
        });
    }

    fn draw(&self) {
        let Some(picture) = dom::find(&self.element, "#panel-architecture") else { return };
        let Some(tree) = dom::find(&self.element, "#panel-objects") else { return };
        let lab = self.state.lab.borrow();
        let objects = self.state.objects.borrow();
        let Some(objects) = objects.as_ref() else {
            let empty = || dock::empty(self.reader, &lab, self.state.joined, &self.state.path);
            let view = || {
                if self.is_ready() {
                    html! {}
                } else {
                    empty()
                }
            };
            dom::draw(&picture, view());
            dom::draw(&tree, view());
            return;
        };
        let selected = self.state.selected.borrow();
        let table = || objects::tables(self.reader, objects, selected.as_deref());
        dom::draw(&tree, table());
        if self.state.table.get() {
            return dom::draw(&picture, table());
        }
        let width = u32::try_from(picture.client_width()).unwrap_or(0).saturating_sub(28);
        if width < 120 {
            return;
        }
        let name = |namespace: &Option<String>| namespace.clone().unwrap_or_default();
        let (control, data) = (name(&lab.cp_namespace), name(&lab.dp_namespace));
        let scene = architecture::picture(self.reader, objects, [&control, &data], width);
        dom::draw(&picture, html! { div class="scene" { (scene) } });
    }

    /// Shows a tab. On a wide screen the terminal is always there; elsewhere the sheet opens.
    fn show(&self, tab: Tab) {
        let element = &self.element;
        let _ = element.set_attribute("data-tab", tab.code());
        if tab != Tab::Terminal {
            let _ = element.set_attribute("data-view", tab.code());
        }
        if element.get_attribute("data-sheet").is_none() {
            let _ = element.set_attribute("data-sheet", "half");
        }
        self.mark_tabs();
        self.draw();
    }

    fn mark_tabs(&self) {
        let wide = is_wide();
        let name = if wide { "data-view" } else { "data-tab" };
        let usual = if wide { "architecture" } else { "terminal" };
        let current = self.element.get_attribute(name).unwrap_or_else(|| usual.to_owned());
        for tab in dom::all(&self.element, ".dock-tabs [role=tab]") {
            let selected = tab.get_attribute("data-with").as_deref() == Some(current.as_str());
            let _ = tab.set_attribute("aria-selected", if selected { "true" } else { "false" });
            let _ = tab.set_attribute("tabindex", if selected { "0" } else { "-1" });
        }
    }

    fn click(&self, action: &str, with: &str, target: &Element) {
        match action {
            "tab" => {
                let open = self.element.get_attribute("data-tab").as_deref() == Some(with)
                    && self.element.has_attribute("data-sheet");
                if open && !is_wide() {
                    let _ = self.element.remove_attribute("data-sheet");
                } else if let Some(tab) = Tab::parse(with) {
                    self.show(tab);
                }
            }
            "lesson" => drop(self.element.remove_attribute("data-sheet")),
            "table" => {
                let table = !self.state.table.get();
                self.state.table.set(table);
                let texts = self.reader.texts;
                let label = if table { texts.as_picture } else { texts.as_table };
                let _ = target.set_attribute("aria-pressed", if table { "true" } else { "false" });
                target.set_text_content(Some(label));
                self.draw();
            }
            "show-object" => {
                *self.state.selected.borrow_mut() = Some(with.to_owned());
                self.show(Tab::Objects);
                self.focus_selected();
            }
            _ => {}
        }
    }

    /// Finds the object that a check pointed at, once the objects are known.
    fn select(&self) {
        let found = {
            let wanted = self.state.wanted.borrow();
            let objects = self.state.objects.borrow();
            let (Some(wanted), Some(objects)) = (wanted.as_ref(), objects.as_ref()) else { return };
            let control =
                self.state.lab.borrow().cp_namespace.as_deref() == Some(&wanted.namespace);
            let plane = if control { Plane::Cp } else { Plane::Dp };
            let fits = |it: &&wire::LabObject| {
                it.plane == plane && it.kind == wanted.kind && it.name == wanted.name
            };
            objects.objects.iter().find(fits).map(|it| it.uid.clone())
        };
        self.state.wanted.take();
        if found.is_some() {
            *self.state.selected.borrow_mut() = found;
            self.draw();
            self.focus_selected();
        }
    }

    fn focus_selected(&self) {
        if let Some(row) = dom::find(&self.element, "#panel-objects tr[aria-current]") {
            row.scroll_into_view_with_bool(false);
            let _ = row.focus();
        }
    }

    fn key(&self, event: &KeyboardEvent) {
        let Some(target) = event.target().and_then(|it| it.dyn_into::<Element>().ok()) else {
            return;
        };
        let key = event.key();
        if let Some(name) = target.get_attribute("data-resize") {
            let step = match key.as_str() {
                "ArrowLeft" | "ArrowUp" if name == "dock" => 3,
                "ArrowRight" | "ArrowDown" if name == "dock" => -3,
                "ArrowDown" => 3,
                "ArrowUp" => -3,
                _ => return,
            };
            event.prevent_default();
            let now = target.get_attribute("aria-valuenow").and_then(|it| it.parse().ok());
            self.resize(&target, &name, now.unwrap_or(45) + step);
        } else if target.get_attribute("role").as_deref() == Some("tab") {
            let next = match key.as_str() {
                "ArrowRight" => target.next_element_sibling(),
                "ArrowLeft" => target.previous_element_sibling(),
                _ => return,
            };
            if let Some(next) = next.and_then(|it| it.dyn_into::<HtmlElement>().ok()) {
                let _ = next.focus();
                next.click();
            }
        } else if target.get_attribute("role").as_deref() == Some("button")
            && matches!(key.as_str(), "Enter" | " ")
        {
            event.prevent_default();
            let with = target.get_attribute("data-with").unwrap_or_default();
            self.click("show-object", &with, &target);
        }
    }

    /// Sets a size in percent of the window or the dock, and remembers it. As a sheet there are three heights.
    fn resize(&self, separator: &Element, name: &str, percent: i32) {
        let percent = percent.clamp(20, 80);
        let _ = separator.set_attribute("aria-valuenow", &percent.to_string());
        if name == "dock" && !is_wide() {
            let _ = match percent {
                ..30 => self.element.remove_attribute("data-sheet"),
                ..62 => self.element.set_attribute("data-sheet", "half"),
                _ => self.element.set_attribute("data-sheet", "full"),
            };
            return;
        }
        let root = dom::document().document_element();
        if let Some(root) = root.and_then(|it| it.dyn_into::<HtmlElement>().ok()) {
            let _ = root.style().set_property(&format!("--{name}"), &format!("{percent}%"));
        }
        if let Ok(Some(storage)) = dom::window().local_storage() {
            let _ = storage.set_item(&format!("hangar.{name}"), &percent.to_string());
        }
        self.draw();
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a window has some thousand pixels")]
fn resize_by_pointer(live: &Live, separator: &Element) {
    let name = separator.get_attribute("data-resize").unwrap_or_default();
    let held = Rc::new(Cell::new(false));
    let (down, up) = (Rc::clone(&held), Rc::clone(&held));
    let handle = separator.clone();
    dom::on(separator, "pointerdown", move |event| {
        if let Some(event) = event.dyn_ref::<PointerEvent>() {
            down.set(true);
            let _ = handle.set_pointer_capture(event.pointer_id());
        }
    });
    dom::on(separator, "pointerup", move |_| up.set(false));
    let (live, handle) = (live.clone(), separator.clone());
    dom::on(separator, "pointermove", move |event| {
        let Some(event) = event.dyn_ref::<PointerEvent>().filter(|_| held.get()) else { return };
        let window = dom::window();
        let size = |value: Result<wasm_bindgen::JsValue, _>| {
            let size = value.ok().and_then(|it| it.as_f64()).unwrap_or(1000.0);
            (size as i32).max(1)
        };
        let area = live.element.get_bounding_client_rect();
        let (top, height) = (area.top() as i32, (area.height() as i32).max(1));
        let percent = match (name.as_str(), is_wide()) {
            ("dock", true) => 100 - 100 * event.client_x() / size(window.inner_width()),
            ("dock", false) => 100 - 100 * event.client_y() / size(window.inner_height()),
            _ => 100 * (event.client_y() - top) / height,
        };
        live.resize(&handle, &name, percent);
    });
}

fn is_wide() -> bool {
    let query = dom::window().match_media("(min-width: 1100px)");
    query.ok().flatten().is_some_and(|query| query.matches())
}
