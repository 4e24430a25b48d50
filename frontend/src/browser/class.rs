//! The live class: reads the grid again every two seconds while it is looked at, and moves through it by keyboard.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};
use wire::{Grid, Stuck};

use super::{dom, http};
use crate::forms;
use crate::views::Reader;
use crate::views::grid::{self, ClassView, Order};

const EVERY: i32 = 2000;

#[derive(Clone)]
struct Live {
    element: HtmlElement,
    reader: Reader,
    view: Rc<RefCell<ClassView>>,
    behind: i64,
}

/// Takes over the class.
pub(crate) fn attach(element: &HtmlElement, reader: Reader, view: ClassView) {
    let behind = view.now - dom::now();
    let live = Live { element: element.clone(), reader, view: Rc::new(RefCell::new(view)), behind };
    live.draw();
    let (timer, click, submit) = (live.clone(), live.clone(), live.clone());
    dom::every(EVERY, move || {
        if dom::is_visible() {
            timer.read();
        }
    });
    dom::on_do(element, "click", move |action, with, _, _| {
        if action == "order" {
            click.view.borrow_mut().order = match with {
                "name" => Order::Name,
                "progress" => Order::Progress,
                _ => Order::Help,
            };
            click.draw();
        }
    });
    dom::on_do(element, "submit", move |action, with, _, event| {
        if let ("class-lab", Some((verb, learner))) = (action, with.split_once('/')) {
            event.prevent_default();
            submit.act(verb, learner);
        }
    });
    dom::on(element, "keydown", move |event| {
        if let Some(event) = event.dyn_ref::<KeyboardEvent>() {
            live.walk(event);
        }
    });
}

impl Live {
    fn draw(&self) {
        self.view.borrow_mut().now = dom::now() + self.behind;
        dom::draw(&self.element, grid::class(self.reader, &self.view.borrow()));
        let focused = dom::document().active_element();
        if focused.is_none_or(|focused| focused.closest(".grid tbody").ok().flatten().is_none())
            && let Some(first) = dom::find(&self.element, ".grid tbody th")
        {
            let _ = first.set_attribute("tabindex", "0");
        }
    }

    fn read(&self) {
        let live = self.clone();
        let class = format!("/api/v1/teach/classes/{}", self.view.borrow().code);
        leptos::task::spawn_local(async move {
            let grid = http::ask::<Grid>(live.reader, "GET", &format!("{class}/grid")).await;
            let stuck =
                http::ask::<Vec<Stuck>>(live.reader, "GET", &format!("{class}/stuck")).await;
            match (grid, stuck) {
                (Ok(grid), Ok(stuck)) => {
                    let mut view = live.view.borrow_mut();
                    view.grid = grid;
                    view.stuck = stuck;
                    view.problem = None;
                }
                _ => {
                    live.view.borrow_mut().problem =
                        Some(live.reader.texts.reconnecting.to_owned());
                }
            }
            live.draw();
        });
    }

    fn act(&self, verb: &str, learner: &str) {
        let live = self.clone();
        let address = forms::class_lab(self.reader.language, &self.view.borrow().code);
        let fields = format!("learner={learner}&action={verb}");
        leptos::task::spawn_local(async move {
            match http::submit(live.reader, &address, &fields).await {
                Ok(()) => live.read(),
                Err(problem) => {
                    live.view.borrow_mut().problem = Some(problem);
                    live.draw();
                }
            }
        });
    }

    /// Arrow keys, Home and End move the focus from cell to cell.
    fn walk(&self, event: &KeyboardEvent) {
        let Some(cell) = event.target().and_then(|it| it.dyn_into::<Element>().ok()) else {
            return;
        };
        let Ok(Some(row)) = cell.closest(".grid tbody tr") else { return };
        if cell.parent_element().as_ref() != Some(&row) {
            return;
        }
        let column = (0..row.children().length())
            .find(|&index| row.children().item(index).as_ref() == Some(&cell))
            .unwrap_or(0);
        let (row, column) = match event.key().as_str() {
            "ArrowRight" => (Some(row), column + 1),
            "ArrowLeft" => (Some(row), column.saturating_sub(1)),
            "ArrowDown" => (row.next_element_sibling(), column),
            "ArrowUp" => (row.previous_element_sibling(), column),
            "Home" => (Some(row), 0),
            "End" => (Some(row.clone()), row.children().length().saturating_sub(1)),
            _ => return,
        };
        event.prevent_default();
        let next = row.and_then(|row| row.children().item(column));
        if let Some(next) = next.and_then(|next| next.dyn_into::<HtmlElement>().ok()) {
            for old in dom::all(&self.element, ".grid tbody [tabindex='0']") {
                let _ = old.set_attribute("tabindex", "-1");
            }
            let _ = next.set_attribute("tabindex", "0");
            let _ = next.focus();
        }
    }
}
