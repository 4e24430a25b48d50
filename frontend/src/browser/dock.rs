//! The dock: which tab is shown, how large it is, and what happens where. What the panels show is in `panels`.

use std::cell::Cell;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent, PointerEvent};
use wire::{Event, ObjectLink};

use super::panels::Panels;
use super::shells::Shells;
use super::store::Happening;
use super::{decode, dom, reader, store};
use crate::views::dock::{self, DockStart, Tab};

#[derive(Clone)]
struct Live {
    element: HtmlElement,
    panels: Panels,
}

/// Under which name the window keeps what the dock shows, and in which attributes that stands.
const KEPT: &str = "dock";
const SHOWN: [&str; 3] = ["data-tab", "data-view", "data-sheet"];

/// Takes over the dock.
pub(crate) fn attach(element: &HtmlElement) {
    let Some(start) = dom::state(element, decode::dock) else { return };
    let shells = Shells::attach(element, &start.lab);
    let panels = Panels::attach(element, start.clone());
    let live = Live { element: element.clone(), panels };
    live.restore();
    listen(&live, &shells, start);
    let (click, keys, size) = (live.clone(), live.clone(), live.clone());
    dom::on_do(element, "click", move |action, with, target, _| {
        click.click(action, with, target);
    });
    dom::on(element, "keydown", move |event| {
        if let Some(event) = event.dyn_ref::<KeyboardEvent>() {
            keys.key(event);
        }
    });
    dom::on(&dom::window(), "resize", move |_| size.panels.draw());
    for separator in dom::all(element, "[data-resize]") {
        resize_by_pointer(&live, &separator);
    }
}

fn listen(live: &Live, shells: &Shells, start: DockStart) {
    let (live, shells) = (live.clone(), shells.clone());
    let before = Cell::new(start.lab.state);
    store::listen(move |happening| match happening {
        Happening::Server(Event::Lab(lab)) => {
            let before = before.replace(lab.state);
            live.panels.lab(lab.clone());
            let empty = dock::empty(reader(), lab, start.joined, &start.path);
            shells.lab(lab, before, empty);
        }
        Happening::Turned => {
            let lab = live.panels.current();
            let empty = dock::empty(reader(), &lab, start.joined, &start.path);
            live.turned();
            shells.turned();
            shells.lab(&lab, before.get(), empty);
        }
        Happening::Objects => live.panels.told(),
        Happening::Server(Event::Check(_)) | Happening::CommandEnded | Happening::Reconnected => {
            live.panels.read();
        }
        Happening::Show(link) => {
            live.show(Tab::Objects);
            live.panels.open_link(link);
        }
        Happening::Run(jobs) => {
            live.show(Tab::Terminal);
            shells.run(jobs);
        }
        Happening::Server(_) | Happening::Connected(_) | Happening::LabProblem(_) => {}
    });
}

impl Live {
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
        self.panels.draw();
    }

    /// Shows what the window showed on the page before; a sheet opens again only over the same lesson.
    fn restore(&self) {
        let kept = dom::kept(KEPT).unwrap_or_default();
        let mut parts = kept.split('|');
        let (here, again) = (lesson(), parts.next().unwrap_or_default().to_owned());
        for (name, value) in SHOWN.into_iter().zip(parts) {
            if !value.is_empty() && (name != "data-sheet" || here == again) {
                let _ = self.element.set_attribute(name, value);
            }
        }
        self.mark_tabs();
    }

    fn keep(&self) {
        let shown = SHOWN.map(|name| self.element.get_attribute(name).unwrap_or_default());
        dom::keep(KEPT, &format!("{}|{}", lesson(), shown.join("|")));
    }

    /// Shows everything in the page's new language.
    fn turned(&self) {
        self.mark_tabs();
        if let Some(button) = dom::find(&self.element, "[data-do=table]") {
            self.label_table(&button);
        }
        self.panels.draw();
        self.panels.read();
    }

    fn label_table(&self, button: &Element) {
        let (table, texts) = (self.panels.is_table(), reader().texts);
        let label = if table { texts.as_picture } else { texts.as_table };
        let _ = button.set_attribute("aria-pressed", if table { "true" } else { "false" });
        button.set_text_content(Some(label));
    }

    fn mark_tabs(&self) {
        self.keep();
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
                    self.keep();
                } else if let Some(tab) = Tab::parse(with) {
                    self.show(tab);
                }
            }
            "lesson" => {
                let _ = self.element.remove_attribute("data-sheet");
                self.keep();
            }
            "table" => {
                self.panels.switch_table();
                self.label_table(target);
            }
            "object" => {
                self.show(Tab::Objects);
                self.panels.open(with);
            }
            "object-link" => {
                let mut parts = with.splitn(3, '/').map(ToOwned::to_owned);
                if let (Some(kind), Some(namespace), Some(name)) =
                    (parts.next(), parts.next(), parts.next())
                {
                    self.panels.open_link(&ObjectLink { kind, namespace, name });
                }
            }
            "object-list" => self.panels.close(),
            _ => {}
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
            self.click("object", &with, &target);
        }
    }

    /// Sets a size in percent of the window or the dock, and remembers it. As a sheet there are three heights.
    fn resize(&self, separator: &Element, name: &str, percent: i32) {
        let percent = percent.clamp(20, 80);
        let _ = separator.set_attribute("aria-valuenow", &percent.to_string());
        if name == "dock" && !is_wide() {
            let _ = match percent {
                ..30 => self.element.remove_attribute("data-sheet"),
                30..62 => self.element.set_attribute("data-sheet", "half"),
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
        self.panels.draw();
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

/// The lesson's name in the address, which is the same in every language.
fn lesson() -> String {
    let path = dom::window().location().pathname().unwrap_or_default();
    path.rsplit('/').next().unwrap_or_default().to_owned()
}

fn is_wide() -> bool {
    let query = dom::window().match_media("(min-width: 1100px)");
    query.ok().flatten().is_some_and(|query| query.matches())
}
