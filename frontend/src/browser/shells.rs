//! The row of shells: up to four, one shown, the first one opened with the lab.
//!
//! Which ones are open is kept by the window: a shell lives on in the lab, and the next page shows it again.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use maud::{Markup, html};
use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlInputElement};
use wire::{Lab, LabState};

use super::shell::Shell;
use super::{dom, marks, reader};
use crate::model::rows;
use crate::model::typist::Job;
use crate::views::dock;

/// Under which name the open shells are kept.
const KEPT: &str = "shells";

/// The shells of a dock.
#[derive(Clone)]
pub(crate) struct Shells(Rc<Inner>);

struct Inner {
    element: HtmlElement,
    /// The lab, by the namespace of its control plane.
    lab: RefCell<String>,
    open: RefCell<Vec<Shell>>,
    current: Cell<u32>,
    reader_mode: Cell<bool>,
}

impl Shells {
    /// Takes over the terminal's panel; opens the first shell when the lab is ready.
    pub(crate) fn attach(element: &HtmlElement, lab: &Lab) -> Self {
        let shells = Self(Rc::new(Inner {
            element: element.clone(),
            lab: RefCell::new(lab.cp_namespace.clone().unwrap_or_default()),
            open: RefCell::default(),
            current: Cell::new(1),
            reader_mode: Cell::new(false),
        }));
        let (click, find) = (shells.clone(), shells.clone());
        dom::on_do(element, "click", move |action, with, _, _| click.click(action, with));
        dom::on(element, "input", move |event| {
            let input = event.target().and_then(|it| it.dyn_into::<HtmlInputElement>().ok());
            if let (Some(input), Some(shell)) = (input, find.current()) {
                shell.find(&input.value());
            }
        });
        dom::on(element, "keydown", |event| {
            let input = event.target().and_then(|it| it.dyn_into::<HtmlInputElement>().ok());
            let key = event.dyn_ref::<web_sys::KeyboardEvent>().map(web_sys::KeyboardEvent::key);
            if let (Some(input), Some("Escape")) = (input, key.as_deref()) {
                input.remove();
            }
        });
        if lab.state == LabState::Ready {
            shells.ensure();
        }
        shells
    }

    /// Follows the lab: shells open when it is ready and close when it is not any more.
    pub(crate) fn lab(&self, lab: &Lab, before: LabState, empty: Markup) {
        if lab.state == LabState::Ready {
            *self.0.lab.borrow_mut() = lab.cp_namespace.clone().unwrap_or_default();
            if before != LabState::Ready || self.0.open.borrow().is_empty() {
                self.ensure();
            }
            // While nobody saw the page, another lab may have come in the place of the one that they were in.
            self.0.open.borrow().iter().for_each(Shell::retry);
            return;
        }
        self.0.open.take().into_iter().for_each(Shell::close);
        self.0.current.set(1);
        if let Some(note) = dom::find(&self.0.element, ".shell-note") {
            dom::draw(&note, empty);
        }
        self.draw();
    }

    /// The page is in another language now.
    pub(crate) fn turned(&self) {
        self.0.open.borrow().iter().for_each(Shell::turned);
        marks::turned(reader());
        self.draw();
    }

    /// Types commands into the shell that is shown.
    pub(crate) fn run(&self, jobs: &[Job]) {
        self.ensure();
        if let Some(shell) = self.current() {
            shell.run(jobs);
        }
    }

    fn ensure(&self) {
        if !self.0.open.borrow().is_empty() {
            return;
        }
        let (numbers, current) =
            rows::read(&dom::kept(KEPT).unwrap_or_default(), &self.0.lab.borrow());
        for number in numbers {
            let shell = Shell::open(&self.0.element, number);
            self.0.open.borrow_mut().push(shell);
        }
        self.show(current);
    }

    fn current(&self) -> Option<Shell> {
        let open = self.0.open.borrow();
        open.iter().find(|shell| shell.number() == self.0.current.get()).cloned()
    }

    fn add(&self, number: u32) {
        let shell = Shell::open(&self.0.element, number);
        self.0.open.borrow_mut().push(shell);
        self.show(number);
    }

    fn show(&self, number: u32) {
        self.0.current.set(number);
        for shell in self.0.open.borrow().iter() {
            shell.show(shell.number() == number);
        }
        let numbers: Vec<_> = self.0.open.borrow().iter().map(Shell::number).collect();
        dom::keep(KEPT, &rows::write(&self.0.lab.borrow(), &numbers, number));
        self.draw();
    }

    fn draw(&self) {
        let Some(tabs) = dom::find(&self.0.element, ".shell-tabs") else { return };
        let mut numbers: Vec<_> = self.0.open.borrow().iter().map(Shell::number).collect();
        if numbers.is_empty() {
            numbers.push(1);
        }
        dom::draw(&tabs, dock::shells(reader(), &numbers, self.0.current.get()));
        if let Some(button) = dom::find(&tabs, "[data-do=reader]") {
            let pressed = if self.0.reader_mode.get() { "true" } else { "false" };
            let _ = button.set_attribute("aria-pressed", pressed);
        }
    }

    fn click(&self, action: &str, with: &str) {
        let has_shells = !self.0.open.borrow().is_empty();
        match action {
            "shell" => {
                if let Ok(number) = with.parse() {
                    self.show(number);
                }
            }
            "shell-new" if has_shells => {
                let used: Vec<_> = self.0.open.borrow().iter().map(Shell::number).collect();
                if let Some(free) = (1..=4).find(|number| !used.contains(number)) {
                    self.add(free);
                }
            }
            "shell-close" => self.close_current(),
            "shell-again" => {
                if let Some(shell) = self.current() {
                    shell.reopen();
                }
            }
            "reader" => {
                let on = !self.0.reader_mode.get();
                self.0.reader_mode.set(on);
                self.0.open.borrow().iter().for_each(|shell| shell.reader(on));
                self.draw();
            }
            "find" if has_shells => self.find(),
            _ => {}
        }
    }

    fn close_current(&self) {
        let current = self.0.current.get();
        let position = self.0.open.borrow().iter().position(|shell| shell.number() == current);
        if let Some(position) = position {
            self.0.open.borrow_mut().remove(position).close();
        }
        let next = self.0.open.borrow().first().map(Shell::number);
        self.show(next.unwrap_or(1));
    }

    fn find(&self) {
        let Some(panel) = dom::find(&self.0.element, "#panel-terminal") else { return };
        if let Some(input) = dom::find(&panel, ".shell-find") {
            return input.remove();
        }
        let label = reader().texts.shell_find;
        let field = html! { input class="shell-find" type="search" aria-label=(label) placeholder=(label); };
        let _ = panel.insert_adjacent_html("beforeend", &field.into_string());
        if let Some(input) = dom::find(&panel, ".shell-find") {
            let _ = input.focus();
        }
    }
}
