//! The page as a whole: the connection, the instructor's words, blocks of code, actions on the lab.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use maud::html;
use web_sys::{Element, HtmlElement};
use wire::{Announcement, Event, LabState};

use super::store::Happening;
use super::{decode, dom, http, store};
use crate::forms;
use crate::model::commands;
use crate::views::{Reader, page};

#[derive(Clone)]
struct Live {
    element: HtmlElement,
    reader: Reader,
    connected: Rc<Cell<bool>>,
    words: Rc<RefCell<Option<Announcement>>>,
    lab: Rc<Cell<LabState>>,
    /// The block that waits for the lab.
    waiting: Rc<RefCell<Option<Element>>>,
}

/// Takes over the page.
pub(crate) fn attach(element: &HtmlElement, reader: Reader) {
    let ready = dom::document().query_selector(".lab-pill .pill .sign.passed");
    let lab = if matches!(ready, Ok(Some(_))) { LabState::Ready } else { LabState::None };
    let live = Live {
        element: element.clone(),
        reader,
        connected: Rc::new(Cell::new(true)),
        words: Rc::new(RefCell::new(dom::state(element, decode::announcement))),
        lab: Rc::new(Cell::new(lab)),
        waiting: Rc::default(),
    };
    let on_event = live.clone();
    store::listen(move |happening| on_event.hear(happening));
    let on_click = live.clone();
    let document = dom::document();
    dom::on_do(&document, "click", move |action, with, target, _| {
        on_click.click(action, with, target);
    });
    dom::on_do(&document, "submit", move |action, with, _, event| {
        if action == "lab" {
            event.prevent_default();
            live.lab_action(with);
        }
    });
}

impl Live {
    fn hear(&self, happening: &Happening) {
        match happening {
            Happening::Connected(connected) => {
                // A page that is being left loses its line too; that is not worth a word.
                let live = self.clone();
                let connected = *connected;
                self.connected.set(connected);
                dom::after(if connected { 0 } else { 1500 }, move || live.draw());
            }
            Happening::Server(Event::Announcement(words)) => {
                *self.words.borrow_mut() = Some(words.clone());
                self.draw();
            }
            Happening::Server(Event::Lab(lab)) => {
                self.lab.set(lab.state);
                if lab.state == LabState::Ready {
                    fill_in("$CP_NS", lab.cp_namespace.as_deref());
                    fill_in("$DP_NS", lab.dp_namespace.as_deref());
                }
                if lab.state == LabState::Ready
                    && let Some(block) = self.waiting.take()
                {
                    self.run(&block);
                }
            }
            Happening::Server(_)
            | Happening::Reconnected
            | Happening::LabProblem(_)
            | Happening::Show(_)
            | Happening::Run(..)
            | Happening::CommandEnded => {}
        }
    }

    fn draw(&self) {
        let words = self.words.borrow();
        let view = page::line(self.reader, self.connected.get(), words.as_ref());
        dom::draw(&self.element, view);
    }

    fn click(&self, action: &str, with: &str, target: &Element) {
        let block = || target.closest(".block").ok().flatten();
        match action {
            "copy" => match block() {
                Some(block) => {
                    self.copy(&block, &block.get_attribute("data-text").unwrap_or_default())
                }
                None => dom::copy(with),
            },
            "run" => block().iter().for_each(|block| self.run(block)),
            "start-and-run" => {
                *self.waiting.borrow_mut() = block();
                self.lab_action("start");
            }
            "dismiss" => {
                *self.words.borrow_mut() = None;
                self.draw();
            }
            _ => {}
        }
    }

    fn copy(&self, block: &Element, text: &str) {
        dom::copy(text);
        let Some(state) = dom::find(block, ".block-state") else { return };
        dom::draw(&state, html! { (self.reader.texts.copied) });
        dom::after(1600, move || dom::draw(&state, html! {}));
    }

    fn run(&self, block: &Element) {
        let texts = self.reader.texts;
        let Some(state) = dom::find(block, ".block-state") else { return };
        if self.lab.get() != LabState::Ready {
            let waiting = matches!(self.lab.get(), LabState::Queued | LabState::Preparing);
            if waiting {
                *self.waiting.borrow_mut() = Some(block.clone());
            }
            let view = html! {
                @if waiting { (texts.dock_preparing) }
                @else { button type="button" class="link" data-do="start-and-run" { (texts.lab_start) } }
            };
            return dom::draw(&state, view);
        }
        dom::draw(&state, html! {});
        let text = block.get_attribute("data-text").unwrap_or_default();
        store::tell(&Happening::Run(block.id(), commands::split(&text)));
    }

    fn lab_action(&self, action: &str) {
        let reader = self.reader;
        let action = action.to_owned();
        leptos::task::spawn_local(async move {
            let done = match action.as_str() {
                "start" => http::ask(reader, "POST", "/api/v1/lab", decode::lab).await.map(Some),
                "reset" => {
                    http::send(reader, "POST", "/api/v1/lab/reset", None).await.map(|_| None)
                }
                "end" => http::send(reader, "DELETE", "/api/v1/lab", None).await.map(|_| None),
                other => {
                    let fields = format!("action={other}&back=/");
                    http::submit(reader, &forms::lab(reader.language), &fields).await.map(|()| None)
                }
            };
            match done {
                Ok(Some(lab)) => store::tell(&Happening::Server(Event::Lab(lab))),
                Ok(None) => super::pill::refresh(reader),
                Err(problem) => store::tell(&Happening::LabProblem(problem)),
            }
        });
    }
}

/// Shows the learner's own value where a block still has the variable.
fn fill_in(variable: &str, value: Option<&str>) {
    let (Some(value), Some(page)) = (value, dom::document().document_element()) else { return };
    let marked = html! { b class="yours" { (value) } }.into_string();
    for line in dom::all(&page, ".runs .line") {
        let html = line.inner_html();
        if html.contains(variable) {
            line.set_inner_html(&html.replace(variable, &marked));
        }
    }
}
