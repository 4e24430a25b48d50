//! The raised hand: goes up and down, and follows the instructor who takes it down.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::{HtmlElement, HtmlInputElement};
use wire::Event;

use super::http::Body;
use super::json::quoted;
use super::store::Happening;
use super::{decode, dom, http, reader, store};
use crate::views::help::{self, Hand};

/// Takes over the hand.
pub(crate) fn attach(element: &HtmlElement) {
    let Some(hand) = dom::state(element, decode::hand) else { return };
    let live = Live { element: element.clone(), hand: Rc::new(RefCell::new(hand)) };
    live.draw();
    let on_event = live.clone();
    store::listen(move |happening| match happening {
        Happening::Server(Event::Help(help)) => {
            on_event.hand.borrow_mut().help = help.clone();
            on_event.draw();
        }
        Happening::Turned => on_event.draw(),
        Happening::Reconnected => on_event.ask("GET", String::new()),
        Happening::Server(_)
        | Happening::Connected(_)
        | Happening::Objects
        | Happening::LabProblem(_)
        | Happening::Show(_)
        | Happening::Run(..)
        | Happening::CommandEnded => {}
    });
    dom::on_do(element, "submit", move |action, with, form, event| {
        if action != "help" {
            return;
        }
        event.prevent_default();
        if with == "lower" {
            return live.ask("DELETE", String::new());
        }
        let note = dom::find(form, "input[name=note]");
        let note = note.and_then(|it| it.dyn_into::<HtmlInputElement>().ok());
        let note = note.map(|it| it.value()).unwrap_or_default();
        live.ask("POST", format!(r#"{{"note":{}}}"#, quoted(&note)));
    });
}

#[derive(Clone)]
struct Live {
    element: HtmlElement,
    hand: Rc<RefCell<Hand>>,
}

impl Live {
    fn draw(&self) {
        dom::draw(&self.element, help::hand(reader(), &self.hand.borrow()));
    }

    fn ask(&self, method: &'static str, body: String) {
        let live = self.clone();
        leptos::task::spawn_local(async move {
            let body = if body.is_empty() { Body::None } else { Body::Json(&body) };
            let read = |json: &super::json::Json| Some(decode::help(json));
            let answer = http::ask(reader(), method, "/api/v1/help", body, read).await;
            {
                let mut hand = live.hand.borrow_mut();
                match answer {
                    Ok(help) => {
                        hand.help = help;
                        hand.problem = None;
                    }
                    Err(problem) => hand.problem = Some(problem),
                }
            }
            live.draw();
        });
    }
}
