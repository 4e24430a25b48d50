//! The lab pill: follows the lab's events and counts its time down.

use std::cell::RefCell;
use std::rc::Rc;

use web_sys::HtmlElement;
use wire::Event;

use super::store::Happening;
use super::{decode, dom, http, reader, store};
use crate::views::lab::{self, Pill};

/// Takes over the pill.
pub(crate) fn attach(element: &HtmlElement) {
    let Some(state): Option<Pill> = dom::state(element, decode::pill) else { return };
    let behind = state.now - dom::now();
    let state = Rc::new(RefCell::new(state));
    let redraw = {
        let (element, state) = (element.clone(), Rc::clone(&state));
        move || {
            state.borrow_mut().now = dom::now() + behind;
            dom::draw(&element, lab::pill(reader(), &state.borrow()));
        }
    };
    redraw();
    dom::every(20_000, redraw.clone());
    store::listen(move |happening| {
        match happening {
            Happening::Server(Event::Lab(lab)) => {
                let mut state = state.borrow_mut();
                state.lab = lab.clone();
                state.problem = None;
            }
            Happening::LabProblem(problem) => state.borrow_mut().problem = Some(problem.clone()),
            Happening::Turned => {}
            Happening::Reconnected => {
                refresh();
                return;
            }
            Happening::Server(_)
            | Happening::Connected(_)
            | Happening::Objects
            | Happening::Show(_)
            | Happening::Run(..)
            | Happening::CommandEnded => return,
        }
        redraw();
    });
}

/// Reads the lab's state again and tells everyone.
pub(crate) fn refresh() {
    let asked = store::asking();
    leptos::task::spawn_local(async move {
        let lab = http::ask(reader(), "GET", "/api/v1/lab", http::Body::None, decode::lab).await;
        if let Ok(lab) = lab {
            store::answered(asked, lab);
        }
    });
}
